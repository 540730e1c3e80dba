"""The commands of who runs the machine: doctor, backup, restore, keystore, upgrade."""

import argparse
import getpass
import sys
from collections.abc import Sequence
from pathlib import Path


def main(arguments: Sequence[str]) -> int:
    """Parse and run one of them; returns the exit code: 0 done, 1 done with findings, 2 not done."""
    options = _parser().parse_args(arguments)
    if options.command == "upgrade":
        from lienthong.config import upgrade

        return upgrade.upgrade(guards=options.guards)
    from lienthong import cli

    cli.prepare_environment()
    if options.command == "keystore" and options.act == "new-key":
        return _new_key(options.to)
    import django

    django.setup()
    if options.command == "doctor":
        from lienthong.config import doctor

        return doctor.doctor(as_json=options.json, outside=not options.quick)
    from lienthong.config.backup import BackupError
    from lienthong.config.binaries import ToolFailed, ToolMissing
    from lienthong.core.signing.sealed_keys import NotOpened

    try:
        return {"backup": _backup, "restore": _restore, "keystore": _keystore}[options.command](options)
    except (BackupError, ToolFailed, ToolMissing, NotOpened) as error:
        sys.stderr.write(f"{error}\n")
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="lienthong")
    commands = parser.add_subparsers(dest="command", required=True)
    doctor = commands.add_parser("doctor", help="khám: từng điểm, vì sao, cần làm gì")
    doctor.add_argument("--json", action="store_true", help="in JSON cho máy đọc")
    doctor.add_argument("--quick", action="store_true", help="không hỏi dịch vụ bên ngoài")
    backup = commands.add_parser("backup", help="sao lưu cơ sở dữ liệu và tệp")
    backup.add_argument("act", nargs="?", choices=["make", "verify", "list"], default="make")
    backup.add_argument("--to", type=Path, required=True, help="thư mục của các bản sao lưu")
    backup.add_argument("--run", default="", help="tên một bản (mặc định: bản mới nhất)")
    restore = commands.add_parser("restore", help="phục hồi vào máy trống")
    restore.add_argument("--from", dest="source", type=Path)
    restore.add_argument("--run", default="", help="tên một bản (mặc định: bản mới nhất)")
    restore.add_argument("--finish", action="store_true", help="làm nốt một lần phục hồi dở")
    keystore = commands.add_parser("keystore", help="bản sao niêm phong của kho khóa, hai người giữ")
    keystore.add_argument("act", choices=["backup", "restore", "new-key"])
    keystore.add_argument("--to", type=Path, help="tệp đích")
    keystore.add_argument("--from", dest="source", type=Path, help="tệp niêm phong")
    keystore.add_argument(
        "--for", dest="persons", action="append", default=[], help="khóa công khai age1… của một người"
    )
    keystore.add_argument(
        "--key", dest="keys", action="append", default=[], type=Path, help="tệp khóa age của một người"
    )
    upgrade = commands.add_parser("upgrade", help="đưa cơ sở dữ liệu lên bản đang cài")
    upgrade.add_argument("--guards", action="store_true", help="dựng lại mọi chốt chặn")
    return parser


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _backup(options: argparse.Namespace) -> int:
    from lienthong.config import backup

    if options.act == "list":
        for folder in backup.runs_of(options.to):
            _say(folder.name)
        return 0
    if options.act == "verify":
        run, wrong = backup.verify(options.to, options.run)
        for line in wrong:
            _say(line)
        _say(f"Bản {run.name}: {'có điểm sai' if wrong else 'đọc được trọn vẹn, đúng mọi mã băm'}.")
        return 1 if wrong else 0
    run = backup.make(options.to)
    found = run.manifest["files"]
    rows = sum(number for number, _ in run.manifest["tables"].values())
    _say(f"Bản {run.name}: {rows} dòng, {found['count']} tệp ({found['copied']} tệp mới). Kho khóa sao lưu riêng.")
    harmed = [*found["damaged"], *found["missing"]]
    for name in harmed:
        _say(f"Tệp {name} hỏng hoặc thiếu ở nguồn, không có trong bản này.")
    return 1 if harmed else 0


def _restore(options: argparse.Namespace) -> int:
    from lienthong.config import restore

    if options.finish:
        restore.finish(say=_say)
        return 0
    if options.source is None:
        sys.stderr.write("Cần --from THƯ-MỤC của các bản sao lưu.\n")
        return 2
    restore.restore(options.source, options.run, say=_say)
    return 0


def _keystore(options: argparse.Namespace) -> int:
    from pathlib import Path as Folder

    from django.conf import settings

    from lienthong.core import fence
    from lienthong.core.operations import records
    from lienthong.core.signing import sealed_keys

    folder = Folder(settings.KEYSTORE_DIR)
    if options.act == "backup":
        if options.to is None:
            raise sealed_keys.NotOpened("Cần --to TỆP.")
        if len(options.persons) > 2:
            raise sealed_keys.NotOpened("Bản sao niêm phong cho đúng hai người.")
        persons = [sealed_keys.Person(recipient=each) for each in options.persons]
        while len(persons) < 2:
            persons.append(sealed_keys.Person(passphrase=_typed(f"Mật khẩu của người thứ {len(persons) + 1}: ")))
        envelope, number = sealed_keys.seal(folder, persons[0], persons[1])
        with options.to.open("xb") as out:
            out.write(envelope)
        options.to.chmod(0o600)
        facts = {"keys": number, "for": [each.mark for each in persons]}
        with fence.node("operations.keystore"):
            records.keys_sealed(by=records.OPERATOR, facts=facts)
        _say(f"Đã niêm phong {number} khóa cho hai người giữ. Mở phải có cả hai.")
        return 0
    if options.source is None:
        raise sealed_keys.NotOpened("Cần --from TỆP.")
    openers = [sealed_keys.Opener(identity=_secret_of(path)) for path in options.keys[:2]]
    while len(openers) < 2:
        openers.append(sealed_keys.Opener(passphrase=_typed(f"Mật khẩu của người thứ {len(openers) + 1}: ")))
    files = sealed_keys.open_sealed(options.source.read_bytes(), (openers[0], openers[1]))
    written = sealed_keys.put_back(files, folder)
    _say(f"Đã đưa lại {len(written)} tệp vào kho khóa.")
    _note_opening(len(written))
    return 0


def _note_opening(number: int) -> None:
    """The journal is written when there is a database that takes it; before a restore there is none."""
    from django.db import DatabaseError

    from lienthong.core import fence
    from lienthong.core.operations import records

    try:
        with fence.node("operations.keystore"):
            records.keys_opened(by=records.OPERATOR, facts={"files": number})
    except DatabaseError:
        _say("Cơ sở dữ liệu chưa nhận ghi: lần mở này chưa có trong nhật ký, ghi vào biên bản phục hồi.")


def _new_key(to: Path | None) -> int:
    from lienthong.core.signing import sealed_keys

    if to is None:
        sys.stderr.write("Cần --to TỆP.\n")
        return 2
    secret, public = sealed_keys.new_identity()
    with to.open("x", encoding="utf-8") as out:
        to.chmod(0o600)
        out.write(f"# public key: {public}\n{secret}\n")
    _say(f"Khóa công khai: {public}")
    return 0


def _secret_of(path: Path) -> str:
    lines = path.read_text(encoding="utf-8").splitlines()
    return next((line for line in lines if line.startswith("AGE-SECRET-KEY-")), "")


def _typed(prompt: str) -> str:
    return getpass.getpass(prompt) if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")

"""`lienthong restore`: a backup into an empty machine, counted, re-sealed and verified before the first write (CORE-73,
CORE-96).

Until it is done the database refuses writes (`default_transaction_read_only`), `serve` and `worker` do not start, and
`lienthong restore --finish` takes up what was left, for instance when the keystore was not back yet.
"""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings
from django.db import connection
from psycopg import sql

from lienthong.config import backup, binaries, tallies
from lienthong.config.backup import BackupError, Run
from lienthong.contracts import ports
from lienthong.contracts.scanner import ScannerUnavailable
from lienthong.core import fence
from lienthong.core.audit import sealing
from lienthong.core.audit.export import verify_database
from lienthong.core.operations import records
from lienthong.core.signing import service

WRITES = "-c default_transaction_read_only=off"


def restore(source: Path, name: str = "", *, say: Any = print) -> Run:
    """Restore one backup (the newest unless named); raises BackupError and then nothing was opened for writing."""
    url = backup.owner_url()
    run = backup.opened(source, name)
    say(f"Bản sao lưu {run.name} của nút {run.manifest['node']}: danh mục đúng dấu xác thực.")
    _fits(run)
    _empty(url)
    _, wrong = backup.verify(source, run.name)
    # What was harmed at the source already was never in the backup: the restore is exact without it.
    wrong = [line for line in wrong if not line.startswith("Khi sao lưu")]
    if wrong:
        raise BackupError("Bản sao lưu hỏng, chưa phục hồi gì: " + " ".join(wrong[:5]))
    _scan(source, run, say)
    _lock(url, on=True)
    _database(url, run)
    say(f"Cơ sở dữ liệu: {sum(rows for rows, _ in run.manifest['tables'].values())} dòng, đúng số và mã băm.")
    number = _files(source, run)
    say(f"Tệp: {number} tệp, đúng mã băm.")
    finish(facts={"run": run.name, "manifest": tallies.hash_of(run.folder / "manifest.json")}, say=say)
    return run


def finish(*, facts: dict[str, Any] | None = None, say: Any = print) -> None:
    """Update the structure, seal what the backup held unsealed, verify the whole journal, then open for writing."""
    url = backup.owner_url()
    _upgrade(url)
    with _writing():
        try:
            service.node_key()
        except Exception as error:
            raise BackupError(
                f"Chưa dùng được khóa của nút để niêm phong nhật ký ({error}) Phục hồi kho khóa "
                "(`lienthong keystore restore`), rồi chạy `lienthong restore --finish`. Cơ sở dữ liệu vẫn khóa ghi."
            ) from error
        with fence.node("operations.restore"):
            sealed = _seal_all()
            report = verify_database()
        if report.findings:
            raise BackupError(
                "Nhật ký sau phục hồi không nguyên vẹn, cơ sở dữ liệu vẫn khóa ghi: "
                + "; ".join(str(finding) for finding in report.findings[:3])
            )
        say(f"Nhật ký: niêm phong lại {sealed} dòng, kiểm cả chuỗi không thấy gì sai.")
        with fence.node("operations.restore"):
            records.restored(by=records.OPERATOR, facts={**(facts or {}), "sealed": sealed})
            _seal_all()
    _lock(url, on=False)
    say("Đã mở ghi. Văn thư đối chiếu số cuối của từng sổ trước khi mở trang (docs/howto/backup.md).")


def _seal_all() -> int:
    total = sealing.seal_pending(rescan=True)
    while sealed := sealing.seal_pending(at_once=True):
        total += sealed
    return total


def _fits(run: Run) -> None:
    """The code must know every migration of the backup: an older release cannot serve a newer structure."""
    from django.db.migrations.loader import MigrationLoader

    loader = MigrationLoader(None)
    known = {f"{app}.{name}" for app, name in loader.disk_migrations}
    known |= {f"{app}.{old}" for migration in loader.disk_migrations.values() for app, old in migration.replaces}
    unknown = sorted(set(run.manifest["migrations"]) - known)
    if unknown:
        raise BackupError(
            f"Bản sao lưu thuộc bản phần mềm mới hơn ({run.manifest['release']}; không biết {unknown[0]}). "
            "Cài bản phần mềm đó rồi phục hồi."
        )


def _empty(url: str) -> None:
    with psycopg.connect(url) as owner:
        row = owner.execute(
            "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')"
        ).fetchone()
    if row and row[0]:
        raise BackupError(
            f"Cơ sở dữ liệu đích đang có {row[0]} bảng. Chỉ phục hồi vào cơ sở dữ liệu trống; chưa ghi gì."
        )
    if next(tallies.files(Path(settings.FILES_DIR)), None) is not None:
        raise BackupError(f"Thư mục tệp {settings.FILES_DIR} đang có tệp. Chỉ phục hồi vào thư mục trống; chưa ghi gì.")


def _scan(source: Path, run: Run, say: Any) -> None:
    """Every file goes past the scanner before it comes back (CORE-96; QCVN 12:2026/BCA 2.2.12.2)."""
    scanner = ports.get("scanner")
    if scanner is None:
        say("Chưa có dịch vụ quét mã độc: các tệp giữ trạng thái quét như khi sao lưu.")
        return
    bad = []
    for kept in backup.listed(run):
        with (source / "files" / kept.name).open("rb") as stream:
            try:
                result = scanner.scan(stream)
            except ScannerUnavailable as error:
                raise BackupError(f"Dịch vụ quét mã độc không trả lời ({error}); chưa phục hồi gì.") from error
        if not result.clean and not result.failed:
            bad.append(f"{kept.name} ({result.threat})")
    if bad:
        raise BackupError("Có mã độc trong bản sao lưu, chưa phục hồi gì: " + ", ".join(bad[:5]))
    say(f"Quét mã độc bằng {scanner.name}: không thấy gì.")


def _database(url: str, run: Run) -> None:
    tool = binaries.tool("pg_restore", server=binaries.server_major(url), at_least=int(run.manifest["dump"]["tool"]))
    name = psycopg.conninfo.conninfo_to_dict(url)["dbname"]
    command = [str(tool), "--no-owner", "--single-transaction", "--exit-on-error", f"--dbname={name}"]
    binaries.run([*command, str(run.folder / "database.dump")], binaries.connection_environment(url, options=WRITES))
    with psycopg.connect(url) as owner:
        found = tallies.tables(owner)
    wanted = {name: list(tally) for name, tally in run.manifest["tables"].items()}
    differing = sorted(name for name in wanted.keys() | found.keys() if wanted.get(name) != found.get(name))
    if differing:
        raise BackupError(
            f"Số dòng hoặc mã băm khác bản sao lưu ở: {', '.join(differing[:5])}. Cơ sở dữ liệu vẫn khóa ghi."
        )
    with psycopg.connect(url, autocommit=True, options=WRITES) as owner:
        owner.execute("ANALYZE")


def _files(source: Path, run: Run) -> int:
    count = 0
    for kept in backup.listed(run):
        target = Path(settings.FILES_DIR) / kept.name
        if tallies.copy(source / "files" / kept.name, target) != kept.sha256:
            raise BackupError(f"Tệp {kept.name} hỏng khi chép. Cơ sở dữ liệu vẫn khóa ghi.")
        count += 1
    return count


def _upgrade(url: str) -> None:
    """Bring the structure to this release and give the rights anew: an older backup, another owner."""
    from lienthong.cli import owner_environment

    environment = owner_environment()
    environment["PGOPTIONS"] = f"{environment['PGOPTIONS']} {WRITES}"
    ran = subprocess.run(
        [sys.executable, "-m", "lienthong.cli", "as-owner"],
        env=environment | {"DATABASE_URL": url},
        capture_output=True,
        text=True,
        check=False,
    )
    if ran.returncode:
        raise BackupError(f"Cập nhật cấu trúc không xong: {ran.stderr.strip().splitlines()[-1:]}")


def _lock(url: str, *, on: bool) -> None:
    """Have every new session of the database begin read-only, or no longer."""
    with psycopg.connect(url, autocommit=True, options=WRITES) as owner:
        row = owner.execute("SELECT current_database()").fetchone()
        name = sql.Identifier(str(row[0] if row else ""))
        change = "SET default_transaction_read_only = on" if on else "RESET default_transaction_read_only"
        owner.execute(sql.SQL("ALTER DATABASE {} " + change).format(name))


@contextmanager
def _writing() -> Iterator[None]:
    """This process alone may write while the database is locked: to seal, and to note the restore."""
    connection.close()
    with connection.cursor() as cursor:
        cursor.execute("SET default_transaction_read_only = off")
    try:
        yield
    finally:
        connection.close()


def waits() -> bool:
    """Whether a restore was begun and not finished: nothing may be served."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW default_transaction_read_only")
        row = cursor.fetchone()
    return bool(row and row[0] == "on")

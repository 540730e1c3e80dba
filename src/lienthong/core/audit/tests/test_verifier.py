"""CORE-76, V-MK-1, EX-42, EX-51: evidence and its stand-alone verifier."""

import base64
import hashlib
import json
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest

from lienthong.core.audit import export, sealing, verifier
from lienthong.core.audit.models import JournalEntry
from lienthong.core.audit.tests.conftest import Authority, Connect, write_entries
from lienthong.kit import merkle
from lienthong.kit.hashing import CHAIN_START, canonical_json, sha256

pytestmark = pytest.mark.usefixtures("empty_journal")

BATCHES = (30, 25, 25, 20)
ENDS = (30, 55, 80, 100)


def trust(authority: Authority) -> export.Trust:
    return export.Trust(ca=authority.root)


@pytest.fixture
def whole(verb: str, sealer: Authority, tmp_path: Path) -> Path:
    """An export of 100 entries in four batches, the third and the last stamped."""
    for number, count in enumerate(BATCHES):
        write_entries(verb, count)
        sealing.seal_pending()
        if number >= 2:
            sealing.stamp_newest()
    target = tmp_path / "whole"
    assert export.export_journal(target, trust=trust(sealer)) == 100
    return target


def lines(folder: Path, name: str = "entries.jsonl") -> list[bytes]:
    return (folder / name).read_bytes().splitlines(keepends=True)


def rewrite(folder: Path, name: str, changed: list[bytes]) -> None:
    """Change a file as a forger does who also mends the list of hashes."""
    (folder / name).write_bytes(b"".join(changed))
    files = {
        p.relative_to(folder).as_posix(): p for p in folder.rglob("*") if p.is_file() and p.name != "manifest.json"
    }
    hashes = {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in files.items()}
    (folder / "manifest.json").write_bytes(canonical_json({"files": hashes, "format": verifier.FORMAT}) + b"\n")


def renumber(line: bytes, seq: int) -> bytes:
    taken = verifier.take_apart(line)
    assert taken
    return b'{"entry":%b,"hash":"%b"}\n' % (taken.at(seq), taken.hash.encode())


def chained(entries: list[bytes], head: bytes = CHAIN_START) -> tuple[list[bytes], list[bytes]]:
    """A fresh chain over entries: lines and hashes."""
    made, hashes = [], []
    for entry in entries:
        head = sha256(head + entry)
        hashes.append(head)
        made.append(b'{"entry":%b,"hash":"%b"}\n' % (entry, head.hex().encode()))
    return made, hashes


def entry_of(line: bytes) -> bytes:
    taken = verifier.take_apart(line)
    assert taken
    return taken.entry


def edited(line: bytes) -> bytes:
    return entry_of(line).replace("thử".encode(), "thật".encode())


def run(folder: Path, *arguments: str, path: str | None = None) -> subprocess.CompletedProcess[str]:
    """The verifier as a stranger runs it: the file alone, no site-packages, no environment."""
    alone = folder.parent / "alone.py"
    alone.write_bytes(export.verifier_source())
    environment = {"PATH": path if path is not None else "/usr/bin:/bin", "PYTHONWARNINGS": "error"}
    return subprocess.run(
        [sys.executable, "-I", "-S", alone, folder, *arguments],
        capture_output=True, text=True, check=False, env=environment, cwd=folder.parent,
    )  # fmt: skip


def test_core_76_whole_export_holds(whole: Path, sealer: Authority) -> None:
    """CORE-76: the true export is right, as folder and as zip, and the answer says what was checked."""
    ran = run(whole)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.startswith("KẾT QUẢ: ĐÚNG\n")
    assert "100 dòng nhật ký liền nhau từ số 1, 4 điểm niêm phong" in ran.stdout
    assert "Niêm phong ký bởi: CN=Niêm phong một" in ran.stdout
    assert "mọi dòng đến số 100 đã có từ" in ran.stdout
    assert "Gốc tin cậy lấy trong chính gói này" in ran.stdout
    archive = whole.parent / "whole.zip"
    export.export_journal(archive, trust=trust(sealer))
    ran = run(archive, "--ca", str(sealer.folder / "root.pem"))
    assert ran.returncode == 0
    assert "Gốc tin cậy" not in ran.stdout
    with zipfile.ZipFile(archive) as opened:
        assert opened.read("verifier.py") == export.verifier_source()


def test_core_76_without_openssl_it_says_chain_only(whole: Path) -> None:
    """CORE-76: without openssl the chain is checked and the answer says that nothing else was."""
    ran = run(whole, path="/nonexistent")
    assert ran.returncode == 0
    assert "chỉ kiểm tra chuỗi băm" in ran.stdout
    rewrite(whole, "entries.jsonl", lines(whole)[:50] + lines(whole)[51:])
    assert run(whole, path="/nonexistent").returncode == 1


def alter(all_lines: list[bytes]) -> list[bytes]:
    all_lines[41] = b'{"entry":%b,"hash":"%b"}\n' % (edited(all_lines[41]), json.loads(all_lines[41])["hash"].encode())
    return all_lines


def alter_hash(all_lines: list[bytes]) -> list[bytes]:
    return [
        *all_lines[:41],
        all_lines[41].replace(json.loads(all_lines[41])["hash"].encode(), b"0" * 64),
        *all_lines[42:],
    ]


def remove_renumbered(all_lines: list[bytes]) -> list[bytes]:
    return all_lines[:41] + [renumber(line, n) for n, line in enumerate(all_lines[43:], 42)]


def swap_renumbered(all_lines: list[bytes]) -> list[bytes]:
    swapped = [renumber(all_lines[42], 42), renumber(all_lines[41], 43)]
    return all_lines[:41] + swapped + all_lines[43:]


def insert_foreign(all_lines: list[bytes]) -> list[bytes]:
    taken = verifier.take_apart(all_lines[41])
    assert taken
    return all_lines[:41] + chained([taken.at(777)])[0] + all_lines[41:]


def insert_renumbered(all_lines: list[bytes]) -> list[bytes]:
    foreign = chained([edited(all_lines[41])])[0]
    return all_lines[:41] + foreign + [renumber(line, n) for n, line in enumerate(all_lines[41:], 43)]


def fresh_chain(all_lines: list[bytes]) -> list[bytes]:
    entries = [entry_of(line) for line in all_lines]
    entries[41] = edited(all_lines[41])
    return chained(entries)[0]


TAMPERINGS: dict[str, tuple[Callable[[list[bytes]], list[bytes]], str, int]] = {
    "altered": (alter, "altered", 42),
    "altered hash": (alter_hash, "altered", 42),
    "removed": (lambda x: x[:41] + x[42:], "removed", 42),
    "several removed": (lambda x: x[:41] + x[51:], "removed", 42),
    "removed and numbered anew": (remove_renumbered, "removed", 42),
    "swapped": (lambda x: [*x[:41], x[42], x[41], *x[43:]], "reordered", 42),
    "moved far": (lambda x: [*x[:5], *x[6:95], x[5], *x[95:]], "reordered", 6),
    "swapped and numbered anew": (swap_renumbered, "reordered", 42),
    "copied": (lambda x: [*x[:41], x[10], *x[41:]], "inserted", 42),
    "foreign line": (insert_foreign, "inserted", 42),
    "foreign line and numbered anew": (insert_renumbered, "inserted", 42),
    "cut tail": (lambda x: x[:90], "cut_tail", 91),
    "first removed": (lambda x: x[1:], "removed", 1),
    "fresh chain": (fresh_chain, "rewritten", 31),
}


def test_core_76_tampered_copies_are_named(whole: Path) -> None:
    """CORE-76: each tampered copy is caught, with its kind and first bad seq; the list of hashes is mended."""
    original = lines(whole)
    for name, (tamper, kind, seq) in TAMPERINGS.items():
        rewrite(whole, "entries.jsonl", tamper(list(original)))
        found = [(f.kind, f.seq) for f in verifier.verify(whole, use_openssl=False).findings]
        assert found == [(kind, seq)], name
        ran = run(whole)
        assert ran.returncode == 1, name
        assert f"{verifier.KINDS[kind].capitalize()} tại dòng số {seq}:" in ran.stdout, name
    assert len(TAMPERINGS) >= 12


def test_core_76_cut_tail_with_its_checkpoints(whole: Path) -> None:
    """CORE-76: a tail cut together with its checkpoints is caught by a checkpoint that somebody else kept."""
    kept = whole.parent / "kept.jsonl"
    shutil.copy(whole / "checkpoints.jsonl", kept)
    rewrite(whole, "entries.jsonl", lines(whole)[:55])
    rewrite(whole, "checkpoints.jsonl", lines(whole, "checkpoints.jsonl")[:2])
    rewrite(whole, "stamps.jsonl", [])
    assert run(whole).returncode == 0
    ran = run(whole, "--checkpoints", str(kept))
    assert ran.returncode == 1
    assert "Bị cắt đuôi tại dòng số 56" in ran.stdout


def test_core_75_checkpoints_kept_elsewhere(verb: str, sealer: Authority, tmp_path: Path) -> None:
    """CORE-75, CORE-76: the copy on write-once storage grows by new files alone and convicts a journal cut short."""
    vault = tmp_path / "vault"
    write_entries(verb, 3)
    sealing.seal_pending()
    assert export.keep_checkpoints(vault) == 1
    first = {path: path.stat().st_mtime_ns for path in vault.iterdir()}
    sealing.stamp_newest()
    assert export.keep_checkpoints(vault) == 0
    assert len(list(vault.glob("stamps-*"))) == 1
    export.export_journal(tmp_path / "short", trust=trust(sealer))
    write_entries(verb, 3)
    sealing.seal_pending()
    sealing.stamp_newest()
    assert export.keep_checkpoints(vault) == 1
    assert {path: path.stat().st_mtime_ns for path in first} == first
    assert len(list(vault.glob("stamps-*"))) == 2
    kept = tmp_path / "kept.jsonl"
    kept.write_bytes(b"".join(path.read_bytes() for path in sorted(vault.glob("checkpoints-*"))))
    export.export_journal(tmp_path / "long", trust=trust(sealer))
    assert run(tmp_path / "long", "--checkpoints", str(kept)).returncode == 0
    ran = run(tmp_path / "short", "--checkpoints", str(kept))
    assert ran.returncode == 1
    assert "Bị cắt đuôi tại dòng số 4" in ran.stdout


def test_core_76_cut_checkpoints(whole: Path) -> None:
    """CORE-76: missing checkpoints, at the end or between, are caught."""
    kept = lines(whole, "checkpoints.jsonl")
    rewrite(whole, "stamps.jsonl", [])
    rewrite(whole, "checkpoints.jsonl", kept[:3])
    assert [(f.kind, f.seq) for f in verifier.verify(whole).findings] == [("cut_tail", 81)]
    rewrite(whole, "checkpoints.jsonl", [*kept[:1], *kept[2:]])
    assert verifier.verify(whole).findings[0] == verifier.Finding(
        "checkpoint", "điểm niêm phong 80 không nối tiếp điểm niêm phong 30", 31
    )
    rewrite(whole, "checkpoints.jsonl", kept[1:])
    assert ("removed", 1) in [(f.kind, f.seq) for f in verifier.verify(whole).findings]
    rewrite(whole, "checkpoints.jsonl", [])
    assert verifier.verify(whole).code == 1


def forged_checkpoints(folder: Path, signer: Authority | None) -> None:
    """Rewrite all from line 42 on, with fresh checkpoints from the second batch on, signed anew or with the old CMS."""
    made = fresh_chain(lines(folder))
    old = [json.loads(line) for line in lines(folder, "checkpoints.jsonl")]
    hashes = [bytes.fromhex(json.loads(line)["hash"]) for line in made]
    written, previous, start = [], "0" * 64, 0
    for end, checkpoint in zip(ENDS, old, strict=True):
        body = checkpoint["body"] | {
            "head": hashes[end - 1].hex(),
            "merkle_root": merkle.root(hashes[start:end]).hex(),
            "previous": previous,
        }
        fresh = body != checkpoint["body"]
        cms = base64.b64encode(signer.seal(canonical_json(body))).decode() if signer and fresh else checkpoint["cms"]
        written.append(canonical_json({"body": body, "cms": cms}) + b"\n")
        previous, start = sha256(canonical_json(body)).hex(), end
    rewrite(folder, "entries.jsonl", made)
    rewrite(folder, "checkpoints.jsonl", written)
    rewrite(folder, "stamps.jsonl", [])


@pytest.mark.parametrize("every", [True, False])
def test_core_76_rewritten_as_a_whole(
    whole: Path, stranger: Authority, monkeypatch: pytest.MonkeyPatch, every: bool
) -> None:
    """CORE-76: a fresh chain with fresh checkpoints is located to the first batch whose signature does not hold."""
    if not every:
        monkeypatch.setattr(verifier, "SIGNATURES_ALL", 0)
    original = {path: path.read_bytes() for path in whole.iterdir() if path.is_file()}
    for signer, why in ((None, "chữ ký không khớp nội dung"), (stranger, "chứng thư không do gốc tin cậy cấp")):
        forged_checkpoints(whole, signer)
        assert verifier.verify(whole, use_openssl=False).code == 0
        found = verifier.verify(whole).findings
        assert [(f.kind, f.seq) for f in found] == [("signature", 31)]
        assert why in found[0].text
        for path, content in original.items():
            path.write_bytes(content)


def test_core_76_stamp_of_something_else(whole: Path, stranger: Authority) -> None:
    """CORE-75, CORE-76: a stamp over other bytes, or by an authority that nobody trusts, is no proof of time."""
    cms = base64.b64decode(json.loads(lines(whole, "checkpoints.jsonl")[3])["cms"])
    for tsr, why in (
        (stranger.stamp(cms), "chứng thư không do gốc tin cậy cấp"),
        (base64.b64decode(json.loads(lines(whole, "stamps.jsonl")[0])["tsr"]), "dấu thời gian thuộc về nội dung khác"),
    ):
        line = canonical_json({"checkpoint": 100, "tsr": base64.b64encode(tsr).decode()}) + b"\n"
        rewrite(whole, "stamps.jsonl", [line])
        found = verifier.verify(whole).findings
        assert [(f.kind, f.seq) for f in found] == [("stamp", 100)]
        assert why in found[0].text


def test_core_76_flipping_any_byte_of_the_entries_breaks_the_chain(
    whole: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """CORE-76: every byte of the 100 lines, without the list of hashes and without signatures."""
    monkeypatch.setattr(verifier, "LOOK_AHEAD", 1)  # where, not what, is asked here, some 50,000 times
    original = lines(whole)
    checkpoints = verifier.load_checkpoints(lines(whole, "checkpoints.jsonl"))
    flips = 0
    for number, line in enumerate(original, 1):
        # What stands before holds; the flipped line may fall into two, or flow into the next.
        rest = original[number : number + 1]
        for position in range(len(line)):
            buffer = bytearray(line)
            buffer[position] ^= 1 if position % 2 else 0x80
            report = verifier.Report()
            changed = b"".join([bytes(buffer), *rest]).splitlines(keepends=True)
            verifier.check_chain(iter([*original[: number - 1], *changed]), checkpoints, report)
            assert [finding.seq for finding in report.findings] == [number], position
            flips += 1
    assert flips == sum(map(len, original)) > 40_000


def test_core_76_flipping_any_byte_of_the_rest_is_caught(whole: Path) -> None:
    """CORE-76: every byte of manifest and checkpoints, a fair sample of the other files."""
    strides = {"manifest.json": 1, "checkpoints.jsonl": 7, "stamps.jsonl": 17, "verifier.py": 997}
    for path in sorted(whole.rglob("*")):
        if path.is_dir() or path.name == "entries.jsonl":
            continue
        original = path.read_bytes()
        for position in range(0, len(original), strides.get(path.name, 97)):
            changed = bytearray(original)
            changed[position] ^= 1 << position % 8
            path.write_bytes(changed)
            assert verifier.verify(whole, use_openssl=False).code == 1, (path.name, position)
        path.write_bytes(original)
    assert verifier.verify(whole).code == 0


def test_core_76_last_checkpoint_is_held_by_its_signature_alone(whole: Path) -> None:
    """CORE-76: the one member that no hash holds, the time of the newest checkpoint, is held by the signature."""
    kept = lines(whole, "checkpoints.jsonl")
    value = json.loads(kept[3])
    value["body"]["at"] = "2020-01-01T00:00:00.000000Z"
    rewrite(whole, "checkpoints.jsonl", [*kept[:3], canonical_json(value) + b"\n"])
    assert [(f.kind, f.seq) for f in verifier.verify(whole).findings] == [("signature", 81)]


def test_core_76_export_from_a_checkpoint_on(whole: Path, sealer: Authority) -> None:
    """CORE-76: a later stretch hangs on the checkpoint before it and says where it begins."""
    later = whole.parent / "later"
    assert export.export_journal(later, trust=trust(sealer), after=55) == 45
    ran = run(later)
    assert ran.returncode == 0
    assert "45 dòng nhật ký liền nhau từ số 56" in ran.stdout
    rewrite(later, "entries.jsonl", lines(later)[1:])
    assert run(later).returncode == 1
    with pytest.raises(LookupError):
        export.export_journal(whole.parent / "x", trust=trust(sealer), after=54)


@pytest.fixture
def excerpt(whole: Path, sealer: Authority) -> Path:
    """Entries 1, 2, 40 and 100 with a packet and a receipt, as an evidence package of the exchange."""
    chosen = [entry.id for entry in JournalEntry.objects.order_by("seal__seq") if entry.seal.seq in (1, 2, 40, 100)]
    target = whole.parent / "excerpt"
    export.export_entries(target, chosen, trust=trust(sealer))
    return target


def test_core_76_excerpt_proves_each_entry(excerpt: Path) -> None:
    """CORE-76, CORE-75: chosen entries lead to signed and stamped checkpoints, without the rest of the journal."""
    ran = run(excerpt)
    assert ran.returncode == 0
    assert "4 dòng có thật trong nhật ký" in ran.stdout
    sizes = [json.loads(line)["body"]["size"] for line in lines(excerpt, "checkpoints.jsonl")]
    assert sizes == [30, 55, 80, 100]
    seqs = [json.loads(line)["entry"]["seq"] for line in lines(excerpt, "proofs.jsonl")]
    assert seqs == [1, 2, 40, 100]


def test_core_76_excerpt_cannot_be_bent(excerpt: Path, stranger: Authority) -> None:
    """CORE-76: an excerpt edited in any member of its lines is caught."""
    original = lines(excerpt, "proofs.jsonl")
    value = json.loads(original[2])
    bent: list[bytes] = [original[2].replace("thử".encode(), "giả".encode())]
    changes: tuple[dict[str, object], ...] = (
        {"hash": "0" * 64},
        {"previous": "0" * 64},
        {"proof": value["proof"] | {"index": 8}},
        {"proof": value["proof"] | {"size": 26}},
        {"proof": value["proof"] | {"checkpoint": 80}},
        {"proof": value["proof"] | {"path": value["proof"]["path"][:-1]}},
        {"proof": value["proof"] | {"path": [*value["proof"]["path"], "0" * 64]}},
        {"entry": value["entry"] | {"seq": 41}},
    )
    bent += [canonical_json(value | change) + b"\n" for change in changes]
    bent += [original[2][:-1] + b" \n", b"[]\n", b"\n"]
    for line in bent:
        rewrite(excerpt, "proofs.jsonl", [*original[:2], line, *original[3:]])
        assert [f.kind for f in verifier.verify(excerpt).findings] == ["altered"], line
    rewrite(excerpt, "proofs.jsonl", [original[1], original[0], *original[2:]])
    assert verifier.verify(excerpt).code == 1
    rewrite(excerpt, "proofs.jsonl", original)
    unsigned = [
        canonical_json(json.loads(line) | {"cms": None}) + b"\n" for line in lines(excerpt, "checkpoints.jsonl")
    ]
    rewrite(excerpt, "checkpoints.jsonl", unsigned)
    rewrite(excerpt, "stamps.jsonl", [])
    assert "signature" in [f.kind for f in verifier.verify(excerpt).findings]


def test_core_76_unsealed_entry_is_no_evidence(verb: str, sealer: Authority, tmp_path: Path) -> None:
    """CORE-76: what has no place in the chain is not exported as if it had."""
    entry = write_entries(verb, 1)[0]
    with pytest.raises(export.NotSealed):
        export.export_entries(tmp_path / "x", [entry.id], trust=trust(sealer))
    with pytest.raises(export.NotSealed):
        export.export_entries(tmp_path / "y", [UUID(int=1)], trust=trust(sealer))


@pytest.fixture
def exchange_package(verb: str, sealer: Authority, tmp_path: Path) -> tuple[Path, bytes]:
    """An evidence package of the exchange: packet, signed receipt, and the entry that names both."""
    packet = b"<?xml version='1.0'?><edXML/>" + bytes(range(256))
    entry = write_entries(verb, 1, packet_sha256=sha256(packet).hex(), message_id="msg-1")[0]
    write_entries(verb, 3)
    sealing.seal_pending()
    sealing.stamp_newest()
    content = canonical_json(
        {
            "content_hash": "c" * 64,
            "from": "000.00.01.G12",
            "message_id": "msg-1",
            "node": "node-1",
            "received_at": "2026-11-25T03:15:00.000000Z",
            "seq": 7,
            "to": "000.00.02.G13",
        }
    )
    receipt = export.Receipt("msg-1", content, sealer.seal(content))
    target = tmp_path / "evidence.zip"
    export.export_entries(target, [entry.id], trust=trust(sealer), packet={"msg-1.edxml": packet}, receipts=[receipt])
    return target, content


def test_ex_51_evidence_package_of_the_exchange(exchange_package: tuple[Path, bytes], tmp_path: Path) -> None:
    """EX-51, EX-42: packet, receipt, entries, chain and stamp in one file; each part is tied to the rest."""
    target, content = exchange_package
    ran = run(target)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "Gói tin packet/msg-1.edxml: đúng tệp" in ran.stdout
    assert "Biên nhận receipts/msg-1.json: ký bởi CN=Niêm phong một" in ran.stdout
    folder = tmp_path / "unpacked"
    zipfile.ZipFile(target).extractall(folder)
    packet = (folder / "packet/msg-1.edxml").read_bytes()
    rewrite(folder, "packet/msg-1.edxml", [packet + b" "])
    assert [f.kind for f in verifier.verify(folder).findings] == ["file"]
    rewrite(folder, "packet/msg-1.edxml", [packet])
    assert verifier.verify(folder).code == 0
    rewrite(folder, "receipts/msg-1.json", [content.replace(b"03:15", b"03:16")])
    assert [f.kind for f in verifier.verify(folder).findings] == ["receipt"]
    rewrite(folder, "receipts/msg-1.json", [content])
    (folder / "receipts/msg-1.p7s").unlink()
    rewrite(folder, "receipts/msg-1.json", [content])
    assert [f.kind for f in verifier.verify(folder).findings] == ["receipt"]


def test_ex_51_receipt_of_another_matter(
    exchange_package: tuple[Path, bytes], sealer: Authority, tmp_path: Path
) -> None:
    """EX-51: a genuine receipt that none of the entries speaks of does not pass as evidence of this matter."""
    folder = tmp_path / "unpacked"
    zipfile.ZipFile(exchange_package[0]).extractall(folder)
    content = canonical_json({"message_id": "msg-2", "content_hash": "d" * 64})
    (folder / "receipts/msg-2.p7s").write_bytes(sealer.seal(content))
    rewrite(folder, "receipts/msg-2.json", [content])
    assert [f.kind for f in verifier.verify(folder).findings] == ["receipt"]


def test_ex_42_receipt_by_itself(
    exchange_package: tuple[Path, bytes], sealer: Authority, stranger: Authority, tmp_path: Path
) -> None:
    """EX-42: `verifier.py receipt` proves a signed receipt off-line, and refuses an altered or foreign one."""
    content = exchange_package[1]
    receipt, signature, alone = tmp_path / "r.json", tmp_path / "r.p7s", tmp_path / "v.py"
    alone.write_bytes(export.verifier_source())

    def ask(root: Authority) -> subprocess.CompletedProcess[str]:
        arguments = ["receipt", receipt, signature, "--ca", root.folder / "root.pem"]
        return subprocess.run([sys.executable, "-I", alone, *arguments], capture_output=True, text=True, check=False)

    receipt.write_bytes(content)
    signature.write_bytes(sealer.seal(content))
    ran = ask(sealer)
    assert ran.returncode == 0
    assert "Mã gói tin: msg-1" in ran.stdout
    assert "Bên nhận: 000.00.02.G13" in ran.stdout
    assert ask(stranger).returncode == 1
    receipt.write_bytes(content.replace(b'"seq":7', b'"seq":8'))
    assert ask(sealer).returncode == 1
    receipt.write_bytes(b"\x00")
    assert ask(sealer).returncode == 2


def test_core_76_database_tampered_by_its_superuser(verb: str, sealer: Authority, connect_as: Connect) -> None:
    """CORE-73, CORE-76: what prevention cannot stop is detected: edit, delete, insert, swap, cut, a column alone."""
    for _ in range(3):
        write_entries(verb, 5)
        sealing.seal_pending()
    assert not export.verify_database().findings
    places = "SELECT entry_id FROM journal_seal WHERE seq ="
    tamperings = {
        "UPDATE journal_entry SET canonical = convert_to(replace(convert_from(canonical, 'UTF8'), 'thử', 'giả'), "
        f"'UTF8') WHERE id = ({places} 7)": ("altered", 7),
        f"DELETE FROM journal_entry WHERE id = ({places} 7)": ("removed", 7),
        "DELETE FROM journal_seal WHERE seq = 7": ("removed", 7),
        "UPDATE journal_seal SET seq = seq + 100 WHERE seq >= 7; INSERT INTO journal_seal SELECT gen_random_uuid(), 7, "
        "hash FROM journal_seal WHERE seq = 6; UPDATE journal_seal SET seq = seq - 99 WHERE seq > 100": ("removed", 7),
        f"WITH a AS ({places} 7), b AS ({places} 8), f AS (DELETE FROM journal_seal WHERE seq IN (7, 8) RETURNING *) "
        "INSERT INTO journal_seal SELECT gen_random_uuid(), 99, hash FROM f WHERE false": ("removed", 7),
        "DELETE FROM journal_seal WHERE seq > 13": ("cut_tail", 14),
        "DELETE FROM journal_checkpoint WHERE size = 15": ("cut_tail", 11),
        f"UPDATE journal_entry SET actor = 'u:nobody' WHERE id = ({places} 7)": ("altered", 7),
    }
    for statement, expected in tamperings.items():
        with connect_as("superuser") as root:
            root.execute("CREATE TEMP TABLE e AS SELECT * FROM journal_entry")
            root.execute("CREATE TEMP TABLE s AS SELECT * FROM journal_seal")
            root.execute("CREATE TEMP TABLE c AS SELECT * FROM journal_checkpoint")
            root.execute("SET session_replication_role = replica")
            constraint = root.execute(
                "SELECT 'CONSTRAINT ' || conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint "
                "WHERE conname = 'journal_columns_repeat_bytes'"
            ).fetchone()
            root.execute("ALTER TABLE journal_entry DROP CONSTRAINT journal_columns_repeat_bytes")
            root.execute(statement)
            assert [(f.kind, f.seq) for f in export.verify_database().findings] == [expected], statement
            for table, copy in (("entry", "e"), ("seal", "s"), ("checkpoint", "c")):
                root.execute(f"DELETE FROM journal_{table}; INSERT INTO journal_{table} SELECT * FROM {copy}")
            root.execute(f"ALTER TABLE journal_entry ADD {constraint[0]}")
    assert not export.verify_database().findings

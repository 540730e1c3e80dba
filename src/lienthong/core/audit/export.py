"""Evidence that proves itself offline: the whole journal, or the entries of one matter (CORE-76, EX-51).

A folder or zip file with `manifest.json` (SHA-256 of each file), `checkpoints.jsonl`, `stamps.jsonl`, `certificates/`,
the stand-alone `verifier.py` and `HUONG-DAN.txt`; and either `entries.jsonl` (every entry of a stretch of the chain) or
`proofs.jsonl` (chosen entries, each with its Merkle path). An evidence package of the exchange adds `packet/` and
`receipts/`. `verifier.py` names the form of each line.
"""

import base64
import hashlib
import json
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import IO, Any
from uuid import UUID

from django.db import connection, transaction

from lienthong.core.audit import verifier
from lienthong.core.audit.models import REPEATED, Checkpoint, JournalSeal, TimeStamp
from lienthong.core.audit.sealing import placed
from lienthong.kit import merkle
from lienthong.kit.hashing import CHAIN_START, JSONValue, canonical_json

_CHUNK = 5_000
_LINKS = 5_000
"""How many unsigned links an excerpt carries at most to reach the next time stamp."""

GUIDE = """\
CHỨNG CỨ CỦA LIÊN THÔNG

Kiểm tra trên một máy bất kỳ có Python 3.11 trở lên, không cần mạng:

    python verifier.py .

Máy có chương trình openssl thì kiểm tra cả chữ ký và dấu thời gian; nếu không có, chỉ kiểm tra chuỗi băm.
Gốc tin cậy trong certificates/ chỉ để tiện dùng. Khi cần chắc chắn, hãy lấy gốc do cơ quan cấp chứng thư công bố:

    python verifier.py . --ca GỐC.pem

và tải verifier.py từ nguồn mà mình tin. Mã thoát: 0 đúng, 1 không đúng, 2 không đọc được.
"""


_CONTRADICTIONS = f"""
SELECT s.seq, e.id FROM journal_entry e LEFT JOIN journal_seal s ON s.entry_id = e.id
WHERE NOT journal_columns_agree({", ".join("e." + name for name in REPEATED)}) ORDER BY s.seq
"""  # noqa: S608 - names of columns


class NotSealed(RuntimeError):
    """An entry has no place in the chain yet, so nothing proves it; seal first."""


@dataclass(frozen=True, slots=True)
class Trust:
    """What the reader needs to check signatures: roots of the signers and of the time stamps, issuers between; PEM."""

    ca: bytes
    tsa: bytes = b""
    chain: bytes = b""


@dataclass(frozen=True, slots=True)
class Receipt:
    """A signed receipt as it was issued (EX-42): a file name without folder and extension, its bytes, its CMS."""

    name: str
    content: bytes
    cms: bytes


class Package(AbstractContextManager["Package"]):
    """Writes a folder or a zip file, streaming, and its manifest at the end. A target that ends in `.zip` is a zip."""

    def __init__(self, target: Path | IO[bytes]) -> None:
        is_folder = isinstance(target, Path) and target.suffix != ".zip"
        self._folder = target if is_folder and isinstance(target, Path) else None
        self._zip = None if is_folder else zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED)
        self._hashes: dict[str, str] = {}

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            manifest = canonical_json({"files": self._hashes, "format": verifier.FORMAT}) + b"\n"
            self.add("manifest.json", manifest)
        if self._zip:
            self._zip.close()

    def add(self, name: str, content: bytes | Iterable[bytes]) -> None:
        """Write one file of the package; `name` is a relative path with `/`."""
        if name in self._hashes or name.startswith("/") or ".." in name.split("/"):
            raise ValueError(f"not a name of a file of the package: {name}")
        digest = hashlib.sha256()
        with self._open(name) as stream:
            for part in [content] if isinstance(content, bytes) else content:
                digest.update(part)
                stream.write(part)
        self._hashes[name] = digest.hexdigest()

    @contextmanager
    def _open(self, name: str) -> Iterator[IO[bytes]]:
        if self._zip:
            with self._zip.open(name, "w", force_zip64=True) as stream:
                yield stream
            return
        assert self._folder
        path = self._folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as stream:
            yield stream


def export_journal(target: Path | IO[bytes], *, trust: Trust, after: int = 0) -> int:
    """Export every sealed entry behind `after` (0 or the size of a checkpoint); returns how many (CORE-76).

    Streams: memory does not grow with the journal. Raises LookupError when `after` is no checkpoint's size.
    """
    with transaction.atomic(), Package(target) as package:
        checkpoints = list(Checkpoint.objects.filter(size__gte=after).order_by("size"))
        if after and (not checkpoints or checkpoints[0].size != after):
            raise LookupError(f"no checkpoint ends at {after}")
        size = checkpoints[-1].size if checkpoints else after
        package.add("entries.jsonl", journal_lines(after, size))
        _add_checkpoints(package, checkpoints)
        _add_common(package, trust)
        return size - after


def journal_lines(after: int, size: int) -> Iterator[bytes]:
    """The lines of entries.jsonl for seq after+1 … size; needs a transaction. A seal without entry is written null."""
    with connection.cursor() as cursor:
        cursor.execute(
            "DECLARE journal_lines NO SCROLL CURSOR FOR SELECT s.seq, s.hash, e.canonical FROM journal_seal s "
            "LEFT JOIN journal_entry e ON e.id = s.entry_id WHERE s.seq > %s AND s.seq <= %s ORDER BY s.seq",
            [after, size],
        )
        while True:
            cursor.execute(f"FETCH {_CHUNK} FROM journal_lines")
            rows = cursor.fetchall()
            if not rows:
                break
            for seq, digest, canonical in rows:
                yield _line(seq, bytes(digest), canonical)
        cursor.execute("CLOSE journal_lines")


def _line(seq: int, digest: bytes, canonical: bytes | None) -> bytes:
    entry = b"null" if canonical is None else placed(bytes(canonical), seq)
    return b'{"entry":%b,"hash":"%b"}\n' % (entry, digest.hex().encode())


def export_entries(
    target: Path | IO[bytes],
    entries: Iterable[UUID],
    *,
    trust: Trust,
    packet: Mapping[str, bytes | Iterable[bytes]] | None = None,
    receipts: Sequence[Receipt] = (),
) -> int:
    """Export chosen entries with their Merkle paths, and with them a packet and its receipts (EX-51); returns how many.

    `packet` maps file names to contents; the verifier wants the SHA-256 of each named (in hexadecimal or base64) by one
    of the entries or receipts, and each receipt's `message_id` or `content_hash` named by one of the entries.
    Raises NotSealed when one of the entries has no place in the chain yet, or does not exist.
    """
    wanted = set(entries)
    with transaction.atomic(), Package(target) as package:
        seals = list(JournalSeal.objects.filter(entry_id__in=wanted).select_related("entry").order_by("seq"))
        if len(seals) != len(wanted):
            missing = wanted - {seal.entry_id for seal in seals}
            raise NotSealed(", ".join(sorted(str(ident) for ident in missing)))
        checkpoints: dict[int, Checkpoint] = {}
        batch = lru_cache(maxsize=4)(_Batch.of)
        package.add("proofs.jsonl", (_proof(seal, batch, checkpoints) for seal in seals))
        _add_checkpoints(package, _with_links(checkpoints), signed=set(checkpoints))
        for name, content in (packet or {}).items():
            package.add(f"packet/{name}", content)
        for receipt in receipts:
            package.add(f"receipts/{receipt.name}.json", receipt.content)
            package.add(f"receipts/{receipt.name}.p7s", receipt.cms)
        _add_common(package, trust)
        return len(seals)


@dataclass(slots=True)
class _Batch:
    """The hashes of one checkpoint's batch."""

    checkpoint: Checkpoint
    start: int
    hashes: list[bytes] = field(default_factory=list)

    @classmethod
    def of(cls, size: int) -> "_Batch":
        checkpoint = Checkpoint.objects.get(size=size)
        before = Checkpoint.objects.filter(size__lt=size).order_by("-size").values_list("size", flat=True).first() or 0
        found = JournalSeal.objects.filter(seq__gt=before, seq__lte=size).order_by("seq").values_list("hash", flat=True)
        return cls(checkpoint, before, [bytes(digest) for digest in found])


def _proof(seal: JournalSeal, batch_of: Any, checkpoints: dict[int, Checkpoint]) -> bytes:
    size = Checkpoint.objects.filter(size__gte=seal.seq).order_by("size").values_list("size", flat=True).first()
    if size is None:
        raise NotSealed(str(seal.entry_id))
    batch: _Batch = batch_of(size)
    checkpoints[size] = batch.checkpoint
    index = seal.seq - batch.start - 1
    previous = CHAIN_START if seal.seq == 1 else bytes(JournalSeal.objects.get(seq=seal.seq - 1).hash)
    proof: JSONValue = {
        "checkpoint": size,
        "index": index,
        "path": [step.hex() for step in merkle.inclusion_proof(batch.hashes, index)],
        "size": len(batch.hashes),
    }
    return b'{"entry":%b,"hash":"%b","previous":"%b","proof":%b}\n' % (
        placed(bytes(seal.entry.canonical), seal.seq),
        bytes(seal.hash).hex().encode(),
        previous.hex().encode(),
        canonical_json(proof),
    )


def _with_links(checkpoints: Mapping[int, Checkpoint]) -> list[Checkpoint]:
    """The checkpoints and those between each and the next stamped one, so that the stamp dates them too."""
    found = dict(checkpoints)
    for size in sorted(checkpoints):
        stamp = TimeStamp.objects.filter(checkpoint_id__gte=size).order_by("checkpoint_id").first()
        if stamp is None:
            break
        between = Checkpoint.objects.filter(size__gt=size, size__lte=stamp.checkpoint_id).order_by("size")
        if between.count() <= _LINKS:
            found.update((checkpoint.size, checkpoint) for checkpoint in between)
    return [found[size] for size in sorted(found)]


def keep_checkpoints(folder: Path) -> int:
    """Copy new checkpoints and stamps to write-once storage (CORE-75); returns how many checkpoints.

    Each run makes new files and touches no old one: `checkpoints-<last size>.jsonl`, `stamps-<last size>.jsonl`. Joined
    in order of their names they are what `verifier.py --checkpoints` takes: a tail that was cut together with its
    checkpoints shows against this copy.
    """
    folder.mkdir(parents=True, exist_ok=True)
    stamps = TimeStamp.objects.filter(checkpoint_id__gt=_kept(folder, "stamps")).order_by("checkpoint_id", "at")
    _keep(folder, "stamps", [(stamp.checkpoint_id, _stamp_line(stamp)) for stamp in stamps])
    checkpoints = Checkpoint.objects.filter(size__gt=_kept(folder, "checkpoints")).order_by("size")
    return _keep(folder, "checkpoints", [(each.size, _checkpoint_line(each)) for each in checkpoints])


def _kept(folder: Path, name: str) -> int:
    return max((int(path.stem.partition("-")[2]) for path in folder.glob(f"{name}-*.jsonl")), default=0)


def _keep(folder: Path, name: str, lines: Sequence[tuple[int, bytes]]) -> int:
    if lines:
        with (folder / f"{name}-{lines[-1][0]:019}.jsonl").open("xb") as stream:
            stream.writelines(line for _, line in lines)
    return len(lines)


def _add_checkpoints(package: Package, checkpoints: Sequence[Checkpoint], signed: set[int] | None = None) -> None:
    """Write checkpoints and their stamps; outside `signed`, those without stamp go without signature (mere links)."""
    sizes = [checkpoint.size for checkpoint in checkpoints]
    stamps = TimeStamp.objects.filter(checkpoint_id__in=sizes).order_by("checkpoint_id", "at")
    keep = set(sizes) if signed is None else signed | {stamp.checkpoint_id for stamp in stamps}
    lines = (_checkpoint_line(checkpoint, signed=checkpoint.size in keep) for checkpoint in checkpoints)
    package.add("checkpoints.jsonl", lines)
    package.add("stamps.jsonl", map(_stamp_line, stamps))


def _checkpoint_line(checkpoint: Checkpoint, *, signed: bool = True) -> bytes:
    cms = base64.b64encode(checkpoint.cms).decode() if signed else None
    return canonical_json({"body": json.loads(bytes(checkpoint.body)), "cms": cms}) + b"\n"


def _stamp_line(stamp: TimeStamp) -> bytes:
    return canonical_json({"checkpoint": stamp.checkpoint_id, "tsr": base64.b64encode(stamp.tsr).decode()}) + b"\n"


def _add_common(package: Package, trust: Trust) -> None:
    package.add("certificates/ca.pem", trust.ca)
    if trust.tsa:
        package.add("certificates/tsa.pem", trust.tsa)
    if trust.chain:
        package.add("certificates/chain.pem", trust.chain)
    package.add("verifier.py", verifier_source())
    package.add("HUONG-DAN.txt", GUIDE.encode())


def verifier_source() -> bytes:
    """The stand-alone verifier, for download."""
    return Path(verifier.__file__).read_bytes()


def verify_database() -> verifier.Report:
    """Follow the whole chain in the database and compare the entries' columns with their bytes (CORE-73, CORE-76).

    For the end of a restore and for `lienthong doctor`: hashes only, no signature. A report without findings is whole.
    """
    report = verifier.Report()
    with transaction.atomic():
        bodies = Checkpoint.objects.order_by("size").values_list("body", flat=True)
        try:
            lines = [canonical_json({"body": json.loads(bytes(body)), "cms": None}) + b"\n" for body in bodies]
            checkpoints = verifier.load_checkpoints(lines)
        except ValueError as error:
            report.bad("checkpoint", str(error))
            return report
        size = JournalSeal.objects.order_by("-seq").values_list("seq", flat=True).first() or 0
        verifier.check_chain(journal_lines(0, size), checkpoints, report)
        if report.findings:
            return report
        with connection.cursor() as cursor:
            cursor.execute(_CONTRADICTIONS)
            for seq, ident in cursor.fetchall():
                report.bad("altered", f"cột của dòng {ident} khác với nội dung đã niêm phong", seq)
    return report

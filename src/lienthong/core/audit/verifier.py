#!/usr/bin/env python3
"""Offline verifier of Liên Thông's evidence (CORE-76): this one file and Python 3.11 or later, nothing else.

    python verifier.py FOLDER_OR_ZIP [--ca ROOTS.pem] [--tsa-ca ROOTS.pem] [--checkpoints MY_COPY.jsonl] [--all]
    python verifier.py receipt RECEIPT.json RECEIPT.p7s --ca ROOTS.pem

No database, no network. Signatures and time stamps are checked by the `openssl` program; without it only the chain of
hashes is, and the answer says so. Exit code: 0 everything holds, 1 something does not, 2 the input cannot be read.

What is proven, and how:
* entry n hangs on entry n-1: hash(n) = SHA-256(hash(n-1) followed by the entry's bytes); hash(0) is 32 zero bytes;
* a checkpoint names the hash of its last entry, the Merkle root (RFC 6962) of its batch and the previous checkpoint;
  it is signed (CMS), and a time stamp (RFC 3161) over that signature says since when it exists;
* an excerpt (proofs.jsonl) gives each entry with its path to the Merkle root of its checkpoint.
"""

from __future__ import annotations

import argparse
import base64
import binascii
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timezone
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

OLDEST = (3, 11)
T = TypeVar("T")
R = TypeVar("R")
_UTC = timezone.utc  # noqa: UP017 - an older Python must get as far as `main`, which says that it is too old

FORMAT = "lienthong-evidence/1"
ZERO = bytes(32)
SIGNATURES_ALL = 500
"""Up to so many checkpoints every signature is checked; beyond, the newest and the stamped: the rest hang on them."""
LOOK_AHEAD = 64
HASH_ONLY = "Không có chương trình openssl: chỉ kiểm tra chuỗi băm, chưa kiểm tra chữ ký và dấu thời gian."

KINDS = {
    "altered": "bị sửa",
    "removed": "bị xóa",
    "reordered": "bị đảo thứ tự",
    "inserted": "bị chèn thêm",
    "cut_tail": "bị cắt đuôi",
    "rewritten": "bị viết lại",
    "checkpoint": "điểm niêm phong không khớp",
    "signature": "chữ ký không đúng",
    "stamp": "dấu thời gian không đúng",
    "file": "tệp không khớp",
    "receipt": "biên nhận không đúng",
}


class Unreadable(Exception):
    """The input is not evidence of this format."""


@dataclass(frozen=True)
class Finding:
    """Something that does not hold: its kind (a key of KINDS), the first bad `seq` where there is one, the sentence."""

    kind: str
    text: str
    seq: int | None = None

    def __str__(self) -> str:
        place = f" tại dòng số {self.seq}" if self.seq is not None else ""
        return f"{KINDS[self.kind].capitalize()}{place}: {self.text}"


@dataclass
class Report:
    """What was found; `notes` say what was checked and what was not."""

    findings: list[Finding] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def bad(self, kind: str, text: str, seq: int | None = None) -> None:
        """Note what does not hold; `seq` is the entry concerned."""
        self.findings.append(Finding(kind, text, seq))

    @property
    def code(self) -> int:
        """The exit code: 1 when anything does not hold."""
        return 1 if self.findings else 0


# --- the input ----------------------------------------------------------------------------------------------------
class Evidence:
    """A folder or a zip file, read in place: nothing of a zip is unpacked."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.zip: zipfile.ZipFile | None = None
        if path.is_dir():
            files = [item for item in path.rglob("*") if not item.is_dir()]
            self.names = sorted(item.relative_to(path).as_posix() for item in files)
        elif path.is_file():
            try:
                self.zip = zipfile.ZipFile(path)
            except (zipfile.BadZipFile, OSError, NotImplementedError) as error:
                raise Unreadable(f"không phải thư mục hay tệp zip: {path}") from error
            names = [item.filename for item in self.zip.infolist() if not item.is_dir()]
            self.names = sorted(names)
            if len(set(names)) != len(names):
                raise Unreadable("tệp zip có hai mục cùng tên")
        else:
            raise Unreadable(f"không tìm thấy {path}")

    def open(self, name: str) -> BinaryIO:
        """A file of the evidence as a stream."""
        return self.zip.open(name) if self.zip else (self.path / name).open("rb")  # type: ignore[return-value]

    def read(self, name: str) -> bytes:
        """A file of the evidence whole; empty when it is missing."""
        if name not in self.names:
            return b""
        with self.open(name) as stream:
            return stream.read()

    def digest(self, name: str) -> str:
        """SHA-256 of a file of the evidence, lower-case hex."""
        digest = hashlib.sha256()
        with self.open(name) as stream:
            while block := stream.read(1 << 20):
                digest.update(block)
        return digest.hexdigest()

    def under(self, folder: str) -> list[str]:
        """The names of the files in a folder."""
        return [name for name in self.names if name.startswith(folder + "/")]


def dump(value: Any) -> bytes:
    """Canonical JSON of the plain values of manifests, checkpoints and proofs (texts, integers, lists, objects)."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def check_manifest(evidence: Evidence, report: Report) -> dict[str, str]:
    """Every file is listed with its SHA-256, and nothing else is; returns the true hashes."""
    hashes = {name: evidence.digest(name) for name in evidence.names if name != "manifest.json"}
    manifest = evidence.read("manifest.json")
    if manifest == dump({"files": hashes, "format": FORMAT}) + b"\n":
        return hashes
    try:
        listed = json.loads(manifest)["files"]
        wrong = sorted(name for name in {*listed, *hashes} if listed.get(name) != hashes.get(name))
    except (ValueError, KeyError, TypeError, AttributeError):
        wrong = []
    if not wrong:
        report.bad("file", "bảng kê manifest.json đã bị sửa hoặc không có")
    for name in wrong:
        how = "không có trong bảng kê" if name not in listed else "đã thiếu" if name not in hashes else "đã bị sửa"
        report.bad("file", f"{name} {how}")
    return hashes


# --- checkpoints --------------------------------------------------------------------------------------------------
@dataclass
class Checkpoint:
    """A line of checkpoints.jsonl; `linked`: it names the checkpoint of the line before."""

    size: int
    head: str
    root: str
    previous: str
    at: str
    body: bytes
    cms: bytes
    linked: bool = False
    stamped_at: datetime | None = None

    @property
    def digest(self) -> str:
        """SHA-256 of the body, which the next checkpoint names as its previous."""
        return hashlib.sha256(self.body).hexdigest()


_HEX = re.compile(r"[0-9a-f]{64}")
_BODY = {"at": str, "head": str, "merkle_root": str, "previous": str, "size": int}


def load_checkpoints(lines: Sequence[bytes]) -> list[Checkpoint]:
    """Read checkpoints.jsonl; raises ValueError naming the first line that is not written as it must be."""
    found: list[Checkpoint] = []
    for number, line in enumerate(lines, 1):
        try:
            value = json.loads(line)
            body = value["body"]
            if {key: type(item) for key, item in body.items()} != _BODY:
                raise ValueError
            cms = base64.b64decode(value["cms"], validate=True) if value["cms"] else b""
            if line != dump(value) + b"\n" or base64.b64encode(cms).decode() != (value["cms"] or ""):
                raise ValueError
            if not all(_HEX.fullmatch(body[key]) for key in ("head", "merkle_root", "previous")):
                raise ValueError
        except (ValueError, KeyError, TypeError, AttributeError, binascii.Error) as error:
            raise ValueError(f"dòng {number} của tệp điểm niêm phong không đọc được") from error
        checkpoint = Checkpoint(
            body["size"], body["head"], body["merkle_root"], body["previous"], body["at"], dump(body), cms
        )
        if found and checkpoint.size <= found[-1].size:
            raise ValueError(f"dòng {number} của tệp điểm niêm phong đứng sai thứ tự")
        checkpoint.linked = checkpoint.previous == (found[-1].digest if found else ZERO.hex())
        found.append(checkpoint)
    return found


def merkle_root(hashes: Sequence[bytes]) -> bytes:
    """RFC 6962: leaves take 0x00, nodes 0x01; an odd last node is carried up. The hashes are the leaves' data."""
    sha = hashlib.sha256
    level = [sha(b"\x00" + item).digest() for item in hashes]
    if not level:
        return sha(b"").digest()
    while len(level) > 1:
        pairs = iter(level)
        odd = level[-1:] if len(level) % 2 else []
        level = [sha(b"\x01" + left + right).digest() for left, right in zip(pairs, pairs, strict=False)] + odd
    return level[0]


def merkle_path_root(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes | None:
    """The root to which a path leads (RFC 9162 §2.1.3.2); None when the path cannot be one."""
    if not 0 <= index < size:
        return None
    node, last, digest = index, size - 1, hashlib.sha256(b"\x00" + leaf).digest()
    for step in path:
        if last == 0:
            return None
        if node & 1 or node == last:
            digest = hashlib.sha256(b"\x01" + step + digest).digest()
            while node and not node & 1:
                node, last = node >> 1, last >> 1
        else:
            digest = hashlib.sha256(b"\x01" + digest + step).digest()
        node, last = node >> 1, last >> 1
    return digest if last == 0 else None


# --- entries ------------------------------------------------------------------------------------------------------
# A line is {"entry":E,"hash":"H"} and a line feed: E are the very bytes that were hashed.
HEAD_LENGTH, TAIL_LENGTH = len(b'{"entry":'), len(b',"hash":""}\n') + 64
_SEQ = re.compile(rb',"seq":([0-9]+)(?=,"session":)')


@dataclass(frozen=True)
class Line:
    """A line of entries.jsonl taken apart as far as it goes."""

    entry: bytes
    hash: str
    seq: int | None

    def at(self, seq: int) -> bytes:
        """The entry as if it had that number."""
        place = [match.span(1) for match in _SEQ.finditer(self.entry)][-1:]
        return self.entry[: place[0][0]] + b"%d" % seq + self.entry[place[0][1] :] if place else self.entry

    def follows(self, previous: str, seq: int | None = None) -> bool:
        """Whether its hash is right after a hash, with its own number or another."""
        entry = self.entry if seq is None else self.at(seq)
        return hashlib.sha256(bytes.fromhex(previous) + entry).hexdigest() == self.hash


def take_apart(raw: bytes) -> Line | None:
    """The parts of a line of `entries.jsonl`; None when it is not written canonically."""
    try:
        value = json.loads(raw)
        entry, claimed = raw[HEAD_LENGTH:-TAIL_LENGTH], value["hash"]
        if not _HEX.fullmatch(claimed) or raw != b'{"entry":%b,"hash":"%b"}\n' % (entry, claimed.encode()):
            return None
        seq = value["entry"]["seq"] if value["entry"] is not None else None
        return Line(entry, claimed, seq if type(seq) is int else None)
    except (ValueError, KeyError, TypeError):
        return None


def check_chain(lines: Iterator[bytes], checkpoints: Sequence[Checkpoint], report: Report) -> int:
    """Follow the whole chain; reports the first place where it breaks. Returns how many entries hold.

    The first checkpoint may stand before the first line (an export from there on): it is then where the chain begins.
    """
    sha = hashlib.sha256
    raw = next(lines, b"")
    line = take_apart(raw)
    begins = checkpoints[0] if checkpoints and line and line.seq == checkpoints[0].size + 1 else None
    n, head = (begins.size, bytes.fromhex(begins.head)) if begins else (0, ZERO)
    start, goals = n, list(checkpoints[1:] if begins else checkpoints)
    if not begins and checkpoints and not checkpoints[0].linked:
        report.bad("removed", "thiếu các điểm niêm phong ở phần đầu", 1)
        return 0
    for goal in goals:
        batch: list[bytes] = []
        begin = n
        while n < goal.size:
            n += 1
            entry = raw[HEAD_LENGTH:-TAIL_LENGTH]
            digest = sha(head + entry)
            if raw != b'{"entry":%b,"hash":"%b"}\n' % (entry, digest.hexdigest().encode()) or (
                b'"seq":%d,' % n not in entry
            ):
                finding = diagnose(head.hex(), n, raw, lines, goals[-1].size)
                report.findings.append(finding)
                return n - 1 - start
            head = digest.digest()
            batch.append(head)
            raw = next(lines, b"")
        if head.hex() != goal.head:
            text = (
                f"các dòng {begin + 1} đến {goal.size} tự khớp với nhau nhưng trái với điểm niêm phong của lô: "
                "nhật ký hoặc điểm niêm phong đã bị viết lại từ lô này"
            )
            report.bad("rewritten", text, begin + 1)
            return begin - start
        if merkle_root(batch).hex() != goal.root:
            report.bad("checkpoint", f"gốc Merkle của lô {begin + 1}–{goal.size} không đúng", begin + 1)
            return begin - start
    if raw:
        report.bad("cut_tail", "có dòng sau điểm niêm phong cuối cùng; các điểm niêm phong sau đó đã bị bỏ", n + 1)
    return n - start


def diagnose(head: str, n: int, raw: bytes, lines: Iterator[bytes], size: int) -> Finding:
    """Name what happened at the first line that does not hang on the one before."""
    if not raw:
        return Finding("cut_tail", f"điểm niêm phong cuối cùng chứng nhận {size} dòng, chỉ còn đến dòng {n - 1}", n)
    line = take_apart(raw)
    window = [item for raw in islice(lines, LOOK_AHEAD) if (item := take_apart(raw))]
    if line is None:
        return Finding("altered", "dòng này không còn đúng dạng", n)
    if line.seq is None:
        kind = "removed" if line.entry == b"null" else "altered"
        return Finding(kind, "nội dung của dòng không còn" if kind == "removed" else "dòng không có số thứ tự", n)
    if line.seq < n:
        return Finding("inserted", f"dòng mang số {line.seq} xuất hiện lần nữa", n)
    if line.seq > n:
        return _jumped(line, n, window, lines)
    return _renumbered(head, line, n, window) or Finding("altered", "nội dung không khớp với mã băm của dòng", n)


def _jumped(line: Line, n: int, window: Sequence[Line], lines: Iterator[bytes]) -> Finding:
    """The line carries a later number: lines before it are missing, or it stands too early, or it is not genuine."""
    assert line.seq is not None
    ahead = {item.seq: item for item in window}
    if n in ahead:
        before = ahead.get(line.seq - 1)
        # Its own predecessor tells whether it is genuine; where that lies out of sight, it may be.
        genuine = line.follows(before.hash) if before else len(window) == LOOK_AHEAD
        if genuine and line.seq not in ahead:
            return Finding("reordered", f"dòng số {line.seq} đứng trước dòng số {n}", n)
        return Finding("inserted", f"một dòng lạ mang số {line.seq} đứng trước dòng số {n}", n)
    mark = b'"seq":%d,' % n
    if any(mark in raw and (item := take_apart(raw)) and item.seq == n for raw in lines):
        return Finding("reordered", f"dòng số {n} bị chuyển ra sau dòng số {line.seq}", n)
    last = f" đến {line.seq - 1}" if line.seq - 1 > n else ""
    return Finding("removed", f"thiếu dòng số {n}{last}", n)


def _renumbered(head: str, line: Line, n: int, window: Sequence[Line]) -> Finding | None:
    """The number is right but the hash is not: were lines inserted, removed or moved and then numbered anew?"""
    for later in window:
        if later.follows(head, n):
            moved = any(line.follows(item.hash, n + k) for item in window for k in range(1, LOOK_AHEAD))
            if moved:
                return Finding("reordered", "dòng đã đổi chỗ và bị đánh số lại", n)
            return Finding("inserted", "dòng lạ chen vào, các dòng sau bị đánh số lại", n)
    if window and not window[0].follows(line.hash):
        for gone in range(1, LOOK_AHEAD):
            if window[0].follows(line.hash, n + 1 + gone):
                return Finding("removed", f"thiếu {gone} dòng từ đây, các dòng sau bị đánh số lại", n)
    return None


def check_proofs(stream: BinaryIO, checkpoints: Sequence[Checkpoint], report: Report) -> list[bytes]:
    """Check each entry of an excerpt against the Merkle root of its checkpoint; returns the entries that hold."""
    by_size = {checkpoint.size: checkpoint for checkpoint in checkpoints}
    proven: list[bytes] = []
    last: int = 0
    seq: Any
    for number, raw in enumerate(stream, 1):
        seq = None
        try:
            value = json.loads(raw)
            seq, proof = value["entry"]["seq"], value["proof"]
            tail = b',"hash":"%b","previous":"%b","proof":%b}\n' % (
                value["hash"].encode(),
                value["previous"].encode(),
                dump(proof),
            )
            entry = raw[HEAD_LENGTH : -len(tail)]
            digest = hashlib.sha256(bytes.fromhex(value["previous"]) + entry).digest()
            goal, size, index = by_size[proof["checkpoint"]], proof["size"], proof["index"]
            path = [bytes.fromhex(step) for step in proof["path"]]
            holds = (
                raw == b'{"entry":' + entry + tail
                and len(bytes.fromhex(value["previous"])) == 32
                and digest.hex() == value["hash"]
                and seq == goal.size - size + index + 1
                and seq > last
                and set(proof) == {"checkpoint", "index", "path", "size"}
                and merkle_path_root(digest, index, size, path) == bytes.fromhex(goal.root)
            )
        except (ValueError, KeyError, TypeError):
            holds = False
        if not holds:
            place = seq if type(seq) is int else None
            report.bad("altered", f"dòng {number} của trích lục không dẫn đến điểm niêm phong của nó", place)
            continue
        last = seq
        proven.append(entry)
    return proven


# --- openssl ------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Verdict:
    """What openssl says: whether it holds, why not, who signed, when stamped."""

    holds: bool
    why: str = ""
    who: str = ""
    at: datetime | None = None


_CAUSES = (
    ("certificate has expired", "chứng thư đã hết hạn, không có dấu thời gian chứng minh ký khi còn hạn"),
    ("certificate is not yet valid", "chứng thư chưa có hiệu lực"),
    ("unable to get local issuer", "chứng thư không do gốc tin cậy cấp"),
    ("unable to get issuer", "chứng thư không do gốc tin cậy cấp"),
    ("self-signed certificate", "chứng thư không do gốc tin cậy cấp"),
    ("self signed certificate", "chứng thư không do gốc tin cậy cấp"),
    ("unsupported certificate purpose", "chứng thư không được cấp cho việc này"),
    ("message imprint mismatch", "dấu thời gian thuộc về nội dung khác"),
    ("digest failure", "chữ ký không khớp nội dung"),
    ("verification failure", "chữ ký không khớp nội dung"),
)
_MONTH_NAMES = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MONTHS = {name: number for number, name in enumerate(_MONTH_NAMES, 1)}
_TIME = re.compile(r"Time stamp: (\w{3}) +(\d+) (\d+):(\d+):(\d+)(?:\.\d+)? (\d{4}) GMT")


class OpenSSL:
    """The `openssl` program, its roots and a folder for what it reads; None of these leaves this machine."""

    def __init__(self, folder: Path, ca: bytes, tsa_ca: bytes, chain: bytes) -> None:
        self.folder, self.count = folder, 0
        (folder / "ca.pem").write_bytes(ca)
        (folder / "tsa.pem").write_bytes(tsa_ca)
        (folder / "chain.pem").write_bytes(chain)
        self.chain = bool(chain.strip())

    @staticmethod
    def found() -> bool:
        """Whether the program is there."""
        return shutil.which("openssl") is not None

    def _run(self, *arguments: str) -> subprocess.CompletedProcess[bytes]:
        # An empty folder of certificates instead of the system's: only the given roots count.
        empty = {"SSL_CERT_DIR": str(self.folder / "none"), "SSL_CERT_FILE": str(self.folder / "none.pem")}
        environment = {**os.environ, **empty, "LC_ALL": "C"}
        return subprocess.run(
            ["openssl", *arguments], cwd=self.folder, env=environment, capture_output=True, check=False
        )

    def _file(self, content: bytes) -> str:
        handle, name = tempfile.mkstemp(dir=self.folder)
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
        return name

    def cms(self, content: bytes, signature: bytes, at: datetime | None = None) -> Verdict:
        """A detached CMS signature, judged at a proven time or now."""
        data, cms, signer = self._file(content), self._file(signature), self._file(b"")
        extra = ["-certfile", "chain.pem"] if self.chain else []
        extra += ["-attime", str(int(at.timestamp()))] if at else []
        ran = self._run(
            *("cms", "-verify", "-binary", "-inform", "DER", "-in", cms, "-content", data, "-out", os.devnull),
            *("-CAfile", "ca.pem", "-purpose", "any", "-signer", signer, *extra),
        )
        return Verdict(ran.returncode == 0, _cause(ran.stderr), self._who(signer) if ran.returncode == 0 else "")

    def stamp(self, content: bytes, response: bytes) -> Verdict:
        """An RFC 3161 response; its certificate is judged at the time that it states."""
        data, tsr = self._file(content), self._file(response)
        told = _TIME.search(self._run("ts", "-reply", "-in", tsr, "-text").stdout.decode(errors="replace"))
        if not told:
            return Verdict(False, "không đọc được dấu thời gian")
        month, day, hour, minute, second, year = told.groups()
        at = datetime(int(year), _MONTHS[month], int(day), int(hour), int(minute), int(second), tzinfo=_UTC)
        extra = ["-untrusted", "chain.pem"] if self.chain else []
        ran = self._run(
            *("ts", "-verify", "-data", data, "-in", tsr, "-CAfile", "tsa.pem"),
            *("-attime", str(int(at.timestamp())), *extra),
        )
        return Verdict(ran.returncode == 0, _cause(ran.stderr), at=at)

    def _who(self, certificate: str) -> str:
        ran = self._run(
            *("x509", "-in", certificate, "-noout", "-subject", "-nameopt", "utf8,sep_comma_plus_space,-esc_msb"),
            *("-fingerprint", "-sha256"),
        )
        lines = ran.stdout.decode(errors="replace").splitlines()
        subject = lines[0].removeprefix("subject=").strip() if lines else ""
        mark = lines[1].partition("=")[2].replace(":", "").lower() if len(lines) > 1 else ""
        return f"{subject} (SHA-256 {mark[:16]}…)"


def _cause(errors: bytes) -> str:
    told = errors.decode(errors="replace").lower()
    return next((text for mark, text in _CAUSES if mark in told), "chữ ký không đọc được hoặc không khớp")


def in_parallel(work: Callable[[T], R], items: Sequence[T]) -> list[R]:  # noqa: UP047 - syntax of Python 3.12
    """Do the work on all items with all cores; answers in their order."""
    with ThreadPoolExecutor(max_workers=max(2, os.cpu_count() or 2)) as pool:
        return list(pool.map(work, items))


# --- the whole ----------------------------------------------------------------------------------------------------
@dataclass
class Verification:
    """One run over one piece of evidence."""

    evidence: Evidence
    report: Report
    ca: bytes
    tsa_ca: bytes
    own_copy: bytes | None = None
    every: bool = False
    checkpoints: list[Checkpoint] = field(default_factory=list)
    openssl: OpenSSL | None = None

    def run(self) -> None:
        """Check everything that the evidence allows; what does not hold is in the report."""
        hashes = check_manifest(self.evidence, self.report)
        whole, excerpt = "entries.jsonl" in self.evidence.names, "proofs.jsonl" in self.evidence.names
        self._load_checkpoints(whole)
        if self.openssl is None:
            self.report.notes.append(HASH_ONLY)
        else:
            self._stamps()
            self._signatures(whole)
        proven: list[bytes] = []
        if whole:
            with self.evidence.open("entries.jsonl") as stream:
                count = check_chain(stream, self.checkpoints, self.report)
            start = self.checkpoints[-1].size - count if self.checkpoints and not self.report.findings else 0
            self.report.notes.append(
                f"Chuỗi băm: {count} dòng nhật ký liền nhau từ số {start + 1}, {len(self.checkpoints)} điểm niêm phong."
            )
        if excerpt:
            with self.evidence.open("proofs.jsonl") as stream:
                proven = check_proofs(stream, self.checkpoints, self.report)
            self.report.notes.append(
                f"Trích lục: {len(proven)} dòng có thật trong nhật ký; trích lục không chứng minh là đã đủ mọi dòng."
            )
        self._receipts(proven, excerpt)
        self._packet(hashes, proven)

    @cached_property
    def _receipt_files(self) -> list[str]:
        return [name for name in self.evidence.under("receipts") if name.endswith(".json")]

    def _load_checkpoints(self, whole: bool) -> None:
        raw = self.own_copy if self.own_copy is not None else self.evidence.read("checkpoints.jsonl")
        try:
            self.checkpoints = load_checkpoints(raw.splitlines(keepends=True))
        except ValueError as error:
            self.report.bad("checkpoint", str(error))
        if whole:
            for before, checkpoint in zip(self.checkpoints, self.checkpoints[1:], strict=False):
                if not checkpoint.linked:
                    text = f"điểm niêm phong {checkpoint.size} không nối tiếp điểm niêm phong {before.size}"
                    self.report.bad("checkpoint", text, before.size + 1)
                    break

    def _stamps(self) -> None:
        assert self.openssl
        by_size = {checkpoint.size: checkpoint for checkpoint in self.checkpoints}
        stamps: list[tuple[Checkpoint, bytes]] = []
        for line in self.evidence.read("stamps.jsonl").splitlines(keepends=True):
            try:
                value = json.loads(line)
                tsr = base64.b64decode(value["tsr"], validate=True)
                if line != dump({"checkpoint": value["checkpoint"], "tsr": base64.b64encode(tsr).decode()}) + b"\n":
                    raise ValueError
                stamps.append((by_size[value["checkpoint"]], tsr))
            except (ValueError, KeyError, TypeError):
                self.report.bad("stamp", "tệp stamps.jsonl có dòng không đọc được")
        verdicts = in_parallel(lambda item: self.openssl.stamp(item[0].cms, item[1]), stamps)  # type: ignore[union-attr]
        for (checkpoint, _), verdict in zip(stamps, verdicts, strict=True):
            if verdict.holds:
                checkpoint.stamped_at = verdict.at
            else:
                self.report.bad("stamp", f"của điểm niêm phong {checkpoint.size}: {verdict.why}", checkpoint.size)
        good = [checkpoint for checkpoint in self.checkpoints if checkpoint.stamped_at]
        if good:
            newest = good[-1]
            when = f"{newest.stamped_at:%d/%m/%Y %H:%M:%S} UTC"
            self.report.notes.append(f"Dấu thời gian: {len(good)}; mọi dòng đến số {newest.size} đã có từ {when}.")
        else:
            self.report.notes.append("Chưa có dấu thời gian: thời điểm trong điểm niêm phong là tự khai.")

    def _signatures(self, whole: bool) -> None:
        """Each checkpoint is signed itself or hangs, link by link, under a signed one."""
        if not self.checkpoints:
            if whole or "proofs.jsonl" in self.evidence.names:
                self.report.bad("checkpoint", "không có điểm niêm phong nào")
            return
        last = self.checkpoints[-1]
        ends = [a for a, b in zip(self.checkpoints, self.checkpoints[1:], strict=False) if not b.linked]
        signed = [checkpoint for checkpoint in self.checkpoints if checkpoint.cms]
        if self.every or len(signed) <= SIGNATURES_ALL:
            chosen = [c for c in self.checkpoints if c.cms or c is last or c in ends or (whole and not c.cms)]
        else:
            chosen = [c for c in self.checkpoints if c is last or c.stamped_at or c in ends]
        verdicts = in_parallel(self._signature, chosen)
        bad = [c for c, verdict in zip(chosen, verdicts, strict=True) if not verdict.holds]
        if bad:
            first = bad[0] if len(chosen) == len(self.checkpoints) else self._first_bad(bad[0])
            before = self.checkpoints[self.checkpoints.index(first) - 1].size if first is not self.checkpoints[0] else 0
            why = self._signature(first).why
            self.report.bad("signature", f"điểm niêm phong của lô {before + 1}–{first.size}: {why}", before + 1)
        signers = sorted({verdict.who for verdict in verdicts if verdict.holds})
        self.report.notes.extend(f"Niêm phong ký bởi: {who}" for who in signers)

    def _signature(self, checkpoint: Checkpoint) -> Verdict:
        assert self.openssl
        if not checkpoint.cms:
            return Verdict(False, "không có chữ ký")
        return self.openssl.cms(checkpoint.body, checkpoint.cms, self._proven_time(checkpoint))

    def _proven_time(self, checkpoint: Checkpoint) -> datetime | None:
        """When it existed at the latest: by its own stamp or by that of a later one that hangs on it."""
        place = self.checkpoints.index(checkpoint)
        for later in self.checkpoints[place:]:
            if later is not checkpoint and not later.linked:
                return None
            if later.stamped_at:
                return later.stamped_at
        return None

    def _first_bad(self, bad: Checkpoint) -> Checkpoint:
        """By halving: what was rewritten from some batch on has no good signature from there on."""
        low, high = 0, self.checkpoints.index(bad)
        while low < high:
            middle = (low + high) // 2
            if self._signature(self.checkpoints[middle]).holds:
                low = middle + 1
            else:
                high = middle
        return self.checkpoints[low]

    def _receipts(self, proven: Sequence[bytes], excerpt: bool) -> None:
        for name in self._receipt_files:
            content = self.evidence.read(name)
            signature = self.evidence.read(name.removesuffix(".json") + ".p7s")
            told = receipt_facts(content)
            if told is None or not signature:
                self.report.bad("receipt", f"{name} không đọc được hoặc thiếu chữ ký")
                continue
            if self.openssl:
                verdict = self.openssl.cms(content, signature)
                if not verdict.holds:
                    self.report.bad("receipt", f"{name}: {verdict.why}")
                    continue
                self.report.notes.append(f"Biên nhận {name}: ký bởi {verdict.who}")
            marks = [str(told[key]).encode() for key in ("message_id", "content_hash") if told.get(key)]
            if excerpt and not any(mark in entry for mark in marks for entry in proven):
                self.report.bad("receipt", f"{name}: không dòng nhật ký nào trong gói nói đến biên nhận này")

    def _packet(self, hashes: dict[str, str], proven: Sequence[bytes]) -> None:
        """Each file of the packet is named, by its SHA-256, in a proven entry or in a receipt."""
        told = b"\n".join([*proven, *(self.evidence.read(name) for name in self._receipt_files)])
        for name in self.evidence.under("packet"):
            digest = hashes[name]
            if digest.encode() in told or base64.b64encode(bytes.fromhex(digest)) in told:
                self.report.notes.append(f"Gói tin {name}: đúng tệp mà nhật ký hoặc biên nhận ghi (SHA-256 {digest}).")
            else:
                self.report.bad("file", f"{name}: không dòng nhật ký hay biên nhận nào ghi mã băm của tệp này")


def receipt_facts(content: bytes) -> dict[str, Any] | None:
    """The members of a receipt; None when it is no JSON object."""
    try:
        value = json.loads(content)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def verify(
    path: Path,
    *,
    ca: Path | None = None,
    tsa_ca: Path | None = None,
    checkpoints: Path | None = None,
    every: bool = False,
    use_openssl: bool = True,
) -> Report:
    """Verify a folder or zip file of evidence; raises Unreadable when it is none."""
    evidence = Evidence(path)
    if not {"manifest.json", "entries.jsonl", "proofs.jsonl"} & set(evidence.names):
        raise Unreadable(f"{path} không phải gói chứng cứ của Liên Thông")
    report = Report()
    roots = ca.read_bytes() if ca else evidence.read("certificates/ca.pem")
    stamp_roots = tsa_ca.read_bytes() if tsa_ca else roots if ca else evidence.read("certificates/tsa.pem") or roots
    if roots and not ca:
        mark = hashlib.sha256(roots).hexdigest()
        report.notes.append(
            "Gốc tin cậy lấy trong chính gói này; hãy đối chiếu tệp certificates/ca.pem (SHA-256 "
            f"{mark}) với gốc do cơ quan cấp chứng thư công bố, hoặc dùng --ca."
        )
    run = Verification(evidence, report, roots, stamp_roots, checkpoints.read_bytes() if checkpoints else None, every)
    with tempfile.TemporaryDirectory() as folder:
        if use_openssl and OpenSSL.found():
            run.openssl = OpenSSL(Path(folder), roots, stamp_roots, evidence.read("certificates/chain.pem"))
        try:
            run.run()
        except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError) as error:
            report.bad("file", f"tệp zip hỏng: {error}")
    return report


def verify_receipt(content: Path, signature: Path, *, ca: Path, use_openssl: bool = True) -> Report:
    """Verify a signed receipt by itself (EX-42)."""
    report = Report()
    told = receipt_facts(content.read_bytes())
    if told is None:
        raise Unreadable(f"{content} không phải biên nhận")
    if not (use_openssl and OpenSSL.found()):
        raise Unreadable("cần chương trình openssl để kiểm tra chữ ký của biên nhận")
    roots = ca.read_bytes()
    with tempfile.TemporaryDirectory() as folder:
        verdict = OpenSSL(Path(folder), roots, roots, b"").cms(content.read_bytes(), signature.read_bytes())
    if verdict.holds:
        report.notes.append(f"Biên nhận ký bởi: {verdict.who}")
        report.notes.extend(f"  {label}: {told[key]}" for key, label in RECEIPT_LABELS.items() if key in told)
    else:
        report.bad("receipt", verdict.why)
    return report


RECEIPT_LABELS = {
    "message_id": "Mã gói tin",
    "content_hash": "Mã băm nội dung",
    "from": "Bên gửi",
    "to": "Bên nhận",
    "received_at": "Nhận lúc",
    "node": "Nút",
    "seq": "Số thứ tự",
}


def lines_of(report: Report) -> Iterator[str]:
    """The answer in Vietnamese, the verdict first."""
    yield "KẾT QUẢ: KHÔNG ĐÚNG" if report.findings else "KẾT QUẢ: ĐÚNG"
    for finding in report.findings:
        yield f"- {finding}"
    yield from report.notes


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; returns the exit code."""
    if sys.version_info < OLDEST:
        # Never 1: a verifier that cannot run has not found the evidence false.
        needed, found = (".".join(map(str, version[:2])) for version in (OLDEST, sys.version_info))
        sys.stderr.write(f"Cần Python từ {needed}; máy này đang dùng {found}.\n")
        return 2
    argv = list(sys.argv[1:] if arguments is None else arguments)
    parser = argparse.ArgumentParser(
        prog="verifier.py",
        description="Kiểm tra chứng cứ của Liên Thông, không cần mạng. Mã thoát: 0 đúng, 1 sai, 2 không đọc được.",
        epilog="Kiểm tra một biên nhận: verifier.py receipt BIÊN_NHẬN.json BIÊN_NHẬN.p7s --ca GỐC.pem",
    )
    parser.add_argument("--ca", type=Path, required=argv[:1] == ["receipt"], help="gốc tin cậy của chữ ký (PEM)")
    if argv[:1] == ["receipt"]:
        argv = argv[1:]
        parser.add_argument("content", type=Path)
        parser.add_argument("signature", type=Path)
    else:
        parser.add_argument("evidence", type=Path, help="thư mục hoặc tệp zip chứng cứ")
        parser.add_argument("--tsa-ca", type=Path, help="gốc tin cậy của dấu thời gian (PEM); mặc định như --ca")
        parser.add_argument("--checkpoints", type=Path, help="bản điểm niêm phong do mình giữ, thay cho bản trong gói")
        parser.add_argument("--all", action="store_true", help="kiểm tra chữ ký của mọi điểm niêm phong")
    options = parser.parse_args(argv)
    try:
        if "signature" in options:
            report = verify_receipt(options.content, options.signature, ca=options.ca)
        else:
            report = verify(
                options.evidence,
                ca=options.ca,
                tsa_ca=options.tsa_ca,
                checkpoints=options.checkpoints,
                every=options.all,
            )
    except (Unreadable, OSError) as error:
        sys.stderr.write(f"Không đọc được: {error}\n")
        return 2
    sys.stdout.write("\n".join(lines_of(report)) + "\n")
    return report.code


if __name__ == "__main__":
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    sys.exit(main())

"""Whether a decoded payload is the file itself or a ZIP around it, told by content alone (EX-17, EX-18, CORE-56)."""

import hashlib
import struct
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import BinaryIO

from lienthong.kit.edxml.profiles import Limits

_END = b"PK\x05\x06"
_END_SIZE = 22
_END64_LOCATOR = b"PK\x06\x07"
_END64 = b"PK\x06\x06"
_DIRECTORY_LIMIT = 512 << 10
_BLOCK = 1 << 18
_UTF8_FLAG = 0x800
_ENCRYPTED_FLAG = 0x1
_UNIX, _LINK = 3, 0o120000


class Wrapping(StrEnum):
    """How an attachment travelled."""

    RAW = "raw"
    ZIP = "zip"


class ArchiveRefused(ValueError):
    """A ZIP that is no attachment we take: several entries, encrypted, damaged or a bomb. `limit` marks a bound (R)."""

    def __init__(self, message: str, *, limit: bool = False) -> None:
        super().__init__(message)
        self.limit = limit


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One entry of an attached .zip: name shown, original bytes, sizes in bytes (CORE-56)."""

    name: str
    raw_name: bytes
    size: int
    packed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Unwrapped:
    """The file that an attachment is: its bytes, SHA-256 and size, and the member's name if it came in a ZIP."""

    wrapping: Wrapping
    file: BinaryIO
    sha256: bytes
    size: int
    member_name: str | None = None


def unwrap(
    payload: BinaryIO,
    *,
    sha256: bytes,
    size: int,
    name: str,
    limits: Limits,
    left: int,
    open_spool: Callable[[], BinaryIO],
) -> Unwrapped:
    """The attachment inside a decoded payload: the one member of a wrapping ZIP, else the payload itself (V-PAY-1, 2).

    DOCX, XLSX and ODT are ZIPs and stay raw; a ZIP with several entries is refused unless the attachment itself is a
    .zip by its name. `left` bytes may still be unpacked. Raises ArchiveRefused.
    """
    raw = Unwrapped(wrapping=Wrapping.RAW, file=payload, sha256=sha256, size=size)
    payload.seek(0)
    head = payload.read(4)
    payload.seek(0)
    if head[:2] != b"PK" or head not in (b"PK\x03\x04", _END):
        return raw
    is_zip = name.strip().lower().endswith(".zip")
    try:
        _check_directory(payload, size)
        with zipfile.ZipFile(payload) as archive:
            entries = archive.infolist()
            first = min(entries, key=lambda entry: entry.header_offset, default=None)
            if any(entry.filename == "[Content_Types].xml" for entry in entries) or (
                first is not None and first.filename == "mimetype"
            ):
                payload.seek(0)
                return raw
            files = [entry for entry in entries if not entry.is_dir()]
            if len(files) != 1 or len(entries) != 1:
                if is_zip:
                    payload.seek(0)
                    return raw
                raise ArchiveRefused(f"tệp ZIP có {len(entries)} mục, chỉ nhận ZIP có đúng một mục")
            if is_zip and not _holds_zip(archive, files[0]):
                payload.seek(0)
                return raw
            return _extract(archive, files[0], min(limits.attachment, left), limits.ratio, open_spool)
    except ArchiveRefused:
        raise
    except _DAMAGED as error:
        raise ArchiveRefused("tệp ZIP bị hỏng, không giải nén được") from error
    except NotImplementedError as error:
        raise ArchiveRefused("tệp ZIP dùng cách nén không được hỗ trợ") from error


_DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, struct.error, RuntimeError, UnicodeError, OSError, ValueError)


def members(file: BinaryIO, size: int, limits: Limits) -> tuple[Member, ...]:
    """The entries of an attached .zip for preview, refused as CORE-56 says: traversal, absolute paths, links, more than
    1,000 entries, ratio above 100:1, more than 2 GiB in all. Raises ArchiveRefused."""
    try:
        _check_directory(file, size)
        with zipfile.ZipFile(file) as archive:
            entries = archive.infolist()
    except ArchiveRefused:
        raise
    except _DAMAGED as error:
        raise ArchiveRefused("tệp ZIP bị hỏng, không đọc được danh mục") from error
    if len(entries) > limits.members:
        raise ArchiveRefused(f"tệp ZIP có {len(entries)} mục, quá {limits.members}", limit=True)
    if sum(entry.file_size for entry in entries) > limits.unpacked:
        raise ArchiveRefused("tệp ZIP giải nén ra quá dung lượng cho phép", limit=True)
    found = []
    for entry in entries:
        raw_name = _raw_name(entry)
        name = decode_member_name(raw_name, utf8=bool(entry.flag_bits & _UTF8_FLAG))
        if name.startswith(("/", "\\")) or name[1:2] == ":" or ".." in name.replace("\\", "/").split("/"):
            raise ArchiveRefused("tệp ZIP có mục trỏ ra ngoài thư mục")
        if entry.create_system == _UNIX and (entry.external_attr >> 16) & 0o170000 == _LINK:
            raise ArchiveRefused("tệp ZIP có mục là liên kết")
        if entry.file_size > limits.ratio * max(entry.compress_size, 1):
            raise ArchiveRefused(f"tệp ZIP nén quá {limits.ratio}:1", limit=True)
        found.append(Member(name=name, raw_name=raw_name, size=entry.file_size, packed=entry.compress_size))
    return tuple(found)


def decode_member_name(raw: bytes, *, utf8: bool) -> str:
    """A member's name: UTF-8 when flagged or when it reads as such, else CP437 by the format (CORE-56, F-EX-11)."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("utf-8", "replace") if utf8 else raw.decode("cp437")


def _raw_name(entry: zipfile.ZipInfo) -> bytes:
    # zipfile has decoded the name: orig_filename is what it read, before it cut at NUL and turned separators.
    return entry.orig_filename.encode("utf-8" if entry.flag_bits & _UTF8_FLAG else "cp437", "surrogateescape")


def _check_directory(file: BinaryIO, size: int) -> None:
    """Refuse a central directory larger than any honest one before zipfile reads all of it into memory."""
    span = min(size, 0xFFFF + _END_SIZE)
    file.seek(size - span)
    tail = file.read(span)
    at = tail.rfind(_END)
    if at < 0 or len(tail) - at < _END_SIZE:
        raise zipfile.BadZipFile("no end of central directory")
    directory = struct.unpack_from("<I", tail, at + 12)[0]
    if at >= 20 and tail[at - 20 : at - 16] == _END64_LOCATOR:
        place = struct.unpack_from("<Q", tail, at - 12)[0]
        if place + 56 > size:
            raise zipfile.BadZipFile("bad zip64 locator")
        file.seek(place)
        record = file.read(56)
        if record[:4] != _END64:
            raise zipfile.BadZipFile("bad zip64 record")
        directory = struct.unpack_from("<Q", record, 40)[0]
    if directory > _DIRECTORY_LIMIT:
        raise ArchiveRefused("danh mục của tệp ZIP quá lớn", limit=True)
    file.seek(0)


def _holds_zip(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bool:
    if entry.flag_bits & _ENCRYPTED_FLAG:
        return False
    with archive.open(entry) as source:
        return source.read(4) in (b"PK\x03\x04", _END)


def _extract(
    archive: zipfile.ZipFile, entry: zipfile.ZipInfo, limit: int, ratio: int, open_spool: Callable[[], BinaryIO]
) -> Unwrapped:
    if entry.flag_bits & _ENCRYPTED_FLAG:
        raise ArchiveRefused("tệp ZIP đặt mật khẩu, không giải nén được")
    most = min(limit, ratio * max(entry.compress_size, 1))
    too_large = f"giải nén ra quá {limit} byte" if most == limit else f"nén quá {ratio}:1, nghi là bom nén"
    if entry.file_size > most:
        raise ArchiveRefused(too_large, limit=True)
    digest = hashlib.sha256()
    size = 0
    target = open_spool()
    try:
        with archive.open(entry) as source:
            while block := source.read(_BLOCK):
                size += len(block)
                if size > most:
                    raise ArchiveRefused(too_large, limit=True)
                digest.update(block)
                target.write(block)
    except BaseException:
        target.close()
        raise
    target.seek(0)
    name = decode_member_name(_raw_name(entry), utf8=bool(entry.flag_bits & _UTF8_FLAG))
    return Unwrapped(wrapping=Wrapping.ZIP, file=target, sha256=digest.digest(), size=size, member_name=name)

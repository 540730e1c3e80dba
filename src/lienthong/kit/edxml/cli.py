"""`lienthong edxml check FILE…` and `lienthong edxml show FILE`: judge and read packets on the command line (issue 2).

`check` prints one line an error, `file:line:column code message`, columns in characters from 1; warnings go to standard
error. Exit codes: 0 every file valid, 1 a packet invalid, 2 a file that cannot be read; 141 when who reads our output
stopped reading, as a shell says of any program.
"""

import argparse
import errno
import os
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TextIO

from lienthong.kit.clock import local
from lienthong.kit.edxml.codes import code_lists
from lienthong.kit.edxml.model import BusinessType, DocumentPacket, ResponseFor, StatusPacket
from lienthong.kit.edxml.names import display_name
from lienthong.kit.edxml.parser import ParseResult, parse
from lienthong.kit.edxml.profiles import Profile
from lienthong.kit.vietnamese import border, short_date

VALID, INVALID, UNREADABLE, UNHEARD = 0, 1, 2, 141
REASONS = {
    errno.ENOENT: "không có tệp này",
    errno.EISDIR: "đây là thư mục",
    errno.ENOTDIR: "đường dẫn đi qua một tệp",
    errno.EACCES: "không có quyền đọc",
    errno.EIO: "lỗi thiết bị lưu trữ",
    errno.ENOSPC: "hết chỗ cho tệp tạm",
}


def main(argv: Sequence[str]) -> int:
    """The arguments after `lienthong edxml`; returns the exit code."""
    parser = argparse.ArgumentParser(prog="lienthong edxml", description="Kiểm tra và xem gói tin edXML")
    commands = parser.add_subparsers(dest="command", required=True)
    checking = commands.add_parser("check", help="kiểm tra gói tin, mỗi lỗi một dòng")
    checking.add_argument("files", nargs="+", type=Path, metavar="TỆP")
    showing = commands.add_parser("show", help="xem nội dung gói tin")
    showing.add_argument("file", type=Path, metavar="TỆP")
    for command in (checking, showing):
        command.add_argument(
            "--profile", type=Profile, choices=list(Profile), default=Profile.STRICT, help="hồ sơ: strict hoặc lenient"
        )
    options = parser.parse_args(argv)
    try:
        code = (
            show(options.file, options.profile) if options.command == "show" else check(options.files, options.profile)
        )
        sys.stdout.flush()
    except BrokenPipeError:
        # What is still buffered would fail again when Python flushes at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return UNHEARD
    return code


def check(paths: Iterable[Path], profile: Profile = Profile.STRICT) -> int:
    """Judge packets, one line an error; the worst exit code of all files."""
    worst = VALID
    for path in paths:
        found = _read(path, profile)
        if found is None:
            worst = UNREADABLE
            continue
        with found as result:
            for warning in result.warnings:
                _print(sys.stderr, f"{path}:{warning}")
            for error in result.errors:
                _print(sys.stdout, f"{path}:{error}")
            worst = max(worst, INVALID if result.errors else VALID)
    return worst


def show(path: Path, profile: Profile = Profile.STRICT) -> int:
    """Print what a packet says, in Vietnamese; of an invalid one, its errors."""
    found = _read(path, profile)
    if found is None:
        return UNREADABLE
    with found as result:
        for line in _summary(result):
            _print(sys.stdout, line)
        for error in result.errors:
            _print(sys.stdout, f"{path}:{error}")
        return INVALID if result.errors else VALID


def _read(path: Path, profile: Profile) -> ParseResult | None:
    """The packet of a file; None, with the reason on standard error, of one that cannot be read."""
    try:
        with path.open("rb") as stream:
            return parse(stream, profile)
    except OSError as error:
        reason = REASONS.get(error.errno or 0, error.strerror or str(error))
        _print(sys.stderr, f"{path}: không đọc được: {reason}")
        return None


def _print(out: TextIO, line: str) -> None:
    """One line, whatever the encoding of the terminal and whatever the packet holds (F-EX-26)."""
    safe = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in line)
    encoding = out.encoding or "utf-8"
    out.write(safe.encode(encoding, "backslashreplace").decode(encoding) + "\n")


def _summary(result: ParseResult) -> Iterable[str]:
    packet = result.packet
    if packet is None:
        yield "Gói tin không hợp lệ"
        yield from _fields(("Bên gửi", result.sender), ("Mã văn bản", result.document_id))
        return
    yield from _status(packet) if isinstance(packet, StatusPacket) else _document(packet, result)
    yield from _fields(
        ("Chữ ký gói tin", "có, chưa kiểm chứng" if packet.signature is not None else "không có"),
        ("Giá trị băm nội dung", result.content_hash().hex()),
    )


def _document(packet: DocumentPacket, result: ParseResult) -> Iterable[str]:
    header, business, lists = packet.header, packet.trace.business, code_lists()
    kind, signer = header.document_type, header.signer_info
    yield f"Gói tin văn bản: {lists['business_type'].label(packet.business_type)}"
    yield from _fields(("Bên gửi", f"{header.sender.organ_name} ({header.sender.organ_id})"))
    for receiver in header.receivers:
        yield from _fields(("Bên nhận", f"{receiver.organ_name} ({receiver.organ_id})"))
    yield from _fields(
        ("Mã văn bản", header.document_id),
        ("Số, ký hiệu", str(header.code)),
        ("Ngày ban hành", short_date(header.promulgation_info.promulgation_date)),
        ("Nơi ban hành", header.promulgation_info.place),
        ("Loại văn bản", kind.type_name),
        ("Trích yếu", header.subject),
        (
            "Người ký",
            " ".join(filter(None, (signer.competence, signer.position, signer.full_name))) if signer else None,
        ),
        ("Mức độ khẩn", lists["priority"].label(header.other_info.priority)),
        ("Hạn trả lời", short_date(header.due_date) if header.due_date else None),
        ("Lý do", business.reason if business else None),
    )
    for related in header.response_for:
        yield from _fields(("Văn bản liên quan", _related(related)))
    if business is not None and business.replacements is not None:
        for replaced in business.replacements.replacements:
            receivers = ", ".join(replaced.organ_ids.organ_ids)
            yield from _fields(("Thay thế", f"{replaced.document_id}, cho {receivers}"))
    if business is not None and packet.business_type is BusinessType.UPDATE and business.document_info is not None:
        info = business.document_info
        yield from _fields(
            ("Cập nhật thông tin", "có" if info.document_info else "không"),
            ("Cập nhật bên nhận", "có" if info.document_receiver else "không"),
        )
    for hop in packet.trace.headers:
        yield from _fields(("Chuyển qua", f"{hop.organ_id}, {local(hop.timestamp):%d/%m/%Y %H:%M:%S}"))
    for received in result.attachments:
        wrapped = "" if received.member_name is None else ", gửi trong ZIP"
        name = display_name(received.attachment.name)
        yield from _fields(("Tệp đính kèm", f"{name}, {received.size} byte{wrapped}, SHA-256 {received.sha256.hex()}"))


def _status(packet: StatusPacket) -> Iterable[str]:
    header, staff = packet.header, packet.header.staff_info
    yield f"Gói tin trạng thái: {header.status_code} {code_lists()['status'].label(header.status_code)}"
    yield from _fields(
        ("Bên gửi", f"{header.sender.organ_name} ({header.sender.organ_id})"),
        ("Văn bản", _related(header.response_for)),
        ("Người xử lý", ", ".join(filter(None, (staff.staff, staff.department))) if staff else None),
        ("Nội dung", header.description),
        ("Thời điểm", f"{local(header.timestamp):%d/%m/%Y %H:%M:%S}" if header.timestamp else None),
    )


def _related(related: ResponseFor) -> str:
    day = f"ngày {short_date(related.promulgation_date)}" if related.promulgation_date else None
    return ", ".join(filter(None, (related.code, day, related.organ_id, related.document_id)))


def _fields(*pairs: tuple[str, str | None]) -> Iterable[str]:
    return [f"  {label}: {border(value)}" for label, value in pairs if value]

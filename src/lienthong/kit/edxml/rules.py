"""What a packet must satisfy beyond being readable (EX-14, EX-15, EX-16, EX-33, EX-36, §3.5): all breaches at once."""

import re
import unicodedata
from collections.abc import Iterator
from datetime import date
from typing import Any

from lienthong.kit.edxml import schema
from lienthong.kit.edxml.binding import BLANKS, Findings, is_required
from lienthong.kit.edxml.codes import code_lists
from lienthong.kit.edxml.errors import PacketError, make
from lienthong.kit.edxml.model import (
    Attachment,
    BusinessType,
    DocumentPacket,
    Packet,
    Reference,
    ResponseFor,
    StatusPacket,
)
from lienthong.kit.edxml.names import organ_key
from lienthong.kit.edxml.profiles import Profile
from lienthong.kit.edxml.reader import Node
from lienthong.kit.edxml.schema import Branch, Kind, Leaf, Shape

HEADER, TRACE, BUSINESS = "MessageHeader", "TraceHeaderList", "TraceHeaderList.Bussiness"
REFERENCE, ATTACHMENT = "Manifest.Reference", "Attachment"
_FORBIDDEN = bytes({*range(0x20)} - {0x09, 0x0A, 0x0D})
_NUMBERS = (Kind.INTEGER, Kind.BUSINESS_TYPE)
_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)
_VALUES = {
    "Priority": "priority",
    "SteeringType": "steering_type",
    "BussinessDocType": "business_type",
    "Paper": "paper",
    "ReceiverType": "receiver_type",
}


def check(packet: Packet, found: Findings, today: date) -> None:
    """Add every breach of a packet to `found`. Required parts may be None here: that is one of the breaches."""
    if isinstance(packet, StatusPacket):
        _shape(packet.header, schema.STATUS_HEADER, HEADER, found)
        _check_status(packet, found, today)
        return
    if packet.header is not None:
        _shape(packet.header, schema.MESSAGE_HEADER, HEADER, found)
        _check_header(packet, found, today)
    if packet.trace is not None:
        _shape(packet.trace, schema.TRACE_HEADER_LIST, TRACE, found)
        _check_trace(packet, found)
        if packet.header is not None:
            _check_business(packet, found)
    for reference in packet.references:
        _shape(reference, schema.REFERENCE, REFERENCE, found)
        if reference.digest is not None and not _SHA256.fullmatch(reference.digest):
            _add(
                found,
                "M",
                reference,
                REFERENCE,
                "Digest",
                "không phải SHA-256",
                reference.digest,
                "64 chữ số hex thường",
            )
    for attachment in packet.attachments:
        _shape(attachment, schema.ATTACHMENT, ATTACHMENT, found)
    _check_join(packet, found)


def has_forbidden(text: str) -> bool:
    """Whether a text holds what no XML document can: control characters, lone surrogates, U+FFFE, U+FFFF."""
    try:
        data = text.encode()
    except UnicodeEncodeError:
        return True
    return len(data.translate(None, _FORBIDDEN)) < len(data) or "\ufffe" in text or "\uffff" in text


# --- places -----------------------------------------------------------------------------------------------------------
def children_named(node: Node, element: str) -> Iterator[Node]:
    """The children of that name, under its own or a legacy name."""
    names = (element, schema.LEGACY_NAMES.get(element))
    return (child for child in node.children if child.name in names)


def _place(found: Findings, part: object, element: str | None, occurrence: int = 0) -> tuple[int, int]:
    node = found.nodes.get(id(part))
    if node is None:
        return 0, 0
    if element is None:
        return node.place
    key = id(node), element
    places = found.places.get(key)
    if places is None:
        places = found.places[key] = [child.place for child in children_named(node, element)]
    return places[occurrence] if occurrence < len(places) else node.place


def _error(
    found: Findings,
    letter: str,
    part: object,
    path: str,
    element: str | None,
    problem: str,
    value: str | None = None,
    allowed: str | None = None,
    occurrence: int = 0,
) -> PacketError:
    where = path if element is None else f"{path}.{element}"
    place = _place(found, part, element, occurrence)
    return make(f"{letter}.{where}", _label(where), problem, place, value=value, allowed=allowed)


def _add(found: Findings, *details: Any, **more: Any) -> None:
    found.errors.append(_error(found, *details, **more))


def _label(path: str) -> str:
    return _LABELS.get(path, path)


def _labels(shape: Shape, path: str) -> Iterator[tuple[str, str]]:
    for member in shape.members:
        yield f"{path}.{member.element}", member.label
        if isinstance(member, Branch):
            yield from _labels(member.shape, f"{path}.{member.element}")


_LABELS = {
    HEADER: "Tiêu đề gói tin",
    TRACE: "Danh sách vết chuyển tiếp",
    ATTACHMENT: "Tệp đính kèm",
    REFERENCE: "Tham chiếu tệp",
    **dict(_labels(schema.STATUS_HEADER, HEADER)),
    **dict(_labels(schema.MESSAGE_HEADER, HEADER)),
    **dict(_labels(schema.TRACE_HEADER_LIST, TRACE)),
    **dict(_labels(schema.REFERENCE, REFERENCE)),
    **dict(_labels(schema.ATTACHMENT, ATTACHMENT)),
}


# --- fields one by one ------------------------------------------------------------------------------------------------
def _shape(part: Any, shape: Shape, path: str, found: Findings) -> None:
    for member in shape.members:
        if not member.name:
            continue
        value = getattr(part, member.name)
        if value is None or value == "" or value == ():
            if member.need is not schema.Need.NEVER:
                _missing(part, member, path, found)
        elif type(member) is Branch:
            where = f"{path}.{member.element}"
            for child in value if member.many else (value,):
                _shape(child, member.shape, where, found)
        elif member.many:
            for occurrence, text in enumerate(value):
                _leaf(part, member, path, text, found, occurrence)
        elif type(value) is str:
            if (member.most is not None and len(value) > member.most) or not value.isprintable():
                _leaf(part, member, path, value, found)
        elif member.kind in _NUMBERS:
            _leaf(part, member, path, value, found)


def _missing(part: Any, member: Leaf | Branch, path: str, found: Findings) -> None:
    node, problem = found.nodes.get(id(part)), "thiếu"
    if node is not None:
        # A field that is there but of a wrong type has its T already; an empty one is missing at its own place.
        child = next(children_named(node, member.element), None)
        if child is not None:
            if child.text.strip(BLANKS) or child.children:
                return
            problem = "để trống"
    error = _error(found, "N", part, path, member.element, problem)
    if is_required(member, found.profile):
        found.errors.append(error)
    else:
        found.warnings.append(error)


def _leaf(part: Any, member: Leaf, path: str, value: Any, found: Findings, occurrence: int = 0) -> None:
    if isinstance(value, str):
        if found.nodes.get(id(part)) is None and has_forbidden(value):
            _add(found, "M", part, path, member.element, "có ký tự điều khiển, XML không chứa được", value)
        if member.most is not None and len(value) > member.most:
            length = len(unicodedata.normalize("NFC", value))
            if length > member.most:
                problem, allowed = f"dài {length} ký tự", f"tối đa {member.most} ký tự"
                error = _error(found, "R", part, path, member.element, problem, value, allowed, occurrence)
                found.strict_error(error)
    elif member.high is not None and not member.low <= value <= member.high:
        problem = "giá trị không hợp lệ" if member.wrong == "M" else "ngoài khoảng cho phép"
        _add(found, member.wrong, part, path, member.element, problem, str(int(value)), _allowed(member))


def _allowed(member: Leaf) -> str:
    values = code_lists()[_VALUES[member.element]].values if member.element in _VALUES else {}
    if values:
        return ", ".join(f"{code} ({name})" for code, name in values.items())
    return f"{member.low} đến {member.high}"


# --- the header -------------------------------------------------------------------------------------------------------
def _check_header(packet: DocumentPacket, found: Findings, today: date) -> None:
    header = packet.header
    seen: set[str] = set()
    for receiver in header.receivers:
        key = organ_key(receiver.organ_id or "")
        if key and key in seen:
            _add(found, "M", receiver, f"{HEADER}.To", "OrganId", "bên nhận bị lặp", receiver.organ_id)
        seen.add(key)
    info = header.promulgation_info
    if info is not None and info.promulgation_date is not None and info.promulgation_date > today:
        _future(info, f"{HEADER}.PromulgationInfo", info.promulgation_date, found, today)
    recall = packet.trace is not None and packet.business_type is BusinessType.RECALL
    for related in header.response_for:
        _check_response_for(related, found, today, recall=recall)
    kind = header.document_type
    if kind is not None and kind.type and not (kind.type.isascii() and kind.type.isdigit()):
        # Its meaning differs between producers: never a reason to refuse what is received (table 3.1, 1.5).
        path = f"{HEADER}.DocumentType"
        found.strict_error(_error(found, "T", kind, path, "Type", "sai kiểu", kind.type, "số nguyên"))


def _check_response_for(related: ResponseFor, found: Findings, today: date, *, recall: bool) -> None:
    path = f"{HEADER}.ResponseFor"
    if recall and found.profile is Profile.LENIENT and not related.document_id:
        _add(found, "N", related, path, "DocumentId", "thiếu, phải nêu văn bản bị thu hồi")
    if related.promulgation_date is not None and related.promulgation_date > today:
        _future(related, path, related.promulgation_date, found, today)


def _future(part: object, path: str, day: date, found: Findings, today: date) -> None:
    problem, allowed = "ngày ở tương lai", f"đến hết {today:%Y/%m/%d}"
    _add(found, "M", part, path, "PromulgationDate", problem, f"{day:%Y/%m/%d}", allowed)


def _check_status(packet: StatusPacket, found: Findings, today: date) -> None:
    header = packet.header
    statuses = code_lists()["status"]
    code = header.status_code
    if code and code not in statuses.values:
        # Kept as unknown, shown with its description, never acted on (EX-24); we never send one.
        error = _error(found, "M", header, HEADER, "StatusCode", "mã lạ", code, ", ".join(statuses.values))
        found.strict_error(error)
    if code in statuses.reason_required and not header.description:
        error = _error(found, "N", header, HEADER, "Description", f"thiếu lý do, bắt buộc với trạng thái {code}")
        found.strict_error(error)
    related = header.response_for
    if related is not None and related.promulgation_date is not None and related.promulgation_date > today:
        _future(related, f"{HEADER}.ResponseFor", related.promulgation_date, found, today)


# --- business (EX-15) -------------------------------------------------------------------------------------------------
def _check_trace(packet: DocumentPacket, found: Findings) -> None:
    seen: set[str] = set()
    for hop in packet.trace.headers:
        key = organ_key(hop.organ_id or "")
        if key and key in seen:
            _add(found, "M", hop, f"{TRACE}.TraceHeader", "OrganId", "gói tin đi vòng, nơi này đã chuyển", hop.organ_id)
        seen.add(key)


def _check_business(packet: DocumentPacket, found: Findings) -> None:
    business, header = packet.trace.business, packet.header
    if business is None or business.type not in tuple(BusinessType):
        return
    kind = BusinessType(business.type)
    name = code_lists()["business_type"].label(kind)

    def must(letter: str, part: object, path: str, element: str | None, problem: str) -> None:
        _add(found, letter, part, path, element, f"{problem} (loại nghiệp vụ {int(kind)}: {name})")

    if kind is not BusinessType.NEW and not business.reason:
        must("N", business, BUSINESS, "BussinessDocReason", "thiếu lý do")
    if kind is BusinessType.RECALL:
        if not header.response_for:
            must("N", header, HEADER, "ResponseFor", "thiếu văn bản bị thu hồi")
        if not packet.attachments:
            problem = f"thiếu văn bản thông báo thu hồi đã ký (loại nghiệp vụ {int(kind)}: {name})"
            found.strict_error(_error(found, "N", packet, ATTACHMENT, None, problem))
    if kind is BusinessType.UPDATE:
        if not business.document_id and not header.response_for:
            must("N", business, BUSINESS, "DocumentId", "thiếu văn bản được cập nhật")
        if business.document_info is None:
            must("N", business, BUSINESS, "BussinessDocumentInfo", "thiếu nội dung cập nhật")
    elif business.document_info is not None:
        must("M", business, BUSINESS, "BussinessDocumentInfo", "chỉ dùng khi cập nhật")
    if kind is BusinessType.REPLACE:
        if business.replacements is None:
            must("N", business, BUSINESS, "ReplacementInfoList", "thiếu văn bản bị thay thế")
    elif business.replacements is not None:
        must("M", business, BUSINESS, "ReplacementInfoList", "chỉ dùng khi thay thế")
    if kind is BusinessType.NEW and business.document_id:
        must("M", business, BUSINESS, "DocumentId", "không dùng với văn bản mới")


# --- references and attachments (EX-16) -------------------------------------------------------------------------------
def _check_join(packet: DocumentPacket, found: Findings) -> None:
    references = _keys(packet.references, REFERENCE, found)
    attachments = _keys(packet.attachments, ATTACHMENT, found)
    for key in references.keys() - attachments.keys():
        problem, place = "không có tệp đính kèm cho tham chiếu", _place(found, references[key], None)
        found.errors.append(make("N.Attachment", "Tệp đính kèm", problem, place, value=key))
    for key in attachments.keys() - references.keys():
        problem, place = "không có tham chiếu cho tệp đính kèm", _place(found, attachments[key], None)
        found.errors.append(make("N.Reference", "Tham chiếu tệp", problem, place, value=key))


def _keys[T: (Reference, Attachment)](parts: tuple[T, ...], path: str, found: Findings) -> dict[str, T]:
    """The parts by the id that joins them; lenient attachments may have none."""
    by_key: dict[str, T] = {}
    for part in parts:
        key = part.key if part.content_id else None
        if key and by_key.setdefault(key, part) is not part:
            _add(found, "M", part, path, "ContentId", "mã bị lặp", part.content_id)
    return by_key

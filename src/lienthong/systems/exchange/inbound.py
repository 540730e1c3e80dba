"""What is found in a packet before any row is touched: profile, sender, signature, receivers (EX-11..22)."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, BinaryIO
from uuid import UUID

from cryptography import x509
from lxml import etree

from lienthong.contracts.exchange import Answered, Letter, Verdict
from lienthong.core.signing import xmldsig
from lienthong.core.signing.verdicts import (
    GOOD,
    VALUE_TEXT,
    FileVerdict,
    PaperKind,
    PaperValue,
    Reason,
    Status,
    paper_value,
)
from lienthong.kit import clock, edxml
from lienthong.kit.edxml import model
from lienthong.systems.exchange import keys, law, limits
from lienthong.systems.exchange.codes import Refused
from lienthong.systems.exchange.models import Peer
from lienthong.systems.exchange.queries import routes

COPY_NOTATIONS = frozenset({"SY", "SL", "TRS"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """What is said of a packet from outside it, by whoever hands it over.

    `claimed_from` is the code that the authenticated system gave as its own; `to` the receivers that this hand-over is
    for (none named: all of the packet that live here); `seq` the number of a status in the receiver's register;
    `sent_at` the clock of the other side; `sha256` the hash of the
    packet that it signed; `cleared` says that a person let a held packet pass.
    """

    peer: Peer
    transport_id: UUID
    claimed_from: str = ""
    to: tuple[str, ...] = ()
    seq: int | None = None
    sent_at: datetime | None = None
    sha256: str = ""
    cleared: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Receiver:
    """One receiver on this node: the code that the packet names, and the agency that takes it (EX-53)."""

    addressed_as: str
    agency_id: UUID
    code: str


@dataclass(slots=True, kw_only=True)
class Read:
    """A packet that was read and may be stored."""

    result: edxml.ParseResult
    sender_code: str
    sender_unit_id: UUID
    content_hash: str
    signature: xmldsig.PacketVerdict
    clock_difference: float | None
    receivers: list[Receiver] = field(default_factory=list)
    missing: dict[str, Refused] = field(default_factory=dict)


def read(stream: BinaryIO, envelope: Envelope, now: datetime) -> Read:
    """Parse and judge a packet; raises Refused with every fault (EX-36), or Hold for what waits in quarantine."""
    difference = _clock(envelope, now)
    peer = envelope.peer
    if peer.state != "active":
        raise Refused("peer_locked")
    result = edxml.parse(stream, edxml.Profile(peer.profile), limits=limits.of(peer), today=clock.local_date(now))
    try:
        if result.secret:
            raise Refused("secret_refused")
        if result.packet is None:
            raise _malformed(result)
        sender = _sender(result.packet, envelope)
        verdict = _signature(result, peer, sender, now)
        return Read(
            result=result,
            sender_code=edxml.organ_key(result.packet.header.sender.organ_id),
            sender_unit_id=sender,
            content_hash=result.content_hash().hex(),
            signature=verdict,
            clock_difference=difference,
        )
    except BaseException:
        result.close()
        raise


class Hold(Exception):
    """The packet waits in quarantine: a hub brought it from a sender whom the directory does not know (EX-11)."""


def find_receivers(read: Read, to: Sequence[str]) -> None:
    """Which agencies of this node the packet is for; what is wrong with one does not harm the others (EX-46)."""
    packet = read.result.packet
    assert isinstance(packet, model.DocumentPacket)
    named = [party.organ_id for party in packet.header.receivers]
    wanted = {edxml.organ_key(code) for code in to}
    strangers = wanted - {edxml.organ_key(code) for code in named}
    for code in strangers:
        read.missing[code] = Refused("unknown_receiver", f"Gói tin không ghi bên nhận {code}.")
    taken: set[UUID] = set()
    for code in named:
        if wanted and edxml.organ_key(code) not in wanted:
            continue
        resolution = routes.find(code)
        if resolution.unit_id is None:
            gone = resolution.named_unit_id is not None
            read.missing[code] = (
                Refused("receiver_dissolved", f"Bên nhận {code} đã hết thời gian chuyển tiếp.")
                if gone
                else Refused("unknown_receiver", f"Mã bên nhận {code} không có trong danh bạ.")
            )
        elif not routes.lives_here(resolution.unit_id):
            if wanted:
                read.missing[code] = Refused("not_connected", f"Bên nhận {code} không thuộc hệ thống này.")
        elif resolution.unit_id not in taken:
            taken.add(resolution.unit_id)
            read.receivers.append(
                Receiver(
                    addressed_as=code,
                    agency_id=resolution.unit_id,
                    code=routes.sending_code(resolution.unit_id) or code,
                )
            )
    if not read.receivers and not read.missing:
        raise Refused("unknown_receiver", "Không bên nhận nào của gói tin thuộc hệ thống này.")


def letter_of(packet: model.DocumentPacket) -> Letter:
    """The header's facts as other systems read them; what is absent stays empty (EX-14, F-EX-7)."""
    header = packet.header
    info, signer = header.promulgation_info, header.signer_info
    other = header.other_info
    return Letter(
        document_id=edxml.document_key(header.document_id),
        number=header.code.number,
        notation=header.code.notation,
        issued_on=info.promulgation_date,
        place=info.place or "",
        type_code=header.document_type.type_detail or 0,
        type_name=header.document_type.type_name,
        subject=header.subject,
        signer_competence=(signer.competence if signer else None) or "",
        signer_position=(signer.position if signer else None) or "",
        signer_name=(signer.full_name if signer else None) or "",
        due_on=header.due_date,
        priority=other.priority,
        steering=header.steering_type,
        pages=other.page_amount,
        copies=other.promulgation_amount,
        to_places=header.to_places.places if header.to_places else (),
        answers=tuple(
            Answered(
                organ_code=each.organ_id or "",
                number=each.code or "",
                document_id=each.document_id or "",
                issued_on=each.promulgation_date,
            )
            for each in header.response_for
        ),
    )


def verdict_of(read: Read, files: Sequence[tuple[str, FileVerdict]], *, notation: str) -> Verdict:
    """What stands beside the clerk's buttons: signatures inside the files and of the packet (EX-22, CORE-66).

    `files` are the names and verdicts of the attachments, the main file first.
    """
    details: list[dict[str, object]] = []
    values: list[PaperValue] = []
    for order, (name, verdict) in enumerate(files):
        kind = _kind(order, notation)
        value = paper_value(verdict, kind, main=values[0] if values else None)
        values.append(value)
        details.append(
            {
                "file": name,
                "value": value.value,
                "label": VALUE_TEXT[value],
                "signatures": [list(each.sentences) for each in verdict.signatures],
                "error": verdict.error,
            }
        )
    packet = read.signature
    details.append({"file": "", "label": packet.label, "kind": packet.kind.value, "signatures": _packet_lines(packet)})
    worst = packet.verdict.status if packet.verdict else None
    main = values[0] if values else PaperValue.REFERENCE
    if PaperValue.INVALID in values:
        altered = any(verdict.altered for _, verdict in files)
        return Verdict(
            level="altered" if altered else "invalid",
            sentence="Chữ ký số trong tệp không hợp lệ hoặc tệp đã bị sửa sau khi ký: chỉ được trả lại bên gửi.",
            acceptable=False,
            needs_reason=False,
            details=details,
        )
    level, sentence = {
        PaperValue.ORIGINAL: (
            "valid",
            "Chữ ký số của người có thẩm quyền và của cơ quan đều hợp lệ: có giá trị như bản gốc.",
        ),
        PaperValue.COPY: ("copy_valid", "Bản sao hợp lệ có chữ ký số của cơ quan."),
        PaperValue.ANNEX: ("annex_valid", "Tệp kèm theo hợp lệ."),
        PaperValue.UNDETERMINED: ("indeterminate", "Chữ ký số trong tệp chưa xác định được; tiếp nhận cần ghi lý do."),
        PaperValue.REFERENCE: (
            "reference_only",
            "Tệp thiếu chữ ký số theo quy định: chỉ để tham khảo; tiếp nhận cần ghi lý do.",
        ),
        PaperValue.INVALID: ("invalid", ""),
    }[main]
    if worst is not None and worst not in GOOD and level == "valid":
        level, sentence = "unverified", "Chữ ký trong tệp hợp lệ; chữ ký của gói tin chưa kiểm chứng được."
    return Verdict(
        level=level,
        sentence=sentence,
        acceptable=True,
        needs_reason=level in {"indeterminate", "reference_only"},
        details=details,
    )


def _kind(order: int, notation: str) -> PaperKind:
    """Which rule of CORE-66 a file falls under; copies (SY, SL, TrS) are told by the notation (NĐ 30/2020 PL I.II)."""
    if order:
        return PaperKind.ANNEX
    head = notation.split("-")[0].strip().upper()
    return PaperKind.COPY if head in COPY_NOTATIONS else PaperKind.MAIN


def _packet_lines(packet: xmldsig.PacketVerdict) -> list[list[str]]:
    return [list(packet.verdict.sentences)] if packet.verdict else []


def _clock(envelope: Envelope, now: datetime) -> float | None:
    """The difference of the two clocks in seconds; small ones are recorded, never refused (EX-48, F-EX-17)."""
    if envelope.sent_at is None:
        return None
    difference = envelope.sent_at - now
    if abs(difference) > law.clock_tolerance():
        raise Refused(
            "clock_skew",
            f"Đồng hồ bên gửi ghi {clock.local(envelope.sent_at):%H:%M:%S %d/%m/%Y}, "
            f"hệ thống nhận là {clock.local(now):%H:%M:%S %d/%m/%Y}; lệch quá mức cho phép. Hãy chỉnh lại đồng hồ.",
        )
    return difference.total_seconds()


def _sender(packet: model.Packet, envelope: Envelope) -> UUID:
    """The unit that sends; it must be the authenticated system's own or delegated to it (EX-11, F-EX-9)."""
    code = packet.header.sender.organ_id
    claimed = envelope.claimed_from
    if claimed and edxml.organ_key(claimed) != edxml.organ_key(code):
        raise Refused("not_party", f"Hệ thống kết nối khai mã gửi {claimed}, nhưng gói tin ghi bên gửi là {code}.")
    resolution = routes.find(code)
    peer = envelope.peer
    if resolution.unit_id is None:
        if peer.kind == Peer.Kind.HUB:
            raise Hold(code)
        raise Refused("unknown_sender", f"Mã bên gửi {code} không có trong danh bạ; hãy đăng ký trước khi gửi.")
    if peer.kind != Peer.Kind.HUB and not routes.speaks_for(peer, resolution.unit_id):
        raise Refused(
            "not_party",
            f"Gói tin ghi bên gửi là {code}, nhưng hệ thống {peer.name} ({peer.code}) không được gửi thay mã này.",
        )
    return resolution.unit_id


def _signature(result: edxml.ParseResult, peer: Peer, sender: UUID, now: datetime) -> xmldsig.PacketVerdict:
    """The packet's own signature: ours must hold, legacy ones are kept unverified (EX-20, EX-21).

    The instant of receipt is the proof of time, so a certificate that has expired by now signs nothing (F-EX-16).
    """
    parts = xmldsig.STATUS_PARTS if result.kind == "status" else xmldsig.DOCUMENT_PARTS
    tree = result.tree()
    verdict = xmldsig.verify(tree, keys.trust(), parts, now=now, received=now)
    ours = peer.kind in {Peer.Kind.LOCAL, Peer.Kind.NODE}
    if verdict.kind is xmldsig.PacketSignature.SIGNED:
        unbound = [each for each in result.attachments if not each.digest_matches]
        if unbound:
            raise Refused("signature_invalid", f"Tệp {unbound[0].attachment.name} không khớp giá trị băm đã ký.")
        found = verdict.verdict
        if found is not None and (found.status is Status.INVALID or (ours and found.reason is Reason.UNTRUSTED)):
            raise Refused("signature_invalid", f"{verdict.label}. {verdict.detail}".strip())
        _signer(tree, peer, sender)
        return verdict
    wrong = next((each for each in result.attachments if each.digest_matches is False), None)
    if wrong is not None:
        raise Refused("attachment_invalid", f"Tệp {wrong.attachment.name} không khớp giá trị băm ghi trong gói tin.")
    if ours and not peer.switches.get("unsigned_allowed"):
        raise Refused("signature_invalid", "Gói tin phải có chữ ký số của hệ thống gửi.")
    if verdict.kind is xmldsig.PacketSignature.LEGACY and peer.switches.get("legacy_signature_refused"):
        raise Refused("signature_invalid", "Kết nối này không nhận chữ ký theo khuôn cũ.")
    return verdict


def _signer(tree: etree._Element, peer: Peer, sender: UUID) -> None:
    """A certificate with an agency's code signs for that agency, or for those its connection speaks for (EX-11)."""
    held = next(tree.iter(f"{{{edxml.XMLDSIG}}}X509Certificate"), None)
    if held is None or not held.text:
        return
    leaf = x509.load_der_x509_certificate(base64.b64decode(held.text))
    named = leaf.subject.get_attributes_for_oid(x509.NameOID.SERIAL_NUMBER)
    if not named:
        return
    code = str(named[0].value)
    unit = routes.find(code).unit_id
    spoken = peer.kind != Peer.Kind.LOCAL and unit is not None and routes.speaks_for(peer, unit)
    if unit != sender and not spoken:
        raise Refused("not_party", f"Chữ ký của gói tin là của hệ thống {code}, không phải của bên gửi.")


def _malformed(result: edxml.ParseResult) -> Refused:
    errors: list[dict[str, object]] = [error_json(each) for each in result.errors]
    if result.kind is None:
        return Refused("structure", errors=errors)
    if any(each.code == "R.Attachment" for each in result.errors):
        return Refused("too_large", errors=errors)
    return Refused("malformed", errors=errors)


def error_json(error: Any) -> dict[str, object]:
    """One breach as the API writes it (EX-36)."""
    return {
        "code": error.code,
        "message": error.message,
        "line": error.line,
        "column": error.column,
        "value": error.value,
        "allowed": error.allowed,
    }

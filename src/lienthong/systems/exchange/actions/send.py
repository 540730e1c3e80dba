"""Sending: one act writes the packet, the message and one delivery a receiver, or nothing (EX-39, NĐ 30/2020 Đ18)."""

from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO, cast
from uuid import UUID, uuid4

from lienthong.contracts.actor import Actor
from lienthong.contracts.exchange import Dispatch, Letter, Staff
from lienthong.core.actions import Act, action
from lienthong.core.actions.errors import Forbidden, Invalid
from lienthong.core.jobs.wake import wake
from lienthong.core.orgs.models import UnitCode, UnitVersion
from lienthong.core.signing import xmldsig
from lienthong.kit import clock, edxml
from lienthong.kit.edxml import model
from lienthong.kit.numbering import number_key
from lienthong.systems.exchange import attachments, checkpoints, keys, limits, memory, storage
from lienthong.systems.exchange.models import Delivery, Message, Received
from lienthong.systems.exchange.queries import routes
from lienthong.systems.exchange.queries.routes import Route

CHANNEL = "exchange_due"
_ADMINISTRATIVE = "2"


@dataclass(frozen=True, slots=True)
class Written:
    """A packet at rest: where it lies and by what it is compared."""

    kept: storage.Kept
    content_hash: str


@action("exchange:message:send")
def send(act: Act[None], *, dispatch: Dispatch) -> Message:
    """Queue a document to all its receivers; every fault is named at once (EX-11, EX-14, EX-36, EX-53).

    A dissolved receiver in grace gets its packet at the successor; a state secret is refused (EX-1, CORE-58).
    """
    if act.by.agency_id != dispatch.agency_id:
        raise Forbidden("Gửi văn bản thay cơ quan khác")
    with memory.scope():
        return _send(act, dispatch)


def _send(act: Act[None], dispatch: Dispatch) -> Message:
    faults: dict[str, str] = {}
    found = _routes(dispatch.receiver_unit_ids, faults)
    sender = _sender(dispatch.agency_id, faults)
    now = clock.now()
    packet = _packet(dispatch, sender, found, now)
    earlier = _earlier(dispatch, packet.header.document_id, found, faults)
    if faults:
        raise Invalid("Chưa gửi được văn bản qua trục liên thông.", faults, code=_code(faults))
    with ExitStack() as stack:
        payloads = [stack.enter_context(attachments.open_file(each.file_id)) for each in dispatch.attachments]
        written = write(packet, payloads, dispatch.agency_id)
    checkpoints.reached("send.packet_stored")
    letter = dispatch.letter
    message = Message(
        id=uuid4(),
        agency_id=dispatch.agency_id,
        kind=Message.Kind.DOCUMENT,
        source=str(dispatch.source),
        document_id=edxml.document_key(packet.header.document_id),
        from_code=sender.organ_id,
        from_name=sender.organ_name,
        code=letter.code,
        code_key=number_key(letter.code),
        subject=letter.subject,
        type_name=letter.type_name,
        issued_on=letter.issued_on,
        business_type=dispatch.business_type,
        priority=letter.priority,
        content_hash=written.content_hash,
        packet_sha256=written.kept.sha256,
        packet_size=written.kept.size,
        created_at=now,
        created_by=act.by.key,
        resend_of=earlier,
    )
    message.save(force_insert=True)
    checkpoints.reached("send.message_written")
    queue(message, found)
    act.about(message)
    act.note(
        document_id=message.document_id,
        code=message.code,
        content_hash=message.content_hash,
        packet=message.packet_sha256,
        receivers=[route.code for route in found],
    )
    checkpoints.reached("send.before_commit")
    return message


def queue(message: Message, found: list[Route]) -> list[Delivery]:
    """One delivery a receiver, due at once; the courier wakes after the commit."""
    rows = [
        Delivery(
            agency_id=message.agency_id,
            message=message,
            order=order,
            addressed_code=route.code,
            addressed_name=route.name,
            addressed_unit_id=route.addressed_unit_id,
            unit_id=route.unit_id,
            peer=route.peer,
            priority=message.priority,
            state="queued",
            state_since=message.created_at,
            queued_at=message.created_at,
            next_attempt_at=message.created_at,
        )
        for order, route in enumerate(found)
    ]
    Delivery.objects.bulk_create(rows)
    wake(CHANNEL)
    return rows


def write(packet: model.Packet, payloads: list[BinaryIO], agency_id: UUID) -> Written:
    """Build, sign with the agency's system key and store a packet; raises Invalid with every breach (EX-36)."""
    parts = xmldsig.STATUS_PARTS if isinstance(packet, model.StatusPacket) else xmldsig.DOCUMENT_PARTS
    key = keys.of_agency(agency_id)
    with storage.Incoming() as out:
        try:
            built = edxml.build(
                packet,
                payloads,
                cast(BinaryIO, out),
                sign=lambda tree: xmldsig.sign(tree, key, parts),
                limits=limits.of(None),
            )
        except edxml.PacketInvalid as wrong:
            raise _invalid(wrong) from None
        return Written(out.finish(), built.content_hash().hex())


def report(
    received: Received, *, code: str, seq: int, description: str, staff: Staff, by: Actor, at: datetime
) -> Message:
    """Queue a status packet to the recorded sender of a document (EX-23, F-EX-5); part of the act that it reports."""
    own = routes.sending_code(received.agency_id)
    packet = model.StatusPacket(
        header=model.StatusHeader(
            sender=_party(received.agency_id, own, routes.name_of(received.agency_id)),
            response_for=model.ResponseFor(
                organ_id=received.from_code,
                code=received.code,
                promulgation_date=received.issued_on,
                document_id=received.document_id,
            ),
            staff_info=_staff(staff),
            status_code=code,
            description=description or None,
            timestamp=at,
        )
    )
    written = write(packet, [], received.agency_id)
    message = Message(
        id=uuid4(),
        agency_id=received.agency_id,
        kind=Message.Kind.STATUS,
        source=f"exchange:received:{received.pk}",
        document_id=received.document_id,
        from_code=own,
        from_name=packet.header.sender.organ_name,
        code=received.code,
        code_key=received.code_key,
        issued_on=received.issued_on,
        status_code=code,
        seq=seq,
        priority=received.priority,
        content_hash=written.content_hash,
        packet_sha256=written.kept.sha256,
        packet_size=written.kept.size,
        created_at=at,
        created_by=by.key,
    )
    message.save(force_insert=True)
    queue(message, [_way_back(received)])
    return message


def _way_back(received: Received) -> Route:
    """To the recorded sender, by its present connection, else by the one that brought the document."""
    unit_id = received.sender_unit_id
    resolution = routes.find(received.from_code)
    if resolution.unit_id is not None:
        unit_id = resolution.unit_id
    if unit_id is None:
        raise Invalid("Bên gửi văn bản này không còn trong danh bạ; chưa báo được trạng thái.", code="unknown_receiver")
    return Route(
        code=received.from_code,
        name=received.from_name,
        addressed_unit_id=received.sender_unit_id,
        unit_id=unit_id,
        peer=routes.peer_of(unit_id) or received.peer,
    )


def undeliverable(unit_ids: tuple[UUID, ...]) -> dict[UUID, str]:
    """What `send` would say of each receiver that it could not serve today (OF-23, EX-53)."""
    faults: dict[str, str] = {}
    if unit_ids:
        _routes(unit_ids, faults)
    return {UUID(field.removeprefix("receiver:")): words for field, words in faults.items()}


def _routes(unit_ids: tuple[UUID, ...], faults: dict[str, str]) -> list[Route]:
    """Where the packet goes for each receiver; what is wrong with a receiver is noted under `receiver:<unit>`."""
    if not unit_ids:
        faults["receivers"] = "Chọn ít nhất một bên nhận có kết nối với trục liên thông."
    known = routes.directory(unit_ids)
    found: list[Route] = []
    taken: dict[UUID, str] = {}
    for unit_id in unit_ids:
        field = f"receiver:{unit_id}"
        code, version = known.codes.get(unit_id, ""), known.versions.get(unit_id)
        if code and version is not None:
            name, target, peer = version.official_name, unit_id, known.peers.get(unit_id)
        else:
            resolution = routes.find(code or _last_code(unit_id))
            name = _last_name(unit_id)
            if resolution.unit_id is None:
                gone = resolution.named_unit_id is not None
                faults[field] = (
                    f"{name} đã giải thể và hết thời gian chuyển tiếp; hãy chọn cơ quan kế thừa."
                    if gone
                    else f"{name or 'Đơn vị này'} chưa có mã định danh trong danh bạ."
                )
                continue
            code, target, peer = resolution.code, resolution.unit_id, routes.peer_of(resolution.unit_id)
        if target in taken:
            faults[field] = (
                f"{name} bị chọn hai lần."
                if target == unit_id and taken[target] == name
                else f"{name} và {taken[target]} nay là một cơ quan; hãy bỏ bớt một bên."
            )
        elif peer is None:
            faults[field] = f"{name} chưa kết nối với trục liên thông; hãy gửi bằng cách khác."
        elif peer.state != "active":
            faults[field] = f"Kết nối của {name} đang tạm khóa; hãy gửi sau hoặc gửi bằng cách khác."
        else:
            taken[target] = name
            found.append(Route(code=code, name=name, addressed_unit_id=unit_id, unit_id=target, peer=peer))
    return found


def _last_code(unit_id: UUID) -> str:
    row = (
        UnitCode.objects.filter(unit_id=unit_id, recorded__contains=clock.now()).order_by("-valid__startswith").first()
    )
    return row.code if row else ""


def _last_name(unit_id: UUID) -> str:
    """The name under which a unit is addressed: its own last one, although it is no more (CORE-7)."""
    rows = UnitVersion.objects.filter(unit_id=unit_id, recorded__contains=clock.now()).order_by("-valid__startswith")
    row = rows.first()
    return row.official_name if row else ""


def _sender(agency_id: UUID, faults: dict[str, str]) -> model.Party:
    code = routes.sending_code(agency_id)
    if not code:
        faults["sender"] = "Cơ quan gửi chưa có mã định danh còn hiệu lực; liên hệ quản trị danh bạ."
    return _party(agency_id, code, routes.name_of(agency_id))


def _party(unit_id: UUID, code: str, name: str) -> model.Party:
    version = routes.version_of(unit_id)
    contacts = version.contacts if version else {}
    return model.Party(
        organ_id=code,
        organ_name=name,
        organ_add=(version.address if version else "") or None,
        email=contacts.get("email") or None,
        telephone=contacts.get("telephone") or None,
        fax=contacts.get("fax") or None,
        website=contacts.get("website") or None,
    )


def _packet(dispatch: Dispatch, sender: model.Party, found: list[Route], now: datetime) -> model.DocumentPacket:
    letter = dispatch.letter
    document_id = letter.document_id or edxml.make_document_id(sender.organ_id, letter.issued_on, letter.code)
    ids = [str(n) for n in range(1, len(dispatch.attachments) + 1)]
    pairs = list(zip(ids, dispatch.attachments, strict=True))
    return model.DocumentPacket(
        header=_header(letter, document_id, sender, found),
        trace=model.TraceHeaderList(
            headers=(model.TraceHeader(organ_id=sender.organ_id, timestamp=now),),
            business=model.Business(type=model.BusinessType(dispatch.business_type), staff_info=_staff(dispatch.staff)),
        ),
        references=tuple(
            model.Reference(
                content_id=f"cid:{ident}",
                content_type=each.content_type,
                description=each.description or None,
                attachment_name=each.name,
                digest=each.sha256,
            )
            for ident, each in pairs
        ),
        attachments=tuple(
            model.Attachment(
                content_id=ident,
                name=each.name,
                description=each.description or None,
                content_type=each.content_type,
            )
            for ident, each in pairs
        ),
    )


def _header(letter: Letter, document_id: str, sender: model.Party, found: list[Route]) -> model.MessageHeader:
    signer = model.SignerInfo(
        competence=letter.signer_competence or None,
        position=letter.signer_position or None,
        full_name=letter.signer_name or None,
    )
    return model.MessageHeader(
        sender=sender,
        receivers=tuple(model.Party(organ_id=route.code, organ_name=route.name) for route in found),
        document_id=document_id,
        code=model.Code(number=letter.number, notation=letter.notation),
        promulgation_info=model.PromulgationInfo(place=letter.place or None, promulgation_date=letter.issued_on),
        document_type=model.DocumentType(
            type=_ADMINISTRATIVE, type_detail=letter.type_code, type_name=letter.type_name
        ),
        subject=letter.subject,
        signer_info=signer if signer != model.SignerInfo() else None,
        due_date=letter.due_on,
        other_info=model.OtherInfo(
            priority=letter.priority, promulgation_amount=letter.copies, page_amount=letter.pages
        ),
        response_for=tuple(
            model.ResponseFor(
                organ_id=each.organ_code,
                code=each.number,
                document_id=each.document_id,
                promulgation_date=each.issued_on,
            )
            for each in letter.answers
        ),
        steering_type=letter.steering,
        to_places=model.ToPlaces(places=letter.to_places) if letter.to_places else None,
    )


def _staff(staff: Staff) -> model.StaffInfo | None:
    info = model.StaffInfo(
        department=staff.department or None,
        staff=staff.name or None,
        email=staff.email or None,
        mobile=staff.mobile or None,
    )
    return info if info != model.StaffInfo() else None


def _earlier(dispatch: Dispatch, document_id: str, found: list[Route], faults: dict[str, str]) -> Message | None:
    """The sending that this one repeats. Only what was refused (02) or could not be delivered is sent again (EX-40)."""
    same = Delivery.objects.filter(
        agency_id=dispatch.agency_id,
        message__kind=Message.Kind.DOCUMENT,
        message__document_id=edxml.document_key(document_id),
        message__business_type=dispatch.business_type,
        unit_id__in=[route.unit_id for route in found],
    ).select_related("message")
    latest: Message | None = None
    for row in same.order_by("queued_at"):
        latest = row.message
        if dispatch.business_type == model.BusinessType.NEW and row.state != "dead" and row.status != "refused":
            faults[f"receiver:{row.addressed_unit_id}"] = f"{row.addressed_name} đã được gửi văn bản này."
    return latest


def _invalid(wrong: edxml.PacketInvalid) -> Invalid:
    fields = {error.code: error.message for error in wrong.errors}
    secret = any("độ mật" in error.message for error in wrong.errors)
    if secret:
        return Invalid(
            "Tài liệu mật không gửi trên trục này: đăng ký tại sổ giấy của Văn thư (QĐ 28/2018/QĐ-TTg Đ1).",
            code="secret_refused",
        )
    return Invalid("Gói tin chưa đủ điều kiện gửi.", fields, code="malformed")


def _code(faults: dict[str, str]) -> str:
    return "unknown_receiver" if any(name.startswith("receiver") for name in faults) else "invalid"

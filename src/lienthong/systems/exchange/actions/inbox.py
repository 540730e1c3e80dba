"""Receiving: packets from this node's own courier and from other systems take the same way (EX-40..42, EX-69).

`receive` reads and judges a packet outside any transaction; then each receiver gets its copy, its receipt, its
status 01 and its office's document in one savepoint, so that one bad receiver does not fail the rest.
"""

import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, BinaryIO
from uuid import UUID, uuid4

from django.db import InterfaceError, OperationalError, connection, transaction

from lienthong.contracts import ports
from lienthong.contracts.actor import system_actor
from lienthong.contracts.exchange import Arrival, IncomingPort, Party, Staff
from lienthong.core import fence
from lienthong.core.actions import Act, action
from lienthong.core.files import blobs
from lienthong.kit import clock, edxml
from lienthong.kit.edxml import model
from lienthong.kit.numbering import number_key
from lienthong.systems.exchange import attachments, checkpoints, inbound, limits, memory, receipts, storage
from lienthong.systems.exchange.actions import send, statuses
from lienthong.systems.exchange.codes import BY_CODE, Problem, Refused
from lienthong.systems.exchange.inbound import Envelope, Hold, Read, Receiver
from lienthong.systems.exchange.models import Held, Message, Received, StatusLine
from lienthong.systems.exchange.policies import OPERATE

logger = logging.getLogger("lienthong.exchange")
NAME = "exchange"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiverAnswer:
    """The answer for one receiver: a receipt, or the problem and what to say about it. `note` marks a repeat."""

    code: str
    receipt: receipts.Signed | None = None
    note: str = ""
    problem: Problem | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a hand-over of one packet led to."""

    transport_id: UUID
    content_hash: str
    kind: str
    results: list[ReceiverAnswer] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """A packet that was read, judged and stored, and waits for its transaction."""

    read: Read
    envelope: Envelope
    kept: storage.Kept
    files: list[attachments.Judged]
    at: datetime


def receive(stream: BinaryIO, envelope: Envelope) -> Answer:
    """Take one packet in; raises Refused when nothing of it can be taken."""
    # What was received before, and whose status a packet brings, lies with agencies that only the packet names.
    with fence.node("exchange.inbox"), memory.scope(), prepare(stream, envelope) as ready, transaction.atomic():
        return take(ready)


@contextmanager
def prepare(stream: BinaryIO, envelope: Envelope, *, kept: storage.Kept | None = None) -> Iterator[Ready]:
    """Read, judge and store a packet, outside any transaction; raises Refused (EX-36).

    `kept` says that the bytes of `stream` lie in this node's store already (the local courier).
    """
    now = clock.now()
    with storage.Incoming() as incoming:
        if kept is None:
            try:
                incoming.copy(stream, most=limits.packet_bytes(limits.of(envelope.peer)))
            except storage.TooLarge:
                raise Refused("too_large") from None
            stream = incoming.file
            if envelope.sha256 and envelope.sha256 != incoming.sha256:
                raise Refused("unavailable", "Gói tin đến không đủ hoặc bị đổi trên đường truyền; hãy gửi lại.")
        try:
            read = inbound.read(stream, envelope, now)
        except Hold:
            _hold(envelope, Held.Why.UNKNOWN_SENDER, incoming.finish() if kept is None else kept)
            raise Refused("held", "Bên gửi chưa có trong danh bạ; gói tin được giữ lại chờ quản trị trục.") from None
        except Refused as refused:
            if refused.problem.code == "secret_refused":
                refuse_secret(by=system_actor(NAME), envelope=envelope)
            raise
        with read.result:
            files: list[attachments.Judged] = []
            if isinstance(read.result.packet, model.DocumentPacket):
                inbound.find_receivers(read, envelope.to)
                try:
                    files = attachments.judge(read.result.attachments, cleared=envelope.cleared)
                except attachments.SecretFound:
                    _hold(envelope, Held.Why.SECRET, incoming.finish() if kept is None else kept)
                    raise Refused("held", "Tệp có dấu chỉ độ mật; gói tin được giữ riêng chờ xác nhận.") from None
            kept = kept or incoming.finish()
            checkpoints.reached("receive.packet_stored")
            yield Ready(read=read, envelope=envelope, kept=kept, files=files, at=now)


def take(ready: Ready) -> Answer:
    """Store a prepared packet in the present transaction; raises Refused when nothing of it can be taken."""
    _lock(f"transport:{ready.envelope.peer.pk}:{ready.envelope.transport_id}")
    _same_id_same_packet(ready.read, ready.envelope)
    if isinstance(ready.read.result.packet, model.StatusPacket):
        return _take_status(ready, ready.read.result.packet)
    return _take_document(ready)


def _take_document(ready: Ready) -> Answer:
    read = ready.read
    results = [
        ReceiverAnswer(code=code, problem=refused.problem, detail=refused.detail)
        for code, refused in read.missing.items()
    ]
    for receiver in sorted(read.receivers, key=lambda each: str(each.agency_id)):
        try:
            with transaction.atomic():
                results.append(_take_one(ready, receiver))
        except Refused as refused:
            results.append(ReceiverAnswer(code=receiver.addressed_as, problem=refused.problem, detail=refused.detail))
        except (OperationalError, InterfaceError):
            raise
        except Exception:
            logger.exception("receiving %s for %s failed", ready.envelope.transport_id, receiver.code)
            detail = "Hệ thống của bên nhận gặp lỗi khi lưu văn bản; sẽ được gửi lại."
            results.append(ReceiverAnswer(code=receiver.addressed_as, problem=BY_CODE["unavailable"], detail=detail))
    checkpoints.reached("receive.before_commit")
    return Answer(
        transport_id=ready.envelope.transport_id, content_hash=read.content_hash, kind="document", results=results
    )


def _take_one(ready: Ready, receiver: Receiver) -> ReceiverAnswer:
    """Duplicates first (V-DUP-1..6), then the act that stores."""
    read, envelope = ready.read, ready.envelope
    packet = read.result.packet
    assert isinstance(packet, model.DocumentPacket)
    document_id = edxml.document_key(packet.header.document_id)
    _lock(f"document:{receiver.agency_id}:{read.sender_code}:{document_id}")
    mine = Received.objects.filter(agency_id=receiver.agency_id).select_related("receipt")
    same_id = mine.filter(peer=envelope.peer, transport_id=envelope.transport_id).first()
    if same_id is not None:
        return ReceiverAnswer(code=receiver.addressed_as, receipt=receipts.of(same_id.receipt))
    business = int(packet.business_type)
    same_document = mine.filter(from_code=read.sender_code, document_id=document_id, business_type=business)
    standing = same_document.exclude(state="refused")
    repeated = standing.filter(content_hash=read.content_hash).first()
    if repeated is not None:
        return ReceiverAnswer(code=receiver.addressed_as, receipt=receipts.of(repeated.receipt), note="trùng")
    if business == model.BusinessType.NEW and standing.exists():
        raise Refused(
            "duplicate_document",
            f"Văn bản {packet.header.code} đã được nhận với nội dung khác. Đổi thông tin: gửi cập nhật (loại 2); "
            "đổi nội dung: gửi thay thế (loại 3).",
        )
    stored = store(
        by=system_actor(NAME, agency_id=receiver.agency_id),
        ready=ready,
        receiver=receiver,
        resend_of=same_document.filter(state="refused").order_by("-received_at").first(),
    )
    return ReceiverAnswer(code=receiver.addressed_as, receipt=receipts.of(stored.receipt))


@action("exchange:received:store")
def store(act: Act[None], *, ready: Ready, receiver: Receiver, resend_of: Received | None) -> Received:
    """A packet lies durably at its receiver: receipt, status 01 and the office's document in one act (EX-4, EX-42)."""
    read, envelope, kept, at = ready.read, ready.envelope, ready.kept, ready.at
    packet = read.result.packet
    assert isinstance(packet, model.DocumentPacket)
    letter = inbound.letter_of(packet)
    sender = packet.header.sender
    files = attachments.take_in(read.result.attachments, ready.files, by=act.by, agency_id=receiver.agency_id)
    judged = [(each.name, found.verdict) for each, found in zip(files, ready.files, strict=True)]
    verdict = inbound.verdict_of(read, judged, notation=letter.notation)
    receipt = receipts.issue(
        agency_id=receiver.agency_id,
        message_id=envelope.transport_id,
        content_hash=read.content_hash,
        sender=read.sender_code,
        receiver=receiver.code,
        addressed_as=receiver.addressed_as,
        received_at=at,
    )
    row = Received(
        id=uuid4(),
        agency_id=receiver.agency_id,
        peer=envelope.peer,
        transport_id=envelope.transport_id,
        from_code=read.sender_code,
        from_name=sender.organ_name,
        sender_unit_id=read.sender_unit_id,
        addressed_as=receiver.addressed_as,
        document_id=letter.document_id,
        business_type=int(packet.business_type),
        content_hash=read.content_hash,
        packet_sha256=kept.sha256,
        packet_size=kept.size,
        code=letter.code,
        code_key=number_key(letter.code),
        subject=letter.subject,
        type_name=letter.type_name,
        issued_on=letter.issued_on,
        priority=letter.priority,
        attachments=[_plain(asdict(each)) for each in files],
        verdict=asdict(verdict),
        profile=read.result.profile.value,
        clock_difference=read.clock_difference,
        received_at=at,
        state_since=at,
        seq=1,
        receipt=receipt,
        resend_of=resend_of,
    )
    incoming: IncomingPort | None = ports.get("office")
    row.save(force_insert=True)
    checkpoints.reached("receive.row_written")
    statuses.line(row, code="01", at=at, seq=1, by=act.by)
    send.report(row, code="01", seq=1, description="", staff=Staff(), by=act.by, at=at)
    checkpoints.reached("receive.status_written")
    act.about(row)
    act.agency_id = receiver.agency_id
    act.note(
        document_id=row.document_id,
        code=row.code,
        sender=row.from_code,
        transport_id=row.transport_id,
        content_hash=row.content_hash,
        packet=kept.sha256,
        verdict=verdict.level,
        receipt=receipt.pk,
    )
    if incoming is not None:
        target = incoming.arrived(
            by=act.by,
            arrival=Arrival(
                delivery_id=row.pk,
                agency_id=receiver.agency_id,
                sender=party_of(sender),
                sender_unit_id=read.sender_unit_id,
                letter=letter,
                business_type=row.business_type,
                attachments=tuple(files),
                verdict=verdict,
                received_at=at,
                addressed_as=receiver.addressed_as,
            ),
        )
        row.target = str(target)
        row.save(update_fields=["target"])
    checkpoints.reached("receive.handed_over")
    return row


def party_of(party: model.Party) -> Party:
    """A party of a packet as other systems read it."""
    return Party(
        code=party.organ_id,
        name=party.organ_name,
        in_charge=party.organization_in_charge or "",
        address=party.organ_add or "",
        email=party.email or "",
        telephone=party.telephone or "",
        fax=party.fax or "",
        website=party.website or "",
    )


def _same_id_same_packet(read: Read, envelope: Envelope) -> None:
    """One transport id means one packet, whoever its receivers are (V-DUP-2)."""
    other = (
        Received.objects.filter(peer=envelope.peer, transport_id=envelope.transport_id)
        .exclude(content_hash=read.content_hash)
        .exists()
    )
    if other or _status_with_id(envelope, read.content_hash):
        raise Refused("conflict_same_id", "Mã giao dịch này đã dùng cho một gói tin có nội dung khác.")


def _status_with_id(envelope: Envelope, content_hash: str) -> bool:
    return (
        StatusLine.objects.filter(peer=envelope.peer, transport_id=envelope.transport_id)
        .exclude(content_hash=content_hash)
        .exists()
    )


def _take_status(ready: Ready, packet: model.StatusPacket) -> Answer:
    heard = statuses.hear_packet(ready.read, packet, ready.envelope, ready.kept)
    checkpoints.reached("status.before_commit")
    result = ReceiverAnswer(
        code=packet.header.response_for.organ_id or "",
        receipt=receipts.of(heard.receipt),
        note="trùng" if heard.repeated else "",
        problem=BY_CODE["illegal_status"] if heard.flag else None,
        detail=heard.flag,
    )
    return Answer(
        transport_id=ready.envelope.transport_id,
        content_hash=ready.read.content_hash,
        kind="status",
        results=[result],
    )


@action("exchange:held:refuse_secret")
def refuse_secret(act: Act[None], *, envelope: Envelope) -> None:
    """A packet marked Mật or higher was refused: only time, peer and message id are kept (EX-1, CORE-58)."""
    act.note(peer=envelope.peer.code, transport_id=envelope.transport_id)


def _hold(envelope: Envelope, why: str, kept: storage.Kept) -> None:
    with transaction.atomic():
        _lock(f"transport:{envelope.peer.pk}:{envelope.transport_id}")
        if not Held.objects.filter(peer=envelope.peer, transport_id=envelope.transport_id).exists():
            hold(by=system_actor(NAME), envelope=envelope, why=why, kept=kept)


@action("exchange:held:hold")
def hold(act: Act[None], *, envelope: Envelope, why: str, kept: storage.Kept) -> Held:
    """Keep a packet for the operator: nothing but time, peer and message id is written down (EX-1, EX-11, F-EX-24)."""
    row = Held.objects.create(
        peer=envelope.peer,
        transport_id=envelope.transport_id,
        why=why,
        held_at=clock.now(),
        packet_sha256=kept.sha256,
    )
    act.about(row)
    act.note(peer=envelope.peer.code, transport_id=envelope.transport_id, why=why)
    return row


@action("exchange:held:release", on=Held, across=OPERATE)
def release(act: Act[Held]) -> Answer:
    """Take a held packet in again, after its sender has been registered."""
    row = act.target
    with storage.read(row.packet_sha256) as stream:
        envelope = Envelope(peer=row.peer, transport_id=row.transport_id, cleared=True)
        size = storage.path_of(row.packet_sha256).stat().st_size
        with prepare(stream, envelope, kept=storage.Kept(row.packet_sha256, size)) as ready:
            answer = take(ready)
    row.closed_at = clock.now()
    row.outcome = "Đã nhận vào"
    return answer


@action("exchange:held:discard", on=Held, needs_reason=True, across=OPERATE)
def discard(act: Act[Held]) -> None:
    """Give a held packet up; the reason stays in the journal. A confirmed secret is wiped (EX-1, CORE-58)."""
    act.target.closed_at = clock.now()
    act.target.outcome = f"Đã bỏ: {act.reason}"
    sha256 = act.target.packet_sha256
    used = (
        Message.objects.filter(packet_sha256=sha256).exists() or Received.objects.filter(packet_sha256=sha256).exists()
    )
    if act.target.why == Held.Why.SECRET and not used:
        act.target.packet_sha256 = ""
        transaction.on_commit(lambda: blobs.wipe(storage.path_of(sha256)))


def _lock(name: str) -> None:
    """Let one transaction at a time work on this id; the unique indexes are the second fence (EX-41)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 42))", [name])


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    return {name: str(value) if isinstance(value, UUID) else value for name, value in values.items()}


def codes_of(answers: Iterable[ReceiverAnswer]) -> dict[str, ReceiverAnswer]:
    """The answers by the code that the packet names."""
    return {edxml.organ_key(each.code): each for each in answers}

"""Statuses: what a receiver's register reports, and what the sender's side makes of it (EX-23..27, F-EX-2, F-EX-5)."""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from lienthong.contracts import ports
from lienthong.contracts.actor import Actor, system_actor
from lienthong.contracts.exchange import IncomingPort, Staff
from lienthong.contracts.ref import Ref
from lienthong.core import live
from lienthong.core.actions import Act, Action, action
from lienthong.core.actions.errors import Conflict
from lienthong.core.orgs.models import LineageLink
from lienthong.kit import clock, edxml
from lienthong.kit.edxml import model
from lienthong.kit.hashing import canonical_json
from lienthong.systems.exchange import checkpoints, law, receipts, storage
from lienthong.systems.exchange.actions import send
from lienthong.systems.exchange.codes import Refused
from lienthong.systems.exchange.inbound import Envelope, Read
from lienthong.systems.exchange.models import Delivery, Message, Receipt, Received, StatusLine
from lienthong.systems.exchange.queries import routes, states_of
from lienthong.systems.exchange.states import BY_CODE, Effect, Judgement, Standing, judge, missing

NOBODY = Staff()


# --- what the receiver reports -----------------------------------------------------------------------------------
def line(
    row: Received, *, code: str, at: datetime, seq: int, by: Actor, description: str = "", staff: Staff | None = None
) -> StatusLine:
    """A line of the receiver's own timeline."""
    known = _staff_dict(staff or Staff())
    return StatusLine.objects.create(
        agency_id=row.agency_id,
        received=row,
        code=code,
        effect=StatusLine.Effect.APPLIED,
        description=description,
        staff={**known, "by": by.name} if not by.is_system else known,
        at=at,
        recorded_at=at,
        seq=seq,
        # Every act of the register is a new occurrence, even with equal words in one second.
        fingerprint=_fingerprint(code, at, description, {**known, "seq": str(seq)}),
    )


def _tell(act: Act[Received], code: str, description: str, staff: Staff) -> None:
    """Number the status in this register, write the line and queue the packet, in the act that moved the state."""
    row = act.target
    row.seq += 1
    at = clock.now()
    words = description or act.reason
    line(row, code=code, at=at, seq=row.seq, by=act.by, description=words, staff=staff)
    message = send.report(row, code=code, seq=row.seq, description=words, staff=staff, by=act.by, at=at)
    act.note(status=code, message=message.pk)


@action("exchange:received:refuse", on=Received)
def refuse(act: Act[Received], *, description: str = "", staff: Staff = NOBODY) -> None:
    """02: the clerk refuses the document, with a reason that the sender reads (EX-4; NĐ 30/2020 Đ21.2.b)."""
    _tell(act, "02", description, staff)


@action("exchange:received:accept", on=Received)
def accept(act: Act[Received], *, description: str = "", staff: Staff = NOBODY) -> None:
    """03: the document was entered in the register; opening it is no acceptance (EX-25, F-EX-21)."""
    _tell(act, "03", description, staff)


@action("exchange:received:assign", on=Received)
def assign(act: Act[Received], *, description: str = "", staff: Staff = NOBODY) -> None:
    """04: a leader gave directions; a second assignment is a new line (V-ST-5)."""
    _tell(act, "04", description, staff)


@action("exchange:received:begin", on=Received)
def begin(act: Act[Received], *, description: str = "", staff: Staff = NOBODY) -> None:
    """05: work has begun."""
    _tell(act, "05", description, staff)


@action("exchange:received:finish", on=Received)
def finish(act: Act[Received], *, description: str = "", staff: Staff = NOBODY) -> None:
    """06: work is finished or the answer was issued."""
    _tell(act, "06", description, staff)


REPORTS: dict[str, Action[None]] = {"02": refuse, "03": accept, "04": assign, "05": begin, "06": finish}


def tell(*, by: Actor, row: Received, code: str, description: str, staff: Staff) -> None:
    """Report a status by its code; codes that a receiver never reports are a conflict (EX-25)."""
    report = REPORTS.get(code)
    if report is None:
        label = BY_CODE[code].label if code in BY_CODE else code
        raise Conflict(f"Trạng thái {code} ({label}) không báo được ở bước này.", "illegal_status")
    report(by=by, target=row, reason=description, description=description, staff=staff)


# --- what the sender hears ---------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Heard:
    """A status that was taken in: the receipt for it, whether it was a repeat, and what is wrong with it."""

    receipt: Receipt
    repeated: bool
    flag: str


def hear_packet(read: Read, packet: model.StatusPacket, envelope: Envelope, kept: storage.Kept) -> Heard:
    """Route a status by the recorded sender of the document it names, and apply it there (EX-23)."""
    header = packet.header
    if header.status_code == "13":
        return _hear_request(read, packet, envelope, kept)
    document_id = edxml.document_key(header.response_for.document_id or "")
    row = _sent_to(document_id, read.sender_unit_id)
    if row is None:
        raise _unknown_document(read, document_id)
    _same_organ(read, header.response_for.organ_id, row.agency_id, row.message.from_code)
    facts = _facts(packet)
    # The row is locked before the repeat is looked for, so that equal packets at once make one line (V-ST-6).
    locked = Delivery.objects.select_for_update().get(pk=row.pk)
    repeat = StatusLine.objects.filter(delivery=locked, fingerprint=facts.fingerprint).select_related("receipt").first()
    if repeat is not None and repeat.receipt is not None:
        return Heard(repeat.receipt, True, repeat.flag if repeat.effect == Effect.ILLEGAL else "")
    made = hear(
        by=system_actor("exchange", agency_id=row.agency_id),
        target=locked,
        read=read,
        envelope=envelope,
        kept=kept,
        facts=facts,
    )
    assert made.receipt is not None
    return Heard(made.receipt, False, made.flag if made.effect == Effect.ILLEGAL else "")


def _sent_to(document_id: str, unit_id: UUID) -> Delivery | None:
    """The newest delivery of a document to a unit, or to one whose traffic it has taken over meanwhile (EX-53)."""
    rows = (
        Delivery.objects.filter(message__kind=Message.Kind.DOCUMENT, message__document_id=document_id)
        .select_related("message")
        .order_by("-queued_at")
    )
    row = rows.filter(unit_id=unit_id).first()
    if row is not None:
        return row
    former = LineageLink.objects.filter(successor_id=unit_id).values("predecessor_id")
    taken_over = rows.filter(unit_id__in=former)
    return next((each for each in taken_over if routes.find(each.addressed_code).unit_id == unit_id), None)


@action("exchange:delivery:hear", on=Delivery)
def hear(act: Act[Delivery], *, read: Read, envelope: Envelope, kept: storage.Kept, facts: "StatusFacts") -> StatusLine:
    """One status of a receiver enters the sender's timeline; what is illegal is kept, flagged and changes nothing."""
    row = act.target
    now = clock.now()
    standing = Standing(
        state=row.status, seen=frozenset(row.status_seen), seq=row.status_seq, request_open=row.request_open
    )
    judged = judge(standing, facts.code, from_receiver=True, seq=envelope.seq, ask_after_done=law.ask_after_done())
    if judged.effect is Effect.APPLIED and BY_CODE[facts.code].needs_reason and not facts.description:
        # A legacy peer's refusal without words stands; the lack is shown.
        judged = replace(judged, why="Bên nhận không nêu lý do.")
    receipt = receipts.issue(
        agency_id=row.agency_id,
        message_id=envelope.transport_id,
        content_hash=read.content_hash,
        sender=read.sender_code,
        receiver=row.message.from_code,
        addressed_as=row.message.from_code,
        received_at=now,
    )
    made = StatusLine.objects.create(
        agency_id=row.agency_id,
        delivery=row,
        code=facts.code,
        effect=judged.effect.value,
        flag=judged.why,
        description=facts.description,
        staff=facts.staff,
        at=facts.at,
        recorded_at=now,
        seq=envelope.seq,
        fingerprint=facts.fingerprint,
        peer=envelope.peer,
        transport_id=envelope.transport_id,
        content_hash=read.content_hash,
        packet_sha256=kept.sha256,
        receipt=receipt,
    )
    checkpoints.reached("status.line_written")
    _apply(row, judged, facts, envelope.seq, now)
    act.note(status=facts.code, effect=judged.effect.value, state=row.status, gap=row.gap)
    tell_source(row)
    return made


def _apply(row: Delivery, judged: Judgement, facts: "StatusFacts", seq: int | None, now: datetime) -> None:
    if judged.effect in {Effect.ILLEGAL, Effect.UNKNOWN}:
        return
    row.status_seen = sorted({*row.status_seen, facts.code})
    row.request_open = judged.request_open
    if judged.effect is Effect.APPLIED:
        if judged.state != row.status or BY_CODE[facts.code].to:
            row.status_since = facts.at or now
        row.status = judged.state
        row.status_seq = seq if seq is not None else row.status_seq
        row.status_reason = facts.description
    row.gap = ",".join(missing(row.status, row.status_seen))


def tell_source(row: Delivery) -> None:
    """Let the system that sent the document, and open screens, see the change in this very transaction."""
    incoming: IncomingPort | None = ports.get("office")
    if incoming is not None and row.message.kind == Message.Kind.DOCUMENT and row.message.source:
        incoming.status_changed(source=Ref.parse(row.message.source), receiver=states_of.receiver_state(row))
    live.publish(f"exchange.message:{row.message_id}", {"delivery": str(row.pk), "status": row.status})


def _hear_request(read: Read, packet: model.StatusPacket, envelope: Envelope, kept: storage.Kept) -> Heard:
    """13: the sender asks a document back; it goes to the receiver that it names (EX-23, V-RF-2)."""
    header = packet.header
    document_id = edxml.document_key(header.response_for.document_id or "")
    copies = Received.objects.filter(sender_unit_id=read.sender_unit_id, document_id=document_id)
    if not copies.exists():
        raise _unknown_document(read, document_id)
    named = header.response_for.organ_id or ""
    resolution = routes.find(named)
    row = copies.filter(agency_id=resolution.unit_id).order_by("-received_at").first() if resolution.unit_id else None
    if row is None:
        raise _wrong_organ(read, named, "một trong các bên nhận của văn bản")
    facts = _facts(packet)
    locked = Received.objects.select_for_update().get(pk=row.pk)
    repeat = StatusLine.objects.filter(received=locked, fingerprint=facts.fingerprint).select_related("receipt").first()
    if repeat is not None and repeat.receipt is not None:
        return Heard(repeat.receipt, True, repeat.flag)
    made = ask_back(
        by=system_actor("exchange", agency_id=row.agency_id),
        target=locked,
        read=read,
        envelope=envelope,
        kept=kept,
        facts=facts,
    )
    assert made.receipt is not None
    return Heard(made.receipt, False, made.flag)


@action("exchange:received:ask_back", on=Received)
def ask_back(
    act: Act[Received], *, read: Read, envelope: Envelope, kept: storage.Kept, facts: "StatusFacts"
) -> StatusLine:
    """The sender's wish to have a document back is on the receiver's timeline, open until answered by 15 or 16."""
    row = act.target
    now = clock.now()
    judged = judge(
        Standing(state=row.state, request_open=row.request_open),
        "13",
        from_receiver=False,
        ask_after_done=law.ask_after_done(),
    )
    receipt = receipts.issue(
        agency_id=row.agency_id,
        message_id=envelope.transport_id,
        content_hash=read.content_hash,
        sender=read.sender_code,
        receiver=routes.sending_code(row.agency_id),
        addressed_as=row.addressed_as,
        received_at=now,
    )
    row.request_open = judged.request_open
    act.note(status="13", effect=judged.effect.value)
    return StatusLine.objects.create(
        agency_id=row.agency_id,
        received=row,
        code="13",
        effect=judged.effect.value,
        flag=judged.why,
        description=facts.description,
        staff=facts.staff,
        at=facts.at,
        recorded_at=now,
        fingerprint=facts.fingerprint,
        peer=envelope.peer,
        transport_id=envelope.transport_id,
        content_hash=read.content_hash,
        packet_sha256=kept.sha256,
        receipt=receipt,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusFacts:
    """What a status packet says, and the mark by which repeats of it are told (EX-26)."""

    code: str
    at: datetime | None
    description: str
    staff: dict[str, str]
    fingerprint: str


def _facts(packet: model.StatusPacket) -> StatusFacts:
    header = packet.header
    info = header.staff_info
    staff = {
        name: value
        for name, value in (
            ("department", info.department if info else None),
            ("name", info.staff if info else None),
            ("email", info.email if info else None),
            ("mobile", info.mobile if info else None),
        )
        if value
    }
    description = header.description or ""
    return StatusFacts(
        code=header.status_code,
        at=header.timestamp,
        description=description,
        staff=staff,
        fingerprint=_fingerprint(header.status_code, header.timestamp, description, staff),
    )


def _fingerprint(code: str, at: datetime | None, description: str, staff: dict[str, str]) -> str:
    members = {"code": code, "at": at.isoformat() if at else None, "description": description, "staff": staff}
    return hashlib.sha256(canonical_json(members)).hexdigest()


def _staff_dict(staff: Staff) -> dict[str, str]:
    pairs = (("department", staff.department), ("name", staff.name), ("email", staff.email), ("mobile", staff.mobile))
    return {name: value for name, value in pairs if value}


def _same_organ(read: Read, named: str | None, agency_id: UUID, sent_as: str) -> None:
    """ResponseFor/OrganId must be the sender of the document; nothing is routed otherwise (EX-23, V-RF-1)."""
    if named and edxml.organ_key(named) == edxml.organ_key(sent_as):
        return
    if named and routes.find(named).unit_id == agency_id:
        return
    raise _wrong_organ(read, named or "", sent_as)


def _wrong_organ(read: Read, named: str, allowed: str) -> Refused:
    path = "MessageHeader.ResponseFor.OrganId"
    at, column = read.result.place(path)
    message = f"Bên gửi văn bản được báo trạng thái: ghi {named or 'trống'}, đúng phải là {allowed}"
    return Refused(
        "malformed",
        message,
        [{"code": f"M.{path}", "message": message, "line": at, "column": column, "value": named, "allowed": allowed}],
    )


def _unknown_document(read: Read, document_id: str) -> Refused:
    path = "MessageHeader.ResponseFor.DocumentId"
    at, column = read.result.place(path)
    message = "Không có văn bản nào mang mã này giữa hai bên."
    return Refused(
        "unknown_document",
        message,
        [
            {
                "code": f"M.{path}",
                "message": message,
                "line": at,
                "column": column,
                "value": document_id,
                "allowed": None,
            }
        ],
    )

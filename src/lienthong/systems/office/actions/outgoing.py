"""The acts on outgoing documents, from draft to archive (OF-71; NĐ 30/2020 Đ10–18)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from lienthong.contracts import ports
from lienthong.contracts.exchange import Answered, Dispatch, ExchangePort, Staff
from lienthong.core import lawbook, live, notify
from lienthong.core.access.actors import positions_with
from lienthong.core.actions import Act, action, ref_of
from lienthong.core.actions.errors import Conflict, Invalid
from lienthong.core.identity import step_up
from lienthong.core.orgs.authority import NoAuthority, SigningLine, signing_line
from lienthong.core.orgs.models import Holding, IssuingBody, Position
from lienthong.core.orgs.queries import as_of, code_of, current, holdings_at
from lienthong.kit import clock, vietnamese
from lienthong.systems.office import fragments, numbers, paper, types
from lienthong.systems.office.models import Draft, IncomingDocument, OutgoingDocument, Receiver, RegisterLine

type Outgoing = Act[OutgoingDocument]

NOTATION_MAX = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class To:
    """A receiver as the drafter names it."""

    unit_id: UUID
    role: str = Receiver.Role.MAIN
    channel: str = Receiver.Channel.AXIS


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftInput:
    """What a drafter writes; numbers, dates and codes are never typed (OF-67)."""

    type_code: str
    subject: str
    content: dict[str, Any]
    signer_position_id: UUID
    issuing_body_id: UUID
    receivers: tuple[To, ...] = ()
    legal_basis: tuple[str, ...] = ()
    urgency: int = 0
    notation_unit: str = ""
    due_on: date | None = None
    answers: UUID | None = None
    extra: dict[str, Any] = field(default_factory=dict)


@action("office:outgoing:create", on=OutgoingDocument)
def create(act: Outgoing, *, facts: DraftInput) -> OutgoingDocument:
    """Begin a draft; it carries no number and no date (CORE-47, F-CORE-17)."""
    by = act.by
    if by.agency_id is None or by.position_id is None or by.unit_id is None or by.user_id is None:
        raise Invalid("Chọn vị trí làm việc trong một cơ quan trước khi soạn văn bản.")
    now = clock.now()
    document = OutgoingDocument(
        agency_id=by.agency_id,
        state="draft",
        created_at=now,
        state_since=now,
        unit_id=by.unit_id,
        drafter_id=by.user_id,
        drafter_position_id=by.position_id,
    )
    _fill(document, facts)
    document.save()
    _set_receivers(document, facts.receivers)
    act.about(document)
    act.note(type=document.type_code, subject=document.subject, receivers=[str(to.unit_id) for to in facts.receivers])
    return document


@action("office:outgoing:edit", on=OutgoingDocument)
def edit(act: Outgoing, *, facts: DraftInput) -> OutgoingDocument:
    """Change a draft; frozen versions stay as they are."""
    document = act.target
    act.was(type=document.type_code, subject=document.subject)
    _fill(document, facts)
    _set_receivers(document, facts.receivers)
    act.note(type=document.type_code, subject=document.subject, receivers=[str(to.unit_id) for to in facts.receivers])
    return document


def _fill(document: OutgoingDocument, facts: DraftInput) -> None:
    faults: dict[str, str] = {}
    subject = vietnamese.border(facts.subject)
    if not subject:
        faults["subject"] = "Nhập trích yếu nội dung văn bản."
    elif len(subject) > int(lawbook.get("exchange.subject_max_chars")):
        faults["subject"] = f"Trích yếu dài {len(subject)} ký tự, tối đa {lawbook.get('exchange.subject_max_chars')}."
    if facts.type_code not in types.by_code():
        faults["type_code"] = "Chọn một trong 29 loại văn bản hành chính."
    body = IssuingBody.objects.filter(id=facts.issuing_body_id, agency_id=document.agency_id).first()
    if body is None:
        faults["issuing_body_id"] = "Chọn chủ thể ban hành của cơ quan."
    signer = Position.objects.filter(id=facts.signer_position_id, unit__agency_id=document.agency_id).first()
    if signer is None:
        faults["signer_position_id"] = "Chọn người ký trong cơ quan."
    if facts.due_on is not None and facts.due_on < clock.local_date():
        faults["due_on"] = "Hạn trả lời phải từ hôm nay trở đi."
    if len(facts.notation_unit) > NOTATION_MAX:
        faults["notation_unit"] = f"Ký hiệu đơn vị soạn thảo dài tối đa {NOTATION_MAX} ký tự."
    faults.update(_receiver_faults(document, facts.receivers))
    content, content_faults = paper.cleaned(facts.content)
    faults.update(content_faults)
    if faults:
        raise Invalid("Bản thảo còn thiếu hoặc sai một số mục.", faults)
    document.type_code = facts.type_code
    document.subject = subject
    document.content = content
    document.legal_basis = [vietnamese.border(line) for line in facts.legal_basis if line.strip()]
    document.urgency = facts.urgency
    document.issuing_body_id = facts.issuing_body_id
    document.signer_position_id = facts.signer_position_id
    document.notation_unit = vietnamese.border_name(facts.notation_unit)
    if types.by_code()[facts.type_code].is_letter and not document.notation_unit:
        # Công văn bear the drafting unit in their ký hiệu (PL I.II.3).
        unit = as_of(document.unit_id)
        document.notation_unit = unit.abbreviation if unit else ""
    document.due_on = facts.due_on
    document.answers = facts.answers


def _receiver_faults(document: OutgoingDocument, receivers: Sequence[To]) -> dict[str, str]:
    """Each receiver once, known to the directory today, and over the axis not the agency itself (OF-23, EX-11)."""
    ids = {to.unit_id for to in receivers}
    if len(ids) < len(receivers):
        return {"receivers": "Mỗi nơi nhận chỉ chọn một lần."}
    if ids - current(ids).keys():
        return {"receivers": "Có nơi nhận không còn trong danh mục cơ quan; hãy chọn lại."}
    axis = {to.unit_id for to in receivers if to.channel == Receiver.Channel.AXIS}
    if document.agency_id in axis:
        return {"receivers": "Nơi nhận trùng với cơ quan ban hành; văn bản nội bộ không gửi qua trục."}
    return {}


def _demand_reachable(document: OutgoingDocument) -> None:
    """Receivers over the axis must have a code and a connection before anybody signs: after it, nothing is changed."""
    exchange: ExchangePort | None = ports.get("exchange")
    if exchange is None:
        return
    axis = list(document.receivers.filter(channel=Receiver.Channel.AXIS).values_list("unit_id", flat=True))
    connected = exchange.reachable(axis)
    names = current(axis)
    bad = [names[unit].official_name if unit in names else str(unit) for unit in axis if not _served(unit, connected)]
    if bad:
        raise Invalid(
            "Có nơi nhận chưa nhận được qua trục liên thông.",
            {"receivers": f"Chưa có mã hoặc chưa kết nối trục: {'; '.join(bad)}. Chọn nơi nhận khác."},
            "unreachable",
        )


def _served(unit_id: UUID, connected: set[UUID]) -> bool:
    return unit_id in connected and bool(code_of(unit_id))


def _set_receivers(document: OutgoingDocument, receivers: Sequence[To]) -> None:
    document.receivers.all().delete()
    Receiver.objects.bulk_create(
        Receiver(document=document, unit_id=to.unit_id, role=to.role, channel=to.channel, order=order)
        for order, to in enumerate(receivers)
    )


@action("office:outgoing:submit", on=OutgoingDocument)
def submit(act: Outgoing) -> Draft:
    """Freeze a version with its rendered PDF and hand it to the head of the drafting unit."""
    document = act.target
    if not document.receivers.exists():
        raise Invalid("Chưa có nơi nhận.", {"receivers": "Chọn ít nhất một nơi nhận."})
    _demand_reachable(document)
    line = line_of(document)
    draft = paper.freeze(document, line, by=act.by)
    act.note(draft=draft.number, sha256=draft.file.sha256)
    _tell(document, "office:outgoing:review", "chờ đơn vị duyệt", by=act, unit_id=document.unit_id)
    return draft


@action("office:outgoing:review", on=OutgoingDocument)
def review(act: Outgoing) -> None:
    """The head of the drafting unit answers for the content (Đ11) with ký nháy."""
    document = act.target
    document.reviewer_id = act.by.user_id
    act.note(draft=_latest(document).number, sha256=_latest(document).file.sha256)
    _tell(document, "office:outgoing:check_format", "chờ kiểm tra thể thức", by=act)


@action("office:outgoing:check_format", on=OutgoingDocument)
def check_format(act: Outgoing) -> None:
    """The checker answers for form (Đ12) with ký nháy."""
    document = act.target
    document.checker_id = act.by.user_id
    act.note(draft=_latest(document).number, sha256=_latest(document).file.sha256)
    notify.tell(
        [document.signer_position_id],
        event=f"office:to_sign:{document.pk}:{document.version}",
        kind="office.to_sign",
        text=f"Trình ký: {document.subject}",
        ref=ref_of(document),
        urgent=document.urgency > 0,
        besides=act.by.user_id,
    )
    publish(document)


@action("office:outgoing:approve", on=OutgoingDocument)
def approve(act: Outgoing) -> None:
    """The signer approves the frozen version; from here on its bytes are what will be signed (Đ11.2, OF-19)."""
    document = act.target
    document.approved_sha256 = paper.main_file(document).file.sha256
    act.note(sha256=document.approved_sha256)


@action("office:outgoing:unapprove", on=OutgoingDocument)
def unapprove(act: Outgoing) -> None:
    """Take the approval back before signing (OF-20)."""
    act.was(sha256=act.target.approved_sha256)
    act.target.approved_sha256 = ""
    publish(act.target)


@action("office:outgoing:sign", on=OutgoingDocument)
def sign(act: Outgoing) -> None:
    """The competent person signs the approved bytes; who may sign is judged at this instant (CORE-67, CORE-11)."""
    step_up.demand(act.by)
    document = act.target
    line = line_of(document, person=act.by.user_id)
    if paper.main_file(document).file.sha256 != document.approved_sha256:
        raise Conflict(
            "Tệp trình ký khác bản đã duyệt; không ký. Bỏ duyệt, xem lại bản hiện tại rồi duyệt lại.",
            "not_approved_bytes",
        )
    signed = paper.sign_as_person(document, by=act.by)
    document.signer_id = act.by.user_id
    document.signer_lines = list(line.lines)
    document.signer_name = line.name
    document.signed_at = signed.at
    act.note(sha256=signed.file.sha256, certificate=signed.certificate, competence=line.competence)
    _tell(document, "office:outgoing:issue", "đã ký, chờ cấp số và phát hành", by=act)


@action("office:outgoing:approve_and_sign", on=OutgoingDocument, composite=True)
def approve_and_sign(act: Outgoing) -> None:
    """ "Duyệt và ký" is one act of the signer; each transition leaves its own line."""
    if act.target.state == "to_sign":
        approve(by=act.by, target=act.target)
    sign(by=act.by, target=act.target)


@action("office:outgoing:return", on=OutgoingDocument)
def return_(act: Outgoing) -> None:
    """Give a document back to the head of the drafting unit, with a reason."""
    document = act.target
    document.return_reason = act.reason
    document.approved_sha256 = ""
    _tell(document, "office:outgoing:redraft", f"bị trả lại: {act.reason}", by=act, unit_id=document.unit_id)


@action("office:outgoing:redraft", on=OutgoingDocument)
def redraft(act: Outgoing) -> None:
    """The head of the drafting unit hands a returned document to its drafter with one key."""
    document = act.target
    notify.tell(
        [document.drafter_position_id],
        event=f"office:redraft:{document.pk}:{document.version}",
        kind="office.redraft",
        text=f"Sửa và trình lại: {document.subject}",
        ref=ref_of(document),
        besides=act.by.user_id,
    )
    publish(document)


@action("office:outgoing:number", on=OutgoingDocument)
def number(act: Outgoing) -> None:
    """Draw the number and fill it, with the date, into the signed file as a new revision (OF-21, OF-31)."""
    document = act.target
    body = document.issuing_body
    kind = types.by_code()[document.type_code]
    series = numbers.outgoing_series(body, document.type_code)
    drawn = numbers.draw(series, document.pk)
    notation = numbers.written(
        series,
        drawn,
        kind=kind.abbreviation,
        organ=body.abbreviation,
        unit=document.notation_unit,
    )
    document.series = series
    document.number = drawn.number
    document.code = notation.text
    document.issued_on = drawn.on
    revision = paper.fill_number(document, notation, drawn.on, by=act.by)
    act.note(number=notation.text, issued_on=drawn.on.isoformat(), sha256=revision.file.sha256)


@action("office:outgoing:register", on=OutgoingDocument)
def register(act: Outgoing) -> None:
    """Write the columns of the register of outgoing documents (OF-34); the line was born with its number."""
    document = act.target
    versions = current(document.receivers.values_list("unit_id", flat=True))
    for receiver in document.receivers.all():
        receiver.unit_version = versions.get(receiver.unit_id)
        receiver.save(update_fields=["unit_version"])
    act.note(register=document.series.register.name if document.series else "", receivers=len(versions))


@action("office:outgoing:seal", on=OutgoingDocument)
def seal(act: Outgoing) -> None:
    """The organisation signs after the competent person, never before or without him (Đ32.2.d, CORE-66, F-OF-4)."""
    step_up.demand(act.by)
    sealed = paper.seal_as_agency(act.target, by=act.by)
    act.note(sha256=sealed.file.sha256, certificate=sealed.certificate)


@action("office:outgoing:dispatch", on=OutgoingDocument)
def dispatch(act: Outgoing) -> None:
    """Send to every receiver of the axis in this transaction; a roll-back sends nothing (Đ18, EX-39)."""
    document = act.target
    now = clock.now()
    document.issued_at = now
    on_axis = [r.unit_id for r in document.receivers.all() if r.channel == Receiver.Channel.AXIS]
    exchange: ExchangePort | None = ports.get("exchange")
    if on_axis and exchange is None:
        raise Conflict("Trục liên thông chưa được cài trên hệ thống này; chưa gửi được.", "no_exchange")
    gone = _leave_out(act, exchange, on_axis) if exchange is not None else {}
    on_axis = [unit_id for unit_id in on_axis if unit_id not in gone]
    if on_axis and exchange is not None:
        code = code_of(document.agency_id)
        document.document_id = f"{code},{document.issued_on:%Y/%m/%d},{document.code}"
        letter = paper.letter(document, _answered(document))
        unit = as_of(document.unit_id)
        document.message_id = exchange.send(
            by=act.by,
            dispatch=Dispatch(
                source=ref_of(document),
                agency_id=document.agency_id,
                letter=letter,
                attachments=paper.attachments(document),
                receiver_unit_ids=tuple(on_axis),
                staff=Staff(department=unit.official_name if unit else "", name=document.drafter.full_name),
            ),
        )
        sent_label = "Đã gửi, chờ xác nhận"
        document.receivers.filter(unit_id__in=on_axis).update(
            status="sent", status_label=sent_label, status_tone="neutral", status_at=now
        )
    act.note(
        receivers=len(on_axis),
        message=str(document.message_id) if document.message_id else None,
        left_out={str(unit_id): words for unit_id, words in gone.items()} or None,
    )
    notify.tell(
        [document.drafter_position_id],
        event=f"office:issued:{document.pk}",
        kind="office.issued",
        text=f"Đã phát hành {document.code}: {document.subject}",
        ref=ref_of(document),
        besides=act.by.user_id,
    )


def _leave_out(act: Outgoing, exchange: ExchangePort, on_axis: Sequence[UUID]) -> dict[UUID, str]:
    """Receivers that cannot be reached any more since the signing, each with why; nothing signed can be changed now.

    The clerk says with a reason that the document goes to the others (or to the archive alone): OF-71 "Lưu" only with
    reason, EX-46 one bad receiver does not fail the rest. Raises Invalid while no reason is given.
    """
    gone = exchange.undeliverable(on_axis)
    if gone and not act.reason:
        raise Invalid(
            f"Có nơi nhận không gửi được nữa: {' '.join(gone.values())} "
            "Ghi lý do để phát hành tới các nơi nhận còn lại; nơi không gửi được vẫn ghi trong văn bản và trong sổ.",
            {"reason": "Ghi lý do phát hành khi có nơi nhận không gửi được."},
            "unreachable",
        )
    for unit_id, words in gone.items():
        act.target.receivers.filter(unit_id=unit_id).update(
            status="unreachable", status_label=words, status_tone="stop", status_at=clock.now()
        )
    return gone


def _answered(document: OutgoingDocument) -> tuple[Answered, ...]:
    if document.answers is None:
        return ()
    incoming = IncomingDocument.objects.filter(pk=document.answers, agency_id=document.agency_id).first()
    if incoming is None or not incoming.document_id:
        return ()
    return (
        Answered(
            organ_code=incoming.sender_code,
            number=incoming.code,
            document_id=incoming.document_id,
            issued_on=incoming.issued_on,
        ),
    )


@action("office:outgoing:file", on=OutgoingDocument)
def file_(act: Outgoing) -> None:
    """Keep the issued original; its files are locked for ever (Đ19, CORE-55)."""
    act.note(files=paper.lock_files(act.target))


@action("office:outgoing:issue", on=OutgoingDocument, composite=True)
def issue(act: Outgoing) -> None:
    """ "Phát hành": cấp số → đăng ký → ký cơ quan → gửi → lưu in one act, stopping at the first failure (OF-71)."""
    for part in (number, register, seal, dispatch, file_):
        if part.verb in _parts_left(act.target.state):
            part(by=act.by, target=act.target, reason=act.reason if part is dispatch else "")
    publish(act.target)


_ORDER = (
    ("signed", "office:outgoing:number"),
    ("numbered", "office:outgoing:register"),
    ("registered", "office:outgoing:seal"),
    ("sealed", "office:outgoing:dispatch"),
    ("issued", "office:outgoing:file"),
)


def _parts_left(state: str) -> set[str]:
    """The parts that are still to come from a state, so that an interrupted issue goes on where it stopped."""
    states = [source for source, _ in _ORDER]
    return {verb for _, verb in _ORDER[states.index(state) :]} if state in states else set()


@action("office:outgoing:cancel_number", on=OutgoingDocument)
def cancel_number(act: Outgoing) -> None:
    """A spoilt number stays in the register as hủy and is never used again (CORE-49)."""
    document = act.target
    RegisterLine.objects.filter(document=document.pk, state=RegisterLine.State.LIVE).update(
        state=RegisterLine.State.CANCELLED, note=act.reason
    )
    act.note(number=document.code)


def publish(document: OutgoingDocument) -> None:
    """Tell open screens that the document changed."""
    live.publish(f"office.outgoing:{document.pk}", {"state": document.state, "version": document.version})
    fragments.outgoing_changed(document)


def _latest(document: OutgoingDocument) -> Draft:
    draft = document.drafts.select_related("file").order_by("-number").first()
    if draft is None:
        raise Conflict("Văn bản chưa có phiên bản nào được chốt.", "no_draft")
    return draft


def line_of(document: OutgoingDocument, person: UUID | None = None) -> SigningLine:
    """The signing line of the document's signer now; raises Invalid with what is missing."""
    holdings = holdings_at().filter(position_id=document.signer_position_id)
    holding: Holding | None = holdings.filter(person_id=person).first() if person else holdings.first()
    if holding is None:
        raise Invalid(
            "Vị trí ký hiện không có người giữ.", {"signer_position_id": "Chọn người ký đang giữ vị trí."}, "no_holder"
        )
    try:
        return signing_line(holding, document.issuing_body, document.type_code)
    except NoAuthority as error:
        raise Invalid(str(error), {"signer_position_id": str(error)}, "no_authority") from error


def _tell(document: OutgoingDocument, verb: str, what: str, *, by: Outgoing, unit_id: UUID | None = None) -> None:
    positions = list(positions_with(verb, document.agency_id))
    if unit_id is not None:
        positions = list(Position.objects.filter(id__in=positions, unit_id=unit_id).values_list("id", flat=True))
    notify.tell(
        positions,
        event=f"{verb}:{document.pk}:{document.version}",
        kind="office.outgoing",
        text=f"{document.subject} — {what}",
        ref=ref_of(document),
        urgent=document.urgency > 0,
        besides=by.by.user_id,
    )
    publish(document)

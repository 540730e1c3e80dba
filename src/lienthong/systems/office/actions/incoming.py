"""The acts on incoming documents: arrival, register, direction, work, result (OF-70; NĐ 30/2020 Đ20–24)."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from lienthong.contracts import ports
from lienthong.contracts.actor import Actor
from lienthong.contracts.exchange import Arrival, ExchangePort, Staff
from lienthong.core import lawbook, live, notify
from lienthong.core.access.actors import positions_with
from lienthong.core.actions import Act, action, reasons, ref_of
from lienthong.core.actions.errors import Conflict, Invalid
from lienthong.core.files.models import StoredFile
from lienthong.core.files.reading import may_read
from lienthong.core.orgs.models import Position
from lienthong.core.orgs.queries import as_of
from lienthong.kit import clock, vietnamese
from lienthong.kit.numbering import number_key
from lienthong.systems.office import deadlines, fragments, numbers
from lienthong.systems.office.models import IncomingDocument, IncomingFile, Line, OutgoingDocument

type Incoming = Act[IncomingDocument]

MAX_PAGES = 32_767


@action("office:incoming:receive", on=IncomingDocument)
def receive(act: Incoming, *, arrival: Arrival) -> IncomingDocument:
    """A packet of the axis lies durably here: it waits for the Văn thư as "đã đến" (OF-5); reading it is no act
    (OF-16).
    """
    letter = arrival.letter
    document = IncomingDocument(
        agency_id=arrival.agency_id,
        state="arrived",
        state_since=arrival.received_at,
        channel=IncomingDocument.Channel.AXIS,
        delivery_id=arrival.delivery_id,
        document_id=letter.document_id,
        sender_unit_id=arrival.sender_unit_id,
        sender_code=arrival.sender.code,
        sender_name=arrival.sender.name,
        code=letter.code,
        issued_on=letter.issued_on,
        type_name=letter.type_name,
        subject=letter.subject,
        urgency=letter.priority,
        due_on=letter.due_on,
        signer=", ".join(
            part for part in (letter.signer_competence, letter.signer_position, letter.signer_name) if part
        ),
        pages=letter.pages,
        letter=_plain(asdict(letter)),
        verdict=_plain(asdict(arrival.verdict)),
        received_at=arrival.received_at,
    )
    document.due_at = deadlines.registration(document)
    document.save()
    IncomingFile.objects.bulk_create(
        IncomingFile(document=document, name=a.name, main=a.main, order=order, file_id=a.file_id)
        for order, a in enumerate(arrival.attachments)
    )
    act.about(document)
    act.agency_id = arrival.agency_id
    act.note(
        document_id=letter.document_id, code=letter.code, sender=arrival.sender.code, verdict=arrival.verdict.level
    )
    _tell(
        positions_with("office:incoming:register", arrival.agency_id),
        document,
        "arrived",
        f"Văn bản đến: {letter.code} của {arrival.sender.name}",
    )
    live.publish(f"office.inbox:{arrival.agency_id}", {"id": str(document.pk), "state": "arrived"})
    fragments.arrived(document)
    return document


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperInput:
    """What the clerk reads off a paper or e-mail that did not come by the axis."""

    channel: str
    sender_name: str
    code: str
    issued_on: date
    type_name: str
    subject: str
    file_ids: tuple[UUID, ...]
    file_names: tuple[str, ...]
    sender_unit_id: UUID | None = None
    urgency: int = 0
    due_on: date | None = None
    signer: str = ""
    pages: int | None = None


@action("office:incoming:enter", on=IncomingDocument)
def enter(act: Incoming, *, facts: PaperInput) -> IncomingDocument:
    """Type in a document that came on paper or by e-mail, with its scan (OF-5)."""
    if act.by.agency_id is None:
        raise Invalid("Chọn vị trí văn thư của một cơ quan trước khi nhập văn bản đến.")
    required = (
        ("sender_name", facts.sender_name, "Nhập tác giả (cơ quan ban hành)."),
        ("code", facts.code, "Nhập số, ký hiệu ghi trên văn bản."),
        ("type_name", facts.type_name, "Chọn tên loại văn bản."),
        ("subject", facts.subject, "Nhập trích yếu."),
    )
    faults = {name: words for name, value, words in required if not value.strip()}
    for name, value, most in (
        ("sender_name", facts.sender_name, 500),
        ("code", facts.code, 100),
        ("type_name", facts.type_name, 200),
        ("subject", facts.subject, int(lawbook.get("exchange.subject_max_chars"))),
        ("signer", facts.signer, 300),
    ):
        if len(vietnamese.border(value)) > most:
            faults[name] = f"Dài {len(vietnamese.border(value))} ký tự, tối đa {most}."
    if facts.pages is not None and not 1 <= facts.pages <= MAX_PAGES:
        faults["pages"] = f"Số trang từ 1 đến {MAX_PAGES}."
    if not facts.file_ids:
        faults["files"] = "Đính kèm bản quét hoặc tệp của văn bản."
    elif not _may_name(act.by, facts.file_ids):
        faults["files"] = "Có tệp không tìm thấy; hãy tải tệp lên lại."
    if facts.issued_on > clock.local_date():
        faults["issued_on"] = "Ngày văn bản không thể sau ngày hôm nay."
    if faults:
        raise Invalid("Chưa nhập được văn bản đến.", faults)
    now = clock.now()
    document = IncomingDocument(
        agency_id=act.by.agency_id,
        state="arrived",
        state_since=now,
        channel=facts.channel,
        sender_unit_id=facts.sender_unit_id,
        sender_name=vietnamese.border_name(facts.sender_name),
        code=vietnamese.border_name(facts.code),
        issued_on=facts.issued_on,
        type_name=vietnamese.border_name(facts.type_name),
        subject=vietnamese.border(facts.subject),
        urgency=facts.urgency,
        due_on=facts.due_on,
        signer=vietnamese.border_name(facts.signer),
        pages=facts.pages,
        received_at=now,
        verdict={},
    )
    document.due_at = deadlines.registration(document)
    document.save()
    IncomingFile.objects.bulk_create(
        IncomingFile(
            document=document, name=vietnamese.border_name(name), main=order == 0, order=order, file_id=file_id
        )
        for order, (file_id, name) in enumerate(zip(facts.file_ids, facts.file_names, strict=True))
    )
    act.about(document)
    act.note(code=document.code, sender=document.sender_name, channel=document.channel)
    return document


def _may_name(actor: Actor, file_ids: Sequence[UUID]) -> bool:
    """Naming a file in a document opens it to who sees the document, so only what one may read is named (CORE-59)."""
    found = StoredFile.objects.in_bulk(file_ids)
    return all(ident in found and may_read(actor, found[ident]) for ident in file_ids)


@action("office:incoming:return_to_sender", on=IncomingDocument)
def return_to_sender(act: Incoming) -> None:
    """Refuse what was mis-addressed or does not verify: the sender gets 02 with the reason, no number is drawn
    (Đ21.2.b).
    """
    document = act.target
    document.return_reason = act.reason
    document.due_at = None
    _report(act, "02", act.reason)
    _changed(document)


def duplicates_of(document: IncomingDocument) -> Iterable[IncomingDocument]:
    """Registered documents with the same DocumentId, or the same number, notation and issuing agency (OF-10)."""
    rows = IncomingDocument.objects.filter(agency_id=document.agency_id, arrival_number__isnull=False).exclude(
        pk=document.pk
    )
    found = list(rows.filter(document_id=document.document_id)[:5]) if document.document_id else []
    same = rows.filter(number_key=number_key(document.code)) if document.code else rows.none()
    if document.sender_unit_id is not None:
        same = same.filter(sender_unit_id=document.sender_unit_id)
    else:
        same = same.filter(sender_name=document.sender_name)
    return {row.pk: row for row in [*found, *same[:5]]}.values()


@action("office:incoming:register", on=IncomingDocument)
def register(act: Incoming, *, accept_reason: str = "", copy_of: UUID | None = None, new_anyway: bool = False) -> None:
    """Accept into the incoming register: the number is drawn at this instant and the sender gets 03 (OF-9, OF-10)."""
    document = act.target
    verdict = document.verdict
    if verdict and not verdict.get("acceptable", True):
        raise Conflict(
            f"Không vào sổ được: {verdict.get('sentence', 'chữ ký số không hợp lệ')}. "
            "Văn bản này chỉ có thể trả lại nơi gửi.",
            "signature_invalid",
        )
    if verdict.get("needs_reason") and not reasons.enough(accept_reason):
        raise Invalid(
            "Chữ ký số chưa xác định được; cần ghi lý do tiếp nhận, nơi gửi sẽ thấy lý do này.",
            {"accept_reason": f"Ghi lý do tiếp nhận bằng lời, ít nhất {reasons.minimum()} ký tự."},
            "accept_reason",
        )
    found = list(duplicates_of(document))
    if found and copy_of is None and not new_anyway:
        names = "; ".join(f"số đến {row.arrival_number} ngày {row.arrival_on:%d/%m/%Y}" for row in found)
        raise Conflict(
            f"Văn bản này có thể đã được đăng ký ({names}). "
            "Chọn “Là bản khác của văn bản đã có” hoặc “Vẫn vào sổ mới”.",
            "duplicate",
        )
    if copy_of is not None:
        _link_copy(act, copy_of, found)
        return
    drawn = numbers.draw(numbers.incoming_series(document.agency_id), document.pk)
    document.series = drawn.series
    document.arrival_number = drawn.number
    document.arrival_on = drawn.on
    document.registered_at = drawn.at
    document.registered_by_id = act.by.user_id
    document.accept_reason = vietnamese.border(accept_reason)
    document.due_at = deadlines.submission(document)
    act.note(
        arrival_number=drawn.number, register=drawn.series.register.name, accept_reason=document.accept_reason or None
    )
    _report(act, "03", document.accept_reason)
    _changed(document)


def _link_copy(act: Incoming, copy_of: UUID, found: Sequence[IncomingDocument]) -> None:
    """A second arrival becomes a linked copy with its channel; it takes no number of its own (PL VI phần I.III.1.h)."""
    first = next((row for row in found if row.pk == copy_of), None)
    if first is None:
        raise Invalid("Văn bản được chọn không trùng với văn bản này.", {"copy_of": "Chọn lại văn bản đã đăng ký."})
    document = act.target
    document.copy_of = first
    document.arrival_number = None
    document.registered_at = clock.now()
    document.registered_by_id = act.by.user_id
    document.due_at = None
    act.note(copy_of=str(first.pk), arrival_number=first.arrival_number)
    _report(act, "03", f"Bản khác của văn bản đã đăng ký, số đến {first.arrival_number}")
    _changed(document)


@action("office:incoming:submit", on=IncomingDocument)
def submit(act: Incoming, *, position_id: UUID, note: str = "") -> None:
    """Submit to the person competent to direct: the same day, at latest the next working day (Đ23, OF-12)."""
    document = act.target
    if document.copy_of_id is not None:
        raise Conflict("Đây là bản khác của văn bản đã đăng ký; trình văn bản đã đăng ký.", "linked_copy")
    position = Position.objects.filter(id=position_id, unit__agency_id=document.agency_id).first()
    if position is None or position_id not in set(positions_with("office:incoming:direct", document.agency_id)):
        raise Invalid("Chưa chọn người chỉ đạo.", {"position_id": "Chọn lãnh đạo có thẩm quyền chỉ đạo."})
    document.submitted_to = position
    document.submit_note = vietnamese.border(note)
    document.due_at = deadlines.direction(document)
    act.note(to=str(position.id), position=position.title, note=document.submit_note or None)
    _tell([position.id], document, f"submitted:{document.version}", f"Xin ý kiến chỉ đạo: {document.subject}", by=act)
    _changed(document)


@action("office:incoming:send_back_clerk", on=IncomingDocument)
def send_back_clerk(act: Incoming) -> None:
    """The leader gives it back to the Văn thư: not his to direct, or something is missing."""
    document = act.target
    document.submitted_to = None
    document.due_at = deadlines.submission(document)
    _tell(
        positions_with("office:incoming:submit", document.agency_id),
        document,
        f"back:{document.version}",
        f"Lãnh đạo trả văn thư: {act.reason}",
        by=act,
    )
    _changed(document)


@dataclass(frozen=True, slots=True, kw_only=True)
class Give:
    """One line of a direction: to which unit (or post in it), as what, until when."""

    unit_id: UUID
    role: str = Line.Role.LEAD
    position_id: UUID | None = None
    task: str = ""
    due_on: date | None = None


@action("office:incoming:direct", on=IncomingDocument)
def direct(act: Incoming, *, content: str, lines: Sequence[Give]) -> None:
    """Direct and assign in one transaction: exactly one lead, each line with its deadline; the sender gets 04
    (Đ23.2).
    """
    document = act.target
    if not content.strip():
        raise Invalid("Chưa có ý kiến chỉ đạo.", {"content": "Ghi nội dung chỉ đạo."})
    document.direction = vietnamese.border(content)
    document.directed_by_id = act.by.user_id
    document.directed_at = clock.now()
    _give(act, lines)
    _report(act, "04", "", _department(lines))
    _changed(document)


@action("office:incoming:reassign", on=IncomingDocument)
def reassign(act: Incoming, *, lines: Sequence[Give], content: str = "") -> None:
    """Give a misrouted document anew; the sender sees a second 04 (OF-14, V-ST-5)."""
    if content.strip():
        act.target.direction = vietnamese.border(content)
    _give(act, lines)
    _report(act, "04", "", _department(lines))
    _changed(act.target)


@action("office:incoming:change_lead", on=IncomingDocument)
def change_lead(act: Incoming, *, lines: Sequence[Give]) -> None:
    """Change the lead: the old line closes with its time, both are told (OF-70)."""
    document = act.target
    old = list(document.lines.filter(role=Line.Role.LEAD, state__in=Line.OPEN))
    _close(old, Line.State.CLOSED)
    _tell(_posts(old), document, f"closed:{document.version}", f"Thôi chủ trì: {document.subject}", by=act)
    _give(act, lines)
    _report(act, "04", "", _department(lines))
    _changed(document)


def _give(act: Incoming, lines: Sequence[Give]) -> None:
    document = act.target
    leads = [line for line in lines if line.role == Line.Role.LEAD]
    if len(leads) != 1:
        raise Invalid(
            "Cần đúng một đơn vị chủ trì.", {"lead": "Chọn đúng một đơn vị hoặc cá nhân chủ trì."}, "one_lead"
        )
    if len({line.unit_id for line in lines}) != len(lines):
        raise Invalid("Một đơn vị chỉ nhận một dòng.", {"lines": "Bỏ đơn vị bị chọn trùng."}, "double_unit")
    today = clock.local_date()
    if any(line.due_on is not None and line.due_on < today for line in lines):
        raise Invalid("Thời hạn đã qua.", {"due_on": "Chọn thời hạn từ hôm nay trở đi."}, "past_due")
    assert act.by.position_id is not None  # a leader acts in a position
    made = [
        Line(
            document=document,
            agency_id=document.agency_id,
            role=line.role,
            unit_id=line.unit_id,
            position_id=line.position_id,
            task=vietnamese.border(line.task),
            due_on=line.due_on,
            given_by_id=act.by.position_id,
            given_by_person_id=act.by.person,
            given_at=clock.now(),
        )
        for line in lines
    ]
    Line.objects.bulk_create(made)
    lead = leads[0]
    document.due_at = clock.end_of_day(lead.due_on) if lead.due_on else None
    act.note(
        direction=document.direction,
        lines=[
            {"unit": str(line.unit_id), "role": line.role, "due_on": line.due_on.isoformat() if line.due_on else None}
            for line in lines
        ],
    )
    _tell(_posts(made), document, f"given:{document.version}", f"Được giao: {document.subject}", by=act)


def _posts(lines: Iterable[Line]) -> list[UUID]:
    """Whom a line concerns: its post, or the heads of its unit while nobody is named."""
    found: list[UUID] = []
    for line in lines:
        if line.position_id is not None:
            found.append(line.position_id)
        else:
            heads = positions_with("office:incoming:assign_within", line.agency_id)
            found += Position.objects.filter(id__in=heads, unit_id=line.unit_id).values_list("id", flat=True)
    return found


def _department(lines: Sequence[Give]) -> Staff:
    lead = next(line for line in lines if line.role == Line.Role.LEAD)
    unit = as_of(lead.unit_id)
    return Staff(department=unit.official_name if unit else "")


@action("office:incoming:assign_within", on=IncomingDocument)
def assign_within(act: Incoming, *, position_id: UUID, inner_due_on: date | None = None, note: str = "") -> None:
    """The head of a unit names one person for the unit's line; the date lies inside the unit's own (OF-70)."""
    document = act.target
    lines = document.lines.filter(unit_id=act.by.unit, state__in=Line.OPEN).exclude(role=Line.Role.INFO)
    line = lines.order_by("-role", "given_at").first()
    if line is None:
        raise Conflict("Đơn vị không còn việc đang mở trong văn bản này.", "no_line")
    if not Position.objects.filter(id=position_id, unit_id=act.by.unit).exists():
        raise Invalid("Chọn người trong đơn vị.", {"position_id": "Chọn một người của đơn vị."})
    if inner_due_on is not None and line.due_on is not None and inner_due_on > line.due_on:
        raise Invalid(
            "Thời hạn trong đơn vị phải trước hoặc bằng thời hạn của đơn vị.",
            {"inner_due_on": f"Chậm nhất {line.due_on:%d/%m/%Y}."},
        )
    act.was(position=str(line.position_id) if line.position_id else None)
    line.position_id = position_id
    line.inner_due_on = inner_due_on
    line.state = Line.State.WAITING
    if note.strip():
        line.task = vietnamese.border(f"{line.task}\n{note}" if line.task else note)
    line.save()
    act.note(position=str(position_id), due_on=inner_due_on.isoformat() if inner_due_on else None)
    _tell([position_id], document, f"within:{document.version}", f"Được phân công: {document.subject}", by=act)
    _changed(document)


@action("office:incoming:take", on=IncomingDocument)
def take(act: Incoming) -> None:
    """The lead takes the work up; the sender gets 05."""
    line = _lead_of(act)
    line.state = Line.State.ACTIVE
    line.taken_at = clock.now()
    line.save()
    _report(act, "05")
    _changed(act.target)


@action("office:incoming:bounce", on=IncomingDocument)
def bounce(act: Incoming) -> None:
    """Wrong address inside: back to whoever assigned, with a reason; too many bounces alert the office (OF-14,
    F-OF-8).
    """
    document = act.target
    line = _lead_of(act)
    _close([line], Line.State.BOUNCED)
    document.bounces += 1
    document.due_at = None
    act.note(bounces=document.bounces, line=str(line.pk))
    told = [line.given_by_id]
    if document.bounces >= int(lawbook.get("office.bounce_alert_count")):
        told += positions_with("office:incoming:direct", document.agency_id)
    _tell(told, document, f"bounced:{document.version}", f"Chuyển lại: {act.reason}", by=act)
    _changed(document)


@action("office:incoming:comment", on=IncomingDocument)
def comment(act: Incoming, *, opinion: str = "") -> None:
    """A co-ordinator gives an opinion or says that there is none; it closes that line alone."""
    lines = act.target.lines.filter(role=Line.Role.CO, state__in=Line.OPEN)
    line = _mine(act, lines)
    line.opinion = vietnamese.border(opinion)
    _close([line], Line.State.ANSWERED if line.opinion else Line.State.NO_OPINION)
    act.note(opinion=line.opinion or None, unit=str(line.unit_id))
    lead = act.target.lines.filter(role=Line.Role.LEAD, state__in=Line.OPEN)
    _tell(_posts(lead), act.target, f"opinion:{line.pk}", f"Có ý kiến phối hợp: {act.target.subject}", by=act)
    _changed(act.target)


@action("office:incoming:acknowledge", on=IncomingDocument)
def acknowledge(act: Incoming) -> None:
    """Who got it for information says "đã biết" with one key; it is never overdue."""
    line = _mine(act, act.target.lines.filter(role=Line.Role.INFO, state__in=Line.OPEN))
    _close([line], Line.State.DONE)
    act.note(unit=str(line.unit_id))
    _changed(act.target)


@action("office:incoming:finish", on=IncomingDocument)
def finish(act: Incoming, *, kind: str, result: str, answer: UUID | None = None) -> None:
    """Finish only with a result; co-ordinators still silent are named in it; the sender gets 06 (OF-15)."""
    document = act.target
    kinds = dict(RESULT_KINDS)
    faults: dict[str, str] = {}
    if kind not in kinds:
        faults["kind"] = "Chọn loại kết quả."
    if not result.strip() and kind != "answered":
        faults["result"] = "Ghi kết quả giải quyết."
    outgoing = None
    if kind == "answered":
        issued = OutgoingDocument.objects.filter(agency_id=document.agency_id, code__gt="")
        outgoing = issued.filter(pk=answer).first() if answer else None
        if outgoing is None:
            faults["answer"] = "Chọn văn bản trả lời đã phát hành."
    if faults:
        raise Invalid("Chưa kết thúc được.", faults)
    line = _lead_of(act)
    silent = document.lines.filter(role=Line.Role.CO, state__in=Line.OPEN)
    names = [version.label for version in filter(None, (as_of(row.unit_id) for row in silent))]
    text = vietnamese.border(result) or (f"Đã trả lời bằng văn bản {outgoing.code}" if outgoing else "")
    if names:
        text += f" (chưa có ý kiến của: {', '.join(names)})"
    _close([line, *silent], Line.State.DONE)
    document.result = text
    document.result_kind = kind
    document.answer = outgoing.pk if outgoing else None
    document.finished_at = clock.now()
    document.due_at = None
    act.note(kind=kind, result=text, answer=str(outgoing.pk) if outgoing else None)
    _report(act, "06", kinds[kind])
    _changed(document)


RESULT_KINDS = (
    ("answered", "Đã có văn bản trả lời"),
    ("done", "Đã thực hiện xong nhiệm vụ"),
    ("filed", "Lưu để biết"),
)


@action("office:incoming:reopen", on=IncomingDocument)
def reopen(act: Incoming) -> None:
    """The leader opens a finished document again; the last lead goes on."""
    document = act.target
    last = document.lines.filter(role=Line.Role.LEAD).order_by("-given_at").first()
    if last is None:
        raise Conflict("Văn bản chưa từng được giao; không có việc để mở lại.", "no_line")
    last.state = Line.State.ACTIVE
    last.closed_at = None
    last.save()
    document.finished_at = None
    document.due_at = clock.end_of_day(last.due_on) if last.due_on else None
    _tell(_posts([last]), document, f"reopened:{document.version}", f"Mở lại: {act.reason}", by=act)
    _report(act, "05", act.reason)
    _changed(document)


def _lead_of(act: Incoming) -> Line:
    line = act.target.lines.filter(role=Line.Role.LEAD, state__in=Line.OPEN).first()
    if line is None:
        raise Conflict("Văn bản này không còn việc chủ trì đang mở.", "no_line")
    return line


def _mine(act: Incoming, lines: Any) -> Line:
    row: Line | None = lines.filter(position_id=act.by.position_id).first()
    row = row or lines.filter(position__isnull=True, unit_id=act.by.unit_id).first()
    if row is None:
        raise Conflict("Việc này không còn mở với bạn.", "no_line")
    return row


def _close(lines: Iterable[Line], state: str) -> None:
    for line in lines:
        line.state = state
        line.closed_at = clock.now()
        line.save()


def _report(act: Incoming, code: str, description: str = "", staff: Staff | None = None) -> None:
    """Tell the sender over the axis, in this transaction (EX-25); papers have nobody to tell."""
    document = act.target
    exchange: ExchangePort | None = ports.get("exchange")
    if document.delivery_id is None or exchange is None:
        return
    exchange.tell(
        by=act.by,
        delivery_id=document.delivery_id,
        code=code,
        description=description,
        staff=staff or Staff(department=act.by.position, name=act.by.name),
    )


def _tell(
    positions: Iterable[UUID | None], document: IncomingDocument, event: str, text: str, by: Incoming | None = None
) -> None:
    notify.tell(
        positions,
        event=f"office:incoming:{document.pk}:{event}",
        kind="office.incoming",
        text=text,
        ref=ref_of(document),
        urgent=document.urgency > 0,
        besides=by.by.user_id if by else None,
    )


def _changed(document: IncomingDocument) -> None:
    live.publish(f"office.incoming:{document.pk}", {"state": document.state})
    live.publish(f"office.inbox:{document.agency_id}", {"id": str(document.pk), "state": document.state})
    fragments.incoming_changed(document)


def _plain(value: Any) -> Any:
    """JSON-safe: dates as ISO text, ids as text, tuples as lists."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    return value

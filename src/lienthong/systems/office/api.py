"""The office by API: the same queries and acts as the screens (CORE-90). Ids are opaque; instants carry an offset."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Schema, Status
from ninja.files import UploadedFile
from pydantic import Field

from lienthong.contracts import ports
from lienthong.contracts.actor import Actor
from lienthong.core import files, workflow
from lienthong.core.actions import Action, ref_of
from lienthong.core.actions.errors import Invalid
from lienthong.kit import vietnamese
from lienthong.systems.office import book_api, content, paging, queries
from lienthong.systems.office.actions import incoming, outgoing
from lienthong.systems.office.actions.incoming import Give, PaperInput
from lienthong.systems.office.actions.outgoing import DraftInput, To
from lienthong.systems.office.api_parts import ERRORS, FILE, KEY, actor_of, run
from lienthong.systems.office.models import IncomingDocument, OutgoingDocument
from lienthong.systems.office.states import OUTGOING

router = Router(tags=["office"])
router.add_router("", book_api.router)


class Offer(Schema):
    """An act that the caller may do now."""

    act: str
    label: str
    needs_reason: bool


class OutgoingBrief(Schema):
    """A line of the list of outgoing documents."""

    id: UUID
    state: str
    state_label: str
    type_code: str
    code: str
    subject: str
    urgency: int
    issued_on: date | None
    state_since: datetime
    version: int


class ReceiverOut(Schema):
    """A receiver and how it stands."""

    unit_id: UUID
    role: str
    channel: str
    state: str
    state_label: str
    since: datetime | None
    reason: str


class FileOut(Schema):
    """A file by name, hash and size."""

    id: UUID
    name: str
    content_type: str
    sha256: str
    size: int
    main: bool


class OutgoingDetail(OutgoingBrief):
    """One outgoing document."""

    content: dict[str, Any]
    document_id: str
    signer_name: str
    signer_lines: list[str]
    receivers: list[ReceiverOut]
    files: list[FileOut]
    offers: list[Offer]


class IncomingBrief(Schema):
    """A line of the list of incoming documents."""

    id: UUID
    state: str
    state_label: str
    arrival_number: int | None
    arrival_on: date | None
    code: str
    sender_name: str
    sender_code: str
    type_name: str
    subject: str
    urgency: int
    received_at: datetime
    due_at: datetime | None
    version: int


class LineOut(Schema):
    """A line of work for an incoming document."""

    id: UUID
    role: str
    state: str
    unit_id: UUID
    position_id: UUID | None
    task: str
    due_on: date | None
    opinion: str


class IncomingDetail(IncomingBrief):
    """One incoming document."""

    verdict: dict[str, Any]
    letter: dict[str, Any]
    direction: str
    result: str
    lines: list[LineOut]
    files: list[FileOut]
    offers: list[Offer]


class PageOut[T](Schema):
    """A page of a list; `next` is the cursor of the following one, empty at the end."""

    items: list[T]
    next: str


class ReceiverIn(Schema):
    """A receiver of a draft."""

    unit_id: UUID
    role: Literal["main", "copy"] = "main"
    channel: Literal["axis", "paper", "internal"] = "axis"


class DraftIn(Schema):
    """What a drafter writes; `text` is typed text, or give `content` as a structured body."""

    type_code: str
    subject: str
    text: str = ""
    content: dict[str, Any] | None = None
    signer_position_id: UUID
    issuing_body_id: UUID
    receivers: list[ReceiverIn] = []
    legal_basis: list[str] = []
    urgency: Literal[0, 1, 2, 3] = 0
    notation_unit: str = ""
    due_on: date | None = None
    answers: UUID | None = None

    def facts(self) -> DraftInput:
        """The input of the action."""
        return DraftInput(
            type_code=self.type_code,
            subject=self.subject,
            content=self.content or content.parse(self.text),
            signer_position_id=self.signer_position_id,
            issuing_body_id=self.issuing_body_id,
            receivers=tuple(To(unit_id=r.unit_id, role=r.role, channel=r.channel) for r in self.receivers),
            legal_basis=tuple(self.legal_basis),
            urgency=self.urgency,
            notation_unit=self.notation_unit,
            due_on=self.due_on,
            answers=self.answers,
        )


class ActIn(Schema):
    """An act on a document; `version` refuses to act on a stale page (409)."""

    reason: str = ""
    version: int | None = None


class GiveIn(Schema):
    """A line of a direction."""

    unit_id: UUID
    role: Literal["lead", "co", "info"] = "lead"
    position_id: UUID | None = None
    task: str = ""
    due_on: date | None = None


class IncomingActIn(ActIn):
    """An act on an incoming document, with what that act takes."""

    accept_reason: str = ""
    copy_of: UUID | None = None
    new_anyway: bool = False
    position_id: UUID | None = None
    note: str = ""
    content: str = ""
    lines: list[GiveIn] = []
    inner_due_on: date | None = None
    opinion: str = ""
    kind: str = ""
    result: str = ""
    answer: UUID | None = None


class PaperIn(Schema):
    """A document that came on paper; `file_ids` name uploads of `POST /office/files`."""

    channel: Literal["paper", "email"] = "paper"
    sender_name: str
    code: str
    issued_on: date
    type_name: str
    subject: str
    file_ids: list[UUID]
    file_names: list[str]
    urgency: Literal[0, 1, 2, 3] = 0
    due_on: date | None = None
    signer: str = ""
    pages: int | None = None


@router.get("/outgoing", response=PageOut[OutgoingBrief], summary="Danh sách văn bản đi")
def list_outgoing(
    request: HttpRequest,
    q: str = "",
    state: str = "",
    tab: str = "",
    cursor: str = "",
    limit: Annotated[int, Field(ge=1, le=200)] = 50,
) -> dict[str, Any]:
    """Outgoing documents in the caller's scope, newest first."""
    actor = actor_of(request, "office:outgoing:read")
    rows = queries.outgoing_list(actor, queries.Filters(query=vietnamese.border(q), state=state, tab=tab))
    found, following = paging.cut(rows, "state_since", cursor, limit)
    return {"items": [_outgoing(row) for row in found], "next": following}


@router.post("/outgoing", response={201: OutgoingDetail, **ERRORS}, summary="Tạo dự thảo")
def create_outgoing(request: HttpRequest, body: DraftIn, idempotency_key: str = KEY) -> Any:
    """Begin a draft."""
    actor = actor_of(request, "office:outgoing:create")

    def work() -> dict[str, Any]:
        return _outgoing_json(actor, outgoing.create(by=actor, facts=body.facts()).pk)

    return Status(201, run(actor, idempotency_key, body.model_dump(mode="json"), work))


@router.get("/outgoing/{ident}", response={200: OutgoingDetail, **ERRORS}, summary="Một văn bản đi")
def get_outgoing(request: HttpRequest, ident: UUID) -> Any:
    """One outgoing document with its receivers' states."""
    actor = actor_of(request, "office:outgoing:read")
    return _outgoing_detail(actor, queries.outgoing(actor, ident))


@router.put("/outgoing/{ident}", response={200: OutgoingDetail, **ERRORS}, summary="Sửa dự thảo")
def edit_outgoing(request: HttpRequest, ident: UUID, body: DraftIn, version: int | None = None) -> Any:
    """Change a draft."""
    actor = actor_of(request, "office:outgoing:edit")
    document = queries.outgoing(actor, ident)
    outgoing.edit(by=actor, target=document, facts=body.facts(), expected_version=version)
    return _outgoing_detail(actor, queries.outgoing(actor, ident))


OUTGOING_ACTS: dict[str, Action[Any]] = {
    "submit": outgoing.submit,
    "review": outgoing.review,
    "check_format": outgoing.check_format,
    "approve": outgoing.approve,
    "unapprove": outgoing.unapprove,
    "sign": outgoing.sign,
    "approve_and_sign": outgoing.approve_and_sign,
    "return": outgoing.return_,
    "redraft": outgoing.redraft,
    "number": outgoing.number,
    "register": outgoing.register,
    "seal": outgoing.seal,
    "dispatch": outgoing.dispatch,
    "file": outgoing.file_,
    "issue": outgoing.issue,
    "cancel_number": outgoing.cancel_number,
}


@router.post("/outgoing/{ident}/acts/{act}", response={200: OutgoingDetail, **ERRORS}, summary="Làm một việc")
def act_outgoing(request: HttpRequest, ident: UUID, act: str, body: ActIn, idempotency_key: str = KEY) -> Any:
    """Do one act of the workflow: submit, review, check_format, approve_and_sign, issue, return …"""
    if act not in OUTGOING_ACTS:
        raise Invalid("Không có việc này.", {"act": f"Một trong: {', '.join(OUTGOING_ACTS)}"}, "unknown_act")
    actor = actor_of(request, "office:outgoing:read")

    def work() -> dict[str, Any]:
        document = queries.outgoing(actor, ident)
        OUTGOING_ACTS[act](by=actor, target=document, reason=body.reason, expected_version=body.version)
        return _outgoing_json(actor, ident)

    return run(actor, idempotency_key, {"act": act, "id": str(ident), **body.model_dump(mode="json")}, work)


@router.get("/incoming", response=PageOut[IncomingBrief], summary="Danh sách văn bản đến")
def list_incoming(
    request: HttpRequest,
    q: str = "",
    state: str = "",
    tab: str = "",
    cursor: str = "",
    limit: Annotated[int, Field(ge=1, le=200)] = 50,
) -> dict[str, Any]:
    """Incoming documents in the caller's scope, newest first."""
    actor = actor_of(request, "office:incoming:read")
    rows = queries.incoming_list(actor, queries.Filters(query=vietnamese.border(q), state=state, tab=tab))
    found, following = paging.cut(rows, "received_at", cursor, limit)
    return {"items": [_incoming(row) for row in found], "next": following}


@router.get("/incoming/{ident}", response={200: IncomingDetail, **ERRORS}, summary="Một văn bản đến")
def get_incoming(request: HttpRequest, ident: UUID) -> Any:
    """One incoming document; reading it is no official act (OF-16)."""
    actor = actor_of(request, "office:incoming:read")
    return _incoming_detail(actor, queries.incoming(actor, ident))


@router.post("/files", response={201: FileOut, **ERRORS}, summary="Tải tệp lên")
def upload(request: HttpRequest, file: UploadedFile = FILE) -> Any:
    """Store a file to be named by a later call; its kind is judged by content."""
    actor = actor_of(request, "office:incoming:enter")
    stored = files.store(file, file.name or "", by=actor, agency_id=actor.agency_id, entry_point="API văn phòng")
    return Status(201, {**_file(stored, stored.display_name), "main": False})


@router.post("/incoming", response={201: IncomingDetail, **ERRORS}, summary="Nhập văn bản giấy")
def enter_incoming(request: HttpRequest, body: PaperIn, idempotency_key: str = KEY) -> Any:
    """Type in a document that came on paper or by e-mail."""
    actor = actor_of(request, "office:incoming:enter")
    if len(body.file_ids) != len(body.file_names):
        raise Invalid("Số tệp và số tên tệp khác nhau.", {"file_names": "Mỗi tệp một tên."})

    def work() -> dict[str, Any]:
        facts = PaperInput(
            **body.model_dump(exclude={"file_ids", "file_names"}),
            file_ids=tuple(body.file_ids),
            file_names=tuple(body.file_names),
        )
        return _incoming_json(actor, incoming.enter(by=actor, facts=facts).pk)

    return Status(201, run(actor, idempotency_key, body.model_dump(mode="json"), work))


@router.post("/incoming/{ident}/acts/{act}", response={200: IncomingDetail, **ERRORS}, summary="Làm một việc")
def act_incoming(request: HttpRequest, ident: UUID, act: str, body: IncomingActIn, idempotency_key: str = KEY) -> Any:
    """Do one act: register, return_to_sender, submit, direct, assign_within, take, finish …"""
    if act not in INCOMING_ACTS:
        raise Invalid("Không có việc này.", {"act": f"Một trong: {', '.join(INCOMING_ACTS)}"}, "unknown_act")
    actor = actor_of(request, "office:incoming:read")
    action, names = INCOMING_ACTS[act]
    arguments: dict[str, Any] = {name: getattr(body, name) for name in names}
    if "lines" in arguments:
        arguments["lines"] = [Give(**line.model_dump()) for line in body.lines]
    if "position_id" in arguments and arguments["position_id"] is None:
        raise Invalid("Thiếu vị trí.", {"position_id": "Nêu vị trí nhận việc."})

    def work() -> dict[str, Any]:
        document = queries.incoming(actor, ident)
        action(by=actor, target=document, reason=body.reason, expected_version=body.version, **arguments)
        return _incoming_json(actor, ident)

    return run(actor, idempotency_key, {"act": act, "id": str(ident), **body.model_dump(mode="json")}, work)


INCOMING_ACTS: dict[str, tuple[Action[Any], tuple[str, ...]]] = {
    "return_to_sender": (incoming.return_to_sender, ()),
    "register": (incoming.register, ("accept_reason", "copy_of", "new_anyway")),
    "submit": (incoming.submit, ("position_id", "note")),
    "send_back_clerk": (incoming.send_back_clerk, ()),
    "direct": (incoming.direct, ("content", "lines")),
    "reassign": (incoming.reassign, ("content", "lines")),
    "change_lead": (incoming.change_lead, ("lines",)),
    "assign_within": (incoming.assign_within, ("position_id", "inner_due_on", "note")),
    "take": (incoming.take, ()),
    "bounce": (incoming.bounce, ()),
    "comment": (incoming.comment, ("opinion",)),
    "acknowledge": (incoming.acknowledge, ()),
    "finish": (incoming.finish, ("kind", "result", "answer")),
    "reopen": (incoming.reopen, ()),
}


def _outgoing(row: OutgoingDocument) -> dict[str, Any]:
    names = ("id", "state", "type_code", "code", "subject", "urgency", "issued_on", "state_since", "version")
    return {**{name: getattr(row, name) for name in names}, "state_label": row.get_state_display()}


def _outgoing_detail(actor: Actor, row: OutgoingDocument) -> dict[str, Any]:
    exchange = ports.get("exchange")
    states = {s.unit_id: s for s in exchange.receivers(ref_of(row))} if exchange and row.message_id else {}
    return {
        **_outgoing(row),
        "content": row.content,
        "document_id": row.document_id,
        "signer_name": row.signer_name,
        "signer_lines": row.signer_lines,
        "receivers": [
            {
                "unit_id": r.unit_id,
                "role": r.role,
                "channel": r.channel,
                "state": states[r.unit_id].state if r.unit_id in states else "",
                "state_label": states[r.unit_id].state_label if r.unit_id in states else "",
                "since": states[r.unit_id].since if r.unit_id in states else None,
                "reason": states[r.unit_id].reason if r.unit_id in states else "",
            }
            for r in row.receivers.all()
        ],
        "files": [{**_file(f.file, f.name), "main": f.role == "main"} for f in row.files.all() if f.current],
        "offers": _offers(workflow.offers(actor, row, OUTGOING)),
    }


def _incoming(row: IncomingDocument) -> dict[str, Any]:
    names = (
        "id",
        "state",
        "arrival_number",
        "arrival_on",
        "code",
        "sender_name",
        "sender_code",
        "type_name",
        "subject",
        "urgency",
        "received_at",
        "due_at",
        "version",
    )
    return {**{name: getattr(row, name) for name in names}, "state_label": row.get_state_display()}


def _incoming_detail(actor: Actor, row: IncomingDocument) -> dict[str, Any]:
    line_names = ("id", "role", "state", "unit_id", "position_id", "task", "due_on", "opinion")
    return {
        **_incoming(row),
        "verdict": row.verdict,
        "letter": row.letter,
        "direction": row.direction,
        "result": row.result,
        "lines": [{name: getattr(line, name) for name in line_names} for line in row.lines.all()],
        "files": [{**_file(f.file, f.name), "main": f.main} for f in row.files.all()],
        "offers": _offers(queries.incoming_offers(actor, row)),
    }


def _file(stored: Any, name: str) -> dict[str, Any]:
    return {
        "id": stored.pk,
        "name": name,
        "content_type": stored.content_type,
        "sha256": stored.sha256,
        "size": stored.size,
    }


def _offers(offers: Iterable[workflow.Offer]) -> list[dict[str, Any]]:
    return [{"act": o.verb.rpartition(":")[2], "label": o.label, "needs_reason": o.needs_reason} for o in offers]


def _outgoing_json(actor: Actor, ident: UUID) -> dict[str, Any]:
    """The answer in its stored form, so that a repeat gets the same bytes."""
    return OutgoingDetail(**_outgoing_detail(actor, queries.outgoing(actor, ident))).model_dump(mode="json")


def _incoming_json(actor: Actor, ident: UUID) -> dict[str, Any]:
    """As `_outgoing_json`; a document that left the caller's scope by the act answers with its bare facts."""
    row = IncomingDocument.objects.prefetch_related("lines", "files__file").get(pk=ident, agency_id=actor.agency_id)
    return IncomingDetail(**_incoming_detail(actor, row)).model_dump(mode="json")

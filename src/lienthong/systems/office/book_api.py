"""Books, series, the book before, and what is brought along, by API (CORE-105..107, CORE-90)."""

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Schema, Status

from lienthong.contracts.actor import Actor
from lienthong.core.actions.errors import Invalid, NotSeen
from lienthong.core.jobs.models import JobRun
from lienthong.systems.office import book_pages
from lienthong.systems.office.actions import books, bringing
from lienthong.systems.office.api_parts import ERRORS, KEY, actor_of, run
from lienthong.systems.office.book_policies import (
    BOOKS_READ,
    brought_policy,
    carried_policy,
    find_balance,
    series_policy,
)
from lienthong.systems.office.models import BroughtAlong, Line, Register, Series

router = Router(tags=["office"])
PAGE = 100


class SeriesOut(Schema):
    """A series of numbers with its last number in each period."""

    id: UUID
    register_id: UUID
    issuing_body_id: UUID | None
    type_code: str
    pattern: str
    reset: str
    last: dict[str, int]


class RegisterOut(Schema):
    """A book with its series."""

    id: UUID
    kind: str
    name: str
    default: bool
    series: list[SeriesOut]


class RegisterIn(Schema):
    """A new book."""

    kind: Literal["outgoing", "incoming", "internal"]
    name: str
    default: bool = False


class SeriesIn(Schema):
    """A new series; `pattern` as `{n}/LOẠI-CQ`."""

    register_id: UUID
    pattern: str
    issuing_body_id: UUID | None = None
    type_code: str = ""
    reset: Literal["year", "term"] = "year"


class FormatIn(Schema):
    """Another format, before the first number."""

    pattern: str
    reset: Literal["year", "term"] = "year"


class BalanceIn(Schema):
    """The last number of the book before; `scan_id` names an upload of `POST /office/files`."""

    last: int
    last_on: date
    book: str
    scan_id: UUID


class BalanceOut(Schema):
    """A balance and who stands for it."""

    id: UUID
    series_id: UUID
    period: str
    state: str
    last: int
    last_on: date
    book: str
    proposed_name: str
    proposed_at: datetime
    confirmed_name: str
    confirmed_at: datetime | None


class ActIn(Schema):
    """An act that may want a reason."""

    reason: str = ""


class BookOut(Schema):
    """A page of a book: headings, what it says of the book before, one row a number."""

    heads: list[str]
    notes: list[str]
    rows: list[list[str]]
    page: int


class BringIn(Schema):
    """A file of old documents or open work; the ids name uploads of `POST /office/files`."""

    kind: Literal["outgoing", "incoming", "work"]
    register_id: UUID
    source: str
    file_id: UUID
    scans_id: UUID | None = None


class BroughtActIn(Schema):
    """What an act on a file takes: `encodings` by column (TCVN3, VNI or empty), or that doubts were seen."""

    encodings: dict[str, str] = {}
    doubts_seen: bool = False


class BroughtOut(Schema):
    """A file, what its dry run found, and how far its job is."""

    id: UUID
    kind: str
    register_id: UUID
    source: str
    state: str
    state_label: str
    rows: int
    fault_count: int
    encodings: dict[str, str]
    report: dict[str, Any]
    progress: dict[str, Any] | None
    created_at: datetime
    loaded_at: datetime | None


class LineActIn(Schema):
    """What an act on a line that came along takes."""

    position_id: UUID | None = None
    inner_due_on: date | None = None
    result: str = ""


@router.get("/registers", response=list[RegisterOut], summary="Sổ và dãy số của cơ quan")
def list_registers(request: HttpRequest) -> Any:
    """The books of the agency."""
    actor = actor_of(request, BOOKS_READ)
    rows = Register.objects.filter(agency_id=actor.agency_id).prefetch_related("series__counters")
    return [_register(row) for row in rows.order_by("kind", "name")]


@router.post("/registers", response={201: RegisterOut, **ERRORS}, summary="Mở sổ")
def create_register(request: HttpRequest, body: RegisterIn, idempotency_key: str = KEY) -> Any:
    """Begin a book."""
    actor = actor_of(request, "office:register:create")

    def work() -> Any:
        return _json(RegisterOut, _register(books.create_register(by=actor, **body.model_dump())))

    return Status(201, run(actor, idempotency_key, body.model_dump(mode="json"), work))


@router.get("/registers/{ident}/book", response={200: BookOut, **ERRORS}, summary="Dòng của sổ trong một năm")
def read_book(request: HttpRequest, ident: UUID, year: int, history: bool = False, page: int = 1) -> Any:
    """One row a number, hủy and thu hồi included; with `history` the old books apart."""
    actor = actor_of(request, BOOKS_READ)
    register = Register.objects.filter(pk=ident, agency_id=actor.agency_id).first()
    if register is None:
        raise NotSeen("sổ")
    first = max(page - 1, 0) * PAGE
    if history:
        lines = book_pages.old_lines(register, year)[first : first + PAGE]
        rows = list(book_pages.old_rows(register, lines))
        notes: list[str] = []
    else:
        rows = book_pages.live_page(actor, register, str(year), first, PAGE)
        notes = book_pages.notes(register, str(year))
    return {
        "heads": list(book_pages.heads(register)),
        "notes": notes,
        "rows": [list(row.cells) for row in rows],
        "page": page,
    }


@router.post("/series", response={201: SeriesOut, **ERRORS}, summary="Mở dãy số")
def create_series(request: HttpRequest, body: SeriesIn, idempotency_key: str = KEY) -> Any:
    """Begin a series of numbers."""
    actor = actor_of(request, "office:series:create")

    def work() -> Any:
        return _json(SeriesOut, _series(books.create_series(by=actor, facts=books.SeriesInput(**body.model_dump()))))

    return Status(201, run(actor, idempotency_key, body.model_dump(mode="json"), work))


@router.put("/series/{ident}", response={200: SeriesOut, **ERRORS}, summary="Đổi dạng số")
def change_series(request: HttpRequest, ident: UUID, body: FormatIn) -> Any:
    """Another format, before the first number alone."""
    actor = actor_of(request, "office:series:change")
    row = _seen_series(actor, ident)
    books.change_series(by=actor, target=row, pattern=body.pattern, reset=body.reset)
    return _series(row)


@router.post("/series/{ident}/balances", response={201: BalanceOut, **ERRORS}, summary="Ghi số cuối sổ trước")
def propose_balance(request: HttpRequest, ident: UUID, body: BalanceIn, idempotency_key: str = KEY) -> Any:
    """Say after which number the series goes on; another person confirms."""
    actor = actor_of(request, books.PROPOSE)
    row = _seen_series(actor, ident)

    def work() -> Any:
        facts = books.BalanceInput(**body.model_dump())
        return _json(BalanceOut, books.propose_balance(by=actor, series=row, facts=facts))

    return Status(201, run(actor, idempotency_key, {"series": str(ident), **body.model_dump(mode="json")}, work))


@router.get("/balances/{ident}", response={200: BalanceOut, **ERRORS}, summary="Một số cuối sổ trước")
def get_balance(request: HttpRequest, ident: UUID) -> Any:
    """One balance."""
    return find_balance(_caller(request), ident)


@router.post("/balances/{ident}/acts/{act}", response={200: BalanceOut, **ERRORS}, summary="Xác nhận, rút số cuối")
def act_balance(request: HttpRequest, ident: UUID, act: Literal["confirm", "withdraw"], body: ActIn) -> Any:
    """Confirm (by another person) or withdraw."""
    actor = _caller(request)
    row = find_balance(actor, ident)
    confirm = books.confirm_balance if row.agency_id == actor.agency_id else books.confirm_below
    action = confirm if act == "confirm" else books.withdraw_balance
    action(by=actor, target=row, reason=body.reason)
    return row


@router.get("/brought", response=list[BroughtOut], summary="Các lần nhập dữ liệu cũ")
def list_brought(request: HttpRequest) -> Any:
    """The newest files that were brought along."""
    actor = actor_of(request, "office:brought:read")
    return [_brought(row) for row in brought_policy.scope(actor, BroughtAlong.objects.all())[:PAGE]]


@router.post("/brought", response={201: BroughtOut, **ERRORS}, summary="Chạy thử dữ liệu cũ")
def begin_brought(request: HttpRequest, body: BringIn, idempotency_key: str = KEY) -> Any:
    """Start the dry run of a file; nothing of it is taken in."""
    actor = actor_of(request, "office:brought:begin")

    def work() -> Any:
        return _json(BroughtOut, _brought(bringing.begin(by=actor, **body.model_dump())))

    return Status(201, run(actor, idempotency_key, body.model_dump(mode="json"), work))


@router.get("/brought/{ident}", response={200: BroughtOut, **ERRORS}, summary="Kết quả chạy thử")
def get_brought(request: HttpRequest, ident: UUID) -> Any:
    """What the dry run found: faults with rows, encodings with previews, progress of the job."""
    return _brought(_seen_brought(actor_of(request, "office:brought:read"), ident))


@router.post("/brought/{ident}/acts/{act}", response={200: BroughtOut, **ERRORS}, summary="Chọn bảng mã, nhập, dừng")
def act_brought(
    request: HttpRequest, ident: UUID, act: Literal["encodings", "approve", "stop"], body: BroughtActIn
) -> Any:
    """Choose encodings and run dry again, take the file in, or stop."""
    actor = actor_of(request, "office:brought:approve")
    row = _seen_brought(actor, ident)
    if act == "encodings":
        bringing.choose_encodings(by=actor, target=row, encodings=body.encodings)
    elif act == "approve":
        bringing.approve(by=actor, target=row, doubts_seen=body.doubts_seen)
    else:
        bringing.stop(by=actor, brought_id=row.pk)
        row.refresh_from_db()
    return _brought(row)


@router.post("/carried/{ident}/acts/{act}", response={200: dict[str, Any], **ERRORS}, summary="Việc chuyển từ sổ cũ")
def act_carried(request: HttpRequest, ident: UUID, act: Literal["assign", "finish"], body: LineActIn) -> Any:
    """Name who does a line that came along, or end it with its result."""
    actor = _caller(request)
    line = Line.objects.select_related("document").filter(pk=ident).first()
    if line is None or not carried_policy.sees(actor, line):
        raise NotSeen("việc này")
    if act == "finish":
        bringing.finish(by=actor, target=line, result=body.result)
    elif body.position_id is None:
        raise Invalid("Thiếu vị trí.", {"position_id": "Nêu vị trí nhận việc."})
    else:
        bringing.assign(by=actor, target=line, position_id=body.position_id, inner_due_on=body.inner_due_on)
    return {"id": str(line.pk), "state": line.state, "result": line.opinion}


# --- helpers ----------------------------------------------------------------------------------------------------------


def _caller(request: HttpRequest) -> Actor:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    return actor


def _seen_series(actor: Actor, ident: UUID) -> Series:
    row = Series.objects.select_related("register").filter(pk=ident).first()
    if row is None or not series_policy.sees(actor, row):
        raise NotSeen("dãy số")
    return row


def _seen_brought(actor: Actor, ident: UUID) -> BroughtAlong:
    row = BroughtAlong.objects.filter(pk=ident).first()
    if row is None or not brought_policy.sees(actor, row):
        raise NotSeen("lần nhập này")
    return row


def _register(row: Register) -> dict[str, Any]:
    names = ("id", "kind", "name", "default")
    return {**{name: getattr(row, name) for name in names}, "series": [_series(each) for each in row.series.all()]}


def _series(row: Series) -> dict[str, Any]:
    names = ("id", "register_id", "issuing_body_id", "type_code", "pattern", "reset")
    return {
        **{name: getattr(row, name) for name in names},
        "last": {counter.period: counter.last for counter in row.counters.all()},
    }


def _brought(row: BroughtAlong) -> dict[str, Any]:
    run_row = JobRun.objects.filter(pk=row.run_id).first() if row.run_id else None
    names = (
        "id",
        "kind",
        "register_id",
        "source",
        "state",
        "rows",
        "fault_count",
        "encodings",
        "report",
        "created_at",
        "loaded_at",
    )
    return {
        **{name: getattr(row, name) for name in names},
        "state_label": row.get_state_display(),
        "progress": None
        if run_row is None
        else {"state": run_row.state, "done": run_row.done, "total": run_row.total, "error": run_row.error},
    }


def _json(schema: type[Schema], value: Any) -> Any:
    """The answer in its stored form, so that a repeat gets the same bytes."""
    return schema.model_validate(value, from_attributes=True).model_dump(mode="json")

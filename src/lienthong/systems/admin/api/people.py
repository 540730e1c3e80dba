"""People and accounts by API: the same queries and acts as the screens (CORE-90)."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from ninja import File, Header, Router, Schema, Status
from ninja.files import UploadedFile
from pydantic import Field

from lienthong.contracts.actor import Actor
from lienthong.core.access import people_import
from lienthong.core.actions import Action
from lienthong.core.actions.errors import Forbidden, Invalid
from lienthong.core.actions.idempotency import once
from lienthong.core.identity import actions as acts
from lienthong.core.identity.models import PersonalNumber, User
from lienthong.core.orgs import people_queries as queries
from lienthong.core.orgs.models import Holding
from lienthong.core.orgs.people_policies import READ
from lienthong.core.registry import registry
from lienthong.kit import personal_id
from lienthong.kit.tables import Unreadable

router = Router(tags=["admin"])
KEY: Any = Header("", alias="Idempotency-Key", description="Khóa chống lặp: gửi lại cùng khóa cho cùng kết quả")  # type: ignore[type-arg]


def actor_of(request: HttpRequest, verb: str) -> Actor:
    """The caller, who must hold the verb; objects are judged by their policy as well."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    if not actor.may(verb):
        raise Forbidden(registry.verb(verb).label)
    return actor


def repeatable(by: Actor, key: str, request: Any, work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Do it once for each key; without a key each call stands for itself."""
    if not key:
        return work()
    answer, _ = once(by=by, key=key, request=request, run=work)
    found: dict[str, Any] = answer
    return found


class Reasoned(Schema):
    """Why."""

    reason: str = ""


class HoldingOut(Schema):
    """Who holds which position, how and from when to when."""

    id: UUID
    person_id: UUID
    person_name: str
    position_id: UUID
    title: str
    mode: str
    since: datetime | None
    until: datetime | None
    instrument: str


class PersonBrief(Schema):
    """A line of the list of people."""

    id: UUID
    full_name: str
    username: str
    state: str
    last_login: datetime | None
    positions: list[HoldingOut]


class PersonDetail(PersonBrief):
    """One person; the personal number is masked."""

    email: str
    phone: str
    personal_number: str
    history: list[HoldingOut]


class PeopleOut(Schema):
    """A page of people; `next` asks for the following one."""

    items: list[PersonBrief]
    next: str


class AccountIn(Schema):
    """An account; an empty user name is made from the name."""

    full_name: str
    username: str = ""
    email: str = ""
    phone: str = ""
    another_person: bool = False

    def facts(self) -> acts.AccountInput:
        """The input of the act."""
        return acts.AccountInput(**self.model_dump(exclude={"another_person"}))


class NumberIn(Schema):
    """A personal number with its purpose; sex and year of birth are compared and not kept."""

    number: str
    purpose: str
    kept_until: date
    sex: str = ""
    birth_year: int | None = None
    old_number: str = ""


class NumberOut(Schema):
    """A personal number in full."""

    number: str


class ReviewLineOut(Schema):
    """An account of the review with what to look at."""

    person: PersonBrief
    remarks: list[str]


class FaultOut(Schema):
    """What is wrong in a row of a table."""

    row: int
    column: str
    text: str


class ImportOut(Schema):
    """What an import made, or would make."""

    rows: int
    people: int
    positions: int
    holdings: int
    grants: int
    faults: list[FaultOut]


def holding_out(row: Holding) -> dict[str, Any]:
    """A holding as the API shows it."""
    return {
        "id": row.pk,
        "person_id": row.person_id,
        "person_name": row.person.full_name,
        "position_id": row.position_id,
        "title": row.position.title,
        "mode": row.mode,
        "since": row.held.lower,
        "until": row.held.upper,
        "instrument": row.instrument,
    }


def _brief(row: User) -> dict[str, Any]:
    return {
        "id": row.pk,
        "full_name": row.full_name,
        "username": row.username,
        "state": row.state,
        "last_login": row.last_login,
        "positions": [holding_out(held) for held in vars(row)["now"]],
    }


def _detail(actor: Actor, ident: UUID) -> dict[str, Any]:
    queries.person(actor, ident)
    row = queries.with_positions(User.objects.filter(pk=ident)).get()
    kept = PersonalNumber.objects.filter(person=row).first()
    held = Holding.objects.filter(person=row).select_related("person", "position").order_by("-held__startswith")
    return {
        **_brief(row),
        "email": row.email,
        "phone": row.phone,
        "personal_number": personal_id.masked(kept.number) if kept else "",
        "history": [holding_out(each) for each in held],
    }


def _json(actor: Actor, ident: UUID) -> dict[str, Any]:
    return PersonDetail(**_detail(actor, ident)).model_dump(mode="json")


@router.get("/people", response=PeopleOut, summary="Người của cơ quan")
def list_people(
    request: HttpRequest,
    q: str = "",
    unit: UUID | None = None,
    state: str = "",
    free: bool = False,
    after: str = "",
    limit: Annotated[int, Field(ge=1, le=200)] = 50,
) -> dict[str, Any]:
    """People by name; the search is blind to accents."""
    actor = actor_of(request, READ)
    wanted = queries.PeopleFilter(query=q, unit_id=unit, state=state, free=free)
    page = queries.page(queries.with_positions(queries.people(actor, wanted)), after, limit)
    return {"items": [_brief(row) for row in page.rows], "next": page.after}


@router.post("/people", response={201: PersonDetail}, summary="Lập tài khoản")
def create_person(request: HttpRequest, body: AccountIn, idempotency_key: str = KEY) -> Any:
    """One account for one person; a namesake stops it unless `another_person`."""
    actor = actor_of(request, acts.CREATE)

    def work() -> dict[str, Any]:
        made = acts.create_account(by=actor, facts=body.facts(), another_person=body.another_person)
        return _json(actor, made.pk)

    return Status(201, repeatable(actor, idempotency_key, body.model_dump(), work))


@router.get("/people/review", response=list[ReviewLineOut], summary="Rà soát tài khoản")
def review_people(request: HttpRequest) -> Any:
    """All accounts of the agency, those with a remark first."""
    actor = actor_of(request, acts.REVIEW)
    found = []
    for line in queries.review(actor):
        vars(line.person)["now"] = line.positions
        found.append({"person": _brief(line.person), "remarks": line.remarks})
    return found


@router.post("/people/import", response=ImportOut, summary="Nạp người và vị trí từ bảng")
def import_people(request: HttpRequest, file: File[UploadedFile], dry_run: bool = True) -> Any:
    """Check a CSV or XLSX whole; with `dry_run=false` load it whole or not at all."""
    actor = actor_of(request, people_import.IMPORT)
    try:
        table = people_import.parse(file.name or "", file.read())
    except Unreadable as error:
        raise Invalid(str(error), {"file": str(error)}, "unreadable") from error
    found = people_import.check(actor, table) if dry_run else people_import.bring(by=actor, rows=table.rows)
    return {
        "rows": found.rows,
        "people": found.people,
        "positions": found.positions,
        "holdings": found.holdings,
        "grants": found.grants,
        "faults": [{"row": row, "column": column, "text": text} for row, column, text in found.faults],
    }


@router.get("/people/{ident}", response=PersonDetail, summary="Một người")
def get_person(request: HttpRequest, ident: UUID) -> Any:
    """One person with all positions through time."""
    return _detail(actor_of(request, READ), ident)


@router.put("/people/{ident}", response=PersonDetail, summary="Sửa tài khoản")
def edit_person(request: HttpRequest, ident: UUID, body: AccountIn) -> Any:
    """Mend name, user name and how to reach a person."""
    actor = actor_of(request, acts.EDIT)
    acts.edit_account(by=actor, target=queries.person(actor, ident), facts=body.facts())
    return _detail(actor, ident)


ACTS: dict[str, Action[Any]] = {
    "lock": acts.lock,
    "unlock": acts.unlock,
    "disable": acts.disable,
    "enable": acts.enable,
    "erase_number": acts.erase_number,
}


@router.post("/people/{ident}/acts/{act}", response=PersonDetail, summary="Khóa, mở, ngừng, dùng lại tài khoản")
def act_person(request: HttpRequest, ident: UUID, act: str, body: Reasoned) -> Any:
    """lock, unlock, disable, enable, erase_number."""
    if act not in ACTS:
        raise Invalid("Không có việc này.", {"act": f"Một trong: {', '.join(ACTS)}"}, "unknown_act")
    actor = actor_of(request, READ)
    ACTS[act](by=actor, target=queries.person(actor, ident), reason=body.reason)
    return _detail(actor, ident)


@router.put("/people/{ident}/personal-number", response=PersonDetail, summary="Ghi số định danh")
def put_personal_number(request: HttpRequest, ident: UUID, body: NumberIn) -> Any:
    """Keep a personal number for a purpose."""
    actor = actor_of(request, acts.RECORD_NUMBER)
    facts = acts.NumberInput(**body.model_dump())
    acts.record_number(by=actor, target=queries.person(actor, ident), facts=facts)
    return _detail(actor, ident)


@router.post("/people/{ident}/personal-number/read", response=NumberOut, summary="Xem số định danh")
def read_personal_number(request: HttpRequest, ident: UUID, body: Reasoned) -> Any:
    """The number in full; the journal keeps who read it and why."""
    actor = actor_of(request, acts.READ_NUMBER)
    return {"number": acts.read_number(by=actor, target=queries.person(actor, ident), reason=body.reason)}

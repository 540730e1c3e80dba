"""Positions, holders, roles, authority to sign and working delegation by API (CORE-10..12, CORE-90)."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Schema, Status

from lienthong.contracts.actor import Actor
from lienthong.core.access import actions as rights
from lienthong.core.access.actors import verbs_of
from lienthong.core.access.models import Grant, Role
from lienthong.core.actions.errors import NotSeen
from lienthong.core.orgs import people_queries as queries
from lienthong.core.orgs.actions import people as acts
from lienthong.core.orgs.actions import people_absence as absence
from lienthong.core.orgs.actions import people_signing as signing
from lienthong.core.orgs.models import Absence, BodySigner, Holding, Position, SigningDelegation
from lienthong.core.orgs.people_policies import READ
from lienthong.core.orgs.queries import holdings_at
from lienthong.core.registry import registry
from lienthong.core.signing import signers as alive
from lienthong.systems.admin.api.people import KEY, HoldingOut, Reasoned, actor_of, holding_out, repeatable

router = Router(tags=["admin"])


class PositionOut(Schema):
    """A position with who holds it, its roles and what these allow."""

    id: UUID
    unit_id: UUID
    title: str
    rank: str
    valid_from: date | None
    valid_to: date | None
    holders: list[HoldingOut]


class GrantOut(Schema):
    """A role of a position."""

    id: UUID
    role_id: UUID
    role: str
    since: datetime | None
    until: datetime | None


class PositionDetail(PositionOut):
    """One position through time; `holders` are those of the asked instant."""

    history: list[HoldingOut]
    grants: list[GrantOut]
    verbs: list[str]


class PositionIn(Schema):
    """A new position."""

    unit_id: UUID
    title: str
    rank: str
    valid_from: date
    order: int = 100


class PositionEdit(Schema):
    """What of a position may be mended, and why."""

    title: str
    order: int = 100
    reason: str


class AppointIn(Schema):
    """Who is to hold a position: mode full, acting or in_charge."""

    person_id: UUID
    instrument: str
    mode: str = "full"
    since: datetime | None = None
    until: datetime | None = None
    main: bool = True


class EndIn(Schema):
    """When (null: now) and why a holding ends."""

    reason: str
    at: datetime | None = None


class GrantIn(Schema):
    """A role for a position."""

    role_id: UUID
    since: datetime | None = None
    until: datetime | None = None


class RoleOut(Schema):
    """A role that may be given."""

    id: UUID
    code: str
    name: str
    own: bool
    verbs: list[str]


class RoleIn(Schema):
    """A role of one's own."""

    name: str
    verbs: list[str]
    reason: str = ""


class DelegationOut(Schema):
    """An authority to sign."""

    id: UUID
    kind: str
    giver_id: UUID
    giver: str
    taker_id: UUID
    taker: str
    instrument: str
    content: str
    document_types: list[str]
    fields_: list[str]
    since: datetime | None
    until: datetime | None
    revoked_at: datetime | None
    parent_id: UUID | None
    standing: str


class DelegationIn(Schema):
    """An authority to sign as its instrument gives it; TUQ needs `until` and `content`."""

    giver_id: UUID
    taker_id: UUID
    kind: str
    instrument: str = ""
    content: str = ""
    document_types: list[str] = []
    fields_: list[str] = []
    since: datetime | None = None
    until: datetime | None = None


class GiveOnIn(Schema):
    """A TL. given on to the own deputy."""

    taker_id: UUID
    instrument: str
    document_types: list[str] = []
    until: datetime | None = None


class SignerOut(Schema):
    """Who may sign, under which line, for which body, and whether now."""

    person_id: UUID
    person_name: str
    line: str
    body: str
    ready: bool
    why: str


class UnitSignersOut(Schema):
    """The signers of a unit; `alive` counts the people who can sign now."""

    unit_id: UUID | None
    unit: str
    alive: int
    signers: list[SignerOut]


class BodySignerIn(Schema):
    """Who signs for a body by office."""

    body_id: UUID
    position_id: UUID
    role: str
    title: str
    instrument: str


class Made(Schema):
    """The id of what was made or changed."""

    id: UUID


class AbsenceOut(Schema):
    """Who works in whose place."""

    id: UUID
    holding_id: UUID
    person_name: str
    title: str
    delegate_id: UUID
    delegate_name: str
    since: datetime | None
    until: datetime | None
    ended_at: datetime | None
    note: str


class AbsenceIn(Schema):
    """Who is to work in whose place."""

    holding_id: UUID
    delegate_id: UUID
    until: datetime
    note: str
    since: datetime | None = None


def _seen[M: Any](actor: Actor, model: type[M], ident: UUID, *related: str) -> M:
    rows: Any = model._default_manager.select_related(*related) if related else model._default_manager
    row = rows.filter(pk=ident).first()
    if row is None or not registry.policies[model].sees(actor, row):
        raise NotSeen(model._meta.verbose_name)
    found: M = row
    return found


def _position(row: Position, holders: list[Holding]) -> dict[str, Any]:
    return {
        "id": row.pk,
        "unit_id": row.unit_id,
        "title": row.title,
        "rank": row.rank,
        "valid_from": row.valid.lower,
        "valid_to": row.valid.upper,
        "holders": [holding_out(held) for held in holders],
    }


def _detail(actor: Actor, ident: UUID, at: datetime | None = None) -> dict[str, Any]:
    row = queries.position(actor, ident)
    history = Holding.objects.filter(position=row).select_related("person", "position").order_by("-held__startswith")
    grants = Grant.objects.filter(position=row).select_related("role").order_by("-held__startswith")
    return {
        **_position(row, list(holdings_at(at).filter(position=row))),
        "history": [holding_out(held) for held in history],
        "grants": [
            {
                "id": grant.pk,
                "role_id": grant.role_id,
                "role": grant.role.name,
                "since": grant.held.lower,
                "until": grant.held.upper,
            }
            for grant in grants
        ],
        "verbs": sorted(verbs_of(row.pk, at)),
    }


def _json(actor: Actor, ident: UUID) -> dict[str, Any]:
    return PositionDetail(**_detail(actor, ident)).model_dump(mode="json")


# --- positions and holders --------------------------------------------------------------------------------------------


@router.get("/positions", response=list[PositionOut], summary="Vị trí của cơ quan")
def list_positions(
    request: HttpRequest, q: str = "", unit: UUID | None = None, empty: bool = False, retired: bool = False
) -> Any:
    """The positions of the agency with their present holders."""
    actor = actor_of(request, READ)
    wanted = queries.PositionFilter(query=q, unit_id=unit, empty=empty, retired=retired)
    return [_position(row, vars(row)["now"]) for row in queries.positions(actor, wanted)]


@router.post("/positions", response={201: PositionDetail}, summary="Lập vị trí")
def create_position(request: HttpRequest, body: PositionIn, idempotency_key: str = KEY) -> Any:
    """Found a position in a unit of the own agency."""
    actor = actor_of(request, acts.CREATE_POSITION)

    def work() -> dict[str, Any]:
        return _json(actor, acts.create_position(by=actor, facts=acts.PositionInput(**body.model_dump())).pk)

    return Status(201, repeatable(actor, idempotency_key, body.model_dump(mode="json"), work))


@router.get("/positions/{ident}", response=PositionDetail, summary="Một vị trí; ai giữ vào một lúc")
def get_position(request: HttpRequest, ident: UUID, at: datetime | None = None) -> Any:
    """One position; `at` asks who held it and what it might do at that instant."""
    return _detail(actor_of(request, READ), ident, at)


@router.put("/positions/{ident}", response=PositionDetail, summary="Sửa vị trí")
def edit_position(request: HttpRequest, ident: UUID, body: PositionEdit) -> Any:
    """Mend title and order."""
    actor = actor_of(request, acts.EDIT_POSITION)
    acts.edit_position(by=actor, target=queries.position(actor, ident), **body.model_dump())
    return _detail(actor, ident)


@router.post("/positions/{ident}/retire", response=PositionDetail, summary="Bỏ vị trí")
def retire_position(request: HttpRequest, ident: UUID, body: Reasoned) -> Any:
    """Give a position up; nobody may hold it."""
    actor = actor_of(request, acts.RETIRE_POSITION)
    acts.retire_position(by=actor, target=queries.position(actor, ident), reason=body.reason)
    return _detail(actor, ident)


@router.post("/positions/{ident}/appoint", response={201: PositionDetail}, summary="Giao vị trí")
def appoint_holder(request: HttpRequest, ident: UUID, body: AppointIn, idempotency_key: str = KEY) -> Any:
    """Let a person hold the position."""
    actor = actor_of(request, acts.APPOINT)

    def work() -> dict[str, Any]:
        facts = acts.AppointInput(**body.model_dump())
        acts.appoint(by=actor, target=queries.position(actor, ident), facts=facts)
        return _json(actor, ident)

    return Status(201, repeatable(actor, idempotency_key, {"id": str(ident), **body.model_dump(mode="json")}, work))


@router.post("/holdings/{ident}/end", response=HoldingOut, summary="Thôi giữ vị trí")
def end_holding(request: HttpRequest, ident: UUID, body: EndIn) -> Any:
    """End a holding at once or on a day that is announced."""
    actor = actor_of(request, acts.END_HOLDING)
    row = _seen(actor, Holding, ident, "position__unit", "person")
    acts.end_holding(by=actor, target=row, at=body.at, reason=body.reason)
    return holding_out(Holding.objects.select_related("position", "person").get(pk=ident))


@router.post("/positions/{ident}/grants", response={201: PositionDetail}, summary="Trao vai trò")
def give_role(request: HttpRequest, ident: UUID, body: GrantIn, idempotency_key: str = KEY) -> Any:
    """Give the position a role."""
    actor = actor_of(request, rights.GIVE)
    queries.position(actor, ident)

    def work() -> dict[str, Any]:
        rights.give(by=actor, position_id=ident, role_id=body.role_id, since=body.since, until=body.until)
        return _json(actor, ident)

    return Status(201, repeatable(actor, idempotency_key, {"id": str(ident), **body.model_dump(mode="json")}, work))


@router.post("/grants/{ident}/withdraw", response=PositionDetail, summary="Rút vai trò")
def withdraw_role(request: HttpRequest, ident: UUID, body: Reasoned) -> Any:
    """Take a role from a position, at once."""
    actor = actor_of(request, rights.WITHDRAW)
    row = _seen(actor, Grant, ident, "position__unit")
    rights.withdraw(by=actor, target=row, reason=body.reason)
    return _detail(actor, row.position_id)


# --- roles ------------------------------------------------------------------------------------------------------------


def _role(row: Role) -> dict[str, Any]:
    return {
        "id": row.pk,
        "code": row.code,
        "name": row.name,
        "own": row.agency_id is not None,
        "verbs": sorted(row.verbs),
    }


@router.get("/roles", response=list[RoleOut], summary="Vai trò trao được")
def list_roles(request: HttpRequest) -> Any:
    """The roles that the caller's agency may give."""
    return [_role(row) for row in rights.grantable(actor_of(request, READ))]


@router.post("/roles", response={201: RoleOut}, summary="Lập vai trò riêng")
def compose_role(request: HttpRequest, body: RoleIn) -> Any:
    """Compose a role of one's own."""
    actor = actor_of(request, rights.COMPOSE)
    return Status(201, _role(rights.compose(by=actor, name=body.name, verbs=tuple(body.verbs))))


@router.put("/roles/{ident}", response=RoleOut, summary="Sửa vai trò riêng")
def change_role(request: HttpRequest, ident: UUID, body: RoleIn) -> Any:
    """Change a role of one's own."""
    actor = actor_of(request, rights.CHANGE)
    row = _seen(actor, Role, ident)
    return _role(rights.change(by=actor, target=row, name=body.name, verbs=tuple(body.verbs), reason=body.reason))


@router.post("/roles/{ident}/retire", response=RoleOut, summary="Bỏ vai trò riêng")
def retire_role(request: HttpRequest, ident: UUID, body: Reasoned) -> Any:
    """Give a role of one's own up."""
    actor = actor_of(request, rights.RETIRE)
    return _role(rights.retire(by=actor, target=_seen(actor, Role, ident), reason=body.reason))


# --- authority to sign ------------------------------------------------------------------------------------------------


def _delegation(row: SigningDelegation) -> dict[str, Any]:
    return {
        "id": row.pk,
        "kind": row.kind,
        "giver_id": row.giver_id,
        "giver": row.giver.title,
        "taker_id": row.taker_id,
        "taker": row.taker.title,
        "instrument": row.instrument,
        "content": row.content,
        "document_types": row.document_types,
        "fields_": row.fields,
        "since": row.held.lower,
        "until": row.held.upper,
        "revoked_at": row.revoked_at,
        "parent_id": row.parent_id,
        "standing": queries.standing(row.held.lower, row.held.upper, row.revoked_at).word,
    }


@router.get("/signing-delegations", response=list[DelegationOut], summary="Quyền ký thừa lệnh, thừa ủy quyền")
def list_delegations(request: HttpRequest, over: bool = False) -> Any:
    """Authority to sign that stands or is to come; with `over`, what ended."""
    return [_delegation(row) for row in queries.delegations(actor_of(request, signing.GIVE), over=over)]


@router.post("/signing-delegations", response={201: DelegationOut}, summary="Giao quyền ký")
def give_delegation(request: HttpRequest, body: DelegationIn, idempotency_key: str = KEY) -> Any:
    """Record an authority to sign."""
    actor = actor_of(request, signing.GIVE)

    def work() -> dict[str, Any]:
        given = body.model_dump(exclude={"fields_", "document_types"})
        facts = signing.DelegationInput(**given, document_types=tuple(body.document_types), fields=tuple(body.fields_))
        made = signing.give(by=actor, facts=facts)
        return DelegationOut(**_delegation(made)).model_dump(mode="json")

    return Status(201, repeatable(actor, idempotency_key, body.model_dump(mode="json"), work))


@router.post("/signing-delegations/{ident}/give-on", response={201: DelegationOut}, summary="Giao lại cho cấp phó")
def give_delegation_on(request: HttpRequest, ident: UUID, body: GiveOnIn) -> Any:
    """Give a TL. on to the own deputy; a TUQ. never."""
    actor = actor_of(request, signing.GIVE_ON)
    row = _seen(actor, SigningDelegation, ident, "giver__unit", "taker__unit")
    made = signing.give_on(
        by=actor,
        target=row,
        taker_id=body.taker_id,
        instrument=body.instrument,
        document_types=tuple(body.document_types),
        until=body.until,
    )
    return Status(201, _delegation(made))


@router.post("/signing-delegations/{ident}/revoke", response=DelegationOut, summary="Thu hồi quyền ký")
def revoke_delegation(request: HttpRequest, ident: UUID, body: Reasoned) -> Any:
    """Take an authority to sign back, to the second."""
    actor = actor_of(request, signing.REVOKE)
    row = _seen(actor, SigningDelegation, ident, "giver__unit", "taker__unit")
    return _delegation(signing.revoke(by=actor, target=row, reason=body.reason))


@router.get("/signers", response=list[UnitSignersOut], summary="Đơn vị theo số người ký còn hiệu lực")
def list_signers(request: HttpRequest) -> Any:
    """Units by how many people can sign now, the weakest first (CORE-68)."""
    actor = actor_of(request, signing.NAME_SIGNER)
    return [
        {
            "unit_id": each.unit.unit_id if each.unit else None,
            "unit": each.unit.official_name if each.unit else "",
            "alive": each.alive,
            "signers": [
                {
                    "person_id": signer.holding.person_id,
                    "person_name": signer.holding.person.full_name,
                    "line": signer.line,
                    "body": signer.body,
                    "ready": signer.ready,
                    "why": signer.why,
                }
                for signer in each.signers
            ],
        }
        for each in alive.units_by_signers(actor.agency)
    ]


@router.post("/body-signers", response={201: Made}, summary="Ghi người ký của chủ thể ban hành")
def name_body_signer(request: HttpRequest, body: BodySignerIn) -> Any:
    """Name who signs for a body by office."""
    actor = actor_of(request, signing.NAME_SIGNER)
    return Status(201, {"id": signing.name_signer(by=actor, facts=signing.SignerInput(**body.model_dump())).pk})


@router.post("/body-signers/{ident}/withdraw", response=Made, summary="Rút người ký")
def withdraw_body_signer(request: HttpRequest, ident: UUID, body: Reasoned) -> Any:
    """End what a position may sign for a body."""
    actor = actor_of(request, signing.WITHDRAW_SIGNER)
    row = _seen(actor, BodySigner, ident, "position__unit")
    return {"id": signing.withdraw_signer(by=actor, target=row, reason=body.reason).pk}


# --- absence ----------------------------------------------------------------------------------------------------------


def _absence(row: Absence) -> dict[str, Any]:
    return {
        "id": row.pk,
        "holding_id": row.holding_id,
        "person_name": row.holding.person.full_name,
        "title": row.holding.position.title,
        "delegate_id": row.delegate_id,
        "delegate_name": row.delegate.full_name,
        "since": row.held.lower,
        "until": row.held.upper,
        "ended_at": row.ended_at,
        "note": row.note,
    }


@router.get("/absences", response=list[AbsenceOut], summary="Làm thay khi vắng mặt")
def list_absences(request: HttpRequest) -> Any:
    """Working delegations that the caller sees."""
    return [_absence(row) for row in queries.absences(actor_of(request, absence.OPEN))]


@router.post("/absences", response={201: AbsenceOut}, summary="Giao người làm thay")
def open_absence(request: HttpRequest, body: AbsenceIn, idempotency_key: str = KEY) -> Any:
    """Let a colleague do the work; the authority to sign does not move."""
    actor = actor_of(request, absence.OPEN)

    def work() -> dict[str, Any]:
        made = absence.open_absence(by=actor, **body.model_dump())
        return AbsenceOut(**_absence(made)).model_dump(mode="json")

    return Status(201, repeatable(actor, idempotency_key, body.model_dump(mode="json"), work))


@router.post("/absences/{ident}/close", response=AbsenceOut, summary="Kết thúc làm thay")
def close_absence(request: HttpRequest, ident: UUID) -> Any:
    """The holder is back."""
    actor = actor_of(request, absence.CLOSE)
    row = _seen(actor, Absence, ident, "holding__position__unit", "holding__person", "delegate")
    return _absence(absence.close_absence(by=actor, target=row))

"""Rights of positions: roles given and withdrawn, dated; roles that an agency composes of verbs (CORE-10, OF-3)."""

from datetime import datetime
from uuid import UUID

from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.db.models import Q, QuerySet

from lienthong.contracts.actor import Actor
from lienthong.core.access.models import Grant, Role
from lienthong.core.actions import Act, action
from lienthong.core.actions.errors import Conflict, Forbidden, Invalid
from lienthong.core.orgs.models import Position
from lienthong.core.orgs.people_policies import READ, UnitPolicy, demand_foreign, holds, rules
from lienthong.core.registry import Registry, Verb
from lienthong.kit import clock, user_names
from lienthong.kit.vietnamese import border_name

GIVE = "access:grant:give"
WITHDRAW = "access:grant:withdraw"
COMPOSE = "access:role:compose"
CHANGE = "access:role:change"
RETIRE = "access:role:retire"

_VERBS = (
    Verb(GIVE, "trao vai trò cho vị trí", "Trao vai trò"),
    Verb(WITHDRAW, "rút vai trò của vị trí", "Rút vai trò"),
    Verb(COMPOSE, "lập vai trò riêng của cơ quan", "Lập vai trò"),
    Verb(CHANGE, "sửa vai trò riêng của cơ quan", "Sửa vai trò"),
    Verb(RETIRE, "bỏ vai trò riêng của cơ quan", "Bỏ vai trò"),
)


class RolePolicy:
    """An agency sees and changes the roles that it composed; those of a release belong to everybody and to nobody."""

    def scope(self, actor: Actor, rows: QuerySet[Role]) -> QuerySet[Role]:
        """Own ones."""
        return rows.filter(agency_id=actor.agency_id) if actor.may(READ) and actor.agency_id else rows.none()

    def sees(self, actor: Actor, obj: Role) -> bool:
        """The same for one role."""
        return actor.may(READ) and actor.agency_id is not None and obj.agency_id == actor.agency_id

    def allows(self, actor: Actor, verb: str, obj: Role | None) -> bool:
        """Holders of the verb, on own roles."""
        return not actor.is_system and actor.may(verb) and (obj is None or self.sees(actor, obj))


def declare(registry: Registry) -> None:
    """Verbs and policies, at start-up."""
    registry.add_verbs(*_VERBS)
    foreign = {WITHDRAW: lambda actor, grant: not holds(actor, grant.position_id)}
    registry.add_policy(Grant, UnitPolicy("position__unit", rules=foreign), [GIVE, WITHDRAW])
    registry.add_policy(Role, RolePolicy(), [COMPOSE, CHANGE, RETIRE])


def grantable(actor: Actor) -> QuerySet[Role]:
    """The roles that an administrator may give: an agency never those of the node, the node no others (CORE-108)."""
    rows = Role.objects.filter(retired_at__isnull=True)
    if actor.agency_id is None:
        return rows.filter(of_node=True)
    return rows.filter(Q(agency__isnull=True) | Q(agency_id=actor.agency_id), of_node=False)


def composable() -> frozenset[str]:
    """The verbs that an agency may put into a role of its own: those of the shipped roles for agencies."""
    shipped = Role.objects.filter(agency__isnull=True, of_node=False).values_list("verbs", flat=True)
    return frozenset(verb for verbs in shipped for verb in verbs)


@action(GIVE, on=Grant)
def give(
    act: Act[Grant], *, position_id: UUID, role_id: UUID, since: datetime | None = None, until: datetime | None = None
) -> Grant:
    """Give a role to a position from–to; never to a position that the giver holds (CORE-10, CORE-83)."""
    now = clock.now()
    begin = since or now
    position = Position.objects.filter(pk=position_id).select_related("unit").first()
    role = grantable(act.by).filter(pk=role_id).first()
    faults: dict[str, str] = {}
    if position is None or not rules(act.by, position.unit):
        faults["position"] = "Chọn vị trí trong cơ quan."
    if role is None:
        faults["role"] = "Chọn vai trò mà cơ quan được trao."
    if until is not None and until <= max(begin, now):
        faults["until"] = "Ngày hết hạn phải sau ngày bắt đầu và sau hôm nay."
    if faults or position is None or role is None:
        raise Invalid("Chưa trao được vai trò.", faults)
    demand_foreign(act.by, position.pk)
    span = DateTimeTZRange(begin, until)
    if Grant.objects.filter(position=position, role=role, held__overlap=span).exists():
        raise Conflict(f"{position.title} đã có vai trò {role.name} trong thời gian này.", "granted")
    row = Grant.objects.create(position=position, role=role, held=span)
    act.about(row)
    act.note(position=position.pk, role=role.code, since=begin, until=until)
    return row


@action(WITHDRAW, on=Grant, needs_reason=True)
def withdraw(act: Act[Grant]) -> Grant:
    """Take a role from a position; it stops at once, also for who is signed in."""
    row, now = act.target, clock.now()
    if row.held.upper is not None and row.held.upper <= now:
        raise Conflict("Vai trò này đã rút.", "not_in_force")
    act.was(until=row.held.upper)
    row.held = DateTimeTZRange(min(row.held.lower or now, now), now)
    act.note(position=row.position_id, role=row.role_id, until=now)
    return row


@action(COMPOSE, on=Role)
def compose(act: Act[Role], *, name: str, verbs: tuple[str, ...]) -> Role:
    """Compose a role of one's own agency from the verbs that its shipped roles hold (OF-3)."""
    agency_id = act.by.agency_id
    if agency_id is None:
        raise Forbidden("lập vai trò ngoài một cơ quan")
    title = _checked(name, verbs, agency_id)
    code = f"{user_names.plain(title).replace(' ', '-')[:40].strip('-')}-{agency_id.hex[:8]}"
    if Role.objects.filter(code=code).exists():
        raise Invalid("Chưa lập được vai trò.", {"name": "Cơ quan đã từng có vai trò tên này; đặt tên khác."})
    row = Role.objects.create(code=code, name=title, verbs=sorted(set(verbs)), agency_id=agency_id)
    act.about(row)
    act.note(name=title, verbs=row.verbs)
    return row


@action(CHANGE, on=Role, needs_reason=True)
def change(act: Act[Role], *, name: str, verbs: tuple[str, ...]) -> Role:
    """Change a role of one's own; it counts at once for every position that has it, so never for one's own."""
    row = act.target
    _demand_not_mine(act.by, row)
    act.was(name=row.name, verbs=row.verbs)
    row.name = _checked(name, verbs, row.agency_id, besides=row)
    row.verbs = sorted(set(verbs))
    act.note(name=row.name, verbs=row.verbs)
    return row


@action(RETIRE, on=Role, needs_reason=True)
def retire(act: Act[Role]) -> Role:
    """Give a role of one's own up; every position that has it loses it at once."""
    row, now = act.target, clock.now()
    if row.retired_at is not None:
        raise Conflict("Vai trò này đã bỏ.", "not_in_force")
    _demand_not_mine(act.by, row)
    row.retired_at = now
    grants = [grant for grant in row.grants.all() if grant.held.upper is None or grant.held.upper > now]
    for grant in grants:
        grant.held = DateTimeTZRange(min(grant.held.lower or now, now), now)
    Grant.objects.bulk_update(grants, ["held"])
    act.note(retired_at=now, positions=[str(grant.position_id) for grant in grants])
    return row


def _demand_not_mine(actor: Actor, role: Role) -> None:
    now = clock.now()
    demand_foreign(actor, *role.grants.filter(held__contains=now).values_list("position_id", flat=True))


def _checked(name: str, verbs: tuple[str, ...], agency_id: UUID | None, besides: Role | None = None) -> str:
    faults: dict[str, str] = {}
    title = border_name(name)
    if not title:
        faults["name"] = "Nhập tên vai trò."
    else:
        same = Role.objects.filter(Q(agency__isnull=True) | Q(agency_id=agency_id), name__iexact=title)
        if any(besides is None or row.pk != besides.pk for row in same):
            faults["name"] = "Đã có vai trò tên này; đặt tên khác."
    if not verbs:
        faults["verbs"] = "Chọn ít nhất một quyền."
    elif not set(verbs) <= composable():
        faults["verbs"] = "Có quyền không thuộc các vai trò của cơ quan."
    if faults:
        raise Invalid("Vai trò còn thiếu hoặc sai một số mục.", faults)
    return title

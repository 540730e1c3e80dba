"""Who sees and changes people and positions: an administrator those of the own agency, nobody the own case (CORE-83,
CORE-108). The administrators of the node rule the positions of their own unit, which belongs to no agency.
"""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.db.models import Model, Q, QuerySet

from lienthong.contracts.actor import Actor
from lienthong.core.actions.errors import Forbidden
from lienthong.core.identity.models import User
from lienthong.core.orgs.models import Holding, Unit
from lienthong.core.orgs.queries import holdings_at

READ = "orgs:people:read"
"""The right to look people and positions of the agency up."""


def own(actor: Actor, person_id: UUID | None) -> bool:
    """Whether a person is the actor, or the one in whose place the actor works."""
    return person_id is not None and person_id in {actor.user_id, actor.on_behalf_of}


def demand_other(actor: Actor, *people: UUID | None) -> None:
    """Nobody gives oneself a right, ends the own holding or judges the own case (CORE-83)."""
    if any(own(actor, person) for person in people):
        raise Forbidden("quyết định việc của chính mình; việc này do người quản trị khác làm")


def holds(actor: Actor, position_id: UUID) -> bool:
    """Whether the actor holds a position, or works in it for somebody."""
    if position_id == actor.position_id:
        return True
    people = [person for person in (actor.user_id, actor.on_behalf_of) if person]
    return holdings_at().filter(position_id=position_id, person_id__in=people).exists()


def demand_foreign(actor: Actor, *positions: UUID) -> None:
    """Nobody gives a right to a position that the actor holds."""
    if any(holds(actor, position) for position in positions):
        raise Forbidden("trao quyền cho vị trí mình đang giữ; việc này do người quản trị khác làm")


def rules(actor: Actor, unit: Unit) -> bool:
    """Whether the positions of a unit lie in the actor's remit."""
    if actor.agency_id is not None:
        return unit.agency_id == actor.agency_id
    return actor.unit_id is not None and unit.agency_id is None and unit.pk == actor.unit_id


def ruled(actor: Actor, path: str) -> Q:
    """The same as a condition on rows that reach their unit by `path`."""
    if actor.agency_id is not None:
        return Q(**{f"{path}__agency_id": actor.agency_id})
    return Q(**{f"{path}__agency__isnull": True, f"{path}_id": actor.unit_id}) if actor.unit_id else Q(pk__in=[])


type Rule = Callable[[Actor, Any], bool]


class UnitPolicy[M: Model]:
    """Rows that belong to a unit by a path of relations; `parties` are the people who see their own rows too."""

    def __init__(
        self,
        path: str,
        *,
        also: str = "",
        parties: tuple[str, ...] = (),
        rules: dict[str, Rule] | None = None,
        system: frozenset[str] = frozenset(),
    ) -> None:
        self.paths = tuple(each for each in (path, also) if each)
        self.parties = parties
        self.more = rules or {}
        self.system = system

    def scope(self, actor: Actor, rows: QuerySet[M]) -> QuerySet[M]:
        """The rows of the own agency, and those that one is a party to."""
        found = Q(pk__in=[])
        if actor.may(READ):
            for path in self.paths:
                found |= ruled(actor, path)
        if actor.user_id is not None:
            for party in self.parties:
                found |= Q(**{f"{party}_id": actor.user_id})
        return rows.filter(found)

    def sees(self, actor: Actor, obj: M) -> bool:
        """The same for one row."""
        if actor.may(READ) and any(rules(actor, _reach(obj, path)) for path in self.paths):
            return True
        return any(_reach(obj, f"{party}_id") == actor.user_id for party in self.parties if actor.user_id is not None)

    def allows(self, actor: Actor, verb: str, obj: M | None) -> bool:
        """Holders of the verb, on what they see and as its own rule says; the system what jobs do."""
        if actor.is_system:
            return verb in self.system
        if not actor.may(verb) or verb in self.system:
            return False
        rule = self.more.get(verb)
        return obj is None or (self.sees(actor, obj) and (rule is None or rule(actor, obj)))


def _reach(obj: Any, path: str) -> Any:
    for name in path.split("__"):
        obj = getattr(obj, name)
    return obj


class PersonPolicy:
    """People whose account the agency keeps, and those who hold or held a position of it; never oneself."""

    def __init__(self, *system: str) -> None:
        self.system = frozenset(system)

    def scope(self, actor: Actor, rows: QuerySet[User]) -> QuerySet[User]:
        """The people of the agency; for the node those of no agency."""
        if not actor.may(READ):
            return rows.none()
        holdings = Holding.objects.all()
        if actor.agency_id is not None:
            here = holdings.filter(position__unit__agency_id=actor.agency_id).values("person_id")
            return rows.filter(Q(agency_id=actor.agency_id) | Q(pk__in=here))
        elsewhere = holdings.filter(position__unit__agency__isnull=False).values("person_id")
        return rows.filter(agency_id__isnull=True).exclude(pk__in=elsewhere)

    def sees(self, actor: Actor, obj: User) -> bool:
        """The same for one person."""
        if not actor.may(READ):
            return False
        if actor.agency_id is not None:
            return obj.agency_id == actor.agency_id or actor.agency_id in _agencies(obj)
        return obj.agency_id is None and not (_agencies(obj) - {None})

    def allows(self, actor: Actor, verb: str, obj: User | None) -> bool:
        """Holders of the verb, on accounts that their agency keeps, never on the own one."""
        if actor.is_system:
            return verb in self.system
        if not actor.may(verb):
            return False
        if obj is None:
            return True
        return self.sees(actor, obj) and obj.agency_id == actor.agency_id and not own(actor, obj.pk)


def _agencies(person: User) -> set[UUID | None]:
    """The agencies of all positions that a person ever held; read once for an instance."""
    known: set[UUID | None] | None = vars(person).get("_agencies")
    if known is None:
        known = set(Holding.objects.filter(person=person).values_list("position__unit__agency_id", flat=True))
        vars(person)["_agencies"] = known
    return known


person_policy = PersonPolicy("identity:account:disable", "identity:personal_number:erase")
position_policy: UnitPolicy[Any] = UnitPolicy("unit")

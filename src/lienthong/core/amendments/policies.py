"""Who proposes and who approves: an agency's administrators its own, the node's operators what binds all (CORE-32)."""

from typing import Any, ClassVar
from uuid import UUID

from django.db.models import Q, QuerySet

from lienthong.contracts.actor import Actor
from lienthong.core.access import Policy
from lienthong.core.access.actors import positions_with
from lienthong.core.access.models import Grant
from lienthong.core.amendments.models import Amendment
from lienthong.core.amendments.states import APPROVE, DECLINE, EXPIRE, WITHDRAW
from lienthong.core.orgs.queries import as_of, holdings_at, versions_at
from lienthong.kit import clock

READ = "lawbook:proposal:read"
PROPOSE = "lawbook:proposal:propose"


def approvers(agency_id: UUID | None, besides: UUID | None = None) -> set[UUID]:
    """The positions that may decide now and whose holder is not `besides`; of the node when no agency is given."""
    positions = positions_with(APPROVE, agency_id) if agency_id is not None else _of_node()
    held = holdings_at().filter(position_id__in=set(positions)).exclude(person_id=besides)
    return set(held.values_list("position_id", flat=True))


def _of_node() -> set[UUID]:
    grants = Grant.objects.filter(
        position__unit__agency_id__isnull=True, held__contains=clock.now(), role__verbs__contains=[APPROVE]
    )
    return set(grants.values_list("position_id", flat=True))


def superior(agency_id: UUID) -> UUID | None:
    """The agency above: its clerk is the second person where an agency has but one (CORE-32)."""
    version = as_of(agency_id)
    parent = as_of(version.parent_id) if version and version.parent_id else None
    return parent.unit.agency_id if parent else None


def whom_to_ask(agency_id: UUID | None, proposer: UUID | None) -> set[UUID]:
    """The positions of the second person: one's own house first, else the superior's."""
    found = approvers(agency_id, proposer)
    if found or agency_id is None:
        return found
    above = superior(agency_id)
    return approvers(above, proposer) if above else set()


def alone(agency_id: UUID) -> bool:
    """Whether the agency has fewer than two persons who may decide."""
    positions = set(positions_with(APPROVE, agency_id))
    people = holdings_at().filter(position_id__in=positions).values_list("person_id", flat=True)
    return len(set(people)) <= 1


def _helped(actor: Actor) -> set[UUID]:
    """The agencies directly below the actor's own that have no second person."""
    if actor.agency_id is None or not actor.may(APPROVE):
        return set()
    rows = Amendment.objects.filter(state="proposed", agency_id__isnull=False).exclude(agency_id=actor.agency_id)
    waiting = {found for found in rows.values_list("agency_id", flat=True) if found is not None}
    below = versions_at().filter(unit_id__in=waiting, parent__agency_id=actor.agency_id)
    return {unit for unit in below.values_list("unit_id", flat=True) if alone(unit)}


def _another(actor: Actor, row: Amendment | None) -> bool:
    return row is None or row.proposed_by not in {actor.user_id, actor.on_behalf_of}


def _own(actor: Actor, row: Amendment | None) -> bool:
    return row is None or row.proposed_by == actor.user_id


class AmendmentPolicy(Policy[Amendment]):
    """Seen in the agency that it binds, or by the node's operators; decided by another than the proposer."""

    model = Amendment
    system: ClassVar[frozenset[str]] = frozenset({EXPIRE})
    rules: ClassVar[dict[str, Any]] = {
        READ: lambda _actor, _row: True,
        PROPOSE: lambda _actor, _row: True,
        APPROVE: _another,
        DECLINE: _another,
        WITHDRAW: _own,
    }

    def scope(self, actor: Actor, rows: QuerySet[Amendment]) -> QuerySet[Amendment]:
        if not actor.may(READ):
            return rows.none()
        if actor.agency_id is None:
            return rows.filter(agency_id__isnull=True)
        return rows.filter(Q(agency_id=actor.agency_id) | Q(agency_id__in=_helped(actor), state="proposed"))

    def sees(self, actor: Actor, obj: Amendment) -> bool:
        if not actor.may(READ):
            return False
        if obj.agency_id == actor.agency_id:
            return True
        return obj.state == "proposed" and obj.agency_id in _helped(actor)


amendment_policy = AmendmentPolicy()

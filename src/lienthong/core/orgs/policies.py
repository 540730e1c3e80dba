"""Who changes the directory: an agency its own units, the node the units of the directory and the agencies themselves
(CORE-108). Everybody signed in may read it: names and codes of units are public.
"""

from typing import Any
from uuid import UUID

from django.db.models import Model, Q, QuerySet

from lienthong.contracts.actor import Actor
from lienthong.core.actions.errors import Forbidden
from lienthong.core.orgs.models import IssuingBody, Reorganisation, ReorganisedUnit, Unit, UnitImport


def rules_over(actor: Actor, unit: Unit) -> bool:
    """Whether a unit lies in the actor's remit: of the own agency, or, for the node, of no agency or an agency."""
    if actor.is_system:
        return True
    if actor.agency_id is not None:
        return unit.agency_id == actor.agency_id
    return unit.agency_id is None or unit.is_agency


def demand_remit(actor: Actor, *units: Unit) -> None:
    """Raise Forbidden unless every unit lies in the actor's remit."""
    if not all(rules_over(actor, unit) for unit in units):
        raise Forbidden("Thay đổi đơn vị ngoài phạm vi quản trị của mình")


class DirectoryPolicy:
    """Units, codes and schemes: public to read; changed by who holds the verb, within the remit."""

    def __init__(self, *system: str) -> None:
        self.system = frozenset(system)

    def scope(self, _actor: Actor, rows: QuerySet[Any]) -> QuerySet[Any]:
        """All rows."""
        return rows

    def sees(self, _actor: Actor, _obj: Any) -> bool:
        """Everybody."""
        return True

    def allows(self, actor: Actor, verb: str, obj: Any) -> bool:
        """Holders of the verb, for units of their remit; the system for what jobs do."""
        if actor.is_system:
            return verb in self.system
        return actor.may(verb) and (not isinstance(obj, Unit) or rules_over(actor, obj))


class OwnPolicy[M: Model]:
    """Rows of the own agency, or, for the node, those of no agency; seen by who holds the right to read them."""

    def __init__(self, read: str, *system: str) -> None:
        self.read = read
        self.system = frozenset(system)

    def scope(self, actor: Actor, rows: QuerySet[M]) -> QuerySet[M]:
        """Own rows."""
        return rows.filter(self.own(actor)) if actor.may(self.read) else rows.none()

    def sees(self, actor: Actor, obj: M) -> bool:
        """The same for one row."""
        return actor.may(self.read) and self.is_own(actor, obj)

    def own(self, actor: Actor) -> Q:
        """The condition of `scope`."""
        return Q(agency_id=actor.agency_id) if actor.agency_id else Q(agency_id__isnull=True)

    def is_own(self, actor: Actor, obj: Any) -> bool:
        """The condition of `sees`."""
        return bool(obj.agency_id == actor.agency_id)

    def allows(self, actor: Actor, verb: str, obj: M | None) -> bool:
        """Holders of the verb; the system for what jobs do."""
        if actor.is_system:
            return verb in self.system
        return actor.may(verb) and (obj is None or self.sees(actor, obj))


class BodyPolicy(OwnPolicy[IssuingBody]):
    """Issuing bodies are ruled by their agency alone (CORE-102)."""


class ImportPolicy(OwnPolicy[UnitImport]):
    """Imports are seen where they were begun."""


class CasePolicy(OwnPolicy[Reorganisation]):
    """A case is also seen by each agency whose units it concerns: it names the takers of what is its own (CORE-103)."""

    def own(self, actor: Actor) -> Q:
        """Own cases, and those that concern a unit of the own agency."""
        found = super().own(actor)
        if actor.agency_id:
            found |= Q(pk__in=ReorganisedUnit.objects.filter(unit__agency_id=actor.agency_id).values("case_id"))
        return found

    def is_own(self, actor: Actor, obj: Reorganisation) -> bool:
        """The same for one case."""
        return super().is_own(actor, obj) or (actor.agency_id is not None and actor.agency_id in _concerned(obj))


def _concerned(case: Reorganisation) -> set[UUID | None]:
    return {row.unit.agency_id for row in case.units.select_related("unit")}

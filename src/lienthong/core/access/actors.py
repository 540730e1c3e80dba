"""From a person and a position to an actor; the only way from a session to rights."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from lienthong.contracts.actor import Actor
from lienthong.core.access.models import Grant
from lienthong.core.orgs.models import Holding, Unit, UnitVersion
from lienthong.core.orgs.queries import current, positions_of
from lienthong.kit import clock


@dataclass(frozen=True, slots=True)
class Seat:
    """A position that a person may act in: what the switch of positions shows."""

    holding: Holding
    unit: UnitVersion | None
    agency: UnitVersion | None

    @property
    def label(self) -> str:
        """ "Văn thư — Văn phòng — Bộ Thử nghiệm"."""
        names = [self.holding.position.title]
        if self.unit is not None and self.unit != self.agency:
            names.append(self.unit.label)
        if self.agency is not None:
            names.append(self.agency.label)
        return " — ".join(names)


def seats(person_id: UUID) -> list[Seat]:
    """The positions that a person holds now, the main one first."""
    holdings = list(positions_of(person_id).select_related("position__unit"))
    units = {h.position.unit_id for h in holdings} | {h.position.unit.agency_id for h in holdings} - {None}
    versions = current(unit for unit in units if unit is not None)
    return [
        Seat(
            holding,
            versions.get(holding.position.unit_id),
            versions.get(holding.position.unit.agency_id) if holding.position.unit.agency_id else None,
        )
        for holding in holdings
    ]


def verbs_of(position_id: UUID, at: datetime | None = None) -> frozenset[str]:
    """All verbs that a position holds at an instant."""
    grants = Grant.objects.filter(position_id=position_id, held__contains=at or clock.now())
    return frozenset(verb for verbs in grants.values_list("role__verbs", flat=True) for verb in verbs)


def actor_for(
    holding: Holding, *, session: str = "", ip: str = "", request_id: str = "", on_behalf_of: UUID | None = None
) -> Actor:
    """The actor of a holder acting now in a position."""
    unit: Unit = holding.position.unit
    return Actor(
        user_id=holding.person_id,
        name=holding.person.full_name,
        position_id=holding.position_id,
        position=holding.position.title,
        unit_id=unit.id,
        agency_id=unit.agency_id,
        on_behalf_of=on_behalf_of,
        session=session,
        ip=ip,
        request_id=request_id,
        verbs=verbs_of(holding.position_id),
    )


def positions_with(verb: str, agency_id: UUID) -> Iterable[UUID]:
    """The positions of an agency that hold a verb now: whom to tell, whom to offer."""
    now = clock.now()
    return (
        Grant.objects.filter(position__unit__agency_id=agency_id, held__contains=now, role__verbs__contains=[verb])
        .values_list("position_id", flat=True)
        .distinct()
    )

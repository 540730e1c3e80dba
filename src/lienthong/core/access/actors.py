"""From a person and a position to an actor; the only way from a session to rights."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from lienthong.contracts.actor import Actor
from lienthong.core.access.models import Grant, Role
from lienthong.core.identity import support
from lienthong.core.identity.models import User
from lienthong.core.orgs.models import Holding, Unit, UnitVersion
from lienthong.core.orgs.queries import current, worked_by
from lienthong.core.registry import registry
from lienthong.kit import clock

STAND_IN = "thay-"
"""How the key of a seat begins in which one works for an absent colleague."""


@dataclass(frozen=True, slots=True)
class Seat:
    """A position that a person may act in, an own one or an absent colleague's: what the switch of positions shows."""

    holding: Holding
    unit: UnitVersion | None
    agency: UnitVersion | None

    @property
    def key(self) -> str:
        """What the session keeps of the choice."""
        return seat_key(self.holding)

    @property
    def label(self) -> str:
        """ "Văn thư — Văn phòng — Bộ Thử nghiệm", or "thay Nguyễn Văn A: Văn thư — …"."""
        names = [self.holding.position.title]
        if self.unit is not None and self.unit != self.agency:
            names.append(self.unit.label)
        if self.agency is not None:
            names.append(self.agency.label)
        who = f"thay {self.holding.person.full_name}: " if self.key.startswith(STAND_IN) else ""
        return who + " — ".join(names)


def seat_key(holding: Holding) -> str:
    """The key of a row of `worked_by`."""
    absence = vars(holding).get("absence_id")
    return f"{STAND_IN}{absence}" if absence else str(holding.pk)


def seats(person_id: UUID) -> list[Seat]:
    """The positions that a person works in now, the main one first, those of absent colleagues last."""
    holdings = worked_by(person_id)
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


def acting(person: User, wanted: str, *, session: str = "", ip: str = "", request_id: str = "") -> Actor | None:
    """The actor of a signed-in person in the seat of that key, else in the main position; None without a position."""
    holdings = worked_by(person.pk)
    if not holdings:
        return None
    holding = next((row for row in holdings if seat_key(row) == wanted), holdings[0])
    stand_in = person if holding.person_id != person.pk else None
    return actor_for(holding, session=session, ip=ip, request_id=request_id, stand_in=stand_in)


SUPPORT_ROLE = "node-support"
"""The role whose verbs the node's support holds inside an agency while its session lasts."""


def supporting(person: User, *, session: str = "", ip: str = "", request_id: str = "") -> Actor | None:
    """The actor of a support session that goes on: in that agency alone, with the verbs of support (CORE-84)."""
    row = support.of_person(person.pk)
    if row is None:
        return None
    return Actor(
        user_id=person.pk,
        name=person.full_name,
        position="Hỗ trợ kỹ thuật",
        unit_id=row.agency_id,
        agency_id=row.agency_id,
        session=session,
        ip=ip,
        request_id=request_id,
        verbs=frozenset(Role.objects.get(code=SUPPORT_ROLE).verbs),
    )


def verbs_of(position_id: UUID, at: datetime | None = None) -> frozenset[str]:
    """All verbs that a position holds at an instant."""
    grants = Grant.objects.filter(position_id=position_id, held__contains=at or clock.now())
    return frozenset(verb for verbs in grants.values_list("role__verbs", flat=True) for verb in verbs)


def without_signing(verbs: Iterable[str]) -> frozenset[str]:
    """What a working delegation moves: the work, not the authority to sign (CORE-12)."""
    known = registry.verbs
    return frozenset(verb for verb in verbs if verb not in known or not known[verb].signs)


def actor_for(
    holding: Holding, *, session: str = "", ip: str = "", request_id: str = "", stand_in: User | None = None
) -> Actor:
    """The actor of a holder acting now in a position; `stand_in` does the work for the absent holder (CORE-12)."""
    unit: Unit = holding.position.unit
    who = stand_in or holding.person
    verbs = verbs_of(holding.position_id)
    return Actor(
        user_id=who.pk,
        name=who.full_name,
        position_id=holding.position_id,
        position=holding.position.title,
        unit_id=unit.id,
        agency_id=unit.agency_id,
        on_behalf_of=holding.person_id if stand_in is not None else None,
        session=session,
        ip=ip,
        request_id=request_id,
        verbs=without_signing(verbs) if stand_in is not None else verbs,
    )


def positions_with(verb: str, agency_id: UUID) -> Iterable[UUID]:
    """The positions of an agency that hold a verb now: whom to tell, whom to offer."""
    now = clock.now()
    return (
        Grant.objects.filter(position__unit__agency_id=agency_id, held__contains=now, role__verbs__contains=[verb])
        .values_list("position_id", flat=True)
        .distinct()
    )

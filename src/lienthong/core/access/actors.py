"""From a person and a position to an actor; the only way from a session to rights."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, QuerySet, Subquery, TextField, Value
from django.db.models.functions import Coalesce, NullIf

from lienthong.contracts.actor import Actor
from lienthong.core.access.models import Grant, Role
from lienthong.core.identity import support
from lienthong.core.identity.models import User
from lienthong.core.orgs.models import Holding, Unit
from lienthong.core.orgs.queries import versions_at, worked_by
from lienthong.core.registry import registry
from lienthong.kit import clock

STAND_IN = "thay-"
"""How the key of a seat begins in which one works for an absent colleague."""


@dataclass(frozen=True, slots=True)
class Seat:
    """A position that a person may act in, an own one or an absent colleague's: what the switch of positions shows."""

    holding: Holding
    unit: str
    agency: str
    verbs: frozenset[str]

    @property
    def key(self) -> str:
        """What the session keeps of the choice."""
        return seat_key(self.holding)

    @property
    def label(self) -> str:
        """ "Văn thư — Văn phòng — Bộ Thử nghiệm", or "thay Nguyễn Văn A: Văn thư — …"."""
        names = [self.holding.position.title]
        if self.unit and self.holding.position.unit_id != self.holding.position.unit.agency_id:
            names.append(self.unit)
        if self.agency:
            names.append(self.agency)
        who = f"thay {self.holding.person.full_name}: " if self.key.startswith(STAND_IN) else ""
        return who + " — ".join(names)


def seat_key(holding: Holding) -> str:
    """The key of a row of `worked_by`."""
    absence = vars(holding).get("absence_id")
    return f"{STAND_IN}{absence}" if absence else str(holding.pk)


def seats(person_id: UUID) -> list[Seat]:
    """The positions that a person works in now with their rights, the main one first, those of absent colleagues last.

    One statement, for every page needs it.
    """
    now = clock.now()
    nothing = Value("", output_field=TextField())
    called = Coalesce(NullIf("short_name", nothing), "official_name")
    version = versions_at().annotate(called=called).values("called")
    rows = worked_by(
        person_id,
        now,
        granted=ArraySubquery(_grants(OuterRef("position_id"), now).values("role__verbs")),
        unit_label=Subquery(version.filter(unit_id=OuterRef("position__unit_id"))),
        agency_label=Subquery(version.filter(unit_id=OuterRef("position__unit__agency_id"))),
    )
    return [_seat(row) for row in rows]


def _seat(row: Holding) -> Seat:
    found = vars(row)
    verbs = frozenset(verb for verbs in found["granted"] for verb in verbs)
    return Seat(row, found["unit_label"] or "", found["agency_label"] or "", verbs)


def acting(
    person: User,
    wanted: str,
    *,
    session: str = "",
    ip: str = "",
    request_id: str = "",
    among: Sequence[Seat] | None = None,
) -> Actor | None:
    """The actor of a signed-in person in the seat of that key, else in the main position; None without a position.

    `among`: the person's seats where they are known already.
    """
    found = seats(person.pk) if among is None else among
    if not found:
        return None
    seat = next((each for each in found if each.key == wanted), found[0])
    stand_in = person if seat.holding.person_id != person.pk else None
    return _actor(seat.holding, seat.verbs, stand_in, session=session, ip=ip, request_id=request_id)


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
    grants = _grants(position_id, at or clock.now())
    return frozenset(verb for verbs in grants.values_list("role__verbs", flat=True) for verb in verbs)


def _grants(position: UUID | OuterRef, at: datetime) -> QuerySet[Grant]:
    return Grant.objects.filter(position_id=position, held__contains=at)


def without_signing(verbs: Iterable[str]) -> frozenset[str]:
    """What a working delegation moves: the work, not the authority to sign (CORE-12)."""
    known = registry.verbs
    return frozenset(verb for verb in verbs if verb not in known or not known[verb].signs)


def actor_for(
    holding: Holding, *, session: str = "", ip: str = "", request_id: str = "", stand_in: User | None = None
) -> Actor:
    """The actor of a holder acting now in a position; `stand_in` does the work for the absent holder (CORE-12)."""
    return _actor(holding, verbs_of(holding.position_id), stand_in, session=session, ip=ip, request_id=request_id)


def _actor(holding: Holding, verbs: frozenset[str], stand_in: User | None, **request: str) -> Actor:
    unit: Unit = holding.position.unit
    who = stand_in or holding.person
    return Actor(
        user_id=who.pk,
        name=who.full_name,
        position_id=holding.position_id,
        position=holding.position.title,
        unit_id=unit.id,
        agency_id=unit.agency_id,
        on_behalf_of=holding.person_id if stand_in is not None else None,
        verbs=without_signing(verbs) if stand_in is not None else verbs,
        **request,
    )


def positions_with(verb: str, agency_id: UUID) -> Iterable[UUID]:
    """The positions of an agency that hold a verb now: whom to tell, whom to offer."""
    now = clock.now()
    return (
        Grant.objects.filter(position__unit__agency_id=agency_id, held__contains=now, role__verbs__contains=[verb])
        .values_list("position_id", flat=True)
        .distinct()
    )

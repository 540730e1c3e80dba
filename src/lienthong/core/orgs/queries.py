"""Questions about units: as of a date, by code, who held what, who may sign how."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.db.models import OuterRef, Q, QuerySet, Subquery

from lienthong.core.orgs.models import (
    Absence,
    Holding,
    LineageEvent,
    Position,
    SigningDelegation,
    UnitCode,
    UnitVersion,
    code_key,
)
from lienthong.kit import clock


def recorded_at(known: datetime | None) -> Q:
    """The condition on the recorded axis: what the system knows now, or knew at an instant (CORE-1)."""
    return Q(recorded__upper_inf=True) if known is None else Q(recorded__contains=known)


def versions_at(valid: date | None = None, known: datetime | None = None) -> QuerySet[UnitVersion]:
    """The versions in force on a legal date as the system knew them at an instant (CORE-1)."""
    return UnitVersion.objects.filter(recorded_at(known), valid__contains=valid or clock.local_date())


def as_of(unit_id: UUID, valid: date | None = None, known: datetime | None = None) -> UnitVersion | None:
    """What a unit was on a date, as known at an instant; None where it did not exist (V-ORG-1)."""
    return versions_at(valid, known).filter(unit_id=unit_id).first()


def as_printed(unit_id: UUID, at: datetime) -> UnitVersion | None:
    """The version that an object of an instant pins: valid that day as known then, whatever came since (CORE-8).

    No row of a unit is changed or deleted, so unit and instant name the version for ever.
    """
    return as_of(unit_id, clock.local_date(at), at)


def current(unit_ids: Iterable[UUID]) -> dict[UUID, UnitVersion]:
    """Today's versions of many units, in one query."""
    return {version.unit_id: version for version in versions_at().filter(unit_id__in=set(unit_ids))}


def latest(unit_ids: Iterable[UUID]) -> dict[UUID, UnitVersion]:
    """The newest version of many units, ended ones and those to come included, as known now; in one query."""
    rows = UnitVersion.objects.filter(recorded__upper_inf=True, unit_id__in=set(unit_ids)).order_by("valid__startswith")
    return {version.unit_id: version for version in rows}


def code_of(unit_id: UUID, on: date | None = None) -> str:
    """The code under which a unit sends; empty when it has none."""
    rows = UnitCode.objects.filter(
        unit_id=unit_id, valid__contains=on or clock.local_date(), recorded__upper_inf=True
    ).order_by("-primary", "scheme")
    row = rows.first()
    return row.code if row else ""


class State(StrEnum):
    """What became of the unit that a code names."""

    CURRENT = "current"
    RENAMED = "renamed"
    MERGED = "merged"
    SPLIT = "split"
    DISSOLVED = "dissolved"
    UNKNOWN = "unknown"


STATE_WORDS = {
    State.CURRENT: "Đang dùng",
    State.RENAMED: "Đã đổi mã",
    State.MERGED: "Đã hợp nhất, sáp nhập",
    State.SPLIT: "Đã chia, tách",
    State.DISSOLVED: "Đã giải thể",
    State.UNKNOWN: "Không có trong danh bạ",
}


@dataclass(frozen=True, slots=True)
class Resolution:
    """The answer of `resolve`: the unit that now takes traffic for a code, and how it came to that (CORE-6)."""

    state: State
    code: str
    unit_id: UUID | None = None
    version: UnitVersion | None = None
    named_unit_id: UUID | None = None
    successors: tuple[UUID, ...] = field(default_factory=tuple)
    grace_ends: date | None = None

    @property
    def known(self) -> bool:
        """Whether traffic may go anywhere."""
        return self.unit_id is not None


def resolve(code: str, at: date | None = None, *, grace_days: int, known: datetime | None = None) -> Resolution:
    """Which unit a code means on a date; within the grace of a change, its successor (CORE-6, V-ORG-2..3).

    Membership in the registry decides: a code of perfect shape that nobody registered resolves to nothing (CORE-3).
    """
    day = at or clock.local_date()
    rows = UnitCode.objects.filter(recorded_at(known), code_key=code_key(code), valid__startswith__lte=day)
    row = rows.order_by("-valid__startswith").first()
    if row is None:
        return Resolution(State.UNKNOWN, code)
    version = as_of(row.unit_id, day, known)
    alive = row.valid.upper is None or day < row.valid.upper
    if alive and version is not None:
        return Resolution(State.CURRENT, code, row.unit_id, version, row.unit_id)
    ended = row.valid.upper if not alive else _end_of(row.unit_id)
    last_day = ended + timedelta(days=grace_days) if ended else None
    target: UUID | None
    successors: tuple[UUID, ...]
    if version is not None:
        # The unit lives on under another code.
        state, target, successors = State.RENAMED, row.unit_id, ()
    else:
        state, target, successors = _follow(row.unit_id, day)
    if last_day is None or day > last_day:
        return Resolution(State.UNKNOWN, code, None, None, row.unit_id, successors, last_day)
    found = as_of(target, day, known) if target else None
    return Resolution(state, code, target if found else None, found, row.unit_id, successors, last_day)


_ENDINGS = {
    LineageEvent.Kind.MERGE: State.MERGED,
    LineageEvent.Kind.SPLIT: State.SPLIT,
    LineageEvent.Kind.DISSOLVE: State.DISSOLVED,
}


def _follow(unit_id: UUID, day: date) -> tuple[State, UUID | None, tuple[UUID, ...]]:
    """How a unit ended, who takes its traffic on that day, and its direct successors, the primary one first.

    A successor that was itself merged or split since is followed to the one that lives; nobody is followed twice.
    """
    state, successors = _ending(unit_id, day)
    target = next(iter(successors), None)
    seen = {unit_id}
    while target is not None and target not in seen and as_of(target, day) is None:
        seen.add(target)
        _, further = _ending(target, day)
        target = next(iter(further), None)
    return state, target if target not in seen else None, successors


def _ending(unit_id: UUID, day: date) -> tuple[State, tuple[UUID, ...]]:
    event = (
        LineageEvent.objects.filter(kind__in=_ENDINGS, links__predecessor_id=unit_id, effective__lte=day)
        .order_by("-effective", "-recorded_at")
        .first()
    )
    if event is None:
        return State.DISSOLVED, ()
    links = event.links.filter(predecessor_id=unit_id, successor__isnull=False).order_by("-primary", "id")
    return _ENDINGS[LineageEvent.Kind(event.kind)], tuple(links.values_list("successor_id", flat=True))


def _end_of(unit_id: UUID) -> date | None:
    row = UnitVersion.objects.filter(unit_id=unit_id, recorded__upper_inf=True).order_by("-valid__startswith").first()
    return row.valid.upper if row else None


def holdings_at(instant: datetime | None = None) -> QuerySet[Holding]:
    """Who held which position at an instant (CORE-10)."""
    moment = instant or clock.now()
    return Holding.objects.filter(held__contains=moment).select_related("position", "person")


def positions_of(person_id: UUID, instant: datetime | None = None) -> QuerySet[Holding]:
    """The positions that a person holds, the main one first."""
    return holdings_at(instant).filter(person_id=person_id).order_by("-main", "position__order")


def worked_by(person_id: UUID, instant: datetime | None = None, **beside: Any) -> list[Holding]:
    """The positions in which a person works: own ones, the main one first, then those of absent colleagues (CORE-12).

    One statement; `absence_id` of a row is None for an own position, and `beside` annotates more. Who holds nothing
    stands in for nobody.
    """
    moment = instant or clock.now()
    away = Absence.objects.filter(delegate_id=person_id, ended_at__isnull=True, held__contains=moment)
    ids = Holding.objects.filter(person_id=person_id).values("pk").union(away.values("holding_id"))
    rows = (
        holdings_at(moment)
        .filter(pk__in=ids)
        .annotate(absence_id=Subquery(away.filter(holding=OuterRef("pk")).values("pk")[:1]), **beside)
        .select_related("position__unit")
        .order_by("-main", "position__order")
    )
    found: list[Holding] = sorted(rows, key=lambda row: row.person_id != person_id)
    return found if found and found[0].person_id == person_id else []


def delegations_to(position: Position, instant: datetime | None = None) -> QuerySet[SigningDelegation]:
    """The authority to sign that a position has by delegation at an instant: neither expired nor revoked, to the
    second.
    """
    moment = instant or clock.now()
    return SigningDelegation.objects.filter(taker=position, held__contains=moment).filter(
        Q(revoked_at__isnull=True) | Q(revoked_at__gt=moment)
    )

"""Questions about units: as of a date, by code, who held what, who may sign how."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from django.db.models import Q, QuerySet

from lienthong.core.orgs.models import (
    Holding,
    LineageEvent,
    LineageLink,
    Position,
    SigningDelegation,
    UnitCode,
    UnitVersion,
    code_key,
)
from lienthong.kit import clock


def versions_at(valid: date | None = None, known: datetime | None = None) -> QuerySet[UnitVersion]:
    """The versions in force on a legal date as the system knew them at an instant (CORE-1)."""
    return UnitVersion.objects.filter(
        valid__contains=valid or clock.local_date(), recorded__contains=known or clock.now()
    )


def as_of(unit_id: UUID, valid: date | None = None, known: datetime | None = None) -> UnitVersion | None:
    """What a unit was on a date, as known at an instant; None where it did not exist (V-ORG-1)."""
    return versions_at(valid, known).filter(unit_id=unit_id).first()


def current(unit_ids: Iterable[UUID]) -> dict[UUID, UnitVersion]:
    """Today's versions of many units, in one query."""
    return {version.unit_id: version for version in versions_at().filter(unit_id__in=set(unit_ids))}


def code_of(unit_id: UUID, on: date | None = None) -> str:
    """The code under which a unit sends; empty when it has none."""
    rows = UnitCode.objects.filter(
        unit_id=unit_id, valid__contains=on or clock.local_date(), recorded__contains=clock.now()
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


def resolve(code: str, at: date | None = None, *, grace_days: int) -> Resolution:
    """Which unit a code means on a date; within the grace of a change, its successor (CORE-6, V-ORG-2..3).

    Membership in the registry decides: a code of perfect shape that nobody registered resolves to nothing (CORE-3).
    """
    day = at or clock.local_date()
    rows = UnitCode.objects.filter(code_key=code_key(code), recorded__contains=clock.now(), valid__startswith__lte=day)
    row = rows.order_by("-valid__startswith").first() if rows else None
    if row is None:
        return Resolution(State.UNKNOWN, code)
    version = as_of(row.unit_id, day)
    alive = row.valid.upper is None or day < row.valid.upper
    if alive and version is not None:
        return Resolution(State.CURRENT, code, row.unit_id, version, row.unit_id)
    ended = row.valid.upper if not alive else _end_of(row.unit_id)
    last_day = ended + timedelta(days=grace_days) if ended else None
    event, links = _last_change(row.unit_id, day)
    successors = tuple(link.successor_id for link in links if link.successor_id)
    target: UUID | None
    if version is not None and not alive:
        # The unit lives on under another code.
        state, target = State.RENAMED, row.unit_id
    elif event is not None and event.kind == LineageEvent.Kind.MERGE:
        state, target = State.MERGED, next(iter(successors), None)
    elif event is not None and event.kind == LineageEvent.Kind.SPLIT:
        state = State.SPLIT
        target = next((link.successor_id for link in links if link.primary), None)
    else:
        state, target = State.DISSOLVED, next(iter(successors), None)
    if last_day is None or day > last_day:
        return Resolution(State.UNKNOWN, code, None, None, row.unit_id, successors, last_day)
    return Resolution(state, code, target, as_of(target, day) if target else None, row.unit_id, successors, last_day)


def _end_of(unit_id: UUID) -> date | None:
    row = UnitVersion.objects.filter(unit_id=unit_id, recorded__contains=clock.now()).order_by("-valid__startswith")
    last = row.first()
    return last.valid.upper if last else None


def _last_change(unit_id: UUID, day: date) -> tuple[LineageEvent | None, list[LineageLink]]:
    event = (
        LineageEvent.objects.filter(links__predecessor_id=unit_id, effective__lte=day).order_by("-effective").first()
    )
    return event, list(event.links.filter(predecessor_id=unit_id).order_by("-primary", "id")) if event else []


def holdings_at(instant: datetime | None = None) -> QuerySet[Holding]:
    """Who held which position at an instant (CORE-10)."""
    moment = instant or clock.now()
    return Holding.objects.filter(held__contains=moment).select_related("position", "person")


def positions_of(person_id: UUID, instant: datetime | None = None) -> QuerySet[Holding]:
    """The positions that a person holds, the main one first."""
    return holdings_at(instant).filter(person_id=person_id).order_by("-main", "position__order")


def delegations_to(position: Position, instant: datetime | None = None) -> QuerySet[SigningDelegation]:
    """The authority to sign that a position has by delegation at an instant: neither expired nor revoked, to the
    second.
    """
    moment = instant or clock.now()
    return SigningDelegation.objects.filter(taker=position, held__contains=moment).filter(
        Q(revoked_at__isnull=True) | Q(revoked_at__gt=moment)
    )

"""Whom a change would touch: open clocks held against the law as it would stand (CORE-32).

What the calendar decides is counted anew after the approval (CORE-25); what a rule decides is pinned by its case
(CORE-30), so such cases are listed and never silently counted anew.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from lienthong.contracts.ref import Ref
from lienthong.core.clocks import running
from lienthong.core.clocks.models import Clock
from lienthong.core.lawbook import snapshot
from lienthong.core.lawbook.models import Parameter, Recorded
from lienthong.core.lawbook.snapshot import SETTINGS, Snapshot
from lienthong.kit import clock as time_of
from lienthong.kit import workdays

LISTED = 50
"""How many of the touched clocks a stored preview names; all of them are counted."""


@dataclass(frozen=True, slots=True)
class Touched:
    """One open clock: its due date now and as it would be; `pinned` when its case keeps the old rule."""

    clock_id: UUID
    subject: Ref
    agency_id: UUID
    key: str
    old: datetime | None
    new: datetime | None
    pinned: bool

    @property
    def way(self) -> str:
        """later: applied after approval; earlier: listed for decision; kept: pinned; same: only no longer tạm tính."""
        if self.pinned:
            return "kept"
        if self.new is None or self.old is None or self.new == self.old:
            return "same"
        return "later" if self.new > self.old else "earlier"

    def to_json(self) -> dict[str, Any]:
        """The stored form."""
        return {
            "clock": str(self.clock_id),
            "subject": str(self.subject),
            "agency": str(self.agency_id),
            "key": self.key,
            "old": self.old and self.old.isoformat(),
            "new": self.new and self.new.isoformat(),
            "way": self.way,
        }


@dataclass(frozen=True, slots=True)
class Preview:
    """What a change would touch, counted on the law of version `law_version`."""

    law_version: int
    at: datetime
    touched: tuple[Touched, ...]

    @property
    def cases(self) -> int:
        """How many open cases: one may have several clocks."""
        return len({row.subject for row in self.touched})

    def count(self, way: str) -> int:
        """How many clocks go one way."""
        return sum(row.way == way for row in self.touched)

    def to_json(self) -> dict[str, Any]:
        """The stored form: counts of all, the first ones by name."""
        ways = {way: self.count(way) for way in ("later", "earlier", "kept", "same")}
        return {
            "law_version": self.law_version,
            "at": self.at.isoformat(),
            "cases": self.cases,
            "clocks": len(self.touched),
            **ways,
            "listed": [row.to_json() for row in self.touched[:LISTED]],
        }


def of(rows: Sequence[Recorded], agency_id: UUID | None) -> Preview:
    """The open clocks of an agency, or of the node, that these rows would touch."""
    held = snapshot.current()
    would = held.supposing(rows)
    open_clocks = Clock.objects.exclude(state=Clock.State.STOPPED).order_by("due_at", "id")
    if agency_id is not None:
        open_clocks = open_clocks.filter(agency_id=agency_id)
    touched: list[Touched] = []
    if _moves_calendar(rows):
        touched += _by_calendar(open_clocks.prefetch_related("pauses"), held, would)
    rules = {row.key for row in rows if isinstance(row, Parameter) and row.kind == Parameter.Kind.DURATION}
    if rules:
        touched += _by_rule(open_clocks.filter(key__in=rules).prefetch_related("pauses"), would)
    return Preview(held.number, time_of.now(), tuple(touched))


def _moves_calendar(rows: Sequence[Recorded]) -> bool:
    return any(not isinstance(row, Parameter) or row.key in SETTINGS for row in rows)


def _by_calendar(clocks: Iterable[Clock], held: Snapshot, would: Snapshot) -> Iterator[Touched]:
    now = time_of.now()
    calendars: dict[UUID, tuple[workdays.Calendar, workdays.Calendar]] = {}
    for clock in clocks:
        if clock.agency_id not in calendars:
            calendars[clock.agency_id] = (held.calendar(clock.agency_id), would.calendar(clock.agency_id))
        old, new = calendars[clock.agency_id]
        as_of = now if clock.state == Clock.State.PAUSED else None
        result = running.counted(clock, new, as_of)
        # What a standing clock shows is the count as if it ran again now, under either calendar.
        before = running.counted(clock, old, as_of).due_at if as_of else clock.due_at
        if (result.due_at, result.provisional) != (before, clock.provisional):
            yield _touched(clock, before, result.due_at, pinned=False)


def _by_rule(clocks: Iterable[Clock], would: Snapshot) -> Iterator[Touched]:
    for clock in clocks:
        try:
            rule = would.rule(clock.key, _event_day(clock), clock.agency_id, would.number)
        except LookupError:
            yield _touched(clock, clock.due_at, None, pinned=True)
            continue
        kept = workdays.Rule.from_json(clock.rule)
        if (rule.duration, rule.until, rule.cutoff) == (kept.duration, kept.until, kept.cutoff):
            continue
        as_of = time_of.now() if clock.state == Clock.State.PAUSED else None
        calendar = would.calendar(clock.agency_id)
        result = workdays.add(calendar, clock.start, rule, pauses=clock.intervals(), as_of=as_of)
        yield _touched(clock, clock.due_at, result.due_at, pinned=True)


def _event_day(clock: Clock) -> date:
    return clock.start_date or time_of.local_date(clock.started_at)


def _touched(clock: Clock, old: datetime | None, new: datetime | None, *, pinned: bool) -> Touched:
    return Touched(clock.pk, clock.subject, clock.agency_id, clock.key, old, new, pinned)

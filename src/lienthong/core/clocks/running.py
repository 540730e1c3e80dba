"""What the functions of this package do."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q

from lienthong.contracts.ref import Ref
from lienthong.core import lawbook
from lienthong.core.clocks import ClockClosed
from lienthong.core.clocks.models import Clock, ClockPause, ClockProposal, ClockWarning
from lienthong.kit import clock as time_of
from lienthong.kit import workdays


def start(
    ref: Ref,
    key: str,
    event: date | datetime,
    *,
    agency_id: UUID,
    holder: UUID | None,
    law_version: int | None,
    on: date | None,
    previous: Clock | None = None,
) -> Clock:
    """Count, store, plan the warnings."""
    instant = event if isinstance(event, datetime) else None
    day = on or (time_of.local_date(instant) if instant else event)
    rule = lawbook.rule(key, on=day, agency=agency_id, version=law_version)
    calendar = lawbook.calendar(agency_id)
    result = workdays.add(calendar, event, rule)
    clock = Clock.objects.create(
        agency_id=agency_id,
        subject_kind=ref.kind,
        subject_id=ref.id,
        key=key,
        holder_id=holder,
        previous=previous,
        rule=rule.to_json(),
        law_version=lawbook.version() if law_version is None else law_version,
        calendar_version=calendar.version,
        checked_version=calendar.version,
        started_at=instant or time_of.at_local(event),
        start_date=None if instant else event,
        due_at=result.due_at,
        first_due_at=result.due_at,
        provisional=result.provisional,
        explanation=result.explanation(),
    )
    plan_warnings(clock, result)
    return clock


def restart(old: Clock, event: date | datetime) -> Clock:
    """The old clock stops where it stands; the new one has the same rule, holder and pinned law."""
    stop(old, None)
    return start(
        old.subject,
        old.key,
        event,
        agency_id=old.agency_id,
        holder=old.holder_id,
        law_version=old.law_version,
        on=None,
        previous=old,
    )


def stop(clock: Clock, at: datetime | None) -> None:
    """Close an open pause, then the clock."""
    moment = at or time_of.now()
    _lock(clock, (Clock.State.RUNNING, Clock.State.PAUSED))
    if clock.state == Clock.State.PAUSED:
        ClockPause.objects.filter(clock=clock, ended_at__isnull=True).update(ended_at=moment)
        count_again(clock, lawbook.calendar(clock.agency_id))
    clock.state, clock.stopped_at = Clock.State.STOPPED, moment
    clock.save()
    ClockWarning.objects.filter(clock=clock, claimed_at__isnull=True).delete()
    clock.proposals.filter(state=ClockProposal.State.OPEN).update(state=ClockProposal.State.WITHDRAWN)


def pause(clock: Clock, reason: str, at: datetime | None) -> None:
    """Open an interval; warnings rest with the clock."""
    _lock(clock, (Clock.State.RUNNING,))
    ClockPause.objects.create(clock=clock, started_at=at or time_of.now(), reason=reason)
    clock.state = Clock.State.PAUSED
    clock.save(update_fields=["state"])


def resume(clock: Clock, at: datetime | None) -> None:
    """Close the interval and count again."""
    _lock(clock, (Clock.State.PAUSED,))
    ClockPause.objects.filter(clock=clock, ended_at__isnull=True).update(ended_at=at or time_of.now())
    result = count_again(clock, lawbook.calendar(clock.agency_id))
    clock.state = Clock.State.RUNNING
    clock.save()
    plan_warnings(clock, result)


def explain(clock: Clock) -> dict[str, Any]:
    """The stored explanation, or that of a standing clock as of now."""
    if clock.state != Clock.State.PAUSED:
        return dict(clock.explanation)
    return counted(clock, lawbook.calendar(clock.agency_id), as_of=time_of.now()).explanation()


def late(at: datetime | None) -> Q:
    """Stopped after the bound, or running past it, or paused past it."""
    moment = at or time_of.now()
    paused_late = ClockPause.objects.filter(
        clock=OuterRef("pk"), ended_at__isnull=True, started_at__gte=OuterRef("due_at")
    )
    stopped, running = (
        Q(state=Clock.State.STOPPED, stopped_at__gte=F("due_at")),
        Q(state=Clock.State.RUNNING, due_at__lte=moment),
    )
    return stopped | running | Q(Exists(paused_late), state=Clock.State.PAUSED)


def counted(clock: Clock, calendar: workdays.Calendar, as_of: datetime | None = None) -> workdays.Result:
    """The deadline under a calendar, by the rule that the clock keeps (CORE-30)."""
    return workdays.add(
        calendar, clock.start, workdays.Rule.from_json(clock.rule), pauses=clock.intervals(), as_of=as_of
    )


def count_again(clock: Clock, calendar: workdays.Calendar) -> workdays.Result:
    """Set due date and explanation by a calendar; the caller saves."""
    result = counted(clock, calendar)
    clock.due_at, clock.provisional = result.due_at, result.provisional
    clock.calendar_version = clock.checked_version = calendar.version
    clock.explanation = result.explanation()
    return result


def plan_warnings(clock: Clock, result: workdays.Result) -> None:
    """Plan what is still to be told: mornings before and of the due date, then the deadline itself (OF-17).

    A reminder once told is not told again when the date moves; one whose time has passed is not planned.
    """
    if result.due_date is None or result.due_at is None:
        return
    now = time_of.now()
    opens = result.calendar.hours.spans[0][0]
    planned = [ClockWarning(clock=clock, overdue=1, at=result.due_at)]
    if result.rule.duration.unit not in _SHORT:
        for days in lawbook.get("clock.remind_before_days", agency=clock.agency_id):
            morning = time_of.at_local(result.due_date - timedelta(days=days), opens)
            planned.append(ClockWarning(clock=clock, days_before=days, at=morning))
    told = {(w.days_before, w.overdue) for w in clock.warnings.filter(claimed_at__isnull=False)}
    clock.warnings.filter(claimed_at__isnull=True).delete()
    _create(w for w in planned if w.at > now and (w.days_before, w.overdue) not in told)


_SHORT = frozenset({workdays.Unit.HOUR, workdays.Unit.MINUTE, workdays.Unit.WORKING_HOUR})
"""Limits too short for a reminder days before."""


def _create(warnings: Iterable[ClockWarning]) -> None:
    ClockWarning.objects.bulk_create(warnings)


def _lock(clock: Clock, states: tuple[str, ...]) -> None:
    """Lock the row and let the caller's instance show it; raises ClockClosed in any other state."""
    fresh = Clock.objects.select_for_update().get(pk=clock.pk)
    for field in Clock._meta.concrete_fields:
        setattr(clock, field.attname, getattr(fresh, field.attname))
    if clock.state not in states:
        raise ClockClosed(f"{clock}: {clock.state}")

"""The sweeper of reminders, and the recount after a calendar change; both may be killed anywhere (CORE-27)."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import connection, transaction
from django.db.models import QuerySet

from lienthong.contracts.actor import system_actor
from lienthong.core import lawbook, notify
from lienthong.core.clocks import actions, running
from lienthong.core.clocks.models import Clock, ClockProposal, ClockWarning
from lienthong.core.registry import registry
from lienthong.kit import clock as time_of
from lienthong.kit.vietnamese import short_date
from lienthong.kit.workdays import Calendar

BATCH = 100

# The claim and what is told commit together: a killed sweeper leaves the reminder unclaimed and untold.
_CLAIM = """
UPDATE clocks_clockwarning SET claimed_at = %(now)s
WHERE claimed_at IS NULL AND id IN (
    SELECT w.id FROM clocks_clockwarning w JOIN clocks_clock c ON c.id = w.clock_id
    WHERE w.claimed_at IS NULL AND w.at <= %(now)s AND c.state = 'running'
    ORDER BY w.at LIMIT %(limit)s FOR UPDATE OF w SKIP LOCKED)
RETURNING id
"""


def sweep(limit: int = BATCH) -> int:
    """Tell what is due to be told, each reminder once; returns how many were claimed (CORE-27).

    When several reminders of one clock fell due while no sweeper ran, only the last of them is told.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(_CLAIM, {"now": time_of.now(), "limit": limit})
            ids = [row[0] for row in cursor.fetchall()]
        claimed = ClockWarning.objects.filter(id__in=ids).select_related("clock").order_by("at")
        newest = {warning.clock_id: warning for warning in claimed}
        for warning in newest.values():
            _tell(warning)
    return len(ids)


def _tell(warning: ClockWarning) -> None:
    clock = warning.clock
    if clock.due_at is None:
        return
    notify.tell(
        [clock.holder_id],
        event=f"clock:{clock.id}:{warning.days_before}:{warning.overdue}",
        kind="deadline",
        text=f"{registry.title(clock.subject)}: {_words(warning, clock)}",
        ref=clock.subject,
        urgent=bool(warning.overdue),
    )
    if warning.overdue:
        every = timedelta(days=lawbook.get("clock.remind_overdue_days", agency=clock.agency_id))
        ClockWarning.objects.create(clock=clock, overdue=warning.overdue + 1, at=_after(warning.at, every))


def _after(at: datetime, every: timedelta) -> datetime:
    """The first repetition that lies in the future: after a long outage nobody is told week by week."""
    now = time_of.now()
    return at + every * max(1, -((at - now) // every))


def _words(warning: ClockWarning, clock: Clock) -> str:
    due = date.fromisoformat(clock.explanation["due_date"])
    left = (due - time_of.local_date()).days
    if warning.overdue:
        return f"đã quá hạn {short_date(due)}"
    return f"đến hạn hôm nay, {short_date(due)}" if left <= 0 else f"còn {left} ngày đến hạn {short_date(due)}"


def _untold(_done: int, _total: int) -> None:
    """Progress that nobody watches."""


def recount_open(cause: str, progress: Callable[[int, int], None] = _untold) -> int:
    """Hold every open clock against the calendar now in force, each in a transaction of its own (CORE-25).

    Returns how many moved, are proposed to move, or are no longer provisional. Repeating it, after a kill or for good
    measure, touches only what is not yet held. `progress` hears how many are held, of how many.
    """
    moved, done, by = 0, 0, system_actor("clocks")
    agencies = (
        Clock.objects.exclude(state=Clock.State.STOPPED).order_by().values_list("agency_id", flat=True).distinct()
    )
    calendars = {agency: lawbook.calendar(agency) for agency in list(agencies)}
    total = sum(_behind(agency, calendar).count() for agency, calendar in calendars.items())
    for agency, calendar in calendars.items():
        behind = _behind(agency, calendar)
        while batch := list(behind.prefetch_related("pauses")[:BATCH]):
            for clock in batch:
                if not _unmoved(clock, calendar):
                    actions.recount(by=by, target=clock, cause=cause)
                    moved += 1
            done += len(batch)
            progress(done, max(done, total))
    return moved


def _behind(agency_id: UUID, calendar: Calendar) -> QuerySet[Clock]:
    """The open clocks of an agency that were not yet held against a calendar."""
    rows = Clock.objects.filter(agency_id=agency_id).exclude(state=Clock.State.STOPPED)
    return rows.exclude(checked_version=calendar.version)


def _unmoved(clock: Clock, calendar: Calendar) -> bool:
    """Note that a clock was held against the calendar when nothing follows from it; no entry, no notice."""
    if clock.state == Clock.State.RUNNING:
        result = running.counted(clock, calendar)
        if (result.due_at, result.provisional) != (clock.due_at, clock.provisional):
            return False
        if clock.proposals.filter(state=ClockProposal.State.OPEN).exists():
            return False
    same = Clock.objects.filter(pk=clock.pk, state=clock.state, due_at=clock.due_at)
    return bool(same.update(checked_version=calendar.version))

"""Deadlines: started, paused, resumed and stopped inside the acts of systems, explained to who asks (CORE-22…27).

``start`` counts by the lawbook's rule of a key and the agency's calendar, and stores due date and explanation. All of
these run in the caller's transaction; the journal entry is that of the caller's action.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from lienthong.contracts.ref import Ref

if TYPE_CHECKING:
    from django.db.models import Q

    from lienthong.core.clocks.models import Clock

__all__ = ["ClockClosed", "explain", "late", "of", "pause", "restart", "resume", "start", "stop"]


class ClockClosed(RuntimeError):
    """The clock does not run (or does not stand), so it cannot be paused, resumed or stopped."""


# Models exist only after the apps are loaded; this package is imported earlier.


def start(
    ref: Ref,
    key: str,
    event: date | datetime,
    *,
    agency_id: UUID,
    holder: UUID | None = None,
    law_version: int | None = None,
    on: date | None = None,
) -> "Clock":
    """Start the clock of a rule for an object; `event` is an aware instant or a legal date.

    The rule is that of `on` (default: the event's legal date), under the pinned `law_version`. One clock of a key runs
    for an object at a time: IntegrityError otherwise.
    """
    from lienthong.core.clocks import running

    return running.start(ref, key, event, agency_id=agency_id, holder=holder, law_version=law_version, on=on)


def restart(clock: "Clock", event: date | datetime) -> "Clock":
    """Begin anew from zero after a return for completion: a new clock, linked to the old one (CORE-23)."""
    from lienthong.core.clocks import running

    return running.restart(clock, event)


def stop(clock: "Clock", *, at: datetime | None = None) -> None:
    """The act was done: the clock stops and never changes again. Raises ClockClosed when it has stopped before."""
    from lienthong.core.clocks import running

    running.stop(clock, at)


def pause(clock: "Clock", reason: str, *, at: datetime | None = None) -> None:
    """Stand while somebody else is awaited (CORE-22). Raises ClockClosed unless it runs."""
    from lienthong.core.clocks import running

    running.pause(clock, reason, at)


def resume(clock: "Clock", *, at: datetime | None = None) -> None:
    """Run again, with the due date counted anew. Raises ClockClosed unless it stands."""
    from lienthong.core.clocks import running

    running.resume(clock, at)


def explain(clock: "Clock") -> dict[str, Any]:
    """Why this date: the stored explanation; of a standing clock, as if its pause ended now (CORE-22, CORE-24)."""
    from lienthong.core.clocks import running

    return running.explain(clock)


def of(ref: Ref, key: str = "") -> "Sequence[Clock]":
    """The clocks of an object (of one rule), the newest first."""
    from lienthong.core.clocks.models import Clock

    found = Clock.objects.filter(subject_kind=ref.kind, subject_id=ref.id).order_by("-started_at", "-id")
    return list(found.filter(key=key) if key else found)


def late(at: datetime | None = None) -> "Q":
    """The condition of clocks that are late at an instant, equal to `Clock.is_late` (CORE-27, CORE-94)."""
    from lienthong.core.clocks import running

    return running.late(at)

"""Sweeping reminders, and recounting when the calendar changed."""

from lienthong.core import jobs, outbox
from lienthong.core.clocks import sweeping
from lienthong.core.lawbook.actions import CALENDAR_CHANGED


@jobs.periodic("clocks.sweep", seconds=30)
def sweep() -> None:
    """Tell the reminders that are due (CORE-27)."""
    while sweeping.sweep() == sweeping.BATCH:
        pass


@outbox.handles(CALENDAR_CHANGED)
def calendar_changed(message: outbox.Message) -> None:
    """Ask for the recount in the transaction that notes the message."""
    jobs.enqueue("clocks.recount", cause=str(message.payload["reason"]))


@jobs.job("clocks.recount", atomic=False)
def recount(cause: str) -> None:
    """Hold the open clocks against the calendar (CORE-25)."""
    sweeping.recount_open(cause)


@jobs.periodic("clocks.recount_rest", seconds=600)
def recount_rest() -> None:
    """Clocks that were started under the calendar of a moment ago, while it changed."""
    sweeping.recount_open("lịch làm việc thay đổi")

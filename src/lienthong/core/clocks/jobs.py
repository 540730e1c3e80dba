"""Sweeping reminders, and recounting when the calendar changed."""

import logging

from lienthong.core import jobs, outbox
from lienthong.core.clocks import drift, sweeping
from lienthong.core.lawbook.actions import CALENDAR_CHANGED

logger = logging.getLogger("lienthong.clocks")


@jobs.periodic("clocks.drift", seconds=60)
def watch_drift() -> None:
    """Raise the alarm when the clocks of application and database part (CORE-99)."""
    apart = drift.measure()
    if drift.alarming(apart):
        logger.error("the clock of the database is %+.1f s from this machine's", apart.total_seconds())
        drift.alarm(apart)


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
def recount(context: jobs.JobContext, cause: str) -> None:
    """Hold the open clocks against the calendar, telling how far it is (CORE-25)."""
    sweeping.recount_open(cause, context.progress)


@jobs.periodic("clocks.recount_rest", seconds=600)
def recount_rest() -> None:
    """Clocks that were started under the calendar of a moment ago, while it changed."""
    sweeping.recount_open("lịch làm việc thay đổi")

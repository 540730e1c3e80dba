"""The one clock of the platform (CORE-99): instants in UTC, dates in the legal zone of Viet Nam (CORE-14)."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

LEGAL_ZONE = ZoneInfo("Asia/Ho_Chi_Minh")


_pinned: ContextVar[datetime | None] = ContextVar("pinned", default=None)


def now() -> datetime:
    """The present instant, aware, in UTC."""
    return _pinned.get() or datetime.now(UTC)


@contextmanager
def pinned(instant: datetime) -> Iterator[None]:
    """Let a block of work happen at a past instant: how the demo world gets two years of life; used by nothing else."""
    token = _pinned.set(instant)
    try:
        yield
    finally:
        _pinned.reset(token)


def local(instant: datetime | None = None) -> datetime:
    """An instant (default: now) on the wall clock of the legal zone, UTC+7 without summer time."""
    return (instant or now()).astimezone(LEGAL_ZONE)


def local_date(instant: datetime | None = None) -> date:
    """The legal date of an instant: `2026-08-20T17:30Z` lies on 2026-08-21 (V-TZ-1)."""
    return local(instant).date()


def at_local(day: date, moment: time = time.min) -> datetime:
    """The UTC instant of a wall-clock time on a legal date."""
    return datetime.combine(day, moment, tzinfo=LEGAL_ZONE).astimezone(UTC)


def end_of_day(day: date) -> datetime:
    """The end of a date deadline: 24:00 of that day, which is the next day 00:00, exclusive (BLDS 2015 Đ148.6)."""
    return at_local(day + timedelta(days=1))

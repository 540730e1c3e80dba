"""Numbers, dates and sizes as Vietnamese officials write them (CORE-92): dd/mm/yyyy, 24 hours, 1.234.567,89."""

from datetime import date, datetime
from decimal import Decimal

from lienthong.core.access.counts import COUNT_CAP
from lienthong.kit import clock


def vndate(value: date | datetime | None) -> str:
    """`05/11/2026`; an instant is first put on the legal wall clock; None gives the empty string."""
    if value is None:
        return ""
    day = clock.local_date(value) if isinstance(value, datetime) else value
    return f"{day:%d/%m/%Y}"


def vntime(value: datetime | None) -> str:
    """`17:00` on the legal wall clock."""
    return "" if value is None else f"{clock.local(value):%H:%M}"


def vndatetime(value: datetime | None) -> str:
    """`05/11/2026 17:00` on the legal wall clock."""
    return "" if value is None else f"{clock.local(value):%d/%m/%Y %H:%M}"


def vnnumber(value: float | Decimal | None, places: int | None = None) -> str:
    """`1.234.567,89`; `places` fixes the digits after the comma, None keeps those of the value."""
    if value is None:
        return ""
    if places is not None:
        text = f"{value:,.{places}f}"
    elif isinstance(value, int):
        text = f"{value:,d}"
    else:
        text = f"{Decimal(str(value)):,f}"
    return text.translate(str.maketrans(",.", ".,"))


def capped(count: int | None, cap: int = COUNT_CAP) -> str:
    """A count no longer than its cap: 1000 is `1.000`, one more is `1.000+`; None is the empty string."""
    if count is None:
        return ""
    return f"{vnnumber(cap)}+" if count > cap else vnnumber(count)


def vnsize(size: int | None) -> str:
    """A size in bytes as `820 B`, `12 KB`, `1,4 MB`."""
    if size is None:
        return ""
    if size < 1024:
        return f"{size} B"
    amount = float(size)
    for unit in ("KB", "MB", "GB"):
        amount /= 1024
        if amount < 1024 or unit == "GB":
            return f"{vnnumber(amount, 0 if amount >= 10 or unit == 'KB' else 1)} {unit}"
    raise AssertionError

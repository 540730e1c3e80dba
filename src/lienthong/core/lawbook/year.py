"""A year of the working-day calendar as people look at it: months, working days, what each day is and why (CORE-15)."""

import calendar as months_of
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from lienthong.core.lawbook import snapshot
from lienthong.core.lawbook.models import CalendarEntry
from lienthong.kit.workdays import Calendar, CalendarDay

KIND_WORDS = dict(CalendarEntry.KINDS)


@dataclass(frozen=True, slots=True)
class Day:
    """A date of the grid; `entry` tells why it differs from its weekday."""

    day: date
    inside: bool
    working: bool
    rest: bool
    entry: CalendarDay | None

    @property
    def kind(self) -> str:
        """The kind of the entry, or empty."""
        return self.entry.kind.value if self.entry else ""

    @property
    def words(self) -> str:
        """What the day is, for readers of screens and titles."""
        if self.entry:
            return f"{KIND_WORDS[self.entry.kind.value]}: {self.entry.reason}"
        return "nghỉ hằng tuần" if self.rest else "ngày làm việc"


@dataclass(frozen=True, slots=True)
class Month:
    """Weeks of seven days, Monday first, and how many of the days are worked."""

    number: int
    weeks: list[list[Day]]
    working: int


@dataclass(frozen=True, slots=True)
class YearView:
    """A year of an agency (None: of the nation)."""

    year: int
    months: list[Month]
    working: int
    confirmed: bool
    source: str
    entries: list[CalendarEntry]
    calendar: Calendar


def of(year: int, agency: UUID | None) -> YearView:
    """The year under the calendar now in force, with the standing entries by date."""
    held = snapshot.current()
    known = held.calendar(agency)
    grid = months_of.Calendar()
    months = []
    for number in range(1, 13):
        weeks = [[_day(known, day, number) for day in week] for week in grid.monthdatescalendar(year, number)]
        months.append(Month(number, weeks, sum(d.working and d.inside for week in weeks for d in week)))
    rows = [
        row.row
        for row in held.entries
        if row.known(held.number) and row.row.unit_id in (None, agency) and row.row.day.year == year
    ]
    stated = [row for row in held.years if row.known(held.number) and row.row.year == year]
    stated.sort(key=lambda row: row.since)
    return YearView(
        year=year,
        months=months,
        working=sum(month.working for month in months),
        confirmed=year in known.confirmed_years,
        source=stated[-1].row.source if stated else "",
        entries=sorted(rows, key=lambda row: (row.day, row.unit_id is not None)),
        calendar=known,
    )


def years() -> list[int]:
    """The years that the calendar knows."""
    held = snapshot.current()
    return sorted({row.row.year for row in held.years} | {row.row.day.year for row in held.entries})


def _day(known: Calendar, day: date, month: int) -> Day:
    return Day(
        day=day,
        inside=day.month == month,
        working=known.is_working(day),
        rest=day.weekday() in known.weekly_rest,
        entry=known.entry(day),
    )

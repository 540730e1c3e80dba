"""Counting deadlines by Vietnamese law: a pure function of calendar, start, rule and pauses (CORE-14…28).

Sources: Bộ luật Dân sự 2015 Đ147 and Đ148 (how limits begin and end), Bộ luật Lao động 2019 Đ111 and Đ112 (days off).
Nothing here knows a legal number: durations, cut-offs, office hours and calendars come from the lawbook (CORE-29).
"""

from calendar import monthrange
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Any, Self

from lienthong.kit.clock import at_local, end_of_day, local
from lienthong.kit.workdays_words import sentences

_ONE_DAY = timedelta(days=1)
_MOST_DAYS = 150 * 366
"""A count that has not ended after 150 years is a broken calendar, not a deadline."""


class Unit(StrEnum):
    """The unit of a limit: no default, no conversion; "07 ngày" is 7 days, not 7 working days (CORE-17)."""

    WORKING_DAY = "working_day"
    DAY = "day"
    WORKING_HOUR = "working_hour"
    HOUR = "hour"
    MINUTE = "minute"
    MONTH = "month"
    YEAR = "year"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Duration:
    """A limit as the rule states it: `n` of one unit, and the words of the rule (CORE-17)."""

    n: int
    unit: Unit
    words: str

    def __post_init__(self) -> None:
        if not isinstance(self.unit, Unit) or not isinstance(self.n, int) or isinstance(self.n, bool):
            raise TypeError("a duration is a whole number of one Unit")
        if self.n < 0 or (self.unit is Unit.NONE and self.n):
            raise ValueError(f"no such duration: {self.n} {self.unit}")

    def to_json(self) -> dict[str, Any]:
        """The stored form."""
        return {"n": self.n, "unit": self.unit.value, "words": self.words}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """Read the stored form back. Raises KeyError, ValueError, TypeError."""
        return cls(value["n"], Unit(value["unit"]), value["words"])


class DayKind(StrEnum):
    """Why a date differs from its weekday (CORE-15)."""

    HOLIDAY = "holiday"
    SUBSTITUTE = "substitute"
    SWAP_OFF = "swap_off"
    MAKEUP_WORK = "makeup_work"
    LOCAL_CLOSURE = "local_closure"


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """One entry of the calendar: what a date is, why, and by which paper (CORE-15, F-CORE-13: none without source)."""

    day: date
    kind: DayKind
    reason: str
    source: str

    def __post_init__(self) -> None:
        if not self.source.strip():
            raise ValueError(f"calendar entry {self.day} has no source")


@dataclass(frozen=True, slots=True)
class OfficeHours:
    """The working spans of a day in local time, in order and apart (CORE-21), for example 08:00–12:00, 13:00–17:00."""

    spans: tuple[tuple[time, time], ...]

    def __post_init__(self) -> None:
        flat = [moment for span in self.spans for moment in span]
        if not flat or any(a >= b for a, b in pairwise(flat)):
            raise ValueError("office hours must be spans in order that do not touch")

    @property
    def close(self) -> time:
        """When the day's work ends."""
        return self.spans[-1][1]


# A closure of one's own office beats the swap that would have made the day a working one.
_RANK = {DayKind.LOCAL_CLOSURE: 2, DayKind.MAKEUP_WORK: 1}


@dataclass(frozen=True, slots=True)
class Calendar:
    """The days of one unit as known at one version; immutable, shared by nobody's cache (CORE-15, CORE-28, F-CORE-11).

    `weekly_rest` holds weekdays, Monday = 0. A year outside `confirmed_years` makes counts provisional (CORE-16).
    """

    version: str
    days: tuple[CalendarDay, ...]
    confirmed_years: frozenset[int]
    weekly_rest: frozenset[int]
    hours: OfficeHours
    _by_day: dict[date, CalendarDay] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not self.weekly_rest < frozenset(range(7)):
            raise ValueError("weekly rest must leave a working weekday")
        by_day = {entry.day: entry for entry in sorted(self.days, key=lambda e: _RANK.get(e.kind, 0))}
        object.__setattr__(self, "_by_day", by_day)

    def entry(self, day: date) -> CalendarDay | None:
        """The entry that decides about a date, None when its weekday does."""
        return self._by_day.get(day)

    def is_working(self, day: date) -> bool:
        """Whether a date is a working day; a made-up Saturday is one (F-CORE-12)."""
        entry = self._by_day.get(day)
        if entry is None:
            return day.weekday() not in self.weekly_rest
        return entry.kind is DayKind.MAKEUP_WORK

    def next_working_day(self, day: date) -> date:
        """The first working day after a date."""
        for _ in range(_MOST_DAYS):
            day += _ONE_DAY
            if self.is_working(day):
                return day
        raise ValueError(f"calendar {self.version} has no working day after {day}")

    def without_swaps(self) -> "Calendar":
        """The calendar of a unit that the yearly swaps do not bind (CORE-15: they bind the public sector only)."""
        swaps = (DayKind.SWAP_OFF, DayKind.MAKEUP_WORK)
        kept = tuple(entry for entry in self.days if entry.kind not in swaps)
        return Calendar(self.version, kept, self.confirmed_years, self.weekly_rest, self.hours)

    def working_days(self, year: int) -> int:
        """How many working days a year has (V-CAL-1, V-CAL-2)."""
        first = date(year, 1, 1)
        return sum(self.is_working(first + timedelta(days=i)) for i in range((date(year + 1, 1, 1) - first).days))


class ReceiptMode(StrEnum):
    """What a receipt outside working time means (CORE-20)."""

    EVENT_DAY = "event_day"
    NEXT_WORKING_DAY = "next_working_day"


@dataclass(frozen=True, slots=True)
class Cutoff:
    """What is received after `at` (local time, strictly) counts as received on the next working day (CORE-19).

    It moves same-day rules (n = 0); those with n ≥ 1 only when `shift_n`. Src: NĐ 61/2018 Đ18, NĐ 118/2025 [verify].
    """

    at: time
    shift_n: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """How one deadline is counted, with the version of the rule that a clock keeps (CORE-24).

    `roll_forward`: a limit that would end on a day off ends on the next working day (BLDS Đ148.5). `until`: the local
    time at which a day limit ends when that is not 24:00 (EX-3: 12:00 of the next working day).
    """

    id: str
    version: str
    duration: Duration
    roll_forward: bool = True
    receipt: ReceiptMode = ReceiptMode.EVENT_DAY
    cutoff: Cutoff | None = None
    until: time | None = None

    def to_json(self) -> dict[str, Any]:
        """The stored form, by which a clock is counted again under another calendar (CORE-25)."""
        return {
            "id": self.id,
            "version": self.version,
            "duration": self.duration.to_json(),
            "roll_forward": self.roll_forward,
            "receipt": self.receipt.value,
            "cutoff": self.cutoff and {"at": self.cutoff.at.isoformat(), "shift_n": self.cutoff.shift_n},
            "until": self.until and self.until.isoformat(),
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """Read the stored form back. Raises KeyError, ValueError, TypeError."""
        cutoff, until = value["cutoff"], value["until"]
        return cls(
            id=value["id"],
            version=value["version"],
            duration=Duration.from_json(value["duration"]),
            roll_forward=value["roll_forward"],
            receipt=ReceiptMode(value["receipt"]),
            cutoff=Cutoff(time.fromisoformat(cutoff["at"]), cutoff["shift_n"]) if cutoff else None,
            until=time.fromisoformat(until) if until else None,
        )


@dataclass(frozen=True, slots=True)
class Pause:
    """An interval that is not counted, [start, end] as aware instants; `end` None while it lasts (CORE-22)."""

    start: datetime
    end: datetime | None

    def __post_init__(self) -> None:
        if self.end is not None and self.end < self.start:
            raise ValueError("a pause ends before it starts")


@dataclass(frozen=True, slots=True)
class Result:
    """A deadline. `due_at` is the exclusive bound: at that instant and later the act is late (CORE-14, F-CORE-10).

    Both are None for unit `none`. `provisional` ("tạm tính"): the count touched an unconfirmed year (CORE-16).
    `open_pause`: counted as if the running pause ended at `as_of`.
    """

    due_date: date | None
    due_at: datetime | None
    provisional: bool
    open_pause: bool
    calendar: Calendar = field(repr=False)
    rule: Rule = field(repr=False)
    start: date | datetime = field(repr=False)
    pauses: tuple[Pause, ...] = field(repr=False)
    as_of: datetime | None = field(repr=False)

    def explanation(self) -> dict[str, Any]:
        """Why this date: every day counted or skipped with its reason, as JSON data and as sentences (CORE-24)."""
        steps: list[dict[str, Any]] = []
        _count(self.calendar, self.start, self.rule, _closed(self.pauses, self.as_of), steps)
        data: dict[str, Any] = {
            "rule": self.rule.to_json(),
            "calendar": self.calendar.version,
            "start": _local_text(self.start),
            "pauses": [[_local_text(p.start), p.end and _local_text(p.end)] for p in self.pauses],
            "as_of": self.as_of and _local_text(self.as_of),
            "steps": steps,
            "due_date": self.due_date and self.due_date.isoformat(),
            "due_at": self.due_at and _local_text(self.due_at),
            "provisional": self.provisional,
            "open_pause": self.open_pause,
        }
        return {**data, "sentences": sentences(data)}


def add(
    calendar: Calendar,
    start: date | datetime,
    rule: Rule,
    *,
    pauses: Iterable[Pause] = (),
    as_of: datetime | None = None,
) -> Result:
    """The deadline of `rule` from `start`, an aware instant or, for day units, a legal date (CORE-18…22).

    The first day is not counted (BLDS Đ147); hours and minutes run from the instant. Days in (P, R] of a pause do not
    count (`p_counts_r_not`). Raises TypeError for an hour limit from a bare date or a naive instant, ValueError for a
    running pause without `as_of`.
    """
    if isinstance(start, datetime) and start.tzinfo is None:
        raise TypeError("the start of a deadline is an aware instant")
    pauses = tuple(sorted(pauses, key=lambda p: p.start))
    first, due_date, due_at = _count(calendar, start, rule, _closed(pauses, as_of), None)
    asks_calendar = rule.duration.unit in _BY_CALENDAR or (rule.roll_forward and rule.duration.unit in _BY_DATE)
    provisional = (
        due_date is not None
        and asks_calendar
        and not calendar.confirmed_years.issuperset(range(first.year, due_date.year + 1))
    )
    return Result(
        due_date, due_at, provisional, any(p.end is None for p in pauses), calendar, rule, start, pauses, as_of
    )


def fixed_date(calendar: Calendar, day: date, *, rule_id: str, rule_version: str, roll_forward: bool = True) -> Result:
    """A deadline that the law sets on a date (day 25, 15 June …), with the same switch to roll (CORE-26)."""
    rule = Rule(
        id=rule_id, version=rule_version, duration=Duration(0, Unit.DAY, "ngày cố định"), roll_forward=roll_forward
    )
    return add(calendar, day, rule)


def count_working_days(calendar: Calendar, start: date, end: date, *, pauses: Iterable[Pause] = ()) -> int:
    """Working days in (start, end] outside pauses: what is used, or left, of a limit (CORE-28)."""
    paused = _paused_days(pauses)
    days = (start + timedelta(days=i) for i in range(1, (end - start).days + 1))
    return sum(calendar.is_working(day) and day not in paused for day in days)


_BY_CALENDAR = frozenset({Unit.WORKING_DAY, Unit.WORKING_HOUR})
_BY_DATE = frozenset({Unit.DAY, Unit.MONTH, Unit.YEAR})
_EXACT = {Unit.HOUR: timedelta(hours=1), Unit.WORKING_HOUR: timedelta(hours=1), Unit.MINUTE: timedelta(minutes=1)}

type _Steps = list[dict[str, Any]] | None


def _count(
    calendar: Calendar, start: date | datetime, rule: Rule, pauses: Sequence[Pause], steps: _Steps
) -> tuple[date, date | None, datetime | None]:
    """First day, due date, due instant. The same walk decides and explains: `steps` collects when it is a list."""
    unit, n = rule.duration.unit, rule.duration.n
    if unit in _EXACT:
        if not isinstance(start, datetime):
            raise TypeError("a limit in hours or minutes needs the instant from which it runs")
        walk = _walk_office_hours if unit is Unit.WORKING_HOUR else _walk_hours
        due_at = walk(calendar, start, _EXACT[unit] * n, pauses, steps)
        return local(start).date(), local(due_at).date(), due_at
    first = _first_day(calendar, start, rule, steps)
    if unit is Unit.NONE:
        return first, None, None
    paused = _paused_days(pauses)
    if unit is Unit.WORKING_DAY:
        due = _walk_days(calendar, first, n, paused, True, steps)
    else:
        nominal = first + timedelta(days=n) if unit is Unit.DAY else _add_months(first, n * _MONTHS[unit])
        due = _walk_days(calendar, first, (nominal - first).days, paused, False, steps) if paused else nominal
        if steps is not None and not paused and nominal > first:
            steps.append(_step("counted", first + _ONE_DAY, nominal, (nominal - first).days, ""))
    if rule.roll_forward and not calendar.is_working(due):
        rolled = calendar.next_working_day(due)
        if steps is not None:
            for i in range((rolled - due).days):
                day = due + timedelta(days=i)
                steps.append(_step("rolled", day, day, 0, _why(calendar, day)))
        due = rolled
    return first, due, end_of_day(due) if rule.until is None else at_local(due, rule.until)


_MONTHS = {Unit.MONTH: 1, Unit.YEAR: 12}


def _first_day(calendar: Calendar, start: date | datetime, rule: Rule, steps: _Steps) -> date:
    """The uncounted first day: the day of the event, or the one it is deemed to lie on (CORE-19, CORE-20)."""
    moment = local(start) if isinstance(start, datetime) else None
    event = moment.date() if moment else start
    first, why = event, ""
    late = moment is not None and moment.time() > calendar.hours.close
    if rule.receipt is ReceiptMode.NEXT_WORKING_DAY and (late or not calendar.is_working(event)):
        first, why = calendar.next_working_day(event), "receipt"
    elif (
        rule.cutoff is not None
        and moment is not None
        and (rule.duration.n == 0 or rule.cutoff.shift_n)
        and moment.time() > rule.cutoff.at
        and calendar.is_working(event)
    ):
        first, why = calendar.next_working_day(event), "cutoff"
    if steps is not None:
        if first != event:
            steps.append(_step(why, event, event, 0, ""))
        steps.append(_step("first", first, first, 0, ""))
    return first


def _walk_days(
    calendar: Calendar, first: date, n: int, paused: frozenset[date], working_only: bool, steps: _Steps
) -> date:
    """The n-th counted day after the first one; the first itself when n = 0."""
    day, counted = first, 0
    for _ in range(_MOST_DAYS):
        if counted == n:
            return day
        day += _ONE_DAY
        if day in paused:
            if steps is not None:
                steps.append(_step("paused", day, day, 0, ""))
        elif working_only and not calendar.is_working(day):
            if steps is not None:
                steps.append(_step("skipped", day, day, 0, _why(calendar, day)))
        else:
            counted += 1
            if steps is not None:
                entry = calendar.entry(day) if working_only else None
                steps.append(_step("counted", day, day, counted, _why(calendar, day) if entry else ""))
    raise ValueError(f"calendar {calendar.version} gives no {n} days after {first}")


def _walk_hours(
    _calendar: Calendar, start: datetime, need: timedelta, pauses: Sequence[Pause], steps: _Steps
) -> datetime:
    """Plain hours or minutes from the instant, pauses left out (BLDS Đ147.1)."""
    cursor = start
    for pause in pauses:
        if pause.end is None or pause.end <= cursor:
            continue
        if pause.start >= cursor + need:
            break
        if pause.start > cursor:
            need -= pause.start - cursor
            _note_span(steps, cursor, pause.start)
        cursor = pause.end
    _note_span(steps, cursor, cursor + need)
    return cursor + need


def _walk_office_hours(
    calendar: Calendar, start: datetime, need: timedelta, pauses: Sequence[Pause], steps: _Steps
) -> datetime:
    """Hours of work only, to the microsecond, pauses left out (CORE-21, F-CORE-11: nothing is rounded)."""
    if not need:
        return start
    day = local(start).date()
    for _ in range(_MOST_DAYS):
        if calendar.is_working(day):
            for opens, closes in calendar.hours.spans:
                begin, end = max(at_local(day, opens), start), at_local(day, closes)
                for piece_begin, piece_end in _outside(begin, end, pauses):
                    if piece_end - piece_begin >= need:
                        _note_span(steps, piece_begin, piece_begin + need)
                        return piece_begin + need
                    need -= piece_end - piece_begin
                    _note_span(steps, piece_begin, piece_end)
        elif steps is not None:
            steps.append(_step("skipped", day, day, 0, _why(calendar, day)))
        day += _ONE_DAY
    raise ValueError(f"calendar {calendar.version} gives no {need} of work after {start}")


def _outside(begin: datetime, end: datetime, pauses: Sequence[Pause]) -> list[tuple[datetime, datetime]]:
    """The pieces of [begin, end] that lie outside every pause (sorted by start)."""
    pieces: list[tuple[datetime, datetime]] = []
    for pause in pauses:
        if pause.end is None or pause.end <= begin:
            continue
        if pause.start >= end:
            break
        if pause.start > begin:
            pieces.append((begin, pause.start))
        begin = pause.end
    if begin < end:
        pieces.append((begin, end))
    return pieces


def _closed(pauses: Iterable[Pause], as_of: datetime | None) -> tuple[Pause, ...]:
    """Pauses with the running one closed at `as_of` (CORE-22)."""
    closed: list[Pause] = []
    for pause in pauses:
        if pause.end is not None:
            closed.append(pause)
        elif as_of is None:
            raise ValueError("a running pause is counted as of an instant")
        else:
            closed.append(Pause(pause.start, max(pause.start, as_of)))
    return tuple(closed)


def _paused_days(pauses: Iterable[Pause]) -> frozenset[date]:
    """The local days in (P, R] of any pause; overlapping pauses are their union (CORE-22)."""
    days: set[date] = set()
    for pause in pauses:
        if pause.end is None:
            raise ValueError("a running pause is counted as of an instant")
        first = local(pause.start).date()
        days.update(first + timedelta(days=i) for i in range(1, (local(pause.end).date() - first).days + 1))
    return frozenset(days)


def _add_months(first: date, months: int) -> date:
    """The same day number, or the last day of a month that lacks it (BLDS Đ148.3, Đ148.4)."""
    year, month = divmod(first.year * 12 + first.month - 1 + months, 12)
    return date(year, month + 1, min(first.day, monthrange(year, month + 1)[1]))


def _step(verdict: str, first: date, last: date, number: int, reason: str) -> dict[str, Any]:
    """One line of the explanation: a date or a run of dates, what it is, and the running count when it counts."""
    return {"verdict": verdict, "from": first.isoformat(), "to": last.isoformat(), "number": number, "reason": reason}


def _note_span(steps: _Steps, begin: datetime, end: datetime) -> None:
    if steps is not None:
        minutes = (end - begin) / timedelta(minutes=1)
        steps.append(
            {"verdict": "span", "from": _local_text(begin), "to": _local_text(end), "number": minutes, "reason": ""}
        )


def _why(calendar: Calendar, day: date) -> str:
    entry = calendar.entry(day)
    return entry.reason if entry else "nghỉ hằng tuần"


def _local_text(moment: date | datetime) -> str:
    return local(moment).isoformat() if isinstance(moment, datetime) else moment.isoformat()

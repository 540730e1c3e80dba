"""Numbers, dates and deadlines as Vietnamese officials write them (CORE-92, CORE-94)."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pytest
from django import forms

from lienthong.core.clocks.models import Clock
from lienthong.kit import clock
from lienthong.kit.workdays import Calendar, CalendarDay, DayKind, OfficeHours
from lienthong.shell import formats
from lienthong.shell.components import Due
from lienthong.shell.due import due_of, due_words, working_days_left

NOW = datetime(2026, 11, 25, 3, 0, tzinfo=UTC)  # 10:00 on the legal wall clock


@pytest.mark.parametrize(
    ("value", "places", "text"),
    [
        (1234567, None, "1.234.567"),
        (Decimal("1234567.89"), None, "1.234.567,89"),
        (96.35, 1, "96,3"),
        (0, None, "0"),
        (-1200, None, "-1.200"),
        (Decimal("0.5"), 2, "0,50"),
        (None, None, ""),
    ],
)
def test_core_92_numbers(value: Decimal | None, places: int | None, text: str) -> None:
    assert formats.vnnumber(value, places) == text


def test_core_94_counts_are_capped() -> None:
    assert [formats.capped(n) for n in (0, 999, 1000, 1001, 250_000)] == ["0", "999", "1.000", "1.000+", "1.000+"]
    assert formats.capped(100, 99) == "99+"
    assert formats.capped(None) == ""


def test_v_tz_1_dates_are_those_of_the_legal_zone() -> None:
    instant = datetime(2026, 8, 20, 17, 30, tzinfo=UTC)
    assert formats.vndate(instant) == "21/08/2026"
    assert formats.vndatetime(instant) == "21/08/2026 00:30"
    assert formats.vndate(date(2026, 11, 5)) == "05/11/2026"


@pytest.mark.parametrize(
    ("size", "text"),
    [(820, "820 B"), (12_288, "12 KB"), (1_468_006, "1,4 MB"), (52_428_800, "50 MB"), (3 * 1024**3, "3,0 GB")],
)
def test_sizes(size: int, text: str) -> None:
    assert formats.vnsize(size) == text


@pytest.mark.parametrize(
    ("due", "text", "tone"),
    [
        (Due(due_at=NOW + timedelta(days=2), left=2), "còn 2 ngày làm việc", "warn"),
        (Due(due_at=NOW + timedelta(days=9), left=6), "còn 6 ngày làm việc", "neutral"),
        (
            Due(due_at=clock.at_local(date(2026, 11, 25), datetime(2026, 1, 1, 17).time()), left=0),
            "hôm nay 17:00",
            "warn",
        ),
        (Due(due_at=clock.end_of_day(date(2026, 11, 25)), left=0), "hôm nay hết ngày", "warn"),
        (Due(due_at=NOW - timedelta(days=5), left=-3), "quá 3 ngày làm việc", "stop"),
        (Due(due_at=NOW - timedelta(seconds=1), left=0), "quá hạn lúc 09:59", "stop"),
        (Due(due_at=NOW + timedelta(days=30), left=21, provisional=True), "còn 21 ngày làm việc (tạm tính)", "neutral"),
        (Due(due_at=clock.end_of_day(date(2026, 11, 28))), "còn 3 ngày", "neutral"),
        (Due(due_at=NOW, state="paused"), "tạm dừng tính", "neutral"),
        (Due(due_at=NOW, state="late_met"), "xong, quá hạn", "warn"),
        (Due(due_at=None, state="none"), "không có hạn", "neutral"),
    ],
)
def test_words_of_a_deadline(due: Due, text: str, tone: str) -> None:
    words = due_words(due, NOW)
    assert (words.text, words.tone) == (text, tone)


def test_core_27_a_deadline_is_late_from_its_very_second() -> None:
    due = Due(due_at=NOW, left=0)
    assert due_words(due, NOW - timedelta(seconds=1)).tone == "warn"
    assert due_words(due, NOW).tone == "stop"


def test_core_14_a_day_that_ends_at_midnight_is_named_by_that_day() -> None:
    assert due_words(Due(due_at=clock.end_of_day(date(2026, 11, 28)), left=2), NOW).at == "28/11/2026"


def test_core_92_a_typed_date_is_day_first() -> None:
    """05/11/2026 is the fifth of November, also where the browser is English."""
    assert forms.DateField().clean("05/11/2026") == date(2026, 11, 5)


def _calendar() -> Calendar:
    """The last week of November 2026: the 24th is a holiday."""
    holiday = CalendarDay(date(2026, 11, 24), DayKind.HOLIDAY, "Ngày Văn hóa Việt Nam", "NQ 28/2026/QH16")
    hours = OfficeHours(((time(8), time(12)), (time(13), time(17))))
    return Calendar("1", (holiday,), frozenset({2026}), frozenset({5, 6}), hours)


@pytest.mark.parametrize(
    ("due", "left"),
    [
        (date(2026, 11, 25), 0),
        (date(2026, 11, 27), 2),
        (date(2026, 11, 30), 3),  # the weekend is not counted
        (date(2026, 11, 23), -1),  # the holiday is not counted
        (date(2026, 11, 20), -2),
    ],
)
def test_core_18_days_left_are_working_days_and_today_is_not_counted(due: date, left: int) -> None:
    assert working_days_left(clock.end_of_day(due), _calendar(), NOW) == left


@pytest.mark.parametrize(
    ("unit", "state", "text"),
    [
        ("working_day", "running", "còn 2 ngày làm việc"),
        ("day", "running", "còn 2 ngày"),
        ("working_day", "paused", "tạm dừng tính"),
        ("working_day", "stopped", "đúng hạn"),
    ],
)
def test_core_27_a_stored_clock_says_how_it_stands(unit: str, state: str, text: str) -> None:
    stored = Clock(
        due_at=clock.end_of_day(date(2026, 11, 27)),
        state=state,
        stopped_at=NOW if state == "stopped" else None,
        rule={"duration": {"n": 5, "unit": unit, "words": ""}},
        provisional=False,
    )
    assert due_words(due_of(stored, _calendar(), NOW), NOW).text == text


def test_core_27_a_clock_stopped_after_its_bound_was_late() -> None:
    bound = clock.end_of_day(date(2026, 11, 20))
    stored = Clock(due_at=bound, state="stopped", stopped_at=bound, rule={}, provisional=False)
    assert due_words(due_of(stored, _calendar(), NOW), NOW).text == "xong, quá hạn"

"""Golden vectors and properties of counting deadlines (CORE-14…28)."""

import json
import os
import time as process_time
import tomllib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, time, timedelta
from importlib.resources import files

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lienthong.kit.clock import at_local, local_date
from lienthong.kit.workdays import (
    Calendar,
    CalendarDay,
    Cutoff,
    DayKind,
    Duration,
    OfficeHours,
    Pause,
    ReceiptMode,
    Result,
    Rule,
    Unit,
    add,
    count_working_days,
    fixed_date,
)

HOURS = OfficeHours(((time(8), time(12)), (time(13), time(17))))


def _shipped() -> Calendar:
    law = tomllib.loads(files("lienthong.law").joinpath("calendar.toml").read_text("utf-8"))
    days = tuple(
        CalendarDay(d["date"], DayKind(d["kind"]), d["reason"], d["source"]) for y in law["year"] for d in y["days"]
    )
    confirmed = frozenset(y["year"] for y in law["year"] if y["confirmed"])
    return Calendar("1", days, confirmed, frozenset({5, 6}), HOURS)


CALENDAR = _shipped()


@pytest.fixture(autouse=True, params=["UTC", "America/Los_Angeles", "Asia/Ho_Chi_Minh"])
def server_zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """CORE-14: every count gives the same result whatever the zone of the server (F-CORE-8, F-CORE-9)."""
    before = os.environ.get("TZ")
    monkeypatch.setenv("TZ", request.param)
    process_time.tzset()
    yield
    if before is None:
        monkeypatch.delenv("TZ")
    else:
        monkeypatch.setenv("TZ", before)
    process_time.tzset()


pytestmark = pytest.mark.timezone


def rule(n: int, unit: Unit = Unit.WORKING_DAY, **settings: object) -> Rule:
    return Rule(id="test", version="1", duration=Duration(n, unit, ""), **settings)  # type: ignore[arg-type]


def day(text: str) -> date:
    return date.fromisoformat(text)


def moment(text: str) -> datetime:
    naive = datetime.fromisoformat(text)
    return at_local(naive.date(), naive.time())


def due(start: str, n: int, unit: Unit = Unit.WORKING_DAY) -> str:
    result = add(CALENDAR, day(start), rule(n, unit))
    assert result.due_date is not None
    return result.due_date.isoformat()


@pytest.mark.parametrize(("year", "days"), [(2024, 251), (2025, 250)], ids=["V-CAL-1", "V-CAL-2"])
def test_v_cal_working_days_of_a_year(year: int, days: int) -> None:
    """V-CAL-1, V-CAL-2, F-CORE-12: make-up Saturdays are work."""
    assert CALENDAR.working_days(year) == days


def test_days_off_of_2026() -> None:
    """CORE-16: the weekdays off and the Saturdays worked of 2026."""
    days = [date(2026, 1, 1) + timedelta(days=i) for i in range(365)]
    off = [f"{d.day}/{d.month}" for d in days if d.weekday() < 5 and not CALENDAR.is_working(d)]
    assert " ".join(off) == "1/1 2/1 16/2 17/2 18/2 19/2 20/2 27/4 30/4 1/5 31/8 1/9 2/9 24/11"
    assert [d.isoformat() for d in days if d.weekday() > 4 and CALENDAR.is_working(d)] == ["2026-01-10", "2026-08-22"]
    assert CALENDAR.working_days(2026) == 261 - 14 + 2


def test_v_tz_1_local_date() -> None:
    """V-TZ-1, F-CORE-8: what is filed at 00:30 local has that day's date."""
    instant = datetime(2026, 8, 20, 17, 30, tzinfo=UTC)
    assert local_date(instant) == date(2026, 8, 21)
    assert add(CALENDAR, instant, rule(1)).due_date == date(2026, 8, 22)


@pytest.mark.parametrize(
    ("vector", "start", "n", "expected"),
    [
        ("V-WD-1", "2024-04-26", 3, "2024-05-04"),
        ("V-WD-2", "2024-02-07", 5, "2024-02-21"),
        ("V-WD-3", "2025-04-24", 5, "2025-05-05"),
        ("V-WD-4", "2025-08-28", 3, "2025-09-04"),
        ("V-WD-5", "2026-01-08", 2, "2026-01-10"),
        ("V-WD-6", "2026-02-12", 20, "2026-03-19"),
        ("V-WD-7", "2026-08-20", 3, "2026-08-24"),
        ("V-WD-8", "2026-11-20", 3, "2026-11-26"),
        ("V-WD-9", "2026-06-05", 10, "2026-06-19"),
        ("V-WD-10", "2024-04-17", 5, "2024-04-25"),
    ],
)
def test_v_wd_working_days(vector: str, start: str, n: int, expected: str) -> None:
    """V-WD-1 … V-WD-10, F-CORE-12"""
    assert due(start, n) == expected


def test_v_wd_5_unit_that_the_swap_does_not_bind() -> None:
    """V-WD-5"""
    result = add(CALENDAR.without_swaps(), day("2026-01-08"), rule(2))
    assert result.due_date == date(2026, 1, 12)


@pytest.mark.parametrize(
    ("vector", "start", "n", "unit", "expected"),
    [
        ("V-D-1", "2026-04-02", 15, Unit.DAY, "2026-04-17"),
        ("V-D-2", "2026-02-02", 15, Unit.DAY, "2026-02-23"),
        ("V-D-3", "2025-01-10", 20, Unit.DAY, "2025-02-03"),
        ("V-M-1", "2026-01-31", 1, Unit.MONTH, "2026-03-02"),
        ("V-M-2", "2026-05-15", 3, Unit.MONTH, "2026-08-17"),
        ("V-Y-1", "2025-04-24", 1, Unit.YEAR, "2026-04-24"),
        ("V-Y-2", "2025-09-02", 1, Unit.YEAR, "2026-09-03"),
        ("29/02", "2024-02-29", 1, Unit.YEAR, "2025-02-28"),
    ],
)
def test_v_d_m_y_calendar_units(vector: str, start: str, n: int, unit: Unit, expected: str) -> None:
    """V-D-1, V-D-2, V-D-3, V-M-1, V-M-2, V-Y-1, V-Y-2; CORE-18: 29/02 → 28/02."""
    assert due(start, n, unit) == expected


def test_roll_forward_is_a_switch_of_the_rule() -> None:
    """CORE-18, CORE-26"""
    assert add(CALENDAR, day("2026-02-02"), rule(15, Unit.DAY, roll_forward=False)).due_date == date(2026, 2, 17)
    fixed = fixed_date(CALENDAR, day("2026-01-25"), rule_id="r", rule_version="1", roll_forward=False)
    assert fixed.due_date == date(2026, 1, 25)


@pytest.mark.parametrize(
    ("vector", "start", "n", "expected"),
    [
        ("V-H-1", "2025-04-29 15:00", 4, "2025-05-05 10:00"),
        ("V-H-2", "2026-03-10 12:30", 2, "2026-03-10 15:00"),
        ("V-H-3", "2026-06-05 17:30", 1, "2026-06-08 09:00"),
        ("V-H-4", "2026-02-13 15:30", 6, "2026-02-23 13:30"),
        ("end of day", "2026-03-10 16:00", 1, "2026-03-10 17:00"),
        ("one minute", "2026-03-10 16:07:31", 1, "2026-03-11 08:07:31"),
        ("nothing", "2026-03-10 22:00", 0, "2026-03-10 22:00"),
    ],
)
def test_v_h_working_hours(vector: str, start: str, n: int, expected: str) -> None:
    """V-H-1, V-H-2, V-H-3, V-H-4, F-CORE-11: nothing is rounded to quarters."""
    assert add(CALENDAR, moment(start), rule(n, Unit.WORKING_HOUR)).due_at == moment(expected)


def test_hours_and_minutes_run_from_the_instant() -> None:
    """CORE-18 (BLDS Đ147.1): through night and holiday, pauses left out."""
    assert add(CALENDAR, moment("2026-02-16 23:50"), rule(24, Unit.HOUR)).due_at == moment("2026-02-17 23:50")
    assert add(CALENDAR, moment("2026-02-16 23:50"), rule(15, Unit.MINUTE)).due_at == moment("2026-02-17 00:05")
    pauses = (
        Pause(moment("2026-03-10 07:00"), moment("2026-03-10 08:30")),
        Pause(moment("2026-03-10 09:00"), moment("2026-03-10 10:00")),
        Pause(moment("2026-03-10 09:30"), moment("2026-03-10 10:30")),
    )
    late = add(CALENDAR, moment("2026-03-10 08:00"), rule(2, Unit.HOUR), pauses=pauses)
    assert late.due_at == moment("2026-03-10 12:00")


def test_working_hours_leave_out_pauses() -> None:
    """CORE-21, CORE-22, F-CORE-11: pauses are not ignored."""
    pauses = (
        Pause(moment("2026-03-10 09:00"), moment("2026-03-10 14:00")),
        Pause(moment("2026-03-10 16:00"), None),
    )
    result = add(
        CALENDAR,
        moment("2026-03-10 08:00"),
        rule(4, Unit.WORKING_HOUR),
        pauses=pauses,
        as_of=moment("2026-03-11 08:30"),
    )
    assert result.due_at == moment("2026-03-11 09:30")
    assert result.open_pause


SAME_DAY = rule(0, cutoff=Cutoff(time(15), shift_n=False))


@pytest.mark.parametrize(
    ("received", "expected"),
    [
        ("2026-08-21 14:20", "2026-08-21"),
        ("2026-08-21 15:00:00", "2026-08-21"),
        ("2026-08-21 15:00:01", "2026-08-22"),
        ("2026-08-21 16:10", "2026-08-22"),
        ("2026-08-23 16:10", "2026-08-24"),
    ],
    ids=["V-CO-1", "at the cut-off", "one second after", "V-CO-2", "Sunday"],
)
def test_v_co_cut_off(received: str, expected: str) -> None:
    """V-CO-1, V-CO-2, CORE-19: strictly after 15:00:00."""
    assert add(CALENDAR, moment(received), SAME_DAY).due_date == day(expected)


def test_cut_off_moves_longer_limits_only_by_switch() -> None:
    """CORE-19"""
    at = moment("2026-03-10 16:00")
    assert add(CALENDAR, at, rule(2, cutoff=Cutoff(time(15), shift_n=False))).due_date == day("2026-03-12")
    assert add(CALENDAR, at, rule(2, cutoff=Cutoff(time(15), shift_n=True))).due_date == day("2026-03-13")


@pytest.mark.parametrize(
    ("received", "mode", "expected"),
    [
        ("2026-08-23 10:00", ReceiptMode.EVENT_DAY, "2026-08-26"),
        ("2026-08-23 10:00", ReceiptMode.NEXT_WORKING_DAY, "2026-08-27"),
        ("2026-08-24 17:30", ReceiptMode.NEXT_WORKING_DAY, "2026-08-28"),
        ("2026-08-24 06:00", ReceiptMode.NEXT_WORKING_DAY, "2026-08-27"),
        ("2026-08-24 12:30", ReceiptMode.NEXT_WORKING_DAY, "2026-08-27"),
    ],
    ids=["V-RX-1 event day", "V-RX-1 next working day", "evening", "before work", "noon"],
)
def test_v_rx_receipt_outside_working_time(received: str, mode: ReceiptMode, expected: str) -> None:
    """V-RX-1, CORE-20"""
    assert add(CALENDAR, moment(received), rule(3, receipt=mode)).due_date == day(expected)


def _pause(start: str, end: str | None) -> Pause:
    return Pause(moment(f"{start} 09:00"), moment(f"{end} 16:00") if end else None)


@pytest.mark.parametrize(
    ("start", "n", "pause", "used", "expected"),
    [
        ("2026-03-02", 10, _pause("2026-03-06", "2026-03-16"), 4, "2026-03-24"),
        ("2026-03-02", 10, _pause("2026-03-06", "2026-03-06"), 4, "2026-03-16"),
        ("2026-08-17", 8, _pause("2026-08-19", "2026-08-22"), 2, "2026-09-03"),
    ],
    ids=["V-P-1", "V-P-2", "V-P-3"],
)
def test_v_p_pauses(start: str, n: int, pause: Pause, used: int, expected: str) -> None:
    """V-P-1, V-P-2, V-P-3, CORE-22"""
    result = add(CALENDAR, day(start), rule(n), pauses=[pause])
    assert result.due_date == day(expected)
    assert count_working_days(CALENDAR, day(start), local_date(pause.start)) == used
    assert count_working_days(CALENDAR, day(start), day(expected), pauses=[pause]) == n


def test_overlapping_and_running_pauses() -> None:
    """CORE-22: overlapping pauses are their union; a running one is counted as if it ended now, and says so."""
    union = [_pause("2026-03-06", "2026-03-12"), _pause("2026-03-10", "2026-03-16")]
    assert add(CALENDAR, day("2026-03-02"), rule(10), pauses=union).due_date == day("2026-03-24")
    running = [_pause("2026-03-06", None)]
    with pytest.raises(ValueError, match="as of an instant"):
        add(CALENDAR, day("2026-03-02"), rule(10), pauses=running)
    result = add(CALENDAR, day("2026-03-02"), rule(10), pauses=running, as_of=moment("2026-03-16 10:00"))
    assert (result.due_date, result.open_pause) == (day("2026-03-24"), True)
    assert any("chưa kết thúc" in line for line in result.explanation()["sentences"])


def test_pause_of_a_limit_in_days_or_months() -> None:
    """CORE-22: waiting time is not counted in any unit."""
    pause = [_pause("2026-03-06", "2026-03-16")]
    assert add(CALENDAR, day("2026-03-02"), rule(15, Unit.DAY), pauses=pause).due_date == day("2026-03-27")
    assert add(CALENDAR, day("2026-03-02"), rule(1, Unit.MONTH), pauses=pause).due_date == day("2026-04-13")


@pytest.mark.parametrize(
    ("asked", "expected"), [("2026-01-25", "2026-01-26"), ("2026-10-25", "2026-10-26")], ids=["V-FIX-1", "V-FIX-2"]
)
def test_v_fix_fixed_dates(asked: str, expected: str) -> None:
    """V-FIX-1, V-FIX-2"""
    assert fixed_date(CALENDAR, day(asked), rule_id="r", rule_version="1").due_date == day(expected)


@pytest.mark.parametrize(
    ("signed", "limit"),
    [("2026-03-11 16:00", "2026-03-12 12:00"), ("2026-08-21 16:00", "2026-08-22 12:00")],
    ids=["V-SEND-1", "V-SEND-2"],
)
def test_v_send_limit_on_the_axis(signed: str, limit: str) -> None:
    """V-SEND-1, V-SEND-2 (EX-3): the morning of the next working day."""
    assert add(CALENDAR, moment(signed), rule(1, until=time(12))).due_at == moment(limit)


@pytest.mark.parametrize(
    ("event", "n", "unit", "limit"),
    [
        ("2026-03-11 16:50", 0, Unit.DAY, "2026-03-12 00:00"),
        ("2026-03-11 16:50", 1, Unit.WORKING_DAY, "2026-03-13 00:00"),
        ("2026-08-21 10:00", 1, Unit.WORKING_DAY, "2026-08-23 00:00"),
        ("2026-08-22 10:00", 1, Unit.WORKING_DAY, "2026-08-25 00:00"),
        ("2026-02-12 10:00", 1, Unit.WORKING_DAY, "2026-02-14 00:00"),
        ("2026-02-13 10:00", 1, Unit.WORKING_DAY, "2026-02-24 00:00"),
    ],
    ids=["V-IN-1 receipt", "V-IN-1 register", "V-IN-2", "V-IN-3", "V-OUT-1", "V-OUT-1 before Tết"],
)
def test_v_in_out_limits_of_the_register(event: str, n: int, unit: Unit, limit: str) -> None:
    """V-IN-1, V-IN-2, V-IN-3, V-OUT-1, F-CORE-10: the day of the limit lasts until 24:00, exclusive."""
    settings = {"roll_forward": False} if unit is Unit.DAY else {}
    assert add(CALENDAR, moment(event), rule(n, unit, **settings)).due_at == moment(limit)


def test_unconfirmed_year_is_provisional() -> None:
    """CORE-16, F-CORE-13: 2027 has no notice."""
    assert not add(CALENDAR, day("2026-12-20"), rule(5)).provisional
    late = add(CALENDAR, day("2026-12-28"), rule(5))
    assert (late.provisional, late.due_date) == (True, day("2027-01-05"))
    assert "tạm tính" in late.explanation()["sentences"][-1]
    assert add(CALENDAR, day("2026-12-28"), rule(10, Unit.DAY)).provisional
    assert not add(CALENDAR, moment("2026-12-31 10:00"), rule(48, Unit.HOUR)).provisional
    assert not CALENDAR.is_working(day("2027-02-05"))
    assert not CALENDAR.is_working(day("2027-04-16"))


def test_no_limit() -> None:
    """CORE-17: `none`."""
    result = add(CALENDAR, day("2026-03-02"), rule(0, Unit.NONE))
    assert (result.due_date, result.due_at, result.provisional) == (None, None, False)
    assert "không đặt thời hạn" in result.explanation()["sentences"][0]


def test_units_do_not_mix() -> None:
    """CORE-17: a missing or foreign unit is a type error, an hour limit needs an instant."""
    for broken in (("3", Unit.DAY), (3, "day"), (True, Unit.DAY), (3.0, Unit.DAY)):
        with pytest.raises(TypeError):
            Duration(*broken, "")  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        Duration(3)  # type: ignore[call-arg]
    with pytest.raises(ValueError):
        Duration(-1, Unit.DAY, "")
    with pytest.raises(ValueError):
        Duration(1, Unit.NONE, "")
    with pytest.raises(TypeError):
        add(CALENDAR, day("2026-03-02"), rule(1, Unit.HOUR))
    with pytest.raises(TypeError):
        add(CALENDAR, datetime(2026, 3, 2), rule(1))


def test_rule_is_stored_and_read_back() -> None:
    """CORE-24, CORE-25"""
    seven = Duration(7, Unit.DAY, "07 ngày")
    assert Duration.from_json(seven.to_json()) == seven
    full = Rule(
        id="r",
        version="3",
        duration=seven,
        roll_forward=False,
        receipt=ReceiptMode.NEXT_WORKING_DAY,
        cutoff=Cutoff(time(15), shift_n=True),
        until=time(12),
    )
    for known in (full, SAME_DAY, rule(3)):
        assert Rule.from_json(json.loads(json.dumps(known.to_json()))) == known


def test_broken_calendars_are_refused() -> None:
    """CORE-15, F-CORE-13: no source, no entry; a week without work is no calendar."""
    with pytest.raises(ValueError, match="source"):
        CalendarDay(day("2026-01-01"), DayKind.HOLIDAY, "Tết", " ")
    with pytest.raises(ValueError, match="weekly rest"):
        Calendar("1", (), frozenset(), frozenset(range(7)), HOURS)
    for spans in ((), ((time(12), time(8)),), ((time(8), time(12)), (time(11), time(17)))):
        with pytest.raises(ValueError, match="office hours"):
            OfficeHours(spans)


def test_closure_beats_made_up_day() -> None:
    """CORE-15: an office closed on the made-up Saturday does not work on it."""
    closed = CalendarDay(day("2026-08-22"), DayKind.LOCAL_CLOSURE, "mất điện", "TB 1")
    for entries in ((*CALENDAR.days, closed), (closed, *CALENDAR.days)):
        calendar = Calendar("2", entries, CALENDAR.confirmed_years, CALENDAR.weekly_rest, HOURS)
        assert not calendar.is_working(day("2026-08-22"))


def test_explanation_names_every_day() -> None:
    """CORE-24, V-WD-3: each date counted or skipped with its reason, as data and as sentences."""
    result = add(CALENDAR, moment("2025-04-24 09:00"), rule(5))
    told = result.explanation()
    assert [(s["from"], s["verdict"], s["number"]) for s in told["steps"]] == [
        ("2025-04-24", "first", 0),
        ("2025-04-25", "counted", 1),
        ("2025-04-26", "counted", 2),
        ("2025-04-27", "skipped", 0),
        ("2025-04-28", "counted", 3),
        ("2025-04-29", "counted", 4),
        ("2025-04-30", "skipped", 0),
        ("2025-05-01", "skipped", 0),
        ("2025-05-02", "skipped", 0),
        ("2025-05-03", "skipped", 0),
        ("2025-05-04", "skipped", 0),
        ("2025-05-05", "counted", 5),
    ]
    assert told["calendar"] == "1"
    assert told["rule"]["duration"] == {"n": 5, "unit": "working_day", "words": ""}
    limit, days, last = told["sentences"]
    assert limit == "Thời hạn 5 ngày làm việc, tính từ 09:00 ngày 24/04/2025 (thứ Năm)."
    assert days.startswith(
        "Ngày 24/04/2025 không tính; 25/04 ngày 1; 26/04 (thứ Bảy làm bù cho 02/05/2025) ngày 2; 27/04 nghỉ"
    )
    assert last == "Hạn: hết ngày 05/05/2025 (thứ Hai)."


@pytest.mark.parametrize(
    ("result", "words"),
    [
        (add(CALENDAR, moment("2026-08-21 16:10"), SAME_DAY), "nhận sau giờ chốt"),
        (
            add(CALENDAR, moment("2026-08-23 10:00"), rule(3, receipt=ReceiptMode.NEXT_WORKING_DAY)),
            "nhận ngoài giờ làm việc",
        ),
        (add(CALENDAR, day("2026-03-02"), rule(10), pauses=[_pause("2026-03-06", "2026-03-16")]), "(tạm dừng)"),
        (add(CALENDAR, day("2026-02-02"), rule(15, Unit.DAY)), "hạn chuyển sang ngày làm việc tiếp theo"),
        (add(CALENDAR, moment("2026-03-11 16:00"), rule(1, until=time(12))), "Hạn: 12:00 ngày 12/03/2026"),
        (add(CALENDAR, moment("2026-03-10 12:30"), rule(2, Unit.WORKING_HOUR)), "Từ 13:00 ngày 10/03/2026 đến 15:00"),
        (add(CALENDAR, moment("2026-03-10 22:30"), rule(2, Unit.HOUR)), "đến 00:30 ngày 11/03/2026"),
    ],
    ids=["cut-off", "receipt", "pause", "roll", "until", "working hours", "hours"],
)
def test_explanation_tells_what_moved_the_date(result: Result, words: str) -> None:
    """CORE-24"""
    assert words in " ".join(result.explanation()["sentences"])


DAYS = st.dates(min_value=date(2023, 12, 1), max_value=date(2027, 6, 30))
PAUSES = st.lists(
    st.tuples(DAYS, st.integers(0, 40)).map(
        lambda p: Pause(at_local(p[0], time(9)), at_local(p[0] + timedelta(days=p[1]), time(16)))
    ),
    max_size=3,
)


@settings(max_examples=60)
@given(DAYS, st.integers(0, 60), PAUSES)
def test_counting_is_increasing_and_counts_back(start: date, n: int, pauses: list[Pause]) -> None:
    """CORE-28: strictly increasing in n; count(start, add(start, n)) = n; the explanation ends where the count ends."""
    here, later = (add(CALENDAR, start, rule(k, roll_forward=False), pauses=pauses) for k in (n, n + 1))
    assert here.due_date is not None
    assert later.due_date is not None
    assert here.due_date < later.due_date
    assert count_working_days(CALENDAR, start, here.due_date, pauses=pauses) == n
    counted = [s for s in here.explanation()["steps"] if s["verdict"] == "counted"]
    assert len(counted) == n
    if n:
        assert counted[-1]["to"] == here.due_date.isoformat()


@settings(max_examples=40)
@given(DAYS, st.integers(0, 23), st.integers(1, 60), PAUSES)
def test_working_hours_add_up(start: date, hour: int, n: int, pauses: list[Pause]) -> None:
    """CORE-28: the spans of the explanation lie in office hours, outside pauses, and make up the whole limit."""
    result = add(CALENDAR, at_local(start, time(hour)), rule(n, Unit.WORKING_HOUR), pauses=pauses)
    spans = [s for s in result.explanation()["steps"] if s["verdict"] == "span"]
    assert sum(s["number"] for s in spans) == 60 * n
    for span in spans:
        begin, end = (datetime.fromisoformat(span[k]) for k in ("from", "to"))
        assert CALENDAR.is_working(begin.date())
        assert any(a <= begin.time() and end.time() <= b for a, b in HOURS.spans)
        assert not any(p.start < end and p.end is not None and begin < p.end for p in pauses)


def test_eight_threads_with_eight_calendars() -> None:
    """CORE-28, F-CORE-11: no result depends on what other tenants compute at the same time."""
    calendars = [
        Calendar(str(i), CALENDAR.days, CALENDAR.confirmed_years, frozenset({i % 7, 6}), HOURS) for i in range(8)
    ]
    jobs = [(c, date(2026, 1, 1) + timedelta(days=d)) for d in range(120) for c in calendars]

    def compute(job: tuple[Calendar, date]) -> date | None:
        return add(job[0], job[1], rule(7)).due_date

    alone = [compute(job) for job in jobs]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(compute, reversed(jobs))) == alone[::-1]

"""When a delivery is tried again (EX-45, V-RT-1) and which errors are worth it (V-RT-2, V-RT-3)."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from lienthong.systems.exchange.codes import BY_CODE, PROBLEMS, TRANSPORT, Class, problem_of_number
from lienthong.systems.exchange.retry import Schedule

SCHEDULE = Schedule(first=(30, 60, 120, 240, 480, 960, 1920), then=3600, give_up=86400, jitter_percent=20)
BEGAN = datetime(2026, 11, 25, 3, 0, tzinfo=UTC)


def attempts(schedule: Schedule) -> list[float]:
    """Seconds after the first attempt of all attempts that a peer which never answers gets; without jitter."""
    now, failures, out = BEGAN, 0, [0.0]
    while True:
        failures += 1
        at = schedule.next(failures=failures, began=BEGAN, now=now, chance=0.5)
        if at is None:
            return out
        now = at
        out.append((at - BEGAN).total_seconds())


def test_v_rt_1_two_failures_then_success() -> None:
    """V-RT-1: attempts at 0, 30, 90 s."""
    assert attempts(SCHEDULE)[:3] == [0, 30, 90]


def test_ex_45_waits_grow_to_an_hour_and_end_after_a_day() -> None:
    seconds = attempts(SCHEDULE)
    waits = [b - a for a, b in pairwise(seconds)]
    assert waits[:7] == [30, 60, 120, 240, 480, 960, 1920]
    assert set(waits[7:]) == {3600}
    assert 23 * 3600 <= seconds[-1] <= 24 * 3600


@given(st.integers(1, 20), st.floats(0, 1, exclude_max=True))
def test_ex_45_jitter_spreads_by_a_fifth_at_most(failures: int, chance: float) -> None:
    at = SCHEDULE.next(failures=failures, began=BEGAN, now=BEGAN, chance=chance)
    assert at is not None
    wait = SCHEDULE.wait(failures)
    assert timedelta(seconds=wait * 0.8) <= at - BEGAN <= timedelta(seconds=wait * 1.2)


def test_v_rt_2_an_unknown_receiver_is_permanent() -> None:
    assert problem_of_number("18").kind is Class.PERMANENT


def test_v_rt_3_f_ex_22_a_fault_of_the_axis_is_transient() -> None:
    assert problem_of_number("20").kind is Class.TRANSIENT
    assert problem_of_number("999").kind is Class.TRANSIENT


def test_ex_38_the_code_tables_map_each_other_completely() -> None:
    """EX-37, EX-38: every problem has a number that platforms know, every number a problem, of one class."""
    numbers = {row.number for row in TRANSPORT}
    assert {problem.number for problem in PROBLEMS} <= numbers
    for row in TRANSPORT:
        if row.number == "0":
            continue
        problem = BY_CODE[row.problem]
        assert problem.kind is row.kind, row.number
    for problem in PROBLEMS:
        assert problem.title
        assert problem.title[0].isupper()
        assert 200 <= problem.status < 600

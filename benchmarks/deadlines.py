"""Counting deadlines anew: a million in less than 60 s on one core (CORE-28). QUICK=1 counts a tenth."""

import json
import os
import time
import tomllib
from datetime import UTC, datetime, timedelta
from datetime import time as wall
from importlib.resources import files
from random import Random

from lienthong.kit.workdays import Calendar, CalendarDay, DayKind, Duration, OfficeHours, Pause, Rule, Unit, add

WHOLE = 1_000_000
BAR_SECONDS = 60
HOURS = OfficeHours(((wall(8), wall(12)), (wall(13), wall(17))))


def calendar() -> Calendar:
    """The calendar that the release ships."""
    law = tomllib.loads(files("lienthong.law").joinpath("calendar.toml").read_text("utf-8"))
    days = [
        CalendarDay(d["date"], DayKind(d["kind"]), d["reason"], d["source"]) for y in law["year"] for d in y["days"]
    ]
    return Calendar("1", tuple(days), frozenset({2024, 2025, 2026}), frozenset({5, 6}), HOURS)


def main() -> None:
    """Print the figure; the reference is the same count of additions of calendar days, without any law."""
    count = WHOLE // 10 if os.environ.get("QUICK") == "1" else WHOLE
    dice, days = Random(1), calendar()
    rules = [
        Rule(id="r", version="1", duration=Duration(n, unit, ""))
        for n, unit in (
            (1, Unit.WORKING_DAY),
            (5, Unit.WORKING_DAY),
            (20, Unit.WORKING_DAY),
            (15, Unit.DAY),
            (1, Unit.MONTH),
        )
    ]
    base = datetime(2025, 1, 1, 1, tzinfo=UTC)
    cases = []
    for _ in range(count):
        start = base + timedelta(minutes=dice.randrange(900_000))
        pauses = (Pause(start + timedelta(days=1), start + timedelta(days=4)),) if dice.random() < 0.1 else ()
        cases.append((start, rules[dice.randrange(len(rules))], pauses))
    began = time.perf_counter()
    for start, rule, pauses in cases:
        add(days, start, rule, pauses=pauses)
    took = time.perf_counter() - began
    began = time.perf_counter()
    for start, rule, _ in cases:
        start + timedelta(days=rule.duration.n)
    plain = time.perf_counter() - began
    value = took * WHOLE / count
    print(f"{count} deadlines in {took:.2f} s, {count / took:,.0f}/s; plain additions {plain:.2f} s")
    print(
        json.dumps(
            {
                "bar": f"1,000,000 deadlines < {BAR_SECONDS} s",
                "value": round(value, 1),
                "unit": "s",
                "reference": "datetime + timedelta, no calendar",
                "ratio": round(took / plain, 1),
                "holds": value < BAR_SECONDS,
            }
        )
    )
    raise SystemExit(0 if value < BAR_SECONDS else 1)


if __name__ == "__main__":
    main()

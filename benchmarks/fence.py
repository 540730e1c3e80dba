"""What the second fence costs: lists and submissions with row-level security on against off, in one run (≤ 10 %).

One person reads the newest 50 of 200,000 documents (QUICK=1: 40,000), looks for words in them, and begins drafts by the
API (document, journal entry, receivers in one transaction), each in-process through the whole middleware. "Off" is the
same database without row security on any table, and a backend that tells its session no scope. By turns of a second, so
that the machine's mood touches both; the ratio is that of the medians.
"""

import json
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
sys.path.insert(0, str(Path(__file__).resolve().parent))

import django  # noqa: E402

from lienthong.testing import DATABASE, SERVER, reset_database  # noqa: E402

django.setup()

import lists  # noqa: E402
import psycopg  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from psycopg import sql  # noqa: E402

from lienthong.config import fences  # noqa: E402
from lienthong.core import fence  # noqa: E402

QUICK = os.environ.get("QUICK") == "1"
ROWS, TURNS = (40_000, 5) if QUICK else (200_000, 15)
SECONDS, BAR = 1.0, 1.10
SEARCH = "/van-ban-den/?xem=&q=ke+hoach+cong+tac+so+3999"


@contextmanager
def without_fence(admin: psycopg.Connection[Any]) -> Iterator[None]:
    """No row security, and no scope told."""
    switch(admin, "DISABLE")
    told, fence.wanted = fence.wanted, lambda: fence.NOBODY
    try:
        yield
    finally:
        fence.wanted = told
        switch(admin, "ENABLE")


def switch(admin: psycopg.Connection[Any], how: str) -> None:
    """Turn row security of all fenced tables on or off."""
    for model in fences.fenced():
        table = sql.Identifier(model._meta.db_table)
        admin.execute(sql.SQL("ALTER TABLE {} " + how + " ROW LEVEL SECURITY").format(table))


def timed(work: Callable[[], Any], seconds: float) -> list[float]:
    """The durations of one piece of work done again and again."""
    times = []
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return times


def works(world: Any) -> dict[str, Callable[[], None]]:
    """What is measured, each as one call."""
    clerk, specialist = Client(headers={"accept": "text/html"}), Client()
    clerk.force_login(world.a.seats["clerk"].holding.person)
    specialist.force_login(world.a.seats["specialist"].holding.person)
    body = {
        "type_code": "cong_van",
        "subject": "Đề nghị phối hợp",
        "text": "Kính đề nghị quý cơ quan phối hợp.",
        "signer_position_id": str(world.a.seats["head"].position.pk),
        "issuing_body_id": str(world.a.body.pk),
        "receivers": [{"unit_id": str(world.b.id)}],
    }

    def read(url: str) -> Callable[[], None]:
        def page() -> None:
            assert clerk.get(url).status_code == 200

        return page

    def submit() -> None:
        answer = specialist.post(
            "/api/v1/office/outgoing",
            json.dumps(body),
            content_type="application/json",
            headers={"Idempotency-Key": str(uuid4())},
        )
        assert answer.status_code == 201, answer.content

    return {"list": read(lists.LIST), "search": read(SEARCH), "submit": submit}


def main() -> int:
    """Fill, measure by turns, print."""
    from tests.thread.conftest import make_world

    reset_database()
    world = make_world()
    agencies = [world.a.id, world.b.id, world.c.id]
    lists.ROWS = ROWS
    lists.fill([*agencies, agencies[-1]])
    on: dict[str, list[float]] = {}
    off: dict[str, list[float]] = {}
    with psycopg.connect(SERVER.admin, dbname=DATABASE, autocommit=True) as admin:
        for name, work in works(world).items():
            timed(work, 0.5)
            on[name], off[name] = [], []
            for _ in range(TURNS):
                on[name] += timed(work, SECONDS)
                with without_fence(admin):
                    off[name] += timed(work, SECONDS)
    connection.close()
    ratios = {name: statistics.median(on[name]) / statistics.median(off[name]) for name in on}
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    print(f"{machine}, load {os.getloadavg()[0]:.1f}; {ROWS:,} documents, {TURNS} turns of {SECONDS:.0f} s each way")
    for name, ratio in ratios.items():
        with_it, without = statistics.median(on[name]) * 1000, statistics.median(off[name]) * 1000
        print(f"{name}: {with_it:.2f} ms with the fence, {without:.2f} ms without, × {ratio:.3f}")
    worst = max(ratios["list"], ratios["submit"])
    found = {
        "bar": "rào thứ hai tốn ≤ 10 % khi xem danh sách và khi ghi",
        "value": round((worst - 1) * 100, 1),
        "unit": "%",
        "reference": "tắt rào",
        "ratio": round(worst, 3),
        "holds": worst <= BAR,
    }
    print(json.dumps(found, ensure_ascii=False))
    return 0 if found["holds"] else 1


if __name__ == "__main__":
    sys.exit(main())

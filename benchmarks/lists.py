"""The newest 50 of a large register, as a signed-in clerk with the rights filter, against Roundup's issue list (B20).

Both serve their own list of the same length from the same PostgreSQL in the same run, each called in-process through
its WSGI application by one signed-in person, a page after the other. 2,000,000 documents (QUICK=1: 200,000) of four
agencies, half of them the clerk's. Beside the ratio the run proves that a page at depth 10,000 reached by cursor costs
what the first costs (median, at most half more), and that a page takes at most six SQL statements.
"""

import json
import os
import platform
import re
import statistics
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
sys.path.insert(0, str(Path(__file__).resolve().parent))

import _reference  # noqa: E402
import django  # noqa: E402

from lienthong.testing import DATABASE, SERVER, reset_database  # noqa: E402

django.setup()

import psycopg  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402

QUICK = os.environ.get("QUICK") == "1"
ROWS = 200_000 if QUICK else 2_000_000
SECONDS = 5 if QUICK else 20
BAR, STATEMENTS, DEPTH_FACTOR = 10, 6, 1.5
LIST = "/van-ban-den/?xem="
HOME = ROOT / "build" / "bench-roundup"

FILL = """
INSERT INTO office_incomingdocument (id, agency_id, state, version, state_since, channel, sender_name, sender_code,
    document_id, code, number_key, type_name, subject, urgency, signer, letter, verdict, received_at, accept_reason,
    submit_note, return_reason, direction, bounces, result, result_kind, search_key)
SELECT gen_random_uuid(), (%(agencies)s::uuid[])[1 + CASE WHEN n %% 2 = 0 THEN 0 ELSE 1 + n %% 3 END],
    'arrived', 0, at, 'paper', 'Bộ Thử nghiệm ' || n %% 30, '', '', n || '/BTN-VP', n || 'BTNVP', 'Công văn',
    'V/v triển khai kế hoạch công tác số ' || n, (n %% 4)::smallint, '', '{}', '{}', at, '', '', '', '', 0, '', '',
    'v/v trien khai ke hoach cong tac so ' || n
FROM generate_series(1, %(rows)s) n, LATERAL (SELECT now() - n * interval '20 seconds' AS at) t
"""


def fill(agencies: list[Any]) -> None:
    """The documents, by one statement of a superuser: what is measured is reading."""
    with psycopg.connect(SERVER.admin, dbname=DATABASE, autocommit=True) as admin:
        admin.execute("SET session_replication_role = replica")
        indexes = admin.execute(
            "SELECT indexname, indexdef FROM pg_indexes "
            "WHERE tablename = 'office_incomingdocument' AND indexdef ~ 'gin'"
        ).fetchall()
        for name, _ in indexes:
            admin.execute(f'DROP INDEX "{name}"')
        admin.execute("SET synchronous_commit = off")
        admin.execute(FILL, {"agencies": agencies, "rows": ROWS})
        for _, definition in indexes:
            admin.execute(definition)
        admin.execute("VACUUM ANALYZE office_incomingdocument")


def measure(client: Client, url: str, seconds: float) -> list[float]:
    """The durations of pages, one after the other."""
    times = []
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        start = time.perf_counter()
        response = client.get(url)
        times.append(time.perf_counter() - start)
        assert response.status_code == 200
    return times


def at_depth(agency: Any, rows: int) -> str:
    """The URL of the page that begins so many rows down, by the cursor that the page before it prints."""
    from lienthong.systems.office.models import IncomingDocument
    from lienthong.systems.office.paging import mark

    row = IncomingDocument.objects.filter(agency_id=agency).order_by("-received_at", "-id")[rows]
    return f"{LIST}&sau={mark(row, 'received_at')}"


def main() -> int:
    """Fill, measure both, print."""
    from tests.thread.conftest import make_world

    reset_database()
    world = make_world()
    clerk = world.a.seats["clerk"].holding.person
    agencies = [world.a.id, world.b.id, world.c.id]
    fill([*agencies, agencies[-1]])
    _reference.run("_roundup.py", "prepare", HOME, "bench_roundup", SERVER.host, ROWS)

    client = Client(headers={"accept": "text/html"})
    client.force_login(clerk)
    page = client.get(LIST).content.decode()
    shown = len(set(re.findall(r'href="/van-ban-den/([0-9a-f-]{36})/', page)))
    assert shown == 50, f"the list shows {shown} documents"
    with CaptureQueriesContext(connection) as queries:
        client.get(LIST)
    deep = at_depth(world.a.id, 10_000)
    with CaptureQueriesContext(connection) as deep_queries:
        client.get(deep)
    statements = max(len(queries), len(deep_queries))
    measure(client, LIST, 1)
    # By turns, so that the machine's mood touches all alike.
    ours: list[float] = []
    theirs: list[float] = []
    below: list[float] = []
    for _ in range(2):
        ours += measure(client, LIST, SECONDS / 2)
        below += measure(client, deep, SECONDS / 4)
        theirs.append(_reference.run("_roundup.py", "lists", HOME, SECONDS / 2)["rate"])
    connection.close()
    rate, reference = len(ours) / sum(ours), statistics.mean(theirs)
    depth = statistics.median(below) / statistics.median(ours)
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    print(f"{machine}, load {os.getloadavg()[0]:.1f}; {ROWS:,} documents and issues on one PostgreSQL")
    print(f"page at depth 10,000: {depth:.2f} of the first; {statements} SQL statements a page")
    holds = rate >= BAR * reference and depth <= DEPTH_FACTOR and statements <= STATEMENTS
    found = {
        "bar": f"≥ {BAR} lần danh sách của Roundup; trang sâu như trang đầu; ≤ {STATEMENTS} câu SQL",
        "value": round(rate, 1),
        "unit": "trang/giây",
        "reference": round(reference, 1),
        "ratio": round(rate / reference, 1),
        "holds": holds,
    }
    print(json.dumps(found, ensure_ascii=False))
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main())

"""What pages cost: the same statements for 1, 10 and 50 rows, and indexes on twenty thousand (ARCHITECTURE §4)."""

import sys
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.test import Client
from django.test.utils import CaptureQueriesContext

from lienthong.demo.agencies import Agency
from lienthong.kit import clock
from lienthong.systems.office import queries, work
from lienthong.systems.office.models import IncomingDocument, Line, OutgoingDocument, Receiver
from lienthong.systems.office.policies import incoming_policy
from tests.faults.conftest import World, browser, directed, paper, signed

pytestmark = pytest.mark.django_db

PAGES = {
    "/": 60,
    "/van-ban-den/": 30,
    "/van-ban-den/?xem=": 30,
    "/van-ban-di/": 30,
    "/van-ban-di/?xem=": 30,
    "/api/v1/office/incoming": 12,
    "/api/v1/office/outgoing": 12,
}
"""Ceilings for who sees most; measured figures stand in the report of the test run (-rA)."""


def counted(client: Client, url: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as ran:
        assert client.get(url).status_code == 200, url
    # The mark of activity of a session and the watch on the lawbook come by time, not by rows.
    by_time = ("django_session", "lawbook_", "SAVEPOINT")
    return sum(not any(word in query["sql"] for word in by_time) for query in ran)


def fill(agency: Agency, count: int) -> None:
    """Rows as `bulk_create` makes them: arrived papers with a line, drafts with a receiver."""
    seats, now = agency.seats, clock.now()
    arrived = [
        IncomingDocument(
            agency_id=agency.id,
            state="arrived",
            state_since=now,
            channel="paper",
            sender_name="Cơ quan ngoài",
            code=f"{n}/CV-{n % 97}",
            type_name="Công văn",
            subject=f"Về việc số {n} của đơn vị {n % 89}",
            received_at=now - timedelta(minutes=n),
            due_at=now + timedelta(minutes=n - 500),
        )
        for n in range(count)
    ]
    drafts = [
        OutgoingDocument(
            agency_id=agency.id,
            state="draft",
            created_at=now,
            state_since=now - timedelta(minutes=n),
            issuing_body_id=agency.body.pk,
            type_code="cong_van",
            subject=f"Dự thảo số {n}",
            content={"version": 1, "blocks": []},
            unit_id=agency.divisions[1].pk,
            drafter_id=seats["specialist"].user.pk,
            drafter_position_id=seats["specialist"].position.pk,
            signer_position_id=seats["head"].position.pk,
        )
        for n in range(count)
    ]
    for row in (*arrived, *drafts):
        row.normalise()
    IncomingDocument.objects.bulk_create(arrived, batch_size=2000)
    OutgoingDocument.objects.bulk_create(drafts, batch_size=2000)
    Line.objects.bulk_create(
        [
            Line(
                document=row,
                agency_id=agency.id,
                role="info",
                unit_id=agency.divisions[1 + n % 2].pk,
                position_id=seats["specialist"].position.pk if n % 50 == 0 else None,
                given_by_id=seats["head"].position.pk,
                given_by_person_id=seats["head"].user.pk,
                given_at=now,
            )
            for n, row in enumerate(arrived)
        ],
        batch_size=2000,
    )
    Receiver.objects.bulk_create([Receiver(document=row, unit_id=agency.id) for row in drafts], batch_size=2000)


@pytest.mark.parametrize("seat", ["clerk", "head", "specialist"])
def test_lists_and_home_cost_the_same_for_one_and_for_fifty_rows(world: World, seat: str) -> None:
    """ARCHITECTURE §4: no page asks once more for each row."""
    client = browser(world.a.seats[seat])
    counted(client, "/")
    counts: dict[str, list[int]] = {url: [] for url in PAGES}
    for more in (1, 9, 40):
        fill(world.a, more)
        for url, found in counts.items():
            found.append(counted(client, url))
    for url, found in counts.items():
        assert found[1] == found[2], f"{url} grows: {found}"
        assert found[2] <= PAGES[url], f"{url}: {found}"
        sys.stdout.write(f"{seat} {url} {found}\n")


def test_records_cost_the_same_whatever_hangs_on_them(world: World) -> None:
    """The record of a paper with many lines and of a document with many receivers."""
    a, clerk = world.a, browser(world.a.seats["clerk"])
    document, sent = directed(a, paper(a)), signed(world, world.b, world.c)
    urls = {f"/van-ban-den/{document.pk}/": 45, f"/van-ban-di/{sent.pk}/": 45}
    urls |= {f"/api/v1/office/incoming/{document.pk}": 15, f"/api/v1/office/outgoing/{sent.pk}": 15}
    for url in urls:
        clerk.get(url)
    before = {url: counted(clerk, url) for url in urls}
    head = a.seats["head"]
    for n in range(20):
        Line.objects.create(
            document=document,
            agency_id=a.id,
            role="info",
            unit_id=a.divisions[n % 3].pk,
            position_id=head.position.pk,
            given_by_id=head.position.pk,
            given_by_person_id=head.user.pk,
            given_at=clock.now(),
        )
    after = {url: counted(clerk, url) for url in urls}
    assert after == before
    for url, ceiling in urls.items():
        assert after[url] <= ceiling, (url, after[url])
        sys.stdout.write(f"{url[:-37]} {after[url]}\n")


ROWS = 20_000


def plan_of(rows: QuerySet[Any]) -> str:
    return rows.explain()


def test_lists_of_twenty_thousand_rows_use_the_indexes(world: World) -> None:
    """ARCHITECTURE §4, OF-3: no list, tab, count, search or home query reads a whole big table."""
    fill(world.a, ROWS)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE office_incomingdocument, office_outgoingdocument, office_line")
    slow: list[str] = []
    for seat in ("clerk", "head", "unit_head", "specialist"):
        actor = world.a.seats[seat].actor()
        asked: dict[str, QuerySet[Any]] = {}
        for tab, _ in queries.incoming_tabs(actor):
            asked[f"đến {tab}"] = queries.incoming_list(actor, queries.Filters(tab=tab))[:51]
        for tab, _ in queries.outgoing_tabs(actor):
            asked[f"đi {tab}"] = queries.outgoing_list(actor, queries.Filters(tab=tab))[:51]
        for typed in ("777/CV", "so 12345 cua don vi", "khong co tu nay"):
            asked[f"tìm đến {typed}"] = queries.incoming_list(actor, queries.Filters(query=typed))[:51]
            asked[f"tìm đi {typed}"] = queries.outgoing_list(actor, queries.Filters(query=typed))[:51]
        asked["việc đến"] = work.incoming_waiting(actor).order_by("due_at", "received_at")[:20]
        asked["một văn bản"] = incoming_policy.scope(actor, IncomingDocument.objects.filter(pk=uuid4()))
        for name, rows in asked.items():
            plan = plan_of(rows)
            if any(f"Seq Scan on office_{table}" in plan for table in ("incomingdocument", "outgoingdocument", "line")):
                slow.append(f"--- {seat}: {name}\n{plan}")
    assert not slow, "\n".join(slow)

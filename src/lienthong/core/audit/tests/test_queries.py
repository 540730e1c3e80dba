"""CORE-78: the journal's queries."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from lienthong.contracts.actor import Actor
from lienthong.contracts.ref import Ref
from lienthong.core import audit
from lienthong.core.audit import queries, sealing
from lienthong.core.audit.models import JournalEntry
from lienthong.core.audit.queries import JournalFilter
from lienthong.core.audit.tests.conftest import Authority
from lienthong.core.registry import Verb, registry

pytestmark = pytest.mark.usefixtures("empty_journal")

PERSON, AGENCY, UNIT = UUID(int=1), UUID(int=2), UUID(int=3)


@pytest.fixture
def world(verb: str, sealer: Authority) -> list[JournalEntry]:
    """120 entries of two persons, two agencies, three objects and two verbs; the first 90 are sealed."""
    registry.add_verbs(Verb("test:other:write", "x"))
    made = []
    for n in range(120):
        actor = Actor(
            user_id=UUID(int=n % 2 + 1),
            name="x",
            unit_id=UNIT if n % 3 == 0 else uuid4(),
            agency_id=AGENCY if n % 4 else uuid4(),
        )
        with transaction.atomic():
            made.append(
                audit.record(
                    by=actor,
                    verb=verb if n % 5 else "test:other:write",
                    ref=Ref("test:paper", UUID(int=n % 3)) if n % 7 else None,
                    after={"n": n},
                )
            )
        if n == 89:
            sealing.seal_pending()
    del registry.verbs["test:other:write"]
    return made[::-1]


def test_core_78_filters(world: list[JournalEntry], verb: str) -> None:
    """CORE-78: person, object, verb, time, unit and agency, alone and together, newest first."""
    start, end = world[80].at, world[20].at
    paper = Ref("test:paper", UUID(int=1))
    cases = [
        (JournalFilter(), lambda e: True),
        (JournalFilter(actor=f"u:{PERSON}"), lambda e: e.actor == f"u:{PERSON}"),
        (JournalFilter(ref=paper), lambda e: e.ref == str(paper)),
        (JournalFilter(verb=verb), lambda e: e.verb == verb),
        (JournalFilter(verb="test:other:"), lambda e: e.verb == "test:other:write"),
        (JournalFilter(verb="test:"), lambda e: True),
        (JournalFilter(unit_id=UNIT), lambda e: e.unit_id == UNIT),
        (JournalFilter(agency_id=AGENCY), lambda e: e.agency_id == AGENCY),
        (JournalFilter(since=start, until=end), lambda e: start <= e.at < end),
        (
            JournalFilter(agency_id=AGENCY, actor=f"u:{PERSON}", ref=paper, since=start),
            lambda e: e.agency_id == AGENCY and e.actor == f"u:{PERSON}" and e.ref == str(paper) and e.at >= start,
        ),
    ]
    for wanted, holds in cases:
        expected = [e.id for e in world if holds(e)]
        assert [e.id for e in queries.entries(wanted, limit=500).entries] == expected
        assert 0 < len(expected) <= 120


def test_core_78_pages_join_without_gap_or_repetition(world: list[JournalEntry]) -> None:
    """CORE-78: keyset pages show every entry once, also when new ones arrive between two pages."""
    seen, mark = [], ""
    while True:
        page = queries.entries(JournalFilter(), before=mark, limit=7)
        seen += [entry.id for entry in page.entries]
        with transaction.atomic():
            audit.record(by=Actor(user_id=PERSON, name="x"), verb="test:journal:write")
        mark = page.older
        if not mark:
            break
    assert seen == [entry.id for entry in world]


def test_core_78_page_of_one_instant(verb: str, sealer: Authority, time_machine_at) -> None:
    """CORE-78: entries of one microsecond are paged by their identifier."""
    time_machine_at("2026-11-25T03:15:00Z")
    with transaction.atomic():
        made = [audit.record(by=Actor(user_id=PERSON, name="x"), verb=verb).id for _ in range(10)]
    first = queries.entries(JournalFilter(), limit=4)
    second = queries.entries(JournalFilter(), before=first.older, limit=10)
    assert [e.id for e in [*first.entries, *second.entries]] == made[::-1]
    assert second.older == ""


def test_core_78_sealed_or_not_yet_in_one_query(world: list[JournalEntry]) -> None:
    """CORE-78: the seal of each entry comes with the page."""
    with CaptureQueriesContext(
        connection,
    ) as context:
        page = queries.entries(JournalFilter(), limit=120)
        seqs = [queries.seq_of(entry) for entry in page.entries]
    assert len(context) == 1
    assert seqs == [None] * 30 + list(range(90, 0, -1))


def test_core_78_history_of_one_object(world: list[JournalEntry]) -> None:
    """CORE-78, EX-51: all entries of one object, oldest first."""
    ref = Ref("test:paper", UUID(int=2))
    assert [e.id for e in queries.of_object(ref)] == [e.id for e in world[::-1] if e.ref == str(ref)]


@pytest.mark.parametrize("mark", ["x", "eA", "MjAyNi0xMS0yNVQwMzoxNTowMA", "%%%"])
def test_core_78_foreign_mark_is_refused(mark: str) -> None:
    """CORE-78: a mark that no page gave is an error of the caller, not a page."""
    with pytest.raises(queries.BadCursor):
        queries.entries(JournalFilter(), before=mark)


def test_core_78_every_filter_has_its_index(world: list[JournalEntry]) -> None:
    """CORE-78: no filter reads the table through or sorts it, whatever its size."""
    wanted = [
        JournalFilter(),
        JournalFilter(actor=f"u:{PERSON}"),
        JournalFilter(ref=Ref("test:paper", UUID(int=1))),
        JournalFilter(verb="test:other:write"),
        JournalFilter(unit_id=UNIT),
        JournalFilter(agency_id=AGENCY),
        JournalFilter(since=world[0].at - timedelta(days=1)),
    ]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off; SET LOCAL enable_bitmapscan = off")
        for one in wanted:
            rows = JournalEntry.objects.order_by("-at", "-id").filter(queries._condition(one))[:50]
            plan = rows.explain()
            assert "Index Scan Backward" in plan
            assert "Seq Scan" not in plan

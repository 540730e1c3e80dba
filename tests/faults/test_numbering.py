"""Numbers under parallel clerks, killed workers, the turn of the year and clocks that run backwards (CORE-46..50)."""

import random
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from itertools import batched, pairwise
from uuid import uuid4

import pytest
import time_machine
from django.db import connection, transaction

from lienthong.core import fence
from lienthong.core.actions.errors import Conflict
from lienthong.systems.office import numbers, queries
from lienthong.systems.office.actions import history, incoming, outgoing
from lienthong.systems.office.models import IncomingDocument, OutgoingDocument, RegisterLine, Series, SeriesCounter
from lienthong.systems.office.work import search
from tests.faults.conftest import World, paper, signed, start, to_sign, together
from tests.golive.conftest import balance

CLERKS, EACH = 200, 10
PROCESSES, THREADS = 4, 5
NEW_YEAR = datetime(2026, 12, 31, 17, tzinfo=UTC)
"""2027-01-01 00:00:00 in the legal zone."""


def series_of(world: World, type_code: str = "cong_van") -> Series:
    return Series.objects.get(agency_id=world.a.id, type_code=type_code, register__kind="outgoing")


@pytest.mark.fault
def test_core_50_two_hundred_clerks_and_killed_workers_leave_no_gap_and_no_duplicate(committed: World) -> None:
    """CORE-50, CORE-48, F-OF-1, F-OF-2: 200 clerks × 10 numbers on 20 connections at a time, kill -9 at random."""
    series = series_of(committed)
    documents = [str(uuid4()) for _ in range(CLERKS * EACH)]
    shares = [list(share) for share in batched(documents, len(documents) // (PROCESSES * THREADS), strict=True)]
    plans = [{"series": str(series.pk), "threads": list(group)} for group in batched(shares, THREADS, strict=True)]
    chance = random.Random(50)
    killed = 0
    running = [start("tests.faults.numbering_worker", plan) for plan in plans]
    deadline = time.monotonic() + 150
    while RegisterLine.objects.count() < len(documents) and time.monotonic() < deadline:
        time.sleep(chance.uniform(0.2, 0.6))
        drawn = RegisterLine.objects.count()
        for place, process in enumerate(running):
            alive = process.poll() is None
            if alive and drawn and killed < 4 and chance.random() < 0.4:
                process.send_signal(signal.SIGKILL)
                process.wait()
                killed += 1
                alive = False
            if not alive and drawn < len(documents):
                process.communicate()
                running[place] = start("tests.faults.numbering_worker", plans[place])
    for process in running:
        _, errors = process.communicate(timeout=60)
        assert process.returncode == 0, errors[-2000:]
    assert killed >= 3, "the test must have killed workers in the middle of their work"
    lines = list(RegisterLine.objects.order_by("number"))
    assert [line.number for line in lines] == list(range(1, len(documents) + 1))
    assert {str(line.document) for line in lines} == set(documents)
    assert all(one.drawn_at <= two.drawn_at for one, two in pairwise(lines))
    assert SeriesCounter.objects.get(series=series).last == len(documents)


def test_core_50_a_double_click_takes_one_number_and_changes_nothing_else(committed: World) -> None:
    """CORE-50, F-CORE-17: two clerks number one document and register one paper at once; the second gets 409."""
    document, arrived = signed(committed), paper(committed.a)
    clerk = committed.a.seats["clerk"].actor()

    def number() -> None:
        outgoing.number(by=clerk, target=OutgoingDocument.objects.get(pk=document.pk))

    def issue() -> None:
        outgoing.issue(by=clerk, target=OutgoingDocument.objects.get(pk=document.pk))

    def register() -> None:
        incoming.register(by=clerk, target=IncomingDocument.objects.get(pk=arrived.pk))

    for works in ([number, number], [register, register, register], [issue, issue]):
        found = together(works)
        refused = [answer for answer in found if answer is not None]
        assert found.count(None) == 1, found
        assert all(isinstance(error, Conflict) and error.status == 409 for error in refused), found
    assert RegisterLine.objects.filter(document=document.pk).count() == 1
    assert RegisterLine.objects.filter(document=arrived.pk).count() == 1
    document.refresh_from_db()
    assert (document.state, document.number, document.files.filter(step="number").count()) == ("filed", 1, 1)
    assert set(SeriesCounter.objects.values_list("last", flat=True)) == {1}


def test_f_of_2_other_series_are_not_blocked_while_one_is_locked(committed: World) -> None:
    """F-OF-2, CORE-50: a transaction holds one series; the other gives a number meanwhile, the same one waits."""
    one, other = series_of(committed), series_of(committed, "")
    waited: list[str] = []

    def draw(series: Series) -> int:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '700ms'")
            return numbers.draw(series, uuid4()).number

    with transaction.atomic():
        numbers.draw(one, uuid4())
        free, blocked = together([lambda: draw(other), lambda: draw(one)])
        waited.append(type(blocked).__name__)
    assert free == 1
    assert waited == ["OperationalError"], "the same series waits for its lock"
    assert draw(one) == 2, "what waited and gave up left no hole"


@pytest.mark.django_db
def test_v_no_5_the_year_turns(world: World) -> None:
    """V-NO-5, OF-31: the last of 2026 is 1234; at 2027-01-01 00:00:00 local the first is 01, dated 01/01/2027."""
    series = series_of(world)
    with time_machine.travel(NEW_YEAR - timedelta(hours=1), tick=False):
        balance(world.a, series, 1233)
    with time_machine.travel(NEW_YEAR - timedelta(microseconds=1), tick=False):
        last = numbers.draw(series, uuid4())
    with time_machine.travel(NEW_YEAR, tick=False):
        first = numbers.draw(series, uuid4())
    assert (last.number, last.period, last.on) == (1234, "2026", date(2026, 12, 31))
    assert (first.number, first.period, first.on) == (1, "2027", date(2027, 1, 1))
    assert numbers.written(series, first, kind="", organ="BNV", unit="VP").text == "01/BNV-VP"


def test_v_no_5_a_clerk_who_waited_over_midnight_gets_the_new_year(committed: World) -> None:
    """V-NO-5, CORE-48: A draws in 2026 and commits after midnight; B waited for the lock since 2026 and gets 01."""
    series = series_of(committed)

    @fence.node("tests")
    def draw() -> numbers.Drawn:
        try:
            with transaction.atomic():
                return numbers.draw(series, uuid4())
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool, time_machine.travel(NEW_YEAR - timedelta(seconds=1), tick=True):
        with transaction.atomic():
            held = numbers.draw(series, uuid4())
            waiting = pool.submit(draw)
            time.sleep(1.5)
            assert not waiting.done()
        waited = waiting.result(30)
    assert (held.number, held.period, held.on) == (1, "2026", date(2026, 12, 31))
    assert (waited.number, waited.period, waited.on) == (1, "2027", date(2027, 1, 1))


@pytest.mark.django_db
def test_core_48_a_clock_that_runs_backwards_draws_nothing(world: World) -> None:
    series = series_of(world)
    with time_machine.travel(datetime(2026, 6, 1, 3, tzinfo=UTC), tick=False) as traveller:
        numbers.draw(series, uuid4())
        traveller.shift(timedelta(seconds=-1))
        with pytest.raises(Conflict, match="chạy lùi") as refused:
            numbers.draw(series, uuid4())
        assert refused.value.code == "clock_backwards"
        traveller.shift(timedelta(seconds=2))
        assert numbers.draw(series, uuid4()).number == 2


@pytest.mark.django_db
def test_core_49_a_spoilt_number_stays_in_the_register_and_is_never_used_again(world: World) -> None:
    """CORE-49, F-OF-10: hủy keeps its line with the reason; the next document takes the next number."""
    clerk = world.a.seats["clerk"].actor()
    spoilt, following = signed(world), signed(world)
    outgoing.number(by=clerk, target=spoilt)
    outgoing.cancel_number(by=clerk, target=spoilt, reason="In sai nội dung, phải làm lại")
    outgoing.issue(by=clerk, target=following)
    lines = {line.number: line for line in RegisterLine.objects.filter(register__kind="outgoing")}
    assert {number: line.state for number, line in lines.items()} == {1: "cancelled", 2: "live"}
    assert lines[1].note == "In sai nội dung, phải làm lại"
    shown = queries.register_lines(clerk, lines[1].register_id, lines[1].period)
    assert [line.number for line in shown] == [1, 2]
    with pytest.raises(Conflict):
        outgoing.issue(by=clerk, target=spoilt)


@pytest.mark.django_db
def test_core_47_a_roll_back_gives_the_number_back_and_drafts_have_none(world: World) -> None:
    """CORE-47, F-CORE-17: no number before it is drawn; a failed issue leaves no hole."""
    waiting = to_sign(world)
    assert (waiting.number, waiting.code) == (None, "")
    document = signed(world)
    with transaction.atomic():
        outgoing.number(by=world.a.seats["clerk"].actor(), target=document)
        transaction.set_rollback(True)
    assert not RegisterLine.objects.filter(register__kind="outgoing").exists()
    document.refresh_from_db()
    outgoing.number(by=world.a.seats["clerk"].actor(), target=document)
    assert document.number == 1


FOUND = {
    "7816/VPCP-TTĐT": ("7816/vpcp-ttdt", "7816/VPCP-TTĐT", "7816 / VPCP - TTĐT", "7816", "vpcp-ttdt"),
    "66.22/2026/NQ-CP": ("66.22", "66.22/2026"),
    "18-KL/TW": ("18-kl/tw", "18 KL TW"),
    "05/QĐ-BNV": ("5/QĐ-BNV", "05/qd-bnv"),
}


@pytest.mark.django_db
def test_v_num_numbers_are_found_by_list_and_global_search(world: World) -> None:
    """V-NUM-1..3, F-CORE-26, CORE-43: in both lists of the office and in the global search."""
    clerk = world.a.seats["clerk"].actor()
    seats = world.a.seats
    today = date(2025, 3, 2)
    old = [
        history.OldIncoming(
            code=code,
            arrival_number=place,
            arrival_on=today,
            issued_on=today,
            type_name="Công văn",
            subject=f"Văn bản thứ {['một', 'hai', 'ba', 'bốn'][place - 1]}",
            sender_name="Cơ quan cũ",
        )
        for place, code in enumerate(FOUND, 1)
    ]
    sent = [
        history.OldOutgoing(
            code=code,
            number=place,
            issued_on=today,
            type_code="cong_van",
            subject="Văn bản cũ",
            signer_name="Người ký cũ",
            issuing_body_id=world.a.body.pk,
            unit_id=world.a.divisions[1].pk,
            drafter_id=seats["specialist"].user.pk,
            drafter_position_id=seats["specialist"].position.pk,
            signer_position_id=seats["head"].position.pk,
        )
        for place, code in enumerate(FOUND, 1)
    ]
    history.import_history(by=clerk, outgoing=sent, incoming=old)

    def lists(typed: str) -> tuple[set[str], set[str], set[str]]:
        filters = queries.Filters(query=typed)
        return (
            {row.code for row in queries.incoming_list(clerk, filters)},
            {row.code for row in queries.outgoing_list(clerk, filters)},
            {hit.number for hit in search(clerk, typed, 20)},
        )

    for code, typed in FOUND.items():
        for text in typed:
            assert lists(text) == ({code}, {code}, {code}), text
    for text in ("816/VPCP", "22/2026", "6/VPCP"):
        assert lists(text) == (set(), set(), set()), text

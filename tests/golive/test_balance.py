"""The opening balance: after the last number of the old book, by two persons, before the first draw (CORE-105)."""

import threading
from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.db.utils import Error as DatabaseError

from lienthong.core import fence
from lienthong.core.access.actors import actor_for
from lienthong.core.access.models import Grant, Role
from lienthong.core.actions.errors import Conflict, Forbidden, Invalid, NotSeen
from lienthong.core.audit.models import JournalEntry
from lienthong.core.files.models import FileLink
from lienthong.core.identity.models import User
from lienthong.core.orgs.models import Holding, Position
from lienthong.demo.agencies import ALWAYS, Agency
from lienthong.kit import clock
from lienthong.systems.office import numbers
from lienthong.systems.office.actions import books
from lienthong.systems.office.models import OpeningBalance, RegisterLine, SeriesCounter
from tests.architecture.scenes.golive import put_below
from tests.golive.conftest import balance, series_of, stored
from tests.thread.conftest import World

pytestmark = pytest.mark.django_db(transaction=True)


def draw(agency: Agency, type_code: str = "") -> int:
    with transaction.atomic():
        return numbers.draw(series_of(agency, type_code), uuid4()).number


def facts(agency: Agency, **changes: object) -> books.BalanceInput:
    clerk = agency.seats["clerk"].actor()
    given = {"last": 1233, "last_on": clock.local_date(), "book": "Sổ giấy", "scan_id": stored(clerk).pk}
    return books.BalanceInput(**(given | changes))  # type: ignore[arg-type]


def test_core_105_v_num_4_the_series_goes_on_and_begins_anew_next_year(world: World) -> None:
    """V-NUM-4: balance 1233 → first draw 1234; on 01/01 of the next year → 01."""
    balance(world.a, series_of(world.a))
    assert [draw(world.a), draw(world.a)] == [1234, 1235]
    assert draw(world.a, "cong_van") == 1
    year = clock.local_date().year
    with clock.pinned(clock.at_local(date(year + 1, 1, 1))):
        assert draw(world.a) == 1
    assert not RegisterLine.objects.filter(number__lt=1234, period=str(year), series=series_of(world.a)).exists()


def test_core_105_v_num_5_one_person_no_scan_or_too_late(world: World) -> None:
    """V-NUM-5: the same person confirms, no scan, or after the first draw → refused."""
    clerk = world.a.seats["clerk"].actor()
    series = series_of(world.a)
    row = books.propose_balance(by=clerk, series=series, facts=facts(world.a))
    with pytest.raises(Forbidden):
        books.confirm_balance(by=clerk, target=row)
    books.withdraw_balance(by=clerk, target=row, reason="Ghi nhầm số cuối của sổ")
    with pytest.raises(Invalid) as refused:
        books.propose_balance(by=clerk, series=series, facts=facts(world.a, scan_id=None))
    assert set(refused.value.fields) == {"scan"}
    assert draw(world.a) == 1
    with pytest.raises(Conflict) as late:
        books.propose_balance(by=clerk, series=series, facts=facts(world.a))
    assert late.value.code == "balance_late"


def test_core_105_no_number_while_a_balance_waits(world: World) -> None:
    """A draw between proposal and confirmation would make the balance impossible for ever: it waits."""
    row = balance(world.a, series_of(world.a), confirm=False)
    with pytest.raises(Conflict) as refused:
        draw(world.a)
    assert refused.value.code == "balance_pending"
    books.confirm_balance(by=world.a.seats["head"].actor(), target=row)
    assert draw(world.a) == 1234


def test_core_105_a_correction_is_possible_until_the_first_draw(world: World) -> None:
    first = balance(world.a, series_of(world.a), 1200)
    second = balance(world.a, series_of(world.a), 1233)
    first.refresh_from_db()
    assert (first.state, second.state) == ("replaced", "confirmed")
    third = balance(world.a, series_of(world.a), 0)
    assert third.state == "confirmed"
    balance(world.a, series_of(world.a), 41)
    assert draw(world.a) == 42
    with pytest.raises(Conflict):
        balance(world.a, series_of(world.a), 50)


def test_core_105_only_this_period_and_no_day_to_come(world: World) -> None:
    clerk, series, today = world.a.seats["clerk"].actor(), series_of(world.a), clock.local_date()
    for day in (date(today.year - 1, 12, 31), today + timedelta(days=1)):
        with pytest.raises(Invalid) as refused:
            books.propose_balance(by=clerk, series=series, facts=facts(world.a, last_on=day))
        assert set(refused.value.fields) == {"last_on"}
    row = balance(world.a, series, confirm=False)
    with clock.pinned(clock.at_local(date(today.year + 1, 1, 2))), pytest.raises(Conflict) as past:
        books.confirm_balance(by=world.a.seats["head"].actor(), target=row)
    assert past.value.code == "balance_period"


def another_clerk(agency: Agency) -> Holding:
    user = User(username="thu.van-thu-hai", full_name="Văn thư Thứ Hai")
    user.set_unusable_password()
    user.save()
    position = Position.objects.create(
        unit=agency.divisions[0], title="Văn thư", rank=Position.Rank.CLERK, valid=agency.seats["clerk"].position.valid
    )
    Grant.objects.create(position=position, role=Role.objects.get(code="office-clerk"), held=ALWAYS)
    return Holding.objects.create(position=position, person=user, held=ALWAYS)


def test_core_105_core_32_who_the_second_person_may_be(world: World) -> None:
    """One clerk: the leader or the superior's clerk confirms. Two clerks: the other one."""
    superior = world.b.seats["clerk"].actor()
    row = balance(world.a, series_of(world.a), confirm=False)
    with pytest.raises(NotSeen):
        books.confirm_below(by=superior, target=row)
    put_below(world.a, world.b)
    books.confirm_below(by=superior, target=row)
    assert row.state == "confirmed"
    second = another_clerk(world.a)
    row = balance(world.a, series_of(world.a, "cong_van"), 7, confirm=False)
    with pytest.raises(Forbidden):
        books.confirm_below(by=superior, target=row)
    with pytest.raises(Forbidden):
        books.confirm_balance(by=world.a.seats["head"].actor(), target=row)
    books.confirm_balance(by=actor_for(second), target=row)
    assert draw(world.a, "cong_van") == 8


def test_core_105_the_scan_is_kept_and_the_journal_names_both(world: World) -> None:
    row = balance(world.a, series_of(world.a))
    link = FileLink.objects.get(ref=f"office:balance:{row.pk}")
    assert link.locked
    entry = JournalEntry.objects.get(verb="office:balance:confirm", ref=f"office:balance:{row.pk}")
    said = bytes(entry.canonical).decode()
    assert row.proposed_name in said
    assert row.confirmed_name in said


RAW = {
    "a confirmed balance is born": (
        "INSERT INTO office_openingbalance (id, agency_id, series_id, period, state, version, last, last_on, book, "
        "scan_id, proposed_by, proposed_name, proposed_at, confirmed_by, confirmed_name, confirmed_at) "
        "SELECT gen_random_uuid(), agency_id, series_id, '2031', 'confirmed', 0, 9, last_on, book, scan_id, "
        "proposed_by, '', proposed_at, gen_random_uuid(), '', now() FROM office_openingbalance LIMIT 1"
    ),
    "one person confirms": (
        "UPDATE office_openingbalance SET state = 'confirmed', confirmed_by = proposed_by, confirmed_at = now() "
        "WHERE state = 'proposed'"
    ),
    "the number changes": "UPDATE office_openingbalance SET last = 5000",
    "a balance is deleted": "DELETE FROM office_openingbalance",
    "the counter jumps": "UPDATE office_seriescounter SET last = 5000",
    "the counter goes back": "UPDATE office_seriescounter SET last = 3 WHERE last > 100",
    "a counter is born high": (
        "INSERT INTO office_seriescounter (series_id, period, last) SELECT id, '2031', 9 FROM office_series LIMIT 1"
    ),
    "a line before the balance": (
        "INSERT INTO office_registerline (id, agency_id, register_id, series_id, period, number, drawn_at, document, "
        "state, note) SELECT gen_random_uuid(), agency_id, register_id, series_id, period, 12, drawn_at, "
        "gen_random_uuid(), state, note FROM office_registerline LIMIT 1"
    ),
}


@pytest.mark.parametrize("what", RAW)
def test_core_105_raw_sql_cannot_either(world: World, what: str) -> None:
    """The database guards balance, counter and lines, whoever writes."""
    balance(world.a, series_of(world.a))
    draw(world.a)
    balance(world.a, series_of(world.a, "cong_van"), 40, confirm=False)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(RAW[what])


def test_core_105_raw_sql_cannot_confirm_after_the_first_draw(world: World) -> None:
    series = series_of(world.a)
    row = balance(world.a, series, confirm=False)
    with transaction.atomic(), connection.cursor() as cursor:
        counter = numbers.counter_of(series, row.period)
        counter.last = 1
        counter.save()
        cursor.execute(
            "INSERT INTO office_registerline (id, agency_id, register_id, series_id, period, number, drawn_at, "
            "document, state, note) VALUES (gen_random_uuid(), %s, %s, %s, %s, 1, now(), "
            "gen_random_uuid(), 'live', '')",
            [world.a.id, series.register_id, series.pk, row.period],
        )
    with pytest.raises(DatabaseError, match="đã cấp số"), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE office_openingbalance SET state = 'confirmed', confirmed_by = gen_random_uuid(), "
            "confirmed_at = now() WHERE id = %s",
            [row.pk],
        )


def test_core_105_a_confirmation_races_with_first_draws(world: World) -> None:
    """Whoever comes first, no number at or below the balance is ever drawn beside it."""
    for _ in range(6):
        row = balance(world.a, series_of(world.a), confirm=False)
        start = threading.Barrier(5)
        drawn: list[int] = []
        refused: list[str] = []

        def confirm(row: OpeningBalance = row, start: threading.Barrier = start) -> None:
            start.wait()
            try:
                books.confirm_balance(by=world.a.seats["head"].actor(), target=row)
            finally:
                connection.close()

        @fence.node("tests")
        def take(start: threading.Barrier = start, drawn: list[int] = drawn, refused: list[str] = refused) -> None:
            start.wait()
            try:
                drawn.append(draw(world.a))
            except Conflict as error:
                refused.append(error.code)
            finally:
                connection.close()

        threads = [threading.Thread(target=confirm), *(threading.Thread(target=take) for _ in range(4))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(drawn) == list(range(1234, 1234 + len(drawn)))
        assert set(refused) <= {"balance_pending"}
        if drawn:
            break
    counter = SeriesCounter.objects.get(series=series_of(world.a), period=str(clock.local_date().year))
    assert counter.last == 1233 + RegisterLine.objects.filter(series=series_of(world.a)).count()

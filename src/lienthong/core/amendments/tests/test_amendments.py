"""The law changed by two persons: proposed, previewed, decided by another, recorded, never recounted in silence."""

import json
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from uuid import uuid4

import pytest
import time_machine
from django.db import DatabaseError, transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from lienthong.contracts.actor import Actor
from lienthong.contracts.ref import Ref
from lienthong.core import clocks, lawbook
from lienthong.core.access.models import Grant, Role
from lienthong.core.actions.errors import Conflict, Forbidden, IllegalMove, Invalid, MissingReason, NotSeen
from lienthong.core.amendments import actions, importing, jobs
from lienthong.core.amendments.items import DayItem, ParameterItem, WithdrawItem, YearItem
from lienthong.core.amendments.models import Amendment
from lienthong.core.amendments.policies import alone, amendment_policy, whom_to_ask
from lienthong.core.audit.models import JournalEntry
from lienthong.core.clocks import sweeping
from lienthong.core.clocks.models import Clock, ClockProposal
from lienthong.core.lawbook import book
from lienthong.core.lawbook.models import CalendarEntry, LawChange, Parameter
from lienthong.core.notify.models import Notice
from lienthong.core.orgs.actions import units
from lienthong.core.orgs.models import UnitVersion
from lienthong.demo.agencies import Agency, Plan, Seat, build, operators
from lienthong.demo.names import Names
from lienthong.kit import clock
from lienthong.kit.clock import LEGAL_ZONE
from lienthong.kit.workdays import DayKind

pytestmark = pytest.mark.django_db
REASON = "Trụ sở mất điện cả ngày"


@pytest.fixture(autouse=True)
def in_september() -> Iterator[None]:
    with time_machine.travel(datetime(2026, 9, 8, 9, tzinfo=LEGAL_ZONE), tick=False):
        yield


@pytest.fixture
def house() -> Agency:
    plan = Plan(
        name="Bộ Thử nghiệm Một",
        short="Bộ TN1",
        abbreviation="BTN1",
        code="X01",
        kind=UnitVersion.Kind.MINISTRY,
        place="Hà Nội",
        head="Bộ trưởng",
        deputy="Thứ trưởng",
    )
    return build(plan, Names(3))


@pytest.fixture
def node() -> list[Seat]:
    return operators(Names(5))


def admin(house: Agency, seat: str = "admin") -> Actor:
    return house.seats[seat].actor()


def closure(day: date = date(2026, 9, 11)) -> DayItem:
    return DayItem(day=day, day_kind=DayKind.LOCAL_CLOSURE, reason="nghỉ tránh bão", source="TB 9/TB-BTN1")


def propose(by: Actor, *items: object) -> Amendment:
    return actions.propose(by=by, items=items or [closure()], source="TB 9/TB-BTN1", reason=REASON)


def approve(by: Actor, row: Amendment) -> None:
    actions.approve(by=by, target=row, seen=lawbook.version())


def started(house: Agency, key: str = "review_legal") -> Clock:
    """Five working days from Tue 2026-09-08: V-RC-1's clock."""
    holder = house.seats["specialist"].position.pk
    return clocks.start(Ref("test:thing", uuid4()), key, clock.now(), agency_id=house.id, holder=holder)


def due_day(row: Clock) -> date:
    row.refresh_from_db()
    assert row.due_at is not None
    return clock.local_date(row.due_at - timedelta(seconds=1))


def test_core_32_one_proposes_another_approves(house: Agency) -> None:
    """CORE-32: nothing changes before the second person; then it does, and the journal names both."""
    row = propose(admin(house))
    assert lawbook.calendar(house.id).is_working(date(2026, 9, 11))
    with pytest.raises(Forbidden):
        approve(admin(house), row)
    assert Notice.objects.filter(person=house.seats["admin_2"].user, kind="lawbook.proposal").count() == 1
    approve(admin(house, "admin_2"), row)
    assert not lawbook.calendar(house.id).is_working(date(2026, 9, 11))
    assert lawbook.calendar().is_working(date(2026, 9, 11))
    assert row.state == "approved"
    assert row.law_version == lawbook.version()
    change = LawChange.objects.get(number=row.law_version)
    assert change.reason.startswith(REASON)
    assert row.proposed_name in change.reason
    assert row.decided_name in change.reason
    assert CalendarEntry.objects.get(change=change).reason == "nghỉ tránh bão"
    entry = JournalEntry.objects.get(verb="lawbook:proposal:approve")
    assert entry.after is not None
    assert (entry.after["proposed_by"], entry.after["state"]) == (row.proposed_name, "approved")
    assert Notice.objects.filter(person=house.seats["admin"].user, text__contains="đã duyệt").count() == 1


def test_core_32_the_database_too_wants_two_persons(house: Agency) -> None:
    """CORE-32: raw SQL cannot approve alone, nor jump a state, nor drop the source."""
    row = propose(admin(house))
    for values in ({"state": "approved", "decided_by": row.proposed_by}, {"state": "approved"}, {"source": ""}):
        with pytest.raises(DatabaseError), transaction.atomic():
            Amendment.objects.filter(pk=row.pk).update(**values)
    approve(admin(house, "admin_2"), row)
    with pytest.raises(DatabaseError), transaction.atomic():
        Amendment.objects.filter(pk=row.pk).update(state="proposed")


def test_core_32_source_and_reason_are_asked_for(house: Agency) -> None:
    with pytest.raises(Invalid):
        actions.propose(by=admin(house), items=[closure()], source=" ", reason=REASON)
    with pytest.raises(MissingReason):
        actions.propose(by=admin(house), items=[closure()], source="TB 9", reason="")
    with pytest.raises(Invalid):
        actions.propose(by=admin(house), items=[], source="TB 9", reason=REASON)
    assert not Amendment.objects.exists()


def test_core_32_preview_counts_the_open_cases(house: Agency) -> None:
    """CORE-32: how many open cases and which, each with its date now and then; V-RC-1's dates."""
    row = started(house)
    ended = started(house)
    clocks.stop(ended)
    asked = propose(admin(house))
    assert (asked.preview["cases"], asked.preview["clocks"], asked.preview["later"]) == (1, 1, 1)
    (listed,) = asked.preview["listed"]
    assert listed["clock"] == str(row.pk)
    assert clock.local_date(datetime.fromisoformat(listed["new"]) - timedelta(seconds=1)) == date(2026, 9, 16)
    assert due_day(row) == date(2026, 9, 15), "a preview changes nothing"


def test_v_rc_1_and_v_rc_2_by_approved_proposals(house: Agency) -> None:
    """V-RC-1, V-RC-2, CORE-25, F-CORE-14: the closure moves the date; its withdrawal lists the earlier one."""
    row, closed = started(house), started(house)
    clocks.stop(closed)
    before = due_day(closed)
    approve(admin(house, "admin_2"), propose(admin(house)))
    heard: list[tuple[int, int]] = []
    assert sweeping.recount_open("nghỉ tránh bão", lambda done, total: heard.append((done, total))) == 1
    assert heard == [(1, 1)]
    assert due_day(row) == date(2026, 9, 16)
    entry = CalendarEntry.objects.get(unit_id=house.id)
    with time_machine.travel(datetime(2026, 9, 9, 9, tzinfo=LEGAL_ZONE), tick=False):
        asked = propose(admin(house), WithdrawItem(entry=entry.pk))
        assert asked.preview["earlier"] == 1
        approve(admin(house, "admin_2"), asked)
        sweeping.recount_open("bão đổi hướng")
        assert due_day(row) == date(2026, 9, 16)
        waiting = ClockProposal.objects.get(clock=row, state="open")
        assert clock.local_date(waiting.due_at - timedelta(seconds=1)) == date(2026, 9, 15)
    assert row.first_due_at is not None
    assert clock.local_date(row.first_due_at - timedelta(seconds=1)) == date(2026, 9, 15), "the first promise is kept"
    assert due_day(closed) == before
    texts = Notice.objects.filter(person=house.seats["specialist"].user).values_list("text", flat=True)
    assert any("Hạn đổi thành 16/09/2026" in text for text in texts)


def test_core_30_a_changed_rule_lists_its_cases_and_moves_none(house: Agency, node: list[Seat]) -> None:
    """CORE-30, CORE-32: an open case keeps its pinned rule; the preview lists it; a recount leaves it."""
    row = started(house)
    value = {"n": 9, "unit": "working_day", "words": "09 ngày làm việc"}
    item = ParameterItem(key="review_legal", value=value, valid_from=date(2026, 6, 1), instrument="Nghị định 1/2026")
    asked = propose(node[0].actor(), item)
    assert (asked.preview["clocks"], asked.preview["kept"]) == (1, 1)
    approve(node[1].actor(), asked)
    sweeping.recount_open("quy định mới")
    assert due_day(row) == date(2026, 9, 15)
    assert due_day(started(house)) == date(2026, 9, 21)
    assert lawbook.get("review_legal", version=row.law_version).n == 5


def test_core_32_a_correction_is_a_new_version(house: Agency) -> None:
    """CORE-32: the wrong row stays readable, replaced by the right one; a second correction of it is refused."""
    wrong = ParameterItem(key="auth.idle_minutes", value=12, valid_from=date(2026, 1, 1), instrument="QĐ 1/2026")
    approve(admin(house, "admin_2"), propose(admin(house), wrong))
    row = Parameter.objects.get(agency_id=house.id)
    right = ParameterItem(
        key="auth.idle_minutes", value=10, valid_from=date(2026, 1, 1), instrument="QĐ 1/2026", replaces=row.pk
    )
    first, second = propose(admin(house), right), propose(admin(house, "admin_2"), right)
    approve(admin(house, "admin_2"), first)
    assert lawbook.get("auth.idle_minutes", agency=house.id) == 10
    assert lawbook.get("auth.idle_minutes", agency=house.id, version=first.law_version - 1) == 12  # type: ignore[operator]
    history = book.history("auth.idle_minutes", house.id)
    assert [(line.row.value, line.until is None) for line in history if line.local] == [(10, True), (12, False)]
    with pytest.raises(Conflict):
        approve(admin(house), second)


def test_core_32_a_stale_preview_is_shown_anew(house: Agency) -> None:
    """CORE-32: what is approved is what was seen; a change in between answers 409 and changes nothing."""
    first, second = propose(admin(house)), propose(admin(house), closure(date(2026, 9, 14)))
    seen = lawbook.version()
    approve(admin(house, "admin_2"), first)
    with pytest.raises(Conflict) as refused:
        actions.approve(by=admin(house, "admin_2"), target=second, seen=seen)
    assert refused.value.code == "stale_preview"
    assert lawbook.calendar(house.id).is_working(date(2026, 9, 14))
    approve(admin(house, "admin_2"), second)
    assert not lawbook.calendar(house.id).is_working(date(2026, 9, 14))


def test_core_32_what_nobody_decides_expires(house: Agency) -> None:
    """CORE-32: past its time a proposal is not approved; the job ends it and the proposer is told."""
    row = propose(admin(house))
    with time_machine.travel(row.expires_at, tick=False):
        with pytest.raises(Conflict):
            approve(admin(house, "admin_2"), row)
        jobs.expire()
        jobs.expire()
    row.refresh_from_db()
    assert row.state == "expired"
    assert Notice.objects.filter(person=house.seats["admin"].user, text__contains="quá hạn duyệt").count() == 1
    with pytest.raises(IllegalMove):
        actions.decline(by=admin(house, "admin_2"), target=row, reason=REASON)


def test_core_32_decline_and_withdraw(house: Agency) -> None:
    row = propose(admin(house))
    with pytest.raises(Forbidden):
        actions.withdraw(by=admin(house, "admin_2"), target=row, reason=REASON)
    with pytest.raises(MissingReason):
        actions.decline(by=admin(house, "admin_2"), target=row)
    actions.decline(by=admin(house, "admin_2"), target=row, reason=REASON)
    other = propose(admin(house))
    actions.withdraw(by=admin(house), target=other, reason=REASON)
    assert lawbook.calendar(house.id).is_working(date(2026, 9, 11))
    assert [row.state, other.state] == ["declined", "withdrawn"]


def test_core_32_an_agency_rules_its_own_the_node_what_binds_all(house: Agency, node: list[Seat]) -> None:
    """CORE-32, CORE-108: neither proposes, sees or decides the other's."""
    with pytest.raises(Invalid):
        propose(admin(house), DayItem(day=date(2026, 9, 11), day_kind=DayKind.HOLIDAY, reason="Lễ", source="TB"))
    with pytest.raises(Forbidden):
        propose(admin(house), YearItem(year=2027, source="TB 1"))
    with pytest.raises(Forbidden):
        propose(house.seats["clerk"].actor())
    national = propose(node[0].actor(), YearItem(year=2027, source="TB 1/2026"))
    with pytest.raises(NotSeen):
        approve(admin(house), national)
    with pytest.raises(NotSeen):
        approve(node[1].actor(), propose(admin(house)))
    with pytest.raises(Forbidden):
        approve(node[0].actor(), national)
    approve(node[1].actor(), national)
    assert 2027 in lawbook.calendar(house.id).confirmed_years


def test_core_32_in_a_unit_with_one_clerk_its_leader_is_the_second(house: Agency) -> None:
    """CORE-32: the leader decides with the role that the administrator gives; proposing is not in it."""
    role, place = Role.objects.get(code="law-second"), house.seats["head"].position
    Grant.objects.filter(position=house.seats["admin_2"].position).delete()
    assert alone(house.id)
    Grant.objects.create(position=place, role=role, held=DateTimeTZRange(clock.now() - timedelta(days=1), None))
    assert whom_to_ask(house.id, house.seats["admin"].user.pk) == {place.pk}
    with pytest.raises(Forbidden):
        propose(admin(house, "head"))
    row = propose(admin(house))
    approve(admin(house, "head"), row)
    assert row.state == "approved"


def test_core_32_else_the_superior_units_clerk(house: Agency, node: list[Seat]) -> None:
    """CORE-32: an agency below with one administrator is helped by the agency above, and by no other."""
    plan = Plan(
        name="Cục Thử nghiệm",
        short="Cục TN",
        abbreviation="CTN",
        code="X01.02",
        kind=UnitVersion.Kind.DEPARTMENT,
        place="Hà Nội",
        head="Cục trưởng",
        deputy="Phó Cục trưởng",
    )
    below = build(plan, Names(9))
    placed = {"changes": {"parent_id": house.unit.pk}, "effective": date(2026, 1, 1), "instrument": "NĐ 2/TN"}
    units.change(by=node[0].actor(), target=below.unit, **placed)
    row = propose(admin(below))
    above = admin(house)
    assert not amendment_policy.sees(above, row), "two administrators need no help"
    Grant.objects.filter(position=below.seats["admin_2"].position).delete()
    assert amendment_policy.sees(above, row)
    assert row in amendment_policy.scope(above, Amendment.objects.all())
    approve(above, row)
    assert not lawbook.calendar(below.id).is_working(date(2026, 9, 11))


def test_core_33_export_and_import_round_trip(house: Agency, node: list[Seat]) -> None:
    """CORE-33: what is exported comes back as no change, in both forms, for an agency and for the node."""
    own = ParameterItem(key="auth.idle_minutes", value=12, valid_from=date(2026, 1, 1), instrument="QĐ 1/2026")
    approve(admin(house, "admin_2"), propose(admin(house), own))
    for agency_id in (house.id, None):
        rows = book.standing(agency_id)
        for name, content in (
            ("luat.csv", importing.table(rows).encode()),
            ("luat.json", json.dumps(importing.document(rows)).encode()),
        ):
            report = importing.parameters(name, content, agency_id)
            assert (report.items, report.faults, report.unchanged) == ([], [], len(rows)), name
    assert len(rows) > 100


def test_core_33_import_proposes_what_differs_and_names_what_is_wrong(house: Agency) -> None:
    """CORE-33: a dry run first; one row corrected, one new, one of the node refused, one unreadable."""
    own = ParameterItem(key="auth.idle_minutes", value=12, valid_from=date(2026, 1, 1), instrument="QĐ 1/2026")
    approve(admin(house, "admin_2"), propose(admin(house), own))
    rows = importing.document(book.standing(house.id))["parameters"]
    mine = next(row for row in rows if row["scope"] == "agency")
    theirs = next(row for row in rows if row["key"] == "auth.fail_max")
    wanted = [
        {**mine, "value": 9},
        {**mine, "valid_from": "2026-10-01", "value": 8},
        {**theirs, "value": 1},
        {**mine, "valid_from": "2026-11-01", "value": "chín"},
    ]
    report = importing.parameters("luat.json", json.dumps({"parameters": wanted}).encode(), house.id)
    assert [(item.value, item.replaces is not None) for item in report.items] == [(9, True), (8, False)]  # type: ignore[union-attr]
    assert [number for number, _ in report.faults] == [3, 4]
    assert lawbook.get("auth.idle_minutes", agency=house.id) == 12
    approve(admin(house, "admin_2"), propose(admin(house), *report.items))
    assert lawbook.get("auth.idle_minutes", agency=house.id) == 9
    assert lawbook.get("auth.idle_minutes", agency=house.id, on=date(2026, 10, 1)) == 8


def test_core_16_a_yearly_notice_is_brought_in_and_confirms_its_year(node: list[Seat]) -> None:
    """CORE-16, F-CORE-13: each day with its source, one proposal; a row without a source is refused by its number."""
    head = "year,date,kind,reason,source,confirmed\n"
    good = (
        head + "2028,2028-01-03,off,Nghỉ bù Tết Dương lịch,TB 1/2027,yes\n2028,01/01/2028,holiday,Tết,TB 1/2027,yes\n"
    )
    report = importing.notice("tb.csv", good.encode(), None)
    assert not report.faults
    assert [type(item) for item in report.items] == [DayItem, DayItem, YearItem]
    approve(node[1].actor(), propose(node[0].actor(), *report.items))
    calendar = lawbook.calendar()
    assert not calendar.is_working(date(2028, 1, 3))
    assert 2028 in calendar.confirmed_years
    assert not importing.notice("tb.csv", good.encode(), None).items
    bad = head + "2028,2028-02-01,holiday,Lễ,,yes\n2028,2027-02-01,holiday,Lễ,TB,yes\n2028,2028-02-02,nhầm,Lễ,TB,yes\n"
    assert [number for number, _ in importing.notice("tb.csv", bad.encode(), None).faults] == [2, 3, 4]


def test_core_33_items_to_verify_stand_on_top() -> None:
    """CORE-33: value in words, source and status of every key; filters narrow, nothing is lost."""
    lines = book.lines(None)
    assert {line.row.key for line in lines} == {
        key for key in sorted(lawbook.keys()) if any(each.rules for each in book.history(key, None))
    }
    marks = [line.unconfirmed for line in lines]
    assert marks == sorted(marks, reverse=True)
    assert any(marks)
    assert not all(marks)
    words = {line.row.key: line.words for line in lines}
    assert words["formal_check"] == "02 ngày làm việc"
    assert words["clock.weekly_rest"] == "thứ Bảy, Chủ nhật"
    assert words["clock.office_hours"] == "08:00–12:00, 13:00–17:00"
    (found,) = book.lines(None, book.Wanted(query="formal_check"))
    assert found.row.instrument == "Nghị định 191/2026/NĐ-CP"
    assert "core.clocks" in book.users_of("clock.remind_before_days")


@pytest.mark.parametrize(
    ("on", "regulation", "labels", "identifiers"),
    [
        (date(2020, 9, 14), "138/2016", "2011", "2016"),
        (date(2022, 6, 18), "39/2022", "2011", "2020"),
        (date(2025, 6, 30), "39/2022", "2011", "2020"),
        (date(2025, 7, 1), "39/2022", "2024", "2025"),
        (date(2026, 5, 29), "191/2026", "2024", "2025"),
    ],
)
def test_core_34_rule_sets_by_the_day_of_the_event(on: date, regulation: str, labels: str, identifiers: str) -> None:
    """CORE-34: which version governs is a matter of the day, for every body of rules of the spec."""
    sets = {found.key: found for found in book.rule_sets(on)}
    assert list(sets) == list(book.RULE_NAMES)
    ruling = {key: found.ruling.row.value if found.ruling else None for key, found in sets.items()}
    assert ruling["rules.working_regulation"] == regulation
    assert ruling["rules.labels"] == labels
    assert ruling["rules.identifiers"] == identifiers

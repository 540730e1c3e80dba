"""Clocks: stored, explained, recounted, late by the clock alone (CORE-22…27, F-CORE-14, F-CORE-25)."""

import threading
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID, uuid4

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction
from django.db.backends.postgresql.psycopg_any import DateRange, DateTimeTZRange

from lienthong.contracts.actor import Actor, system_actor
from lienthong.contracts.ref import Ref
from lienthong.core import clocks, lawbook
from lienthong.core.actions.errors import Conflict, Forbidden, NotSeen
from lienthong.core.audit.models import JournalEntry
from lienthong.core.clocks import actions, drift, running, sweeping
from lienthong.core.clocks import jobs as clock_jobs
from lienthong.core.clocks.models import Clock, ClockProposal, ClockWarning
from lienthong.core.identity.models import User
from lienthong.core.jobs import JobContext
from lienthong.core.jobs.models import JobRun
from lienthong.core.lawbook import actions as law
from lienthong.core.notify.models import Notice
from lienthong.core.orgs.models import Holding, Position, Unit
from lienthong.core.outbox import drain
from lienthong.kit.clock import LEGAL_ZONE, at_local, end_of_day
from lienthong.kit.workdays import DayKind, count_working_days

pytestmark = pytest.mark.django_db

SYSTEM = system_actor("test")
AGENCY = UUID(int=1)
FIVE_DAYS = {"n": 5, "unit": "working_day", "words": "05 ngày làm việc"}


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LEGAL_ZONE)


def frozen(text: str) -> time_machine.travel:
    return time_machine.travel(at(text), tick=False)


def started(event: str = "2026-09-08 09:00", key: str = "review_legal", holder: UUID | None = None) -> Clock:
    """A clock of five working days."""
    with frozen(event):
        return clocks.start(Ref("test:thing", uuid4()), key, at(event), agency_id=AGENCY, holder=holder)


def closure(when: str, day: date) -> object:
    with frozen(when):
        return law.declare_day(
            by=SYSTEM, day=day, kind=DayKind.LOCAL_CLOSURE, source="TB 9", unit_id=AGENCY, reason="nghỉ tránh bão"
        )


def due_day(clock: Clock) -> date:
    clock.refresh_from_db()
    assert clock.due_at is not None
    return (clock.due_at - timedelta(seconds=1)).astimezone(LEGAL_ZONE).date()


@pytest.fixture
def holder() -> Position:
    unit = Unit.objects.create(created_at=at("2020-01-01"))
    position = Position.objects.create(
        unit=unit, title="Chuyên viên", rank=Position.Rank.SPECIALIST, valid=DateRange(date(2020, 1, 1), None)
    )
    person = User.objects.create(username="an", full_name="Trần Văn An")
    Holding.objects.create(position=position, person=person, held=DateTimeTZRange(at("2020-01-01"), None))
    return position


def test_start_stores_due_date_rule_version_and_explanation() -> None:
    """CORE-24, CORE-30"""
    clock = started()
    clock.refresh_from_db()
    assert due_day(clock) == date(2026, 9, 15)
    assert clock.due_at == clock.first_due_at == end_of_day(date(2026, 9, 15))
    assert (clock.law_version, clock.calendar_version) == (lawbook.version(), lawbook.calendar(AGENCY).version)
    told = clocks.explain(clock)
    assert told["rule"]["id"] == "review_legal"
    assert told["due_date"] == "2026-09-15"
    assert told["sentences"][0].startswith("Thời hạn 5 ngày làm việc")
    assert clocks.of(clock.subject, "review_legal") == [clock]
    assert clocks.of(clock.subject, "other") == []


def test_clock_from_a_legal_date() -> None:
    """CORE-18"""
    with frozen("2026-09-08 09:00"):
        clock = clocks.start(Ref("test:thing", uuid4()), "review_legal", date(2026, 9, 7), agency_id=AGENCY)
    clock.refresh_from_db()
    assert clock.start == date(2026, 9, 7)
    assert due_day(clock) == date(2026, 9, 14)


def test_one_clock_of_a_rule_runs_for_an_object() -> None:
    """CORE-24"""
    clock = started()
    with pytest.raises(IntegrityError), transaction.atomic():
        clocks.start(clock.subject, "review_legal", at("2026-09-08 09:00"), agency_id=AGENCY)
    clocks.stop(clock, at=at("2026-09-09 09:00"))
    clocks.start(clock.subject, "review_legal", at("2026-09-09 09:00"), agency_id=AGENCY)


@pytest.mark.parametrize(("moment", "late"), [("2026-09-15 23:59:59", False), ("2026-09-16 00:00:01", True)])
def test_lateness_needs_no_job(moment: str, late: bool) -> None:
    """CORE-27, F-CORE-25, F-CORE-10: with all jobs stopped, due −1 s is in time and +1 s is late."""
    clock = started()
    with frozen(moment):
        assert clock.is_late() is late
        assert Clock.objects.filter(clocks.late(), pk=clock.pk).exists() is late
        clocks.stop(clock)
    with frozen("2026-12-01 09:00"):
        assert clock.is_late() is late
        assert Clock.objects.filter(clocks.late(), pk=clock.pk).exists() is late


def test_late_at_the_bound_itself() -> None:
    """CORE-14: 24:00 is exclusive."""
    clock = started()
    assert clock.due_at is not None
    assert clock.is_late(clock.due_at)
    assert not clock.is_late(clock.due_at - timedelta(microseconds=1))


def test_pause_and_resume() -> None:
    """CORE-22, V-P-1: four days used, the rest after the pause."""
    with frozen("2026-03-02 09:00"):
        law.set_parameter(
            by=SYSTEM,
            key="review_legal",
            value={"n": 10, "unit": "working_day", "words": "10 ngày làm việc"},
            valid_from=date(2026, 1, 1),
            instrument="QĐ 1",
            reason="thử nghiệm tạm dừng",
        )
    clock = started("2026-03-02 09:00")
    clocks.pause(clock, "chờ bổ sung hồ sơ", at=at("2026-03-06 10:00"))
    assert clock.state == "paused"
    with pytest.raises(clocks.ClockClosed):
        clocks.pause(clock, "lần nữa", at=at("2026-03-07 10:00"))
    with frozen("2026-03-16 15:00"):
        assert any("chưa kết thúc" in line for line in clocks.explain(clock)["sentences"])
        assert clocks.explain(clock)["due_date"] == "2026-03-24"
    assert not clock.is_late(at("2026-08-01 00:00"))
    assert not Clock.objects.filter(clocks.late(at("2026-08-01 00:00"))).exists()
    clocks.resume(clock, at=at("2026-03-16 15:00"))
    assert due_day(clock) == date(2026, 3, 24)
    assert clock.first_due_at == end_of_day(date(2026, 3, 16))
    assert count_working_days(lawbook.calendar(), date(2026, 3, 2), date(2026, 3, 6)) == 4
    with pytest.raises(clocks.ClockClosed):
        clocks.resume(clock)


def test_paused_after_its_end_stays_late() -> None:
    """CORE-27"""
    clock = started()
    clocks.pause(clock, "chờ bổ sung", at=at("2026-09-17 10:00"))
    assert clock.is_late()
    assert Clock.objects.filter(clocks.late()).get() == clock


def test_stop_closes_pause_and_clock_for_good() -> None:
    """CORE-25: a closed clock never changes."""
    clock = started()
    clocks.pause(clock, "chờ bổ sung", at=at("2026-09-09 10:00"))
    clocks.stop(clock, at=at("2026-09-10 10:00"))
    assert not clock.is_late()
    with pytest.raises(clocks.ClockClosed):
        clocks.stop(clock)
    closure("2026-09-10 12:00", date(2026, 9, 11))
    before = Clock.objects.values().get()
    assert sweeping.recount_open("bão") == 0
    assert Clock.objects.values().get() == before


def test_restart_from_zero_is_a_linked_clock() -> None:
    """CORE-23"""
    old = started()
    with frozen("2026-09-10 09:00"):
        new = clocks.restart(old, at("2026-09-10 09:00"))
    assert (old.state, new.previous_id, new.law_version) == ("stopped", old.id, old.law_version)
    assert due_day(new) == date(2026, 9, 17)
    assert due_day(old) == date(2026, 9, 15)


def test_v_rc_1_and_v_rc_2_calendar_change() -> None:
    """V-RC-1, V-RC-2, F-CORE-14: later is applied, earlier is listed with its proposal."""
    clock = started()
    assert due_day(clock) == date(2026, 9, 15)
    entry = closure("2026-09-08 15:00", date(2026, 9, 11))
    with frozen("2026-09-08 15:01"):
        assert sweeping.recount_open("nghỉ tránh bão") == 1
        assert due_day(clock) == date(2026, 9, 16)
        assert clock.first_due_at == end_of_day(date(2026, 9, 15))
        assert "nghỉ tránh bão" in " ".join(clock.explanation["sentences"])
        journal = JournalEntry.objects.get(verb=actions.RECOUNT)
        assert journal.ref == str(clock.subject)
        assert journal.before["due_at"].startswith("2026-09-15T17:00:00")
        assert journal.after["due_at"].startswith("2026-09-16T17:00:00")
        assert journal.after["cause"] == "nghỉ tránh bão"
        assert sweeping.recount_open("nghỉ tránh bão") == 0
    with frozen("2026-09-09 08:00"):
        law.withdraw_day(by=SYSTEM, entry=entry, reason="bão đổi hướng")
        assert sweeping.recount_open("bão đổi hướng") == 1
        assert due_day(clock) == date(2026, 9, 16)
        proposal = ClockProposal.objects.get(state="open")
        assert proposal.due_at == end_of_day(date(2026, 9, 15))
        assert sweeping.recount_open("bão đổi hướng") == 0


LEADER = Actor(
    user_id=uuid4(), name="Lãnh đạo", agency_id=AGENCY, verbs=frozenset({actions.BRING_FORWARD, actions.KEEP})
)


def proposed() -> Clock:
    clock = started()
    entry = closure("2026-09-08 15:00", date(2026, 9, 11))
    with frozen("2026-09-08 15:01"):
        sweeping.recount_open("bão")
        law.withdraw_day(by=SYSTEM, entry=entry, reason="bão đổi hướng")
        sweeping.recount_open("bão đổi hướng")
    clock.refresh_from_db()
    return clock


def test_earlier_date_is_applied_by_decision_only() -> None:
    """CORE-25"""
    clock = proposed()
    actions.bring_forward(by=LEADER, target=clock, reason="bão không vào, làm như cũ")
    assert due_day(clock) == date(2026, 9, 15)
    assert not ClockProposal.objects.filter(state="open").exists()
    with pytest.raises(Conflict):
        actions.bring_forward(by=LEADER, target=clock, reason="bão không vào, làm như cũ")


def test_earlier_date_is_dismissed() -> None:
    """CORE-25"""
    clock = proposed()
    actions.keep(by=LEADER, target=clock, reason="đã báo hạn cho người dân")
    assert due_day(clock) == date(2026, 9, 16)
    assert ClockProposal.objects.get().state == "dismissed"


def test_who_decides() -> None:
    """CORE-25, CORE-108: not another agency, not without the verb, not by the system on its own."""
    clock = proposed()
    stranger = Actor(user_id=uuid4(), name="x", agency_id=uuid4(), verbs=LEADER.verbs)
    powerless = Actor(user_id=uuid4(), name="x", agency_id=AGENCY)
    with pytest.raises(NotSeen):
        actions.keep(by=stranger, target=clock, reason="không thuộc cơ quan")
    with pytest.raises(Forbidden):
        actions.keep(by=powerless, target=clock, reason="không có quyền này")
    with pytest.raises(Forbidden):
        actions.bring_forward(by=SYSTEM, target=clock, reason="hệ thống tự làm")


def test_change_that_makes_the_date_later_again_withdraws_the_proposal() -> None:
    """CORE-25"""
    clock = proposed()
    closure("2026-09-09 09:00", date(2026, 9, 10))
    with frozen("2026-09-09 09:01"):
        assert sweeping.recount_open("mất điện") == 1
    assert due_day(clock) == date(2026, 9, 16)
    assert ClockProposal.objects.get().state == "withdrawn"


def test_another_agency_is_not_touched() -> None:
    """CORE-108: a closure of one agency makes no new calendar for others."""
    clock = started()
    with frozen("2026-09-08 10:00"):
        other = clocks.start(Ref("test:thing", uuid4()), "review_legal", at("2026-09-08 10:00"), agency_id=UUID(int=2))
    closure("2026-09-08 15:00", date(2026, 9, 11))
    assert sweeping.recount_open("bão") == 1
    assert due_day(other) == date(2026, 9, 15)
    assert other.checked_version == other.calendar_version
    assert due_day(clock) == date(2026, 9, 16)


def test_confirmed_year_ends_the_provisional_mark() -> None:
    """CORE-16, CORE-25"""
    clock = started("2026-12-28 09:00")
    assert clock.provisional
    with frozen("2026-12-29 09:00"):
        law.confirm_year(by=SYSTEM, year=2027, source="TB 1", reason="đã có thông báo")
        assert sweeping.recount_open("đã có thông báo") == 1
    clock.refresh_from_db()
    assert not clock.provisional


def test_pinned_rule_survives_a_change_of_law() -> None:
    """CORE-30, CORE-25: a new parameter moves no open clock; a new calendar counts by the rule it keeps."""
    clock = started()
    with frozen("2026-09-08 12:00"):
        law.set_parameter(
            by=SYSTEM,
            key="review_legal",
            value={"n": 1, "unit": "working_day", "words": "01 ngày làm việc"},
            valid_from=date(2026, 9, 1),
            instrument="QĐ 2",
            reason="rút ngắn thời hạn",
        )
        assert sweeping.recount_open("đổi quy định") == 0
        closure("2026-09-08 15:00", date(2026, 9, 11))
        sweeping.recount_open("bão")
    assert due_day(clock) == date(2026, 9, 16)


def test_paused_clock_is_counted_when_it_runs_again() -> None:
    """CORE-22, CORE-25"""
    clock = started()
    clocks.pause(clock, "chờ bổ sung", at=at("2026-09-09 10:00"))
    closure("2026-09-09 12:00", date(2026, 9, 15))
    assert sweeping.recount_open("bão") == 0
    clocks.resume(clock, at=at("2026-09-10 10:00"))
    assert due_day(clock) == date(2026, 9, 17)


def test_calendar_message_asks_for_the_recount() -> None:
    """CORE-25: the change, its message and the recount are one line of causes."""
    closure("2026-09-08 15:00", date(2026, 9, 11))
    drain()
    assert JobRun.objects.filter(name="clocks.recount").exists()
    clock_jobs.recount(JobContext(uuid4(), "clocks.recount", 1, "test"), cause="bão")


def warnings_told(holder: Position) -> list[str]:
    return list(Notice.objects.filter(position=holder).order_by("created_at", "text").values_list("text", flat=True))


def test_reminders_are_sent_once_each(holder: Position) -> None:
    """CORE-27, OF-17: three days before, the day before, the day, the deadline, then weekly."""
    clock = started(holder=holder.id)
    assert sorted(w.at.astimezone(LEGAL_ZONE) for w in clock.warnings.all()) == [
        at("2026-09-12 08:00"),
        at("2026-09-14 08:00"),
        at("2026-09-15 08:00"),
        at("2026-09-16 00:00"),
    ]
    moments = ["2026-09-11 09:00", "2026-09-12 08:00", "2026-09-14 09:00", "2026-09-15 08:01", "2026-09-16 00:00:01"]
    for moment in [*moments, "2026-09-23 00:00:01"]:
        with frozen(moment):
            sweeping.sweep()
            sweeping.sweep()
    told = [text.split(": ", 1)[1] for text in warnings_told(holder)]
    assert told == [
        "còn 3 ngày đến hạn 15/09/2026",
        "còn 1 ngày đến hạn 15/09/2026",
        "đến hạn hôm nay, 15/09/2026",
        "đã quá hạn 15/09/2026",
        "đã quá hạn 15/09/2026",
    ]


def test_reminders_rest_while_paused_and_move_with_the_date(holder: Position) -> None:
    """CORE-22, CORE-27"""
    clock = started(holder=holder.id)
    clocks.pause(clock, "chờ bổ sung", at=at("2026-09-09 10:00"))
    with frozen("2026-09-20 09:00"):
        assert sweeping.sweep() == 0
    with frozen("2026-09-21 09:00"):
        clocks.resume(clock)
    assert due_day(clock) == date(2026, 9, 25)
    assert min(w.at for w in clock.warnings.all()) == at_local(date(2026, 9, 22), time(8))
    clocks.stop(clock, at=at("2026-09-22 07:00"))
    with frozen("2026-09-28 09:00"):
        assert sweeping.sweep() == 0
    assert warnings_told(holder) == []


def test_after_an_outage_one_reminder_is_told(holder: Position) -> None:
    """CORE-27: what fell due meanwhile is told once, as it stands now; the next repetition lies ahead."""
    clock = started(holder=holder.id)
    with frozen("2026-10-20 09:00"):
        assert sweeping.sweep() == 4
    assert len(warnings_told(holder)) == 1
    following = ClockWarning.objects.get(clock=clock, claimed_at__isnull=True)
    assert at("2026-10-20 09:00") < following.at <= at("2026-10-27 09:00")


def test_short_limits_have_no_morning_reminders(holder: Position) -> None:
    """CORE-18, OF-9: fifteen minutes for what is to be done at once."""
    clock = started(key="office.at_once_alert", holder=holder.id)
    assert clock.due_at == at("2026-09-08 09:15").astimezone(UTC)
    assert [w.at for w in clock.warnings.all()] == [clock.due_at]


@pytest.mark.django_db(transaction=True)
def test_two_sweepers_and_a_killed_one(holder: Position) -> None:
    """CORE-27: a sweeper that dies tells nothing and claims nothing; two at once tell each reminder once."""
    for _ in range(20):
        started(holder=holder.id)
    with time_machine.travel(at("2026-09-12 08:30"), tick=False):
        with transaction.atomic():
            assert sweeping.sweep() == 20
            transaction.set_rollback(True)  # what a kill before the commit leaves
        assert not ClockWarning.objects.filter(claimed_at__isnull=False).exists()
        assert not Notice.objects.exists()
        claimed: list[int] = []

        def work() -> None:
            try:
                while told := sweeping.sweep(limit=3):
                    claimed.append(told)
            finally:
                connection.close()

        threads = [threading.Thread(target=work) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sum(claimed) == 20
    assert Notice.objects.count() == 20


@pytest.mark.django_db(transaction=True)
def test_recount_that_is_killed_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """CORE-25: each clock moves in its own transaction; a second run holds the rest and repeats nothing."""
    for _ in range(4):
        started()
    closure("2026-09-08 15:00", date(2026, 9, 11))
    real, calls = running.plan_warnings, []

    def dies_at_the_third(*args: object) -> None:
        calls.append(1)
        if len(calls) == 3:
            raise SystemExit
        real(*args)  # type: ignore[arg-type]

    with frozen("2026-09-08 15:01"):
        monkeypatch.setattr(running, "plan_warnings", dies_at_the_third)
        with pytest.raises(SystemExit):
            sweeping.recount_open("bão")
        assert Clock.objects.filter(due_at=end_of_day(date(2026, 9, 16))).count() == 2
        assert sweeping.recount_open("bão") == 2
    assert Clock.objects.filter(due_at=end_of_day(date(2026, 9, 16))).count() == 4
    assert JournalEntry.objects.filter(verb=actions.RECOUNT).count() == 4


def test_clocks_that_part_raise_an_alarm(caplog: pytest.LogCaptureFixture) -> None:
    """CORE-99: more than one second between application and database."""
    assert abs(drift.measure()) < timedelta(seconds=1)
    clock_jobs.watch_drift()
    assert caplog.records == []
    with time_machine.travel(datetime.now(UTC) - timedelta(seconds=5)):
        clock_jobs.watch_drift()
    assert "+5.0 s" in caplog.text


@pytest.mark.parametrize(
    ("key", "due"),
    [("formal_check", date(2026, 11, 4)), ("review_other", date(2026, 11, 5)), ("review_legal", date(2026, 11, 9))],
)
def test_v_pt_1_limits_of_a_slip(key: str, due: date) -> None:
    """V-PT-1 (OF-63): by the regulation then in force."""
    assert due_day(started("2026-11-02 09:00", key=key)) == due


def test_v_pt_2_resubmission_starts_a_new_clock() -> None:
    """V-PT-2 (OF-63), CORE-23"""
    old = started("2026-11-02 09:00", key="formal_check")
    clocks.stop(old, at=at("2026-11-04 10:00"))
    with frozen("2026-11-09 09:00"):
        new = clocks.start(old.subject, "formal_check", at("2026-11-09 09:00"), agency_id=AGENCY)
    assert due_day(new) == date(2026, 11, 11)
    assert not old.is_late()

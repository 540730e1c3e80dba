"""Jobs in one process: enqueueing, ends, back-off, keys, periodic runs, dead letters."""

import uuid
from datetime import UTC, date, datetime, time, timedelta

import pytest
import time_machine
from django.db import connection, transaction

from lienthong.contracts.actor import system_actor
from lienthong.core import jobs
from lienthong.core.jobs import execution, registry
from lienthong.core.jobs.models import JobRun, PeriodicJob
from lienthong.kit import clock

seen: list[object] = []


@jobs.job("unit.typed")
def typed(who: uuid.UUID, day: date, at: datetime | None = None, many: list[uuid.UUID] | None = None) -> None:
    seen.append((who, day, at, many))


@jobs.job("unit.fails", retries=2)
def fails(message: str = "hỏng") -> None:
    JobRun.objects.create(name="trace", queue="none", run_at=clock.now(), created_at=clock.now(), state="done")
    raise ValueError(message)


@jobs.job("unit.hopeless")
def hopeless() -> None:
    raise jobs.PermanentFailure("Tệp không còn tồn tại.")


@jobs.job("unit.keyed")
def keyed(number: int = 0) -> None:
    seen.append(number)


@jobs.job("unit.context", atomic=False)
def with_context(context: jobs.JobContext, steps: int) -> None:
    seen.append((context.attempt, context.actor, context.agency_id))
    for step in range(steps):
        context.progress(step + 1, steps)


@jobs.periodic("unit.daily", at=time(7, 0))
def daily() -> None:
    seen.append("daily")


@pytest.fixture(autouse=True)
def _clean() -> None:
    seen.clear()


@pytest.mark.django_db
def test_arguments_come_back_as_their_annotations_say() -> None:
    who, day, at = uuid.uuid4(), date(2026, 9, 2), datetime(2026, 9, 2, 1, 2, tzinfo=UTC)
    jobs.enqueue("unit.typed", who=who, day=day, at=at, many=[who])
    assert jobs.run_pending() == 1
    assert seen == [(who, day, at, [who])]


@pytest.mark.django_db
def test_wrong_arguments_are_refused_where_they_are_written() -> None:
    with pytest.raises(TypeError):
        jobs.enqueue("unit.typed", who=uuid.uuid4())
    with pytest.raises(LookupError):
        jobs.enqueue("unit.unknown")


@pytest.mark.django_db(transaction=True)
def test_core_88_a_rolled_back_action_leaves_no_job() -> None:
    with transaction.atomic():
        jobs.enqueue("unit.keyed")
        transaction.set_rollback(True)
    assert not JobRun.objects.exists()
    with transaction.atomic():
        jobs.enqueue("unit.keyed")
    assert JobRun.objects.count() == 1


@pytest.mark.django_db
def test_core_88_failures_back_off_with_jitter_then_become_dead_letters_with_reason_and_requeue() -> None:
    run_id = jobs.enqueue("unit.fails")
    pauses = []
    with time_machine.travel(datetime(2026, 3, 2, tzinfo=UTC), tick=False) as traveller:
        JobRun.objects.update(run_at=clock.now())
        for _ in range(3):
            assert jobs.run_pending() == 1
            assert jobs.run_pending() == 0, "a failed run waits before the next attempt"
            run = JobRun.objects.get(pk=run_id)
            pauses.append((run.run_at - clock.now()).total_seconds())
            traveller.shift(3600)
    assert run.state == "dead"
    assert run.error == "ValueError: hỏng"
    assert 1 <= pauses[0] <= 2
    assert 2 <= pauses[1] <= 4
    assert [letter.pk for letter in jobs.dead_letters()] == [run_id]
    assert not JobRun.objects.filter(name="trace").exists(), "the effect of a failed attempt is undone"
    assert jobs.requeue(run_id)
    assert not jobs.requeue(run_id)
    assert jobs.run_pending() == 1
    assert JobRun.objects.get(pk=run_id).attempts == 1
    JobRun.objects.update(state="dead")
    assert jobs.discard(run_id, "Đã gửi tay.")
    assert "Đã bỏ: Đã gửi tay." in JobRun.objects.get(pk=run_id).error


def test_core_88_the_pause_doubles_up_to_a_limit_and_is_jittered() -> None:
    pauses = [execution.back_off(4).total_seconds() for _ in range(50)]
    assert len(set(pauses)) > 10
    assert all(8 <= pause <= 16 for pause in pauses)
    assert execution.back_off(60) <= timedelta(seconds=900)


@pytest.mark.django_db
def test_a_permanent_failure_is_not_tried_again() -> None:
    run_id = jobs.enqueue("unit.hopeless")
    jobs.run_pending()
    run = JobRun.objects.get(pk=run_id)
    assert (run.state, run.error, run.attempts) == ("dead", "Tệp không còn tồn tại.", 1)


@pytest.mark.django_db
def test_one_key_waits_once_and_can_be_asked_for_again_while_it_runs() -> None:
    first = jobs.enqueue("unit.keyed", key="a", number=1)
    assert jobs.enqueue("unit.keyed", key="a", number=2) == first
    assert jobs.enqueue("unit.keyed", key="b", number=3) != first
    held = execution.claim("w", ["default"], 60)
    assert held is not None
    assert held.context.run_id == first
    again = jobs.enqueue("unit.keyed", key="a", number=4)
    assert again != first
    execution.fail(held, "x")
    assert JobRun.objects.get(pk=first).state == "waiting", "a retry does not collide with the newer run of its key"


@pytest.mark.django_db(transaction=True)
def test_long_work_shows_progress_and_stops_when_asked() -> None:
    agency = uuid.uuid4()
    run_id = jobs.enqueue("unit.context", by=system_actor("nạp", agency_id=agency), steps=4)
    changes: list[uuid.UUID] = []
    jobs.observe(changes.append)
    jobs.run_pending()
    run = JobRun.objects.get(pk=run_id)
    assert (run.state, run.done, run.total, run.percent) == ("done", 4, 4, 100)
    assert seen == [(1, "system:nạp", agency)]
    assert run_id in changes
    waiting = jobs.enqueue("unit.context", steps=4)
    assert jobs.cancel(waiting)
    assert JobRun.objects.get(pk=waiting).state == "cancelled"
    assert not jobs.cancel(waiting)
    running = jobs.enqueue("unit.context", steps=4)
    held = execution.claim("w", ["default"], 60)
    assert held is not None
    assert jobs.cancel(running)
    execution.execute(held)
    run = JobRun.objects.get(pk=running)
    assert (run.state, run.done) == ("cancelled", 1)


@pytest.mark.django_db(transaction=True)
def test_f_core_27_a_run_of_a_dead_worker_is_swept_and_its_late_finish_counts_for_nothing() -> None:
    run_id = jobs.enqueue("unit.fails")
    held = execution.claim("dead:1", ["default"], 60)
    assert held is not None
    assert execution.sweep() == 0, "a live lease is left alone"
    with time_machine.travel(clock.now() + timedelta(seconds=61)):
        assert execution.extend("dead:1", [], 60) == 0, "only what is worked on now is kept alive"
        assert execution.extend("dead:1", [run_id], 60) == 1
        assert execution.sweep() == 0, "a heartbeat keeps the lease"
    with time_machine.travel(clock.now() + timedelta(minutes=5)):
        assert execution.sweep() == 1
        assert JobRun.objects.get(pk=run_id).state == "waiting"
        other = execution.claim("live:2", ["default"], 60)
        assert other is not None
        execution.execute(held)
        run = JobRun.objects.get(pk=run_id)
        assert (run.state, run.worker, run.attempts) == ("running", "live:2", 2)
        assert not JobRun.objects.filter(name="trace").exists()


@pytest.mark.django_db
def test_a_run_that_kills_its_worker_each_time_ends_as_a_dead_letter() -> None:
    run_id = jobs.enqueue("unit.fails")
    for _ in range(3):
        assert execution.claim("w", ["default"], -1) is not None
        assert execution.sweep() == 1
    run = JobRun.objects.get(pk=run_id)
    assert run.state == "dead"
    assert "dừng đột ngột" in run.error


@pytest.mark.django_db
def test_periodic_runs_are_enqueued_once_and_caught_up_after_a_standstill() -> None:
    mine = {"unit.daily"}
    with time_machine.travel(datetime(2026, 3, 2, 1, 0, tzinfo=UTC), tick=False) as traveller:
        execution.tick()
        due = PeriodicJob.objects.get(name="unit.daily").next_at
        assert clock.local(due).time() == time(7, 0)
        assert clock.local(due).date() == date(2026, 3, 3)
        execution.tick()
        assert not JobRun.objects.filter(name__in=mine).exists()
        traveller.shift(timedelta(days=3))
        execution.tick()
        execution.tick()
        assert JobRun.objects.filter(name__in=mine).count() == 1, "three missed days are one run"
        traveller.shift(timedelta(days=1))
        execution.tick()
        assert JobRun.objects.filter(name__in=mine).count() == 1, "the next one waits for the unfinished"
        jobs.run_pending()
        assert seen == ["daily"]


@pytest.mark.django_db
def test_health_counts_and_purge() -> None:
    jobs.enqueue("unit.keyed")
    with time_machine.travel(clock.now() + timedelta(seconds=90)):
        health = jobs.health()
        assert (health.waiting, health.running, health.dead) == (1, 0, 0)
        assert health.oldest_seconds >= 90
        jobs.run_pending()
    assert jobs.purge() == 0
    with time_machine.travel(clock.now() + timedelta(days=31)):
        assert jobs.purge() == 1


def test_two_functions_cannot_share_a_name() -> None:
    with pytest.raises(ValueError, match=r"unit\.keyed"):
        jobs.job("unit.keyed")(lambda: None)
    assert "unit.keyed" in jobs.job_names()
    assert registry.spec_of("unit.keyed") is not None


@pytest.mark.django_db
def test_claims_use_the_index_of_waiting_runs() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(
            "EXPLAIN SELECT id FROM jobs_jobrun WHERE state = 'waiting' AND queue = ANY(%s) AND run_at <= now() "
            "ORDER BY run_at LIMIT 1",
            [["default"]],
        )
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "jobs_waiting" in plan

"""Workers that die, hang or lose their database (CORE-88, F-CORE-27)."""

import time

import pytest
from django.db import connection, transaction

from lienthong.core import jobs
from lienthong.core.jobs.models import JobRun
from lienthong.core.jobs.tests import process  # noqa: F401 — registers the jobs in this process as well
from lienthong.core.jobs.tests.workers import effects, eventually, worker

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.fault]


def unfinished() -> int:
    return (
        JobRun.objects.filter(name__startswith="test.", state__in=["waiting", "running"])
        .exclude(name="test.often")
        .count()
    )


def test_core_88_kill_9_in_the_middle_of_jobs_loses_nothing_and_repeats_no_effect() -> None:
    """CORE-88, F-CORE-27: three kills while forty jobs run; each effect stands once and no run stays "running"."""
    with transaction.atomic():
        for number in range(40):
            jobs.enqueue("test.effect", number=number, seconds=0.15)
    for _ in range(3):
        with worker() as victim:
            before = len(effects())
            eventually(lambda before=before: len(effects()) >= before + 4)
            victim.kill()
    assert JobRun.objects.filter(state="running").exists(), "the kills hit running jobs"
    with worker() as last:
        eventually(lambda: unfinished() == 0)
        assert effects() == sorted(f"effect {number}" for number in range(40))
        assert last.stop() == 0


def test_core_88_killed_worker_is_swept_by_another_within_the_lease() -> None:
    """CORE-88: five minutes are 300 s; the test's lease is 2 s."""
    with worker() as victim:
        run_id = jobs.enqueue("test.effect", number=1, seconds=120)
        eventually(lambda: JobRun.objects.get(pk=run_id).state == "running")
        with worker():
            time.sleep(0.5)
            victim.kill()
            killed = time.monotonic()
            eventually(lambda: JobRun.objects.get(pk=run_id).attempts == 2)
            assert time.monotonic() - killed < 60


def test_a_job_that_kills_its_worker_ends_as_a_dead_letter() -> None:
    run_id = jobs.enqueue("test.suicide")
    for _ in range(3):
        with worker(lease=0.5) as victim:
            assert victim.process.wait(90) == -9
            eventually(lambda: JobRun.objects.filter(pk=run_id, lease_until__isnull=False).exists())
    with worker(lease=0.5):
        eventually(lambda: JobRun.objects.get(pk=run_id).state == "dead")
    assert effects() == []


def test_a_job_that_hangs_is_failed_and_its_worker_asks_to_be_restarted() -> None:
    run_id = jobs.enqueue("test.stuck")
    other = jobs.enqueue("test.effect", number=1, seconds=2)
    with worker(lease=6) as stuck:
        assert stuck.process.wait(90) == jobs.RESTART
    run = JobRun.objects.get(pk=run_id)
    assert (run.state, run.error) == ("dead", "Quá thời gian tối đa 1 giây.")
    assert effects() == ["effect 1"], "jobs beside it finished; the late effect is undone"
    assert JobRun.objects.get(pk=other).state == "done"


def test_an_orderly_stop_lets_the_running_job_finish() -> None:
    run_id = jobs.enqueue("test.effect", number=1, seconds=1)
    with worker(lease=60) as stopping:
        eventually(lambda: JobRun.objects.get(pk=run_id).state == "running")
        assert stopping.stop() == 0
    assert JobRun.objects.get(pk=run_id).state == "done"


def test_a_worker_outlives_its_database_sessions() -> None:
    with transaction.atomic():
        for number in range(20):
            jobs.enqueue("test.effect", number=number, seconds=0.1)
    with worker() as alive:
        for _ in range(3):
            time.sleep(0.3)
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
                    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
        eventually(lambda: unfinished() == 0)
        assert alive.process.poll() is None
    assert effects() == sorted(f"effect {number}" for number in range(20))


def test_periodic_jobs_run_once_a_period_however_many_workers() -> None:
    with worker(), worker():
        eventually(lambda: effects(periodic=True) != [])
        before, begin = len(effects(periodic=True)), time.monotonic()
        time.sleep(2)
        ran, passed = len(effects(periodic=True)) - before, time.monotonic() - begin
    assert 2 <= ran <= passed / 0.2 + 1
    assert JobRun.objects.filter(name="test.often", state__in=["waiting", "running"]).count() <= 1

"""A worker process for tests: `python -m lienthong.core.jobs.tests.process [lease seconds]`, on the test's database."""

import os
import signal
import sys
import threading
import time

import django

django.setup()

from django.db import connection  # noqa: E402

from lienthong.core.jobs import JobContext, job, periodic, run_worker  # noqa: E402


def note(what: str) -> None:
    """Leave a row that the test can count; part of whatever transaction is open."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO jobs_jobrun (id, name, queue, args, key, actor, actor_name, state, run_at, attempts, "
            "max_attempts, worker, done, message, cancel_requested, error, created_at) VALUES (gen_random_uuid(), "
            "'effect', 'none', '{}', '', '', '', 'done', now(), 0, 0, '', 0, %s, false, '', now())",
            [what],
        )


@job("test.effect")
def effect(number: int, seconds: float = 0.0) -> None:
    note(f"effect {number}")
    time.sleep(seconds)


@job("test.suicide", retries=2)
def suicide() -> None:
    note("suicide")
    os.kill(os.getpid(), signal.SIGKILL)


@job("test.stuck", timeout=1, retries=0)
def stuck() -> None:
    note("stuck")
    time.sleep(60)


@job("test.long", atomic=False)
def long(context: JobContext, steps: int) -> None:
    for step in range(steps):
        context.progress(step, steps, f"Bước {step}")
        time.sleep(0.05)
    context.progress(steps, steps)


@periodic("test.often", seconds=0.2)
def often() -> None:
    note("often")


def main() -> None:
    """Work until SIGTERM."""
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    code = run_worker(stop, lease_seconds=float(sys.argv[1]) if len(sys.argv) > 1 else 2.0, poll_seconds=0.1)
    os._exit(code)


if __name__ == "__main__":
    main()

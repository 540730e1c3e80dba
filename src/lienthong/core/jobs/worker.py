"""The worker: some threads that run jobs, and one that listens, keeps leases alive, sweeps and ticks."""

import logging
import os
import threading
import time
from collections.abc import Callable
from uuid import uuid4

import psycopg
from django.conf import settings
from django.db import DatabaseError, connection

from lienthong.core.jobs import execution, registry
from lienthong.core.jobs.queue import CHANNEL
from lienthong.core.jobs.wake import Listener

logger = logging.getLogger("lienthong.jobs")

LEASE_SECONDS = 60.0
POLL_SECONDS = 0.5
GRACE_SECONDS = 20.0
RESTART = 75

# Psycopg's own errors reach us from the listening connection, Django's from all others.
DATABASE_FAULTS = (DatabaseError, psycopg.Error, OSError)

_companions: list[Callable[[threading.Event], None]] = []


def companion(loop: Callable[[threading.Event], None]) -> Callable[[threading.Event], None]:
    """Run a loop beside the job threads of every worker until its event is set (core/outbox drains in one)."""
    if loop not in _companions:
        _companions.append(loop)
    return loop


class Worker:
    """One worker process. A dead one is noticed after `lease_seconds`; the threads share nothing but the database."""

    def __init__(
        self,
        stop: threading.Event,
        *,
        queues: list[str] | None = None,
        threads: int = 4,
        lease_seconds: float = LEASE_SECONDS,
        poll_seconds: float = POLL_SECONDS,
        grace_seconds: float = GRACE_SECONDS,
    ) -> None:
        self.stop = stop
        self.queues = sorted(queues or registry.queues())
        self.threads = threads
        self.lease_seconds = lease_seconds
        self.poll_seconds = poll_seconds
        self.grace_seconds = grace_seconds
        self.name = f"{settings.NODE_NAME}:{os.getpid()}:{uuid4().hex[:8]}"
        self._work = threading.Condition()
        self._held: dict[int, tuple[execution.Claim, float]] = {}
        self._stuck: set[int] = set()
        self._kept_at = self._ticked_at = 0.0

    def run(self) -> int:
        """Work until the stop event is set; returns 0, or RESTART when a job outran its time and holds its thread."""
        loops = [threading.Thread(target=self._loop, args=(i,), daemon=True) for i in range(self.threads)]
        loops += [threading.Thread(target=loop, args=(self.stop,), daemon=True) for loop in _companions]
        for thread in loops:
            thread.start()
        listener = Listener(CHANNEL)
        pause = self.poll_seconds
        while not self.stop.is_set() and not self._stuck:
            try:
                self._keep()
                if execution.due(self.queues):
                    with self._work:
                        self._work.notify_all()
                listener.wait(self.poll_seconds)
                pause = self.poll_seconds
            except DATABASE_FAULTS as fault:
                logger.warning("worker %s: the database is away (%s)", self.name, fault)
                listener.close()
                connection.close()
                self.stop.wait(pause)
                pause = min(pause * 2, 5.0)
        listener.close()
        self.stop.set()
        self._end(loops)
        return RESTART if self._stuck else 0

    def _loop(self, index: int) -> None:
        while not self.stop.is_set() and not self._stuck:
            try:
                held = execution.claim(self.name, self.queues, self.lease_seconds)
                if held is None:
                    with self._work:
                        self._work.wait(timeout=5.0)
                    continue
                self._held[index] = (held, time.monotonic())
                execution.execute(held)
            except DATABASE_FAULTS as fault:
                logger.warning("worker %s: the database is away (%s)", self.name, fault)
                connection.close()
                self.stop.wait(1.0)
            finally:
                self._held.pop(index, None)
        connection.close()

    def _keep(self) -> None:
        """Heartbeat and sweep every third of a lease, periodic jobs every second, time limits always."""
        moment = time.monotonic()
        if moment - self._kept_at >= self.lease_seconds / 3:
            held_now = [held.context.run_id for held, _ in list(self._held.values())]
            execution.extend(self.name, held_now, self.lease_seconds)
            swept = execution.sweep()
            if swept:
                logger.warning("worker %s took back %s runs of dead workers", self.name, swept)
            self._kept_at = moment
        if moment - self._ticked_at >= min(1.0, self.poll_seconds):
            execution.tick()
            self._ticked_at = moment
        for index, (held, since) in list(self._held.items()):
            limit = held.spec.timeout if held.spec else registry.DEFAULT_TIMEOUT
            if moment - since > limit:
                execution.fail(held, f"Quá thời gian tối đa {limit} giây.")
                self._stuck.add(index)

    def _end(self, loops: list[threading.Thread]) -> None:
        """Let running jobs finish within the grace time, hand back the rest; a stuck thread dies with the process."""
        with self._work:
            self._work.notify_all()
        end = time.monotonic() + self.grace_seconds
        for index, thread in enumerate(loops):
            if index not in self._stuck:
                thread.join(max(0.0, end - time.monotonic()))
        try:
            execution.give_back(self.name)
        except DATABASE_FAULTS:
            logger.warning("worker %s: could not hand back; the sweep will", self.name)
        connection.close()


def run_worker(
    stop: threading.Event,
    *,
    queues: list[str] | None = None,
    threads: int = 4,
    lease_seconds: float = LEASE_SECONDS,
    poll_seconds: float = POLL_SECONDS,
) -> int:
    """Work until `stop` is set. Returns the exit code: 0, or RESTART (75) when the process should be started anew."""
    return Worker(stop, queues=queues, threads=threads, lease_seconds=lease_seconds, poll_seconds=poll_seconds).run()


def run_pending(limit: int = 1000) -> int:
    """Run what is due now in this thread, one after the other (seeding, tests); returns how many attempts were made."""
    worker = f"{settings.NODE_NAME}:{os.getpid()}:inline"
    for count in range(limit):
        held = execution.claim(worker, sorted(registry.queues()), LEASE_SECONDS)
        if held is None:
            return count
        execution.execute(held)
    return limit

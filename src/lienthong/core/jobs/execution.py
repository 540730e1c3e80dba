"""One attempt of one run: claim, call, acknowledge or note why not."""

import json
import logging
import random
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F
from django.db.models.functions import Greatest

from lienthong.core.jobs import registry
from lienthong.core.jobs.context import Cancelled, JobContext, LeaseLost, PermanentFailure
from lienthong.core.jobs.queue import changed
from lienthong.kit import clock

if TYPE_CHECKING:
    from django.db import models

    from lienthong.core.jobs.models import JobRun

logger = logging.getLogger("lienthong.jobs")

BACK_OFF_SECONDS, BACK_OFF_LIMIT = 2.0, 900.0

_CLAIM = """
UPDATE jobs_jobrun SET state = 'running', attempts = attempts + 1, worker = %s, lease_until = %s,
    started_at = COALESCE(started_at, %s)
WHERE id = (
    SELECT id FROM jobs_jobrun WHERE state = 'waiting' AND queue = ANY(%s) AND run_at <= %s
    ORDER BY run_at LIMIT 1 FOR UPDATE SKIP LOCKED
)
RETURNING id, name, args, attempts, max_attempts, actor, user_id, position_id, agency_id
"""


@dataclass(frozen=True, slots=True)
class Claim:
    """A run that this worker holds for one attempt."""

    context: JobContext
    args: dict[str, Any]
    max_attempts: int

    @property
    def spec(self) -> registry.JobSpec | None:
        """The job as this release knows it."""
        return registry.spec_of(self.context.name)


def back_off(attempt: int) -> timedelta:
    """How long to wait after a failed attempt (from 1): doubling from 2 s to 15 min, half of it by chance (CORE-88)."""
    full = min(BACK_OFF_LIMIT, BACK_OFF_SECONDS * 2 ** min(attempt - 1, 12))
    return timedelta(seconds=full * random.uniform(0.5, 1.0))  # noqa: S311 — spreads load, guards nothing


def claim(worker: str, queues: list[str], lease_seconds: float) -> Claim | None:
    """Take the longest due run of these queues, or None."""
    moment = clock.now()
    lease = moment + timedelta(seconds=lease_seconds)
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, [worker, lease, moment, queues, moment])
        row = cursor.fetchone()
    if row is None:
        return None
    run_id, name, args, attempt, max_attempts, actor, user_id, position_id, agency_id = row
    context = JobContext(run_id, name, attempt, worker, actor, user_id, position_id, agency_id)
    return Claim(context=context, args=_loaded(args), max_attempts=max_attempts)


def execute(held: Claim) -> None:
    """Run one attempt to its truthful end; only faults of the database escape: the sweep then takes the run back."""
    context = held.context
    try:
        _attempt(held)
    except LeaseLost:
        logger.warning("job %s %s: the lease was lost, its effect was undone", context.name, context.run_id)
    except Exception as fault:
        logger.exception("job %s %s failed, attempt %s", context.name, context.run_id, context.attempt)
        if not connection.in_atomic_block:
            connection.close_if_unusable_or_obsolete()
        fail(held, f"{type(fault).__name__}: {fault}"[:2000])
    changed(context.run_id)


def _attempt(held: Claim) -> None:
    context, spec = held.context, held.spec
    if spec is None:
        # During a rolling upgrade an older node may claim what only the newer one knows: let it come back.
        raise LookupError(f"Phiên bản đang chạy không có công việc “{context.name}”.")
    try:
        if spec.atomic:
            with transaction.atomic():
                spec.call(context, held.args)
                _finish(context, state="done", error="")
        else:
            spec.call(context, held.args)
            _finish(context, state="done", error="")
    except Cancelled:
        _finish(context, state="cancelled", error="")
    except PermanentFailure as failure:
        _finish(context, state="dead", error=str(failure))


def fail(held: Claim, reason: str) -> bool:
    """Note a failed attempt: back to the queue after a pause, or a dead letter with its reason."""
    context = held.context
    if context.attempt >= held.max_attempts:
        return _close(context, state="dead", error=reason, finished_at=clock.now())
    return _close(context, state="waiting", error=reason, run_at=clock.now() + back_off(context.attempt), key="")


def sweep() -> int:
    """Take back runs whose worker died: each goes to the queue again, or to the dead letters after its last attempt.

    F-CORE-27: no run stays "running" once its lease has run out. Returns how many were taken back.
    """
    from lienthong.core.jobs.models import JobRun

    moment = clock.now()
    reason = "Tiến trình xử lý dừng đột ngột khi công việc đang chạy."
    with transaction.atomic():
        stale = list(
            JobRun.objects.select_for_update(skip_locked=True)
            .filter(state="running", lease_until__lt=moment)
            .values_list("pk", "attempts", "max_attempts")[:500]
        )
        spent = [pk for pk, attempts, most in stale if attempts >= most]
        again = [pk for pk, attempts, most in stale if attempts < most]
        JobRun.objects.filter(pk__in=spent).update(
            state="dead", error=reason, finished_at=moment, worker="", lease_until=None
        )
        JobRun.objects.filter(pk__in=again).update(
            state="waiting", error=reason, run_at=moment, worker="", lease_until=None, key=""
        )
    return len(stale)


def extend(worker: str, held: list[UUID], lease_seconds: float) -> int:
    """Heartbeat: move on the leases of the runs that a live worker works on now.

    A run whose end could not be noted (the database was away) is no longer held: its lease runs out and it is swept.
    Rows being acknowledged just now are passed over.
    """
    from lienthong.core.jobs.models import JobRun

    with transaction.atomic():
        mine = list(
            JobRun.objects.select_for_update(skip_locked=True)
            .filter(state="running", worker=worker, pk__in=held)
            .values_list("pk", flat=True)
        )
        lease = clock.now() + timedelta(seconds=lease_seconds)
        return JobRun.objects.filter(pk__in=mine).update(lease_until=lease)


def give_back(worker: str) -> int:
    """On an orderly stop: what could not be finished returns to the queue at once and the attempt is not counted."""
    return (
        _runs()
        .filter(state="running", worker=worker)
        .update(
            state="waiting",
            worker="",
            lease_until=None,
            run_at=clock.now(),
            key="",
            attempts=Greatest(F("attempts") - 1, 0),
        )
    )


def tick() -> int:
    """Enqueue the periodic jobs that are due; of many nodes exactly one moves each row on. Returns how many."""
    from lienthong.core.jobs.models import PeriodicJob
    from lienthong.core.jobs.queue import enqueue

    moment = clock.now()
    known = dict(PeriodicJob.objects.values_list("name", "next_at"))
    count = 0
    for spec in registry.periodic_specs():
        if spec.name not in known:
            PeriodicJob.objects.bulk_create(
                [PeriodicJob(name=spec.name, next_at=spec.next_after(moment))], ignore_conflicts=True
            )
        elif known[spec.name] <= moment:
            with transaction.atomic():
                due = PeriodicJob.objects.filter(name=spec.name, next_at__lte=moment)
                if not due.update(next_at=spec.next_after(moment), enqueued_at=moment):
                    continue
                if not _runs().filter(name=spec.name, state__in=["waiting", "running"]).exists():
                    enqueue(spec.name, key="periodic")
                    count += 1
    return count


def due(queues: list[str]) -> bool:
    """Whether some run of these queues waits to be claimed now."""
    return _runs().filter(state="waiting", queue__in=queues, run_at__lte=clock.now()).exists()


def _finish(context: JobContext, *, state: str, error: str) -> None:
    if not _close(context, state=state, error=error, finished_at=clock.now()):
        raise LeaseLost(context.name)


def _close(context: JobContext, **values: Any) -> bool:
    """End an attempt, but only while it is still ours: worker and attempt together are the fence."""
    mine = _runs().filter(pk=context.run_id, state="running", worker=context.worker, attempts=context.attempt)
    return bool(mine.update(worker="", lease_until=None, **values))


def _runs() -> "models.Manager[JobRun]":
    from lienthong.core.jobs.models import JobRun

    return JobRun.objects


def _loaded(args: Any) -> dict[str, Any]:
    """Django registers psycopg's jsonb loader as text; the ORM decodes it per field, raw SQL must do so itself."""
    return dict(json.loads(args) if isinstance(args, str) else args)

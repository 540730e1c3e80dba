"""Asking for runs, and what people do with them: cancel, look at dead letters, requeue, discard."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, models, transaction

from lienthong.contracts.actor import Actor
from lienthong.core.jobs import registry
from lienthong.core.jobs.wake import wake
from lienthong.kit import clock

if TYPE_CHECKING:
    from lienthong.core.jobs.models import JobRun

CHANNEL = "lienthong_jobs"

# A waiting run of the same key is taken over: the update locks it until our commit, so that no worker can start it
# before what we wrote is visible to it.
_INSERT = """
INSERT INTO jobs_jobrun (id, name, queue, args, key, actor, actor_name, user_id, position_id, agency_id, state, run_at,
    attempts, max_attempts, worker, done, message, cancel_requested, error, created_at)
VALUES (%s, %s, %s, %s::jsonb, %s, %s, %s, %s, %s, %s, 'waiting', %s, 0, %s, '', 0, '', false, '', %s)
ON CONFLICT (name, key) WHERE state = 'waiting' AND NOT (key = '')
    DO UPDATE SET run_at = LEAST(jobs_jobrun.run_at, EXCLUDED.run_at)
RETURNING id
"""

_observers: list[Callable[[UUID], None]] = []


@dataclass(frozen=True, slots=True)
class Health:
    """What an operator is shown and warned of (CORE-98): counts, and the age in seconds of the oldest due run."""

    waiting: int
    running: int
    dead: int
    oldest_seconds: float


def enqueue(
    name: str,
    *,
    key: str | None = None,
    run_at: datetime | None = None,
    by: Actor | None = None,
    **args: Any,
) -> UUID:
    """Ask for one run of a job in the present transaction; a rollback leaves no job (CORE-88). Returns the run's id.

    `key`: while a run of this name and key waits, no second one is made and its id is returned. Do not give one key to
    unrelated transactions on a busy path: they wait for each other's commit. `run_at`: not before this instant.
    `args` hold values of JSON, UUID, dates, instants, Decimal; TypeError when the function takes others.
    """
    spec = registry.spec_of(name)
    if spec is None:
        raise LookupError(f"no such job: {name}")
    spec.check(args)
    moment = clock.now()
    with connection.cursor() as cursor:
        cursor.execute(
            _INSERT,
            [
                uuid4(),
                name,
                spec.queue,
                json.dumps(args, cls=DjangoJSONEncoder, ensure_ascii=False),
                key or "",
                by.key if by else "",
                by.name if by else "",
                by.user_id if by else None,
                by.position_id if by else None,
                by.agency_id if by else None,
                run_at or moment,
                spec.retries + 1,
                moment,
            ],
        )
        row = cursor.fetchone()
    if row is None:
        raise RuntimeError("INSERT returned no row")
    wake(CHANNEL)
    return UUID(str(row[0]))


def cancel(run_id: UUID) -> bool:
    """Ask a run to stop: a waiting one is cancelled at once, a running one at its next step; False when it ended."""
    runs = _model().objects
    with transaction.atomic():
        run = runs.select_for_update().filter(pk=run_id).first()
        if run is None or not run.unfinished:
            return False
        run.cancel_requested = True
        if run.state == run.State.WAITING:
            run.state, run.finished_at = run.State.CANCELLED, clock.now()
        run.save(update_fields=["cancel_requested", "state", "finished_at"])
    changed(run_id)
    return True


def dead_letters() -> "models.QuerySet[JobRun]":
    """Runs that gave up, newest first; `error` is the reason."""
    return _model().objects.filter(state="dead").order_by("-finished_at")


def requeue(run_id: UUID) -> bool:
    """Run a dead letter anew with its full number of attempts; False when it is none."""
    with transaction.atomic():
        moved = (
            _model()
            .objects.filter(pk=run_id, state="dead")
            .update(
                state="waiting", attempts=0, run_at=clock.now(), finished_at=None, worker="", key="", done=0, message=""
            )
        )
        wake(CHANNEL)
    return bool(moved)


def discard(run_id: UUID, reason: str) -> bool:
    """Give a dead letter up for good; the reason is kept beside the fault. False when it is none."""
    with transaction.atomic():
        run = _model().objects.select_for_update().filter(pk=run_id, state="dead").first()
        if run is None:
            return False
        run.state = run.State.CANCELLED
        run.error = f"{run.error}\nĐã bỏ: {reason}"
        run.save(update_fields=["state", "error"])
    return True


def health() -> Health:
    """How the queue stands now."""
    moment = clock.now()
    runs = _model().objects
    oldest = runs.filter(state="waiting", run_at__lte=moment).aggregate(models.Min("run_at"))["run_at__min"]
    return Health(
        waiting=runs.filter(state="waiting").count(),
        running=runs.filter(state="running").count(),
        dead=runs.filter(state="dead").count(),
        oldest_seconds=(moment - oldest).total_seconds() if oldest else 0.0,
    )


def purge(keep: timedelta = timedelta(days=30)) -> int:
    """Delete ended runs older than `keep`; dead letters stay until somebody has looked at them."""
    ended = _model().objects.filter(state__in=["done", "cancelled"], finished_at__lt=clock.now() - keep)
    return ended.delete()[0]


def observe(observer: Callable[[UUID], None]) -> None:
    """Call `observer(run_id)` whenever a run changed on this process (core/live shows it on open screens)."""
    if observer not in _observers:
        _observers.append(observer)


def changed(run_id: UUID) -> None:
    """Tell the observers that a run shows something new."""
    for observer in _observers:
        observer(run_id)


def _model() -> "type[JobRun]":
    from lienthong.core.jobs.models import JobRun

    return JobRun

"""Background work (CORE-88): enqueued in the caller's own transaction, run by any worker, swept when a worker dies.

`@job` and `@periodic` register typed functions by dotted name; `enqueue` asks for one run. Jobs call actions only.
A run is one row (`JobRun`) that screens show as it is: state, progress, cancel, reason.
Why our own table: docs/adr/0002-jobs.md.
"""

from lienthong.core.jobs.context import Cancelled, JobContext, LeaseLost, PermanentFailure
from lienthong.core.jobs.queue import (
    Health,
    cancel,
    dead_letters,
    discard,
    enqueue,
    health,
    observe,
    purge,
    requeue,
)
from lienthong.core.jobs.registry import JobSpec, job, job_names, periodic
from lienthong.core.jobs.worker import RESTART, Worker, companion, run_pending, run_worker

__all__ = [
    "RESTART",
    "Cancelled",
    "Health",
    "JobContext",
    "JobSpec",
    "LeaseLost",
    "PermanentFailure",
    "Worker",
    "cancel",
    "companion",
    "dead_letters",
    "discard",
    "enqueue",
    "health",
    "job",
    "job_names",
    "observe",
    "periodic",
    "purge",
    "requeue",
    "run_pending",
    "run_worker",
]

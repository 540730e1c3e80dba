"""What a running job knows of its run, and the ways in which a run ends early."""

import time
from dataclasses import dataclass, field
from uuid import UUID

from django.db import connection


class Cancelled(Exception):
    """A person asked to stop this run; raised by `JobContext.progress` at the next step."""


class LeaseLost(Exception):
    """The run was given to another worker meanwhile (its lease ran out): what was done here must not count."""


class PermanentFailure(Exception):
    """Trying again cannot help; the run becomes a dead letter at once, with this message as its reason."""


@dataclass(slots=True)
class JobContext:
    """One attempt of one run. `attempt` counts from 1; ids are those of the actor who asked for the run."""

    run_id: UUID
    name: str
    attempt: int
    worker: str
    actor: str = ""
    user_id: UUID | None = None
    position_id: UUID | None = None
    agency_id: UUID | None = None
    _shown_at: float = field(default=0.0, repr=False)

    def progress(self, done: int, total: int | None = None, message: str | None = None) -> None:
        """Show how far the work is (at most twice a second, and at the end); raises Cancelled when asked to stop.

        Inside a transaction nothing is written, for nobody could see it before the commit: long work registers with
        `atomic=False` and calls one action a step.
        """
        moment = time.monotonic()
        finished = total is not None and done >= total
        if connection.in_atomic_block or (moment - self._shown_at < 0.5 and not finished):
            return
        from lienthong.core.jobs.models import JobRun
        from lienthong.core.jobs.queue import changed

        self._shown_at = moment
        values: dict[str, object] = {"done": done}
        if total is not None:
            values["total"] = total
        if message is not None:
            values["message"] = message
        mine = JobRun.objects.filter(pk=self.run_id, state="running", worker=self.worker, attempts=self.attempt)
        if not mine.update(**values):
            raise LeaseLost(self.name)
        changed(self.run_id)
        self.check_cancelled()

    def check_cancelled(self) -> None:
        """Raise Cancelled when a person asked to stop this run."""
        from lienthong.core.jobs.models import JobRun

        if JobRun.objects.filter(pk=self.run_id, cancel_requested=True).exists():
            raise Cancelled

"""A person's own topics: `user:<id>`, and `job:<id>` of work they asked for."""

from collections.abc import Collection
from uuid import UUID

from django.http import HttpRequest

from lienthong.core import jobs
from lienthong.core.live.publishing import publish
from lienthong.core.live.topics import topic


@topic("user")
def own_person(request: HttpRequest, ident: str) -> Collection[str] | None:
    """Notices go to the person alone."""
    return () if request.user.is_authenticated and str(request.user.pk) == ident else None


@topic("job")
def own_job(request: HttpRequest, ident: str) -> Collection[str] | None:
    """Progress is shown to whoever asked for the work."""
    from lienthong.core.jobs.models import JobRun

    try:
        run_id = UUID(ident)
    except ValueError:
        return None
    if not request.user.is_authenticated:
        return None
    return () if JobRun.objects.filter(pk=run_id, user_id=request.user.pk).exists() else None


def show(run_id: UUID) -> None:
    """Tell the page of a run how far it is; runs that no person asked for have no page."""
    from lienthong.core.jobs.models import JobRun

    run = JobRun.objects.filter(pk=run_id, user_id__isnull=False).first()
    if run is not None:
        data = {"state": run.state, "done": run.done, "total": run.total, "message": run.message, "error": run.error}
        publish(f"job:{run_id}", data, name="job")


def connect() -> None:
    """Observe the runs of this process."""
    jobs.observe(show)

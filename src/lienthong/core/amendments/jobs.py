"""Proposals that nobody decided in time come to their end (CORE-32)."""

from lienthong.contracts.actor import system_actor
from lienthong.core import jobs
from lienthong.core.amendments import actions
from lienthong.core.amendments.models import Amendment
from lienthong.kit import clock


@jobs.periodic("amendments.expire", seconds=3600)
def expire() -> None:
    """End what waits past its time; repeating it finds nothing."""
    for row in Amendment.objects.filter(state="proposed", expires_at__lte=clock.now()):
        actions.expire(by=system_actor("amendments", agency_id=row.agency_id), target=row)

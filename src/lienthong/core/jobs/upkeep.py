"""What the queue does for itself."""

from datetime import time

from lienthong.core.jobs.queue import purge
from lienthong.core.jobs.registry import periodic


@periodic("jobs.purge", at=time(2, 30))
def purge_ended_runs() -> None:
    """Delete ended runs that nobody will look at any more."""
    purge()

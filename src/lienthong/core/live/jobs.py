"""Cleaning up after the streams."""

from lienthong.core.jobs import periodic
from lienthong.core.live.publishing import purge


@periodic("live.purge", seconds=60)
def purge_old_events() -> None:
    """Delete events of more than five minutes ago."""
    purge()

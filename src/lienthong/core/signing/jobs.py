"""Background work of signing: warnings before certificates end, alarms over files without a stamp."""

from datetime import time

from lienthong.core.jobs import periodic
from lienthong.core.signing import expiry


@periodic("signing.warn_expiring", at=time(7, 0))
def warn_expiring() -> None:
    """Warn holders and administrators 60, 30, 7 and 1 days before the end (CORE-70)."""
    expiry.warn()


@periodic("signing.alert_waiting", seconds=300)
def alert_waiting() -> None:
    """Tell of files that wait for their time stamp too long (CORE-69)."""
    expiry.alert()

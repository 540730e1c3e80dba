"""What keeps the journal sealed and stamped without anybody asking (CORE-73…75, EX-50)."""

import logging
from datetime import time, timedelta
from pathlib import Path

from django.conf import settings

from lienthong.contracts.signing import TimeStampUnavailable
from lienthong.core.audit import export, sealing
from lienthong.core.jobs import periodic
from lienthong.kit import clock

logger = logging.getLogger(__name__)

ALERT_AFTER = timedelta(seconds=60)
STAMP_SECONDS: int = getattr(settings, "JOURNAL_STAMP_SECONDS", 60)
"""60 on an axis node; elsewhere a day (86,400) is enough."""


@periodic("audit.seal", seconds=1, timeout=120)
def seal() -> None:
    """Seal what waits, batch by batch; say so when something stands unsealed for more than a minute (CORE-73)."""
    while sealing.seal_pending() >= sealing.BATCH:
        pass
    oldest = sealing.unsealed_since()
    if oldest is not None and clock.now() - oldest > ALERT_AFTER:
        logger.error("a journal entry of %s stands unsealed", oldest.isoformat())


@periodic("audit.rescan", at=time(1, 30), timeout=3600)
def rescan() -> None:
    """Once a day look at every entry, wherever the horizon stands (CORE-74)."""
    found = sealing.seal_pending(rescan=True)
    if found:
        logger.info("the daily rescan sealed %d entries", found)


@periodic("audit.keep", seconds=3600, timeout=600)
def keep() -> None:
    """Copy new checkpoints to the write-once storage that the operator named (CORE-75)."""
    folder: str = getattr(settings, "JOURNAL_VAULT", "")
    if folder:
        export.keep_checkpoints(Path(folder))


@periodic("audit.stamp", seconds=STAMP_SECONDS, timeout=60)
def stamp() -> None:
    """Stamp the newest checkpoint; an outage is told and stops nothing (CORE-69, EX-50)."""
    try:
        sealing.stamp_newest()
    except TimeStampUnavailable as error:
        waiting = sealing.unstamped_since()
        logger.error("no time stamp since %s: %s", waiting.isoformat() if waiting else "-", error)

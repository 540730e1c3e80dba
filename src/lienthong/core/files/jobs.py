"""Background work of the files: scanning, the sweep of leftovers, the check of hashes."""

from datetime import time
from uuid import UUID

from lienthong.core.files import integrity, resumable, scanning, storing
from lienthong.core.jobs import job, periodic


@job("files.scan", atomic=False, timeout=900)
def scan(file_id: UUID) -> None:
    """Scan one new file."""
    scanning.scan(file_id)


@periodic("files.scan_waiting", seconds=60)
def scan_waiting() -> None:
    """Try again what still waits, and say when it waits too long (CORE-53)."""
    if scanning.installed() is None:
        return
    for file_id in list(scanning.waiting().values_list("pk", flat=True)[: scanning.BATCH]):
        scanning.scan(file_id)
    if number := scanning.late():
        scanning.logger.error("%s files wait for the scanner too long", number)


@periodic("files.sweep", at=time(2, 30))
def sweep() -> None:
    """Remove bytes that no row names, and uploads that nobody finished."""
    storing.sweep()
    resumable.drop_stale()


@periodic("files.integrity", seconds=3600)
def check_integrity() -> None:
    """Hash what is due."""
    integrity.check()

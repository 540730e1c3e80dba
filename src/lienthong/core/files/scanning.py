"""Files become clean only by a scanner that looked and found nothing (CORE-53, F-CORE-19)."""

import logging
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from lienthong.contracts import ports
from lienthong.contracts.actor import system_actor
from lienthong.contracts.ref import Ref
from lienthong.contracts.scanner import Scanner, ScannerUnavailable
from lienthong.core import audit, jobs, lawbook
from lienthong.core.files import blobs
from lienthong.core.files.models import ScanState, StoredFile
from lienthong.kit import clock

PORT = "scanner"
READABLE = "readable"
BATCH = 200
logger = logging.getLogger("lienthong.files")


def installed() -> Scanner | None:
    """The scanner of this node; None where there is none and files stay "chưa quét"."""
    found: Scanner | None = ports.get(PORT)
    return found


def ask(file: StoredFile) -> None:
    """Have a new file scanned after the commit; without a scanner nothing is asked."""
    if installed() is not None:
        jobs.enqueue("files.scan", file_id=file.pk)


def may_be_used(file: StoredFile) -> bool:
    """Whether a file may be shown to others: clean; or unscanned where no scanner is and `file.unscanned` allows it."""
    if file.scan_state == ScanState.CLEAN:
        return True
    if file.scan_state != ScanState.WAITING or installed() is not None:
        return False
    return bool(lawbook.get("file.unscanned", agency=file.agency_id) == READABLE)


def scan(file_id: UUID) -> str:
    """Scan one file now and store what was found; the state afterwards. A silent scanner leaves it waiting."""
    scanner = installed()
    file = StoredFile.objects.filter(pk=file_id).first()
    if file is None or scanner is None or file.scan_state == ScanState.INFECTED:
        return file.scan_state if file else ""
    try:
        with blobs.open_blob(file.sha256) as stream:
            result = scanner.scan(stream)
    except ScannerUnavailable as problem:
        logger.warning("scanner %s: %s", scanner.name, problem)
        return file.scan_state
    except Exception:
        # A scanner that crashes has not looked: the file keeps its state and is tried again (F-CORE-19).
        logger.exception("scanner %s crashed on file %s", scanner.name, file_id)
        return file.scan_state
    state = ScanState.FAILED if result.failed else ScanState.CLEAN if result.clean else ScanState.INFECTED
    with transaction.atomic():
        file = StoredFile.objects.select_for_update().get(pk=file_id)
        if file.scan_state == ScanState.INFECTED:
            return file.scan_state
        file.scan_state, file.scanned_at = state, clock.now()
        file.scanner, file.threat = scanner.name[:120], result.threat
        file.save(update_fields=["scan_state", "scanned_at", "scanner", "threat"])
        if state == ScanState.INFECTED:
            audit.record(
                by=system_actor("scanner", agency_id=file.agency_id),
                verb="core:file:infected",
                ref=Ref(StoredFile.ref_kind, file.pk),
                after={"threat": result.threat, "scanner": scanner.name},
                agency_id=file.agency_id,
            )
    return state


def waiting() -> QuerySet[StoredFile]:
    """Files that no scanner has cleared yet, the oldest first."""
    return StoredFile.objects.filter(scan_state__in=[ScanState.WAITING, ScanState.FAILED]).order_by("stored_at")


def late(now: datetime | None = None) -> int:
    """How many files wait longer than `file.scan_alert_minutes`: an alarm, where a scanner is installed."""
    if installed() is None:
        return 0
    limit = timedelta(minutes=int(lawbook.get("file.scan_alert_minutes")))
    return waiting().filter(scan_state=ScanState.WAITING, stored_at__lt=(now or clock.now()) - limit).count()

"""All files are hashed again within `file.integrity_days`, repaired from a second copy (CORE-60; QCVN 12:2026/BCA
2.2.5.4).
"""

import logging
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db.models import F, Q, QuerySet

from lienthong.core import lawbook
from lienthong.core.files import blobs
from lienthong.core.files.errors import NoSpace
from lienthong.core.files.models import StoredFile
from lienthong.kit import clock

BATCH = 500
logger = logging.getLogger("lienthong.files")


def check(*, at_most: int = BATCH) -> tuple[int, list[str]]:
    """Hash the files that are due, the longest unchecked first: how many, and the ids whose bytes are not theirs.

    What is wrong is taken from the second copy (LIENTHONG_FILES_COPY) when that one is right, and reported otherwise.
    """
    now = clock.now()
    # A third of the term leaves room for repeated runs before the limit of the regulation.
    due = now - timedelta(days=int(lawbook.get("file.integrity_days"))) / 3
    rows = StoredFile.objects.filter(Q(checked_at=None) | Q(checked_at__lt=due))
    bad: list[str] = []
    # Damaged ones come last: they must not keep the others from their turn.
    checked = list(
        rows.order_by(F("damaged_at").asc(nulls_first=True), F("checked_at").asc(nulls_first=True))[:at_most]
    )
    for file in checked:
        if blobs.digest(file.sha256) == file.sha256 or _repaired(file.sha256):
            StoredFile.objects.filter(pk=file.pk).update(checked_at=now, damaged_at=None)
        else:
            bad.append(str(file.pk))
            StoredFile.objects.filter(pk=file.pk, damaged_at=None).update(damaged_at=now)
            logger.error("file %s: the bytes on disk are missing or changed", file.pk)
    return len(checked), bad


def damaged() -> QuerySet[StoredFile]:
    """Files whose bytes are missing or changed, the longest known first."""
    return StoredFile.objects.filter(damaged_at__isnull=False).order_by("damaged_at")


def overdue() -> int:
    """How many files the check should have looked at by now and has not (CORE-60)."""
    limit = clock.now() - timedelta(days=int(lawbook.get("file.integrity_days")))
    return StoredFile.objects.filter(
        Q(checked_at__lt=limit) | Q(checked_at=None, stored_at__lt=limit), damaged_at=None
    ).count()


def _repaired(sha256: str) -> bool:
    """Take the bytes of a hash from the second copy, if it has them unharmed."""
    copy = Path(settings.FILES_COPY) / sha256[:2] / sha256[2:4] / sha256 if settings.FILES_COPY else None
    if copy is None or not copy.is_file():
        return False
    try:
        with copy.open("rb") as stream, blobs.spool(stream, most=2**63) as written:
            if written.sha256 != sha256:
                return False
            blobs.remove(sha256)
            blobs.settle(written)
    except (OSError, NoSpace):
        logger.exception("file %s could not be repaired", sha256)
        return False
    logger.warning("file %s was repaired from the second copy", sha256)
    return True

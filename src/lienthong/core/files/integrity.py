"""All files are hashed again within `file.integrity_days` (CORE-60; QCVN 12:2026/BCA 2.2.5.4)."""

import logging
from datetime import timedelta

from django.db.models import F, Q

from lienthong.core import lawbook
from lienthong.core.files import blobs
from lienthong.core.files.models import StoredFile
from lienthong.kit import clock

BATCH = 500
logger = logging.getLogger("lienthong.files")


def check(*, at_most: int = BATCH) -> tuple[int, list[str]]:
    """Hash the files that are due, the longest unchecked first: how many, and the ids whose bytes are not theirs."""
    now = clock.now()
    # A third of the term leaves room for repeated runs before the limit of the regulation.
    due = now - timedelta(days=int(lawbook.get("file.integrity_days"))) / 3
    rows = StoredFile.objects.filter(Q(checked_at=None) | Q(checked_at__lt=due))
    bad: list[str] = []
    checked = list(rows.order_by(F("checked_at").asc(nulls_first=True))[:at_most])
    for file in checked:
        if blobs.digest(file.sha256) == file.sha256:
            StoredFile.objects.filter(pk=file.pk).update(checked_at=now)
        else:
            bad.append(str(file.pk))
            logger.error("file %s: the bytes on disk are missing or changed", file.pk)
    return len(checked), bad

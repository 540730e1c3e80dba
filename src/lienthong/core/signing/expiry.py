"""What will end or waits: certificates before they expire, files without their time stamp (CORE-69, CORE-70)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from lienthong.contracts.ref import Ref
from lienthong.core import lawbook, outbox
from lienthong.core.signing.models import Certificate, ExpiryWarning, WaitingStamp
from lienthong.kit import clock

CERTIFICATE_EXPIRING = "signing.certificate.expiring"
"""{certificate, name, kind, user, agency, days, valid_to}: to the holder and the administrator."""

STAMP_OVERDUE = "signing.stamp.waiting"
"""{ref, sha256, signed_at, due_at, agency}: a quarter of the grace is gone without a stamp."""


@dataclass(frozen=True, slots=True)
class Ending:
    """A certificate that ends soon, with the newest threshold that it passed."""

    certificate: Certificate
    days: int


def thresholds() -> tuple[int, ...]:
    """Days before the end at which to warn, largest first: 60, 30, 7, 1 unless the lawbook says otherwise."""
    return tuple(sorted((int(days) for days in lawbook.get("sign.certificate_warning_days")), reverse=True))


def ending(now: datetime | None = None) -> list[Ending]:
    """Certificates in use that end within the largest threshold and have no successor, soonest first (CORE-70)."""
    moment = now or clock.now()
    steps = thresholds()
    soon = Certificate.objects.filter(
        revoked_at__isnull=True, valid_to__gt=moment, valid_to__lte=moment + timedelta(days=steps[0])
    ).order_by("valid_to")
    found = []
    for certificate in soon:
        left = certificate.valid_to - moment
        days = min(step for step in steps if left <= timedelta(days=step))
        if not _succeeded(certificate):
            found.append(Ending(certificate, days))
    return found


def warn(now: datetime | None = None) -> int:
    """Send each warning once, through the outbox; returns how many. A killed run repeats nothing (CORE-70)."""
    moment = now or clock.now()
    sent = 0
    for item in ending(moment):
        row = item.certificate
        _, new = ExpiryWarning.objects.get_or_create(certificate=row, days=item.days, defaults={"sent_at": moment})
        if new:
            outbox.emit(
                CERTIFICATE_EXPIRING,
                {
                    "certificate": str(row.pk),
                    "name": row.name,
                    "kind": row.kind,
                    "user": str(row.user_id) if row.user_id else None,
                    "agency": str(row.agency_id) if row.agency_id else None,
                    "days": item.days,
                    "valid_to": row.valid_to.isoformat(),
                },
                agency_id=row.agency_id,
            )
            sent += 1
    return sent


def wait_for_stamp(ref: Ref, sha256: str, signed_at: datetime, *, agency_id: UUID | None) -> WaitingStamp:
    """Remember a file that was signed without proof of time; it is due within `sign.tst_grace_hours` (CORE-69)."""
    grace = timedelta(hours=int(lawbook.get("sign.tst_grace_hours")))
    share = int(lawbook.get("sign.tst_alert_percent"))
    row, _ = WaitingStamp.objects.get_or_create(
        ref=str(ref),
        sha256=sha256,
        defaults={
            "agency_id": agency_id,
            "signed_at": signed_at,
            "due_at": signed_at + grace,
            "alert_at": signed_at + grace * share / 100,
        },
    )
    return row


def waiting() -> QuerySet[WaitingStamp]:
    """Files "chờ dấu thời gian", most urgent first."""
    return WaitingStamp.objects.filter(stamped_at__isnull=True).order_by("due_at")


def stamped(ref: Ref, *, at: datetime | None = None) -> int:
    """The files of an object got their stamp; returns how many were waiting."""
    return WaitingStamp.objects.filter(ref=str(ref), stamped_at__isnull=True).update(stamped_at=at or clock.now())


@transaction.atomic
def alert(now: datetime | None = None) -> int:
    """Tell once of each file that waits longer than a quarter of its grace (CORE-69); returns how many."""
    moment = now or clock.now()
    told = 0
    for row in waiting().filter(alerted_at__isnull=True, alert_at__lte=moment).select_for_update(skip_locked=True):
        row.alerted_at = moment
        row.save(update_fields=["alerted_at"])
        outbox.emit(
            STAMP_OVERDUE,
            {
                "ref": row.ref,
                "sha256": row.sha256,
                "signed_at": row.signed_at.isoformat(),
                "due_at": row.due_at.isoformat(),
                "agency": str(row.agency_id) if row.agency_id else None,
            },
            agency_id=row.agency_id,
        )
        told += 1
    return told


def _succeeded(certificate: Certificate) -> bool:
    """Whether the same holder already has one that lasts longer."""
    rows = Certificate.objects.filter(
        kind=certificate.kind, revoked_at__isnull=True, valid_to__gt=certificate.valid_to, name=certificate.name
    )
    return rows.filter(user=certificate.user_id, agency=certificate.agency_id).exists()

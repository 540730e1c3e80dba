"""Who is told when a delivery goes wrong: nobody has to look for it (EX-28, EX-45)."""

from datetime import timedelta

from django.db.models import QuerySet

from lienthong.core import lawbook, notify
from lienthong.core.access.actors import positions_with
from lienthong.core.actions import ref_of
from lienthong.kit import clock
from lienthong.systems.exchange.models import Delivery


def silent() -> QuerySet[Delivery]:
    """Documents whose receiver has not reported 01 within the time that the lawbook gives, oldest first (EX-28)."""
    limit = lawbook.get("exchange.receipt_alert")
    oldest = clock.now() - timedelta(**{f"{limit.unit.value}s": limit.n})
    rows = Delivery.objects.filter(message__kind="document", status="", queued_at__lt=oldest)
    return rows.exclude(state="dead").order_by("queued_at")


def tell_silent() -> int:
    """Tell the sender's people of every silent delivery, each once; returns how many notices were written."""
    told = 0
    for row in silent().select_related("message").iterator():
        told += notify.tell(
            positions_with("exchange:message:read", row.agency_id),
            event=f"exchange:silent:{row.pk}:{row.queued_at.isoformat()}",
            kind="exchange.silent",
            text=f"{row.addressed_name} chưa báo đã nhận văn bản {row.message.code}",
            ref=ref_of(row.message),
        )
    return told


def tell_dead(row: Delivery) -> None:
    """Tell the sender's people that a delivery has ended without success, and why."""
    notify.tell(
        positions_with("exchange:message:read", row.agency_id),
        event=f"exchange:dead:{row.pk}:{row.attempts}",
        kind="exchange.dead",
        text=f"Không gửi được {row.message.code} tới {row.addressed_name}: {row.error}",
        ref=ref_of(row.message),
        urgent=row.priority > 0,
    )

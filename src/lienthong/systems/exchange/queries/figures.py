"""Figures of the axis: queries on the log that reconcile to the unit; packets and deliveries counted apart (EX-55)."""

from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

from django.db.models import Count, Exists, OuterRef, Q

from lienthong.contracts.actor import Actor
from lienthong.systems.exchange import policies
from lienthong.systems.exchange.models import Delivery, StatusLine


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What became of the documents that an agency sent in a time: counts of packets, of deliveries, and of ends."""

    packets: int
    deliveries: int
    delivered: int
    accepted: int
    refused: int
    awaiting_clerk: int
    undelivered: int

    def percent(self, part: int) -> Decimal | None:
        """A part of all deliveries in per cent, rounded half up to two digits; None while there is none (CORE-94)."""
        if not self.deliveries:
            return None
        return (Decimal(part * 100) / self.deliveries).quantize(Decimal("0.01"), ROUND_HALF_UP)


def sent(actor: Actor, since: datetime, until: datetime) -> Sent:
    """The figures of documents sent from `since` up to `until` (V-OPS-1): one query over the deliveries."""
    rows = Delivery.objects.filter(
        message__kind="document", message__created_at__gte=since, message__created_at__lt=until
    )
    arrived = Exists(StatusLine.objects.filter(delivery=OuterRef("pk"), code="01", effect__in=["applied", "late"]))
    found = (
        policies.DeliveryPolicy()
        .scope(actor, rows)
        .annotate(arrived=arrived)
        .aggregate(
            packets=Count("message", distinct=True),
            deliveries=Count("pk"),
            delivered=Count("pk", filter=Q(arrived=True)),
            accepted=Count("pk", filter=Q(status__in=["accepted", "assigned", "processing", "done"])),
            refused=Count("pk", filter=Q(status="refused")),
            awaiting_clerk=Count("pk", filter=Q(status="arrived")),
            undelivered=Count("pk", filter=Q(arrived=False)),
        )
    )
    return Sent(**found)

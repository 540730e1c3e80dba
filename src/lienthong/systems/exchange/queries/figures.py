"""Figures of the axis: queries on the log that reconcile to the unit; packets and deliveries counted apart (EX-55)."""

from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db.models import Aggregate, Count, Exists, F, FloatField, OuterRef, Q, QuerySet
from django.db.models.functions import Extract, TruncDate

from lienthong.contracts.actor import Actor
from lienthong.kit import clock
from lienthong.systems.exchange import policies
from lienthong.systems.exchange.models import Delivery, StatusLine

COUNTED = ("applied", "late")


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
    return Sent(**_deliveries(actor, since, until).aggregate(**_counts()))


def _deliveries(actor: Actor, since: datetime | None, until: datetime | None) -> QuerySet[Delivery]:
    rows = Delivery.objects.filter(message__kind="document")
    if since is not None:
        rows = rows.filter(message__created_at__gte=since)
    if until is not None:
        rows = rows.filter(message__created_at__lt=until)
    arrived = Exists(StatusLine.objects.filter(delivery=OuterRef("pk"), code="01", effect__in=COUNTED))
    return policies.DeliveryPolicy().scope(actor, rows).annotate(arrived=arrived)


# What each figure counts: its code in the URL, its words, its condition. Figure and list are one query (CORE-94).
KINDS: dict[str, tuple[str, Q]] = {
    "": ("Tất cả", Q()),
    "da-toi": ("Đã tới nơi", Q(arrived=True)),
    "chua-toi": ("Chưa tới nơi", Q(arrived=False)),
    "cho-tiep-nhan": ("Chờ văn thư bên nhận", Q(status="arrived")),
    "da-tiep-nhan": ("Đã tiếp nhận", Q(status__in=["accepted", "assigned", "processing", "done"])),
    "tu-choi": ("Bị từ chối", Q(status="refused")),
}


def behind(actor: Actor, since: datetime | None, until: datetime | None, kind: str = "") -> QuerySet[Delivery]:
    """The deliveries that a figure of `sent` counts (EX-55: drill-down that reconciles to the unit)."""
    return _deliveries(actor, since, until).filter(KINDS[kind][1])


def _counts() -> dict[str, Count]:
    return {
        "packets": Count("message", distinct=True),
        "deliveries": Count("pk"),
        "delivered": Count("pk", filter=KINDS["da-toi"][1]),
        "accepted": Count("pk", filter=KINDS["da-tiep-nhan"][1]),
        "refused": Count("pk", filter=KINDS["tu-choi"][1]),
        "awaiting_clerk": Count("pk", filter=KINDS["cho-tiep-nhan"][1]),
        "undelivered": Count("pk", filter=KINDS["chua-toi"][1]),
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of a breakdown: what it counts, and the same counts as the whole; the lines sum up to it."""

    key: str
    label: str
    figures: Sent


def by_receiver(actor: Actor, since: datetime, until: datetime) -> list[Row]:
    """The figures of each receiver, the busiest first (EX-55)."""
    grouped = _deliveries(actor, since, until).values("addressed_code", "addressed_name").annotate(**_counts())
    rows: list[dict[str, Any]] = [dict(row) for row in grouped]
    found = [Row(key=row.pop("addressed_code"), label=row.pop("addressed_name"), figures=Sent(**row)) for row in rows]
    return sorted(found, key=lambda each: (-each.figures.deliveries, each.label))


def by_day(actor: Actor, since: datetime, until: datetime) -> list[Row]:
    """The figures of each legal day, in order (EX-55, CORE-14)."""
    day = TruncDate("message__created_at", tzinfo=clock.LEGAL_ZONE)
    grouped = _deliveries(actor, since, until).annotate(day=day).values("day").annotate(**_counts()).order_by("day")
    rows: list[dict[str, Any]] = [dict(row) for row in grouped]
    found = []
    for row in rows:
        on = row.pop("day")
        found.append(Row(key=on.isoformat(), label=f"{on:%d/%m/%Y}", figures=Sent(**row)))
    return found


@dataclass(frozen=True, slots=True)
class Delay:
    """How long receivers took from the sending to a status: how many did, the median and the slow end, in seconds."""

    code: str
    count: int
    median: float | None
    p95: float | None


def delays(actor: Actor, since: datetime, until: datetime) -> list[Delay]:
    """The time to 01, 03 and 06, measured by this node's clock (EX-55)."""
    lines = StatusLine.objects.filter(
        delivery__in=_deliveries(actor, since, until), code__in=("01", "03", "06"), effect__in=COUNTED
    )
    took = Extract(F("recorded_at") - F("delivery__message__created_at"), "epoch")
    rows = (
        lines.annotate(took=took)
        .values("code")
        .annotate(count=Count("pk"), median=Percentile("took", fraction=0.5), p95=Percentile("took", fraction=0.95))
    )
    return [Delay(row["code"], row["count"], row["median"], row["p95"]) for row in rows.order_by("code")]


class Percentile(Aggregate):
    """PostgreSQL's continuous percentile."""

    function = "percentile_cont"
    template = "%(function)s(%(fraction)s) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = FloatField()

    def __init__(self, expression: str, *, fraction: float) -> None:
        super().__init__(expression, fraction=fraction)

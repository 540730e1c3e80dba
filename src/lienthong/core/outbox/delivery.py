"""Delivering messages: one transaction a delivery; the row lock is the lease."""

import logging
import threading
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import models, transaction

from lienthong.core import fence
from lienthong.core.jobs.execution import back_off
from lienthong.core.jobs.wake import wake
from lienthong.core.outbox.messages import CHANNEL, Message, handler_named
from lienthong.kit import clock

if TYPE_CHECKING:
    from lienthong.core.outbox.models import OutboxDelivery

logger = logging.getLogger("lienthong.outbox")

# With the pauses of back_off: the last attempt comes about 1.5 hours after the first.
MAX_ATTEMPTS = 15


@dataclass(frozen=True, slots=True)
class Health:
    """What an operator is shown and warned of (CORE-98): counts, and the age in seconds of the oldest due delivery."""

    waiting: int
    dead: int
    oldest_seconds: float


def drain(limit: int = 10_000, stop: threading.Event | None = None) -> int:
    """Deliver what is due now, oldest first; returns how many deliveries were tried."""
    for count in range(limit):
        if (stop is not None and stop.is_set()) or not _deliver_next():
            return count
    return limit


def _deliver_next() -> bool:
    from lienthong.core.outbox.models import OutboxDelivery

    with transaction.atomic():
        delivery = (
            OutboxDelivery.objects.select_for_update(skip_locked=True, of=("self",))
            .select_related("message")
            .filter(state="waiting", run_at__lte=clock.now())
            .order_by("run_at", "id")
            .first()
        )
        if delivery is None:
            return False
        delivery.attempts += 1
        try:
            with transaction.atomic():
                _call(delivery)
        except Exception as fault:
            logger.exception("outbox: %s failed on message %s", delivery.handler, delivery.message_id)
            delivery.error = f"{type(fault).__name__}: {fault}"[:2000]
            delivery.run_at = clock.now() + back_off(delivery.attempts)
            if delivery.attempts >= MAX_ATTEMPTS:
                delivery.state, delivery.done_at = delivery.State.DEAD, clock.now()
        else:
            delivery.state, delivery.done_at, delivery.error = delivery.State.DONE, clock.now(), ""
        delivery.save(update_fields=["state", "attempts", "run_at", "error", "done_at"])
    return True


def _call(delivery: "OutboxDelivery") -> None:
    handler = handler_named(delivery.handler)
    if handler is None:
        # An older node during a rolling upgrade: the delivery waits for one that knows the handler.
        raise LookupError(f"Phiên bản đang chạy không có nơi nhận “{delivery.handler}”.")
    row = delivery.message
    with fence.agency(row.agency_id):
        handler(Message(row.pk, row.kind, row.payload, row.agency_id, row.key, row.created_at))


def dead_letters() -> "models.QuerySet[OutboxDelivery]":
    """Deliveries that gave up, newest first, with their messages; `error` is the reason."""
    return _model().objects.filter(state="dead").select_related("message").order_by("-done_at")


def requeue(delivery_id: int) -> bool:
    """Deliver a dead letter anew with its full number of attempts; False when it is none."""
    with transaction.atomic():
        dead = _model().objects.filter(pk=delivery_id, state="dead")
        moved = dead.update(state="waiting", attempts=0, run_at=clock.now(), done_at=None)
        wake(CHANNEL)
    return bool(moved)


def discard(delivery_id: int, reason: str) -> bool:
    """Give a dead letter up for good; the reason is kept beside the fault. False when it is none."""
    with transaction.atomic():
        delivery = _model().objects.select_for_update().filter(pk=delivery_id, state="dead").first()
        if delivery is None:
            return False
        delivery.state = delivery.State.DISCARDED
        delivery.error = f"{delivery.error}\nĐã bỏ: {reason}"
        delivery.save(update_fields=["state", "error"])
    return True


def health() -> Health:
    """How the outbox stands now."""
    moment = clock.now()
    rows = _model().objects
    oldest = rows.filter(state="waiting", run_at__lte=moment).aggregate(models.Min("run_at"))["run_at__min"]
    return Health(
        waiting=rows.filter(state="waiting").count(),
        dead=rows.filter(state="dead").count(),
        oldest_seconds=(moment - oldest).total_seconds() if oldest else 0.0,
    )


def purge(keep: timedelta = timedelta(days=30)) -> int:
    """Delete messages older than `keep` whose deliveries have all ended well; returns how many rows went."""
    from lienthong.core.outbox.models import OutboxDelivery, OutboxMessage

    pending = OutboxDelivery.objects.filter(message=models.OuterRef("pk"), state__in=["waiting", "dead"])
    old = OutboxMessage.objects.filter(created_at__lt=clock.now() - keep).exclude(models.Exists(pending))
    return old.delete()[0]


def _model() -> "type[OutboxDelivery]":
    from lienthong.core.outbox.models import OutboxDelivery

    return OutboxDelivery

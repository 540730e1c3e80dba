"""How the receivers of a sent document stand, in words (EX-25, exchange.md §3.5)."""

from uuid import UUID

from lienthong.contracts.exchange import ReceiverState
from lienthong.contracts.ref import Ref
from lienthong.kit.edxml import code_lists
from lienthong.systems.exchange.models import Delivery, StatusLine
from lienthong.systems.exchange.states import DELIVERY, STATE_LABEL, gap_sentence


def receivers(source: Ref) -> list[ReceiverState]:
    """The state of each receiver of a sent document, in the order of sending; the newest sending to each counts."""
    rows = (
        Delivery.objects.filter(message__source=str(source), message__kind="document")
        .select_related("message")
        .order_by("queued_at", "order")
    )
    newest = {row.addressed_unit_id or row.pk: row for row in rows}
    return [receiver_state(row) for row in newest.values()]


def receiver_state(row: Delivery) -> ReceiverState:
    """One receiver: what it reported, or how far the transport is while it has reported nothing."""
    if row.status:
        label, tone, _ = STATE_LABEL[row.status]
        state, since = row.status, row.status_since or row.state_since
    else:
        shown = DELIVERY.by_code[row.state]
        waiting = row.state == "queued" and row.failures > 0
        label = (
            "Đang thử gửi lại" if waiting else ("Đã giao, chờ xác nhận" if row.state == "delivered" else shown.label)
        )
        state, tone, since = f"transport:{row.state}", "warn" if waiting else shown.tone, row.state_since
    return ReceiverState(
        delivery_id=row.pk,
        code=row.addressed_code,
        name=row.addressed_name,
        unit_id=row.addressed_unit_id,
        state=state,
        state_label=label,
        tone=tone,
        since=since,
        reason=row.status_reason if row.status else "",
        gap=gap_sentence(row.gap.split(",")) if row.gap else "",
        receipt=row.receipt_id is not None,
        attempts=row.attempts,
        next_attempt_at=row.next_attempt_at if row.state == "queued" and row.failures else None,
        error=row.error if row.state != "delivered" else "",
    )


def timeline(delivery_id: UUID) -> list[dict[str, object]]:
    """The statuses of one delivery (sender's) or received document (receiver's), oldest first."""
    labels = code_lists()["status"]
    lines = StatusLine.objects.filter(delivery_id=delivery_id) | StatusLine.objects.filter(received_id=delivery_id)
    return [
        {
            "code": line.code,
            "label": labels.label(line.code),
            "at": line.at or line.recorded_at,
            "by": ", ".join(
                part for part in (line.staff.get("name") or line.staff.get("by"), line.staff.get("department")) if part
            ),
            "description": line.description,
            "flagged": line.flag,
            "effect": line.effect,
        }
        for line in lines.order_by("recorded_at", "seq", "id")
    ]

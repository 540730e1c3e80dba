"""Deliveries: claimed in batches under a lease, ended by a receipt, a retry or the dead letters (EX-45, CORE-88)."""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4

from django.db import connection

from lienthong.contracts.actor import Actor
from lienthong.core.actions import Act, action
from lienthong.core.actions.errors import Conflict
from lienthong.core.jobs.wake import wake
from lienthong.kit import clock
from lienthong.systems.exchange import alerts, law, receipts
from lienthong.systems.exchange.actions.send import CHANNEL
from lienthong.systems.exchange.actions.statuses import tell_source
from lienthong.systems.exchange.codes import Class, Refused
from lienthong.systems.exchange.models import Delivery
from lienthong.systems.exchange.policies import OPERATE
from lienthong.systems.exchange.queries import routes

BATCH = 100
LEASE = timedelta(minutes=2)

# The urgent ones overtake (EX-47); a lease that ran out belongs to a worker that died (F-CORE-27). The route is taken
# anew at each attempt, so that no packet leaves by an old way (EX-53).
_CLAIM = """
UPDATE exchange_delivery SET lease = %(lease)s, lease_until = %(until)s, attempts = attempts + 1
WHERE id IN (
    SELECT id FROM exchange_delivery
    WHERE state = 'queued' AND next_attempt_at <= %(now)s AND (lease_until IS NULL OR lease_until < %(now)s)
    ORDER BY priority DESC, next_attempt_at
    LIMIT %(batch)s FOR UPDATE SKIP LOCKED
)
RETURNING id
"""


@dataclass(frozen=True, slots=True)
class Claim:
    """Deliveries that one worker holds until its lease ends; the lease fences off whoever comes late."""

    lease: UUID
    ids: tuple[UUID, ...]


def claim(batch: int = BATCH) -> Claim:
    """Take up to `batch` due deliveries, the most urgent first; many workers may do so at once."""
    now = clock.now()
    lease = uuid4()
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, {"lease": lease, "until": now + LEASE, "now": now, "batch": batch})
        return Claim(lease, tuple(row[0] for row in cursor.fetchall()))


def renew(claim: Claim, ids: Sequence[UUID]) -> bool:
    """Prolong the lease right before the work; False where another worker took the rows over meanwhile."""
    rows = Delivery.objects.filter(pk__in=ids, lease=claim.lease, state="queued")
    return rows.update(lease_until=clock.now() + LEASE) == len(ids)


class LeaseLost(Exception):
    """Another worker holds the delivery by now; what was done here must not count."""


@action("exchange:delivery:deliver", on=Delivery)
def deliver(act: Act[Delivery], *, lease: UUID, signed: receipts.Signed, note: str = "") -> None:
    """The receiver answered with its signed receipt: effect and acknowledgement commit together (EX-42)."""
    row = act.target
    _own(row, lease)
    _store_receipt(row, signed)
    act.note(receipt=row.receipt_id, attempts=row.attempts, note=note)
    tell_source(row)


@action("exchange:delivery:repair", on=Delivery)
def repair(act: Act[Delivery], *, signed: receipts.Signed) -> None:
    """A receipt that comes late, by whatever way, sets the sender's view right (EX-42)."""
    _store_receipt(act.target, signed)
    act.note(receipt=act.target.receipt_id)


def _store_receipt(row: Delivery, signed: receipts.Signed) -> None:
    message = row.message
    row.receipt = receipts.hold(signed, agency_id=row.agency_id, message=message, addressed_code=row.addressed_code)
    row.delivered_at = clock.now()
    # Who took it: a successor where the receiver was merged while the packet waited (EX-53).
    row.unit_id = routes.find(row.addressed_code).unit_id or row.unit_id
    row.lease, row.lease_until, row.next_attempt_at = None, None, None
    row.error_class, row.error_code, row.error = "", "", ""


@action("exchange:delivery:postpone", on=Delivery)
def postpone(act: Act[Delivery], *, lease: UUID, code: str, detail: str) -> None:
    """A transient fault: the next attempt comes after a growing wait (EX-45, V-RT-1)."""
    row = act.target
    _own(row, lease)
    row.failures += 1
    at = law.schedule().next(
        failures=row.failures,
        began=row.queued_at,
        now=clock.now(),
        chance=random.random(),  # noqa: S311 only spreads load
    )
    row.next_attempt_at = at or row.next_attempt_at
    row.lease, row.lease_until = None, None
    row.error_class, row.error_code, row.error = Delivery.ErrorClass.TRANSIENT, code, detail
    act.note(failures=row.failures, error=code, next=at)


@action("exchange:delivery:give_up", on=Delivery)
def give_up(act: Act[Delivery], *, lease: UUID, code: str, detail: str, permanent: bool) -> None:
    """Trying ends: a permanent error at once, a transient one after a day; the reason stays in words (V-RT-2)."""
    row = act.target
    _own(row, lease)
    row.failures += 1
    row.lease, row.lease_until, row.next_attempt_at = None, None, None
    row.error_class = Delivery.ErrorClass.PERMANENT if permanent else Delivery.ErrorClass.TRANSIENT
    row.error_code, row.error = code, detail
    act.note(failures=row.failures, error=code, detail=detail)
    alerts.tell_dead(row)
    tell_source(row)


def fail(row: Delivery, *, lease: UUID, refused: Refused, by: Actor) -> None:
    """Record a failed attempt as what it is: worth another one, or over."""
    ends = law.schedule().next(failures=row.failures + 1, began=row.queued_at, now=clock.now(), chance=0.5) is None
    code, detail = refused.problem.code, refused.detail
    if refused.problem.kind is Class.PERMANENT or ends:
        give_up(by=by, target=row, lease=lease, code=code, detail=detail, permanent=refused.permanent)
    else:
        postpone(by=by, target=row, lease=lease, code=code, detail=detail)


@action("exchange:delivery:requeue", on=Delivery, across=OPERATE)
def requeue(act: Act[Delivery]) -> None:
    """Try a dead letter anew, from the first wait, by the way that is right today."""
    row = act.target
    peer = routes.peer_of(row.unit_id) if row.unit_id else None
    if peer is None:
        raise Conflict("Bên nhận không còn kết nối với trục; không gửi lại được.", "not_connected")
    now = clock.now()
    row.peer = peer
    row.failures = 0
    row.queued_at = row.next_attempt_at = now
    row.error_class, row.error_code, row.error = "", "", ""
    act.note(peer=peer.code)
    wake(CHANNEL)


def requeue_all(rows: Iterable[Delivery], *, by: Actor) -> tuple[int, list[tuple[Delivery, str]]]:
    """Try many dead letters anew, each by its own act; how many went, and why the others did not (EX-45)."""
    gone, left = 0, []
    for row in rows:
        try:
            requeue(by=by, target=row)
            gone += 1
        except Conflict as refused:
            left.append((row, refused.message))
    return gone, left


def _own(row: Delivery, lease: UUID) -> None:
    if row.lease != lease:
        raise LeaseLost(row.pk)

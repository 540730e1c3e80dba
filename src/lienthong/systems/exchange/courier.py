"""The courier: takes due deliveries to their peers, this node among them by the same way (EX-39, EX-45, EX-69)."""

import logging
import threading
from collections import defaultdict

import psycopg
from django.db import InterfaceError, OperationalError, connection, transaction

from lienthong.contracts.actor import Actor, system_actor
from lienthong.core import fence
from lienthong.core.jobs.wake import Listener
from lienthong.kit import edxml
from lienthong.systems.exchange import checkpoints, memory, storage, transport
from lienthong.systems.exchange.actions import deliveries, inbox
from lienthong.systems.exchange.actions.inbox import Answer
from lienthong.systems.exchange.actions.send import CHANNEL
from lienthong.systems.exchange.codes import BY_CODE, Refused
from lienthong.systems.exchange.inbound import Envelope
from lienthong.systems.exchange.models import Delivery, Peer
from lienthong.systems.exchange.queries import routes

logger = logging.getLogger("lienthong.exchange")

POLL_SECONDS = 0.5
_AWAY = (OperationalError, InterfaceError, psycopg.OperationalError)


def run(stop: threading.Event) -> None:
    """Deliver until told to stop: wakes on a commit that queued something, polls as well."""
    listener = Listener(CHANNEL)
    while not stop.is_set():
        try:
            if not work():
                listener.wait(POLL_SECONDS)
        except _AWAY as fault:
            logger.warning("courier: the database is away (%s)", fault)
            listener.close()
            connection.close()
            stop.wait(1.0)
    listener.close()
    connection.close()


def work(batch: int = deliveries.BATCH) -> int:
    """Take one batch of due deliveries where they belong; returns how many were tried."""
    with fence.node("exchange.courier"):
        claim = deliveries.claim(batch)
        if not claim.ids:
            return 0
        checkpoints.reached("courier.claimed")
        with memory.scope():
            _carry_all(claim)
        return len(claim.ids)


def _carry_all(claim: deliveries.Claim) -> None:
    rows = Delivery.objects.filter(pk__in=claim.ids).select_related("message", "peer")
    groups: dict[tuple[object, object], list[Delivery]] = defaultdict(list)
    for row in rows.order_by("-priority", "queued_at", "order"):
        unit = routes.find(row.addressed_code).unit_id or row.unit_id
        peer = (routes.peer_of(unit) if unit else None) or row.peer
        row.peer = peer
        groups[row.message_id, peer.pk].append(row)
    for group in groups.values():
        memory.renew()
        if deliveries.renew(claim, [row.pk for row in group]):
            _carry(group, claim)


def _carry(group: list[Delivery], claim: deliveries.Claim) -> None:
    """One packet to one peer, for all receivers there. A fault of one group leaves the others alone (EX-45)."""
    peer = group[0].peer
    try:
        if peer.kind == Peer.Kind.LOCAL:
            _carry_here(group, claim)
        else:
            answer = transport.post(group)
            checkpoints.reached("courier.answered")
            with transaction.atomic():
                _settle(group, claim, answer)
    except Refused as refused:
        _fail_all(group, claim, refused)
    except deliveries.LeaseLost:
        logger.warning("courier: %s is in other hands by now", group[0].message_id)
    except Exception as fault:
        if isinstance(fault, _AWAY) and not connection.is_usable():
            raise
        logger.exception("courier: %s to %s failed", group[0].message_id, peer.code)
        _fail_all(group, claim, Refused("unavailable", "Lỗi khi chuyển gói tin; sẽ được gửi lại."))


def _carry_here(group: list[Delivery], claim: deliveries.Claim) -> None:
    """Effect at the receivers and acknowledgement at the sender commit together: both lie in this database."""
    message = group[0].message
    envelope = Envelope(
        peer=group[0].peer,
        transport_id=message.pk,
        claimed_from=message.from_code,
        to=tuple(row.addressed_code for row in group) if message.kind == "document" else (),
        seq=message.seq,
    )
    try:
        stream = storage.read(message.packet_sha256)
    except FileNotFoundError:
        raise Refused("unavailable", "Không đọc được gói tin đã lưu.") from None
    kept = storage.Kept(message.packet_sha256, message.packet_size)
    with stream, inbox.prepare(stream, envelope, kept=kept) as ready, transaction.atomic():
        answer = inbox.take(ready)
        _settle(group, claim, answer)
        checkpoints.reached("courier.before_commit")
    checkpoints.reached("courier.after_commit")


def _settle(group: list[Delivery], claim: deliveries.Claim, answer: Answer) -> None:
    """Turn the answers into what each delivery becomes."""
    answers = inbox.codes_of(answer.results)
    for row in group:
        found = answers.get(edxml.organ_key(row.addressed_code))
        if found is None and len(answer.results) == 1:
            found = answer.results[0]
        by = _courier_of(row)
        if found is not None and found.receipt is not None and found.problem is None:
            deliveries.deliver(by=by, target=row, lease=claim.lease, signed=found.receipt, note=found.note)
            continue
        problem = found.problem if found is not None and found.problem else BY_CODE["unavailable"]
        detail = found.detail if found is not None else "Bên nhận không trả lời cho đơn vị này."
        deliveries.fail(row, lease=claim.lease, refused=Refused(problem.code, detail), by=by)


def _fail_all(group: list[Delivery], claim: deliveries.Claim, refused: Refused) -> None:
    for row in group:
        try:
            deliveries.fail(row, lease=claim.lease, refused=refused, by=_courier_of(row))
        except deliveries.LeaseLost:
            continue


def _courier_of(row: Delivery) -> Actor:
    return system_actor("exchange", agency_id=row.agency_id)

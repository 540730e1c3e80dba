"""Lists of the axis inside the actor's scope: keyset pages, the node's queue, what is overdue (EX-28, 49, 51)."""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from django.db.models import Model, Q, QuerySet

from lienthong.contracts.actor import Actor
from lienthong.kit import edxml
from lienthong.kit.numbering import number_key
from lienthong.systems.exchange import policies
from lienthong.systems.exchange.models import Delivery, Held, Message, Peer, Received, StatusLine

PAGE = 50
LARGEST = 200


class BadCursor(ValueError):
    """The cursor is none of ours."""


@dataclass(frozen=True, slots=True)
class Page[T]:
    """One page, newest first; `next` is the opaque cursor of the page behind it, empty at the end (EX-49)."""

    rows: Sequence[T]
    next: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What a person looks for (EX-51): any part of document id, number, organisation, message id, time, or a state."""

    text: str = ""
    state: str = ""
    status: str = ""
    since: datetime | None = None
    until: datetime | None = None
    priority: int | None = None
    kinds: tuple[str, ...] = field(default=("document",))


def sent(actor: Actor, filters: Filters = Filters(), cursor: str = "", limit: int = PAGE) -> Page[Message]:
    """What the agency sent, newest first."""
    rows = policies.MessagePolicy().scope(actor, Message.objects.filter(kind__in=filters.kinds))
    rows = _between(rows, "created_at", filters)
    if filters.priority is not None:
        rows = rows.filter(priority=filters.priority)
    if filters.state:
        rows = rows.filter(deliveries__state=filters.state).distinct()
    if filters.status:
        rows = rows.filter(deliveries__status=filters.status).distinct()
    if filters.text:
        organ = Q(deliveries__addressed_name__icontains=filters.text) | Q(
            deliveries__addressed_code__iexact=filters.text.strip()
        )
        rows = rows.filter(_document(filters.text, "pk") | organ).distinct()
    return _page(rows, "created_at", cursor, limit)


def received(actor: Actor, filters: Filters = Filters(), cursor: str = "", limit: int = PAGE) -> Page[Received]:
    """What the agency received, newest first."""
    rows = policies.ReceivedPolicy().scope(actor, Received.objects.all())
    rows = _between(rows, "received_at", filters)
    if filters.priority is not None:
        rows = rows.filter(priority=filters.priority)
    if filters.state or filters.status:
        rows = rows.filter(state=filters.status or filters.state)
    if filters.text:
        organ = Q(from_name__icontains=filters.text) | Q(from_code=edxml.organ_key(filters.text))
        rows = rows.filter(_document(filters.text, "transport_id") | organ)
    return _page(rows, "received_at", cursor, limit)


def deliveries_of(message: Message) -> QuerySet[Delivery]:
    """The receivers of a sent packet, in the order of sending."""
    return message.deliveries.select_related("message", "receipt", "peer").order_by("order")


def lines_of(row: Delivery | Received) -> QuerySet[StatusLine]:
    """The timeline of one (document, receiver), oldest first."""
    return row.lines.order_by("recorded_at", "seq", "id")


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueLine:
    """A delivery as the node's operator sees it: where it goes, what is wrong; no content (CORE-108)."""

    id: UUID
    from_code: str
    to_code: str
    peer: str
    kind: str
    state: str
    priority: int
    queued_at: datetime
    attempts: int
    next_attempt_at: datetime | None
    error_class: str
    error_code: str
    error: str


def queue(actor: Actor, state: Literal["queued", "dead"] = "queued", limit: int = LARGEST) -> list[QueueLine]:
    """What waits or lies dead, the oldest first, for the operator of all agencies, for others of their own."""
    rows = policies.DeliveryPolicy().scope(actor, Delivery.objects.filter(state=state))
    return [
        QueueLine(
            id=row.pk,
            from_code=row.message.from_code,
            to_code=row.addressed_code,
            peer=row.peer.name,
            kind=row.message.kind,
            state=row.state,
            priority=row.priority,
            queued_at=row.queued_at,
            attempts=row.attempts,
            next_attempt_at=row.next_attempt_at,
            error_class=row.error_class,
            error_code=row.error_code,
            error=row.error,
        )
        for row in rows.select_related("message", "peer").order_by("queued_at")[:limit]
    ]


def peers(actor: Actor) -> QuerySet[Peer]:
    """The connections of the node, for its operator (EX-54)."""
    return policies.PeerPolicy().scope(actor, Peer.objects.order_by("name"))


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerHealth:
    """How a connection fares: last words in both directions, what waits, the last fault, the end of its newest key."""

    peer: Peer
    last_received_at: datetime | None
    last_delivered_at: datetime | None
    waiting: int
    dead: int
    last_error: str
    last_error_code: str
    key_ends_at: datetime | None


def health(actor: Actor) -> list[PeerHealth]:
    """Every connection with its health, those in trouble first (EX-54)."""
    return sorted(
        (_health(peer) for peer in peers(actor)), key=lambda each: (-each.dead, -each.waiting, each.peer.name)
    )


def _health(peer: Peer) -> PeerHealth:
    rows = Delivery.objects.filter(peer=peer)
    heard = [
        Received.objects.filter(peer=peer).order_by("-received_at").values_list("received_at", flat=True).first(),
        StatusLine.objects.filter(peer=peer).order_by("-recorded_at").values_list("recorded_at", flat=True).first(),
    ]
    wrong = rows.exclude(error="").order_by("-state_since").first()
    key = peer.keys.filter(revoked_at__isnull=True).order_by("-valid__startswith").first()
    return PeerHealth(
        peer=peer,
        last_received_at=max((at for at in heard if at is not None), default=None),
        last_delivered_at=rows.filter(state="delivered")
        .order_by("-delivered_at")
        .values_list("delivered_at", flat=True)
        .first(),
        waiting=rows.filter(state="queued").count(),
        dead=rows.filter(state="dead").count(),
        last_error=wrong.error if wrong else "",
        last_error_code=wrong.error_code if wrong else "",
        key_ends_at=key.valid.upper if key else None,
    )


def held(actor: Actor) -> QuerySet[Held]:
    """What waits in quarantine, for the operator."""
    return policies.HeldPolicy().scope(actor, Held.objects.filter(closed_at__isnull=True)).order_by("held_at")


def _document(text: str, ident: str) -> Q:
    key = number_key(text)
    found = Q(document_id=edxml.document_key(text.strip())) | Q(subject__icontains=text)
    if key:
        found |= Q(code_key__contains=key)
    try:
        found |= Q(**{ident: UUID(text.strip())})
    except ValueError:
        pass
    return found


def _between[M: Model](rows: QuerySet[M], name: str, filters: Filters) -> QuerySet[M]:
    if filters.since is not None:
        rows = rows.filter(**{f"{name}__gte": filters.since})
    if filters.until is not None:
        rows = rows.filter(**{f"{name}__lt": filters.until})
    return rows


def page_of[M: Model](rows: QuerySet[M], name: str, cursor: str = "") -> Page[M]:
    """One page of any rows of the axis, newest first by the instant `name`; a broken cursor begins anew."""
    try:
        return _page(rows, name, cursor, PAGE)
    except BadCursor:
        return _page(rows, name, "", PAGE)


def _page[M: Model](rows: QuerySet[M], name: str, cursor: str, limit: int) -> Page[M]:
    count = max(1, min(limit, LARGEST))
    if cursor:
        at, ident = _read_cursor(cursor)
        rows = rows.filter(Q(**{f"{name}__lt": at}) | Q(**{name: at, "pk__lt": ident}))
    found = list(rows.order_by(f"-{name}", "-pk")[: count + 1])
    if len(found) <= count:
        return Page(found)
    last: Any = found[count - 1]
    return Page(found[:count], _cursor(getattr(last, name), last.pk))


def _cursor(at: datetime, ident: UUID) -> str:
    return base64.urlsafe_b64encode(json.dumps([at.isoformat(), str(ident)]).encode()).decode()


def _read_cursor(cursor: str) -> tuple[datetime, UUID]:
    try:
        at, ident = json.loads(base64.urlsafe_b64decode(cursor.encode()))
        return datetime.fromisoformat(at), UUID(ident)
    except (ValueError, TypeError, AttributeError):
        raise BadCursor("Dấu trang không hợp lệ; hãy mở lại danh sách.") from None

"""The axis by API: hand-over between nodes, lists, receipts, evidence, the check of a packet (EX-38, EX-66)."""

import base64
from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO, Literal, cast
from uuid import UUID

from django.db.models import Q
from django.http import FileResponse, HttpRequest, HttpResponse, JsonResponse
from ninja import Query, Router, Schema

from lienthong.contracts.actor import Actor
from lienthong.core.actions.errors import Invalid, NotSeen
from lienthong.kit import clock, edxml
from lienthong.systems.exchange import checking, policies, receipts, secrets, transport
from lienthong.systems.exchange.actions import deliveries, evidence, inbox
from lienthong.systems.exchange.codes import Refused
from lienthong.systems.exchange.inbound import Envelope
from lienthong.systems.exchange.models import Delivery, Message, Peer, PeerKey, Receipt, Received
from lienthong.systems.exchange.queries import lists, states_of
from lienthong.systems.exchange.watching import watching

router = Router(tags=["Trục liên thông"])
PACKET_BODY = {
    "requestBody": {
        "required": True,
        "description": "Gói tin edXML",
        "content": {"application/xml": {"schema": {"type": "string", "format": "binary"}}},
    }
}


# --- between systems ------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Caller:
    """A system that proved who it is, with the slip that it signed."""

    peer: Peer
    slip: transport.Slip


def peer_auth(request: HttpRequest) -> Caller:
    """A request signed with a key of a registered connection; any of its good keys will do (CORE-85, F-EX-16)."""
    slip = _slip(request)
    peer = Peer.objects.filter(code=slip.system).exclude(kind=Peer.Kind.LOCAL).first()
    now = clock.now()
    keys = PeerKey.objects.filter(peer=peer, valid__contains=now) if peer else PeerKey.objects.none()
    given = request.headers.get("LT-Signature", "")
    for key in keys.filter(Q(revoked_at__isnull=True) | Q(revoked_at__gt=now)):
        if secrets.same(given, secrets.signature(secrets.unseal(bytes(key.sealed_secret)), slip.text())):
            assert peer is not None
            return Caller(peer, slip)
    raise Refused("not_authenticated")


def _slip(request: HttpRequest) -> transport.Slip:
    head = request.headers
    try:
        seq = head.get("LT-Seq", "")
        sent_at = datetime.fromisoformat(head["LT-Time"])
        if sent_at.tzinfo is None:
            raise ValueError
        return transport.Slip(
            system=head["LT-System"],
            transport_id=UUID(head["Idempotency-Key"]),
            sha256=head["LT-Digest"],
            claimed_from=head["LT-From"],
            to=tuple(code for code in head.get("LT-To", "").split(",") if code),
            seq=int(seq) if seq else None,
            sent_at=sent_at,
        )
    except (KeyError, ValueError):
        raise Refused("not_authenticated", "Yêu cầu thiếu hoặc sai thông tin xác thực của hệ thống kết nối.") from None


@router.post("/messages", auth=peer_auth, summary="Giao một gói tin (hệ thống với hệ thống)", openapi_extra=PACKET_BODY)
def hand_over(request: HttpRequest) -> HttpResponse:
    """Take a packet in; repeats with one `Idempotency-Key` get the same receipts (V-DUP-1, V-DUP-6)."""
    caller: Caller = request.auth  # type: ignore[attr-defined]
    slip = caller.slip
    envelope = Envelope(
        peer=caller.peer,
        transport_id=slip.transport_id,
        claimed_from=slip.claimed_from,
        to=slip.to,
        seq=slip.seq,
        sent_at=slip.sent_at,
        sha256=slip.sha256,
    )
    try:
        answer = inbox.receive(cast(BinaryIO, request), envelope)
    except Refused as refused:
        return problem(refused)
    body = transport.answer_json(answer)
    failed = [each.problem for each in answer.results if each.problem is not None]
    if failed and len(failed) == len(answer.results):
        worst = max(failed, key=lambda each: each.status)
        detail = "; ".join(dict.fromkeys(each.detail for each in answer.results))
        return problem(Refused(worst.code, detail), **body)
    return JsonResponse(body)


def problem(refused: Refused, **more: Any) -> JsonResponse:
    """A refusal as RFC 9457, with every error of the packet (EX-36, EX-38)."""
    about = refused.problem
    body = {
        "type": "about:blank",
        "status": about.status,
        "code": about.code,
        "number": about.number,
        "class": about.kind.value,
        "title": about.title,
        "detail": refused.detail,
        "errors": refused.errors,
        **more,
    }
    return JsonResponse(body, status=about.status, content_type="application/problem+json")


# --- for people and their programs ------------------------------------------------------------------------------------
class DeliveryOut(Schema):
    """One receiver of a sent packet."""

    id: UUID
    code: str
    name: str
    state: str
    state_label: str
    since: datetime
    reason: str
    gap: str
    receipt: bool
    attempts: int
    next_attempt_at: datetime | None
    error: str


class LineOut(Schema):
    """One line of a timeline."""

    code: str
    label: str
    at: datetime
    by: str
    description: str
    flagged: str
    effect: str


class MessageOut(Schema):
    """A sent packet."""

    id: UUID
    document_id: str
    code: str
    subject: str
    business_type: int | None
    priority: int
    content_hash: str
    created_at: datetime


class MessageDetail(MessageOut):
    """A sent packet with its receivers."""

    receivers: list[DeliveryOut]


class ReceivedOut(Schema):
    """A received packet."""

    id: UUID
    message_id: UUID
    document_id: str
    from_code: str
    from_name: str
    code: str
    subject: str
    business_type: int
    priority: int
    state: str
    content_hash: str
    received_at: datetime
    verdict: str


class MessagePage(Schema):
    """A page of sent packets."""

    items: list[MessageOut]
    next: str


class ReceivedPage(Schema):
    """A page of received packets."""

    items: list[ReceivedOut]
    next: str


class ReceiptOut(Schema):
    """A receipt: the exact bytes that were signed and the detached CMS signature, both base64 (EX-42)."""

    facts: dict[str, Any]
    body: str
    signature: str


class Search(Schema):
    """What to look for."""

    q: str = ""
    state: str = ""
    status: str = ""
    since: datetime | None = None
    until: datetime | None = None
    priority: int | None = None
    cursor: str = ""
    limit: int = lists.PAGE

    def filters(self) -> lists.Filters:
        """As the queries take it."""
        return lists.Filters(
            text=self.q,
            state=self.state,
            status=self.status,
            since=self.since,
            until=self.until,
            priority=self.priority,
        )


@router.get("/messages", response=MessagePage, summary="Gói tin đã gửi")
def list_sent(request: HttpRequest, search: Query[Search]) -> MessagePage:
    """The packets that the agency sent, newest first."""
    try:
        page = lists.sent(_actor(request), search.filters(), search.cursor, search.limit)
    except lists.BadCursor as wrong:
        raise Invalid(str(wrong), {"cursor": str(wrong)}) from None
    return MessagePage(items=[MessageOut.from_orm(row) for row in page.rows], next=page.next)


@router.get("/messages/{ident}", response=MessageDetail, summary="Một gói tin đã gửi và từng bên nhận")
def show_sent(request: HttpRequest, ident: UUID) -> MessageDetail:
    """A sent packet with the state of each receiver."""
    row = _message(request, ident)
    receivers = [_delivery(each) for each in lists.deliveries_of(row)]
    return MessageDetail(**MessageOut.from_orm(row).dict(), receivers=receivers)


@router.get("/messages/{ident}/evidence.zip", summary="Bộ chứng cứ của gói tin đã gửi")
def sent_evidence(request: HttpRequest, ident: UUID) -> FileResponse:
    """Packet, receipts, journal entries, seals and the offline verifier in one file (EX-51)."""
    row = _message(request, ident)
    target = evidence.to_file(evidence.export_sent, by=_actor(request), target=row)
    return _download(target, f"chung-cu-{row.pk}.zip")


@router.get("/received", response=ReceivedPage, summary="Văn bản nhận qua trục")
def list_received(request: HttpRequest, search: Query[Search]) -> ReceivedPage:
    """The packets that the agency received, newest first."""
    try:
        page = lists.received(_actor(request), search.filters(), search.cursor, search.limit)
    except lists.BadCursor as wrong:
        raise Invalid(str(wrong), {"cursor": str(wrong)}) from None
    return ReceivedPage(items=[_received(row) for row in page.rows], next=page.next)


@router.get("/received/{ident}/evidence.zip", summary="Bộ chứng cứ của văn bản đã nhận")
def received_evidence(request: HttpRequest, ident: UUID) -> FileResponse:
    """The same for a received packet, with the receipt that was given."""
    row = policies.ReceivedPolicy().scope(_actor(request), Received.objects.filter(pk=ident)).first()
    if row is None:
        raise NotSeen("văn bản nhận qua trục")
    target = evidence.to_file(evidence.export_received, by=_actor(request), target=row)
    return _download(target, f"chung-cu-{row.pk}.zip")


@router.get("/timelines/{ident}", response=list[LineOut], summary="Diễn biến trạng thái ở một bên nhận")
def timeline(request: HttpRequest, ident: UUID) -> list[dict[str, object]]:
    """The statuses of a delivery, or of a received document, oldest first."""
    actor = _actor(request)
    known = (
        policies.DeliveryPolicy().scope(actor, Delivery.objects.filter(pk=ident, agency_id=actor.agency_id)).exists()
        or policies.ReceivedPolicy().scope(actor, Received.objects.filter(pk=ident)).exists()
    )
    if not known:
        raise NotSeen("lượt gửi")
    return states_of.timeline(ident)


@router.get("/receipts/{ident}", response=ReceiptOut, summary="Biên nhận đã ký của một lượt gửi hoặc văn bản đã nhận")
def receipt(request: HttpRequest, ident: UUID) -> ReceiptOut:
    """The signed receipt of a delivery (held) or of a received document (issued)."""
    signed = receipts.of(_receipt(request, ident))
    return ReceiptOut(
        facts=signed.facts,
        body=base64.b64encode(signed.body).decode(),
        signature=base64.b64encode(signed.signature).decode(),
    )


@router.get("/receipts/{ident}/{part}", summary="Tải biên nhận: nội dung (json) hoặc chữ ký (p7s)")
def receipt_file(request: HttpRequest, ident: UUID, part: Literal["json", "p7s"]) -> HttpResponse:
    """One of the two files that the offline verifier takes."""
    signed = receipts.of(_receipt(request, ident))
    content = signed.body if part == "json" else signed.signature
    kind = "application/json" if part == "json" else "application/pkcs7-signature"
    name = f"bien-nhan-{ident}.{part}"
    return HttpResponse(content, content_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})


@router.post("/packets/check", summary="Kiểm tra gói tin", openapi_extra=PACKET_BODY)
def check(request: HttpRequest, profile: Literal["strict", "lenient"] = "strict") -> dict[str, Any]:
    """Judge a packet without sending it; nothing of it is kept (EX-66)."""
    return checking.check(cast(BinaryIO, request), edxml.Profile(profile))


@router.get("/queue", summary="Hàng chờ và thư chết")
def queue(request: HttpRequest, state: Literal["queued", "dead"] = "queued") -> list[dict[str, Any]]:
    """What waits or lies dead, without any content (CORE-108)."""
    with watching(_actor(request)):
        rows = lists.queue(_actor(request), state)
    return [{name: getattr(row, name) for name in lists.QueueLine.__dataclass_fields__} for row in rows]


@router.post("/deliveries/{ident}/requeue", response=DeliveryOut, summary="Gửi lại một lượt đã ngừng")
def requeue(request: HttpRequest, ident: UUID) -> DeliveryOut:
    """Try a dead letter anew (EX-45)."""
    with watching(_actor(request)):
        row = policies.DeliveryPolicy().scope(_actor(request), Delivery.objects.filter(pk=ident)).first()
        if row is None:
            raise NotSeen("lượt gửi")
        deliveries.requeue(by=_actor(request), target=row)
        return _delivery(row)


def _actor(request: HttpRequest) -> Actor:
    actor: Actor = request.auth  # type: ignore[attr-defined]
    return actor


def _message(request: HttpRequest, ident: UUID) -> Message:
    row = policies.MessagePolicy().scope(_actor(request), Message.objects.filter(pk=ident)).first()
    if row is None:
        raise NotSeen("gói tin")
    return row


def _receipt(request: HttpRequest, ident: UUID) -> Receipt:
    actor = _actor(request)
    own = Delivery.objects.filter(pk=ident, agency_id=actor.agency_id).select_related("receipt")
    sent = policies.DeliveryPolicy().scope(actor, own).first()
    got = policies.ReceivedPolicy().scope(actor, Received.objects.filter(pk=ident)).select_related("receipt").first()
    found = sent.receipt if sent is not None else got.receipt if got is not None else None
    if found is None:
        raise NotSeen("biên nhận")
    return found


def _delivery(row: Delivery) -> DeliveryOut:
    shown = states_of.receiver_state(row)
    return DeliveryOut(
        id=row.pk,
        code=shown.code,
        name=shown.name,
        state=shown.state,
        state_label=shown.state_label,
        since=shown.since,
        reason=shown.reason,
        gap=shown.gap,
        receipt=shown.receipt,
        attempts=shown.attempts,
        next_attempt_at=shown.next_attempt_at,
        error=shown.error,
    )


def _received(row: Received) -> ReceivedOut:
    return ReceivedOut(
        id=row.pk,
        message_id=row.transport_id,
        document_id=row.document_id,
        from_code=row.from_code,
        from_name=row.from_name,
        code=row.code,
        subject=row.subject,
        business_type=row.business_type,
        priority=row.priority,
        state=row.state,
        content_hash=row.content_hash,
        received_at=row.received_at,
        verdict=str(row.verdict.get("sentence", "")),
    )


def _download(target: Any, name: str) -> FileResponse:
    return FileResponse(target, as_attachment=True, filename=name, content_type="application/zip")

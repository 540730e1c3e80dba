"""Packets sent and received: their lists, one packet with its receivers, its original and its evidence (EX-51)."""

from typing import Any
from uuid import UUID

from django.http import FileResponse, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from lienthong.contracts.actor import Actor
from lienthong.contracts.ref import Ref
from lienthong.core.actions.errors import Forbidden, NotSeen
from lienthong.core.registry import registry
from lienthong.kit.edxml import code_lists
from lienthong.shell import messages
from lienthong.shell.components import Tab, TimelineEntry, Tone
from lienthong.shell.exports import csv_response
from lienthong.shell.guard import actor_of, holding
from lienthong.systems.exchange import policies, storage
from lienthong.systems.exchange.actions import deliveries as acts
from lienthong.systems.exchange.actions import evidence
from lienthong.systems.exchange.models import Delivery, Message, Received
from lienthong.systems.exchange.queries import figures
from lienthong.systems.exchange.queries import lists as queries
from lienthong.systems.exchange.queries.states_of import receiver_state, timeline
from lienthong.systems.exchange.states import DELIVERY, RECEIVED, STATE_LABEL
from lienthong.systems.exchange.views import lists
from lienthong.systems.exchange.watching import watched

STATUSES = {code: words[0] for code, words in STATE_LABEL.items() if code}
STATES = dict(DELIVERY.choices)
REQUEUE = "exchange:delivery:requeue"
EVIDENCE_SENT = "exchange:message:export_evidence"
EVIDENCE_RECEIVED = "exchange:received:export_evidence"
_TONES: dict[str, Tone] = {"02": "stop", "03": "ok", "06": "ok", "13": "warn", "16": "warn"}


@holding(policies.READ)
def sent(request: HttpRequest) -> HttpResponseBase:
    """What the agency sent, under the filters of the URL; `?xuat=csv` exports the same list."""
    actor = actor_of(request)
    filters = lists.read(request, STATES, STATUSES)
    if request.GET.get("xuat") == "csv":
        heads = ["Số, ký hiệu", "Trích yếu", "Mã văn bản", "Mã gói tin", "Gửi lúc", "Bên nhận", "Trạng thái"]
        return csv_response("goi-tin-di", heads, _sent_lines(actor, filters), actor)
    page = _page(queries.sent, actor, filters, request)
    rows = [(row, *_summary(list(queries.deliveries_of(row)))) for row in page.rows]
    context = {
        **_list_context(request, page.next),
        "rows": rows,
        "tabs": _tabs(request, "di"),
        "states": DELIVERY.choices,
        "statuses": STATUSES.items(),
    }
    return render(request, "exchange/sent.html", context)


def _page(query: Any, actor: Actor, filters: queries.Filters, request: HttpRequest) -> Any:
    try:
        return query(actor, filters, request.GET.get("sau", ""))
    except queries.BadCursor:
        return query(actor, filters)


def _sent_lines(actor: Actor, filters: queries.Filters) -> Any:
    cursor = ""
    while True:
        page = queries.sent(actor, filters, cursor, queries.LARGEST)
        for row in page.rows:
            for each in queries.deliveries_of(row):
                shown = receiver_state(each)
                yield [
                    row.code,
                    row.subject,
                    row.document_id,
                    row.pk,
                    f"{row.created_at:%d/%m/%Y %H:%M}",
                    each.addressed_name,
                    shown.state_label,
                ]
        if not page.next:
            return
        cursor = page.next


def _summary(rows: list[Delivery]) -> tuple[list[Delivery], list[tuple[str, str]]]:
    """The receivers, and how many of them stand how: words and tone, in the order in which they first occur."""
    counts: dict[tuple[str, str], int] = {}
    for row in rows:
        shown = receiver_state(row)
        counts[shown.state_label, shown.tone] = counts.get((shown.state_label, shown.tone), 0) + 1
    many = len(rows) > 1
    return rows, [(f"{count} {label.lower()}" if many else label, tone) for (label, tone), count in counts.items()]


def _list_context(request: HttpRequest, cursor: str) -> dict[str, Any]:
    since, until = lists.span(request)
    return {
        "chips": lists.chips(request, STATES, STATUSES),
        "filters": lists.read(request, STATES, STATUSES),
        "since": since,
        "until": until,
        "following": lists.following(request, cursor),
        "first": lists.url(request) if request.GET.get("sau") else "",
        "export": lists.url(request, xuat="csv"),
    }


def _tabs(request: HttpRequest, current: str) -> list[Tab]:
    named = (
        ("di", "Gói tin đi", "exchange:sent"),
        ("den", "Gói tin đến", "exchange:received"),
        ("luot", "Từng lượt gửi", "exchange:deliveries"),
    )
    may = actor_of(request).may(policies.READ)
    return [Tab(label, reverse(name), None, code == current) for code, label, name in named if may or code == "luot"]


@holding(policies.READ)
def received(request: HttpRequest) -> HttpResponseBase:
    """What the agency received over the axis, under the filters of the URL."""
    actor = actor_of(request)
    filters = lists.read(request, STATES, STATUSES)
    if request.GET.get("xuat") == "csv":
        heads = ["Số, ký hiệu", "Trích yếu", "Mã văn bản", "Mã gói tin", "Nhận lúc", "Bên gửi", "Trạng thái"]
        return csv_response("goi-tin-den", heads, _received_lines(actor, filters), actor)
    page = _page(queries.received, actor, filters, request)
    context = {
        **_list_context(request, page.next),
        "rows": [(row, RECEIVED.by_code[row.state]) for row in page.rows],
        "tabs": _tabs(request, "den"),
        "statuses": STATUSES.items(),
    }
    return render(request, "exchange/received_list.html", context)


def _received_lines(actor: Actor, filters: queries.Filters) -> Any:
    cursor = ""
    while True:
        page = queries.received(actor, filters, cursor, queries.LARGEST)
        for row in page.rows:
            yield [
                row.code,
                row.subject,
                row.document_id,
                row.transport_id,
                f"{row.received_at:%d/%m/%Y %H:%M}",
                row.from_name,
                row.get_state_display(),
            ]
        if not page.next:
            return
        cursor = page.next


@holding(policies.READ, policies.OPERATE)
@watched
def deliveries(request: HttpRequest) -> HttpResponseBase:
    """The deliveries behind a figure of the board; no content, so that the operator may look as well (CORE-108)."""
    actor = actor_of(request)
    since, until = lists.span(request)
    start, end = lists.instants(since, until)
    which = request.GET.get("loc", "")
    rows = figures.behind(actor, start, end, which if which in figures.KINDS else "")
    page = queries.page_of(rows.select_related("message", "peer"), "queued_at", request.GET.get("sau", ""))
    context = {
        **_list_context(request, page.next),
        "rows": [(row, receiver_state(row)) for row in page.rows],
        "tabs": _tabs(request, "luot"),
        "kinds": [
            Tab(label, lists.url(request, loc=code), None, code == which) for code, (label, _) in figures.KINDS.items()
        ],
        "reads": actor.may(policies.READ),
    }
    return render(request, "exchange/deliveries.html", context)


@holding()
def message(request: HttpRequest, ident: UUID) -> HttpResponseBase:
    """One sent packet: its parties, each receiver with attempts, errors, receipt and statuses."""
    actor = actor_of(request)
    row = _message(actor, ident)
    parts = [(each, receiver_state(each), _entries(each.pk)) for each in queries.deliveries_of(row)]
    context = {
        "message": row,
        "receivers": parts,
        "business": _business(row.business_type),
        "document_url": _document_url(actor, row.source),
        "may_evidence": actor.may(EVIDENCE_SENT),
        "may_requeue": actor.may(REQUEUE),
        "resent": Message.objects.filter(resend_of=row).first(),
        "live_topics": [f"exchange.message:{row.pk}"],
    }
    return render(request, "exchange/message.html", context)


def _entries(ident: UUID) -> list[TimelineEntry]:
    return [
        TimelineEntry(
            at=line["at"],  # type: ignore[arg-type]
            sentence=f"{line['label']} ({line['code']})",
            who=str(line["by"]),
            icon="point",
            tone=_TONES.get(str(line["code"]), "neutral") if line["effect"] == "applied" else "warn",
            quote=" ".join(str(part) for part in (line["description"], line["flagged"]) if part),
        )
        for line in reversed(timeline(ident))
    ]


def _document_url(actor: Actor, ref: str) -> str:
    """Where the document of a packet stands in its own system; empty where the reader does not see it."""
    if not ref:
        return ""
    named = Ref.parse(ref)
    kind = registry.kinds.get(named.kind)
    return kind.url(named.id) if kind is not None and kind.may_see(actor, named.id) else ""


def _business(code: int | None) -> str:
    return code_lists()["business_type"].label(str(code)) if code is not None else ""


def _message(actor: Actor, ident: UUID) -> Message:
    row = policies.MessagePolicy().scope(actor, Message.objects.filter(pk=ident)).first()
    if row is None:
        raise NotSeen("gói tin")
    return row


def _received(actor: Actor, ident: UUID) -> Received:
    rows = Received.objects.filter(pk=ident).select_related("peer", "receipt")
    row = policies.ReceivedPolicy().scope(actor, rows).first()
    if row is None:
        raise NotSeen("văn bản nhận qua trục")
    return row


@holding(policies.READ)
def received_one(request: HttpRequest, ident: UUID) -> HttpResponseBase:
    """One received packet: its sender, files, verdict, receipt and what was reported back."""
    actor = actor_of(request)
    row = _received(actor, ident)
    context = {
        "packet": row,
        "state": RECEIVED.by_code[row.state],
        "business": _business(row.business_type),
        "entries": _entries(row.pk),
        "document_url": _document_url(actor, row.target),
        "may_evidence": actor.may(EVIDENCE_RECEIVED),
    }
    return render(request, "exchange/received.html", context)


@holding(policies.READ, policies.OPERATE)
@watched
def delivery(request: HttpRequest, ident: UUID) -> HttpResponseBase:
    """Where a delivery is shown: in its packet for who may read that, else in the queue."""
    actor = actor_of(request)
    row = policies.DeliveryPolicy().scope(actor, Delivery.objects.filter(pk=ident)).first()
    if row is None:
        raise NotSeen("lượt gửi")
    if policies.MessagePolicy().scope(actor, Message.objects.filter(pk=row.message_id)).exists():
        return redirect(f"{reverse('exchange:message', args=[row.message_id])}#luot-{row.pk}")
    return redirect(f"{reverse('exchange:queue')}?xem={row.state}#luot-{row.pk}")


@holding(REQUEUE)
@require_POST
@watched
def requeue(request: HttpRequest, ident: UUID) -> HttpResponseBase:
    """Try a dead letter anew (EX-45)."""
    actor = actor_of(request)
    row = policies.DeliveryPolicy().scope(actor, Delivery.objects.filter(pk=ident)).first()
    if row is None:
        raise NotSeen("lượt gửi")
    acts.requeue(by=actor, target=row)
    messages.done(request, f"Lượt gửi tới {row.addressed_name} đã về hàng chờ; hệ thống gửi ngay.")
    return redirect("exchange:delivery", row.pk)


@holding(EVIDENCE_SENT)
def original(request: HttpRequest, ident: UUID) -> HttpResponseBase:
    """The bytes of a sent packet as they left."""
    row = _message(actor_of(request), ident)
    return _edxml(row.packet_sha256, str(row.pk))


@holding(EVIDENCE_RECEIVED)
def received_original(request: HttpRequest, ident: UUID) -> HttpResponseBase:
    """The bytes of a received packet as they came."""
    row = _received(actor_of(request), ident)
    return _edxml(row.packet_sha256, str(row.transport_id))


def _edxml(sha256: str, name: str) -> FileResponse:
    return FileResponse(
        storage.read(sha256), as_attachment=True, filename=f"goi-tin-{name}.edxml", content_type="application/xml"
    )


@holding()
def evidence_of(request: HttpRequest, ident: UUID) -> HttpResponseBase:
    """Packet, receipts, journal entries, seals and the offline verifier in one file (EX-51, CORE-76)."""
    actor = actor_of(request)
    row = _message(actor, ident)
    if not actor.may(EVIDENCE_SENT):
        raise Forbidden("Tải bộ chứng cứ")
    target = evidence.to_file(evidence.export_sent, by=actor, target=row)
    return FileResponse(target, as_attachment=True, filename=f"chung-cu-{row.pk}.zip", content_type="application/zip")


@holding(EVIDENCE_RECEIVED)
def received_evidence(request: HttpRequest, ident: UUID) -> HttpResponseBase:
    """The same for a received packet, with the receipt that was given."""
    actor = actor_of(request)
    row = _received(actor, ident)
    target = evidence.to_file(evidence.export_received, by=actor, target=row)
    return FileResponse(target, as_attachment=True, filename=f"chung-cu-{row.pk}.zip", content_type="application/zip")

"""The node's own pages: what waits or lies dead, the connections, the check of a packet."""

from typing import BinaryIO, Literal, cast
from uuid import UUID

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from lienthong.kit import edxml
from lienthong.shell import messages
from lienthong.shell.components import Tab
from lienthong.shell.guard import actor_of, holding
from lienthong.systems.exchange import checking, policies
from lienthong.systems.exchange.actions import deliveries as acts
from lienthong.systems.exchange.models import Delivery
from lienthong.systems.exchange.queries import lists as queries
from lienthong.systems.exchange.states import DELIVERY, PEER
from lienthong.systems.exchange.watching import watched

REQUEUE = "exchange:delivery:requeue"
QUEUE_TABS = (("dead", "Không gửi được"), ("queued", "Đang chờ gửi"), ("held", "Bị giữ lại"))


@holding(policies.OPERATE, REQUEUE)
@watched
def queue(request: HttpRequest) -> HttpResponseBase:
    """Dead letters and what waits, the oldest first, without any content (EX-45, CORE-108)."""
    actor = actor_of(request)
    shown = request.GET.get("xem", "dead")
    shown = shown if shown in dict(QUEUE_TABS) else "dead"
    counts = {
        state: policies.DeliveryPolicy().scope(actor, Delivery.objects.filter(state=state)).count()
        for state in ("dead", "queued")
    }
    counts["held"] = queries.held(actor).count()
    operates = actor.may(policies.OPERATE)
    context = {
        "tabs": [
            Tab(label, f"?xem={code}", counts[code], code == shown, code == "dead")
            for code, label in QUEUE_TABS
            if operates or code != "held"
        ],
        "shown": shown,
        "rows": queries.queue(actor, cast(Literal["queued", "dead"], shown)) if shown != "held" else [],
        "held": queries.held(actor).select_related("peer")[: queries.LARGEST] if shown == "held" else [],
        "state": DELIVERY.by_code.get(shown),
        "most": queries.LARGEST,
        "may_requeue": actor.may(REQUEUE),
    }
    return render(request, "exchange/queue.html", context)


@holding(REQUEUE)
@require_POST
@watched
def requeue_many(request: HttpRequest) -> HttpResponseBase:
    """Try the chosen dead letters anew; one that cannot go stops only itself."""
    actor = actor_of(request)
    chosen = [ident for text in request.POST.getlist("chon") if (ident := _uuid(text)) is not None]
    rows = policies.DeliveryPolicy().scope(actor, Delivery.objects.filter(pk__in=chosen, state="dead"))
    gone, left = acts.requeue_all(rows, by=actor)
    if gone:
        messages.done(request, f"{gone} lượt gửi đã về hàng chờ; hệ thống gửi ngay.")
    for row, why in left:
        messages.warn(request, f"Chưa gửi lại được tới {row.addressed_name}: {why}")
    if not chosen:
        messages.warn(request, "Chưa chọn lượt gửi nào. Đánh dấu các dòng cần gửi lại rồi bấm “Gửi lại”.")
    return redirect(reverse("exchange:queue"))


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


@holding(policies.OPERATE)
@watched
def peers(request: HttpRequest) -> HttpResponseBase:
    """The connections of the node with their health, those in trouble first (EX-54)."""
    rows = [(each, PEER.by_code[each.peer.state]) for each in queries.health(actor_of(request))]
    return render(request, "exchange/peers.html", {"rows": rows})


@holding(policies.READ, policies.OPERATE)
def check(request: HttpRequest) -> HttpResponseBase:
    """Judge a packet without sending it; nothing of it is kept (EX-66)."""
    profile = request.POST.get("profile", "strict")
    profile = profile if profile in {"strict", "lenient"} else "strict"
    upload = request.FILES.get("packet")
    missing = request.method == "POST" and upload is None
    result = checking.check(cast(BinaryIO, upload.file), edxml.Profile(profile)) if upload is not None else None
    context = {
        "profile": profile,
        "result": result,
        "name": upload.name if upload is not None else "",
        "missing": missing,
    }
    return render(request, "exchange/check.html", context, status=422 if missing else 200)

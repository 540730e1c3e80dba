"""The board of the axis: figures of a period, each opening its list (EX-55), and who fares badly."""

from datetime import datetime

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse

from lienthong.contracts.actor import Actor
from lienthong.kit import clock
from lienthong.shell.components import Chart, Figure, Tab
from lienthong.shell.formats import vnnumber
from lienthong.shell.guard import actor_of, holding
from lienthong.systems.exchange import policies
from lienthong.systems.exchange.models import Delivery, Received
from lienthong.systems.exchange.queries import figures
from lienthong.systems.exchange.states import BY_CODE
from lienthong.systems.exchange.views import lists
from lienthong.systems.exchange.watching import watched

RECEIVERS = 30


@holding(policies.READ, policies.OPERATE)
@watched
def board(request: HttpRequest) -> HttpResponseBase:
    """Sent, received, undelivered, unaccepted and refused of the chosen period; packets and deliveries apart."""
    actor = actor_of(request)
    code, since, until = lists.period(request)
    start, end = clock.at_local(since), clock.end_of_day(until)
    whole = figures.sent(actor, start, end)
    receivers = figures.by_receiver(actor, start, end)
    context = {
        "periods": [Tab(label, f"?ky={key}", None, key == code) for key, label, _ in lists.PERIODS],
        "figures": _figures(actor, whole, start, end, f"tu={since:%Y-%m-%d}&den={until:%Y-%m-%d}"),
        "whole": whole,
        "since": since,
        "until": until,
        "now": clock.now(),
        "receivers": receivers[:RECEIVERS],
        "more": max(0, len(receivers) - RECEIVERS),
        "delays": [
            (BY_CODE[row.code].label, row.count, _length(row.median), _length(row.p95))
            for row in figures.delays(actor, start, end)
        ],
        "chart": _chart(figures.by_day(actor, start, end)) if code != "hom-nay" else None,
        "dead": policies.DeliveryPolicy().scope(actor, Delivery.objects.filter(state="dead")).count(),
    }
    return render(request, "exchange/board.html", context)


def _figures(actor: Actor, whole: figures.Sent, since: datetime, until: datetime, span: str) -> list[Figure]:
    def listed(which: str) -> str:
        return f"{reverse('exchange:deliveries')}?loc={which}&{span}"

    def share(part: int) -> str:
        percent = whole.percent(part)
        return f"{vnnumber(percent)} % của {vnnumber(whole.deliveries)} lượt gửi" if percent is not None else ""

    reads = actor.may(policies.READ)
    shown = [
        Figure(
            label="Gói tin đã gửi",
            value=whole.packets,
            url=f"{reverse('exchange:sent')}?{span}" if reads else "",
            trend=f"tới {vnnumber(whole.deliveries)} lượt nhận",
        ),
        Figure(label="Đã tới nơi", value=whole.delivered, url=listed("da-toi"), trend=share(whole.delivered)),
        Figure(
            label="Chưa tới nơi",
            value=whole.undelivered,
            url=listed("chua-toi"),
            trend=share(whole.undelivered),
            tone="stop" if whole.undelivered else "",
        ),
        Figure(
            label="Chờ văn thư bên nhận",
            value=whole.awaiting_clerk,
            url=listed("cho-tiep-nhan"),
            trend=share(whole.awaiting_clerk),
            tone="warn" if whole.awaiting_clerk else "",
        ),
        Figure(
            label="Bị từ chối",
            value=whole.refused,
            url=listed("tu-choi"),
            trend=share(whole.refused),
            tone="stop" if whole.refused else "",
        ),
    ]
    if reads:
        rows = policies.ReceivedPolicy().scope(
            actor, Received.objects.filter(received_at__gte=since, received_at__lt=until)
        )
        shown.append(Figure(label="Văn bản nhận về", value=rows.count(), url=f"{reverse('exchange:received')}?{span}"))
    return shown


def _length(seconds: float | None) -> str:
    if seconds is None:
        return ""
    if seconds < 90:
        return f"{vnnumber(round(seconds))} giây"
    if seconds < 5400:
        return f"{vnnumber(round(seconds / 60))} phút"
    if seconds < 48 * 3600:
        return f"{vnnumber(round(seconds / 3600))} giờ"
    return f"{vnnumber(round(seconds / 86400))} ngày"


def _chart(rows: list[figures.Row]) -> Chart | None:
    if not rows:
        return None
    table = [(row.label, row.figures.deliveries, row.figures.refused, row.figures.accepted) for row in rows]
    series = [
        {"name": name, "type": "bar", "data": [line[place] for line in table]}
        for place, name in ((1, "Lượt gửi"), (2, "Bị từ chối"), (3, "Đã tiếp nhận"))
    ]
    return Chart(
        code="axis-days",
        title="Lượt gửi theo ngày",
        option={
            "legend": {"top": 0, "left": 0},
            "xAxis": {"type": "category", "data": [line[0][:5] for line in table]},
            "yAxis": {"type": "value"},
            "series": series,
        },
        heads=["Ngày gửi", "Lượt gửi", "Bị từ chối", "Đã tiếp nhận"],
        rows=table,
        note="Tính theo ngày gửi của từng lượt; trạng thái là trạng thái mới nhất.",
    )

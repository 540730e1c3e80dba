"""The pages of the axis: a packet is checked and forgotten, figures open the lists that they count."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponseBase
from django.test import RequestFactory

from lienthong.contracts.actor import Actor
from lienthong.kit import clock
from lienthong.systems.exchange import storage
from lienthong.systems.exchange.models import Delivery, Held, Message, Received
from lienthong.systems.exchange.queries import figures
from lienthong.systems.exchange.tests.conftest import Desk
from lienthong.systems.exchange.tests.test_send import drain, send
from lienthong.systems.exchange.tests.world import World, clerk, operator
from lienthong.systems.exchange.views import board, node, packets

pytestmark = pytest.mark.django_db


class _Person:
    is_authenticated = True
    pk = None


def ask(view: Any, actor: Actor, path: str = "/truc/", data: dict[str, Any] | None = None, **kwargs: Any) -> str:
    """The page as this actor gets it."""
    make = RequestFactory().post if data is not None else RequestFactory().get
    request: Any = make(path, data) if data is not None else make(path)
    request.user, request.actor, request.resolver_match = _Person(), actor, None
    response: HttpResponseBase = view(request, **kwargs)
    assert response.status_code in {200, 422}
    return str(response.content.decode())  # type: ignore[attr-defined]


def check(actor: Actor, content: bytes) -> str:
    return ask(node.check, actor, data={"packet": SimpleUploadedFile("goi-tin.edxml", content), "profile": "strict"})


def test_a_packet_is_checked_and_forgotten(world: World, desk: Desk) -> None:
    """EX-66: each error with its line and column, the files with their digests; no row and no file is left."""
    send(world)
    drain()
    message = Message.objects.get(kind="document")
    with storage.read(message.packet_sha256) as stream:
        good = stream.read()
    before = [model.objects.count() for model in (Message, Delivery, Received, Held)]
    page = check(clerk(world.sender), good)
    assert "Gói tin hợp lệ" in page
    assert "Công văn.pdf" in page
    broken = good.replace(b"Subject>", b"Subjekt>")
    page = check(clerk(world.sender), broken)
    assert "Gói tin chưa hợp lệ" in page
    assert "Subject" in page
    assert 'data-label="Dòng"' in page
    assert [model.objects.count() for model in (Message, Delivery, Received, Held)] == before
    assert "Chưa chọn gói tin" in ask(node.check, clerk(world.sender), data={"profile": "strict"})


def test_each_figure_equals_the_list_behind_it(world: World, desk: Desk) -> None:
    """EX-55, CORE-94: one condition serves figure and list."""
    send(world)
    drain()
    send(world)
    actor = clerk(world.sender)
    now = clock.now()
    since, until = now - timedelta(hours=1), now + timedelta(hours=1)
    whole = figures.sent(actor, since, until)
    counted = {
        "": whole.deliveries,
        "da-toi": whole.delivered,
        "chua-toi": whole.undelivered,
        "cho-tiep-nhan": whole.awaiting_clerk,
        "da-tiep-nhan": whole.accepted,
        "tu-choi": whole.refused,
    }
    assert counted.keys() == figures.KINDS.keys()
    assert counted == {kind: figures.behind(actor, since, until, kind).count() for kind in counted}
    assert (whole.delivered, whole.undelivered) == (3, 3)


def test_the_operator_sees_no_content(world: World, desk: Desk) -> None:
    """CORE-108: board, deliveries and queue of the node name agencies and errors, never what a document says."""
    send(world)
    drain()
    message = Message.objects.get(kind="document")
    for view, path in (
        (board.board, "/truc/"),
        (packets.deliveries, "/truc/luot-gui/"),
        (node.queue, "/truc/hang-cho/"),
    ):
        page = ask(view, operator(), path)
        assert message.subject not in page
        assert message.code not in page
    assert message.subject in ask(packets.deliveries, clerk(world.sender), "/truc/luot-gui/")

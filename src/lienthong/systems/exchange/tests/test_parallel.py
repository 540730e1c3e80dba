"""Many at once: one idempotency key from twenty posts, workers that share one queue (CORE-90, EX-41, V-DUP-6)."""

import threading
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client

from lienthong.systems.exchange import courier
from lienthong.systems.exchange.models import Delivery, Received
from lienthong.systems.exchange.ports import Exchange
from lienthong.systems.exchange.tests.test_api import signed_post
from lienthong.systems.exchange.tests.test_receive import FOREIGN, packet_of
from lienthong.systems.exchange.tests.world import clerk, make_key, make_peer, make_unit, make_world

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.fault, pytest.mark.pgserver]

POSTS = 20


def test_core_90_twenty_parallel_posts_with_one_key_are_one_message_and_one_response() -> None:
    """CORE-90, V-DUP-6, V-DUP-1: every post gets the same bytes back, and each receiver one document."""
    make_world()
    stranger = make_unit("Bộ Thử nghiệm ở nơi khác", FOREIGN, agency=False)
    peer = make_peer(stranger)
    secret = make_key(peer)
    packet, ident = packet_of(stranger), uuid4()
    barrier = threading.Barrier(POSTS)

    def post(_: int) -> tuple[int, bytes]:
        try:
            barrier.wait(30)
            response = signed_post(Client(), peer, secret, packet, ident=ident)
            return response.status_code, response.content
        finally:
            connection.close()

    with ThreadPoolExecutor(POSTS) as pool:
        answers = list(pool.map(post, range(POSTS)))
    assert {status for status, _ in answers} == {200}
    assert len({body for _, body in answers}) == 1
    assert Received.objects.count() == 2


def test_core_88_workers_share_one_queue_and_no_delivery_is_made_twice() -> None:
    """EX-45, CORE-88: four couriers, thirty documents, three receivers each."""
    world = make_world()
    for _ in range(30):
        Exchange().send(by=clerk(world.sender), dispatch=world.dispatch())

    def work(_: int) -> None:
        try:
            while courier.work(7):
                pass
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    while courier.work():
        pass
    assert Received.objects.count() == 90
    assert set(Delivery.objects.values_list("state", "attempts")) == {("delivered", 1)}
    assert set(Delivery.objects.filter(message__kind="document").values_list("status", flat=True)) == {"arrived"}

"""The courier as it runs beside a worker: woken by a commit, alive after the database dropped it (EX-47, CORE-88)."""

import threading
import time
from collections.abc import Callable, Iterator

import psycopg
import pytest
from django.db import connection

from lienthong import testing
from lienthong.systems.exchange import courier
from lienthong.systems.exchange.models import Delivery, Message
from lienthong.systems.exchange.tests.test_send import send
from lienthong.systems.exchange.tests.world import World, make_world

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.fault]

PATIENCE = 20.0


@pytest.fixture
def running(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """A courier in a thread of its own that hardly ever looks by itself."""
    monkeypatch.setattr(courier, "POLL_SECONDS", PATIENCE * 2)
    world = make_world()
    send(world)
    while courier.work():
        pass
    stop = threading.Event()
    thread = threading.Thread(target=courier.run, args=(stop,))
    thread.start()
    # It listens as soon as it has found nothing to do.
    until(lambda: bool(backends("LISTEN%")))
    yield world
    stop.set()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify('exchange_due', '')")
    thread.join(PATIENCE)
    assert not thread.is_alive()


def backends(query: str) -> list[int]:
    """The server processes of this database whose last statement looks like this."""
    with psycopg.connect(testing.SERVER.admin, autocommit=True) as admin:
        rows = admin.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = %s AND query LIKE %s", [testing.DATABASE, query]
        )
        return [int(str(row[0])) for row in rows]


def until(fact: Callable[[], bool]) -> None:
    """Wait until something holds."""
    end = time.monotonic() + PATIENCE
    while not fact():
        assert time.monotonic() < end
        time.sleep(0.02)


def all_arrived(message: Message) -> bool:
    return set(Delivery.objects.filter(message=message).values_list("status", flat=True)) == {"arrived"}


def test_ex_47_a_commit_wakes_the_courier(running: World) -> None:
    """EX-47, F-EX-23: long before it would look by itself, also for the statuses that go back."""
    message = send(running, priority=1)
    until(lambda: all_arrived(message))


def test_core_88_the_courier_outlives_its_connections(running: World) -> None:
    """CORE-88: the database ends every connection of the courier; the next packet arrives all the same."""
    with psycopg.connect(testing.SERVER.admin, autocommit=True) as admin:
        admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()",
            [testing.DATABASE],
        )
    connection.close()
    until(lambda: bool(backends("LISTEN%")))
    message = send(running)
    until(lambda: all_arrived(message))

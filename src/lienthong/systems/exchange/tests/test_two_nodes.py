"""The same delivery with both agencies on one node and apart: equal states, statuses and receipts (EX-69, EX-44)."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import psycopg
import pytest
import time_machine
from django.conf import settings
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from psycopg import sql

from lienthong import testing
from lienthong.config import embedded
from lienthong.core.signing import cms
from lienthong.kit import clock
from lienthong.systems.exchange import courier, keys, receipts, secrets
from lienthong.systems.exchange.models import Delivery, Peer, PeerKey, Received
from lienthong.systems.exchange.ports import Exchange
from lienthong.systems.exchange.tests.test_send import send
from lienthong.systems.exchange.tests.world import EPOCH, World, clerk, make_peer, make_unit, make_world

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.fault]

AWAY = "000.00.00.X58"
NAME = "Bộ Thử nghiệm ở nút khác"


class Node:
    """The second node: a process, a database, a port."""

    def __init__(self, database: str, endpoint: str, secret: str) -> None:
        self.database, self.endpoint, self.secret = database, endpoint, secret
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])
        self.process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Start the process and wait until it serves."""
        environment = {
            **os.environ,
            "DATABASE_URL": testing.SERVER.url(embedded.APP, self.database),
            "LIENTHONG_NODE": "node-b",
            "LIENTHONG_KEYSTORE": str(settings.KEYSTORE_DIR),
            "LIENTHONG_DATA": f"{settings.DATA_DIR}-b",
        }
        self.process = subprocess.Popen(
            [sys.executable, "-m", "lienthong.systems.exchange.tests.node_b"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
            text=True,
        )
        plan = {
            "units": {"000.00.00.X51": "Bộ Thử nghiệm A", AWAY: NAME},
            "own": AWAY,
            "peer": settings.NODE_NAME,
            "secret": self.secret,
            "port": self.port,
            "endpoint": self.endpoint,
        }
        assert self.ask(json.dumps(plan)) == "ready"

    def ask(self, line: str) -> str:
        """Send one line, read one line."""
        assert self.process is not None
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()

    def stop(self) -> None:
        """End the process."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            for pipe in (self.process.stdin, self.process.stdout):
                if pipe is not None:
                    pipe.close()


@pytest.fixture
def apart(live_server: Any) -> Iterator[tuple[World, Node]]:
    """This node with its world, and a second one that serves one agency."""
    world = make_world()
    away = make_unit(NAME, AWAY, agency=False)
    world.receivers.append(away)
    secret = secrets.new_secret()
    name = f"{testing.DATABASE}_b"
    with psycopg.connect(testing.SERVER.admin, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
        embedded.ensure_database(connection, name, testing._template())
    node = Node(name, live_server.url, secret)
    peer = make_peer(away, code="node-b")
    Peer.objects.filter(pk=peer.pk).update(endpoint=f"http://127.0.0.1:{node.port}")
    PeerKey.objects.create(peer=peer, sealed_secret=secrets.seal(secret), valid=DateTimeTZRange(EPOCH, None))
    try:
        yield world, node
    finally:
        node.stop()
        with psycopg.connect(testing.SERVER.admin, autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def until(fact: Callable[[], bool], seconds: float = 30) -> None:
    """Work here and wait until something holds."""
    end = time.monotonic() + seconds
    while not fact():
        assert time.monotonic() < end, [(row.error_code, row.error) for row in Delivery.objects.all()]
        courier.work()
        time.sleep(0.05)


def test_ex_69_one_node_and_two_nodes_give_equal_receipts_and_states(apart: tuple[World, Node]) -> None:
    """EX-69, EX-42, EX-44, EX-11: one message to an agency here and one away; then both accept it."""
    world, node = apart
    node.start()
    here, away = world.receivers[0], world.receivers[-1]
    message = send(world, here, away)

    def rows() -> dict[object, Delivery]:
        return {row.addressed_unit_id: row for row in Delivery.objects.filter(message=message)}

    until(lambda: {row.status for row in rows().values()} == {"arrived"})
    Exchange().tell(by=clerk(here), delivery_id=Received.objects.get(agency=here).pk, code="03", description="vào sổ 7")
    assert node.ask("tell 03 vào sổ 7") == "told"
    until(lambda: {row.status for row in rows().values()} == {"accepted"})
    one, other = rows()[here.pk], rows()[away.pk]
    assert (one.state, one.status, one.gap) == (other.state, other.status, other.gap) == ("delivered", "accepted", "")
    lines = [
        [(line["code"], line["description"], line["effect"]) for line in Exchange().timeline(row.pk)]
        for row in (one, other)
    ]
    assert lines[0] == lines[1]
    assert one.receipt is not None
    assert other.receipt is not None
    facts, theirs = receipts.of(one.receipt).facts, receipts.of(other.receipt).facts
    assert facts.keys() == theirs.keys()
    for name in ("content_hash", "from", "message_id"):
        assert facts[name] == theirs[name]
    assert (facts["node"], theirs["node"]) == (settings.NODE_NAME, "node-b")
    signed = receipts.of(other.receipt)
    assert cms.verify(signed.body, signed.signature, keys.trust()).good
    held = json.loads(node.ask("report"))
    assert held == [[message.document_id, "accepted", AWAY, message.content_hash]]


def test_ex_45_a_node_that_is_down_gets_its_packets_when_it_is_back(apart: tuple[World, Node]) -> None:
    """EX-45, V-RT-3, F-EX-22: no connection is a transient fault; nothing is lost, nothing comes twice."""
    world, node = apart
    away = world.receivers[-1]
    message = send(world, away)
    courier.work()
    row = Delivery.objects.get(message=message)
    assert (row.state, row.error_class, row.error_code) == ("queued", "transient", "unavailable")
    node.start()
    with time_machine.travel(clock.now() + timedelta(seconds=40), tick=True):
        courier.work()
    row.refresh_from_db()
    assert row.state == "delivered"
    assert len(json.loads(node.ask("report"))) == 1

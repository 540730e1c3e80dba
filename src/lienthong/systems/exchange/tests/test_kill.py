"""kill -9 at any step between signing and delivery loses nothing and delivers nothing twice (EX-39, CORE-88)."""

import json
import os
import subprocess
import sys
from dataclasses import asdict

import pytest

from lienthong.systems.exchange.models import Delivery, Message, Received, StatusLine
from lienthong.systems.exchange.tests.world import make_world

POINTS = [
    ("send.packet_stored", 1),
    ("send.message_written", 1),
    ("send.before_commit", 1),
    ("courier.claimed", 1),
    ("receive.packet_stored", 1),
    ("receive.row_written", 1),
    ("receive.row_written", 3),
    ("receive.status_written", 2),
    ("receive.handed_over", 3),
    ("receive.before_commit", 1),
    ("courier.before_commit", 1),
    ("courier.after_commit", 1),
    ("courier.claimed", 2),
    ("status.line_written", 1),
    ("status.before_commit", 2),
    ("courier.before_commit", 2),
    ("courier.after_commit", 4),
]


@pytest.mark.fault
@pytest.mark.django_db(transaction=True)
def test_ex_39_a_killed_worker_loses_nothing_and_delivers_nothing_twice() -> None:
    """EX-39, EX-41, CORE-88, F-CORE-27: a matrix of kill points; another worker ends the work each time."""
    world = make_world()
    file = world.attachment()
    plan = {
        "sender": str(world.sender.pk),
        "receivers": [str(unit.pk) for unit in world.receivers],
        "file": {**asdict(file), "file_id": str(file.file_id)},
        "points": POINTS,
    }
    ran = subprocess.run(
        [sys.executable, "-m", "lienthong.systems.exchange.tests.kill_runner"],
        input=json.dumps(plan),
        capture_output=True,
        text=True,
        env=dict(os.environ),
        timeout=300,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr[-3000:]
    assert json.loads(ran.stdout) == [9] * len(POINTS), "every child must have died at its point"
    documents = Message.objects.filter(kind="document")
    assert documents.count() == len(POINTS) + 1
    for message in documents:
        rows = list(Delivery.objects.filter(message=message))
        assert [row.state for row in rows] == ["delivered"] * 3
        assert [row.status for row in rows] == ["arrived"] * 3
        assert all(row.receipt_id for row in rows)
        copies = Received.objects.filter(transport_id=message.pk)
        assert {copy.agency_id for copy in copies} == {unit.pk for unit in world.receivers}
        assert copies.count() == 3
        assert StatusLine.objects.filter(delivery__message=message, code="01").count() == 3
    assert Message.objects.filter(kind="status").count() == 3 * (len(POINTS) + 1)
    assert not Delivery.objects.exclude(state="delivered").exists()

"""Worlds for the faults: one inside a transaction that is rolled back, one committed for real parallel connections."""

import io
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client

from lienthong.core import fence, files
from lienthong.core.files.models import StoredFile
from lienthong.demo.agencies import Agency
from lienthong.kit import clock
from lienthong.systems.exchange.tests.world import PDF
from lienthong.systems.office.actions import incoming, outgoing
from lienthong.systems.office.models import IncomingDocument, OutgoingDocument
from tests.thread.conftest import World, make_world
from tests.thread.scenario import browser as browser
from tests.thread.scenario import draft

REASON = "Văn bản gửi nhầm cơ quan nhận"


@pytest.fixture
def world(db: None) -> World:
    """The three agencies, gone with the test's transaction."""
    return make_world()


@pytest.fixture
def committed(transactional_db: None) -> World:
    """The three agencies for tests with connections and processes of their own."""
    return make_world()


def post_json(client: Client, path: str, body: dict[str, Any], key: str = "") -> Any:
    """A JSON post to the API of the office."""
    headers = {"Idempotency-Key": key} if key else {}
    return client.post(f"/api/v1/office{path}", json.dumps(body), content_type="application/json", headers=headers)


def together[R](works: Sequence[Callable[[], R]]) -> list[R | Exception]:
    """Run works at the same instant, each on a connection of its own; a work's exception is its result."""
    barrier = threading.Barrier(len(works))

    def run(work: Callable[[], R]) -> R | Exception:
        try:
            barrier.wait(60)
            with fence.node("tests"):
                return work()
        except Exception as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


def start(module: str, plan: dict[str, Any]) -> subprocess.Popen[str]:
    """A process of its own on this test's database that reads its plan on stdin."""
    process = subprocess.Popen(
        [sys.executable, "-m", module],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=dict(os.environ),
        text=True,
    )
    assert process.stdin is not None
    process.stdin.write(json.dumps(plan))
    process.stdin.close()
    process.stdin = None
    return process


def scan(agency: Agency, content: bytes = PDF, name: str = "Bản quét.pdf") -> StoredFile:
    """An upload of the clerk."""
    clerk = agency.seats["clerk"].actor()
    return files.store(io.BytesIO(content), name, by=clerk, agency_id=agency.id)


def paper(agency: Agency, **changes: Any) -> IncomingDocument:
    """A scanned paper that the clerk typed in."""
    clerk = agency.seats["clerk"].actor()
    facts: dict[str, Any] = {
        "channel": "paper",
        "sender_name": "Cơ quan ngoài hệ thống",
        "code": f"{uuid4().int % 100000}/CV",
        "issued_on": clock.local_date(),
        "type_name": "Công văn",
        "subject": "Về việc phối hợp công tác",
        "file_ids": (scan(agency).pk,),
        "file_names": ("Bản quét.pdf",),
    }
    return incoming.enter(by=clerk, facts=incoming.PaperInput(**{**facts, **changes}))


def submitted(agency: Agency, document: IncomingDocument) -> IncomingDocument:
    """Registered and submitted to the head."""
    clerk = agency.seats["clerk"].actor()
    incoming.register(by=clerk, target=document)
    incoming.submit(by=clerk, target=document, position_id=agency.seats["head"].position.pk)
    return document


def directed(agency: Agency, document: IncomingDocument) -> IncomingDocument:
    """Given to the first division as lead."""
    lead = incoming.Give(unit_id=agency.divisions[1].pk)
    head = agency.seats["head"].actor()
    incoming.direct(by=head, target=submitted(agency, document), content="Giao nghiên cứu.", lines=[lead])
    return document


def to_sign(world: World, *receivers: Agency) -> OutgoingDocument:
    """A draft that waits for its signer."""
    seats = world.a.seats
    document = draft(world, receivers=list(receivers) or [world.b])
    outgoing.submit(by=seats["specialist"].actor(), target=document)
    outgoing.review(by=seats["unit_head"].actor(), target=document)
    outgoing.check_format(by=seats["checker"].actor(), target=document)
    return document


def signed(world: World, *receivers: Agency) -> OutgoingDocument:
    """A document that its signer signed and nobody numbered."""
    document = to_sign(world, *receivers)
    outgoing.approve_and_sign(by=world.a.seats["head"].actor(), target=document)
    return document

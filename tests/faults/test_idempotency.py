"""One key, many posts: one object and one answer (CORE-90), by real HTTP on a server of its own."""

import json
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any
from uuid import uuid4
from wsgiref.simple_server import WSGIServer

import pytest
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
from django.core.wsgi import get_wsgi_application
from django.db import connection

from lienthong.demo.agencies import Seat
from lienthong.systems.exchange.models import Message
from lienthong.systems.office.models import OutgoingDocument, RegisterLine
from tests.faults.conftest import World, browser, signed, together

POSTS = 20


class Quiet(WSGIRequestHandler):
    """Says nothing of each request."""

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


@pytest.fixture
def url(committed: World) -> Iterator[str]:
    """A threaded HTTP server in this process on this test's database."""
    server: WSGIServer = ThreadedWSGIServer(("127.0.0.1", 0), Quiet)
    server.set_app(get_wsgi_application())
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/api/v1/office"
    server.shutdown()
    server.server_close()
    thread.join(10)


def poster(url: str, seat: Seat, body: dict[str, Any], key: str) -> Any:
    """A post with the session and CSRF token of a seat, ready to be sent."""
    client = browser(seat)
    client.get("/")
    token = "a" * 32
    cookies = f"lt_session={client.cookies['lt_session'].value}; lt_csrf={token}"
    headers = {"Content-Type": "application/json", "Cookie": cookies, "X-CSRFToken": token}
    if key:
        headers["Idempotency-Key"] = key

    def post() -> tuple[int, bytes]:
        request = urllib.request.Request(url, json.dumps(body).encode(), headers)
        try:
            with urllib.request.urlopen(request, timeout=120) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read()

    return post


def draft_body(world: World, subject: str) -> dict[str, Any]:
    return {
        "type_code": "cong_van",
        "subject": subject,
        "text": "Kính đề nghị quý cơ quan phối hợp.",
        "signer_position_id": str(world.a.seats["head"].position.pk),
        "issuing_body_id": str(world.a.body.pk),
        "receivers": [{"unit_id": str(world.b.id)}],
    }


@pytest.mark.fault
def test_core_90_twenty_parallel_posts_with_one_key_make_one_draft(committed: World, url: str) -> None:
    """CORE-90: one object, byte-equal answers; another body under the key is 409; without a key there are two."""
    seat, key = committed.a.seats["specialist"], str(uuid4())
    post = poster(f"{url}/outgoing", seat, draft_body(committed, "Một bản thảo"), key)
    answers = together([post] * POSTS)
    assert {answer[0] for answer in answers if isinstance(answer, tuple)} == {201}, answers[:3]
    assert len({answer[1] for answer in answers if isinstance(answer, tuple)}) == 1
    assert OutgoingDocument.objects.count() == 1
    status, problem = poster(f"{url}/outgoing", seat, draft_body(committed, "Bản thảo khác"), key)()
    assert (status, json.loads(problem)["code"]) == (409, "key_reused")
    assert OutgoingDocument.objects.count() == 1
    free = poster(f"{url}/outgoing", seat, draft_body(committed, "Không có khóa"), "")
    assert {free()[0], free()[0]} == {201}
    assert OutgoingDocument.objects.count() == 3


@pytest.mark.fault
def test_core_90_twenty_parallel_issues_with_one_key_issue_once(committed: World, url: str) -> None:
    """CORE-90, CORE-50, EX-39: one number, one message, one answer."""
    document = signed(committed)
    post = poster(f"{url}/outgoing/{document.pk}/acts/issue", committed.a.seats["clerk"], {}, str(uuid4()))
    answers = together([post] * POSTS)
    assert {answer[0] for answer in answers if isinstance(answer, tuple)} == {200}, answers[:3]
    bodies = {answer[1] for answer in answers if isinstance(answer, tuple)}
    assert len(bodies) == 1
    assert json.loads(bodies.pop())["state"] == "filed"
    assert RegisterLine.objects.filter(document=document.pk).count() == 1
    assert Message.objects.filter(kind="document").count() == 1
    connection.close()

"""The server as it is run: pages, streams beside them, and a stop while streams are open."""

import contextlib
import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.parse
from collections.abc import Iterator
from typing import ClassVar

import pytest
from django.test import Client

from lienthong.core import live
from lienthong.core.identity.models import User

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.fault]


@pytest.fixture(autouse=True)
def _close_sockets() -> Iterator[None]:
    yield
    while Stream.opened:
        Stream.opened.pop().close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def server(workers: int = 1) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    port = free_port()
    command = [sys.executable, "-c", f"from lienthong.config.serve import serve; serve({port}, {workers})"]
    process = subprocess.Popen(command, env=dict(os.environ))
    try:
        end = time.monotonic() + 30
        while True:
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            assert time.monotonic() < end
            time.sleep(0.1)
        yield process, port
    finally:
        if process.poll() is None:
            process.terminate()  # a kill would leave the children
        process.wait(30)


class Stream:
    """A browser's connection, kept open."""

    opened: ClassVar[list[socket.socket]] = []

    def __init__(self, port: int, path: str, cookie: str = "") -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), 10)
        self.opened.append(self.socket)
        head = f"GET {path} HTTP/1.1\r\nHost: localhost:{port}\r\nCookie: {cookie}\r\n\r\n"
        self.socket.sendall(head.encode())
        self.text = ""

    def until(self, what: str, seconds: float = 10) -> None:
        end = time.monotonic() + seconds
        while what not in self.text:
            self.socket.settimeout(max(0.01, end - time.monotonic()))
            data = self.socket.recv(65536)
            assert data, f"closed without {what!r}: {self.text}"
            self.text += data.decode()


def test_streams_run_beside_pages_hold_no_thread_and_end_at_an_orderly_stop() -> None:
    person = User.objects.create_user("lan", "Nguyễn Thị Lan")
    browser = Client()
    browser.force_login(person)
    cookie = f"lt_session={browser.cookies['lt_session'].value}"
    with server() as (process, port):
        address = f"/live/?topics=user:{person.pk}"
        streams = [Stream(port, address, cookie) for _ in range(30)]
        for stream in streams:
            stream.until("retry: 500")
            assert stream.text.startswith("HTTP/1.1 200")
            assert "x-lienthong-stream" not in stream.text.lower(), "the ticket does not leave the server"
        live.publish(f"user:{person.pk}", {"text": "Có văn bản mới"})
        for stream in streams:
            stream.until("Có văn bản mới", 3)
        page = Stream(port, "/api/v1/openapi.json")
        page.until("paths", 5)
        assert page.text.startswith("HTTP/1.1 200"), "thirty streams do not take the threads of pages"
        refused = Stream(port, address)
        refused.until("HTTP/1.1 ")
        assert not refused.text.startswith("HTTP/1.1 200"), "nobody listens without signing in"
        streams[0].socket.close()
        live.end_streams(f"user:{person.pk}")
        time.sleep(0.5)
        again = [Stream(port, address, cookie) for _ in range(5)]
        for stream in again:
            stream.until("retry: 500")
        begin = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert process.wait(15) == 0
        assert time.monotonic() - begin < 8, "open streams do not hold up the stop"


def test_processes_of_a_killed_server_free_its_port() -> None:
    with server() as (process, port):
        Stream(port, "/api/v1/openapi.json").until("paths")
        process.kill()
        process.wait()
        end = time.monotonic() + 15
        while True:
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                if _binds(probe, port):
                    break
            assert time.monotonic() < end
            time.sleep(0.2)


def _binds(probe: socket.socket, port: int) -> bool:
    try:
        probe.bind(("127.0.0.1", port))
    except OSError:
        return False
    return True


def test_forms_and_uploads_reach_the_pages_whole() -> None:
    User.objects.create_user("lan", "Nguyễn Thị Lan", "mat-khau-rat-dai-1")
    with server() as (_process, port):
        browser = http.client.HTTPConnection("localhost", port, timeout=30)
        browser.request("GET", "/dang-nhap/")
        page = browser.getresponse()
        text = page.read().decode()
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', text)
        cookie = re.search(r"lt_csrf=(\w+)", page.headers["Set-Cookie"])
        assert token
        assert cookie
        headers = {"Cookie": f"lt_csrf={cookie[1]}", "Content-Type": "application/x-www-form-urlencoded"}
        form = {
            "csrfmiddlewaretoken": token[1],
            "username": "lan",
            "password": "mat-khau-rat-dai-1",
            "padding": "x" * 3_000_000,
        }
        browser.request("POST", "/dang-nhap/", urllib.parse.urlencode(form), headers)
        answer = browser.getresponse()
        answer.read()
        assert answer.status == 302, "three megabytes of form were read in many pieces, and the password in them"
        assert "lt_session=" in str(answer.headers)
        browser.close()

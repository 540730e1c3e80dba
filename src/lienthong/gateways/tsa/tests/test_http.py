"""Time-stamp authorities over real HTTP: answers, outages, nonsense, recovery (CORE-69, F-EX-18)."""

import hashlib
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from lienthong.contracts.signing import TimeStampUnavailable
from lienthong.core.signing import pki, tsa
from lienthong.core.signing.keystore import LocalKey
from lienthong.gateways.tsa.http import REPLY, HttpTimeStampService, services

DIGEST = hashlib.sha256(b"data").digest()
Answer = Callable[[bytes], tuple[int, str, bytes]]


@contextmanager
def authority(answer: Answer) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            assert self.headers["Content-Type"] == "application/timestamp-query"
            status, kind, body = answer(self.rfile.read(int(self.headers["Content-Length"])))
            try:
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                if status == 302:
                    self.send_header("Location", "/elsewhere")
                self.end_headers()
                self.wfile.write(body)
            except OSError:
                pass

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/tsa"
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture(scope="module")
def local() -> tsa.LocalTimeStampService:
    return tsa.LocalTimeStampService("tsa", LocalKey.of("tsa", pki.DemoPki.create().tsa))


def test_core_69_stamp_over_http(local: tsa.LocalTimeStampService) -> None:
    with authority(lambda request: (200, REPLY, local.respond(request))) as url:
        stamps = tsa.TimeStamps(services([url]))
        assert tsa.stamped_at(stamps.token(DIGEST))
        assert stamps.used == "127.0.0.1"


@pytest.mark.parametrize(
    "answer",
    [
        lambda _: (503, "text/plain", b"down"),
        lambda _: (302, REPLY, b""),
        lambda _: (200, "text/html", b"<p>portal</p>"),
        lambda _: (200, REPLY, b""),
        lambda _: (200, REPLY, b"nonsense"),
        lambda _: (200, REPLY, b"x" * 300_000),
    ],
)
def test_core_69_nonsense_is_no_answer_and_the_second_is_asked(
    answer: Answer, local: tsa.LocalTimeStampService
) -> None:
    with authority(answer) as url:
        stamps = tsa.TimeStamps([HttpTimeStampService("xa", url), local])
        assert stamps.token(DIGEST)
        assert stamps.used == "tsa"
        with pytest.raises(TimeStampUnavailable, match="xa"):
            tsa.TimeStamps([HttpTimeStampService("xa", url)]).token(DIGEST)


def test_core_69_a_hanging_authority_costs_seconds_not_minutes(local: tsa.LocalTimeStampService) -> None:
    def hang(_: bytes) -> tuple[int, str, bytes]:
        time.sleep(1.5)
        return 503, "text/plain", b""

    with authority(hang) as url:
        started = time.monotonic()
        assert tsa.TimeStamps([HttpTimeStampService("treo", url, seconds=0.3), local]).token(DIGEST)
        assert time.monotonic() - started < 1.2


def test_core_69_recovers_without_restart(local: tsa.LocalTimeStampService) -> None:
    """The same object, the same address: down, then up again, then it is the first that answers."""
    up = False

    def answer(request: bytes) -> tuple[int, str, bytes]:
        return (200, REPLY, local.respond(request)) if up else (503, "text/plain", b"")

    with authority(answer) as url:
        stamps = tsa.TimeStamps([HttpTimeStampService("xa", url), local], rest=0.05)
        stamps.token(DIGEST)
        assert stamps.used == "tsa"
        up = True
        time.sleep(0.06)
        stamps.token(DIGEST)
        assert stamps.used == "xa"


def test_f_ex_18_an_outage_costs_one_wait_not_one_for_each_signature() -> None:
    """Both authorities hang: the first signature waits once for each, the next twenty not at all."""
    asked = []

    def hang(_: bytes) -> tuple[int, str, bytes]:
        asked.append(1)
        time.sleep(0.6)
        return 503, "text/plain", b""

    with authority(hang) as url:
        stamps = tsa.TimeStamps([HttpTimeStampService(name, url, seconds=0.3) for name in ("một", "hai")])
        started = time.monotonic()
        for _ in range(21):
            with pytest.raises(TimeStampUnavailable, match="một, hai"):
                stamps.token(DIGEST)
        assert time.monotonic() - started < 1.5
        assert len(asked) == 2


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://example.invalid/", "http://127.0.0.1:1/", "http://"])
def test_core_69_wrong_addresses_are_no_answer(url: str) -> None:
    with pytest.raises(TimeStampUnavailable):
        HttpTimeStampService("sai", url).respond(b"")

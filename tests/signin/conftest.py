"""A real OpenID provider, run by the wheel's node, and a browser of few words that walks through it."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from django.test import Client

from lienthong.core.identity import providers
from lienthong.core.identity.throttle import throttle
from lienthong.gateways.oidc.client import Facts, OidcProvider
from tests.thread.conftest import world

__all__ = ["world"]

ROOT = Path(__file__).resolve().parents[2]
PROVIDER = ROOT / "tools" / "oidc" / "provider.mjs"
NODE = Path(sys.executable).parent / "node"
ACR = {1: "urn:vneid:muc1", 2: "urn:vneid:muc2"}
SECRET = "bi-mat-thu-nghiem"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class RealProvider:
    """The provider's process."""

    def __init__(self, port: int, *redirects: str) -> None:
        self.issuer = f"http://localhost:{port}"
        command = [str(NODE), str(PROVIDER), str(port), ",".join(redirects)]
        self.process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )
        deadline = time.monotonic() + 30
        while True:
            try:
                urllib.request.urlopen(f"{self.issuer}/.well-known/openid-configuration", timeout=5).close()
            except OSError:
                if time.monotonic() > deadline or self.process.poll() is not None:
                    raise
                time.sleep(0.1)
            else:
                break

    def stop(self) -> None:
        # The wheel's `node` is a script that starts the real one.
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


@pytest.fixture(scope="session")
def real_provider() -> Iterator[RealProvider]:
    running = RealProvider(free_port(), "http://testserver/dang-nhap/qua/vneid/ve/")
    yield running
    running.stop()


def facts(issuer: str, **more: object) -> Facts:
    given: dict[str, object] = {
        "code": "vneid",
        "label": "Định danh thử nghiệm",
        "issuer": issuer,
        "client_id": "lienthong",
        "client_secret": SECRET,
        "acr": ACR,
    }
    return Facts(**{**given, **more})  # type: ignore[arg-type]


@pytest.fixture
def vneid(real_provider: RealProvider) -> Iterator[OidcProvider]:
    """The provider, registered."""
    client = OidcProvider(facts(real_provider.issuer))
    providers.use(client)
    yield client
    providers.use()


@pytest.fixture(autouse=True)
def _fresh_throttle() -> Iterator[None]:
    throttle.clear()
    yield
    throttle.clear()


class _Stay(urllib.request.HTTPRedirectHandler):
    """Redirects are walked one by one."""

    def redirect_request(self, *_: object, **__: object) -> None:
        """Follow nothing."""


@dataclass
class Walker:
    """The person's browser at the provider's pages."""

    who: str

    def walk(self, url: str) -> dict[str, str]:
        """From the authorisation address to what the provider sends back with the browser."""
        opener = urllib.request.build_opener(_Stay, urllib.request.HTTPCookieProcessor(CookieJar()))
        origin = f"http://{urlsplit(url).netloc}"
        body: bytes | None = None
        for _ in range(8):
            request = urllib.request.Request(url, body)
            body = None
            try:
                with opener.open(request, timeout=10) as answer:
                    form = re.search(r'action="([^"]+)"', answer.read().decode())
                    assert form, url
                    url, body = origin + form[1], urlencode({"who": self.who}).encode()
            except urllib.error.HTTPError as moved:
                with moved:
                    location = str(moved.headers["Location"])
                url = location if "://" in location else origin + location
            if url.startswith("http://testserver/"):
                return {key: values[0] for key, values in parse_qs(urlsplit(url).query).items()}
        raise AssertionError("the provider leads in a circle")


def come_back(client: Client, who: str, *, level: int = 1, after: str = "/") -> object:
    """Begin at our sign-in page, prove oneself at the provider, come back."""
    begun = client.get("/dang-nhap/qua/vneid/", {"next": after, "muc": level})
    assert begun.status_code == 302, begun.content.decode()[:500]
    return client.get("/dang-nhap/qua/vneid/ve/", Walker(who).walk(begun["Location"]))

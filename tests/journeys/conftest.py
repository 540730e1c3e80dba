"""A running node (server and worker processes of its own) and a real browser on it."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from lienthong.demo.agencies import Agency
from tests.thread.conftest import World, world

__all__ = ["world"]

CHROMIUM = "/usr/bin/chromium"
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PATIENCE_MS = 20_000


class Site:
    """A node under test: its address and its processes."""

    def __init__(self, world: World) -> None:
        self.world = world
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self.url = f"http://localhost:{self.port}"
        self.environment = {**os.environ, "LIENTHONG_ENV": "demo"}
        self.server = self._start("serve", "--port", str(self.port))
        self.worker = self._start("worker")

    def _start(self, *arguments: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen([sys.executable, "-m", "lienthong.cli", *arguments], env=self.environment)

    def wait(self) -> None:
        """Until the first page is served."""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                urllib.request.urlopen(f"{self.url}/dang-nhap/", timeout=5).close()
            except OSError:
                time.sleep(0.2)
            else:
                return
        raise RuntimeError("the server did not come up")

    def kill_worker(self) -> None:
        """kill -9, then a new one."""
        self.worker.kill()
        self.worker.wait()
        self.worker = self._start("worker")

    def stop(self) -> None:
        for process in (self.server, self.worker):
            process.send_signal(signal.SIGTERM)
        for process in (self.server, self.worker):
            try:
                process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@pytest.fixture
def site(world: World) -> Iterator[Site]:
    running = Site(world)
    try:
        running.wait()
        yield running
    finally:
        running.stop()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if not Path(CHROMIUM).exists():
        pytest.skip("Thiếu Chromium: cài bằng lệnh apt-get install chromium")
    # Playwright's own event loop must not be taken for ours by Django's guard of asynchronous calls.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield chromium
        chromium.close()
    os.environ.pop("DJANGO_ALLOW_ASYNC_UNSAFE", None)


@pytest.fixture
def enter(site: Site, browser: Browser) -> Iterator[Callable[[Agency, str], Page]]:
    """Signs a demo role in by one click, in a browser of its own; console errors fail the test."""
    contexts: list[BrowserContext] = []
    faults: list[str] = []

    def sign_in(agency: Agency, role: str, *, scripts: bool = True, width: int = 1440) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 900}, locale="vi-VN", java_script_enabled=scripts
        )
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        page = context.new_page()
        # The browser writes a line about every refused act (409, 422), which is an answer and no fault.
        page.on(
            "console",
            lambda message: (
                faults.append(message.text)
                if message.type == "error" and not re.search(r"status of 4(09|22)", message.text)
                else None
            ),
        )
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto(f"{site.url}/dang-nhap/")
        name = agency.seats[role].user.full_name
        group = page.locator("details").filter(has_text=name).first
        if group.get_attribute("open") is None:
            group.locator("summary").click()
        with page.expect_navigation():
            group.locator("button").filter(has_text=re.compile(name)).first.click()
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        return page

    yield sign_in
    for context in contexts:
        context.close()
    assert not faults, faults

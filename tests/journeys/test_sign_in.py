"""Passkey and identity provider in a real Chromium (CORE-79, CORE-81, CORE-82, V-AUTH-1)."""

import json
import os
import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from lienthong.core.identity.models import Factor, SignInAttempt, SignInSession, User
from lienthong.kit import clock
from tests.journeys.conftest import PATIENCE_MS, Site
from tests.signin.conftest import ACR, SECRET, RealProvider, free_port
from tests.thread.conftest import World

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]
PASSWORD = "Mat-khau-tot-2026"


@pytest.fixture
def provider_port(monkeypatch: pytest.MonkeyPatch) -> int:
    """The node of this test knows a provider at this port."""
    port = free_port()
    row = {
        "code": "vneid",
        "label": "Định danh thử nghiệm",
        "issuer": f"http://localhost:{port}",
        "client_id": "lienthong",
        "client_secret": SECRET,
        "acr": {str(level): name for level, name in ACR.items()},
    }
    monkeypatch.setitem(os.environ, "LIENTHONG_OIDC", json.dumps([row]))
    return port


@pytest.fixture
def person(world: World) -> User:
    user = world.a.seats["specialist"].user
    user.set_password(PASSWORD)
    user.save()
    return user


@pytest.fixture
def visit(provider_port: int, person: User, site: Site, browser: Browser) -> Iterator[Callable[[], Page]]:
    """A new browser of nobody on the node."""
    contexts: list[BrowserContext] = []

    def open_page() -> Page:
        context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="vi-VN")
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        page = context.new_page()
        page.goto(f"{site.url}/dang-nhap/")
        return page

    yield open_page
    for context in contexts:
        context.close()


def by_password(page: Page, username: str, password: str) -> None:
    own = page.locator("details.lt-signin__own")
    if own.count() and own.get_attribute("open") is None:
        own.locator("summary").click()
    page.get_by_label("Tên đăng nhập").fill(username)
    page.get_by_label("Mật khẩu", exact=True).fill(password)
    with page.expect_navigation():
        page.get_by_role("button", name="Đăng nhập", exact=True).click()


def authenticator(page: Page) -> None:
    """Chromium's virtual authenticator: keeps passkeys, knows its user."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    devtools.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )


def open_own(page: Page) -> None:
    own = page.locator("details.lt-signin__own")
    if own.count() and own.get_attribute("open") is None:
        own.locator("summary").click()


def test_v_auth_1_the_passkey_opens_while_the_password_path_is_locked(
    visit: Callable[[], Page], person: User, site: Site
) -> None:
    """V-AUTH-1: a passkey is made; five wrong passwords lock that path at 09:00; the passkey comes in at 09:01."""
    page = visit()
    authenticator(page)
    by_password(page, person.username, PASSWORD)
    page.goto(f"{site.url}/toi/bao-mat/")
    page.get_by_label("Tên của khóa").fill("Máy thử")
    with page.expect_navigation():
        page.get_by_role("button", name="Thêm khóa truy cập").click()
    expect(page.get_by_role("heading", name="Mã khôi phục", exact=True)).to_be_visible()
    assert Factor.objects.get(person=person).name == "Máy thử"
    page.context.clear_cookies()
    for _ in range(5):
        SignInAttempt.objects.create(username=person.username, right=False, at=clock.now())
    page.goto(f"{site.url}/dang-nhap/")
    by_password(page, person.username, PASSWORD)
    expect(page.get_by_role("alert")).to_contain_text("tạm khóa")
    open_own(page)
    with page.expect_navigation(url=re.compile(rf"{site.url}/$")):
        page.get_by_role("button", name="Đăng nhập bằng khóa truy cập").click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    row = SignInSession.objects.filter(person=person).latest("started_at")
    assert (row.method, row.factor_at is not None) == ("passkey", True)


def test_core_79_the_provider_in_a_real_browser(
    visit: Callable[[], Page], person: User, site: Site, provider_port: int
) -> None:
    """CORE-79: an unknown subject gets a clear page; linked from "Bảo mật", the same subject signs in."""
    provider = RealProvider(provider_port, f"{site.url}/dang-nhap/qua/vneid/ve/")
    try:
        page = visit()
        open_own(page)
        page.get_by_role("link", name="Đăng nhập bằng Định danh thử nghiệm").click()
        page.get_by_role("button", name="Người mức 2").click()
        expect(page.get_by_role("heading", name="Chưa có tài khoản liên kết")).to_be_visible()

        page = visit()
        by_password(page, person.username, PASSWORD)
        page.goto(f"{site.url}/toi/bao-mat/")
        page.get_by_role("link", name="Liên kết với Định danh thử nghiệm").click()
        page.get_by_role("button", name="Người mức 2").click()
        expect(page.get_by_role("button", name="Bỏ liên kết")).to_be_visible()

        page = visit()
        open_own(page)
        page.get_by_role("link", name="Đăng nhập bằng Định danh thử nghiệm").click()
        page.get_by_role("button", name="Người mức 2").click()
        page.wait_for_url(f"{site.url}/")
    finally:
        provider.stop()
    row = SignInSession.objects.filter(person=person).latest("started_at")
    assert (row.method, row.level) == ("oidc", 2)


def test_core_80_the_provider_stopped_leaves_a_notice_and_a_way_in(
    visit: Callable[[], Page], person: User, site: Site
) -> None:
    """CORE-80, F-CORE-24: nobody answers at the provider's port; the page says so and the password still opens."""
    page = visit()
    open_own(page)
    page.get_by_role("link", name="Đăng nhập bằng Định danh thử nghiệm").click()
    expect(page.get_by_text("đang không trả lời").first).to_be_visible()
    by_password(page, person.username, PASSWORD)
    page.wait_for_url(f"{site.url}/")


def test_core_82_a_key_keeps_the_session_and_the_warning_keeps_what_is_typed(
    visit: Callable[[], Page], person: User, site: Site
) -> None:
    """CORE-82: acts are told to the node at most once a minute; two minutes before the end a dialog warns."""
    page = visit()
    page.clock.install()
    by_password(page, person.username, PASSWORD)
    page.goto(f"{site.url}/toi/bao-mat/mat-khau/")
    told: list[str] = []
    page.on("request", lambda request: told.append(request.method) if "giu-phien" in request.url else None)
    field = page.get_by_label("Mật khẩu đang dùng")
    field.press_sequentially("abc")
    page.clock.run_for(61_000)
    field.press("d")
    page.clock.run_for(61_000)
    assert 1 <= len(told) <= 3
    dialog = page.locator("#lt-idle")
    expect(dialog).to_be_hidden()
    page.clock.run_for(13 * 60_000)
    expect(dialog).to_be_visible()
    page.get_by_role("button", name="Tiếp tục làm việc").click()
    expect(dialog).to_be_hidden()
    expect(field).to_have_value("abcd")

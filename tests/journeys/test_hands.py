"""The same work by keyboard alone, with scripts off, and by thumb on a phone; each act is counted (OF-69)."""

import re
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from lienthong.demo.agencies import Agency
from lienthong.systems.office.actions import incoming
from lienthong.systems.office.models import IncomingDocument, OutgoingDocument
from tests.journeys.conftest import Site
from tests.thread.conftest import World
from tests.thread.scenario import draft, issue

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]


def arrive(world: World) -> tuple[OutgoingDocument, IncomingDocument]:
    """A document of A that lies before the clerk of B."""
    document = issue(world, draft(world, receivers=[world.b]))
    return document, landed(document, world.b)


def landed(document: OutgoingDocument, at: Agency) -> IncomingDocument:
    """The document at its receiver, once the worker of the node has carried it there."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        found = IncomingDocument.objects.filter(code=document.code, agency_id=at.id).first()
        if found is not None:
            return found
        time.sleep(0.2)
    raise AssertionError(f"{document.code} did not arrive")


def test_a_clerk_registers_by_keyboard_alone(world: World, enter: Callable[..., Page], site: Site) -> None:
    """CORE-91, OF-69: from the list with j, Enter, Tab and Enter; no pointer is used, at most 20 seconds."""
    _, arrived = arrive(world)
    page = enter(world.b, "clerk")
    page.goto(f"{site.url}/van-ban-den/?xem=da-den")
    began = time.monotonic()
    page.keyboard.press("j")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text(arrived.subject)
    for _ in range(80):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.matches('#viec-chinh button.btn-primary')"):
            break
    else:
        raise AssertionError("Tab does not reach the act")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.locator(".lt-head__over")).to_contain_text("Số đến 1")
    expect(page.locator(".lt-toasts")).to_contain_text("Đã vào sổ, số đến 1")
    assert time.monotonic() - began <= 20


def test_a_clerk_registers_in_four_actions(world: World, enter: Callable[..., Page], site: Site) -> None:
    """OF-69: open, choose the leader, press: three acts from the list to "Đã trình" (the bar is four)."""
    arrive(world)
    page = enter(world.b, "clerk")
    page.goto(f"{site.url}/van-ban-den/?xem=da-den")
    actions = 0
    with page.expect_navigation():
        page.locator("a[data-row-link]").first.click()
    actions += 1
    page.get_by_label("Trình ngay").select_option(index=1)
    actions += 1
    with page.expect_navigation():
        page.get_by_role("button", name="Vào sổ").click()
    actions += 1
    expect(page.locator(".lt-head__badges")).to_contain_text("Đã trình")
    assert actions <= 4


def test_a_clerk_accepts_with_scripts_off(world: World, enter: Callable[..., Page], site: Site) -> None:
    """CORE-93: plain forms and links carry the act."""
    arrive(world)
    page = enter(world.b, "clerk", scripts=False)
    page.goto(f"{site.url}/van-ban-den/?xem=da-den")
    page.locator("a[data-row-link]").first.click()
    page.get_by_role("button", name="Vào sổ").click()
    expect(page.locator(".lt-head__over")).to_contain_text("Số đến 1")


def test_a_clerk_drafts_with_scripts_off(world: World, enter: Callable[..., Page], site: Site) -> None:
    """CORE-93: receivers are chosen in a plain list."""
    page = enter(world.a, "specialist", scripts=False)
    page.goto(f"{site.url}/van-ban-di/soan/")
    page.get_by_label("Trích yếu").fill("Đề nghị phối hợp rà soát danh mục")
    page.get_by_label("Nội dung").fill("Đề nghị quý cơ quan phối hợp rà soát danh mục.")
    page.locator("select[name=receivers]").select_option(label=world.b.name)
    page.get_by_role("button", name="Lưu dự thảo").click()
    expect(page.locator(".lt-head__badges")).to_contain_text("Dự thảo")
    expect(page.locator("#noi-nhan")).to_contain_text(world.b.name)


def test_a_leader_directs_on_a_phone_in_three_actions(world: World, enter: Callable[..., Page], site: Site) -> None:
    """OF-69: open, choose who leads, press, at 360 px."""
    _, arrived = arrive(world)
    clerk = world.b.seats["clerk"].actor()
    incoming.register(by=clerk, target=arrived)
    incoming.submit(by=clerk, target=arrived, position_id=world.b.seats["head"].position.pk)
    page = enter(world.b, "head", width=360)
    actions = 0
    with page.expect_navigation():
        page.get_by_role("link", name=re.compile(arrived.subject)).first.click()
    actions += 1
    page.get_by_label("Chủ trì").select_option(label="Vụ Pháp chế")
    actions += 1
    with page.expect_navigation():
        page.get_by_role("button", name="Chỉ đạo, giao").click()
    actions += 1
    expect(page.locator(".lt-head__badges")).to_contain_text("Đã giao")
    assert actions <= 3
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_many_documents_by_one_press(world: World, enter: Callable[..., Page], site: Site) -> None:
    """OF-9, CORE-71: the chosen arrivals get their numbers in the order of arrival; one stale row stops only itself."""
    first = issue(world, draft(world, receivers=[world.b]))
    second = issue(world, draft(world, receivers=[world.b]))
    taken, _ = landed(first, world.b), landed(second, world.b)
    page = enter(world.b, "clerk")
    page.goto(f"{site.url}/van-ban-den/?xem=da-den")
    expect(page.locator("[data-row-check]")).to_have_count(2)
    # Another clerk is quicker with one of them.
    incoming.register(by=world.b.seats["clerk"].actor(), target=taken)
    page.locator("[data-check-all]").check()
    with page.expect_navigation():
        page.get_by_role("button", name="Vào sổ").click()
    expect(page.locator(".lt-toasts")).to_contain_text(first.code)
    arrived = IncomingDocument.objects.get(agency_id=world.b.id, code=second.code)
    assert (arrived.state, arrived.arrival_number) == ("registered", 2)
    assert IncomingDocument.objects.get(pk=taken.pk).arrival_number == 1

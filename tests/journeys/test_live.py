"""Two people at two agencies, each before an open page that nobody reloads (ARCHITECTURE §4: live pages)."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import Site
from tests.thread.conftest import World
from tests.thread.scenario import draft, issue

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]


def test_each_sees_what_the_other_does_without_reloading(world: World, enter: Callable[..., Page], site: Site) -> None:
    """OF-24, EX-25: B's clerk sees the document arrive in the open list; A's sees each receiver move."""
    watched = enter(world.b, "clerk")
    watched.goto(f"{site.url}/van-ban-den/?xem=da-den")
    watched.evaluate("window.notReloaded = true")

    document = issue(world, draft(world, receivers=[world.b, world.c]))
    news = watched.locator("#tin-moi")
    expect(news).to_contain_text(document.subject)
    assert watched.evaluate("window.notReloaded")

    sender = enter(world.a, "clerk")
    sender.goto(f"{site.url}/van-ban-di/{document.pk}/")
    sender.evaluate("window.notReloaded = true")
    line = sender.locator("#noi-nhan").get_by_role("listitem").filter(has_text=world.b.name)
    expect(line).to_contain_text("Đã đến")

    with watched.expect_navigation():
        news.get_by_role("link", name=re.compile(document.subject)).click()
    with watched.expect_navigation():
        watched.get_by_role("button", name="Vào sổ").click()

    expect(line).to_contain_text("Đã tiếp nhận")
    assert sender.evaluate("window.notReloaded")


def test_a_colleague_sees_that_the_document_moved_on(world: World, enter: Callable[..., Page], site: Site) -> None:
    """CORE-89: who has a record open learns that another has done the act, before pressing in vain."""
    document = issue(world, draft(world, receivers=[world.b]))
    first = enter(world.b, "clerk")
    first.goto(f"{site.url}/van-ban-den/?xem=da-den")
    for _ in range(40):
        if first.get_by_role("link", name=re.compile(document.subject)).count():
            break
        first.wait_for_timeout(300)
        first.reload()
    with first.expect_navigation():
        first.get_by_role("link", name=re.compile(document.subject)).first.click()
    second = first.context.new_page()
    second.goto(first.url)
    with first.expect_navigation():
        first.get_by_role("button", name="Vào sổ").click()
    expect(second.locator("#vua-doi")).to_contain_text("Đã đăng ký")
    expect(second.locator("#trang-thai")).to_contain_text("Đã đăng ký")
    # The stale page's own press changes nothing and says why.
    with second.expect_navigation():
        second.get_by_role("button", name="Vào sổ").click()
    expect(second.get_by_role("main")).to_contain_text("Trang bạn đang mở không còn mới")

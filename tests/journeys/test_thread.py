"""The thread of issue 2 in a browser, each person doing their part as they would."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from lienthong.demo.agencies import Agency
from tests.thread.conftest import World

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]

SUBJECT = "Đề nghị góp ý dự thảo kế hoạch liên thông văn bản năm 2026"
TEXT = "Đề nghị quý cơ quan nghiên cứu, góp ý dự thảo.\n\nÝ kiến gửi trước ngày 05/12/2026."


def act(page: Page, name: str, *, reason: str = "") -> None:
    """Start an act from the panel and confirm it in its dialog."""
    page.get_by_role("main").get_by_role("link", name=name, exact=True).or_(
        page.get_by_role("main").get_by_role("button", name=name, exact=True)
    ).first.click()
    dialog = page.get_by_role("dialog")
    if dialog.count() and dialog.first.is_visible():
        if reason:
            dialog.get_by_label(re.compile("Lý do")).fill(reason)
        with page.expect_navigation():
            dialog.get_by_role("button", name=name, exact=True).click()


def test_a_document_travels_from_one_ministry_to_another(
    world: World, enter: Callable[..., Page], site: object
) -> None:
    """OF-69, EX-3, EX-4: draft, review, sign, issue at A; accept, direct, finish at B; A sees each receiver's state."""
    specialist = enter(world.a, "specialist")
    specialist.goto(specialist.url.rstrip("/") + "/van-ban-di/soan/")
    specialist.get_by_label("Tên loại").select_option(label="Công văn")
    specialist.get_by_label("Trích yếu").fill(SUBJECT)
    specialist.get_by_label("Nội dung").fill(TEXT)
    for agency in (world.b, world.c):
        choose(specialist, "receivers", agency)
    with specialist.expect_navigation():
        specialist.get_by_role("button", name="Trình đơn vị").click()
    record = specialist.url
    expect(specialist.locator(".lt-head__badges")).to_contain_text("Đơn vị duyệt")

    head = enter(world.a, "unit_head")
    with head.expect_navigation():
        head.get_by_role("link", name=SUBJECT).first.click()
    act(head, "Duyệt nội dung")
    expect(head.locator(".lt-head__badges")).to_contain_text("Kiểm tra thể thức")

    checker = enter(world.a, "checker")
    checker.goto(record)
    act(checker, "Đạt thể thức")

    minister = enter(world.a, "head")
    with minister.expect_navigation():
        minister.get_by_role("link", name=SUBJECT).first.click()
    act(minister, "Duyệt và ký")
    expect(minister.locator(".lt-head__badges")).to_contain_text("Đã ký (người có thẩm quyền)")

    clerk = enter(world.a, "clerk")
    with clerk.expect_navigation():
        clerk.get_by_role("link", name=SUBJECT).first.click()
    act(clerk, "Phát hành")
    expect(clerk.locator(".lt-head__badges")).to_contain_text("Đã lưu")
    expect(clerk.locator(".lt-head__over")).to_contain_text("01/BTN1-PC")

    receiving = enter(world.b, "clerk")
    expect_listed(receiving, SUBJECT)
    with receiving.expect_navigation():
        receiving.get_by_role("link", name=re.compile(SUBJECT)).first.click()
    expect(receiving.get_by_role("region", name="Kiểm tra chữ ký số")).to_contain_text("Hợp lệ")
    receiving.get_by_label("Trình ngay").select_option(index=1)
    with receiving.expect_navigation():
        receiving.get_by_role("button", name="Vào sổ").click()
    expect(receiving.locator(".lt-head__over")).to_contain_text("Số đến 1")
    expect(receiving.locator(".lt-head__badges")).to_contain_text("Đã trình")

    leader = enter(world.b, "head")
    with leader.expect_navigation():
        leader.get_by_role("link", name=re.compile(SUBJECT)).first.click()
    leader.get_by_label("Ý kiến chỉ đạo").fill("Vụ Pháp chế chủ trì, tham mưu văn bản trả lời.")
    leader.get_by_label("Chủ trì").select_option(label="Vụ Pháp chế")
    with leader.expect_navigation():
        leader.get_by_role("button", name="Chỉ đạo, giao").click()
    expect(leader.locator(".lt-head__badges")).to_contain_text("Đã giao")

    unit = enter(world.b, "unit_head")
    with unit.expect_navigation():
        unit.get_by_role("link", name=re.compile(SUBJECT)).first.click()
    unit.get_by_role("link", name="Phân công trong đơn vị").first.click()
    dialog = unit.get_by_role("dialog")
    dialog.get_by_label("Người chủ trì").select_option(
        label=f"{world.b.seats['specialist'].user.full_name} — Chuyên viên"
    )
    with unit.expect_navigation():
        dialog.get_by_role("button", name="Phân công trong đơn vị").click()

    worker = enter(world.b, "specialist")
    with worker.expect_navigation():
        worker.get_by_role("link", name=re.compile(SUBJECT)).first.click()
    act(worker, "Nhận việc")
    worker.get_by_label("Nội dung kết quả").fill("Đã nghiên cứu, thống nhất với dự thảo.")
    with worker.expect_navigation():
        worker.get_by_role("button", name="Hoàn thành").click()
    expect(worker.locator(".lt-head__badges")).to_contain_text("Hoàn thành")

    other = enter(world.c, "clerk")
    expect_listed(other, SUBJECT)
    with other.expect_navigation():
        other.get_by_role("link", name=re.compile(SUBJECT)).first.click()
    act(other, "Trả lại nơi gửi", reason="Văn bản không thuộc thẩm quyền giải quyết của cơ quan.")
    expect(other.locator(".lt-head__badges")).to_contain_text("Đã trả lại")

    specialist.goto(record)
    receivers = specialist.locator("#noi-nhan")
    for _ in range(20):
        if "Đã hoàn thành" in receivers.inner_text() and "Bị từ chối" in receivers.inner_text():
            break
        specialist.wait_for_timeout(500)
        specialist.reload()
    expect(receivers.get_by_role("listitem").filter(has_text=world.b.name)).to_contain_text("Đã hoàn thành")
    expect(receivers.get_by_role("listitem").filter(has_text=world.c.name)).to_contain_text("Bị từ chối")
    expect(receivers).to_contain_text("Văn bản không thuộc thẩm quyền")


def expect_listed(page: Page, subject: str) -> None:
    """Wait until the axis brought it."""
    for _ in range(40):
        if page.get_by_role("link", name=re.compile(subject)).count():
            return
        page.wait_for_timeout(500)
        page.reload()
    raise AssertionError(f"{subject!r} did not arrive")


def choose(page: Page, name: str, agency: Agency) -> None:
    """Pick an agency in an enhanced select as one would: type, take the first."""
    box = page.locator(f"select[name={name}] + .ts-wrapper input")
    box.click()
    box.fill(agency.name)
    page.locator(".ts-dropdown .option").filter(has_text=agency.name).first.click()
    page.keyboard.press("Escape")

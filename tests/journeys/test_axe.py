"""axe-core over the main pages, light and dark, on a screen and on a phone (CORE-91)."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page

from lienthong.systems.exchange.models import Message, Received
from lienthong.systems.office.models import Register
from tests.journeys.conftest import Site
from tests.journeys.test_hands import landed
from tests.thread.conftest import World
from tests.thread.scenario import draft, issue

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]

AXE = Path(__file__).parents[2] / "node_modules/axe-core/axe.min.js"
GRAVE = {"serious", "critical"}


def violations(page: Page) -> list[str]:
    """What axe finds serious or critical, one line each."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found: dict[str, Any] = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{rule['id']}: {node['html'][:160]}"
        for rule in found["violations"]
        if rule["impact"] in GRAVE
        for node in rule["nodes"]
    ]


def settled(page: Page) -> list[str]:
    """The violations that stay once the page has repainted: colours take a moment to change over with the theme."""
    page.wait_for_timeout(200)
    found = violations(page)
    for _ in range(2):
        if not found:
            break
        page.wait_for_timeout(1000)
        found = violations(page)
    return found


def pages_of(world: World) -> dict[str, list[str]]:
    """The pages of each role, with things to show."""
    document = issue(world, draft(world, receivers=[world.b, world.c]))
    unsent = draft(world, receivers=[world.b])
    arrived = landed(document, world.b)
    message = Message.objects.get(kind="document")
    received = Received.objects.get(agency_id=world.b.id)
    book = Register.objects.filter(agency_id=world.a.id).first()
    assert book is not None
    return {
        "a.specialist": [
            "/",
            reverse("office:draft_new"),
            reverse("office:draft_edit", args=[unsent.pk]),
            reverse("office:outgoing", args=[unsent.pk]),
            reverse("office:outgoing_list"),
            reverse("shell:profile"),
        ],
        "a.clerk": [
            reverse("office:outgoing", args=[document.pk]),
            reverse("office:registers"),
            reverse("office:book", args=[book.pk]),
            reverse("exchange:board"),
            reverse("exchange:board") + "?ky=7-ngay",
            reverse("exchange:sent"),
            reverse("exchange:message", args=[message.pk]),
            reverse("exchange:deliveries"),
            reverse("exchange:queue"),
            reverse("exchange:check"),
        ],
        "b.clerk": [
            "/",
            reverse("office:incoming_list"),
            reverse("office:incoming", args=[arrived.pk]),
            reverse("office:paper_new"),
            reverse("exchange:received"),
            reverse("exchange:received_one", args=[received.pk]),
            reverse("shell:search") + "?q=kế hoạch",
            reverse("shell:notices"),
        ],
        "a.admin": [
            reverse("admin:people"),
            reverse("admin:person", args=[world.a.seats["specialist"].user.pk]),
            reverse("admin:review"),
            reverse("admin:position", args=[world.a.seats["specialist"].position.pk]),
            reverse("admin:roles"),
            reverse("admin:role_new"),
            reverse("admin:delegations"),
            reverse("admin:delegation_new"),
            reverse("admin:signers"),
        ],
    }


def test_no_page_has_a_serious_violation(world: World, enter: Callable[..., Page], site: Site) -> None:
    """CORE-91: 0 serious or critical on each page, in both themes and at two widths."""
    wrong: list[str] = []
    for who, addresses in pages_of(world).items():
        letter, role = who.split(".")
        page = enter(getattr(world, letter), role)
        for address in addresses:
            page.goto(f"{site.url}{address}")
            for width in (1440, 360):
                page.set_viewport_size({"width": width, "height": 900})
                for scheme in ("light", "dark"):
                    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
                    wrong += [f"{address} {width} {scheme} {line}" for line in settled(page)]
                wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
                if wide > 0:
                    wrong.append(f"{address} {width}: {wide} px too wide")
    assert not wrong, "\n".join(wrong)


def test_the_sign_in_page_has_no_serious_violation(world: World, enter: Callable[..., Page], site: Site) -> None:
    """CORE-91: the first page that everybody meets."""
    page = enter(world.a, "clerk")
    page.context.clear_cookies()
    page.goto(f"{site.url}/dang-nhap/")
    wrong = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        wrong += [f"{scheme} {line}" for line in settled(page)]
    assert wrong == []

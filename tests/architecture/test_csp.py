"""The content security policy stands on every answer (ARCHITECTURE §4; CORE-82)."""

import pytest
from django.test import Client
from django.urls import reverse

from tests.architecture import scenes
from tests.architecture.test_urls import BACKEND

PATHS = (
    "/",
    "/dang-nhap/",
    "/tim/?q=a",
    "/van-ban-den/",
    "/van-ban-di/",
    "/so-van-ban/",
    "/khong-co/",
    "/api/v1/khong-co",
    "/api/v1/openapi.json",
    "/live/",
)
UNSAFE = ("unsafe-inline", "unsafe-eval", "strict-dynamic", "http:", "https:", "*")


def policy_of(header: str) -> dict[str, list[str]]:
    return {part.split()[0]: part.split()[1:] for part in header.split(";") if part.strip()}


@pytest.fixture(scope="module")
def client(module_db: None) -> Client:
    agency = scenes.build_stage().world.a
    found = Client(raise_request_exception=False)
    found.force_login(agency.seats["clerk"].user, backend=BACKEND)
    return found


@pytest.mark.parametrize("path", PATHS)
def test_the_policy_stands_on_every_answer(client: Client, act: None, path: str) -> None:
    """Nothing from elsewhere, nothing inline, no frame of strangers; also on refusals and the API."""
    for visitor in (client, Client()):
        response = visitor.get(path)
        policy = policy_of(response.headers["Content-Security-Policy"])
        assert policy["default-src"] == ["'none'"]
        assert policy["script-src"] == ["'self'"]
        assert policy["style-src"] == ["'self'"]
        assert policy["object-src"] == ["'none'"]
        assert policy["frame-ancestors"] == ["'self'"]
        for sources in policy.values():
            assert not [source for source in sources if any(bad in source for bad in UNSAFE)]
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Referrer-Policy"] == "same-origin"


def test_nobody_loosens_it() -> None:
    """No view has a policy of its own; the viewer of files is the only place that may need one."""
    from tests.architecture.source import modules

    loose = [m.place for m in modules() if "csp_override" in m.text or "Content-Security-Policy" in m.text]
    assert set(loose) <= {"core/files/http.py"}
    for module in modules():
        if module.place in loose:
            assert "unsafe-eval" not in module.text
            assert "script-src" not in module.text or "'none'" in module.text


def test_pages_are_not_kept_by_the_browser_after_sign_out(client: Client, act: None) -> None:
    """The sign-in page is never cached."""
    assert "no-cache" in Client().get(reverse("shell:sign-in")).headers["Cache-Control"]

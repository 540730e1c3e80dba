"""Sign-in by a real OpenID provider, VNeID-like; and what happens when it is down, slow or lying.

CORE-79, CORE-80, F-CORE-24.
"""

import dataclasses
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings
from django.urls import include, path

from lienthong.contracts.identity import Proven, ProviderRefused, ProviderUnavailable
from lienthong.core.identity import providers, subjects
from lienthong.core.identity.models import SignInSession, SubjectLink, User
from lienthong.core.identity.signing_in import own_actor
from lienthong.gateways.oidc.client import OidcProvider, from_settings
from lienthong.shell.guard import proven as proven_at
from tests.signin.conftest import ACR, RealProvider, Walker, come_back, facts, free_port

pytestmark = pytest.mark.django_db
BACK = "http://testserver/dang-nhap/qua/vneid/ve/"
PASSWORD = "Mat-khau-tot-2026"


@proven_at(2)
def only_level_2(request: HttpRequest) -> HttpResponse:
    return HttpResponse("dịch vụ mức 2")


urlpatterns = [path("muc-2/", only_level_2), path("", include("lienthong.config.urls"))]


@pytest.fixture
def person() -> User:
    return User.objects.create_user("van.thu", "Văn Thị Thư", PASSWORD, email="trung@example.vn")


def linked(person: User, who: str) -> None:
    subjects.link(by=own_actor(person), proven=Proven("vneid", f"chu-the-{who}", 1))


def test_core_79_a_linked_subject_signs_in(client: Client, vneid: OidcProvider, person: User) -> None:
    linked(person, "muc2")
    response = come_back(client, "muc2", after="/thong-bao/")
    assert (response.status_code, response["Location"]) == (302, "/thong-bao/")  # type: ignore[attr-defined]
    assert client.get("/thong-bao/").status_code == 200
    row = SignInSession.objects.get(person=person)
    assert (row.method, row.level) == ("oidc", 2)


def test_core_79_code_flow_with_pkce_state_nonce_and_acr(client: Client, vneid: OidcProvider) -> None:
    """CORE-79: what the browser carries to the provider; nothing of it repeats."""
    first, second = (parse_qs(urlsplit(vneid.begin(BACK, 2)[0]).query) for _ in range(2))
    assert first["response_type"] == ["code"]
    assert first["code_challenge_method"] == ["S256"]
    assert first["acr_values"] == [ACR[2]]
    for name in ("state", "nonce", "code_challenge"):
        assert len(first[name][0]) >= 32
        assert first[name] != second[name]


def test_core_79_a_new_subject_gets_a_clear_page_and_no_account(
    client: Client, vneid: OidcProvider, person: User
) -> None:
    """CORE-79: the provider's e-mail equals that of an account, and opens nothing."""
    response = come_back(client, "muc1")
    assert response.status_code == 403  # type: ignore[attr-defined]
    assert "Chưa có tài khoản liên kết" in response.content.decode()  # type: ignore[attr-defined]
    assert client.get("/").status_code == 302
    assert User.objects.count() == 1
    assert not SubjectLink.objects.exists()


def test_core_79_one_links_the_own_account_when_signed_in(client: Client, vneid: OidcProvider, person: User) -> None:
    assert client.post("/dang-nhap/", {"username": "van.thu", "password": PASSWORD}).status_code == 302
    come_back(client, "muc2")
    assert SubjectLink.objects.get(person=person).subject == "chu-the-muc2"
    assert "đã liên kết" in client.get("/toi/bao-mat/").content.decode()


@override_settings(ROOT_URLCONF=__name__)
def test_core_79_a_service_names_its_least_level(client: Client, vneid: OidcProvider, person: User) -> None:
    """CORE-79: level 1 is shown how to prove level 2; level 2 comes in."""
    linked(person, "muc1")
    come_back(client, "muc1")
    refused = client.get("/muc-2/")
    assert refused.status_code == 403
    assert "định danh mức 2" in refused.content.decode()
    assert "muc=2" in refused.content.decode()
    client.logout()
    SubjectLink.objects.update(subject="chu-the-muc2")
    come_back(client, "muc2")
    assert client.get("/muc-2/").content.decode() == "dịch vụ mức 2"


def test_core_79_a_level_below_the_one_asked_is_refused(client: Client, vneid: OidcProvider, person: User) -> None:
    """CORE-79: the provider may answer with less than `acr_values` asked for; we look at what it says."""
    linked(person, "muc1")
    response = come_back(client, "muc1", level=2)
    assert response["Location"] == "/dang-nhap/"  # type: ignore[attr-defined]
    assert "chưa đạt mức 2" in client.get("/dang-nhap/").content.decode()


def test_core_79_an_answer_to_another_browser_is_refused(client: Client, vneid: OidcProvider, person: User) -> None:
    """CORE-79: state binds the answer to the session that asked."""
    linked(person, "muc2")
    begun = client.get("/dang-nhap/qua/vneid/")
    back = Walker("muc2").walk(begun["Location"])
    stranger = Client()
    for other, answer in ((stranger, back), (client, {**back, "state": "khac"})):
        assert other.get("/dang-nhap/qua/vneid/ve/", answer)["Location"] == "/dang-nhap/"
    assert not SignInSession.objects.exists()


def test_core_79_nonce_verifier_and_code_are_checked(vneid: OidcProvider) -> None:
    """CORE-79: a wrong nonce, a wrong verifier, a used code."""
    for change in ({"nonce": "khac"}, {"verifier": "k" * 64}):
        url, errand = vneid.begin(BACK, 1)
        code = Walker("muc2").walk(url)["code"]
        with pytest.raises(ProviderRefused):
            vneid.finish(dataclasses.replace(errand, **change), code)
    url, errand = vneid.begin(BACK, 1)
    code = Walker("muc2").walk(url)["code"]
    assert vneid.finish(errand, code) == Proven("vneid", "chu-the-muc2", 2)
    with pytest.raises(ProviderRefused):
        vneid.finish(errand, code)


def test_core_79_a_token_that_the_provider_did_not_sign_is_refused(vneid: OidcProvider) -> None:
    """CORE-79: forged by another key, unsigned, for another client, by another issuer, expired."""
    document = vneid._discover()
    kid = vneid._key_set(document, renew=True)["keys"][0]["kid"]
    foreign = rsa.generate_private_key(65537, 2048)
    now = int(time.time())
    claims = {"iss": vneid.facts.issuer, "aud": "lienthong", "sub": "x", "iat": now, "exp": now + 60}
    forged = jwt.encode(claims, foreign, "RS256", headers={"kid": kid})
    unsigned = jwt.encode(claims, None, "none", headers={"kid": kid})
    unknown = jwt.encode(claims, foreign, "RS256", headers={"kid": "khac"})
    for token in (forged, unsigned, unknown, "khong.phai.the", ""):
        with pytest.raises(ProviderRefused):
            vneid._claims(document, token)


@pytest.mark.parametrize("wrong", [{"aud": "khac"}, {"iss": "http://khac"}, {"exp": 1}, {"azp": "khac"}, {"sub": None}])
def test_core_79_a_rightly_signed_token_for_another_purpose_is_refused(wrong: dict[str, object]) -> None:
    key = rsa.generate_private_key(65537, 2048)
    public = jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key(), as_dict=True) | {"kid": "1"}
    client = OidcProvider(facts("http://localhost:1"))
    client._keys = (time.monotonic(), {"keys": [public]})
    now = int(time.time())
    good = {"iss": client.facts.issuer, "aud": "lienthong", "sub": "x", "iat": now, "exp": now + 60}
    assert client._claims({}, jwt.encode(good, key, "RS256", headers={"kid": "1"}))["sub"] == "x"
    bad = {name: value for name, value in {**good, **wrong}.items() if value is not None}
    with pytest.raises(ProviderRefused):
        client._claims({}, jwt.encode(bad, key, "RS256", headers={"kid": "1"}))


# --- down, slow -------------------------------------------------------------------------------------------------------


@contextmanager
def hanging() -> Iterator[str]:
    """A provider that takes every connection and answers nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        held: list[socket.socket] = []
        stop = threading.Event()
        server.settimeout(0.1)

        def hold() -> None:
            while not stop.is_set():
                try:
                    held.append(server.accept()[0])
                except TimeoutError:
                    continue

        thread = threading.Thread(target=hold)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.getsockname()[1]}"
        finally:
            stop.set()
            thread.join()
            for each in held:
                each.close()


@pytest.fixture(params=["stopped", "hangs"])
def away(request: pytest.FixtureRequest) -> Iterator[OidcProvider]:
    """A provider that is down, or that hangs."""
    if request.param == "stopped":
        running = RealProvider(free_port(), BACK)
        client = OidcProvider(facts(running.issuer))
        client.begin(BACK, 1)
        running.stop()
        client._document = (0.0, {})
        providers.use(client)
        yield client
    else:
        with hanging() as issuer:
            client = OidcProvider(facts(issuer), seconds=0.5)
            providers.use(client)
            yield client
    providers.use()


def test_f_core_24_the_provider_away_ends_in_a_notice_and_no_loop(client: Client, away: OidcProvider) -> None:
    """CORE-80, F-CORE-24: one wait, then a notice on the sign-in page; the page itself goes nowhere by itself."""
    begun = time.monotonic()
    response = client.get("/dang-nhap/qua/vneid/")
    assert time.monotonic() - begun < 2
    assert response["Location"] == "/dang-nhap/"
    page = client.get("/dang-nhap/")
    assert page.status_code == 200
    html = page.content.decode()
    assert "đang không trả lời" in html
    assert "http-equiv" not in html
    assert 'name="password"' in html


def test_f_core_24_after_a_failure_nobody_waits_again(client: Client, away: OidcProvider) -> None:
    """CORE-80: while the provider rests, asking for it costs nothing."""
    client.get("/dang-nhap/qua/vneid/")
    begun = time.monotonic()
    for _ in range(20):
        with pytest.raises(ProviderUnavailable):
            away.begin(BACK, 1)
    assert time.monotonic() - begun < 0.2


def test_f_core_24_officers_sign_in_and_public_pages_open_meanwhile(
    client: Client, away: OidcProvider, person: User
) -> None:
    """CORE-80, F-CORE-24: local sign-in, running work and public pages go on with the provider away."""
    running = Client()
    running.force_login(person)
    Client().get("/dang-nhap/qua/vneid/")
    begun = time.monotonic()
    assert client.get("/dang-nhap/").status_code == 200
    assert client.post("/dang-nhap/", {"username": "van.thu", "password": PASSWORD})["Location"] == "/"
    assert client.get("/").status_code == 200
    assert running.get("/thong-bao/").status_code == 200
    assert time.monotonic() - begun < 5


def test_f_core_24_a_crowd_at_a_hanging_provider_holds_two_threads_at_most() -> None:
    """CORE-80: the others are told at once, so that pages keep their threads."""
    with hanging() as issuer:
        client = OidcProvider(facts(issuer), seconds=1.0)
        waits: list[float] = []

        def come() -> None:
            begun = time.monotonic()
            with pytest.raises(ProviderUnavailable):
                client.begin(BACK, 1)
            waits.append(time.monotonic() - begun)

        crowd = [threading.Thread(target=come) for _ in range(12)]
        for each in crowd:
            each.start()
        for each in crowd:
            each.join()
    assert sum(wait > 0.5 for wait in waits) <= 2
    assert max(waits) < 2


def test_the_settings_name_providers() -> None:
    row = {"code": "x", "label": "X", "issuer": "https://x", "client_id": "a", "client_secret": "b", "acr": {"1": "l"}}
    (made,) = from_settings([row])
    assert (made.code, made.facts.acr) == ("x", {1: "l"})

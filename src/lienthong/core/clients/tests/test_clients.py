"""Machine clients over HTTP: tokens, signatures, replays, rotation, limits, the end (CORE-85, CORE-98)."""

import base64
import hashlib
import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.test import Client

from lienthong.core import fence
from lienthong.core.access.models import Role
from lienthong.core.actions.errors import Conflict, Forbidden, Invalid
from lienthong.core.audit.models import JournalEntry
from lienthong.core.clients import actions, keys, limits, proving, queries
from lienthong.core.clients.limits import calls
from lienthong.core.clients.models import ClientKey, ClientToken, UsedNonce
from lienthong.core.clients.signatures import signature
from lienthong.core.registry import registry
from lienthong.demo.agencies import Agency, Plan, build
from lienthong.demo.names import Names
from lienthong.kit import clock
from lienthong.systems.office.actions import outgoing
from lienthong.systems.office.models import OutgoingDocument

pytestmark = pytest.mark.django_db
LIST = "/api/v1/office/incoming"
REASON = "Hệ thống không còn dùng nữa"


@pytest.fixture(autouse=True)
def no_calls_before() -> Iterator[None]:
    """The counters live in the process, not in the database."""
    calls.clear()
    yield
    calls.clear()


def agency_of(code: str, name: str) -> Agency:
    plan = Plan(
        name=name,
        short=name,
        abbreviation=code,
        code=code,
        kind="ministry",
        place="Hà Nội",
        head="Bộ trưởng",
        deputy="Thứ trưởng",
    )
    return build(plan, Names(7), prefix=f"thu.{code.lower()}")


@pytest.fixture
def agency() -> Agency:
    return agency_of("X71", "Bộ Thử nghiệm Máy")


def make(agency: Agency, code: str = "phan-mem", role: str = "office-clerk") -> actions.Fresh:
    facts = actions.ClientInput(
        code=code, name="Phần mềm thử", contact="Văn phòng", role_id=Role.objects.get(code=role).pk
    )
    return actions.create(by=agency.seats["admin"].actor(), facts=facts)


def buy(code: str, secret: str, **more: Any) -> Any:
    body = {"grant_type": "client_credentials", "client_id": code, "client_secret": secret}
    return Client().post("/api/v1/oauth/token", {**body, **more})


def with_token(token: str) -> Any:
    return Client().get(LIST, headers={"Authorization": f"Bearer {token}"})


def headers(
    code: str,
    secret: str,
    *,
    method: str = "GET",
    path: str = LIST,
    body: bytes = b"",
    at: datetime | None = None,
    nonce: str = "",
) -> dict[str, str]:
    """A signed request as the guide of the API says (docs/howto/api-clients.md)."""
    when, once = (at or clock.now()).isoformat(), nonce or uuid4().hex
    digest = hashlib.sha256(body).hexdigest()
    text = "\n".join(("LT1", method, path, code, when, once, digest)).encode()
    return {
        "LT-Client": code,
        "LT-Time": when,
        "LT-Nonce": once,
        "LT-Digest": digest,
        "LT-Signature": signature(secret, text),
    }


def test_core_85_a_token_is_bought_with_the_secret_and_opens_the_role_and_no_more(agency: Agency) -> None:
    fresh = make(agency)
    bought = buy("phan-mem", fresh.secret).json()
    assert bought["token_type"] == "Bearer"
    assert bought["expires_in"] == 3600
    assert with_token(bought["access_token"]).status_code == 200
    refused = Client().get("/api/v1/admin/clients", headers={"Authorization": f"Bearer {bought['access_token']}"})
    assert refused.status_code == 403
    basic = base64.b64encode(f"phan-mem:{fresh.secret}".encode()).decode()
    by_basic = Client().post(
        "/api/v1/oauth/token", {"grant_type": "client_credentials"}, headers={"Authorization": f"Basic {basic}"}
    )
    assert by_basic.status_code == 200


def test_core_85_wrong_secrets_and_grants_are_refused_as_rfc_6749_says(agency: Agency) -> None:
    fresh = make(agency)
    wrong = buy("phan-mem", fresh.secret[:-1] + "x")
    assert (wrong.status_code, wrong.json()["error"]) == (401, "invalid_client")
    assert "WWW-Authenticate" in wrong.headers
    assert buy("khong-co", fresh.secret).status_code == 401
    other = buy("phan-mem", fresh.secret, grant_type="password")
    assert (other.status_code, other.json()["error"]) == (400, "unsupported_grant_type")
    answer = with_token("lt_khong-co")
    assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")


def test_core_85_a_signed_request_is_taken_once(agency: Agency) -> None:
    """A replay is refused, even as another process would meet it: the nonce lies in the database."""
    fresh = make(agency)
    sent = headers("phan-mem", fresh.secret)
    assert Client().get(LIST, headers=sent).status_code == 200
    again = Client().get(LIST, headers=sent)
    assert (again.status_code, again.json()["code"]) == (401, "not_authenticated")
    assert UsedNonce.objects.count() == 1


@pytest.mark.parametrize("minutes", [-6, 6])
def test_core_85_a_request_older_or_newer_than_five_minutes_is_refused(agency: Agency, minutes: int) -> None:
    fresh = make(agency)
    far = headers("phan-mem", fresh.secret, at=clock.now() + timedelta(minutes=minutes))
    assert Client().get(LIST, headers=far).status_code == 401
    near = headers("phan-mem", fresh.secret, at=clock.now() + timedelta(minutes=minutes * 0.8))
    assert Client().get(LIST, headers=near).status_code == 200


@pytest.mark.parametrize("what", ["path", "body", "LT-Nonce", "LT-Time", "LT-Client", "LT-Signature", "LT-Digest"])
def test_core_85_nothing_of_a_signed_request_may_change(agency: Agency, what: str) -> None:
    fresh = make(agency)
    make(agency, "phan-mem-hai")
    sent = headers("phan-mem", fresh.secret)
    path, body = LIST, b""
    match what:
        case "path":
            path = f"{LIST}?q=khac"
        case "body":
            body = b"{}"
        case "LT-Client":
            sent[what] = "phan-mem-hai"
        case "LT-Time":
            sent[what] = (clock.now() + timedelta(seconds=1)).isoformat()
        case "LT-Nonce":
            sent[what] = uuid4().hex
        case _:
            sent[what] = "0" * 64
    answer = Client().generic("GET", path, body, headers=sent)
    assert answer.status_code == 401
    assert UsedNonce.objects.count() == 0


def test_core_85_a_write_by_a_machine_needs_no_csrf_token_and_names_the_client(agency: Agency) -> None:
    """The journal line bears the client's account and position; the machine writes its own agency's rows (CORE-108)."""
    fresh = make(agency, role="office-specialist")
    body = json.dumps(
        {
            "type_code": "cong_van",
            "subject": "Đề nghị phối hợp",
            "text": "Kính đề nghị quý cơ quan phối hợp.",
            "signer_position_id": str(agency.seats["head"].position.pk),
            "issuing_body_id": str(agency.body.pk),
            "receivers": [{"unit_id": str(agency_of("X72", "Bộ Thử nghiệm Khác").id)}],
        }
    ).encode()
    path = "/api/v1/office/outgoing"
    sent = headers("phan-mem", fresh.secret, method="POST", path=path, body=body)
    browser = Client(enforce_csrf_checks=True)
    answer = browser.post(path, body, content_type="application/json", headers=sent)
    assert answer.status_code == 201, answer.content
    entry = JournalEntry.objects.filter(verb="office:outgoing:create").latest("at")
    assert entry.actor == f"u:{fresh.client.account_id}"
    assert (entry.position, entry.agency_id) == ("Hệ thống Phần mềm thử", agency.id)
    with fence.agency(agency.id):
        assert OutgoingDocument.objects.get().agency_id == agency.id


def test_core_85_a_machine_never_signs(agency: Agency) -> None:
    fresh = make(agency, role="office-leader")
    key = keys.of_client("phan-mem")[0]
    verbs = keys.actor(key, ip="", request_id="").verbs
    assert verbs
    assert not {verb for verb in verbs if registry.verbs[verb].signs}
    assert fresh.client.role.verbs
    assert outgoing.sign.verb not in verbs


def test_core_85_two_keys_are_good_while_one_is_replaced(agency: Agency) -> None:
    first = make(agency)
    by = agency.seats["admin"].actor()
    second = actions.add_key(by=by, target=first.client)
    for fresh in (first, second):
        assert buy("phan-mem", fresh.secret).status_code == 200
        assert Client().get(LIST, headers=headers("phan-mem", fresh.secret)).status_code == 200
    with pytest.raises(Conflict) as third:
        actions.add_key(by=by, target=first.client)
    assert third.value.code == "two_keys"
    token = buy("phan-mem", first.secret).json()["access_token"]
    actions.revoke_key(by=by, target=first.client, key_id=first.key.pk, reason=REASON)
    assert buy("phan-mem", first.secret).status_code == 401
    assert with_token(token).status_code == 401
    assert Client().get(LIST, headers=headers("phan-mem", first.secret)).status_code == 401
    assert Client().get(LIST, headers=headers("phan-mem", second.secret)).status_code == 200


def test_core_85_a_secret_is_kept_sealed_and_written_nowhere(agency: Agency) -> None:
    """Neither the row, nor the journal, nor the token's row holds what opens."""
    fresh = make(agency)
    token = buy("phan-mem", fresh.secret).json()["access_token"]
    row = ClientKey.objects.get()
    assert fresh.secret.encode() not in bytes(row.sealed)
    assert keys.secret_of(row) == fresh.secret
    assert ClientToken.objects.get().digest == hashlib.sha256(token.encode()).hexdigest()
    for entry in JournalEntry.objects.all():
        assert fresh.secret.encode() not in bytes(entry.canonical)
        assert token.encode() not in bytes(entry.canonical)


def test_core_85_an_ended_client_is_out_at_once(agency: Agency) -> None:
    fresh = make(agency)
    token = buy("phan-mem", fresh.secret).json()["access_token"]
    actions.end(by=agency.seats["admin"].actor(), target=fresh.client, reason=REASON)
    assert with_token(token).status_code == 401
    assert buy("phan-mem", fresh.secret).status_code == 401
    assert Client().get(LIST, headers=headers("phan-mem", fresh.secret)).status_code == 401
    with pytest.raises(Conflict):
        actions.add_key(by=agency.seats["admin"].actor(), target=fresh.client)


def test_core_85_keys_and_tokens_end_by_themselves(agency: Agency) -> None:
    fresh = make(agency)
    token = buy("phan-mem", fresh.secret).json()["access_token"]
    with time_machine.travel(clock.now() + timedelta(minutes=61), tick=True):
        assert with_token(token).status_code == 401
        assert proving.forget_old() == 1
    with time_machine.travel(clock.now() + timedelta(days=366), tick=True):
        assert buy("phan-mem", fresh.secret).status_code == 401


def test_core_85_the_last_use_is_shown(agency: Agency) -> None:
    fresh = make(agency)
    by = agency.seats["admin"].actor()
    assert queries.clients(by)[0].last is None
    Client(REMOTE_ADDR="10.1.2.3").get(LIST, headers=headers("phan-mem", fresh.secret))
    last = queries.clients(by)[0].last
    assert last is not None
    assert last.used_from == "10.1.2.3"


def test_core_98_too_many_calls_of_a_client_are_told_when_to_come_back(agency: Agency) -> None:
    """CORE-90: 429 with Retry-After; another client from another address is not hindered."""
    fresh, other = make(agency), make(agency, "phan-mem-hai")
    token = buy("phan-mem", fresh.secret).json()["access_token"]
    for _ in range(int(registry.law("api.client_calls")) - 3):
        limits.by_client("phan-mem")
    assert [with_token(token).status_code for _ in range(3)] == [200, 200, 429]
    answer = with_token(token)
    assert answer.json()["code"] == "too_many_requests"
    assert 1 <= int(answer.headers["Retry-After"]) <= 60
    browser = Client(REMOTE_ADDR="10.9.9.9")
    assert browser.get(LIST, headers=headers("phan-mem-hai", other.secret)).status_code == 200
    with time_machine.travel(clock.now() + timedelta(seconds=61), tick=True):
        assert with_token(token).status_code == 200


def test_core_98_guessing_from_one_address_is_slowed_down(agency: Agency) -> None:
    for _ in range(int(registry.law("api.address_calls")) - 3):
        limits.by_address("127.0.0.1")
    assert [buy(f"may-{n}", "sai").status_code for n in range(4)] == [401, 401, 401, 429]


def test_core_85_who_may_make_clients(agency: Agency) -> None:
    """CORE-108, CORE-83: an administrator for the own agency, with roles of the agency; no machine for itself."""
    with pytest.raises(Forbidden):
        actions.create(by=agency.seats["clerk"].actor(), facts=_facts(Role.objects.get(code="office-clerk")))
    with pytest.raises(Invalid) as refused:
        actions.create(by=agency.seats["admin"].actor(), facts=_facts(Role.objects.get(code="node-admin")))
    assert set(refused.value.fields) == {"role"}
    fresh = make(agency, role="agency-admin")
    token = buy("phan-mem", fresh.secret).json()["access_token"]
    answer = Client().post(
        f"/api/v1/admin/clients/{fresh.client.pk}/keys", headers={"Authorization": f"Bearer {token}"}
    )
    assert answer.status_code == 403
    other = agency_of("X72", "Bộ Thử nghiệm Khác")
    assert queries.clients(other.seats["admin"].actor()) == []


def _facts(role: Role) -> actions.ClientInput:
    return actions.ClientInput(code="may-thu", name="Máy thử", contact="Văn phòng", role_id=role.pk)

"""The pages of sign-in: second step, gates, throttle, sessions, support, mail of a lock (CORE-81, CORE-82, CORE-84)."""

import base64
import re
import socket
from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from django.contrib.sessions.models import Session as StoredSession
from django.test import Client, override_settings

from lienthong.contracts import ports
from lienthong.contracts.actor import Actor
from lienthong.core import outbox
from lienthong.core.access.models import Grant, Role
from lienthong.core.audit.models import JournalEntry
from lienthong.core.identity import factors, passwords, support
from lienthong.core.identity.models import Factor, PasswordState, SignInSession, SupportSession, User
from lienthong.core.identity.signing_in import own_actor
from lienthong.demo.agencies import ALWAYS
from lienthong.gateways.mail.smtp import SmtpSender
from lienthong.kit import clock
from tests.thread.conftest import World
from tests.thread.scenario import draft

pytestmark = pytest.mark.django_db
PASSWORD = "Mat-khau-tot-2026"
SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
NINE = clock.at_local(clock.local_date()) + timedelta(hours=9)


def code(secret: str = SECRET) -> str:
    made = TOTP(base64.b32decode(secret), 6, SHA1(), 30).generate(int(clock.now().timestamp()))
    return made.decode()


@pytest.fixture
def person() -> User:
    return User.objects.create_user("van.thu", "Văn Thị Thư", PASSWORD, email="thu@coquan.vn")


def by(who: User) -> Actor:
    return own_actor(who)


def with_totp(who: User) -> None:
    facts = factors.NewFactor(kind=Factor.Kind.TOTP, name="Điện thoại", secret=SECRET)
    factors.add(by=by(who), facts=facts)


def sign_in(client: Client, username: str = "van.thu", password: str = PASSWORD, **more: str) -> object:
    return client.post("/dang-nhap/", {"username": username, "password": password}, **more)


# --- the second step --------------------------------------------------------------------------------------------------


def test_core_81_the_password_alone_opens_nothing_where_a_factor_is(client: Client, person: User) -> None:
    with_totp(person)
    assert sign_in(client)["Location"] == "/dang-nhap/buoc-hai/"  # type: ignore[index]
    assert client.get("/").status_code == 302
    assert client.post("/dang-nhap/buoc-hai/", {"code": "000000"}).status_code == 401
    assert client.get("/").status_code == 302
    assert client.post("/dang-nhap/buoc-hai/", {"code": code()})["Location"] == "/"
    assert client.get("/").status_code == 200
    assert SignInSession.objects.get(person=person).factor_at is not None


def test_core_81_the_second_step_waits_five_minutes(client: Client, person: User) -> None:
    with_totp(person)
    sign_in(client)
    with time_machine.travel(clock.now() + timedelta(minutes=6), tick=False):
        assert client.post("/dang-nhap/buoc-hai/", {"code": code()})["Location"] == "/dang-nhap/"
        assert not SignInSession.objects.exists()


def test_core_81_codes_cannot_be_tried_through(client: Client, person: User) -> None:
    """CORE-81, CORE-98: twenty wrong codes a minute for a person, from wherever they come."""
    with_totp(person)
    statuses = []
    with time_machine.travel(NINE, tick=False):
        for number in range(25):
            source = {"REMOTE_ADDR": f"10.0.0.{number}"}
            sign_in(client, **source)
            statuses.append(client.post("/dang-nhap/buoc-hai/", {"code": "000000"}, **source).status_code)
    assert statuses[:20] == [401] * 20
    assert statuses[20:] == [429] * 5


def test_core_81_an_administrator_without_a_factor_does_nothing_else_first(client: Client, world: World) -> None:
    """CORE-81: the gate holds pages and the API back until a factor is there; then the codes are shown once."""
    admin = world.a.seats["admin"].user
    admin.set_password(PASSWORD)
    admin.save()
    sign_in(client, admin.username)
    assert client.get("/quan-tri/")["Location"] == "/toi/bao-mat/"
    refused = client.get("/api/v1/me/sessions")
    assert (refused.status_code, refused.json()["code"]) == (403, "gate")
    page = client.get("/toi/bao-mat/ung-dung/").content.decode()
    secret = re.search(r"<code>([A-Z2-7 ]+)</code>", page)
    assert secret
    shown = client.post("/toi/bao-mat/ung-dung/", {"code": code(secret[1].replace(" ", ""))})
    assert len(re.findall(r"<code>[0-9a-f]{6}-[0-9a-f]{6}</code>", shown.content.decode())) == 10
    assert client.get("/quan-tri/").status_code == 200


@pytest.mark.parametrize(("address", "gated"), [("10.1.2.3", False), ("203.0.113.7", True), ("unknown", True)])
def test_core_81_from_outside_a_factor_is_needed(client: Client, person: User, address: str, gated: bool) -> None:
    sign_in(client, REMOTE_ADDR=address)
    response = client.get("/", REMOTE_ADDR=address)
    assert response.status_code == (302 if gated else 200)


def test_core_81_the_first_password_is_changed_before_anything_else(client: Client, person: User) -> None:
    PasswordState.objects.create(person=person, must_change=True)
    sign_in(client)
    assert client.get("/")["Location"] == "/toi/bao-mat/mat-khau/"
    form = {"old": PASSWORD, "new": "Mat-khau-moi-2026", "again": "Mat-khau-moi-2027"}
    assert client.post("/toi/bao-mat/mat-khau/", form).status_code == 422
    assert client.post("/toi/bao-mat/mat-khau/", {**form, "again": form["new"]}).status_code == 302
    assert client.get("/").status_code == 200


@override_settings(DEMO=True)
def test_core_81_the_demonstration_is_exempt_and_says_so(client: Client, world: World) -> None:
    page = client.get("/dang-nhap/").content.decode()
    assert "không hỏi mật khẩu và phương tiện xác thực thứ hai" in page
    User.objects.filter(pk=world.a.seats["admin"].user.pk).update(username="demo.quan-tri")
    response = client.post("/dang-nhap/vai/", {"role": str(world.a.seats["admin"].holding.pk)})
    assert response.status_code == 302
    assert client.get("/quan-tri/").status_code == 200


def test_core_81_signing_asks_for_the_factor_and_comes_back(client: Client, world: World) -> None:
    """CORE-81: "Duyệt và ký" ten minutes after the second step: asked again, then it signs."""
    from lienthong.systems.office.actions import outgoing

    seats = world.a.seats
    document = draft(world, receivers=[world.b])
    outgoing.submit(by=seats["specialist"].actor(), target=document)
    outgoing.review(by=seats["unit_head"].actor(), target=document)
    outgoing.check_format(by=seats["checker"].actor(), target=document)
    head = seats["head"].user
    head.set_password(PASSWORD)
    head.save()
    with_totp(head)
    with time_machine.travel(clock.now(), tick=False) as traveller:
        sign_in(client, head.username)
        traveller.shift(timedelta(minutes=1))
        client.post("/dang-nhap/buoc-hai/", {"code": code()})
        traveller.shift(timedelta(minutes=12))
        here = f"/van-ban-di/{document.pk}/"
        sign = f"{here}viec/approve_and_sign/"
        document.refresh_from_db()
        asked = client.post(sign, {"version": document.version}, headers={"Referer": f"http://testserver{here}"})
        assert asked["Location"].startswith("/toi/xac-nhan/?next="), asked.content.decode()[:300]
        document.refresh_from_db()
        assert document.state == "to_sign"
        assert client.post(asked["Location"], {"code": code(), "next": here})["Location"] == here
        client.post(sign, {"version": document.version})
        document.refresh_from_db()
        assert document.state == "signed"


# --- the password path ------------------------------------------------------------------------------------------------


def test_core_82_a_flood_of_wrong_passwords_is_told_to_wait(client: Client, person: User) -> None:
    """CORE-82, CORE-98: 429 with Retry-After from the source that floods, and from no other."""
    with time_machine.travel(NINE, tick=False) as traveller:
        for number in range(20):
            sign_in(client, f"nguoi.{number}", "sai")
        refused = sign_in(client)
        assert (refused.status_code, refused["Retry-After"]) == (429, "60")  # type: ignore[attr-defined,index]
        assert sign_in(Client(), REMOTE_ADDR="127.0.0.9").status_code == 302  # type: ignore[attr-defined]
        traveller.shift(timedelta(seconds=60))
        assert sign_in(client).status_code == 302  # type: ignore[attr-defined]


class Box:
    """A mail server that keeps the last text."""

    text = ""

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        import email
        from email.policy import default

        self.text = email.message_from_bytes(envelope.content, policy=default).get_content()  # type: ignore[arg-type,attr-defined]
        return "250 OK"


@pytest.fixture
def mail(monkeypatch: pytest.MonkeyPatch) -> Iterator[Box]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    box = Box()
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    monkeypatch.setitem(ports._ports, "mail", SmtpSender(f"smtp://127.0.0.1:{port}", "nut@coquan.vn"))
    yield box
    controller.stop()


@override_settings(PUBLIC_URL="http://testserver")
def test_v_auth_1_the_mail_of_the_lock_opens_by_one_press(client: Client, person: User, mail: Box) -> None:
    """V-AUTH-1: five wrong at 09:00, the mail's press at 09:05, the right password at once; the visit opens nothing."""
    with time_machine.travel(NINE, tick=False) as traveller:
        for _ in range(5):
            sign_in(client, password="sai")
        outbox.drain()
        found = re.search(r"http://testserver(/\S+)", mail.text)
        assert found, mail.text
        traveller.shift(timedelta(minutes=5))
        assert "tạm khóa" in sign_in(client).content.decode()  # type: ignore[attr-defined]
        assert client.get(found[1]).status_code == 200
        assert sign_in(client).status_code == 401  # type: ignore[attr-defined]
        assert client.post(found[1])["Location"] == "/dang-nhap/"
        assert sign_in(client).status_code == 302  # type: ignore[attr-defined]
        assert client.get(found[1]).status_code == 410


def test_v_auth_1_an_administrator_unlocks_at_any_time(client: Client, world: World) -> None:
    """V-AUTH-1: after an administrator's unlock the right password is accepted."""
    who = world.a.seats["specialist"].user
    User.objects.filter(pk=who.pk).update(agency_id=world.a.id)
    who.refresh_from_db()
    who.set_password(PASSWORD)
    who.save()
    with time_machine.travel(NINE, tick=False):
        for _ in range(5):
            sign_in(client, who.username, "sai")
        assert sign_in(client, who.username).status_code == 401  # type: ignore[attr-defined]
        passwords.unlock(by=world.a.seats["admin"].actor(), target=who)
        assert sign_in(client, who.username).status_code == 302  # type: ignore[attr-defined]


# --- sessions ---------------------------------------------------------------------------------------------------------


def test_v_auth_2_scrolling_keeps_a_session_and_live_events_do_not(person: User) -> None:
    """V-AUTH-2: last key 09:00, scrolled 09:14 → alive at 09:28; last key 09:00, only live events → ended 09:15."""
    scrolling, watching = Client(), Client()
    with time_machine.travel(NINE, tick=False) as traveller:
        sign_in(scrolling)
        sign_in(watching)
        for minute in range(1, 29):
            traveller.move_to(NINE + timedelta(minutes=minute))
            live = watching.get("/live/", {"topics": ""})
            if minute == 14:
                assert scrolling.head("/giu-phien/").status_code == 204
                assert live.status_code != 401
            if minute == 15:
                assert live.status_code == 401
        assert scrolling.get("/").status_code == 200
        assert "/dang-nhap/" in watching.get("/")["Location"]
    assert SignInSession.objects.filter(ended_why="Hết thời gian").count() == 1


def test_core_82_no_session_outlives_twelve_hours(client: Client, person: User) -> None:
    with time_machine.travel(NINE, tick=False) as traveller:
        sign_in(client)
        for _ in range(71):
            traveller.shift(timedelta(minutes=10))
            assert client.get("/giu-phien/").status_code == 204
        traveller.shift(timedelta(minutes=10))
        assert client.get("/")["Location"].startswith("/dang-nhap/")


def test_core_82_the_page_and_the_api_list_and_end_own_sessions(person: User) -> None:
    here, there, elsewhere = Client(), Client(), Client()
    for each in (here, there, elsewhere):
        sign_in(each, headers={"User-Agent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"})
    assert here.get("/toi/phien/").content.decode().count("Firefox trên Linux") == 3
    row = SignInSession.objects.get(key=there.session.session_key)
    assert here.post("/toi/phien/", {"id": str(row.pk)}).status_code == 302
    assert there.get("/").status_code == 302
    assert elsewhere.get("/").status_code == 200
    assert here.post("/toi/phien/").status_code == 302
    assert elsewhere.get("/").status_code == 302
    assert here.get("/").status_code == 200


def test_core_82_the_api_ends_one_and_all_others(client: Client, world: World) -> None:
    user = world.a.seats["specialist"].user
    user.set_password(PASSWORD)
    user.save()
    others = [Client(), Client()]
    for each in (client, *others):
        sign_in(each, user.username)
    found = client.get("/api/v1/me/sessions").json()
    assert sum(row["current"] for row in found) == 1
    wanted = next(row["id"] for row in found if not row["current"])
    assert client.delete(f"/api/v1/me/sessions/{wanted}").status_code == 204
    assert client.delete(f"/api/v1/me/sessions/{wanted}").status_code == 404
    assert client.delete("/api/v1/me/sessions").json() == {"ended": 1}
    assert [each.get("/").status_code for each in others] == [302, 302]


def test_core_82_a_new_password_ends_the_other_sessions_and_keeps_this_one(client: Client, person: User) -> None:
    other = Client()
    sign_in(client)
    sign_in(other)
    form = {"old": PASSWORD, "new": "Mat-khau-moi-2026", "again": "Mat-khau-moi-2026"}
    client.post("/toi/bao-mat/mat-khau/", form)
    assert client.get("/toi/phien/").status_code == 200
    assert other.get("/").status_code == 302
    row = SignInSession.objects.get(ended_at=None)
    assert row.key == client.session.session_key


def test_core_82_signing_out_ends_the_row_and_the_key(client: Client, person: User) -> None:
    sign_in(client)
    key = client.session.session_key
    client.post("/dang-xuat/")
    assert not StoredSession.objects.filter(session_key=key).exists()
    assert SignInSession.objects.get(person=person).ended_why == "Đăng xuất"


def test_core_82_every_sign_in_stands_in_the_journal_without_its_key(client: Client, person: User) -> None:
    sign_in(client)
    entry = JournalEntry.objects.get(verb="identity:session:start")
    assert entry.after["method"] == "password"
    assert (client.session.session_key or "?") not in bytes(entry.canonical).decode()


def test_core_81_changing_the_factors_needs_a_factor_shown_just_now(client: Client, person: User) -> None:
    with_totp(person)
    sign_in(client)
    with time_machine.travel(clock.now() + timedelta(minutes=1), tick=False) as traveller:
        client.post("/dang-nhap/buoc-hai/", {"code": code()})
        traveller.shift(timedelta(minutes=11))
        factor = Factor.objects.get(person=person)
        assert client.post(f"/toi/bao-mat/bo/{factor.pk}/")["Location"].startswith("/toi/xac-nhan/")
        assert Factor.objects.filter(pk=factor.pk).exists()
        client.post("/toi/xac-nhan/", {"code": code()})
        client.post(f"/toi/bao-mat/bo/{factor.pk}/")
        assert not Factor.objects.filter(pk=factor.pk).exists()


# --- support ----------------------------------------------------------------------------------------------------------


def test_core_84_support_works_inside_the_agency_until_it_is_ended(client: Client, world: World) -> None:
    """CORE-84: no standing power; inside for the reasoned session; the agency's end takes it away at once."""
    holding = world.c.seats["specialist_2"].holding
    user = holding.person
    Grant.objects.create(position=holding.position, role=Role.objects.get(code="node-admin"), held=ALWAYS)
    row = SupportSession.objects.create(
        agency_id=world.a.id,
        person=user,
        reason="Xem lỗi mở sổ",
        opened_at=clock.now(),
        until=clock.now() + timedelta(minutes=30),
    )
    client.force_login(user)
    session = client.session
    session["support"] = str(row.pk)
    session.save()
    page = client.get("/quan-tri/ho-tro/").content.decode()
    assert "Hỗ trợ kỹ thuật" in page
    assert client.get("/van-ban-den/").status_code == 403
    theirs = Client()
    theirs.force_login(world.a.seats["admin"].user)
    seen = theirs.get("/quan-tri/ho-tro/").content.decode()
    assert "Xem lỗi mở sổ" in seen
    assert theirs.post(f"/quan-tri/ho-tro/{row.pk}/ket-thuc/").status_code == 302
    assert "Hỗ trợ kỹ thuật" not in client.get("/").content.decode()
    assert support.of_person(user.pk) is None

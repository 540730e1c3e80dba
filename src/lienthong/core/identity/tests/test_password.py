"""The password path: its lock, its unlock, its throttle, its rules (CORE-81, CORE-82, V-AUTH-1)."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.test import RequestFactory

from lienthong.contracts.actor import Actor
from lienthong.core.actions.errors import Conflict, Invalid
from lienthong.core.identity import alerts, passwords
from lienthong.core.identity.backends import PasswordBackend, locked_until
from lienthong.core.identity.models import OldPassword, SignInAttempt, User
from lienthong.core.identity.signing_in import own_actor
from lienthong.core.identity.throttle import SOURCES, Throttle, source, throttle
from lienthong.core.outbox.models import OutboxMessage
from lienthong.kit import clock

pytestmark = pytest.mark.django_db
NINE = clock.at_local(clock.local_date()) + timedelta(hours=9)
RIGHT = "mật khẩu đúng và dài"
GOOD = "Mat-khau-{}-tot-2026"


@pytest.fixture(autouse=True)
def _fresh_throttle() -> Iterator[None]:
    throttle.clear()
    yield
    throttle.clear()


def attempt(password: str, after: timedelta, address: str = "") -> User | None:
    request = RequestFactory().post("/", REMOTE_ADDR=address) if address else None
    with time_machine.travel(NINE + after, tick=False):
        return PasswordBackend().authenticate(request, username="van.thu", password=password)


def person(**more: object) -> User:
    return User.objects.create_user("van.thu", "Văn Thị Thư", RIGHT, **more)


def own(who: User) -> Actor:
    return own_actor(who)


def test_v_auth_1_five_wrong_passwords_lock_for_twelve_hours() -> None:
    """V-AUTH-1: five wrong at 09:00 → the right one at 20:59 refused, at 21:00 accepted."""
    person()
    for _ in range(5):
        assert attempt("sai", timedelta(0)) is None
    assert attempt(RIGHT, timedelta(hours=11, minutes=59)) is None
    assert attempt(RIGHT, timedelta(hours=12)) is not None


def test_v_auth_1_the_holder_unlocks_by_the_mail_at_any_time() -> None:
    """V-AUTH-1: the link opens the very lock that it was sent for, once."""
    who = person()
    for _ in range(5):
        attempt("sai", timedelta(0))
    with time_machine.travel(NINE + timedelta(minutes=1), tick=False):
        link = alerts.token(who)
        found = alerts.read(link)
        assert found is not None
        passwords.unlock_own(by=own(who), lock=found[1])
        assert alerts.read(link) is None
        with pytest.raises(Conflict):
            passwords.unlock_own(by=own(who), lock=found[1])
    assert attempt(RIGHT, timedelta(minutes=2)) is not None


def test_v_auth_1_a_link_opens_no_later_lock_and_no_other_account() -> None:
    """V-AUTH-1, CORE-82: single use, for one lock of one person; a changed character opens nothing."""
    who = person()
    for _ in range(5):
        attempt("sai", timedelta(0))
    with time_machine.travel(NINE, tick=False):
        link = alerts.token(who)
        assert alerts.read(link[:-1] + ("A" if link[-1] != "A" else "B")) is None
        passwords.unlock_own(by=own(who), lock=alerts.lock_of(who))
    for _ in range(5):
        attempt("sai", timedelta(minutes=5))
    with time_machine.travel(NINE + timedelta(minutes=6), tick=False):
        assert locked_until("van.thu") is not None
        assert alerts.read(link) is None


def test_core_82_the_fifth_wrong_one_and_no_other_tells_the_holder() -> None:
    person()
    for number in range(1, 7):
        attempt("sai", timedelta(seconds=number))
        told = OutboxMessage.objects.filter(kind=alerts.LOCKED).count()
        assert told == (1 if number >= 5 else 0)


def test_core_82_a_right_password_between_wrong_ones_does_not_lock() -> None:
    person()
    for _ in range(4):
        attempt("sai", timedelta(0))
    assert attempt(RIGHT, timedelta(seconds=1)) is not None
    attempt("sai", timedelta(seconds=2))
    with time_machine.travel(NINE + timedelta(seconds=3), tick=False):
        assert locked_until("van.thu") is None


def test_an_account_that_is_off_does_not_sign_in() -> None:
    person(is_active=False)
    assert attempt(RIGHT, timedelta(0)) is None


def test_core_82_a_source_is_throttled_before_any_hashing(monkeypatch: pytest.MonkeyPatch) -> None:
    """CORE-82, CORE-98: past the bound not even a right password is computed, from that source alone."""
    person()
    for number in range(20):
        with time_machine.travel(NINE, tick=False):
            request = RequestFactory().post("/", REMOTE_ADDR="203.0.113.9")
            PasswordBackend().authenticate(request, username=f"nguoi.{number}", password="sai")
    kept = SignInAttempt.objects.count()
    monkeypatch.setattr("lienthong.core.identity.backends.check_password", _never)
    monkeypatch.setattr("lienthong.core.identity.backends.make_password", _never)
    assert attempt(RIGHT, timedelta(seconds=1), "203.0.113.9") is None
    assert SignInAttempt.objects.count() == kept
    monkeypatch.undo()
    assert attempt(RIGHT, timedelta(seconds=1), "203.0.113.10") is not None
    assert attempt(RIGHT, timedelta(seconds=61), "203.0.113.9") is not None


def _never(*_: object, **__: object) -> bool:
    raise AssertionError("hashed")


def test_core_82_the_memory_of_the_throttle_is_bounded() -> None:
    held = Throttle()
    for number in range(SOURCES + 50):
        held.wrong(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}")
    assert len(held._counts) == SOURCES
    assert source("2001:db8::1") == source("2001:db8::ffff")
    assert source("2001:db8:0:1::1") != source("2001:db8::1")


@pytest.mark.parametrize(
    ("password", "missing"),
    [
        ("Ngan-2026x", "ít nhất 12"),
        ("khong-co-hoa-2026", "chữ hoa"),
        ("KHONG-CO-THUONG-26", "chữ thường"),
        ("Khong-Co-So-Nao-Ca", "chữ số"),
        ("KhongCoKyTu2026abc", "ký tự khác"),
    ],
)
def test_core_81_a_password_has_four_classes_and_its_length(password: str, missing: str) -> None:
    with pytest.raises(ValidationError, match=missing):
        passwords.LawfulPassword().validate(password)


def test_core_81_a_breached_or_an_own_name_is_no_password() -> None:
    """CORE-81: the bundled list of breached passwords, and likeness to the person's own name."""
    who = person()
    for new, why in (("Password-123456", "đã lộ"), ("Van.Thu.Van.Thu-1", "tên đăng nhập")):
        with pytest.raises(Invalid) as refused:
            passwords.change(by=own(who), new=new, old=RIGHT)
        assert why in refused.value.fields["new"]


def test_core_81_the_last_ten_passwords_do_not_come_back() -> None:
    """CORE-81: history 10; the eleventh before is free again (QCVN 12:2026/BCA 3.7.2)."""
    who = person()
    old = RIGHT
    with time_machine.travel(NINE, tick=False) as traveller:
        for number in range(12):
            passwords.change(by=own(who), new=GOOD.format(number), old=old)
            old = GOOD.format(number)
            traveller.shift(timedelta(minutes=1))
        for number in (11, 10, 1):
            with pytest.raises(Invalid) as refused:
                passwords.change(by=own(who), new=GOOD.format(number), old=old)
            assert "đã dùng" in refused.value.fields["new"]
        passwords.change(by=own(who), new=GOOD.format(0), old=old)
    assert OldPassword.objects.filter(person=who).count() == 13


def test_core_81_an_issued_password_is_changed_first_and_administrators_rotate() -> None:
    """CORE-81: first-login change; every 60 days for administrators alone (QCVN 12:2026/BCA 3.7.2.6.5)."""
    who = person()
    passwords.change(by=own(who), new=GOOD.format("a"), old=RIGHT)
    assert not passwords.must_change(who, strong=True)
    with time_machine.travel(clock.now() + timedelta(days=60), tick=False):
        assert passwords.must_change(who, strong=True)
        assert not passwords.must_change(who, strong=False)
    state = passwords.state_of(who.pk)
    state.must_change = True
    state.save()
    assert passwords.must_change(who, strong=False)


def test_core_81_a_wrong_old_password_changes_nothing() -> None:
    who = person()
    with pytest.raises(Invalid):
        passwords.change(by=own(who), new=GOOD.format("a"), old="sai")
    who.refresh_from_db()
    assert who.check_password(RIGHT)

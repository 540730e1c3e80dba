"""The password path locks after five wrong ones and opens by itself (CORE-82, V-AUTH-1)."""

from datetime import timedelta

import pytest
import time_machine

from lienthong.core.identity.backends import PasswordBackend, locked_until
from lienthong.core.identity.models import User
from lienthong.kit import clock

pytestmark = pytest.mark.django_db
NINE = clock.at_local(clock.local_date()) + timedelta(hours=9)


def attempt(password: str, after: timedelta) -> User | None:
    with time_machine.travel(NINE + after, tick=False):
        return PasswordBackend().authenticate(None, username="van.thu", password=password)


def test_v_auth_1_five_wrong_passwords_lock_for_twelve_hours() -> None:
    """V-AUTH-1: five wrong at 09:00 → the right one at 20:59 refused, at 21:00 accepted."""
    User.objects.create_user("van.thu", "Văn Thị Thư", "mật khẩu đúng và dài")
    for _ in range(5):
        assert attempt("sai", timedelta(0)) is None
    assert attempt("mật khẩu đúng và dài", timedelta(hours=11, minutes=59)) is None
    assert attempt("mật khẩu đúng và dài", timedelta(hours=12)) is not None


def test_core_82_a_right_password_between_wrong_ones_does_not_lock() -> None:
    User.objects.create_user("van.thu", "Văn Thị Thư", "mật khẩu đúng và dài")
    for _ in range(4):
        attempt("sai", timedelta(0))
    assert attempt("mật khẩu đúng và dài", timedelta(seconds=1)) is not None
    attempt("sai", timedelta(seconds=2))
    with time_machine.travel(NINE + timedelta(seconds=3), tick=False):
        assert locked_until("van.thu") is None


def test_an_account_that_is_off_does_not_sign_in() -> None:
    User.objects.create_user("van.thu", "Văn Thị Thư", "mật khẩu đúng và dài", is_active=False)
    assert attempt("mật khẩu đúng và dài", timedelta(0)) is None

"""Sign-in by password, locked for a time after too many wrong ones (CORE-82; QCVN 12:2026/BCA 3.6.2.1.9)."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib.auth.hashers import check_password, make_password
from django.http import HttpRequest

from lienthong.core.identity.models import SignInAttempt, User
from lienthong.core.registry import registry
from lienthong.kit import clock


class PasswordBackend:
    """Only the password path locks; attempts are counted before any hashing, so that a flood costs nothing."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None
    ) -> User | None:
        """The person, or None for a wrong pair, a locked path or an account that is switched off."""
        if not username or password is None or locked_until(username) is not None:
            return None
        user = User.objects.filter(username=username).first()
        if user is None:
            make_password(password)  # the same work as for a real account, so that time tells nothing
            right = False
        else:
            right = check_password(password, user.password) and user.is_active
        ip = request.META.get("REMOTE_ADDR", "") if request is not None else ""
        SignInAttempt.objects.create(username=username, ip=ip, right=right, at=clock.now())
        return user if right else None

    def get_user(self, user_id: UUID) -> User | None:
        """The person of a session, while the account is on."""
        return User.objects.filter(pk=user_id, is_active=True).first()


def locked_until(username: str) -> Any:
    """When the password path opens again; None while it is open (V-AUTH-1)."""
    hours = timedelta(hours=int(registry.law("auth.unlock_hours")))
    most = int(registry.law("auth.fail_max"))
    recent = SignInAttempt.objects.filter(username=username, at__gt=clock.now() - hours).order_by("-at")[:most]
    rows = list(recent)
    if len(rows) < most or any(row.right for row in rows):
        return None
    return rows[0].at + hours

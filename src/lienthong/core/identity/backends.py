"""Sign-in by password, locked for a time after too many wrong ones (CORE-82; QCVN 12:2026/BCA 3.6.2.1.9)."""

from datetime import datetime, timedelta
from uuid import UUID

from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction
from django.http import HttpRequest

from lienthong.core import outbox
from lienthong.core.identity.models import PasswordState, SignInAttempt, User
from lienthong.core.identity.throttle import throttle
from lienthong.core.registry import registry
from lienthong.kit import clock


class PasswordBackend:
    """Only the password path locks; attempts are counted before any hashing, so that a flood costs nothing."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None
    ) -> User | None:
        """The person, or None for a wrong pair, a locked path, a throttled source or an account that is off."""
        ip = request.META.get("REMOTE_ADDR", "") if request is not None else ""
        if not username or password is None or throttle.wait(ip):
            return None
        if locked_until(username) is not None:
            throttle.wrong(ip)
            return None
        user = User.objects.filter(username=username).first()
        if user is None:
            make_password(password)  # the same work as for a real account, so that time tells nothing
            right = False
        else:
            right = check_password(password, user.password) and user.is_active
        if not right:
            throttle.wrong(ip)
        _note(user, username, ip, right=right)
        return user if right else None

    def get_user(self, user_id: UUID) -> User | None:
        """The person of a session, while the account is on."""
        return User.objects.filter(pk=user_id, is_active=True).first()


def _note(user: User | None, username: str, ip: str, *, right: bool) -> None:
    """Keep the attempt; the one that locks tells the holder."""
    with transaction.atomic():
        SignInAttempt.objects.create(username=username, ip=ip, right=right, at=clock.now())
        if right or user is None:
            return
        until = locked_until(username)
        if until is not None:
            payload = {"person": user.pk, "until": until}
            outbox.emit("identity.password.locked", payload, agency_id=user.agency_id)


def locked_until(username: str) -> datetime | None:
    """When the password path opens again; None while it is open (V-AUTH-1).

    The mail's or an administrator's unlock lets the wrong ones before it be forgotten.
    """
    hours = timedelta(hours=int(registry.law("auth.unlock_hours")))
    most = int(registry.law("auth.fail_max"))
    since = clock.now() - hours
    recent = SignInAttempt.objects.filter(username=username, at__gt=since).order_by("-at")[:most]
    rows = list(recent)
    if len(rows) < most or any(row.right for row in rows):
        return None
    opened = PasswordState.objects.filter(person__username=username).values_list("unlocked_at", flat=True).first()
    if opened is not None and any(row.at <= opened for row in rows):
        return None
    return rows[0].at + hours

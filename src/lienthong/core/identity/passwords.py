"""Rules of passwords: length, four classes, breach list, history, rotation (CORE-81; QCVN 12:2026/BCA 3.7.2)."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib.auth.hashers import check_password
from django.contrib.auth.password_validation import CommonPasswordValidator, validate_password
from django.core.exceptions import ValidationError
from django.utils.crypto import get_random_string

from lienthong.core import lawbook
from lienthong.core.actions import Act, action
from lienthong.core.actions.errors import Conflict, Invalid
from lienthong.core.identity.models import OldPassword, PasswordState, User
from lienthong.core.identity.session_store import end_all
from lienthong.core.registry import Verb
from lienthong.kit import clock

CHANGE = "identity:password:change"
ISSUE = "identity:password:issue"
UNLOCK = "identity:password:unlock"
UNLOCK_OWN = "identity:password:unlock_own"

CHANGED = "Đổi mật khẩu"
OWN_VERBS = (
    Verb(CHANGE, "đổi mật khẩu của mình", "Đổi mật khẩu"),
    Verb(UNLOCK_OWN, "mở khóa đường mật khẩu của mình bằng thư", "Mở khóa"),
)
ADMIN_VERBS = (
    Verb(ISSUE, "cấp mật khẩu dùng một lần", "Cấp mật khẩu dùng một lần"),
    Verb(UNLOCK, "mở khóa đường mật khẩu", "Mở khóa đường mật khẩu"),
)
# Without letters and digits that are read as one another.
_LETTERS = ("abcdefghijkmnpqrstuvwxyz", "ABCDEFGHJKLMNPQRSTUVWXYZ", "23456789", "-+=@#%")


class LawfulPassword:
    """A password validator: as long as `auth.password_min`, of four classes of characters."""

    def validate(self, password: str, user: Any = None) -> None:  # noqa: ARG002 - Django's signature
        """Raises ValidationError that names everything that is missing."""
        least = int(lawbook.get("auth.password_min"))
        missing = [
            name
            for name, present in (
                ("chữ thường", any(each.islower() for each in password)),
                ("chữ hoa", any(each.isupper() for each in password)),
                ("chữ số", any(each.isdigit() for each in password)),
                ("ký tự khác như @ # -", any(not each.isalnum() for each in password)),
            )
            if not present
        ]
        faults = []
        if len(password) < least:
            faults.append(f"Mật khẩu cần ít nhất {least} ký tự.")
        if missing:
            faults.append(f"Mật khẩu còn thiếu: {', '.join(missing)}.")
        if faults:
            raise ValidationError(faults)

    def get_help_text(self) -> str:
        """What a form says beforehand."""
        least = int(lawbook.get("auth.password_min"))
        return f"Ít nhất {least} ký tự, có chữ thường, chữ hoa, chữ số và ký tự khác."


class UnbreachedPassword(CommonPasswordValidator):
    """A password validator: no breached password, with whatever digits and signs behind it, and no own user name."""

    def validate(self, password: str, user: Any = None) -> None:
        """Raises ValidationError for "Password-2026" as for "password"."""
        plain = password.lower().strip()
        stems = {plain, "".join(filter(str.isalnum, plain)), "".join(filter(str.isalpha, plain))}
        if stems & self.passwords:
            raise ValidationError("Mật khẩu này nằm trong danh sách mật khẩu đã lộ; chọn mật khẩu khác.")
        if user is not None and "".join(filter(str.isalnum, user.username)) in "".join(filter(str.isalnum, plain)):
            raise ValidationError("Mật khẩu không được chứa tên đăng nhập.")


def state_of(person_id: UUID) -> PasswordState:
    """What is known of a person's password; an unsaved row where nothing is."""
    return PasswordState.objects.filter(pk=person_id).first() or PasswordState(person_id=person_id)


def must_change(person: User, *, strong: bool) -> bool:
    """At the first sign-in, and for administrators after `auth.admin_rotate_days` (QCVN 12:2026/BCA 3.7.2.6.5)."""
    state = state_of(person.pk)
    if state.must_change:
        return True
    since = state.changed_at or person.created_at
    return strong and clock.now() - since >= timedelta(days=int(lawbook.get("auth.admin_rotate_days")))


def _demand_new(person: User, password: str) -> None:
    try:
        validate_password(password, person)
    except ValidationError as error:
        raise Invalid("Mật khẩu mới chưa đạt.", {"new": " ".join(error.messages)}) from error
    count = int(lawbook.get("auth.password_history"))
    old = OldPassword.objects.filter(person=person).order_by("-at").values_list("hash", flat=True)[:count]
    if any(check_password(password, each) for each in (person.password, *old)):
        raise Invalid(
            "Mật khẩu mới chưa đạt.", {"new": f"Mật khẩu này đã dùng; chọn mật khẩu khác {count} mật khẩu gần nhất."}
        )


def _set(person: User, password: str, *, must_change: bool) -> None:
    if person.has_usable_password():
        OldPassword.objects.create(person=person, hash=person.password, at=clock.now())
    person.set_password(password)
    person.save(update_fields=["password", "full_name", "sort_key", "search_key"])
    PasswordState.objects.update_or_create(
        person=person, defaults={"must_change": must_change, "changed_at": clock.now()}
    )


@action(CHANGE)
def change(act: Act[None], *, new: str, old: str | None = None) -> User:
    """Change one's own password; other sessions end at once (CORE-82). `old` None: just proven at the sign-in."""
    person = User.objects.select_for_update().get(pk=act.by.person)
    if old is not None and not check_password(old, person.password):
        raise Invalid("Chưa đổi được mật khẩu.", {"old": "Mật khẩu đang dùng chưa đúng."})
    _demand_new(person, new)
    _set(person, new, must_change=False)
    end_all(person.pk, CHANGED, keep=act.by.session)
    act.about(person)
    return person


@action(ISSUE, on=User)
def issue(act: Act[User]) -> str:
    """A password that an administrator hands over, to be changed at the first sign-in (CORE-81); shown once."""
    made = "".join(get_random_string(5, letters) for letters in _LETTERS)
    _set(act.target, made, must_change=True)
    _unlock(act.target)
    act.note(must_change=True)
    end_all(act.target.pk, CHANGED)
    return made


@action(UNLOCK, on=User)
def unlock(act: Act[User]) -> User:
    """An administrator lifts the lock of the password path before its time (CORE-82, V-AUTH-1)."""
    _unlock(act.target)
    return act.target


@action(UNLOCK_OWN)
def unlock_own(act: Act[None], *, lock: str) -> User:
    """The holder lifts the lock by the link of the alert; a link opens the one lock that it was sent for."""
    from lienthong.core.identity.alerts import lock_of

    person = User.objects.select_for_update().get(pk=act.by.person)
    if lock_of(person) != lock:
        raise Conflict("Liên kết này đã dùng hoặc đã hết hiệu lực.", "used")
    _unlock(person)
    act.about(person)
    return person


def _unlock(person: User) -> None:
    PasswordState.objects.update_or_create(person=person, defaults={"unlocked_at": clock.now()})

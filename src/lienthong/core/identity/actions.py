"""Accounts of people: made, mended, locked, put out of use; personal numbers kept as long as a purpose needs them.

QCVN 12:2026/BCA 3.7.2; NĐ 137/2015/NĐ-CP; Luật Bảo vệ dữ liệu cá nhân 91/2025/QH15 (CORE-45, 81, 82, 97).
How a person signs in is no matter of this module.
"""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import QuerySet
from django.db.models.functions import Greatest

from lienthong.core import lawbook
from lienthong.core.actions import Act, action
from lienthong.core.actions.errors import Conflict, Invalid, NotSeen
from lienthong.core.identity.models import AccountReview, PersonalNumber, User
from lienthong.core.registry import Registry, Verb
from lienthong.kit import clock, personal_id, user_names, vietnamese
from lienthong.kit.vietnamese import border_name

CREATE = "identity:account:create"
EDIT = "identity:account:edit"
LOCK = "identity:account:lock"
UNLOCK = "identity:account:unlock"
DISABLE = "identity:account:disable"
ENABLE = "identity:account:enable"
REVIEW = "identity:account:review"
RECORD_NUMBER = "identity:personal_number:record"
READ_NUMBER = "identity:personal_number:read"
ERASE_NUMBER = "identity:personal_number:erase"

ACCOUNT_CLOSED = "identity.account.closed"
"""The message that sessions and keys wait for when an account is locked or put out of use: {person, state, at}."""

_DECLARED = (
    Verb(CREATE, "lập tài khoản", "Lập tài khoản"),
    Verb(EDIT, "sửa tài khoản", "Sửa tài khoản"),
    Verb(LOCK, "khóa tài khoản", "Khóa tài khoản"),
    Verb(UNLOCK, "mở khóa tài khoản", "Mở khóa tài khoản"),
    Verb(DISABLE, "ngừng dùng tài khoản", "Ngừng dùng tài khoản"),
    Verb(ENABLE, "dùng lại tài khoản", "Dùng lại tài khoản"),
    Verb(REVIEW, "xác nhận đã rà soát tài khoản của quý", "Xác nhận rà soát tài khoản"),
    Verb(RECORD_NUMBER, "ghi số định danh cá nhân", "Ghi số định danh", personal=True),
    Verb(READ_NUMBER, "xem số định danh cá nhân", "Xem số định danh", personal=True),
    Verb(ERASE_NUMBER, "xóa số định danh cá nhân", "Xóa số định danh", personal=True),
)
VERBS = tuple(verb.code for verb in _DECLARED)
_USER_NAME = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,148}[a-z0-9])?")
_PHONE = re.compile(r"[0-9+().\- ]{0,30}")
State = User.State


def declare(registry: Registry) -> None:
    """Verbs, at start-up; `core/orgs` declares the policy, for it knows who works where."""
    registry.add_verbs(*_DECLARED)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountInput:
    """A person's account; an empty user name is made from the name (F-CORE-4)."""

    full_name: str
    username: str = ""
    email: str = ""
    phone: str = ""


def suggest(full_name: str) -> str:
    """A free user name for a person: "Nguyễn Văn Đức" → "ducnv"."""
    stem = user_names.suggest(full_name)
    taken = User.objects.filter(username__startswith=stem).values_list("username", flat=True) if stem else ()
    return user_names.suggest(full_name, set(taken))


def namesakes(full_name: str, agency_id: UUID | None, besides: UUID | None = None) -> list[User]:
    """People of the agency who bear the same name, however its tones are placed (F-CORE-5): "Hoà" is "Hòa"."""
    wanted = vietnamese.marked_key(full_name)
    rows = User.objects.filter(agency_id=agency_id, search_key=vietnamese.search_key(full_name))
    return [row for row in rows if row.pk != besides and vietnamese.marked_key(row.full_name) == wanted]


@action(CREATE, on=User)
def create_account(act: Act[User], *, facts: AccountInput, another_person: bool = False) -> User:
    """One account for one person (CORE-81); rights come with the positions that the person will hold (CORE-10).

    A person of the same name in the agency stops it, unless `another_person` says that this is somebody else.
    """
    row = User(agency_id=act.by.agency_id, state_since=clock.now())
    _fill(row, facts)
    same = namesakes(row.full_name, row.agency_id)
    if same and not another_person:
        names = ", ".join(f"{each.full_name} ({each.username})" for each in same[:3])
        raise Invalid(
            "Có thể người này đã có tài khoản.",
            {"full_name": f"Đã có: {names}. Nếu là người khác, đánh dấu “Đây là người khác” rồi lưu lại."},
            "namesake",
        )
    row.set_unusable_password()
    row.save()
    act.about(row)
    act.note(name=row.full_name, username=row.username, namesakes=len(same))
    return row


@action(EDIT, on=User)
def edit_account(act: Act[User], *, facts: AccountInput) -> User:
    """Mend the name or how to reach a person; the journal keeps that it changed, not the address and the telephone."""
    row = act.target
    act.was(name=row.full_name, username=row.username)
    before = (row.email, row.phone)
    _fill(row, facts)
    act.note(name=row.full_name, username=row.username, contacts_changed=before != (row.email, row.phone))
    return row


def _fill(row: User, facts: AccountInput) -> None:
    faults: dict[str, str] = {}
    row.full_name = border_name(facts.full_name)
    if len(row.full_name.split()) < 2:
        faults["full_name"] = "Nhập đủ họ và tên."
    elif len(row.full_name) > 200 or any(character.isdigit() for character in row.full_name):
        faults["full_name"] = "Họ và tên không có chữ số và dài không quá 200 ký tự."
    username = border_name(facts.username).lower() or suggest(row.full_name)
    if not _USER_NAME.fullmatch(username):
        faults["username"] = "Tên đăng nhập gồm chữ cái không dấu, chữ số, dấu chấm, gạch nối."
    elif User.objects.filter(username=username).exclude(pk=row.pk).exists():
        faults["username"] = f"Tên đăng nhập này đã có người dùng. Có thể dùng: {suggest(row.full_name)}."
    row.username = username
    row.email = border_name(facts.email)
    if row.email:
        try:
            validate_email(row.email)
        except ValidationError:
            faults["email"] = "Địa chỉ thư chưa đúng dạng ten@coquan.gov.vn."
    row.phone = border_name(facts.phone)
    if not _PHONE.fullmatch(row.phone):
        faults["phone"] = "Số điện thoại chỉ gồm chữ số và dấu + ( ) . -"
    if faults:
        raise Invalid("Tài khoản còn thiếu hoặc sai một số mục.", faults)


@action(LOCK, on=User, needs_reason=True)
def lock(act: Act[User]) -> User:
    """Keep a person out for a time; sessions end at once, positions and rights stay as they are."""
    return _turn(act, {State.ACTIVE}, State.LOCKED, "Chỉ khóa được tài khoản đang dùng.")


@action(UNLOCK, on=User)
def unlock(act: Act[User]) -> User:
    """Let a locked person in again."""
    return _turn(act, {State.LOCKED}, State.ACTIVE, "Tài khoản này không bị khóa.")


@action(DISABLE, on=User, needs_reason=True)
def disable(act: Act[User]) -> User:
    """Put an account out of use: a person who left, or one that nobody used for long (QCVN 12:2026/BCA 3.7.2.7.6)."""
    return _turn(act, {State.ACTIVE, State.LOCKED}, State.DISABLED, "Tài khoản này đã ngừng dùng.")


@action(ENABLE, on=User, needs_reason=True)
def enable(act: Act[User]) -> User:
    """Bring an account back into use; the days of disuse are counted anew."""
    return _turn(act, {State.DISABLED}, State.ACTIVE, "Tài khoản này đang dùng.")


def _turn(act: Act[User], sources: set[State], target: State, refusal: str) -> User:
    row = act.target
    if row.state not in sources:
        raise Conflict(refusal, "illegal_move")
    act.was(state=row.state)
    row.state, row.state_since, row.state_reason = target, clock.now(), act.reason
    row.is_active = target == State.ACTIVE
    act.note(state=target)
    if not row.is_active:
        act.emit(ACCOUNT_CLOSED, person=row.pk, state=target, at=row.state_since)
    return row


# --- disuse and review ------------------------------------------------------------------------------------------------


def dormant() -> QuerySet[User]:
    """Accounts in use by nobody for `auth.dormant_days`: neither signed in to, made nor re-opened since (CORE-82)."""
    oldest = clock.now() - timedelta(days=int(lawbook.get("auth.dormant_days")))
    rows = User.objects.filter(state=State.ACTIVE)
    return rows.annotate(used_at=Greatest("last_login", "created_at", "state_since")).filter(used_at__lt=oldest)


def quarter_start(day: date) -> date:
    """The first day of the quarter of a date."""
    return date(day.year, 3 * ((day.month - 1) // 3) + 1, 1)


@action(REVIEW, on=User)
def review(act: Act[User], *, accounts: int, dormant: int) -> AccountReview:
    """Sign the review of this quarter's accounts off, once a quarter (QCVN 12:2026/BCA 3.7.2).

    The figures are those of the list that was looked through.
    """
    quarter = quarter_start(clock.local_date())
    if AccountReview.objects.filter(agency_id=act.by.agency_id, quarter=quarter).exists():
        raise Conflict("Quý này đã có người xác nhận rà soát.", "reviewed")
    row = AccountReview.objects.create(
        agency_id=act.by.agency_id,
        quarter=quarter,
        accounts=accounts,
        dormant=dormant,
        reviewer_id=act.by.person,
        reviewed_at=clock.now(),
    )
    act.about(row)
    act.note(quarter=quarter, accounts=accounts, dormant=dormant)
    return row


# --- personal numbers -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberInput:
    """A CCCD number with the purpose that needs it and the last day on which it is needed."""

    number: str
    purpose: str
    kept_until: date
    sex: str = ""
    birth_year: int | None = None
    old_number: str = ""


def birth_places() -> set[str]:
    """The place codes that a number may begin with: provinces, those of before 2025 too, and foreign countries."""
    first, last = lawbook.get("id.birth_places_abroad")
    return {*lawbook.get("id.birth_places"), *(f"{code:03}" for code in range(first, last + 1))}


@action(RECORD_NUMBER, on=User)
def record_number(act: Act[User], *, facts: NumberInput) -> PersonalNumber:
    """Keep a personal number where a purpose needs it; sex and year of birth are compared and not kept (CORE-45)."""
    faults: dict[str, str] = {}
    found = None
    try:
        found = personal_id.check(facts.number, places=birth_places(), sex=facts.sex, birth_year=facts.birth_year)
    except personal_id.BadPersonalId as error:
        faults[error.field] = str(error)
    if not border_name(facts.purpose):
        faults["purpose"] = "Ghi mục đích cần số định danh, ví dụ “xin cấp chứng thư số”."
    if facts.kept_until < clock.local_date():
        faults["kept_until"] = "Ngày lưu đến phải từ hôm nay trở đi."
    old = border_name(facts.old_number)
    if old and not (old.isascii() and old.isdigit() and len(old) == personal_id.OLD_LENGTH):
        faults["old_number"] = "Số CMND cũ gồm đúng 9 chữ số."
    if faults or found is None:
        raise Invalid("Chưa ghi được số định danh.", faults)
    row, _ = PersonalNumber.objects.update_or_create(
        person=act.target,
        defaults={
            "number": found.number,
            "old_number": old,
            "purpose": border_name(facts.purpose),
            "kept_until": facts.kept_until,
            "recorded_at": clock.now(),
        },
    )
    act.note(number=personal_id.masked(row.number), purpose=row.purpose, kept_until=row.kept_until)
    return row


@action(READ_NUMBER, on=User, needs_reason=True)
def read_number(act: Act[User]) -> str:
    """The number in full; its journal line is the reader log (CORE-97)."""
    row = PersonalNumber.objects.filter(person=act.target).first()
    if row is None:
        raise NotSeen("số định danh của người này")
    act.note(number=personal_id.masked(row.number), purpose=row.purpose)
    return row.number


@action(ERASE_NUMBER, on=User, needs_reason=True)
def erase_number(act: Act[User]) -> None:
    """Erase a number that no purpose needs any more; by a person, or by the system after its day (CORE-97)."""
    row = PersonalNumber.objects.filter(person=act.target).first()
    if row is None:
        raise NotSeen("số định danh của người này")
    act.was(number=personal_id.masked(row.number), purpose=row.purpose, kept_until=row.kept_until)
    row.delete()

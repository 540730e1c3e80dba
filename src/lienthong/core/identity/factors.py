"""Second factors of a person: a code generator, recovery codes (CORE-81; RFC 6238 by `cryptography`).

Passkeys are in `passkeys.py`. A code and a recovery code work once.
"""

import base64
import hashlib
import secrets
from dataclasses import dataclass
from urllib.parse import quote, urlencode
from uuid import UUID

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from django.db import transaction

from lienthong.core.actions import Act, action
from lienthong.core.actions.errors import Conflict, Invalid, NotSeen
from lienthong.core.identity import vault
from lienthong.core.identity.models import Factor, RecoveryCode, User
from lienthong.core.identity.session_store import end_all
from lienthong.core.registry import Verb
from lienthong.kit import clock

ADD = "identity:factor:add"
REMOVE = "identity:factor:remove"
RENEW_CODES = "identity:recovery_code:renew"
RESET = "identity:factor:reset"

OWN_VERBS = (
    Verb(ADD, "thêm phương tiện xác thực", "Thêm phương tiện xác thực"),
    Verb(REMOVE, "bỏ phương tiện xác thực", "Bỏ phương tiện xác thực"),
    Verb(RENEW_CODES, "lập mã khôi phục mới", "Lập mã khôi phục"),
)
ADMIN_VERBS = (Verb(RESET, "bỏ phương tiện xác thực đã mất", "Bỏ phương tiện xác thực đã mất"),)

STEP_SECONDS = 30
DIGITS = 6
CODES = 10
SECRET_BYTES = 20


def has_any(person_id: UUID) -> bool:
    """Whether the person has a second factor."""
    return Factor.objects.filter(person_id=person_id).exists()


def new_secret() -> str:
    """A secret for a code generator, in the base32 that people may type."""
    return base64.b32encode(secrets.token_bytes(SECRET_BYTES)).decode()


def address(person: User, secret: str, issuer: str = "Liên Thông") -> str:
    """The `otpauth://` address of the picture that a telephone reads."""
    label = quote(f"{issuer}:{person.username}")
    return f"otpauth://totp/{label}?{urlencode({'secret': secret, 'issuer': issuer}, quote_via=quote)}"


def step_of(secret: str, code: str, after: int = 0) -> int | None:
    """The time step whose code this is: now, the one before or after, and later than `after`; None for a wrong code."""
    digits = "".join(each for each in code if not each.isspace())
    if not (digits.isascii() and digits.isdigit() and len(digits) == DIGITS):
        return None
    generator = TOTP(base64.b32decode(secret), DIGITS, SHA1(), STEP_SECONDS)  # noqa: S303 - what the telephones know
    now = int(clock.now().timestamp()) // STEP_SECONDS
    for step in (now, now - 1, now + 1):
        if step > after and secrets.compare_digest(generator.generate(step * STEP_SECONDS), digits.encode()):
            return step
    return None


def verify(person_id: UUID, code: str) -> bool:
    """Whether this is a code of the person's generator or an unused recovery code; it is used up by this."""
    with transaction.atomic():
        factor = Factor.objects.select_for_update().filter(person_id=person_id, kind=Factor.Kind.TOTP).first()
        if factor is not None:
            step = step_of(vault.opened(factor.secret), code, factor.last_step)
            if step is not None:
                Factor.objects.filter(pk=factor.pk).update(last_step=step, used_at=clock.now())
                return True
        used = RecoveryCode.objects.filter(person_id=person_id, digest=_digest(code), used_at__isnull=True)
        return used.update(used_at=clock.now()) == 1


def _digest(code: str) -> str:
    return hashlib.sha256("".join(each for each in code.lower() if each.isalnum()).encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class NewFactor:
    """What is added: a code generator's secret proven by a code, or a passkey as the authenticator made it."""

    kind: str
    name: str
    secret: str = ""
    step: int = 0
    credential_id: bytes | None = None
    credential: bytes | None = None


@action(ADD)
def add(act: Act[None], *, facts: NewFactor) -> Factor:
    """Add a second factor to the own account; one code generator, any number of passkeys (CORE-81)."""
    person = User.objects.select_for_update().get(pk=act.by.person)
    if facts.kind == Factor.Kind.TOTP and Factor.objects.filter(person=person, kind=facts.kind).exists():
        raise Conflict("Đã có ứng dụng tạo mã; bỏ ứng dụng cũ trước khi thêm.", "exists")
    if facts.credential_id is not None and Factor.objects.filter(credential_id=facts.credential_id).exists():
        raise Conflict("Khóa truy cập này đã được đăng ký.", "exists")
    row = Factor.objects.create(
        person=person,
        kind=facts.kind,
        name=facts.name.strip()[:100] or Factor.Kind(facts.kind).label,
        secret=vault.sealed(facts.secret) if facts.secret else "",
        last_step=facts.step,
        credential_id=facts.credential_id,
        credential=facts.credential,
        made_at=clock.now(),
    )
    act.about(person)
    act.note(kind=row.kind, name=row.name)
    return row


@action(REMOVE)
def remove(act: Act[None], *, factor_id: UUID, must_keep_one: bool) -> None:
    """Remove an own factor; `must_keep_one`: the last one of an administrator stays."""
    row = Factor.objects.select_for_update().filter(pk=factor_id, person_id=act.by.person).first()
    if row is None:
        raise NotSeen("phương tiện xác thực")
    if must_keep_one and Factor.objects.filter(person_id=act.by.person).count() == 1:
        raise Conflict("Vị trí quản trị phải có ít nhất một phương tiện xác thực; thêm cái mới trước khi bỏ.", "last")
    act.about(row.person)
    act.was(kind=row.kind, name=row.name)
    row.delete()


@action(RENEW_CODES)
def renew_codes(act: Act[None]) -> list[str]:
    """New recovery codes, shown once; the old ones are void."""
    person = User.objects.select_for_update().get(pk=act.by.person)
    if not has_any(person.pk):
        raise Invalid("Thêm ứng dụng tạo mã hoặc khóa truy cập trước khi lập mã khôi phục.", code="no_factor")
    codes = [f"{secrets.token_hex(3)}-{secrets.token_hex(3)}" for _ in range(CODES)]
    RecoveryCode.objects.filter(person=person).delete()
    RecoveryCode.objects.bulk_create([RecoveryCode(person=person, digest=_digest(code)) for code in codes])
    act.about(person)
    act.note(count=len(codes))
    return codes


@action(RESET, on=User, needs_reason=True)
def reset(act: Act[User]) -> User:
    """An administrator removes the factors of a person who lost them; sessions end, codes are void (CORE-81)."""
    gone, _ = Factor.objects.filter(person=act.target).delete()
    RecoveryCode.objects.filter(person=act.target).delete()
    act.note(factors=gone)
    end_all(act.target.pk, "Bỏ phương tiện xác thực đã mất")
    return act.target

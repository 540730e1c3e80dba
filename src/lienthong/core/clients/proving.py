"""How a client proves itself: a token bought with its secret (RFC 6749 §4.4), or a signature of the request (CORE-85).

Signed headers: `LT-Client` (code), `LT-Time` (ISO 8601 with offset), `LT-Nonce` (16–64 characters, used once),
`LT-Digest` (SHA-256 of the body, hex) and `LT-Signature`: HMAC-SHA256 under the secret, hex, of the seven lines
`LT1`, method, path with query, client, time, nonce, digest.
"""

import hashlib
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from lienthong.core.clients import keys, limits
from lienthong.core.clients.models import ClientKey, ClientToken, UsedNonce
from lienthong.core.clients.signatures import same, signature
from lienthong.core.registry import registry
from lienthong.kit import clock

NONCE = re.compile(r"[A-Za-z0-9_-]{16,64}")
PREFIX = "lt_"


class NotProven(Exception):
    """Who calls is not who it says, or the proof is too old or was used before; the message says which."""


@dataclass(frozen=True, slots=True)
class Token:
    """A fresh bearer token and its life in seconds."""

    text: str
    seconds: int


@dataclass(frozen=True, slots=True)
class Call:
    """A request as its signature covers it; `path` with the query."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    ip: str


def buy_token(code: str, secret: str, ip: str) -> Token:
    """A token for a client's code and secret; raises NotProven, TooMany."""
    limits.by_address(ip)
    limits.by_client(code)
    key = next((row for row in keys.of_client(code) if same(keys.secret_of(row), secret)), None)
    if key is None:
        raise NotProven("Mã hệ thống hoặc khóa không đúng, hoặc khóa không còn hiệu lực.")
    seconds = int(registry.law("api.token_minutes")) * 60
    text = PREFIX + secrets.token_urlsafe(32)
    ClientToken.objects.create(digest=_digest(text), key=key, until=clock.now() + timedelta(seconds=seconds))
    keys.mark_used(key, ip)
    return Token(text, seconds)


def bearer(text: str, ip: str) -> ClientKey:
    """The key behind a bearer token; raises NotProven, TooMany."""
    limits.by_address(ip)
    now = clock.now()
    good = keys.with_client(keys.good(now)).filter(tokens__digest=_digest(text), tokens__until__gt=now)
    key = good.first()
    if key is None:
        raise NotProven("Mã truy cập không đúng hoặc đã hết hạn. Hãy lấy mã mới.")
    limits.by_client(key.client.code)
    keys.mark_used(key, ip)
    return key


def signed(call: Call) -> ClientKey:
    """The key that signed a request; raises NotProven for a wrong, old or repeated one, TooMany."""
    limits.by_address(call.ip)
    code, at, nonce, digest, given = (
        call.headers.get(name, "") for name in ("LT-Client", "LT-Time", "LT-Nonce", "LT-Digest", "LT-Signature")
    )
    _in_time(at)
    if not NONCE.fullmatch(nonce):
        raise NotProven("LT-Nonce cần 16 đến 64 chữ, số, gạch nối, gạch dưới và chỉ dùng một lần.")
    if not same(digest.lower(), hashlib.sha256(call.body).hexdigest()):
        raise NotProven("LT-Digest không khớp nội dung gửi lên.")
    limits.by_client(code)
    text = signed_text(call.method, call.path, code, at, nonce, digest)
    key = next((row for row in keys.of_client(code) if same(signature(keys.secret_of(row), text), given)), None)
    if key is None:
        raise NotProven("Chữ ký của yêu cầu không đúng, hoặc khóa không còn hiệu lực.")
    _use_once(key, nonce)
    keys.mark_used(key, call.ip)
    return key


def signed_text(method: str, path: str, code: str, at: str, nonce: str, digest: str) -> bytes:
    """What is signed: one member a line, none of which may hold a line break."""
    return "\n".join(part.replace("\n", " ") for part in ("LT1", method, path, code, at, nonce, digest)).encode()


def _in_time(at: str) -> None:
    minutes = int(registry.law("api.signature_minutes"))
    try:
        sent = datetime.fromisoformat(at)
        late = abs(sent - clock.now())
    except (ValueError, TypeError):
        raise NotProven("LT-Time cần thời điểm theo ISO 8601 có múi giờ.") from None
    if late > timedelta(minutes=minutes):
        raise NotProven(f"LT-Time lệch quá {minutes} phút so với máy chủ. Hãy chỉnh lại đồng hồ.")


def _use_once(key: ClientKey, nonce: str) -> None:
    try:
        with transaction.atomic():
            UsedNonce.objects.create(client=key.client, nonce=nonce, used_at=clock.now())
    except IntegrityError:
        raise NotProven("Yêu cầu này đã được gửi trước đó (LT-Nonce lặp lại).") from None


def forget_old() -> int:
    """Drop tokens that ended and nonces whose time window is over; returns how many rows went."""
    now = clock.now()
    window = timedelta(minutes=2 * int(registry.law("api.signature_minutes")) + 1)
    gone, _ = ClientToken.objects.filter(until__lt=now).delete()
    return gone + UsedNonce.objects.filter(used_at__lt=now - window).delete()[0]


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()

"""Shared secrets of peers at rest: sealed under a key derived from the node's own secret (CORE-85)."""

import base64
import hashlib
import hmac
import secrets

from cryptography.fernet import Fernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings


def new_secret() -> str:
    """A fresh shared secret, shown once."""
    return secrets.token_urlsafe(32)


def seal(secret: str) -> bytes:
    """The form in which a secret lies in the database."""
    return _box().encrypt(secret.encode())


def unseal(sealed: bytes) -> str:
    """The secret itself, for computing a signature."""
    return _box().decrypt(bytes(sealed)).decode()


def signature(secret: str, text: bytes) -> str:
    """HMAC-SHA256 of a request, lower-case hex."""
    return hmac.new(secret.encode(), text, hashlib.sha256).hexdigest()


def same(left: str, right: str) -> bool:
    """Compare in constant time."""
    return hmac.compare_digest(left.encode(), right.encode())


def _box() -> Fernet:
    derived = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=b"lienthong exchange peer secrets")
    return Fernet(base64.urlsafe_b64encode(derived.derive(settings.SECRET_KEY.encode())))

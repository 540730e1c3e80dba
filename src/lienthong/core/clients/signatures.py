"""Shared secrets: made, kept sealed, and used to sign a request (CORE-85); peers of the axis take the same."""

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass

from cryptography.fernet import Fernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings


def new_secret() -> str:
    """A fresh shared secret of 256 bits, shown once."""
    return secrets.token_urlsafe(32)


def signature(secret: str, text: bytes) -> str:
    """HMAC-SHA256 of a text, lower-case hex."""
    return hmac.new(secret.encode(), text, hashlib.sha256).hexdigest()


def same(left: str, right: str) -> bool:
    """Compare in constant time."""
    return hmac.compare_digest(left.encode(), right.encode())


@dataclass(frozen=True, slots=True)
class Vault:
    """Keeps secrets of one purpose encrypted under a key derived from the node's own secret."""

    purpose: bytes

    def seal(self, secret: str) -> bytes:
        """The form in which a secret lies in the database."""
        return self._box().encrypt(secret.encode())

    def unseal(self, sealed: bytes) -> str:
        """The secret itself, for computing a signature."""
        return self._box().decrypt(bytes(sealed)).decode()

    def _box(self) -> Fernet:
        derived = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=self.purpose)
        return Fernet(base64.urlsafe_b64encode(derived.derive(settings.SECRET_KEY.encode())))

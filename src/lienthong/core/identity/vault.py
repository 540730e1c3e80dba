"""Secrets that must be read again (TOTP keys) are kept encrypted under a key drawn from LIENTHONG_SECRET_KEY."""

import base64

from cryptography.fernet import Fernet, MultiFernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

INFO = b"lienthong identity secrets v1"


def _fernet() -> MultiFernet:
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet([Fernet(_derived(key)) for key in keys])


def _derived(secret: str) -> bytes:
    kdf = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=INFO)
    return base64.urlsafe_b64encode(kdf.derive(secret.encode()))


def sealed(secret: str) -> str:
    """The stored form of a secret."""
    return _fernet().encrypt(secret.encode()).decode()


def opened(stored: str) -> str:
    """The secret again; raises cryptography.fernet.InvalidToken when the node's key is another one."""
    return _fernet().decrypt(stored.encode()).decode()

"""What the platform asks of keys, time-stamp services and sealers, whoever provides them (CORE-68, CORE-69)."""

from typing import Protocol, runtime_checkable


@runtime_checkable
class KeyHandle(Protocol):
    """One private key and its certificate, wherever the key lives: keystore folder, HSM, remote service, local token.

    `sign` returns the raw signature over `data` (hashed inside with `algorithm`, a hashlib name): RSA PKCS#1 v1.5, or
    ECDSA as a DER sequence. The key itself never leaves the handle.
    """

    @property
    def name(self) -> str:
        """The name under which rows and logs speak of the key; never a secret."""

    @property
    def certificate(self) -> bytes:
        """The signer's X.509 certificate, DER."""

    @property
    def chain(self) -> tuple[bytes, ...]:
        """The issuers' certificates, DER, nearest first, without the root."""

    def sign(self, data: bytes, algorithm: str = "sha256") -> bytes:
        """Sign; raises SigningUnavailable with a readable cause when the key cannot be used now."""


class Keystore(Protocol):
    """Where server-held keys are found by name (CORE-70)."""

    def open(self, name: str) -> KeyHandle:
        """The handle of a key; raises KeyNotFound."""


class TimeStampService(Protocol):
    """An RFC 3161 time-stamp authority, in process or over HTTP."""

    @property
    def name(self) -> str:
        """What the operator calls it."""

    def respond(self, request: bytes) -> bytes:
        """Answer a DER TimeStampReq with a DER TimeStampResp; raises TimeStampUnavailable when there is no answer."""


class Sealer(Protocol):
    """Signs checkpoints, receipts and minutes on behalf of this node (CORE-75, EX-42)."""

    def seal(self, content: bytes) -> bytes:
        """CMS SignedData, detached, DER, over exactly these bytes."""

    def stamp(self, content: bytes) -> bytes:
        """RFC 3161 response, DER, over SHA-256 of these bytes; raises TimeStampUnavailable."""


class SigningUnavailable(Exception):
    """The key cannot sign now; the message says why, in Vietnamese, and can be shown (CORE-68)."""


class KeyNotFound(SigningUnavailable):
    """There is no key of that name in the keystore."""


class TimeStampUnavailable(Exception):
    """No time-stamp authority answered; signing goes on without proof of time (CORE-69)."""

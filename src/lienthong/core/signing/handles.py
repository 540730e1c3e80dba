"""A `KeyHandle` dressed for the libraries that sign with it: pyHanko (CMS, PAdES) and signxml (XMLDSIG)."""

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from pyhanko.sign.signers import Signer
from pyhanko_certvalidator.registry import SimpleCertificateStore

from lienthong.contracts.signing import KeyHandle


def run_sync[T](work: Coroutine[Any, Any, T]) -> T:
    """Run pyHanko's coroutines from synchronous code, also where a loop already runs in this thread."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(work)
    with ThreadPoolExecutor(max_workers=1) as pool:
        return pool.submit(asyncio.run, work).result()


def public_key(handle: KeyHandle) -> ec.EllipticCurvePublicKey | rsa.RSAPublicKey:
    """The public key of the handle's certificate; only RSA and elliptic curves sign here."""
    key = x509.load_der_x509_certificate(handle.certificate).public_key()
    if isinstance(key, ec.EllipticCurvePublicKey | rsa.RSAPublicKey):
        return key
    raise TypeError("only RSA and elliptic-curve keys sign")


class HandleSigner(Signer):
    """pyHanko's signer over a handle: only the bytes to be signed meet the key."""

    def __init__(self, handle: KeyHandle) -> None:
        registry = SimpleCertificateStore()
        registry.register_multiple([asn1_x509.Certificate.load(der) for der in handle.chain])
        super().__init__(
            signing_cert=asn1_x509.Certificate.load(handle.certificate), cert_registry=registry, embed_roots=False
        )
        self._handle = handle

    async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:
        """The raw signature; a dry run only asks how long it may be."""
        if dry_run:
            key = public_key(self._handle)
            return bytes(key.key_size // 8 if isinstance(key, rsa.RSAPublicKey) else key.key_size // 4 + 16)
        return await asyncio.to_thread(self._handle.sign, data, digest_algorithm)


class HandleKey:
    """The two things that signxml asks of a private key: its size and a signature."""

    def __init__(self, handle: KeyHandle) -> None:
        self._handle = handle
        self.key_size = public_key(handle).key_size

    def sign(
        self,
        data: bytes,
        *,
        signature_algorithm: ec.ECDSA | None = None,
        algorithm: hashes.HashAlgorithm | None = None,
        padding: object = None,  # noqa: ARG002 signxml names it; the handle signs PKCS#1 v1.5 only
    ) -> bytes:
        """Raw signature with the hash that signxml chose."""
        chosen = signature_algorithm.algorithm if signature_algorithm else algorithm
        if not isinstance(chosen, hashes.HashAlgorithm):
            raise TypeError("a hash algorithm is wanted")
        return self._handle.sign(data, chosen.name)

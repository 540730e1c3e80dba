"""A `KeyHandle` dressed for the libraries that sign with it: pyHanko (CMS, PAdES) and signxml (XMLDSIG)."""

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
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
        # The loop is this call's own (`run_sync`): blocking keeps nobody waiting, a thread each time costs more.
        return self._handle.sign(data, digest_algorithm)


class HandleKey:
    """What signxml and the CMS builder ask of a private key: its size and signatures; it never gives itself away."""

    def __init__(self, handle: KeyHandle) -> None:
        self._handle = handle
        self.key_size = public_key(handle).key_size

    def _sign(self, data: bytes, algorithm: object) -> bytes:
        if not isinstance(algorithm, hashes.HashAlgorithm):
            raise TypeError("a hash algorithm is wanted")
        return self._handle.sign(data, algorithm.name)


@ec.EllipticCurvePrivateKey.register
class EcHandleKey(HandleKey):
    """A handle in the place of an elliptic-curve key."""

    def sign(self, data: bytes, signature_algorithm: ec.ECDSA) -> bytes:
        """ECDSA with the hash that the library chose."""
        return self._sign(data, signature_algorithm.algorithm)


@rsa.RSAPrivateKey.register
class RsaHandleKey(HandleKey):
    """A handle in the place of an RSA key, PKCS#1 v1.5."""

    def sign(self, data: bytes, padding: padding.AsymmetricPadding, algorithm: hashes.HashAlgorithm) -> bytes:
        """PKCS#1 v1.5 with the hash that the library chose."""
        if not isinstance(padding, PKCS1v15):
            raise TypeError("only PKCS#1 v1.5 is made here")
        return self._sign(data, algorithm)


def library_key(handle: KeyHandle) -> Any:
    """The handle in the place of a `cryptography` private key."""
    is_curve = isinstance(public_key(handle), ec.EllipticCurvePublicKey)
    return EcHandleKey(handle) if is_curve else RsaHandleKey(handle)

"""Server-held keys in a folder: PKCS#8 under a passphrase, files 0600, never in the database or logs (CORE-70)."""

import os
import re
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from lienthong.contracts.signing import KeyNotFound, SigningUnavailable
from lienthong.core.signing import pki

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,99}")
_HASHES: dict[str, type[hashes.HashAlgorithm]] = {
    "sha256": hashes.SHA256,
    "sha384": hashes.SHA384,
    "sha512": hashes.SHA512,
}


@dataclass(frozen=True, slots=True)
class LocalKey:
    """A key held by this process (`KeyHandle`); SHA-1 and MD5 are refused (CORE-61)."""

    name: str
    certificate: bytes
    chain: tuple[bytes, ...]
    _key: pki.PrivateKey = field(repr=False)

    @classmethod
    def of(cls, name: str, issued: pki.Issued) -> "LocalKey":
        """The handle of a freshly issued key, for tests and the demo world."""
        return cls(name, issued.der, tuple(pki.der(c) for c in issued.chain), issued.key)

    def sign(self, data: bytes, algorithm: str = "sha256") -> bytes:
        """Raw signature over `data`."""
        if algorithm not in _HASHES:
            raise SigningUnavailable(f"Thuật toán băm {algorithm} không được dùng để ký.")
        digest = _HASHES[algorithm]()
        if isinstance(self._key, rsa.RSAPrivateKey):
            return self._key.sign(data, padding.PKCS1v15(), digest)
        return self._key.sign(data, ec.ECDSA(digest))

    def secret(self) -> pki.PrivateKey:
        """The key itself, for the demo authority that issues with it."""
        return self._key


@dataclass(frozen=True, slots=True)
class FolderKeystore:
    """The keystore folder: `<name>.key` (encrypted PKCS#8) and `<name>.pem` (certificate, then its issuers)."""

    folder: Path
    passphrase: bytes = field(repr=False)

    def put(self, name: str, issued: pki.Issued) -> None:
        """Store a key under a new name; an existing name is refused, for renewal takes a new name (CORE-70)."""
        self._make_folder()
        if not self.passphrase:
            raise SigningUnavailable("Kho khóa chưa có mật khẩu bảo vệ.")
        encryption = serialization.BestAvailableEncryption(self.passphrase)
        secret = issued.key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption)
        _write_new(self._path(name, ".key"), secret)
        _write_new(self._path(name, ".pem"), pki.pem(issued.certificate, *issued.chain))

    def open(self, name: str) -> LocalKey:
        """The handle of a key; raises KeyNotFound, or SigningUnavailable when the file or passphrase is wrong."""
        path = self._path(name, ".key")
        try:
            if path.stat().st_mode & 0o077:
                raise SigningUnavailable(f"Tệp khóa {name} để lộ cho người dùng khác trên máy chủ, không dùng được.")
            secret = path.read_bytes()
            certificates = x509.load_pem_x509_certificates(self._path(name, ".pem").read_bytes())
        except FileNotFoundError as missing:
            raise KeyNotFound(f"Không tìm thấy khóa {name} trong kho khóa.") from missing
        try:
            key = serialization.load_pem_private_key(secret, self.passphrase)
        except (ValueError, TypeError) as wrong:
            raise SigningUnavailable("Mật khẩu kho khóa không đúng hoặc tệp khóa hỏng.") from wrong
        if not isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey):
            raise SigningUnavailable(f"Khóa {name} thuộc loại không được hỗ trợ.")
        first, *issuers = (pki.der(certificate) for certificate in certificates)
        return LocalKey(name, first, tuple(issuers), key)

    def names(self) -> list[str]:
        """The keys held, by name."""
        return sorted(path.stem for path in self.folder.glob("*.key")) if self.folder.is_dir() else []

    def exposed(self) -> list[str]:
        """Files and folders that others on this machine could read, for `lienthong doctor`."""
        if not self.folder.is_dir():
            return []
        paths = [self.folder, *self.folder.glob("*.key")]
        return [path.name for path in paths if path.stat().st_mode & 0o077]

    def _make_folder(self) -> None:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def _path(self, name: str, suffix: str) -> Path:
        if not _NAME.fullmatch(name):
            raise KeyNotFound(f"Tên khóa {name!r} không hợp lệ.")
        return self.folder / f"{name}{suffix}"


def _write_new(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as target:
        target.write(content)

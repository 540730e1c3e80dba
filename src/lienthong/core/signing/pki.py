"""The demo certificate authority: fixed profile, random keys, marked so that production refuses it (CORE-62)."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from lienthong.kit import clock

DEMO_MARK = "CHỨNG THƯ THỬ NGHIỆM - KHÔNG CÓ GIÁ TRỊ PHÁP LÝ"
DOCUMENT_SIGNING = x509.ObjectIdentifier("1.3.6.1.5.5.7.3.36")
EXPIRED_CERTS_ON_CRL = x509.ObjectIdentifier("2.5.29.60")

DEMO_LEAD = timedelta(days=1)
DEMO_LIFE = timedelta(days=730)

_NAME_MAX = 64

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


class Kind(StrEnum):
    """Whom a certificate names."""

    PERSON = "person"
    ORGANISATION = "organisation"
    SYSTEM = "system"
    TSA = "tsa"


_USAGES: dict[Kind, list[x509.ObjectIdentifier]] = {
    Kind.PERSON: [DOCUMENT_SIGNING, ExtendedKeyUsageOID.EMAIL_PROTECTION],
    Kind.ORGANISATION: [DOCUMENT_SIGNING, ExtendedKeyUsageOID.EMAIL_PROTECTION],
    Kind.SYSTEM: [ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.EMAIL_PROTECTION],
    Kind.TSA: [ExtendedKeyUsageOID.TIME_STAMPING],
}


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom to certify: a person with the words of the position, an organisation, a system (node) or a TSA."""

    kind: Kind
    name: str
    unit: str = ""
    position: str = ""
    code: str = ""

    def as_name(self) -> x509.Name:
        """The distinguished name; a person's is told from an organisation's by the personal name attributes."""
        parts = [x509.NameAttribute(NameOID.COUNTRY_NAME, "VN")]
        if self.unit:
            parts.append(x509.NameAttribute(NameOID.ORGANIZATION_NAME, self.unit))
        if self.kind is Kind.PERSON:
            surname, _, given = self.name.partition(" ")
            parts.append(x509.NameAttribute(NameOID.SURNAME, surname))
            parts.append(x509.NameAttribute(NameOID.GIVEN_NAME, given or surname))
            if self.position:
                parts.append(x509.NameAttribute(NameOID.TITLE, self.position))
        if self.kind is Kind.ORGANISATION:
            parts.append(x509.NameAttribute(NameOID.ORGANIZATION_IDENTIFIER, self.code or self.name))
        elif self.code:
            parts.append(x509.NameAttribute(NameOID.SERIAL_NUMBER, self.code))
        parts.append(x509.NameAttribute(NameOID.COMMON_NAME, _fit(self.name)))
        return x509.Name(parts)


def _fit(text: str) -> str:
    """A common name as the library takes it: at most 64 bytes; a longer name ends in "…", the unit stays whole."""
    if len(text.encode()) <= _NAME_MAX:
        return text
    return text.encode()[: _NAME_MAX - len("…".encode())].decode(errors="ignore") + "…"


@dataclass(frozen=True, slots=True)
class Issued:
    """A certificate with its private key and the issuers above it, nearest first, without the root."""

    certificate: x509.Certificate
    key: PrivateKey = field(repr=False)
    chain: tuple[x509.Certificate, ...] = ()

    @property
    def der(self) -> bytes:
        """The certificate, DER."""
        return der(self.certificate)


@dataclass
class Authority:
    """One certificate authority of the demo tree; it remembers whom it revoked and writes that on its lists."""

    issued: Issued
    revoked: dict[int, tuple[datetime, x509.ReasonFlags]] = field(default_factory=dict)
    crl_number: int = 0

    def issue(
        self,
        subject: Subject,
        *,
        valid_from: datetime | None = None,
        valid_to: datetime | None = None,
        key: PrivateKey | None = None,
        usages: Iterable[x509.ObjectIdentifier] | None = None,
    ) -> Issued:
        """A leaf certificate, two years unless told; `key` renews with the same key, `usages` makes a wrong one."""
        start = valid_from or clock.now() - timedelta(minutes=5)
        leaf_key = key or new_key(rsa_key=subject.kind is Kind.TSA)
        builder = self._builder(subject.as_name(), leaf_key, start, valid_to or start + timedelta(days=730))
        builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        builder = builder.add_extension(_key_usage(digital_signature=True, content_commitment=True), critical=True)
        wanted = list(usages) if usages is not None else _USAGES[subject.kind]
        only_stamps = wanted == [ExtendedKeyUsageOID.TIME_STAMPING]
        builder = builder.add_extension(x509.ExtendedKeyUsage(wanted), critical=only_stamps)
        return Issued(self._sign(builder), leaf_key, (self.issued.certificate, *self.issued.chain))

    def issue_authority(self, name: str, *, valid_from: datetime | None = None, years: int = 25) -> "Authority":
        """An issuing authority below this one."""
        start = valid_from or clock.now() - timedelta(minutes=5)
        key = new_key()
        builder = self._builder(_authority_name(name), key, start, start + timedelta(days=365 * years))
        builder = _as_authority(builder, path_length=0)
        chain = () if self.is_root else (self.issued.certificate, *self.issued.chain)
        return Authority(Issued(self._sign(builder), key, chain))

    @property
    def is_root(self) -> bool:
        """Whether the certificate signs itself."""
        return self.issued.certificate.issuer == self.issued.certificate.subject

    def revoke(
        self,
        certificate: x509.Certificate,
        *,
        at: datetime | None = None,
        reason: x509.ReasonFlags = x509.ReasonFlags.cessation_of_operation,
    ) -> None:
        """Revoke a certificate of this authority from an instant (default: now)."""
        self.revoked[certificate.serial_number] = (at or clock.now(), reason)

    def crl(self, *, at: datetime | None = None, days: int = 7) -> bytes:
        """The revocation list as of an instant, DER; expired certificates stay on it, and it says so."""
        moment = (at or clock.now()).replace(microsecond=0)
        self.crl_number += 1
        certificate = self.issued.certificate
        builder = x509.CertificateRevocationListBuilder(
            issuer_name=certificate.subject,
            last_update=moment,
            next_update=moment + timedelta(days=days),
        )
        builder = builder.add_extension(x509.CRLNumber(self.crl_number), critical=False)
        builder = builder.add_extension(_authority_key(certificate), critical=False)
        since = certificate.not_valid_before_utc.strftime("%Y%m%d%H%M%SZ").encode()
        expired_kept = x509.UnrecognizedExtension(EXPIRED_CERTS_ON_CRL, b"\x18" + bytes([len(since)]) + since)
        builder = builder.add_extension(expired_kept, critical=False)
        for serial, (revoked_at, reason) in sorted(self.revoked.items()):
            if revoked_at.replace(microsecond=0) <= moment:
                entry = x509.RevokedCertificateBuilder(serial, revoked_at.replace(microsecond=0))
                builder = builder.add_revoked_certificate(
                    entry.add_extension(x509.CRLReason(reason), critical=False).build()
                )
        return builder.sign(self.issued.key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)

    def _builder(self, subject: x509.Name, key: PrivateKey, start: datetime, end: datetime) -> x509.CertificateBuilder:
        certificate = self.issued.certificate
        return _builder(subject, certificate.subject, key, start, end).add_extension(
            _authority_key(certificate), critical=False
        )

    def _sign(self, builder: x509.CertificateBuilder) -> x509.Certificate:
        return builder.sign(self.issued.key, hashes.SHA256())


@dataclass
class DemoPki:
    """The whole demo tree: one root, an issuer for officials, one for the public, and two time-stamp authorities."""

    root: Authority
    officials: Authority
    public: Authority
    tsa: Issued
    second_tsa: Issued

    @classmethod
    def create(cls, *, valid_from: datetime | None = None, tsa_years: int = 20) -> Self:
        """A new tree with new keys; names and lifetimes are always the same."""
        start = valid_from or clock.now() - timedelta(minutes=5)
        root = create_root("Gốc chứng thực Liên Thông", valid_from=start)
        officials = root.issue_authority("Chứng thực chuyên dùng công vụ Liên Thông", valid_from=start)
        public = root.issue_authority("Chứng thực công cộng Liên Thông", valid_from=start)
        end = start + timedelta(days=365 * tsa_years)
        first, second = (
            officials.issue(
                Subject(Kind.TSA, f"Dấu thời gian Liên Thông {n}", DEMO_MARK), valid_from=start, valid_to=end
            )
            for n in (1, 2)
        )
        return cls(root, officials, public, first, second)

    def crls(self, *, at: datetime | None = None, days: int = 7) -> tuple[bytes, ...]:
        """The three revocation lists as of an instant."""
        return tuple(authority.crl(at=at, days=days) for authority in (self.root, self.officials, self.public))


def create_root(name: str, *, valid_from: datetime, years: int = 30) -> Authority:
    """A self-signed demo root that carries the mark of a test in its name."""
    key = new_key()
    subject = _authority_name(name)
    builder = _builder(subject, subject, key, valid_from, valid_from + timedelta(days=365 * years))
    certificate = _as_authority(builder, path_length=1).sign(key, hashes.SHA256())
    return Authority(Issued(certificate, key))


def is_demo(certificate: x509.Certificate) -> bool:
    """Whether a certificate stems from a demo tree: production refuses to trust it (CORE-62)."""
    names = [*certificate.subject, *certificate.issuer]
    return any(part.value == DEMO_MARK for part in names)


def new_key(*, rsa_key: bool = False) -> PrivateKey:
    """A random key: P-256, or RSA 3072 where old verifiers must read the time stamps."""
    if rsa_key:
        return rsa.generate_private_key(public_exponent=65537, key_size=3072)
    return ec.generate_private_key(ec.SECP256R1())


def der(certificate: x509.Certificate) -> bytes:
    """DER of a certificate."""
    return certificate.public_bytes(serialization.Encoding.DER)


def pem(*certificates: x509.Certificate | bytes) -> bytes:
    """PEM of certificates given as objects or DER, in order."""
    loaded = [x509.load_der_x509_certificate(c) if isinstance(c, bytes) else c for c in certificates]
    return b"".join(c.public_bytes(serialization.Encoding.PEM) for c in loaded)


def _authority_name(name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "VN"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, DEMO_MARK),
            x509.NameAttribute(NameOID.COMMON_NAME, name),
        ]
    )


def _builder(
    subject: x509.Name, issuer: x509.Name, key: PrivateKey, start: datetime, end: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start.replace(microsecond=0))
        .not_valid_after(end.replace(microsecond=0))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _as_authority(builder: x509.CertificateBuilder, *, path_length: int) -> x509.CertificateBuilder:
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=path_length), critical=True)
    return builder.add_extension(_key_usage(key_cert_sign=True, crl_sign=True), critical=True)


def _authority_key(certificate: x509.Certificate) -> x509.AuthorityKeyIdentifier:
    own = certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(own)


def _key_usage(
    *,
    digital_signature: bool = False,
    content_commitment: bool = False,
    key_cert_sign: bool = False,
    crl_sign: bool = False,
) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=digital_signature,
        content_commitment=content_commitment,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=key_cert_sign,
        crl_sign=crl_sign,
        encipher_only=False,
        decipher_only=False,
    )

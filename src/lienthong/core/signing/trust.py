"""Trust lists as data, and the judgement of a certificate at an instant (CORE-62, CORE-64)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import lru_cache

from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import ExtendedKeyUsageOID, ExtensionOID, NameOID
from pyhanko_certvalidator import CertificateValidator, ValidationContext
from pyhanko_certvalidator import errors as path_errors
from pyhanko_certvalidator.registry import SimpleTrustManager

from lienthong.core.signing import pki, revocation
from lienthong.core.signing.handles import run_sync
from lienthong.core.signing.pki import Kind
from lienthong.core.signing.verdicts import Reason, Revocation, Signer, SigningTime, Status

_MICROSOFT_DOCUMENTS = x509.ObjectIdentifier("1.3.6.1.4.1.311.10.3.12")
_ANY_USE = ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE


class Purpose(StrEnum):
    """What a certificate, and the list it is trusted by, is used for."""

    DOCUMENT = "document"
    PACKET = "packet"
    TIME_STAMP = "time_stamp"


_DOCUMENT_USES = {pki.DOCUMENT_SIGNING, _MICROSOFT_DOCUMENTS, ExtendedKeyUsageOID.EMAIL_PROTECTION, _ANY_USE}
_ACCEPTED: dict[Purpose, set[x509.ObjectIdentifier]] = {
    Purpose.DOCUMENT: _DOCUMENT_USES,
    Purpose.PACKET: {*_DOCUMENT_USES, ExtendedKeyUsageOID.CLIENT_AUTH},
    Purpose.TIME_STAMP: {ExtendedKeyUsageOID.TIME_STAMPING},
}


@dataclass(frozen=True, slots=True)
class Anchor:
    """A trusted root or issuer, DER, with its purposes and the time in which it is trusted."""

    certificate: bytes
    purposes: frozenset[Purpose] = frozenset(Purpose)
    trusted_from: datetime | None = None
    trusted_to: datetime | None = None

    @property
    def demo(self) -> bool:
        """Whether it is a demo root."""
        return pki.is_demo(x509.load_der_x509_certificate(self.certificate))

    def trusted(self, purpose: Purpose, at: datetime) -> bool:
        """Whether it was trusted for a purpose at an instant."""
        return (
            purpose in self.purposes
            and (self.trusted_from is None or self.trusted_from <= at)
            and (self.trusted_to is None or at < self.trusted_to)
        )


@dataclass(frozen=True, slots=True)
class TrustList:
    """All that a verification relies on; no network and no store of the operating system (CORE-62)."""

    anchors: tuple[Anchor, ...] = ()
    issuers: tuple[bytes, ...] = ()
    crls: tuple[bytes, ...] = ()
    ocsps: tuple[bytes, ...] = ()

    def with_evidence(
        self, *, issuers: Iterable[bytes] = (), crls: Iterable[bytes] = (), ocsps: Iterable[bytes] = ()
    ) -> "TrustList":
        """The same trust with evidence found in a signed file: issuers signed it, its place proves nothing."""
        return TrustList(self.anchors, (*self.issuers, *issuers), (*self.crls, *crls), (*self.ocsps, *ocsps))

    @property
    def demo_anchors(self) -> tuple[Anchor, ...]:
        """What production start-up refuses."""
        return tuple(anchor for anchor in self.anchors if anchor.demo)


@dataclass(frozen=True, slots=True)
class Finding:
    """What is known of a certificate at an instant; `reason` None means good."""

    reason: Reason | None = None
    chain: tuple[str, ...] = ()
    revocation: Revocation | None = None


@dataclass(frozen=True, slots=True)
class TimedFinding:
    """The verdict on a certificate over the time of signing (CORE-64)."""

    status: Status
    reason: Reason | None
    chain: tuple[str, ...]
    revocation: Revocation | None
    notes: tuple[str, ...] = ()


def signer_of(certificate: bytes) -> Signer:
    """Whom a certificate names; a person bears personal name attributes, an agency its identifier or its own name."""
    loaded = x509.load_der_x509_certificate(certificate)
    common, unit = _part(loaded, NameOID.COMMON_NAME), _part(loaded, NameOID.ORGANIZATION_NAME)
    kind = _kind_of(loaded, common, unit)
    surname, given = _part(loaded, NameOID.SURNAME), _part(loaded, NameOID.GIVEN_NAME)
    return Signer(
        kind=kind,
        name=common or f"{surname} {given}".strip(),
        position=_part(loaded, NameOID.TITLE),
        unit="" if kind is Kind.ORGANISATION and unit == common else unit,
        serial=f"{loaded.serial_number:x}",
        issuer=_title(loaded.issuer),
        fingerprint=loaded.fingerprint(hashes.SHA256()).hex(),
    )


def judge(
    certificate: bytes, trust: TrustList, purpose: Purpose, *, at: datetime, extra: Iterable[bytes] = ()
) -> Finding:
    """Whether a certificate was good for a purpose at an instant: path, purpose, validity, revocation."""
    roots = tuple(anchor.certificate for anchor in trust.anchors if anchor.trusted(purpose, at))
    pool = (*trust.issuers, *extra)
    loaded = x509.load_der_x509_certificate(certificate)
    try:
        chain = _path(certificate, roots, pool, at.replace(second=0, microsecond=0))
    except _PATH_ERRORS:
        chain = ()
    if not chain or any(not c.not_valid_before_utc <= at <= c.not_valid_after_utc for c in chain):
        try:
            chain = _path.__wrapped__(certificate, roots, pool, at)
        except _PATH_ERRORS as problem:
            return Finding(_path_reason(problem, loaded, at), (_title(loaded.subject),))
    titles = tuple(_title(c.subject) for c in reversed(chain))
    if not _fits(loaded, purpose):
        return Finding(Reason.WRONG_PURPOSE, titles)
    newest: Revocation | None = None
    for lower, issuer in zip(chain[1:], chain, strict=False):
        state = revocation.state_at(lower, issuer, trust.crls, trust.ocsps, at=at)
        if state is None:
            return Finding(Reason.NO_REVOCATION_DATA, titles)
        if state.revoked_at is not None and state.revoked_at <= at:
            return Finding(Reason.REVOKED, titles, state)
        newest = state
    return Finding(None, titles, newest)


_PATH_ERRORS = (path_errors.PathError, path_errors.ValidationError, ValueError)


@lru_cache(maxsize=2048)
def _path(
    certificate: bytes, roots: tuple[bytes, ...], pool: tuple[bytes, ...], at: datetime
) -> tuple[x509.Certificate, ...]:
    """The certificates from a root to the leaf, valid at an instant; raises the library's errors.

    Peers sign many packets with one certificate: paths found are kept for each minute, and the caller looks at the
    seconds. Errors are not kept.
    """
    context = ValidationContext(
        trust_manager=SimpleTrustManager.build(trust_roots=[asn1_x509.Certificate.load(root) for root in roots]),
        moment=at,
        best_signature_time=at,
        allow_fetching=False,
        revocation_mode="soft-fail",
        weak_hash_algos=revocation.WEAK_HASHES,
    )
    validator = CertificateValidator(
        asn1_x509.Certificate.load(certificate),
        intermediate_certs=[asn1_x509.Certificate.load(der) for der in pool],
        validation_context=context,
    )
    path = run_sync(validator.async_validate_path())
    return tuple(x509.load_der_x509_certificate(c.dump()) for c in path.iter_certs(include_root=True))


def judge_over_time(
    certificate: bytes,
    trust: TrustList,
    purpose: Purpose,
    time: SigningTime,
    *,
    now: datetime,
    extra: Iterable[bytes] = (),
) -> TimedFinding:
    """Validity at the proven signing time; later expiry or revocation does not harm (CORE-64, V-SIG-1…5)."""
    pool = tuple(extra)
    present = judge(certificate, trust, purpose, at=now, extra=pool)
    if time.proven and time.at is not None:
        past = judge(certificate, trust, purpose, at=time.at, extra=pool)
        if past.reason is not None:
            return _verdict(_severity(past.reason), past.reason, past)
        if present.reason is None:
            return _verdict(Status.VALID, None, present)
        return _verdict(Status.VALID_AT_SIGNING, None, _better_known(past, present), _since(present))
    return _unproven(certificate, present, time.at)


def _unproven(certificate: bytes, present: Finding, claimed: datetime | None) -> TimedFinding:
    loaded = x509.load_der_x509_certificate(certificate)
    if present.reason is None:
        if claimed is not None and claimed < loaded.not_valid_before_utc:
            return _verdict(Status.INVALID, Reason.NOT_YET_VALID, present)
        return _verdict(Status.VALID, None, present)
    if present.reason is Reason.EXPIRED and (claimed is None or claimed <= loaded.not_valid_after_utc):
        return _verdict(Status.INDETERMINATE, Reason.NO_TIME_PROOF, present)
    if present.reason is Reason.REVOKED and present.revocation and present.revocation.revoked_at:
        before = claimed is None or claimed < present.revocation.revoked_at
        return _verdict(
            Status.INDETERMINATE if before else Status.INVALID,
            Reason.NO_TIME_PROOF if before else Reason.REVOKED,
            present,
        )
    return _verdict(_severity(present.reason), present.reason, present)


_UNCERTAIN = frozenset({Reason.UNTRUSTED, Reason.WEAK_ALGORITHM, Reason.NO_REVOCATION_DATA, Reason.NO_TIME_PROOF})


def _severity(reason: Reason) -> Status:
    return Status.INDETERMINATE if reason in _UNCERTAIN else Status.INVALID


def _verdict(status: Status, reason: Reason | None, finding: Finding, *notes: str) -> TimedFinding:
    return TimedFinding(status, reason, finding.chain, finding.revocation, tuple(n for n in notes if n))


def _better_known(past: Finding, present: Finding) -> Finding:
    return Finding(None, past.chain, present.revocation or past.revocation)


def _since(present: Finding) -> str:
    return {
        Reason.EXPIRED: "Chứng thư số hết hạn sau khi ký, không ảnh hưởng.",
        Reason.REVOKED: "Chứng thư số bị thu hồi sau khi ký, không ảnh hưởng.",
    }.get(present.reason or Reason.LEGACY, "Trạng thái hiện nay của chứng thư số chưa rõ.")


def _path_reason(problem: Exception, leaf: x509.Certificate, at: datetime) -> Reason:
    if at > leaf.not_valid_after_utc or isinstance(problem, path_errors.ExpiredError):
        return Reason.EXPIRED
    if at < leaf.not_valid_before_utc or isinstance(problem, path_errors.NotYetValidError):
        return Reason.NOT_YET_VALID
    if isinstance(problem, path_errors.DisallowedAlgorithmError):
        return Reason.WEAK_ALGORITHM
    return Reason.UNTRUSTED if isinstance(problem, path_errors.PathError) else Reason.BAD_CHAIN


def _fits(leaf: x509.Certificate, purpose: Purpose) -> bool:
    usage = _extension(leaf, ExtensionOID.KEY_USAGE)
    if isinstance(usage, x509.KeyUsage) and not (usage.digital_signature or usage.content_commitment):
        return False
    constraints = _extension(leaf, ExtensionOID.BASIC_CONSTRAINTS)
    if isinstance(constraints, x509.BasicConstraints) and constraints.ca:
        return False
    uses = _extension(leaf, ExtensionOID.EXTENDED_KEY_USAGE)
    if not isinstance(uses, x509.ExtendedKeyUsage):
        return purpose is not Purpose.TIME_STAMP
    if purpose is not Purpose.TIME_STAMP and ExtendedKeyUsageOID.TIME_STAMPING in uses:
        return False
    return bool(_ACCEPTED[purpose] & set(uses))


def _extension(leaf: x509.Certificate, oid: x509.ObjectIdentifier) -> x509.ExtensionType | None:
    try:
        return leaf.extensions.get_extension_for_oid(oid).value
    except x509.ExtensionNotFound:
        return None


def _kind_of(loaded: x509.Certificate, common: str, unit: str) -> Kind:
    uses = _extension(loaded, ExtensionOID.EXTENDED_KEY_USAGE)
    listed = set(uses) if isinstance(uses, x509.ExtendedKeyUsage) else set()
    if ExtendedKeyUsageOID.TIME_STAMPING in listed:
        return Kind.TSA
    if _part(loaded, NameOID.ORGANIZATION_IDENTIFIER) or (common and common == unit):
        return Kind.ORGANISATION
    if _part(loaded, NameOID.SURNAME) or _part(loaded, NameOID.GIVEN_NAME) or _part(loaded, NameOID.TITLE):
        return Kind.PERSON
    if ExtendedKeyUsageOID.CLIENT_AUTH in listed and pki.DOCUMENT_SIGNING not in listed:
        return Kind.SYSTEM
    return Kind.PERSON


def _part(certificate: x509.Certificate, oid: x509.ObjectIdentifier) -> str:
    found = certificate.subject.get_attributes_for_oid(oid)
    return str(found[0].value) if found else ""


def _title(name: x509.Name) -> str:
    found = name.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(found[0].value) if found else name.rfc4514_string()

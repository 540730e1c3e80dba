"""Revocation read from lists and answers that the issuer signed, wherever they were found (CORE-63, CORE-64)."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import lru_cache

from asn1crypto import keys as asn1_keys
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID, ExtensionOID

from lienthong.core.signing.pki import EXPIRED_CERTS_ON_CRL
from lienthong.core.signing.verdicts import Revocation

WEAK_HASHES = frozenset({"md2", "md5", "sha1"})


def state_at(
    certificate: x509.Certificate,
    issuer: x509.Certificate,
    crls: Iterable[bytes],
    ocsps: Iterable[bytes],
    *,
    at: datetime,
) -> Revocation | None:
    """The revocation state that matters at an instant; None when no evidence reaches that instant.

    Any evidence of revocation counts, whatever newer lists leave out; absence counts only when the evidence was still
    in force at `at`, or was issued later.
    """
    facts = [*_from_crls(certificate, issuer, crls), *_from_ocsps(certificate, issuer, ocsps)]
    revoked = [fact for fact, _ in facts if fact.revoked_at is not None]
    if revoked:
        return min(revoked, key=lambda fact: fact.revoked_at or fact.issued_at)
    reaching = [fact for fact, until in facts if until is None or until >= at]
    return max(reaching, key=lambda fact: fact.issued_at) if reaching else None


Facts = Iterator[tuple[Revocation, datetime | None]]


def _from_crls(certificate: x509.Certificate, issuer: x509.Certificate, crls: Iterable[bytes]) -> Facts:
    for der in crls:
        crl = _list_of(der, issuer)
        if crl is None or not _complete(crl, certificate):
            continue
        entry = crl.get_revoked_certificate_by_serial_number(certificate.serial_number)
        if entry is not None:
            since, cause = _entry_facts(entry)
            yield Revocation("CRL", crl.last_update_utc, since, cause), crl.next_update_utc
        elif crl.last_update_utc <= certificate.not_valid_after_utc or _keeps_expired(crl, certificate):
            yield Revocation("CRL", crl.last_update_utc), crl.next_update_utc


@lru_cache(maxsize=512)
def _list_of(der: bytes, issuer: x509.Certificate) -> x509.CertificateRevocationList | None:
    """The revocation list if this issuer may sign lists and signed this one."""
    try:
        crl = x509.load_der_x509_crl(der)
        if crl.issuer != issuer.subject or not _may_sign_lists(issuer):
            return None
        return crl if crl.is_signature_valid(issuer.public_key()) else None  # type: ignore[arg-type]
    except (ValueError, TypeError):
        return None


def _from_ocsps(certificate: x509.Certificate, issuer: x509.Certificate, ocsps: Iterable[bytes]) -> Facts:
    for der in ocsps:
        try:
            answer = ocsp.load_der_ocsp_response(der)
            if answer.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
                continue
            if answer.serial_number != certificate.serial_number or not _answered_by(answer, issuer):
                continue
        except ValueError:
            continue
        state = answer.certificate_status
        if state is ocsp.OCSPCertStatus.REVOKED:
            cause = answer.revocation_reason.value if answer.revocation_reason else ""
            yield Revocation("OCSP", answer.this_update_utc, answer.revocation_time_utc, cause), answer.next_update_utc
        elif state is ocsp.OCSPCertStatus.GOOD:
            yield Revocation("OCSP", answer.this_update_utc), answer.next_update_utc or answer.this_update_utc


def _entry_facts(entry: x509.RevokedCertificate) -> tuple[datetime, str]:
    since, cause = entry.revocation_date_utc, ""
    for extension in entry.extensions:
        if isinstance(extension.value, x509.CRLReason):
            cause = extension.value.reason.value
        if isinstance(extension.value, x509.InvalidityDate):
            # A key known to be lost earlier than it was revoked counts from the loss (RFC 5280 §5.3.2).
            since = min(since, extension.value.invalidity_date_utc)
    return since, cause


def _complete(crl: x509.CertificateRevocationList, certificate: x509.Certificate) -> bool:
    """Whether the list speaks for the certificate: no part lists, no delta lists, no lists for others."""
    for extension in crl.extensions:
        value = extension.value
        if isinstance(value, x509.IssuingDistributionPoint):
            if value.indirect_crl or value.only_some_reasons or value.only_contains_attribute_certs:
                return False
            is_authority = _is_authority(certificate)
            if value.only_contains_ca_certs and not is_authority:
                return False
            if value.only_contains_user_certs and is_authority:
                return False
        elif extension.critical:
            return False
    return True


def _keeps_expired(crl: x509.CertificateRevocationList, certificate: x509.Certificate) -> bool:
    for extension in crl.extensions:
        if extension.oid == EXPIRED_CERTS_ON_CRL and isinstance(extension.value, x509.UnrecognizedExtension):
            since = extension.value.value[2:].decode("ascii", "replace")
            return since <= certificate.not_valid_after_utc.strftime("%Y%m%d%H%M%SZ")
    return False


def _may_sign_lists(issuer: x509.Certificate) -> bool:
    try:
        usage = issuer.extensions.get_extension_for_oid(ExtensionOID.KEY_USAGE).value
    except x509.ExtensionNotFound:
        return True
    return isinstance(usage, x509.KeyUsage) and usage.crl_sign


def _is_authority(certificate: x509.Certificate) -> bool:
    try:
        value = certificate.extensions.get_extension_for_oid(ExtensionOID.BASIC_CONSTRAINTS).value
    except x509.ExtensionNotFound:
        return False
    return isinstance(value, x509.BasicConstraints) and value.ca


def _answered_by(answer: ocsp.OCSPResponse, issuer: x509.Certificate) -> bool:
    """Whether the issuer, or a responder that the issuer itself appointed, signed the answer (RFC 6960 §4.2.2.2)."""
    if not _names_issuer(answer, issuer):
        return False
    candidates = [issuer]
    for responder in answer.certificates:
        try:
            responder.verify_directly_issued_by(issuer)
            uses = responder.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
        except (ValueError, TypeError, InvalidSignature, x509.ExtensionNotFound):
            continue
        in_time = responder.not_valid_before_utc <= answer.produced_at_utc <= responder.not_valid_after_utc
        if ExtendedKeyUsageOID.OCSP_SIGNING in uses and in_time:
            candidates.append(responder)
    return any(_signed(answer, candidate) for candidate in candidates)


def _names_issuer(answer: ocsp.OCSPResponse, issuer: x509.Certificate) -> bool:
    encoding, shape = serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    info = asn1_keys.PublicKeyInfo.load(issuer.public_key().public_bytes(encoding, shape))
    digest = hashes.Hash(answer.hash_algorithm)
    digest.update(info["public_key"].contents[1:])
    return digest.finalize() == answer.issuer_key_hash


def _signed(answer: ocsp.OCSPResponse, certificate: x509.Certificate) -> bool:
    key, algorithm = certificate.public_key(), answer.signature_hash_algorithm
    if algorithm is None or algorithm.name in WEAK_HASHES:
        return False
    try:
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(answer.signature, answer.tbs_response_bytes, padding.PKCS1v15(), algorithm)
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(answer.signature, answer.tbs_response_bytes, ec.ECDSA(algorithm))
        else:
            return False
    except InvalidSignature:
        return False
    return True

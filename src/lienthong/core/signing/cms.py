"""CMS detached signatures over exact bytes: receipts, votes and seals over canonical JSON (CORE-61, EX-42)."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

import rfc8785
from asn1crypto import cms
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.serialization import pkcs7
from pyhanko.sign.general import CMSExtractionError, extract_signer_info
from pyhanko.sign.signers.pdf_cms import PdfCMSSignedAttributes
from pyhanko.sign.validation import errors as library_errors
from pyhanko.sign.validation.generic_cms import (
    extract_certs_for_validation,
    extract_self_reported_ts,
    extract_tst_data_iter,
    validate_sig_integrity,
)

from lienthong.contracts.signing import KeyHandle, TimeStampUnavailable
from lienthong.core.signing.handles import HandleSigner, library_key, run_sync
from lienthong.core.signing.pki import Kind
from lienthong.core.signing.revocation import WEAK_HASHES
from lienthong.core.signing.trust import Purpose, TrustList, judge, judge_over_time, signer_of
from lienthong.core.signing.tsa import TimeStamps
from lienthong.core.signing.verdicts import Reason, SignatureVerdict, Signer, SigningTime, Status
from lienthong.kit import clock

UNKNOWN = Signer(kind=Kind.PERSON, name="")
ImprintOf = Callable[[str], bytes]


def canonical(document: Mapping[str, Any]) -> bytes:
    """Canonical JSON (RFC 8785), UTF-8: what is signed of a receipt."""
    return rfc8785.dumps(dict(document))


def sign(content: bytes, key: KeyHandle, *, stamps: TimeStamps | None = None) -> bytes:
    """CMS SignedData, detached, DER, over exactly these bytes; stamped when an authority answers (CORE-69)."""
    if stamps is not None:
        settings = PdfCMSSignedAttributes(signing_time=clock.now().replace(microsecond=0))
        work = HandleSigner(key).async_sign_general_data(
            content, "sha256", timestamper=stamps.library, signed_attr_settings=settings
        )
        try:
            return cast(bytes, run_sync(work).dump())
        except TimeStampUnavailable:
            pass
    return _sign_bare(content, key)


def _sign_bare(content: bytes, key: KeyHandle) -> bytes:
    """Without a stamp, by `cryptography`: fifty times as fast, and every receipt is one (EX-42)."""
    builder = pkcs7.PKCS7SignatureBuilder().set_data(content)
    leaf, *issuers = (x509.load_der_x509_certificate(der) for der in (key.certificate, *key.chain))
    builder = builder.add_signer(leaf, library_key(key), hashes.SHA256())
    for issuer in issuers:
        builder = builder.add_certificate(issuer)
    options = [pkcs7.PKCS7Options.DetachedSignature, pkcs7.PKCS7Options.Binary, pkcs7.PKCS7Options.NoCapabilities]
    return builder.sign(serialization.Encoding.DER, options)


def sign_document(document: Mapping[str, Any], key: KeyHandle, *, stamps: TimeStamps | None = None) -> bytes:
    """The detached signature over the canonical JSON of a document (EX-42)."""
    return sign(canonical(document), key, stamps=stamps)


def verify(
    content: bytes,
    signature: bytes,
    trust: TrustList,
    *,
    purpose: Purpose = Purpose.PACKET,
    now: datetime | None = None,
) -> SignatureVerdict:
    """The verdict on a detached CMS signature over exactly these bytes; never raises for what it was given."""
    moment = now or clock.now()
    try:
        message = cms.ContentInfo.load(signature, strict=True)
        if message["content_type"].native != "signed_data":
            return _unreadable()
        signed = message["content"]
        signer_info = extract_signer_info(signed)
        algorithm = signer_info["digest_algorithm"]["algorithm"].native
        digest = hashlib.new(algorithm, content).digest()
        if signed["encap_content_info"]["content"].native is not None:
            return _unreadable()
        return judge_signed_data(signed, digest, trust, purpose, now=moment)
    except (ValueError, TypeError, KeyError, CMSExtractionError, library_errors.SignatureValidationError):
        return _unreadable()


def verify_document(
    document: Mapping[str, Any], signature: bytes, trust: TrustList, *, now: datetime | None = None
) -> SignatureVerdict:
    """The verdict on a receipt: the signature must be over the canonical JSON of this very document (EX-42)."""
    return verify(canonical(document), signature, trust, now=now)


def judge_signed_data(
    signed: cms.SignedData,
    digest: bytes,
    trust: TrustList,
    purpose: Purpose,
    *,
    now: datetime,
    exists_since: SigningTime | None = None,
    control: datetime | None = None,
) -> SignatureVerdict:
    """The verdict on SignedData whose content has this digest.

    `exists_since` is a proof of existence from outside (a later document time stamp); `control` is the instant up to
    which the stamp's own certificate must have been good, `now` unless a later stamp covers it.
    """
    signer_info = extract_signer_info(signed)
    found = extract_certs_for_validation(signed)
    leaf = cast(bytes, found.signer_cert.dump())
    extra = tuple(cast(bytes, certificate.dump()) for certificate in found.other_certs)
    algorithm = signer_info["digest_algorithm"]["algorithm"].native
    content_type = signed["encap_content_info"]["content_type"].native
    time = _proven_time(signer_info, trust, now=control or now) or exists_since
    claimed = extract_self_reported_ts(signer_info)
    time = time or SigningTime(claimed, proven=False)
    evidence = Evidence(signer_of(leaf), time)
    if algorithm in WEAK_HASHES or _weak_mechanism(signer_info):
        return evidence.verdict(Status.INDETERMINATE, Reason.WEAK_ALGORITHM)
    intact, valid = validate_sig_integrity(
        signer_info, found.signer_cert, expected_content_type=content_type, actual_digest=digest
    )
    if not (intact and valid):
        return evidence.verdict(Status.INVALID, Reason.BROKEN)
    finding = judge_over_time(leaf, trust, purpose, time, now=now, extra=extra)
    return SignatureVerdict(
        status=finding.status,
        signer=evidence.signer,
        time=time,
        reason=finding.reason,
        chain=finding.chain,
        revocation=finding.revocation,
        notes=finding.notes,
    )


@dataclass(frozen=True, slots=True)
class Evidence:
    """Who signed and when, before anything is judged."""

    signer: Signer
    time: SigningTime

    def verdict(self, status: Status, reason: Reason) -> SignatureVerdict:
        """A verdict that rests on the signature alone."""
        return SignatureVerdict(status=status, signer=self.signer, time=self.time, reason=reason)


def judge_stamp(
    signed: cms.SignedData, imprint_of: ImprintOf, trust: TrustList, *, control: datetime
) -> SigningTime | None:
    """The time of an RFC 3161 token if it is over this content and its authority was good; None otherwise."""
    try:
        info = signed["encap_content_info"]["content"].parsed
        wanted = info["message_imprint"]
        algorithm = wanted["hash_algorithm"]["algorithm"].native
        if algorithm in WEAK_HASHES or imprint_of(algorithm) != wanted["hashed_message"].native:
            return None
        signer_info = extract_signer_info(signed)
        found = extract_certs_for_validation(signed)
        own = signer_info["digest_algorithm"]["algorithm"].native
        content = bytes(signed["encap_content_info"]["content"])
        intact, valid = validate_sig_integrity(
            signer_info,
            found.signer_cert,
            expected_content_type="tst_info",
            actual_digest=hashlib.new(own, content).digest(),
        )
    except (ValueError, TypeError, KeyError, CMSExtractionError, library_errors.SignatureValidationError):
        return None
    if not (intact and valid) or own in WEAK_HASHES:
        return None
    at = cast(datetime, info["gen_time"].native)
    leaf = cast(bytes, found.signer_cert.dump())
    extra = tuple(cast(bytes, certificate.dump()) for certificate in found.other_certs)
    for instant in (at, control):
        if judge(leaf, trust, Purpose.TIME_STAMP, at=instant, extra=extra).reason is not None:
            return None
    return SigningTime(at, proven=True, authority=signer_of(leaf).name)


def _proven_time(signer_info: cms.SignerInfo, trust: TrustList, *, now: datetime) -> SigningTime | None:
    value = signer_info["signature"].native
    for token in extract_tst_data_iter(signer_info, signed=False):
        time = judge_stamp(token, lambda algorithm: hashlib.new(algorithm, value).digest(), trust, control=now)
        if time is not None:
            return time
    return None


def _weak_mechanism(signer_info: cms.SignerInfo) -> bool:
    mechanism = str(signer_info["signature_algorithm"]["algorithm"].native)
    return mechanism.split("_")[0] in WEAK_HASHES


def _unreadable() -> SignatureVerdict:
    return Evidence(UNKNOWN, SigningTime()).verdict(Status.INVALID, Reason.UNREADABLE)

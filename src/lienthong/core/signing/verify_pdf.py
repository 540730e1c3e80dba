"""The verdict on every signature of a PDF, and on what was added after each (CORE-63, CORE-64, CORE-65, EX-22)."""

import logging
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from io import BytesIO
from typing import cast

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.decode_limits import DecodePurpose
from pyhanko.pdf_utils.form_tools import enumerate_fields_in
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import HistoricalResolver, PdfFileReader
from pyhanko.sign.diff_analysis import (
    CatalogModificationRule,
    DiffResult,
    DocInfoRule,
    DSSCompareRule,
    FormUpdatingRule,
    GenericFieldModificationRule,
    MetadataUpdateRule,
    ModificationLevel,
    ObjectStreamRule,
    SigFieldCreationRule,
    SigFieldModificationRule,
    StandardDiffPolicy,
    XrefStreamRule,
)
from pyhanko.sign.diff_analysis.constants import ACROFORM_EXEMPT_STRICT_COMPARISON
from pyhanko.sign.fields import FieldMDPAction, MDPPerm
from pyhanko.sign.general import CMSExtractionError
from pyhanko.sign.validation import errors as library_errors
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.status import SignatureCoverageLevel

from lienthong.core.files.sandbox import SandboxFailure, preload, run_limited
from lienthong.core.signing import cms
from lienthong.core.signing.trust import Purpose, TrustList, signer_of
from lienthong.core.signing.verdicts import (
    FileVerdict,
    Reason,
    SignatureVerdict,
    SigningTime,
    Status,
    file_verdict_from_json,
    to_json,
)
from lienthong.kit import clock

logger = logging.getLogger(__name__)

FILLED_AFTER = "Số, ngày điền sau chữ ký, được phép."
UNREADABLE_FILE = "không đọc được tệp PDF."
LIBRARY_ERRORS = (
    PdfError,
    CMSExtractionError,
    library_errors.SignatureValidationError,
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    AssertionError,
    RecursionError,
    NotImplementedError,
    OverflowError,
)

preload(__name__)


# What may follow a signature. The library's own default also weighs appearance streams that stand unchanged under a
# locked field, and so calls every archived file altered.
_HOUSEKEEPING = (DocInfoRule(), XrefStreamRule(), ObjectStreamRule(), DSSCompareRule(), MetadataUpdateRule())


def _policy(*more_form_keys: str) -> StandardDiffPolicy:
    return StandardDiffPolicy(
        global_rules=[
            CatalogModificationRule(),
            *(rule.as_qualified(ModificationLevel.LTA_UPDATES) for rule in _HOUSEKEEPING),
        ],
        form_rule=FormUpdatingRule(
            field_rules=[
                SigFieldCreationRule(),
                SigFieldModificationRule(allow_in_place_appearance_stream_changes=False),
                GenericFieldModificationRule(allow_in_place_appearance_stream_changes=False),
            ],
            ignored_acroform_keys=ACROFORM_EXEMPT_STRICT_COMPARISON | set(more_form_keys),
        ),
    )


LATER_CHANGES = _policy()
# The first signature of a file also sets the flags that say so.
SIGNING_CHANGES = _policy("/SigFlags")


def verify_pdf(pdf: bytes, trust: TrustList, *, now: datetime | None = None, seconds: float = 30) -> FileVerdict:
    """The verdict on an untrusted PDF, read in a limited child; failure is an answer (CORE-109, F-CORE-31)."""
    moment = now or clock.now()
    try:
        answer = run_limited("lienthong.core.signing.verify_pdf:judge_as_json", pdf, trust, moment, seconds=seconds)
    except SandboxFailure as failure:
        return FileVerdict(error=f"{UNREADABLE_FILE[:-1]} ({failure}).", checked_at=moment)
    return file_verdict_from_json(answer)


def judge_as_json(pdf: bytes, trust: TrustList, now: datetime) -> object:
    """`judge_pdf` for the child process."""
    return to_json(judge_pdf(pdf, trust, now=now))


def judge_pdf(pdf: bytes, trust: TrustList, *, now: datetime | None = None) -> FileVerdict:
    """The verdict on a PDF that this node made itself; what came from outside goes through `verify_pdf`."""
    moment = now or clock.now()
    try:
        reader = PdfFileReader(BytesIO(pdf))
        return _judge(reader, trust, moment)
    except LIBRARY_ERRORS as problem:
        logger.info("unreadable PDF: %r", problem)
        return FileVerdict(error=UNREADABLE_FILE, checked_at=moment)


def _judge(reader: PdfFileReader, trust: TrustList, now: datetime) -> FileVerdict:
    found = sorted(reader.embedded_signatures, key=lambda s: s.signed_revision)
    trust = _with_evidence(reader, found, trust)
    stamps = [s for s in found if s.sig_object_type == "/DocTimeStamp"]
    signatures = [s for s in found if s.sig_object_type != "/DocTimeStamp"]
    proofs = _stamp_proofs(stamps, trust, now)
    revisions = reader.xrefs.total_revisions
    verdicts = [_signature(signature, trust, proofs, now, revisions) for signature in signatures]
    if signatures and _refilled(reader, signatures[0].signed_revision):
        verdicts[0] = replace(verdicts[0], altered=True)
    return FileVerdict(
        signatures=tuple(verdicts),
        altered=any(v.altered for v in verdicts),
        notes=tuple(dict.fromkeys(note for v in verdicts for note in v.notes if note == FILLED_AFTER)),
        checked_at=now,
    )


Proofs = list[tuple[int, SigningTime]]


def _stamp_proofs(stamps: Iterable[EmbeddedPdfSignature], trust: TrustList, now: datetime) -> Proofs:
    """What the document time stamps prove, newest first: each is judged at the time of the one that covers it."""
    proofs: Proofs = []
    control = now
    for stamp in sorted(stamps, key=lambda s: s.signed_revision, reverse=True):
        stamp.compute_integrity_info(skip_diff=True)
        if stamp.coverage < SignatureCoverageLevel.ENTIRE_REVISION:
            continue
        time = cms.judge_stamp(stamp.signed_data, stamp.compute_digest, trust, control=control)
        if time is not None and time.at is not None:
            proofs.append((stamp.signed_revision, time))
            control = time.at
    return proofs


def _signature(
    signature: EmbeddedPdfSignature, trust: TrustList, proofs: Proofs, now: datetime, revisions: int
) -> SignatureVerdict:
    field, revision = str(signature.fq_name), signature.signed_revision + 1
    later = [time for at_revision, time in proofs if at_revision > signature.signed_revision]
    oldest = later[-1] if later else None
    try:
        signature.compute_integrity_info(LATER_CHANGES)
        verdict = cms.judge_signed_data(
            signature.signed_data,
            signature.compute_digest(),
            trust,
            Purpose.DOCUMENT,
            now=now,
            exists_since=oldest,
            control=oldest.at if oldest else None,
        )
        claimed = signature.self_reported_timestamp
        if verdict.time.at is None and claimed is not None:
            verdict = replace(verdict, time=SigningTime(claimed))
        whole = signature.coverage >= SignatureCoverageLevel.ENTIRE_REVISION
        permitted, filled = _permitted(signature)
    except LIBRARY_ERRORS as problem:
        logger.info("unreadable signature %s: %r", field, problem)
        signer = signer_of(signature.signer_cert.dump())
        verdict = cms.Evidence(signer, SigningTime()).verdict(Status.INVALID, Reason.UNREADABLE)
        whole, permitted, filled = True, True, False
    if revision == revisions and _trailing(signature):
        permitted = False
    if not whole:
        verdict = replace(verdict, status=Status.INVALID, reason=Reason.BROKEN)
    return replace(
        verdict,
        field=field,
        revision=revision,
        revisions=revisions,
        altered=not permitted,
        notes=(*verdict.notes, FILLED_AFTER) if filled and permitted else verdict.notes,
    )


def _permitted(signature: EmbeddedPdfSignature) -> tuple[bool, bool]:
    """Whether only permitted things follow the signature, and whether fields were filled after it (CORE-65, OF-21).

    Permitted are signatures, time stamps, validation data and the fields that the signature itself left open.
    """
    result: object = signature.diff_result
    if not isinstance(result, DiffResult):
        return False, False
    level = signature.docmdp_level
    if level is MDPPerm.NO_CHANGES and result.modification_level.value > level.value:
        return False, False
    own = {s.fq_name for s in signature.reader.embedded_signatures}
    filled = {name for name in result.changed_form_fields if name not in own}
    lock = signature.fieldmdp
    open_fields = set(lock.fields or ()) if lock and lock.action is FieldMDPAction.EXCLUDE else set()
    return filled <= open_fields, bool(filled)


def _trailing(signature: EmbeddedPdfSignature) -> bool:
    """Whether bytes that belong to no revision stand behind the last signature; another reader may show them."""
    start, length = int(signature.byte_range[2]), int(signature.byte_range[3])
    stream = signature.reader.stream
    stream.seek(start + length)
    return bool(stream.read().strip(b"\0\t\n\f\r "))


def _refilled(reader: PdfFileReader, first: int) -> bool:
    """Whether a field that already had a value got another one after the first signature: a number is filled once."""
    known: dict[str, str] = {}
    for revision in range(first, reader.xrefs.total_revisions):
        for name, value in _values(reader.get_historical_resolver(revision)).items():
            if known.get(name) and value != known[name]:
                return True
            known[name] = value
    return False


def _values(handler: HistoricalResolver) -> dict[str, str]:
    if "/AcroForm" not in handler.root:
        return {}
    listed = enumerate_fields_in(handler.root["/AcroForm"]["/Fields"], refs_seen=set(), target_field_type="/Tx")
    return {str(name): str(value or "") for name, value, _ in listed}


def _entries(store: generic.DictionaryObject, key: str) -> generic.ArrayObject:
    """An array of a dictionary; `get` would not follow an indirect reference."""
    if key not in store:
        return generic.ArrayObject()
    return cast(generic.ArrayObject, store[key])


def _with_evidence(reader: PdfFileReader, signatures: Iterable[EmbeddedPdfSignature], trust: TrustList) -> TrustList:
    """Certificates and revocation data inside the file; each is signed by its issuer, so its place proves nothing."""
    issuers: list[bytes] = []
    crls: list[bytes] = []
    ocsps: list[bytes] = []
    if "/DSS" in reader.root:
        store = reader.root["/DSS"]
        for key, purpose, target in (
            ("/Certs", DecodePurpose.CERTIFICATE, issuers),
            ("/CRLs", DecodePurpose.CRL, crls),
            ("/OCSPs", DecodePurpose.OCSP_RESPONSE, ocsps),
        ):
            target.extend(item.get_object().read_data(purpose) for item in _entries(store, key))
    for signature in signatures:
        listed = signature.signed_data["crls"]
        crls.extend(cast(bytes, item.chosen.dump()) for item in listed or () if item.name == "certificate_list")
    return trust.with_evidence(issuers=issuers, crls=crls, ocsps=ocsps)

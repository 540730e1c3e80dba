"""PAdES: the competent person signs, the agency signs after, time is proven, and the file is made to last (CORE-61)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import cast

from asn1crypto import x509 as asn1_x509
from asn1crypto.crl import CertificateList
from asn1crypto.ocsp import OCSPResponse
from pyhanko.pdf_utils.generic import ArrayObject, DictionaryObject
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import PdfSignatureMetadata, PdfSigner, PdfTimeStamper
from pyhanko.sign.diff_analysis import DiffResult
from pyhanko.sign.fields import SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.general import SigningError
from pyhanko.sign.signers.pdf_cms import PdfCMSSignedAttributes
from pyhanko.sign.validation.dss import DocumentSecurityStore

from lienthong.contracts.signing import KeyHandle, SigningUnavailable, TimeStampUnavailable
from lienthong.core.signing.appearance import POINTS_PER_MM, Box, SignatureLook
from lienthong.core.signing.handles import HandleSigner, run_sync
from lienthong.core.signing.trust import TrustList, signer_of
from lienthong.core.signing.tsa import TimeStamps
from lienthong.core.signing.verdicts import FileVerdict, PaperKind, PaperValue, SignatureVerdict
from lienthong.core.signing.verify_pdf import SIGNING_CHANGES, judge_pdf
from lienthong.kit import clock


class SealRefused(Exception):
    """The agency may not sign yet; the message says what is missing (CORE-66, F-OF-4)."""


@dataclass(frozen=True, slots=True)
class SignedPdf:
    """A file after one signing; `waiting_for_stamp` is "chờ dấu thời gian" (CORE-69)."""

    content: bytes
    signed_at: datetime
    waiting_for_stamp: bool

    @property
    def level(self) -> str:
        """The PAdES level reached: B-T with proof of time, B-B without."""
        return "B-B" if self.waiting_for_stamp else "B-T"


@dataclass(frozen=True, slots=True)
class Look:
    """What is seen of a signature: a picture (PNG), or a text made of the signing time in a font; or nothing."""

    png: bytes | None = None
    text: Callable[[datetime], str] | None = None
    font: Path | None = None

    def at(self, moment: datetime) -> SignatureLook:
        """The look for one instant: what is printed never contradicts the signed time (OF-53)."""
        written = self.text(moment) if self.text else ""
        return SignatureLook(png=self.png, text=written, font=self.font)


NO_LOOK = Look()


def sign_as_person(
    pdf: bytes,
    key: KeyHandle,
    field: str,
    *,
    look: Look = NO_LOOK,
    box: Box | None = None,
    stamps: TimeStamps | None = None,
    reason: str = "",
) -> SignedPdf:
    """The competent person's signature into a named field; `box` makes the field when the file has none.

    The field's lock (see `fields.add_fields`) becomes FieldMDP: số, ngày and the other signatures stay open (OF-21).
    """
    return _sign(pdf, key, field, look=look, box=box, stamps=stamps, reason=reason)


def sign_as_organisation(
    pdf: bytes,
    key: KeyHandle,
    field: str,
    *,
    paper: PaperKind,
    trust: TrustList,
    main: PaperValue | None = None,
    look: Look = NO_LOOK,
    box: Box | None = None,
    stamps: TimeStamps | None = None,
    reason: str = "",
) -> SignedPdf:
    """The agency's signature; refused while the competent person's is absent or not good (CORE-66, F-OF-4).

    Copies and separate annexes need none; an annex needs its main file to bear both (`main`).
    """
    may_seal(judge_pdf(pdf, trust), paper, main=main)
    return _sign(pdf, key, field, look=look, box=box, stamps=stamps, reason=reason)


def may_seal(verdict: FileVerdict, paper: PaperKind, *, main: PaperValue | None = None) -> None:
    """Raise SealRefused unless the agency may sign this file now. Src: NĐ 30/2020 Đ14, 32.2.d, 33.2."""
    if verdict.error:
        raise SealRefused(f"Không ký được: {verdict.error}")
    if verdict.altered:
        raise SealRefused("Không ký được: tệp đã bị thay đổi sau khi ký.")
    if paper is PaperKind.ANNEX and main is not PaperValue.ORIGINAL:
        raise SealRefused("Không ký được: văn bản chính chưa có đủ chữ ký của người có thẩm quyền và của cơ quan.")
    if paper is not PaperKind.MAIN:
        return
    if not verdict.persons:
        raise SealRefused("Không ký được: chưa có chữ ký của người có thẩm quyền.")
    for signature in verdict.persons:
        if not signature.good:
            raise SealRefused(f"Không ký được: chữ ký của {signature.signer.name} - {signature.label}.")


def accept_signed_elsewhere(before: bytes, after: bytes, field: str, trust: TrustList) -> SignatureVerdict:
    """Take back a file signed outside (offline, token): one signature in this field is all that is new (CORE-68).

    Raises SigningUnavailable with the cause: other bytes, another field, something else added, signature not good.
    """
    if not after.startswith(before) or len(after) == len(before):
        raise SigningUnavailable("Tệp tải lên không phải tệp đã tải xuống được ký thêm.")
    known, verdict = judge_pdf(before, trust), judge_pdf(after, trust)
    if verdict.error:
        raise SigningUnavailable(f"Không kiểm tra được tệp tải lên: {verdict.error}")
    old = [signature.field for signature in known.signatures]
    new = [signature for signature in verdict.signatures if signature.field not in old]
    if [signature.field for signature in new] != [field]:
        raise SigningUnavailable(f"Tệp tải lên phải có đúng một chữ ký mới, vào trường {field}.")
    (signature,) = new
    revisions = signature.revisions - PdfFileReader(BytesIO(before)).xrefs.total_revisions
    if verdict.altered or not signature.covers_file or revisions != 1:
        raise SigningUnavailable("Ngoài chữ ký, tệp tải lên còn thay đổi khác.")
    if not _same_but_signature(before, after, field):
        raise SigningUnavailable("Ngoài chữ ký, tệp tải lên còn thay đổi khác.")
    if not signature.good:
        raise SigningUnavailable(f"Chữ ký chưa dùng được: {signature.label}.")
    return signature


def stamp_later(pdf: bytes, stamps: TimeStamps) -> bytes:
    """Prove the time of a file that was signed during an outage: a document time stamp as a revision (CORE-69).

    Raises TimeStampUnavailable while no authority answers; the caller tries again.
    """
    writer = IncrementalPdfFileWriter(BytesIO(pdf))
    stamper = PdfTimeStamper(stamps.library)
    output = BytesIO()
    run_sync(stamper.async_timestamp_pdf(writer, "sha256", output=output))
    return output.getvalue()


def archive(pdf: bytes, trust: TrustList, stamps: TimeStamps) -> bytes:
    """B-LTA for the archive: certificates and revocation lists go into the file, then a document time stamp (CORE-61).

    Done again before the stamp's own certificate ends, it renews the proof.
    """
    writer = IncrementalPdfFileWriter(BytesIO(pdf))
    reader = PdfFileReader(BytesIO(pdf))
    certificates = {c.dump(): c for s in reader.embedded_signatures for c in (s.signer_cert, *s.other_embedded_certs)}
    for der in trust.issuers:
        certificates.setdefault(der, asn1_x509.Certificate.load(der))
    DocumentSecurityStore.supply_dss_in_writer(
        writer,
        None,
        certs=certificates.values(),
        crls=[CertificateList.load(der) for der in trust.crls],
        ocsps=[OCSPResponse.load(der) for der in trust.ocsps],
    )
    output = BytesIO()
    writer.write(output)
    return stamp_later(output.getvalue(), stamps)


def top_right(pdf: bytes, *, width_mm: float = 90, height_mm: float = 8) -> Box:
    """The place of the agency's signature on copies and separate annexes: top right of page 1 (OF-48, OF-51)."""
    page = PdfFileReader(BytesIO(pdf)).root["/Pages"]["/Kids"][0].get_object()
    left, bottom, right, top = (float(v) for v in _inherited(page, "/MediaBox"))
    margin_right, margin_top = 15 * POINTS_PER_MM, 8 * POINTS_PER_MM
    x2, y2 = max(left, right) - margin_right, max(bottom, top) - margin_top
    return Box(x2 - width_mm * POINTS_PER_MM, y2 - height_mm * POINTS_PER_MM, x2, y2, page=0)


def _same_but_signature(before: bytes, after: bytes, field: str) -> bool:
    """Whether the last revision holds nothing but the filling of one signature field."""
    reader = PdfFileReader(BytesIO(after))
    base = PdfFileReader(BytesIO(before)).xrefs.total_revisions - 1
    result = SIGNING_CHANGES.review_file(reader, base)
    return isinstance(result, DiffResult) and result.changed_form_fields <= {field}


def _sign(
    pdf: bytes,
    key: KeyHandle,
    field: str,
    *,
    look: Look,
    box: Box | None,
    stamps: TimeStamps | None,
    reason: str,
) -> SignedPdf:
    if stamps is not None:
        try:
            return _sign_once(pdf, key, field, look=look, box=box, stamps=stamps, reason=reason)
        except TimeStampUnavailable:
            # An outage stops neither signing nor traffic; the stamp follows (CORE-69, F-EX-18).
            pass
    return _sign_once(pdf, key, field, look=look, box=box, stamps=None, reason=reason)


def _sign_once(
    pdf: bytes, key: KeyHandle, field: str, *, look: Look, box: Box | None, stamps: TimeStamps | None, reason: str
) -> SignedPdf:
    place = SigFieldSpec(field, on_page=box.page, box=box.rect) if box else None
    signer = PdfSigner(
        PdfSignatureMetadata(
            field_name=field,
            md_algorithm="sha256",
            subfilter=SigSeedSubFilter.PADES,
            name=signer_of(key.certificate).name,
            reason=reason or None,
        ),
        HandleSigner(key),
        timestamper=stamps.library if stamps else None,
        new_field_spec=place,
    )
    try:
        writer = IncrementalPdfFileWriter(BytesIO(pdf))
        content, at = run_sync(_signed(signer, writer, look, make_field=place is not None))
    except (SigningError, PdfError) as problem:
        raise SigningUnavailable(f"Không ký được vào trường {field}: {problem}") from problem
    return SignedPdf(content, at, waiting_for_stamp=stamps is None)


async def _signed(
    signer: PdfSigner, writer: IncrementalPdfFileWriter, look: Look, *, make_field: bool
) -> tuple[bytes, datetime]:
    session = signer.init_signing_session(writer, existing_fields_only=not make_field)
    size = await session.estimate_signature_container_size(None, tight=False)
    # The instant is taken here, after all that is slow: printed, signed and stamped time must agree (OF-53).
    at = clock.now().replace(microsecond=0)
    session.system_time, signer.stamp_style = clock.local(at), look.at(at)
    prepared = session.prepare_tbs_document(None, bytes_reserved=size)
    digest, output = prepared.digest_tbs_document()
    await prepared.perform_signature(
        document_digest=digest.document_digest,
        pdf_cms_signed_attrs=PdfCMSSignedAttributes(signing_time=session.system_time),
    )
    return cast(BytesIO, output).getvalue(), at


def _inherited(page: DictionaryObject, key: str) -> ArrayObject:
    while key not in page:
        page = page["/Parent"]
    return cast(ArrayObject, page[key])

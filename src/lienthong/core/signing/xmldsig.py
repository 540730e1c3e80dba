"""XMLDSIG of a packet: parts referred to by Id, and only what was verified is handed on (EX-20, EX-21, CORE-65)."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from lxml import etree
from signxml.algorithms import CanonicalizationMethod, DigestAlgorithm, SignatureConstructionMethod, SignatureMethod
from signxml.exceptions import SignXMLException
from signxml.signer import XMLSigner
from signxml.verifier import SignatureConfiguration, XMLVerifier

from lienthong.contracts.signing import KeyHandle
from lienthong.core.signing import cms
from lienthong.core.signing.handles import library_key, public_key
from lienthong.core.signing.trust import Purpose, TrustList, judge_over_time, signer_of
from lienthong.core.signing.verdicts import Reason, SignatureVerdict, SigningTime, Status
from lienthong.kit import clock

XMLDSIG = "http://www.w3.org/2000/09/xmldsig#"
EXCLUSIVE = CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0
DOCUMENT_PARTS: Mapping[str, str] = {"mh": "MessageHeader", "body": "edXMLBody", "biz": "Bussiness"}
STATUS_PARTS: Mapping[str, str] = {"mh": "MessageHeader"}
_METHODS = frozenset(
    {
        SignatureMethod.ECDSA_SHA256,
        SignatureMethod.ECDSA_SHA384,
        SignatureMethod.ECDSA_SHA512,
        SignatureMethod.RSA_SHA256,
        SignatureMethod.RSA_SHA384,
        SignatureMethod.RSA_SHA512,
    }
)


class PacketSignature(StrEnum):
    """What kind of signature a packet bears."""

    NONE = "none"
    LEGACY = "legacy"
    SIGNED = "signed"


@dataclass(frozen=True, slots=True)
class PacketVerdict:
    """The verdict on a packet; `parts` are the verified elements by Id, and nothing else of the packet is proven."""

    kind: PacketSignature
    verdict: SignatureVerdict | None = None
    parts: Mapping[str, etree._Element] = field(default_factory=dict)
    detail: str = ""

    @property
    def label(self) -> str:
        """The verdict in Vietnamese; a legacy signature is "chưa kiểm chứng", never "hợp lệ" (EX-21)."""
        return self.verdict.label if self.verdict else "Gói tin không có chữ ký số"


class CannotSign(Exception):
    """The skeleton lacks a part that must be signed, or has it twice."""


def sign(root: etree._Element, key: KeyHandle, parts: Mapping[str, str] = DOCUMENT_PARTS) -> etree._Element:
    """The `Signature` over the parts (Id → local name) of a packet skeleton; the caller puts it into the header.

    Exclusive c14n and SHA-256 throughout, so hops may move the packet and add a TraceHeader (EX-20).
    """
    for ident, name in parts.items():
        problem = _misplaced(root, ident, name)
        if problem:
            raise CannotSign(problem)
    method = SignatureMethod.RSA_SHA256
    if isinstance(public_key(key), ec.EllipticCurvePublicKey):
        method = SignatureMethod.ECDSA_SHA256
    signer = XMLSigner(
        method=SignatureConstructionMethod.detached,
        signature_algorithm=method,
        digest_algorithm=DigestAlgorithm.SHA256,
        c14n_algorithm=EXCLUSIVE,
    )
    return signer.sign(
        root,
        key=library_key(key),
        key_info=_key_info(key),
        reference_uri=[f"#{ident}" for ident in parts],
        id_attribute="Id",
    )


def verify(
    root: etree._Element,
    trust: TrustList,
    parts: Mapping[str, str] = DOCUMENT_PARTS,
    *,
    now: datetime | None = None,
    received: datetime | None = None,
) -> PacketVerdict:
    """The verdict on a packet skeleton; `received` is when this node durably stored it, a proof of existence (CORE-64).

    Expects exactly the references of `parts`, each Id and each part once; wrapped, doubled, missing or further
    ones are invalid (CORE-65). Consume `parts` of the answer, not the packet.
    """
    signatures = list(root.iter(f"{{{XMLDSIG}}}Signature"))
    if not signatures:
        legacy = any(etree.QName(e).localname == "Signature" for e in root.iter(etree.Element))
        return _legacy("Chữ ký theo khuôn cũ của gói tin.") if legacy else PacketVerdict(PacketSignature.NONE)
    if len(signatures) > 1:
        return _wrong("Gói tin có nhiều hơn một chữ ký.")
    (signature,) = signatures
    if _uses_old_algorithms(signature):
        return _legacy("Chữ ký dùng thuật toán cũ.")
    problem = _wrong_references(signature, parts) or next(
        filter(None, (_misplaced(root, *p) for p in parts.items())), ""
    )
    if problem:
        return _wrong(problem)
    return _judge(root, signature, trust, parts, now or clock.now(), received)


def _judge(
    root: etree._Element,
    signature: etree._Element,
    trust: TrustList,
    parts: Mapping[str, str],
    now: datetime,
    received: datetime | None,
) -> PacketVerdict:
    try:
        leaf, *extra = _certificates(signature)
        loaded = x509.load_der_x509_certificate(leaf)
        signer = signer_of(leaf)
    except ValueError:
        return _wrong("Chữ ký không kèm chứng thư số đọc được.", Reason.UNREADABLE)
    time = SigningTime(received, proven=True, authority="nút nhận") if received else SigningTime()
    evidence = cms.Evidence(signer, time)
    settings = SignatureConfiguration(
        expect_references=len(parts),
        signature_methods=_METHODS,
        digest_algorithms=frozenset({DigestAlgorithm.SHA256, DigestAlgorithm.SHA384, DigestAlgorithm.SHA512}),
        # Whether the certificate was in time is judged below, with the proof of time.
        verification_time=loaded.not_valid_before_utc,
    )
    try:
        results = XMLVerifier().verify(root, x509_cert=loaded, id_attribute="Id", expect_config=settings)
    except (SignXMLException, ValueError, etree.LxmlError) as problem:
        broken = evidence.verdict(Status.INVALID, Reason.BROKEN)
        return PacketVerdict(PacketSignature.SIGNED, broken, detail=str(problem))
    listed = results if isinstance(results, list) else [results]
    verified = {str(part.get("Id")): part for part in (result.signed_xml for result in listed) if part is not None}
    if verified.keys() != parts.keys():
        return _wrong("Các phần được ký không khớp với gói tin.")
    finding = judge_over_time(leaf, trust, Purpose.PACKET, time, now=now, extra=extra)
    verdict = SignatureVerdict(
        status=finding.status,
        signer=signer,
        time=time,
        reason=finding.reason,
        chain=finding.chain,
        revocation=finding.revocation,
        notes=finding.notes,
    )
    return PacketVerdict(PacketSignature.SIGNED, verdict, verified)


def _key_info(key: KeyHandle) -> etree._Element:
    leaf = x509.load_der_x509_certificate(key.certificate)
    info = etree.Element(f"{{{XMLDSIG}}}KeyInfo", nsmap={"ds": XMLDSIG})
    data = etree.SubElement(info, f"{{{XMLDSIG}}}X509Data")
    etree.SubElement(data, f"{{{XMLDSIG}}}X509SubjectName").text = leaf.subject.rfc4514_string()
    for certificate in (leaf, *(x509.load_der_x509_certificate(der) for der in key.chain)):
        body = certificate.public_bytes(serialization.Encoding.PEM).decode().split("-----")[2].strip()
        etree.SubElement(data, f"{{{XMLDSIG}}}X509Certificate").text = body
    return info


def _certificates(signature: etree._Element) -> list[bytes]:
    found = signature.findall(f"{{{XMLDSIG}}}KeyInfo/{{{XMLDSIG}}}X509Data/{{{XMLDSIG}}}X509Certificate")
    pems = "".join(
        f"-----BEGIN CERTIFICATE-----\n{(item.text or '').strip()}\n-----END CERTIFICATE-----\n" for item in found
    )
    loaded = x509.load_pem_x509_certificates(pems.encode())
    return [certificate.public_bytes(serialization.Encoding.DER) for certificate in loaded]


def _misplaced(root: etree._Element, ident: str, name: str) -> str:
    """Why a part cannot be told: its Id or its name stands twice, is missing, or belongs to something else."""
    bearers = [
        element
        for element in root.iter(etree.Element)
        for attribute, value in element.attrib.items()
        if value == ident and etree.QName(attribute).localname.lower() == "id"
    ]
    named = [element for element in root.iter(etree.Element) if etree.QName(element).localname == name]
    if len(bearers) != 1 or bearers[0].get("Id") != ident:
        return f"Định danh {ident} phải có đúng một lần."
    if len(named) != 1 or named[0] is not bearers[0]:
        return f"Phần {name} phải có đúng một lần và mang định danh {ident}."
    return ""


def _wrong_references(signature: etree._Element, parts: Mapping[str, str]) -> str:
    signed_info = signature.find(f"{{{XMLDSIG}}}SignedInfo")
    if signed_info is None:
        return "Chữ ký thiếu phần SignedInfo."
    references = list(signature.iter(f"{{{XMLDSIG}}}Reference"))
    uris = Counter(reference.get("URI", "") for reference in references)
    if uris != Counter(f"#{ident}" for ident in parts) or any(r.getparent() is not signed_info for r in references):
        return "Chữ ký không phủ đúng các phần của gói tin."
    for reference in references:
        transforms = [t.get("Algorithm") for t in reference.iter(f"{{{XMLDSIG}}}Transform")]
        if transforms != [EXCLUSIVE.value]:
            return "Chữ ký biến đổi nội dung theo cách không được phép."
    return ""


def _uses_old_algorithms(signature: etree._Element) -> bool:
    tags = (f"{{{XMLDSIG}}}SignatureMethod", f"{{{XMLDSIG}}}DigestMethod")
    uris = [element.get("Algorithm", "").lower() for tag in tags for element in signature.iter(tag)]
    return any("sha1" in uri or "md5" in uri for uri in uris)


def _legacy(detail: str) -> PacketVerdict:
    verdict = cms.Evidence(cms.UNKNOWN, SigningTime()).verdict(Status.INDETERMINATE, Reason.LEGACY)
    return PacketVerdict(PacketSignature.LEGACY, verdict, detail=detail)


def _wrong(detail: str, reason: Reason = Reason.WRONG_REFERENCES) -> PacketVerdict:
    verdict = cms.Evidence(cms.UNKNOWN, SigningTime()).verdict(Status.INVALID, reason)
    return PacketVerdict(PacketSignature.SIGNED, verdict, detail=detail)

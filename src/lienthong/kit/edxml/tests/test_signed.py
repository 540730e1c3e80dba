"""Packets that `build` signs, in the bytes that travel, checked by xmlsec1 (EX-20, EX-67)."""

import io
import subprocess
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from lxml import etree
from signxml.algorithms import CanonicalizationMethod, SignatureConstructionMethod, SignatureMethod
from signxml.signer import XMLSigner

from lienthong.kit.edxml import NAMESPACE, Signer, build, model, parse, samples, splice_trace, with_digests

KEY = ec.generate_private_key(ec.SECP256R1())


@pytest.fixture(scope="module")
def certificate() -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Cơ quan thử nghiệm")])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(KEY.public_key())
    builder = builder.serial_number(1).not_valid_before(samples.INSTANT - timedelta(days=1000))
    builder = builder.not_valid_after(samples.INSTANT + timedelta(days=10_000))
    return builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True).sign(
        KEY, hashes.SHA256()
    )


def signer(certificate: x509.Certificate, *ids: str) -> Signer:
    """Detached, exclusive c14n, one reference an Id, as core/signing does."""

    def sign(root: etree._Element) -> etree._Element:
        made = XMLSigner(
            method=SignatureConstructionMethod.detached,
            signature_algorithm=SignatureMethod.ECDSA_SHA256,
            c14n_algorithm=CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0,
        )
        references = [f"#{each}" for each in ids]
        return made.sign(root, key=KEY, cert=[certificate], reference_uri=references, id_attribute="Id")  # type: ignore[no-any-return]

    return sign


def accepted(data: bytes, certificate: x509.Certificate, folder: Path) -> bool:
    """What xmlsec1 says of these bytes."""
    packet, anchor = folder / "packet.xml", folder / "anchor.pem"
    packet.write_bytes(data)
    anchor.write_bytes(certificate.public_bytes(Encoding.PEM))
    ids = [f"--id-attr:Id {NAMESPACE}:{name}".split() for name in ("MessageHeader", "edXMLBody", "Bussiness")]
    command = ["xmlsec1", "--verify", *(word for pair in ids for word in pair), "--trusted-pem", anchor, packet]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def signed(packet: model.Packet, certificate: x509.Certificate) -> bytes:
    out = io.BytesIO()
    payloads = []
    ids = ["mh"]
    if isinstance(packet, model.DocumentPacket):
        payloads = [io.BytesIO(samples.PDF) for _ in packet.attachments]
        packet = with_digests(packet, payloads)
        ids = ["mh", "body", "biz"]
    build(packet, payloads, out, sign=signer(certificate, *ids), today=samples.DAY)
    return out.getvalue()


@pytest.mark.parametrize(
    "packet",
    [samples.document(names=("a.pdf", "b.pdf")), samples.update(added=["X1"]), samples.recall(), samples.status("02")],
)
def test_xmlsec1_accepts_what_we_build(packet: model.Packet, certificate: x509.Certificate, tmp_path: Path) -> None:
    """EX-20: `xmlsec1 --verify` accepts every packet of ours, and again after it was read and written."""
    data = signed(packet, certificate)
    assert accepted(data, certificate, tmp_path)
    with parse(io.BytesIO(data), today=samples.DAY) as result:
        assert result.packet is not None
        out = io.BytesIO()
        build(result.packet, [each.file for each in result.attachments], out, today=samples.DAY)
        assert out.getvalue() == data
        (tmp_path / "skeleton").mkdir()
        assert accepted(result.skeleton, certificate, tmp_path / "skeleton")


CHANGES: dict[str, Callable[[bytes], bytes]] = {
    "Bussiness": lambda data: data.replace(b"DocumentInfo>1<", b"DocumentInfo>0<"),
    "StaffInfo": lambda data: data.replace("Trần Thị Thử".encode(), "Trần Thị Khác".encode()),
    "ReceiverList": lambda data: data.replace(b"<edXML:OrganId>X1<", b"<edXML:OrganId>X2<"),
    "Digest": lambda data: data.replace(b"<edXML:Digest>4", b"<edXML:Digest>5"),
    "subject": lambda data: data.replace(b"<edXML:Subject>V", b"<edXML:Subject>v"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_hops_leave_the_signature_and_changes_break_it(
    name: str, certificate: x509.Certificate, tmp_path: Path
) -> None:
    """EX-20, EX-67: valid after two hops each added a TraceHeader; a changed signed part is not."""
    data = signed(samples.update(added=["X1"]), certificate)
    for hub in samples.HUBS:
        with parse(io.BytesIO(data), today=samples.DAY) as result:
            out = io.BytesIO()
            splice_trace(io.BytesIO(data), out, result, hub, samples.INSTANT)
            data = out.getvalue()
    assert accepted(data, certificate, tmp_path)
    changed = CHANGES[name](data)
    assert changed != data
    assert not accepted(changed, certificate, tmp_path)

"""The signature of a packet: three references, nothing wrapped, accepted by xmlsec1 (EX-20, EX-21, CORE-65)."""

import copy
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
import time_machine
from lxml import etree

from lienthong.core.signing import pki, xmldsig
from lienthong.core.signing.keystore import LocalKey
from lienthong.core.signing.verdicts import Reason, Status
from lienthong.core.signing.xmldsig import STATUS_PARTS, PacketSignature

from .conftest import NODE, World

EDXML = "http://www.mic.gov.vn/TBT/QCVN_102_2016"
PACKET = f"""<edXML xmlns="{EDXML}" xmlns:edXML="{EDXML}"><edXML:edXMLEnvelope><edXML:edXMLHeader>
<edXML:MessageHeader Id="mh"><edXML:From><edXML:OrganId>X01</edXML:OrganId></edXML:From>
<edXML:To><edXML:OrganId>X51.13</edXML:OrganId></edXML:To>
<edXML:Subject>Về việc thử nghiệm ký số</edXML:Subject></edXML:MessageHeader>
<edXML:TraceHeaderList><edXML:TraceHeader><edXML:OrganId>X01</edXML:OrganId></edXML:TraceHeader>
<edXML:Bussiness Id="biz"><edXML:BussinessDocType>0</edXML:BussinessDocType>
<edXML:StaffInfo><edXML:Staff>Trần Thị Bình</edXML:Staff></edXML:StaffInfo></edXML:Bussiness></edXML:TraceHeaderList>
</edXML:edXMLHeader><edXML:edXMLBody Id="body"><edXML:edXMLManifest version="1.0">
<edXML:Reference><edXML:ContentId>cid:1</edXML:ContentId><edXML:Digest>{"0f" * 32}</edXML:Digest></edXML:Reference>
</edXML:edXMLManifest></edXML:edXMLBody></edXML:edXMLEnvelope><AttachmentEncoded/></edXML>"""
STATUS = f"""<edXML xmlns="{EDXML}" xmlns:edXML="{EDXML}"><edXML:edXMLEnvelope><edXML:edXMLHeader>
<edXML:MessageHeader Id="mh"><edXML:StatusCode>03</edXML:StatusCode></edXML:MessageHeader>
</edXML:edXMLHeader></edXML:edXMLEnvelope></edXML>"""


def find(root: etree._Element, name: str) -> etree._Element:
    return next(e for e in root.iter(f"{{{EDXML}}}{name}"))


def packet(
    world: World, text: str = PACKET, key: LocalKey | None = None, parts: dict[str, str] | None = None
) -> etree._Element:
    root = etree.fromstring(text)
    signature = xmldsig.sign(root, key or world.key(NODE), parts or xmldsig.DOCUMENT_PARTS)
    find(root, "edXMLHeader").append(signature)
    return etree.fromstring(etree.tostring(root))


def xmlsec1(world: World, root: etree._Element, folder: Path) -> bool:
    document, anchor = folder / "packet.xml", folder / "root.pem"
    document.write_bytes(etree.tostring(root))
    anchor.write_bytes(pki.pem(world.pki.root.issued.certificate))
    ids = [f"--id-attr:Id {EDXML}:{name}".split() for name in ("MessageHeader", "edXMLBody", "Bussiness")]
    command = ["xmlsec1", "--verify", *(word for pair in ids for word in pair), "--trusted-pem", anchor, document]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


@pytest.mark.parametrize("rsa_key", [False, True])
def test_ex_20_xmlsec1_accepts_our_packets(world: World, tmp_path: Path, rsa_key: bool) -> None:
    key = LocalKey.of("k", world.pki.officials.issue(NODE, key=pki.new_key(rsa_key=rsa_key)))
    root = packet(world, key=key)
    assert xmlsec1(world, root, tmp_path)
    assert xmldsig.verify(root, world.trust()).verdict.status is Status.VALID  # type: ignore[union-attr]
    find(root, "Subject").text = "khác"
    assert not xmlsec1(world, root, tmp_path)


def test_ex_20_status_packet_refers_to_its_header_alone(world: World, tmp_path: Path) -> None:
    root = packet(world, STATUS, parts=dict(STATUS_PARTS))
    assert [r.get("URI") for r in root.iter(f"{{{xmldsig.XMLDSIG}}}Reference")] == ["#mh"]
    assert xmlsec1(world, root, tmp_path)
    verdict = xmldsig.verify(root, world.trust(), STATUS_PARTS)
    assert verdict.verdict is not None
    assert verdict.verdict.status is Status.VALID
    assert xmldsig.verify(root, world.trust()).verdict.reason is Reason.WRONG_REFERENCES  # type: ignore[union-attr]


def test_ex_20_exactly_three_references(world: World) -> None:
    root = packet(world)
    references = list(root.iter(f"{{{xmldsig.XMLDSIG}}}Reference"))
    assert [r.get("URI") for r in references] == ["#mh", "#body", "#biz"]
    algorithms = {e.get("Algorithm") for e in root.iter(f"{{{xmldsig.XMLDSIG}}}DigestMethod")}
    assert algorithms == {"http://www.w3.org/2001/04/xmlenc#sha256"}
    assert next(root.iter(f"{{{xmldsig.XMLDSIG}}}X509SubjectName")).text


def test_ex_20_two_hops_add_a_trace_header(world: World, tmp_path: Path) -> None:
    """Each relay appends a TraceHeader and may write the packet anew; the signature stands."""
    root = packet(world)
    for code in ("X51", "X52"):
        trace = etree.SubElement(find(root, "TraceHeaderList"), f"{{{EDXML}}}TraceHeader")
        etree.SubElement(trace, f"{{{EDXML}}}OrganId").text = code
        root = etree.fromstring(etree.tostring(root, xml_declaration=True, encoding="UTF-8"))
    verdict = xmldsig.verify(root, world.trust())
    assert verdict.verdict is not None
    assert verdict.verdict.status is Status.VALID
    assert xmlsec1(world, root, tmp_path)


def set_text(name: str, text: str) -> Callable[[etree._Element], None]:
    def change(root: etree._Element) -> None:
        find(root, name).text = text

    return change


def add_receiver_list(root: etree._Element) -> None:
    etree.SubElement(find(root, "Bussiness"), f"{{{EDXML}}}ReceiverList")


def drop_business(root: etree._Element) -> None:
    element = find(root, "Bussiness")
    element.getparent().remove(element)


def double_business(root: etree._Element) -> None:
    element = find(root, "Bussiness")
    element.addprevious(copy.deepcopy(element))


def unsigned_business(root: etree._Element) -> None:
    element = copy.deepcopy(find(root, "Bussiness"))
    del element.attrib["Id"]
    find(root, "Bussiness").addprevious(element)


def wrap_header(root: etree._Element) -> None:
    """The signed header moves into a corner, a false one takes its place."""
    signed = find(root, "MessageHeader")
    false = copy.deepcopy(signed)
    false.attrib.pop("Id")
    find(false, "Subject").text = "giả"
    signed.addprevious(false)
    corner = etree.SubElement(find(root, "TraceHeaderList"), f"{{{EDXML}}}Other")
    corner.append(signed)


def second_id(root: etree._Element) -> None:
    find(root, "TraceHeader").set("ID", "mh")


def xml_id(root: etree._Element) -> None:
    find(root, "TraceHeader").set("{http://www.w3.org/XML/1998/namespace}id", "biz")


def second_signature(root: etree._Element) -> None:
    signature = next(root.iter(f"{{{xmldsig.XMLDSIG}}}Signature"))
    signature.addnext(copy.deepcopy(signature))


def fourth_reference(root: etree._Element) -> None:
    last = list(root.iter(f"{{{xmldsig.XMLDSIG}}}Reference"))[-1]
    last.addnext(copy.deepcopy(last))


def missing_reference(root: etree._Element) -> None:
    last = list(root.iter(f"{{{xmldsig.XMLDSIG}}}Reference"))[-1]
    last.getparent().remove(last)


def hidden_transform(root: etree._Element) -> None:
    transform = next(root.iter(f"{{{xmldsig.XMLDSIG}}}Transform"))
    transform.addnext(copy.deepcopy(transform))


def foreign_certificate(root: etree._Element) -> None:
    certificates = list(root.iter(f"{{{xmldsig.XMLDSIG}}}X509Certificate"))
    certificates[0].text = certificates[1].text


TAMPERINGS = [
    set_text("Subject", "khác"),
    set_text("BussinessDocType", "1"),
    set_text("Staff", "Người khác"),
    set_text("Digest", "00" * 32),
    set_text("ContentId", "cid:2"),
    add_receiver_list,
    drop_business,
    double_business,
    unsigned_business,
    wrap_header,
    second_id,
    xml_id,
    second_signature,
    fourth_reference,
    missing_reference,
    hidden_transform,
    foreign_certificate,
]


@pytest.mark.parametrize("tamper", TAMPERINGS)
def test_core_65_tampered_packet_is_invalid(world: World, tamper: Callable[[etree._Element], None]) -> None:
    """A changed or added part, a wrapped one, a fourth, missing or doubled reference or Id (EX-20)."""
    root = packet(world)
    tamper(root)
    verdict = xmldsig.verify(root, world.trust())
    assert verdict.verdict is not None
    assert verdict.verdict.status is Status.INVALID
    assert not verdict.parts


def test_core_65_only_verified_parts_are_handed_on(world: World) -> None:
    root = packet(world)
    verdict = xmldsig.verify(root, world.trust())
    assert set(verdict.parts) == {"mh", "body", "biz"}
    assert find(verdict.parts["mh"], "Subject").text == "Về việc thử nghiệm ký số"
    assert verdict.parts["mh"].getroottree().getroot() is not root


@pytest.mark.parametrize("change", [drop_business, double_business, second_id])
def test_ex_20_a_packet_without_its_parts_is_not_signed(world: World, change: Callable[[etree._Element], None]) -> None:
    root = etree.fromstring(PACKET)
    change(root)
    with pytest.raises(xmldsig.CannotSign):
        xmldsig.sign(root, world.key(NODE))


def test_ex_21_legacy_signature_is_not_verified_and_not_refused(world: World) -> None:
    """Un-namespaced placeholder, or SHA-1: "chưa kiểm chứng", never "hợp lệ"; no signature is none."""
    bare = etree.fromstring(PACKET)
    assert xmldsig.verify(bare, world.trust()).kind is PacketSignature.NONE
    legacy = etree.fromstring(PACKET)
    signature = etree.SubElement(find(legacy, "edXMLHeader"), f"{{{EDXML}}}Signature")
    etree.SubElement(signature, f"{{{EDXML}}}SignatureValue").text = "placeholder"
    old = packet(world)
    next(old.iter(f"{{{xmldsig.XMLDSIG}}}SignatureMethod")).set("Algorithm", f"{xmldsig.XMLDSIG}rsa-sha1")
    for root in (legacy, old):
        verdict = xmldsig.verify(root, world.trust())
        assert verdict.kind is PacketSignature.LEGACY
        assert verdict.verdict is not None
        assert verdict.verdict.status is Status.INDETERMINATE
        assert "chưa kiểm chứng" in verdict.label
        assert not verdict.parts


def test_f_ex_16_expired_peer_is_refused_and_a_renewed_one_accepted(world: World) -> None:
    """F-EX-16: judged at the time the packet was stored; renewal needs no restart and no change here."""
    renewal = datetime(2026, 6, 1, tzinfo=UTC)
    old = world.key(NODE, valid_to=renewal)
    new = LocalKey.of("new", world.pki.officials.issue(NODE, valid_from=datetime(2026, 5, 1, tzinfo=UTC)))
    for moment, key, expected in (
        (datetime(2026, 5, 20, tzinfo=UTC), old, Status.VALID),
        (datetime(2026, 5, 20, tzinfo=UTC), new, Status.VALID),
        (datetime(2026, 6, 20, tzinfo=UTC), old, Status.INVALID),
        (datetime(2026, 6, 20, tzinfo=UTC), new, Status.VALID),
    ):
        with time_machine.travel(moment):
            verdict = xmldsig.verify(packet(world, key=key), world.trust(), received=moment).verdict
        assert verdict is not None
        assert verdict.status is expected
    stored = datetime(2026, 5, 20, tzinfo=UTC)
    later = datetime(2026, 7, 1, tzinfo=UTC)
    kept = xmldsig.verify(packet(world, key=old), world.trust(later), received=stored, now=later).verdict
    assert kept is not None
    assert kept.status is Status.VALID_AT_SIGNING

"""The content hash (EX-40), the skeleton and the signature's place (EX-19, EX-20, EX-67)."""

import hashlib
import io
import re
from dataclasses import replace

import pytest
from lxml import etree

from lienthong.kit.edxml import (
    NAMESPACE,
    XMLDSIG,
    ParseResult,
    Profile,
    build,
    model,
    parse,
    samples,
    splice_trace,
    variants,
    with_digests,
)


def read(data: bytes, profile: Profile = Profile.STRICT) -> ParseResult:
    with parse(io.BytesIO(data), profile, today=samples.DAY) as result:
        return result


def content_hash(data: bytes) -> str:
    return read(data, Profile.LENIENT).content_hash().hex()


def reference(data: bytes) -> str:
    """EX-40 by another road: the whole packet as a tree, payloads replaced, canonical form hashed."""
    root = etree.fromstring(data)
    for encoded in root.iter("{*}ContentTransferEncoded"):
        payload = etree.tostring(encoded, method="text", encoding="ascii")
        decoded = __import__("base64").b64decode(payload)
        for child in list(encoded):
            encoded.remove(child)
        encoded.text = hashlib.sha256(decoded).hexdigest()
    text = etree.tostring(root, method="c14n", exclusive=True, with_comments=False).decode()
    text = re.sub(r"(?s)<(\w+:)?TraceHeader( [^>]*)?>.*?</(\w+:)?TraceHeader>", "", text)
    text = re.sub(r"(?s)<(\w+:)?Signature( [^>]*)?>.*?</(\w+:)?Signature>", "", text)
    return hashlib.sha256(text.encode()).hexdigest()


PACKETS = {
    "document": samples.to_bytes(samples.document(names=("a.pdf", "b.pdf"), hops=3)),
    "pretty": variants.pretty(samples.to_bytes(samples.document(names=("a.pdf", "b.pdf"), hops=3))),
    "update": samples.to_bytes(samples.update(added=["X1"])),
    "status": samples.to_bytes(samples.status("02")),
    "wrapped": re.sub(
        rb"(?<=ContentTransferEncoded>)[^<]+",
        lambda found: b"\n" + found[0][:40] + b"\r\n" + found[0][40:] + b"\n",
        samples.to_bytes(samples.document()),
    ),
    "comment, CDATA and reference in the payload": samples.to_bytes(samples.document()).replace(
        b"JVBERi0", b"<!-- a -->JV<![CDATA[BE]]>R&#105;0<!-- b -->"
    ),
}


@pytest.mark.parametrize("name", PACKETS)
def test_content_hash(name: str) -> None:
    """EX-40: exclusive C14N without TraceHeader and Signature, payloads replaced by the SHA-256 of their bytes."""
    assert content_hash(PACKETS[name]) == reference(PACKETS[name])


def test_what_changes_the_hash_and_what_does_not() -> None:
    """EX-40, V-DUP-5: hops, signature and the layout of base64 leave it; every signed part changes it."""
    data = samples.to_bytes(samples.update(added=["X1"]))
    same = content_hash(data)
    out = io.BytesIO()
    splice_trace(io.BytesIO(data), out, read(data), samples.HUBS[0], samples.INSTANT)
    assert content_hash(out.getvalue()) == same
    signature = f'<ds:Signature xmlns:ds="{XMLDSIG}"><ds:SignatureValue>QQ==</ds:SignatureValue></ds:Signature>'
    signed = data.replace(b"</edXML:edXMLHeader>", signature.encode() + b"</edXML:edXMLHeader>")
    assert content_hash(signed) == same
    assert content_hash(data.replace(b"JVBERi0", b"JVB\r\nERi0")) == same
    for old, new in (
        (b"V/v", b"v/v"),
        (b"<edXML:OrganId>X1<", b"<edXML:OrganId>X2<"),
        (b"<edXML:BussinessDocReason>", b"<edXML:BussinessDocReason>."),
        (b"<edXML:Staff>", b"<edXML:Staff>."),
        (b"cid:209", b"cid: 209"),
        (b"JVBERi0", b"JVBERi1"),
        (b"<AttachmentName>", b"<AttachmentName>."),
    ):
        assert old in data
        assert content_hash(data.replace(old, new)) != same


def test_signature_elsewhere_is_hashed() -> None:
    """EX-40: only the header's own Signature and the TraceHeaders of the list are left out."""
    data = samples.to_bytes(samples.document())
    for extra in (b"<Signature>a</Signature>", b"<TraceHeader>a</TraceHeader>"):
        added = data.replace(b"<edXML:edXMLManifest", extra + b"<edXML:edXMLManifest")
        assert content_hash(added) != content_hash(data)
        assert content_hash(added.replace(b">a<", b">b<")) != content_hash(added)


def test_skeleton_is_the_packet_without_payloads() -> None:
    """EX-19: the skeleton has the packet's own bytes, prefixes and Ids, payloads replaced by their SHA-256."""
    data = variants.pretty(samples.to_bytes(samples.document(names=("a.pdf", "b.pdf"))))
    result = read(data)
    digest = hashlib.sha256(samples.PDF).hexdigest().encode()
    assert result.skeleton == re.sub(rb"(?<=<ContentTransferEncoded>)[^<]+", digest, data)
    root = result.tree()
    assert [each.get("Id") for each in root.iter() if each.get("Id")] == ["mh", "biz", "body"]


def test_status_has_one_id() -> None:
    """EX-20: a status packet is signed over `#mh` alone."""
    root = read(samples.to_bytes(samples.status())).tree()
    assert [each.get("Id") for each in root.iter() if each.get("Id")] == ["mh"]


def test_build_places_the_signature() -> None:
    """EX-20: the signer sees the packet's tree; its element stands last in the header; the result reads back."""
    seen: list[etree._Element] = []

    def sign(root: etree._Element) -> etree._Element:
        seen.append(root)
        signature = etree.Element(f"{{{XMLDSIG}}}Signature", nsmap={"ds": XMLDSIG})
        info = etree.SubElement(signature, f"{{{XMLDSIG}}}SignedInfo", Id="a&b")
        info.text = "một\n hai"
        return signature

    payload = io.BytesIO(samples.PDF)
    out = io.BytesIO()
    packet = with_digests(samples.document(), [payload])
    built = build(packet, [payload], out, sign=sign, today=samples.DAY)
    assert [each.get("Id") for each in seen[0].iter() if each.get("Id")] == ["mh", "biz", "body"]
    result = read(out.getvalue())
    assert result.packet == built.packet
    assert result.packet is not None
    assert result.packet.signature is not None
    assert built.content_hash() == result.content_hash()
    header = result.tree().find(f".//{{{NAMESPACE}}}edXMLHeader")
    assert header is not None
    assert header[-1].tag == f"{{{XMLDSIG}}}Signature"
    again = io.BytesIO()
    build(built.packet, [io.BytesIO(samples.PDF)], again, today=samples.DAY)
    assert again.getvalue() == out.getvalue()


def test_a_signed_packet_writes_its_business() -> None:
    """EX-20: without `Bussiness` one could be added later unseen, so we do not sign such a packet."""
    packet = samples.document(names=())
    packet = replace(packet, trace=replace(packet.trace, business=None))
    with pytest.raises(ValueError, match="Bussiness"):
        build(packet, [], io.BytesIO(), sign=lambda root: root, today=samples.DAY)
    assert model.TraceHeaderList(headers=()).business == model.Business()


def test_legacy_signature_is_kept() -> None:
    """EX-21: a signature in the packet's namespace is kept as it came and no reason to refuse."""
    data = samples.to_bytes(samples.document())
    legacy = b"<Signature><SignedInfo><Reference URI=''/></SignedInfo><SignatureValue>x</SignatureValue></Signature>"
    data = data.replace(b"</edXML:edXMLHeader>", legacy + b"</edXML:edXMLHeader>")
    result = read(data)
    assert result.packet is not None
    assert result.packet.signature is not None
    assert (result.packet.signature.namespace, result.packet.signature.prefix) == (NAMESPACE, "")
    twice = data.replace(legacy, legacy * 2)
    assert [error.code for error in read(twice).errors] == ["M.Signature"]

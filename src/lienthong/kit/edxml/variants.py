"""Packets that peers really send differently, and packets that must be refused: synthetic, for tests (§12).

Each is made from a valid sample by one change, so that what is found is that change.
"""

import io
import re
import zipfile
from collections.abc import Mapping
from datetime import timedelta

import pybase64

from lienthong.kit.edxml import samples
from lienthong.kit.edxml.profiles import NAMESPACE

DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'


def pretty(data: bytes) -> bytes:
    """A packet with one tag a line, so that places are easy to read."""
    return data.replace(b"><", b">\n<")


def lenient_variants() -> Mapping[str, bytes]:
    """One packet for each line of EX-13 that only the lenient profile accepts."""
    plain = samples.to_bytes(samples.document()).decode()
    recall = samples.to_bytes(samples.recall()).decode()
    return {
        "root EdXML": _encode(plain.replace("<edXML xmlns", "<EdXML xmlns").replace("</edXML>", "</EdXML>")),
        "root edXMLEnvelope": _encode(_without_root(plain, "edXMLEnvelope")),
        "root EdXMLEnvelope": _encode(_without_root(plain, "EdXMLEnvelope")),
        "namespace go.vn": _encode(plain.replace(NAMESPACE, "http://www.go.vn/eDoc")),
        "namespace e-doc.vn": _encode(plain.replace(NAMESPACE, "http://www.e-doc.vn/Schema/")),
        "header directly under the root": _encode(_header_under_root(plain)),
        "attachment FileName, FileType, Content": _encode(_old_attachment(plain)),
        "Business, BusinessCode": _encode(_old_business(recall)),
        "empty DigitalSignature": _encode(
            plain.replace("</edXML:edXMLHeader>", "<edXML:DigitalSignature/></edXML:edXMLHeader>")
        ),
        "empty ResponseFor": _encode(plain.replace("<edXML:SteeringType>", "<edXML:ResponseFor/><edXML:SteeringType>")),
        "BOM": b"\xef\xbb\xbf" + _encode(plain),
    }


def never_accepted() -> Mapping[str, bytes]:
    """Packets that stop the reading in every profile: one error with line and column (EX-13, EX-18)."""
    plain = samples.to_bytes(samples.document()).decode()
    body = plain.removeprefix(DECLARATION)
    bomb = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
    deep = "<edXML:x>" * 40 + "</edXML:x>" * 40
    many = "<edXML:x/>" * 10_001
    return {
        "junk before the declaration": b"junk" + _encode(plain),
        "white space before the declaration": b"\n  " + _encode(plain),
        "unbound prefix": _encode(
            plain.replace("<edXML:Subject>", "<la:Subject>").replace("</edXML:Subject>", "</la:Subject>")
        ),
        "DTD": _encode(f"{DECLARATION}<!DOCTYPE edXML>\n{body}"),
        "external DTD": _encode(f'{DECLARATION}<!DOCTYPE edXML SYSTEM "file:///etc/passwd">\n{body}'),
        "billion laughs": _encode(f'{DECLARATION}<!DOCTYPE edXML [<!ENTITY e0 "ha">{bomb}]>\n{body}'),
        "undefined entity": _encode(plain.replace("Hà Nội", "&nbsp;")),
        "UTF-16": plain.replace("UTF-8", "UTF-16").encode("utf-16"),
        "declared windows-1258": _encode(plain.replace("UTF-8", "windows-1258")),
        "not UTF-8": plain.encode().replace("Hà Nội".encode(), b"H\xe0 N\xf4i"),
        "truncated": _encode(plain[: len(plain) // 2]),
        "truncated in the payload": _encode(plain[: plain.index("JVBERi0") + 20]),
        "empty": b"",
        "mismatched tags": _encode(plain.replace("</edXML:Subject>", "</edXML:Content>")),
        "data after the root": _encode(f"{plain}<edXML/>"),
        "more than 10,000 elements": _encode(plain.replace("</edXML:MessageHeader>", f"{many}</edXML:MessageHeader>")),
        "depth 40": _encode(plain.replace("</edXML:MessageHeader>", f"{deep}</edXML:MessageHeader>")),
        "a tag without end": _encode(plain[:-9] + "<x a='" + "a" * (3 << 20)),
    }


def refused() -> Mapping[str, tuple[bytes, str]]:
    """Readable packets with one fault each, and the code of the error that names it in both profiles."""
    document = samples.to_bytes(samples.document(names=("a.pdf", "b.pdf"))).decode()
    text = pybase64.b64encode(samples.PDF).decode()
    tomorrow = f"{samples.DAY + timedelta(days=1):%Y/%m/%d}"
    subject = re.compile("<edXML:Subject>.*?</edXML:Subject>")
    several = io.BytesIO()
    with zipfile.ZipFile(several, "w") as archive:
        archive.writestr("a.pdf", samples.PDF)
        archive.writestr("b.pdf", samples.PDF)
    bomb = samples.zipped("a.pdf", bytes(8 << 20))
    return {
        "orphan reference": (_encode(document.replace("<ContentId>210<", "<ContentId>211<")), "N.Attachment"),
        "orphan attachment": (_encode(document.replace("cid:210", "cid:211")), "N.Reference"),
        "bad base64": (_encode(document.replace(text, text.replace("J", "_", 1), 1)), "M.Attachment-Encoding"),
        "cut base64": (_encode(document.replace(text, text[:-2], 1)), "M.Attachment-Encoding"),
        "no payload": (_encode(document.replace(text, "", 1)), "N.Attachment.ContentTransferEncoded"),
        "several entries": (_encode(_with_payload(document, text, several.getvalue())), "M.Attachment-Type"),
        "zip bomb": (_encode(_with_payload(document, text, bomb)), "R.Attachment"),
        "damaged zip": (_encode(_with_payload(document, text, b"PK\x03\x04" + bytes(60))), "M.Attachment-Type"),
        "double To": (_encode(re.sub("(<edXML:To>.*?</edXML:To>)", r"\1\1", document)), "M.MessageHeader.To.OrganId"),
        "future date": (
            _encode(document.replace(">2026/09/30</edXML:Promulgation", f">{tomorrow}</edXML:Promulgation")),
            "M.MessageHeader.PromulgationInfo.PromulgationDate",
        ),
        "no subject": (_encode(subject.sub("", document)), "N.MessageHeader.Subject"),
        "empty subject": (
            _encode(subject.sub("<edXML:Subject> </edXML:Subject>", document)),
            "N.MessageHeader.Subject",
        ),
        "two subjects": (_encode(subject.sub(r"\g<0>\g<0>", document)), "M.MessageHeader.Subject"),
        "field marked Mật": (
            _encode(document.replace("</edXML:OtherInfo>", "<edXML:DoMat>MẬT</edXML:DoMat></edXML:OtherInfo>")),
            "M.MessageHeader.OtherInfo.DoMat",
        ),
    }


def _encode(text: str) -> bytes:
    return text.encode()


def _with_payload(document: str, text: str, payload: bytes) -> str:
    document = re.sub("<edXML:Digest>.*?</edXML:Digest>", "", document, count=1)
    return document.replace(text, pybase64.b64encode(payload).decode(), 1)


def _without_root(text: str, name: str) -> str:
    namespaces = f'xmlns="{NAMESPACE}" xmlns:edXML="{NAMESPACE}"'
    text = re.sub("<edXML xmlns[^>]*><edXML:edXMLEnvelope>", f"<edXML:{name} {namespaces}>", text)
    attachments = text[text.index("<AttachmentEncoded>") : text.index("</edXML>")]
    text = text.replace(attachments, "").replace("</edXML>", "")
    return text.replace("</edXML:edXMLEnvelope>", f"{attachments}</edXML:{name}>")


def _header_under_root(text: str) -> str:
    return re.sub("</?edXML:(edXMLEnvelope|edXMLHeader)>", "", text)


def _old_attachment(text: str) -> str:
    names = {"AttachmentName": "FileName", "ContentType": "FileType", "ContentTransferEncoded": "Content"}
    head, _, tail = text.partition("<Attachment>")
    for new, old in names.items():
        tail = re.sub(f"(</?){new}>", rf"\g<1>{old}>", tail)
    tail = re.sub("<ContentId>.*?</ContentId>", "", tail)
    head = re.sub("<edXML:Reference>.*?</edXML:Reference>", "", head)
    return f"{head}<Attachment>{tail}"


def _old_business(text: str) -> str:
    text = re.sub("(</?edXML:)Bussiness([ >])", r"\g<1>Business\g<2>", text)
    return re.sub("(</?edXML:)BussinessDocType>", r"\g<1>BusinessCode>", text)

"""Write packets of ours: checked by the strict profile, streamed, signed if asked (EX-12, EX-14, EX-19, EX-20)."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import BinaryIO

import pybase64
from lxml import etree

from lienthong.kit import clock
from lienthong.kit.edxml import rules, secrecy, skeleton
from lienthong.kit.edxml.binding import Findings
from lienthong.kit.edxml.errors import PacketError, PacketInvalid, make
from lienthong.kit.edxml.model import DocumentPacket, Packet
from lienthong.kit.edxml.profiles import DEFAULT_LIMITS, Limits, Profile
from lienthong.kit.edxml.writer import Part, render

_BLOCK = 3 << 18  # a multiple of three: each block is base64 by itself

type Signer = Callable[[etree._Element], etree._Element]
"""Makes the Signature over `#mh`, `#body`, `#biz` of the packet's tree; see `core/signing/xmldsig.py` (EX-20)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """A packet as it was written: with its signature, and as the skeleton that `parse` would give."""

    packet: Packet
    skeleton: bytes

    def content_hash(self) -> bytes:
        """The content hash of EX-40, 32 bytes: equal to the receiver's."""
        return skeleton.content_hash(self.skeleton)


def find_errors(packet: Packet, profile: Profile = Profile.STRICT, *, today: date | None = None) -> list[PacketError]:
    """Every breach of a packet that is not yet written (EX-15, EX-36), places (0, 0)."""
    found = Findings(profile)
    rules.check(packet, found, today or clock.local_date())
    return found.errors


def with_digests(packet: DocumentPacket, payloads: Sequence[BinaryIO]) -> DocumentPacket:
    """The packet with the `Digest` of each payload in its manifest reference, which binds it to the signature (EX-20).

    `payloads` are seekable, in the order of the attachments.
    """
    digests = {
        attachment.key: _sha256(payload)
        for attachment, payload in zip(packet.attachments, _rewound(payloads), strict=True)
    }
    _rewound(payloads)
    references = tuple(replace(each, digest=digests.get(each.key, each.digest)) for each in packet.references)
    return replace(packet, references=references)


def build(
    packet: Packet,
    payloads: Sequence[BinaryIO],
    out: BinaryIO,
    *,
    sign: Signer | None = None,
    profile: Profile = Profile.STRICT,
    limits: Limits = DEFAULT_LIMITS,
    today: date | None = None,
) -> Built:
    """Write a packet to `out`; `payloads` are the attachments' bytes (raw file or ZIP) in order, read once.

    Raises PacketInvalid with every breach before a byte is written; also when a payload proves to differ from its
    `Digest` or to be too large, after which `out` is to be thrown away. With `sign`, the packet must have `Bussiness`.
    """
    errors = find_errors(packet, profile, today=today)
    attachments = packet.attachments if isinstance(packet, DocumentPacket) else ()
    if len(payloads) != len(attachments):
        raise ValueError(f"{len(attachments)} attachments, {len(payloads)} payloads")
    if len(attachments) > limits.attachments:
        errors.append(make("R.Attachment", "Tệp đính kèm", f"có quá {limits.attachments} tệp"))
    parts = render(packet)
    text = "".join(part for part in parts if isinstance(part, str))
    errors += secrecy.marks_in(text)
    if rules.has_forbidden(text) and not errors:
        errors.append(make("M.edXML", "Gói tin", "có ký tự điều khiển, XML không chứa được"))
    if errors:
        raise PacketInvalid(errors)
    if sign is not None:
        if isinstance(packet, DocumentPacket) and packet.trace.business is None:
            raise ValueError("a signed packet writes Bussiness, for type 0 too (EX-20)")
        tree = skeleton.skeleton_tree(text.encode())
        packet = replace(packet, signature=skeleton.element_from_tree(sign(tree)))
        parts = render(packet)
    return Built(packet=packet, skeleton=_write(packet, parts, payloads, out, limits))


def _write(packet: Packet, parts: Sequence[Part], payloads: Sequence[BinaryIO], out: BinaryIO, limits: Limits) -> bytes:
    kept: list[bytes] = []
    run: list[str] = []
    for part in parts:
        if isinstance(part, str):
            run.append(part)
            continue
        head = "".join(run).encode()
        run = []
        out.write(head)
        kept.append(head)
        digest = _copy(payloads[part], out, limits)
        _check_digest(packet, part, digest)
        kept.append(digest.encode())
    tail = "".join(run).encode()
    out.write(tail)
    kept.append(tail)
    return b"".join(kept)


def _copy(payload: BinaryIO, out: BinaryIO, limits: Limits) -> str:
    digest = hashlib.sha256()
    size = 0
    while block := payload.read(_BLOCK):
        while len(block) % 3 and (more := payload.read(3 - len(block) % 3)):
            block += more
        size += len(block)
        if size > limits.attachment:
            raise PacketInvalid([make("R.Attachment", "Tệp đính kèm", f"lớn hơn {limits.attachment} byte")])
        digest.update(block)
        out.write(pybase64.b64encode(block))
    if not size:
        raise PacketInvalid([make("N.Attachment.ContentTransferEncoded", "Tệp đính kèm", "thiếu nội dung tệp")])
    return digest.hexdigest()


def _sha256(payload: BinaryIO) -> str:
    digest = hashlib.sha256()
    while block := payload.read(_BLOCK):
        digest.update(block)
    return digest.hexdigest()


def _check_digest(packet: Packet, index: int, digest: str) -> None:
    assert isinstance(packet, DocumentPacket)
    key = packet.attachments[index].key
    for reference in packet.references:
        if key is not None and reference.key == key and reference.digest not in (None, digest):
            problem = "nội dung tệp không khớp giá trị băm đã ghi"
            raise PacketInvalid([make("M.Manifest.Reference.Digest", "Giá trị băm của tệp", problem, value=key)])


def _rewound(payloads: Sequence[BinaryIO]) -> Sequence[BinaryIO]:
    for payload in payloads:
        payload.seek(0)
    return payloads

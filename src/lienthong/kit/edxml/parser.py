"""Read a packet from a stream: one pass, everything found, nothing invented (EX-12…EX-19, EX-36)."""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Literal, Self, cast

from lxml import etree

from lienthong.kit import clock
from lienthong.kit.edxml import archive, rules, schema, secrecy, skeleton
from lienthong.kit.edxml.binding import Findings, attributes_of, bind, freeze
from lienthong.kit.edxml.errors import PacketError, PacketUnreadable, make
from lienthong.kit.edxml.model import Attachment, Containers, DocumentPacket, Element, Extra, Packet, StatusPacket
from lienthong.kit.edxml.profiles import DEFAULT_LIMITS, NAMESPACE, XMLDSIG, Limits, Profile
from lienthong.kit.edxml.reader import CHUNK, Node, Scan, scan

type Kind = Literal["document", "status"]

_IN_MEMORY = 1 << 18
_ROOTS = {"edXML": False, "EdXML": True, "edXMLEnvelope": True, "EdXMLEnvelope": True}
"""Names of the root, and whether only the lenient profile takes it (EX-13, F-EX-6)."""
_ENVELOPES = ("edXMLEnvelope", "EdXMLEnvelope")
_DOCUMENT_MARKS = frozenset(
    {"To", "DocumentId", "Code", "PromulgationInfo", "DocumentType", "Subject", "OtherInfo", "SignerInfo"}
)
_STATUS_MARKS = frozenset({"StatusCode", "Timestamp", "StaffInfo", "Description"})


@dataclass(slots=True, kw_only=True)
class ReceivedAttachment:
    """An attachment as it lies in the spool: the file itself, unwrapped when it came in a ZIP (EX-17, EX-18).

    `sha256` and `size` are of the file, `payload_sha256` and `payload_size` of the decoded payload (the `Digest` of
    EX-20); both are equal for a raw one. `digest_matches` is None when the manifest states no digest.
    """

    attachment: Attachment
    file: BinaryIO
    sha256: bytes
    size: int
    wrapping: archive.Wrapping
    member_name: str | None
    payload_sha256: bytes
    payload_size: int
    digest_matches: bool | None = None


@dataclass(slots=True, kw_only=True)
class ParseResult:
    """What reading a packet gave. Use as a context manager: leaving it closes the spooled files.

    `packet` is None as soon as there is one error; `errors` then holds them all, in the order of the file. `warnings`
    are what the profile lets pass and the log must say. `secret` is true when a field is marked Mật or higher: the
    result then holds the marks and the sender, nothing else (EX-1). `sender` and `document_id` name a refused packet.
    `skeleton` is empty when reading stopped.
    """

    profile: Profile
    kind: Kind | None = None
    packet: Packet | None = None
    errors: list[PacketError] = field(default_factory=list)
    warnings: list[PacketError] = field(default_factory=list)
    attachments: list[ReceivedAttachment] = field(default_factory=list)
    skeleton: bytes = b""
    namespace: str = NAMESPACE
    secret: bool = False
    sender: str | None = None
    document_id: str | None = None
    trace_end: int | None = None
    root: Node | None = None
    spools: list[BinaryIO] = field(default_factory=list)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close, and so delete, the spooled files."""
        for spool in self.spools:
            spool.close()

    def tree(self) -> etree._Element:
        """The packet without payloads as a tree, for signatures (EX-19, EX-20). Only after a readable packet."""
        return skeleton.skeleton_tree(self.skeleton)

    def content_hash(self) -> bytes:
        """The content hash of EX-40, 32 bytes. Only after a readable packet."""
        return skeleton.content_hash(self.skeleton)

    def place(self, path: str) -> tuple[int, int]:
        """Line and column of an element by the path of an error code, such as `MessageHeader.ResponseFor.OrganId`;
        of the nearest parent that exists when it is missing."""
        if self.root is None:
            return 0, 0
        at: Node = self.root
        names = path.split(".")
        first = next((node for node in _walk(self.root) if node.name == names[0]), None)
        if first is None:
            return at.place
        at = first
        for name in names[1:]:
            child = next(rules.children_named(at, name), None)
            if child is None:
                break
            at = child
        return at.place


def parse(
    stream: BinaryIO,
    profile: Profile = Profile.STRICT,
    *,
    limits: Limits = DEFAULT_LIMITS,
    spool_dir: Path | None = None,
    open_spool: Callable[[], BinaryIO] | None = None,
    today: date | None = None,
    chunk: int = CHUNK,
) -> ParseResult:
    """Read, spool and judge one packet (EX-12…EX-19, EX-36). Never raises for what the packet holds.

    Payloads go to temporary files in `spool_dir` (in memory up to 256 KiB each), or to what `open_spool` opens. `today`
    is the legal date that dates must not pass (V-ERR-5). `chunk` bytes are read at a time.
    """
    spools: list[BinaryIO] = []

    def opened() -> BinaryIO:
        spool = open_spool() if open_spool is not None else _temporary(spool_dir)
        spools.append(spool)
        return spool

    try:
        read = scan(stream, profile, limits, opened, chunk)
    except PacketUnreadable as refused:
        return ParseResult(profile=profile, errors=[refused.error])
    try:
        result = _Judge(read, profile, limits, opened, today or clock.local_date()).result()
    except BaseException:
        for spool in spools:
            spool.close()
        raise
    result.spools = spools
    if result.secret:
        result.close()
    return result


def _temporary(spool_dir: Path | None) -> BinaryIO:
    return cast(
        BinaryIO, tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY, dir=None if spool_dir is None else str(spool_dir))
    )


def _walk(node: Node) -> list[Node]:
    found = [node]
    for each in found:
        found.extend(each.children)
    return found


class _Judge:
    def __init__(
        self, read: Scan, profile: Profile, limits: Limits, open_spool: Callable[[], BinaryIO], today: date
    ) -> None:
        self.read = read
        self.limits = limits
        self.open_spool = open_spool
        self.today = today
        self.found = Findings(profile)
        self.refused: set[PacketError] = set()
        self.unpacked = 0
        self.namespaces = profile.namespaces
        self.result_ = ParseResult(
            profile=profile,
            skeleton=read.skeleton,
            trace_end=read.trace_end,
            root=read.root,
            namespace=read.root.namespace,
        )

    def result(self) -> ParseResult:
        found, result, root = self.found, self.result_, self.read.root
        if self.read.bom:
            found.warnings.append(make("M.edXML", "Gói tin", "có dấu BOM ở đầu", (1, 1)))
        packet = self._packet(root)
        marks = secrecy.marks_of(root, self.read.skeleton)
        if marks:  # nothing of its content goes further, not even in the other errors (EX-1)
            return ParseResult(
                profile=result.profile, kind=result.kind, secret=True, sender=result.sender, errors=marks
            )
        found.sort()
        result.errors, result.warnings = found.errors, found.warnings
        result.packet = None if found.errors else packet
        return result

    # --- the frame of the packet --------------------------------------------------------------------------------------
    def _packet(self, root: Node) -> Packet | None:
        found = self.found
        if root.namespace not in self.namespaces:
            self._refuse("M.edXML", "không gian tên của gói tin không đúng", root, root.namespace, NAMESPACE)
            return None
        if root.namespace != NAMESPACE:
            self._warn("M.edXML", "không gian tên cũ của gói tin", root, root.namespace)
        if root.name not in _ROOTS:
            self._refuse("M.edXML", "phần tử gốc không đúng", root, root.name, "edXML")
            return None
        if _ROOTS[root.name]:
            self._tolerate("M.edXML", "phần tử gốc không đúng tên", root, root.name, "edXML")
        envelope = root if root.name in _ENVELOPES else self._child(root, *_ENVELOPES)
        if envelope is None:
            self._tolerate("N.edXMLEnvelope", "thiếu phong bì edXMLEnvelope", root)
            envelope = root
        elif envelope is not root and envelope.name != "edXMLEnvelope":
            self._tolerate("M.edXMLEnvelope", "phong bì không đúng tên", envelope, envelope.name, "edXMLEnvelope")
        header_box = self._child(envelope, "edXMLHeader")
        if header_box is None:
            self._tolerate("N.edXMLHeader", "thiếu edXMLHeader", envelope)
            header_box = envelope
        header = self._child(header_box, "MessageHeader")
        if header is None:
            found.errors.append(make("N.MessageHeader", "Tiêu đề gói tin", "thiếu", header_box.place))
            return None
        body = self._child(envelope, "edXMLBody") or (None if root is envelope else self._child(root, "edXMLBody"))
        trace = self._child(header_box, "TraceHeaderList")
        encoded = self._child(root, "AttachmentEncoded")
        signature = self._signature(header_box)
        self._digital_signature(header_box)
        self.result_.kind = _kind_of(header)
        packet: Packet
        if self.result_.kind == "status":
            packet = self._status(header, trace, body, encoded, signature)
        else:
            packet = self._document(header, header_box, trace, body, encoded, signature)
        known = [node for node in (envelope, header_box, header, trace, body, encoded) if node is not None]
        containers = self._containers(root, envelope, header_box, body, encoded, known, signature is not None)
        if containers != Containers():
            packet = replace(packet, containers=containers)
        found.nodes[id(packet)] = encoded or root
        rules.check(packet, found, self.today)
        self.result_.sender = packet.header.sender.organ_id if packet.header.sender is not None else None
        if isinstance(packet, DocumentPacket):
            self.result_.document_id = packet.header.document_id
        elif packet.header.response_for is not None:
            self.result_.document_id = packet.header.response_for.document_id
        return packet

    def _status(
        self,
        header: Node,
        trace: Node | None,
        body: Node | None,
        encoded: Node | None,
        signature: Element | None,
    ) -> StatusPacket:
        found = self.found
        for node, name in ((trace, "TraceHeaderList"), (body, "edXMLBody"), (encoded, "AttachmentEncoded")):
            if node is not None:
                found.strict_error(make(f"M.{name}", name, "gói tin trạng thái không được có", node.place))
        to = self._child(header, "To")
        if to is not None:
            found.strict_error(make("M.MessageHeader.To", "Bên nhận", "gói tin trạng thái không được có", to.place))
        return StatusPacket(header=bind(header, schema.STATUS_HEADER, rules.HEADER, found), signature=signature)

    def _document(
        self,
        header: Node,
        header_box: Node,
        trace: Node | None,
        body: Node | None,
        encoded: Node | None,
        signature: Element | None,
    ) -> DocumentPacket:
        found = self.found
        typed_header = bind(header, schema.MESSAGE_HEADER, rules.HEADER, found)
        typed_trace = None
        if trace is None:
            found.errors.append(make("N.TraceHeaderList", "Danh sách vết chuyển tiếp", "thiếu", header_box.place))
        else:
            typed_trace = bind(trace, schema.TRACE_HEADER_LIST, rules.TRACE, found)
        manifest = self._child(body, "edXMLManifest") if body is not None else None
        references = tuple(
            bind(node, schema.REFERENCE, rules.REFERENCE, found)
            for node in (manifest.children if manifest is not None else ())
            if self._is(node, "Reference")
        )
        attachments = []
        digests = {
            reference.key: reference.digest for reference in references if reference.content_id and reference.digest
        }
        for node in encoded.children if encoded is not None else ():
            if self._is(node, "Attachment"):
                attachment = bind(node, schema.ATTACHMENT, rules.ATTACHMENT, found)
                attachments.append(attachment)
                self._payload(node, attachment, digests)
        return DocumentPacket(
            header=typed_header,
            trace=typed_trace,  # type: ignore[arg-type]  # None is an error above, and the packet is withheld
            references=references,
            attachments=tuple(attachments),
            signature=signature,
        )

    def _payload(self, node: Node, attachment: Attachment, digests: dict[str, str]) -> None:
        """Decide what an attachment's payload is (EX-17) and list it."""
        place = next((child for child in node.children if child.payload is not None), None)
        label = f"Tệp đính kèm {attachment.name or attachment.content_id or ''}".strip()
        if place is None or place.payload is None or (place.payload.size == 0 and place.payload.error is None):
            problem = "thiếu nội dung tệp"
            where = (place or node).place
            self.found.errors.append(make("N.Attachment.ContentTransferEncoded", label, problem, where))
            return
        payload = place.payload
        if payload.error is not None:
            code = "R.Attachment" if payload.too_large else "M.Attachment-Encoding"
            self.found.errors.append(make(code, label, payload.error, place.place))
            return
        try:
            file = archive.unwrap(
                payload.file,
                sha256=payload.sha256,
                size=payload.size,
                name=attachment.name or "",
                limits=self.limits,
                left=self.limits.unpacked - self.unpacked,
                open_spool=self.open_spool,
            )
        except archive.ArchiveRefused as refused:
            code = "R.Attachment" if refused.limit else "M.Attachment-Type"
            self.found.errors.append(make(code, label, str(refused), place.place))
            return
        if file.wrapping is archive.Wrapping.ZIP:
            self.unpacked += file.size
        stated = digests.get(attachment.key) if attachment.key else None
        matches = None if stated is None else stated == payload.sha256.hex()
        if matches is False:
            self._warn("M.Manifest.Reference.Digest", f"{label}: nội dung không khớp giá trị băm đã nêu", place)
        self.result_.attachments.append(
            ReceivedAttachment(
                attachment=attachment,
                file=file.file,
                sha256=file.sha256,
                size=file.size,
                wrapping=file.wrapping,
                member_name=file.member_name,
                payload_sha256=payload.sha256,
                payload_size=payload.size,
                digest_matches=matches,
            )
        )

    def _signature(self, box: Node) -> Element | None:
        """The header's Signature as it came: ours in XMLDSIG's namespace, legacy ones in the packet's (EX-21)."""
        found = [
            node
            for node in box.children
            if node.name == "Signature" and (node.namespace == XMLDSIG or node.namespace in self.namespaces)
        ]
        for node in found[1:]:
            self._refuse("M.Signature", "chỉ được có một chữ ký gói tin", node)
        return freeze(found[0]) if found else None

    def _digital_signature(self, box: Node) -> None:
        node = self._child(box, "DigitalSignature")
        if node is not None:
            self._tolerate("M.DigitalSignature", "phần tử không thuộc gói tin", node)

    def _containers(
        self,
        root: Node,
        envelope: Node,
        header_box: Node,
        body: Node | None,
        encoded: Node | None,
        known: list[Node],
        signed: bool,
    ) -> Containers:
        passed = {id(node) for node in known}
        document = self.result_.kind == "document"
        if not document:
            passed = {id(node) for node in known[:3]}
        manifest = self._child(body, "edXMLManifest") if body is not None and document else None
        if manifest is not None:
            passed.add(id(manifest))
            passed |= {id(node) for node in manifest.children if self._is(node, "Reference")}
        if encoded is not None and document:
            passed |= {id(node) for node in encoded.children if self._is(node, "Attachment")}
        if signed:
            passed.add(id(next(node for node in header_box.children if node.name == "Signature")))
        extra_of = {
            id(node): _extra(node, passed) for node in (root, envelope, header_box, body, manifest, encoded) if node
        }
        attachments = extra_of.get(id(encoded)) if document else None
        if attachments is None and encoded is not None and document and not encoded.children:
            attachments = Extra()
        return Containers(
            root=extra_of[id(root)],
            envelope=extra_of[id(envelope)] if envelope is not root else None,
            header=extra_of[id(header_box)] if header_box is not envelope else None,
            body=extra_of.get(id(body)) if document else None,
            manifest=extra_of.get(id(manifest)),
            attachments=attachments,
        )

    # --- helpers ------------------------------------------------------------------------------------------------------
    def _is(self, node: Node, name: str) -> bool:
        return node.name == name and node.namespace in self.namespaces

    def _child(self, node: Node, *names: str) -> Node | None:
        """The child of that name; a second one is an error."""
        first = None
        for child in node.children:
            if child.name in names and child.namespace in self.namespaces:
                if first is None:
                    first = child
                else:
                    self._refuse(f"M.{child.name}", "chỉ được có một, đang có nhiều", child)
        return first

    def _refuse(
        self, code: str, problem: str, node: Node, value: str | None = None, allowed: str | None = None
    ) -> None:
        error = make(code, code.partition(".")[2], problem, node.place, value=value, allowed=allowed)
        if error not in self.refused:  # a container may be looked up twice
            self.refused.add(error)
            self.found.errors.append(error)

    def _tolerate(
        self, code: str, problem: str, node: Node, value: str | None = None, allowed: str | None = None
    ) -> None:
        error = make(code, code.partition(".")[2], problem, node.place, value=value, allowed=allowed)
        self.found.strict_error(error)

    def _warn(self, code: str, problem: str, node: Node, value: str | None = None) -> None:
        self.found.warnings.append(make(code, code.partition(".")[2], problem, node.place, value=value))


def _kind_of(header: Node) -> Kind:
    names = {child.name for child in header.children}
    return "status" if len(names & _STATUS_MARKS) > len(names & _DOCUMENT_MARKS) else "document"


_OWN_ATTRIBUTES = {"edXMLBody": ("Id", "body"), "edXMLManifest": ("version", "1.0")}


def _extra(node: Node, passed: set[int]) -> Extra | None:
    """What a container holds beside the parts of the packet."""
    own = _OWN_ATTRIBUTES.get(node.name)
    attributes = tuple(each for each in attributes_of(node) if (each.name, each.value) != own or each.namespace)
    elements = tuple((index, freeze(child)) for index, child in enumerate(node.children) if id(child) not in passed)
    return Extra(attributes=attributes, elements=elements) if attributes or elements else None

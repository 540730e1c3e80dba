"""The one pass over a packet: own limits, payloads spooled away, the rest kept as skeleton (EX-13, EX-18, EX-19).

Nothing here builds a tree of the whole packet, resolves an entity or repairs anything.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import BinaryIO
from xml.parsers import expat

from lienthong.kit.edxml.errors import PacketError, PacketUnreadable, make
from lienthong.kit.edxml.payload import Payload
from lienthong.kit.edxml.profiles import LEGACY_NAMESPACES, NAMESPACE, Limits, Profile

CHUNK = 1 << 18
"""Bytes read at a time, and characters of text handed over at once."""
_HEAD = 1024
_BETWEEN = re.compile(r"\s+|<!--(?s:.)*?-->|<\?(?s:.)*?\?>")

_SEPARATOR = "\x1f"  # can occur in no XML document, so a namespace name cannot forge the split
_BOM = b"\xef\xbb\xbf"
_PACKET = LEGACY_NAMESPACES | {NAMESPACE}
_PAYLOAD_NAMES = frozenset({"ContentTransferEncoded", "Content"})

_MALFORMED = {
    "unbound prefix": "tiền tố không được khai báo không gian tên",
    "undefined entity": "dùng thực thể không được phép",
    "mismatched tag": "thẻ đóng không khớp thẻ mở",
    "no element found": "gói tin rỗng hoặc bị cụt",
    "unclosed token": "gói tin bị cụt giữa một thẻ",
    "duplicate attribute": "thuộc tính bị lặp",
    "XML or text declaration not at start of entity": "có dữ liệu đứng trước khai báo XML",
    "not well-formed (invalid token)": "có ký tự không hợp lệ trong XML hoặc không phải UTF-8",
    "unclosed CDATA section": "đoạn CDATA không được đóng",
    "reference to invalid character number": "tham chiếu tới ký tự không hợp lệ",
    "unknown encoding": "bảng mã không được nhận, chỉ nhận UTF-8",
    "encoding specified in XML declaration is incorrect": "bảng mã khai báo không đúng, chỉ nhận UTF-8",
}


class Node:
    """An element as read: `name` is local, `tail` the text after it, `line` and `column` count from 1."""

    __slots__ = ("attributes", "children", "column", "line", "name", "namespace", "payload", "prefix", "tail", "text")

    def __init__(
        self, namespace: str, name: str, prefix: str, attributes: list[str] | None, line: int, column: int
    ) -> None:
        self.namespace = namespace
        self.name = name
        self.prefix = prefix
        self.attributes = attributes
        self.children: list[Node] = []
        self.text = ""
        self.tail = ""
        self.line = line
        self.column = column
        self.payload: Payload | None = None

    @property
    def place(self) -> tuple[int, int]:
        """Line and column of the start tag."""
        return self.line, self.column


@dataclass(slots=True)
class Scan:
    """What one pass leaves: the tree without payloads, the same as bytes, and where the next TraceHeader belongs.

    `skeleton` is the packet's own bytes with each payload replaced by the hex SHA-256 of its decoded bytes (EX-40).
    `trace_end` is the byte offset of the end tag of the last TraceHeader, or None.
    """

    root: Node
    skeleton: bytes
    bom: bool
    trace_end: int | None
    payloads: list[Payload] = field(default_factory=list)


def split_name(full: str) -> tuple[str, str, str]:
    """(namespace, local name, prefix) of a name as expat gives it with prefixes."""
    parts = full.split(_SEPARATOR)
    if len(parts) == 1:
        return "", full, ""
    return parts[0], parts[1], parts[2] if len(parts) == 3 else ""


_split_known = lru_cache(maxsize=1024)(split_name)
_LONG_NAME = 200


def scan(
    stream: BinaryIO, profile: Profile, limits: Limits, open_spool: Callable[[], BinaryIO], chunk: int = CHUNK
) -> Scan:
    """Read a packet to its end. Raises PacketUnreadable for what is never accepted; spools are closed then."""
    reader = _Reader(profile, limits, open_spool)
    try:
        return reader.run(stream, chunk)
    except BaseException:
        for payload in reader.payloads:
            payload.file.close()
        raise
    finally:
        del reader.parser  # its handlers are bound to the reader: a cycle that would keep the buffers


class _Reader:
    def __init__(self, profile: Profile, limits: Limits, open_spool: Callable[[], BinaryIO]) -> None:
        self.profile = profile
        self.limits = limits
        self.most_elements = limits.elements
        self.most_depth = limits.depth
        self.open_spool = open_spool
        self.payloads: list[Payload] = []
        self.stack: list[Node] = []
        self.root: Node | None = None
        self.elements = 0
        self.attributes = 0
        self.trace_end: int | None = None
        self.closed: tuple[int, int, int] | None = None  # byte index, line, column of the root's end tag
        self.names: dict[str, tuple[str, str, str, bool]] = {}
        # Skeleton: `pending` holds the bytes from `base` on that are not settled, `cursor` is what was copied already,
        # or None while inside a payload.
        self.skeleton: list[bytes] = []
        self.skeleton_size = 0
        self.pending = b""
        self.base = 0
        self.offset = 0
        self.cursor: int | None = 0
        parser = expat.ParserCreate("utf-8", _SEPARATOR)
        parser.namespace_prefixes = True
        parser.ordered_attributes = True
        parser.buffer_text = True
        parser.buffer_size = CHUNK
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.StartDoctypeDeclHandler = self._doctype
        parser.XmlDeclHandler = self._declaration
        self.parser = parser

    def run(self, stream: BinaryIO, size: int) -> Scan:
        chunk = _read(stream, max(size, _HEAD))
        bom = chunk.startswith(_BOM)
        if bom and self.profile is Profile.STRICT:
            raise _unreadable("M.edXML", "gói tin có dấu BOM ở đầu, hồ sơ chặt không nhận", (1, 1))
        if chunk[:2] in (b"\xff\xfe", b"\xfe\xff") or chunk[:4].count(0):
            raise _unreadable("M.edXML", "bảng mã không được nhận, chỉ nhận UTF-8", (1, 1))
        if bom:  # no part of the first line: expat would count it as a column
            chunk = chunk[len(_BOM) :]
            self.offset = self.base = self.cursor = len(_BOM)
        if (start := chunk.lstrip(b" \t\r\n")) and not start.startswith(b"<"):
            before = chunk[: len(chunk) - len(start)]
            place = before.count(b"\n") + 1, len(before) - before.rfind(b"\n")
            raise _unreadable("M.edXML", "có dữ liệu đứng trước khai báo XML", place)
        try:
            while chunk:
                self.pending = self.pending + chunk if self.pending else chunk
                self.parser.Parse(chunk, False)
                self._settle(self._index())
                chunk = _read(stream, size)
            self.parser.Parse(b"", True)
        except expat.ExpatError as error:
            # Everything that expat refuses is one error with its place.
            if self.closed is not None:
                raise _unreadable("M.edXML", "có dữ liệu thừa sau phần tử gốc", self._after_root()) from error
            reason = _MALFORMED.get(expat.ErrorString(error.code), "XML không đúng cú pháp")
            raise _unreadable("M.edXML", reason, (error.lineno, error.offset + 1)) from error
        self._settle(self.base + len(self.pending))
        assert self.root is not None
        return Scan(
            root=self.root,
            skeleton=b"".join(self.skeleton),
            bom=bom,
            trace_end=self.trace_end,
            payloads=self.payloads,
        )

    # --- expat's handlers ---------------------------------------------------------------------------------------------
    def _start(self, full: str, attributes: list[str]) -> None:
        parser = self.parser
        known = self.names.get(full)
        if known is None:
            namespace, name, prefix = _split_known(full) if len(full) < _LONG_NAME else split_name(full)
            known = namespace, name, prefix, name in _PAYLOAD_NAMES and namespace in _PACKET
            self.names[full] = known
        namespace, name, prefix, payload = known
        node = Node(
            namespace, name, prefix, attributes or None, parser.CurrentLineNumber, parser.CurrentColumnNumber + 1
        )
        stack = self.stack
        self.elements += 1
        if self.elements > self.most_elements:
            raise _unreadable("R.edXML", f"có quá {self.most_elements} phần tử", node.place)
        if attributes:
            self.attributes += len(attributes) // 2
            if self.attributes > self.limits.attributes:
                raise _unreadable("R.edXML", f"có quá {self.limits.attributes} thuộc tính", node.place)
        if stack:
            parent = stack[-1]
            parent.children.append(node)
            if payload and parent.name == "Attachment":
                self._open_payload(node)
        else:
            self.root = node
        stack.append(node)
        if len(stack) > self.most_depth:
            raise _unreadable("R.edXML", f"phần tử lồng quá {self.most_depth} lớp", node.place)

    def _end(self, _full: str) -> None:
        node = self.stack.pop()
        if not self.stack:
            self.closed = (self._index(), *self._place())
        if node.payload is not None:
            self._close_payload(node.payload)
        elif node.name == "TraceHeader" and node.namespace in _PACKET:
            self.trace_end = self._index()

    def _text(self, data: str) -> None:
        node = self.stack[-1]
        if node.children:
            node.children[-1].tail += data
        else:
            node.text += data

    def _doctype(self, *_: object) -> None:
        # expat reports the declaration once its head is read: go back to where it begins.
        end = self._index() - self.base
        start = self.pending.rfind(b"<!DOCTYPE", 0, end)
        before = self.pending[:start].decode()
        line = self.parser.CurrentLineNumber - self.pending.count(b"\n", start, end)
        raise _unreadable("M.edXML", "có khai báo DTD, không được phép", (line, len(before) - before.rfind("\n")))

    def _declaration(self, version: str, encoding: str | None, _standalone: int) -> None:
        if version != "1.0":
            raise _unreadable("M.edXML", "phiên bản XML không được nhận, chỉ nhận 1.0", self._place())
        if encoding is not None and encoding.lower() not in ("utf-8", "utf8"):
            raise _unreadable("M.edXML", "bảng mã không được nhận, chỉ nhận UTF-8", self._place(), value=encoding)

    def _index(self) -> int:
        """The place of the present event in the stream, in bytes."""
        return self.parser.CurrentByteIndex + self.offset

    def _place(self) -> tuple[int, int]:
        return self.parser.CurrentLineNumber, self.parser.CurrentColumnNumber + 1

    def _after_root(self) -> tuple[int, int]:
        """Line and column of what stands behind the root and is no comment or white space."""
        assert self.closed is not None
        start, line, column = self.closed
        text = self.pending[start - self.base :].decode(errors="replace")
        if text.startswith("</"):
            end = text.find(">") + 1
        else:
            end = 0
        while (match := _BETWEEN.match(text, end)) and match.end() > end:
            end = match.end()
        before = text[:end]
        lines = before.count("\n")
        return (line + lines, len(before) - before.rfind("\n")) if lines else (line, column + end)

    # --- payloads -----------------------------------------------------------------------------------------------------
    def _open_payload(self, node: Node) -> None:
        if len(self.payloads) >= self.limits.attachments:
            raise _unreadable("R.Attachment", f"có quá {self.limits.attachments} tệp đính kèm", node.place)
        payload = node.payload = Payload(self.open_spool, self.limits.attachment)
        self.payloads.append(payload)
        # Unbuffered until the first text: only so its event's byte index is where the payload begins.
        self.parser.buffer_text = False
        self.parser.CharacterDataHandler = self._payload_begins

    def _payload_begins(self, data: str) -> None:
        start = self._index()
        if self.cursor is not None:
            self._keep(self.pending[self.cursor - self.base : start - self.base])
            self.cursor = None
        self.parser.buffer_text = True
        self.parser.CharacterDataHandler = self._payload_text
        self._payload_text(data)

    def _payload_text(self, data: str) -> None:
        payload = self.stack[-1].payload
        if payload is not None:  # text of an element inside the payload is refused with that element
            payload.feed(data)

    def _close_payload(self, payload: Payload) -> None:
        self.parser.CharacterDataHandler = self._text
        self.parser.buffer_text = True
        payload.finish()
        if self.cursor is None:
            self._keep(payload.sha256.hex().encode())
            self.cursor = self._index()

    # --- the skeleton -------------------------------------------------------------------------------------------------
    def _settle(self, upto: int) -> None:
        """Copy or drop the pending bytes before `upto`, the start of the token that expat has not finished."""
        if upto < self.base:  # expat knows no position while it waits for the rest of a token
            upto = self.base
        if self.cursor is not None and upto > self.cursor:
            self._keep(self.pending[self.cursor - self.base : upto - self.base])
            self.cursor = upto
        if self.closed is not None:  # what follows the root is kept to say where it goes wrong
            upto = min(upto, self.closed[0])
        self.pending = self.pending[upto - self.base :]
        self.base = upto
        if len(self.pending) > self.limits.token:
            raise _unreadable("R.edXML", f"một thẻ dài quá {self.limits.token} byte", self._place())

    def _keep(self, part: bytes) -> None:
        self.skeleton_size += len(part)
        if self.skeleton_size > self.limits.skeleton:
            raise _unreadable("R.edXML", f"phần ngoài tệp đính kèm quá {self.limits.skeleton} byte", self._place())
        self.skeleton.append(part)


def _read(stream: BinaryIO, size: int) -> bytes:
    """That many bytes, fewer only at the end, though a socket gives them in pieces."""
    block = stream.read(size)
    if len(block) == size or not block:
        return block
    pieces, left = [block], size - len(block)
    while left and (block := stream.read(left)):
        pieces.append(block)
        left -= len(block)
    return b"".join(pieces)


def _unreadable(code: str, reason: str, place: tuple[int, int], *, value: str | None = None) -> PacketUnreadable:
    error: PacketError = make(code, "Gói tin", reason, place, value=value)
    return PacketUnreadable(error)

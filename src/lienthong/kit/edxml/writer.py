"""The reference form of a packet: fixed order, fixed prefixes, no white space of its own (EX-12; exchange.md §3).

Only `build` uses it: a relay passes on the bytes that it received (EX-67).
"""

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from itertools import pairwise
from typing import Any, cast

from lienthong.kit.clock import local
from lienthong.kit.edxml import schema
from lienthong.kit.edxml.model import (
    Attribute,
    DocumentPacket,
    Element,
    Extra,
    Packet,
    StatusPacket,
)
from lienthong.kit.edxml.profiles import NAMESPACE
from lienthong.kit.edxml.schema import Branch, Kind, Leaf, Shape

BLANKS = " \t\r\n"
_XML = "http://www.w3.org/XML/1998/namespace"
_SCOPE: Mapping[str, str] = {"": NAMESPACE, "edXML": NAMESPACE, "xml": _XML}
_TO_ESCAPE = re.compile("[&<>\r]")
_TEXT = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"})
_VALUE = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\t": "&#9;", "\n": "&#10;", "\r": "&#13;"}
)

type Part = str | int
"""A piece of the packet as text, or the index of the attachment whose payload stands here."""


def render(packet: Packet) -> list[Part]:
    """A packet as pieces of text with a slot for each payload."""
    writer = _Writer()
    return writer.status(packet) if isinstance(packet, StatusPacket) else writer.document(packet)


class _Writer:
    def __init__(self) -> None:
        self.out: list[Part] = []
        self.slots = 0

    def status(self, packet: StatusPacket) -> list[Part]:
        containers = packet.containers
        head = [self._apart(packet.header, schema.STATUS_HEADER, "edXML:MessageHeader")]
        return self._document(containers.root, [self._envelope(packet, head, [])])

    def document(self, packet: DocumentPacket) -> list[Part]:
        containers = packet.containers
        head = [
            self._apart(packet.header, schema.MESSAGE_HEADER, "edXML:MessageHeader"),
            self._apart(packet.trace, schema.TRACE_HEADER_LIST, "edXML:TraceHeaderList"),
        ]
        references = [self._apart(reference, schema.REFERENCE, "edXML:Reference") for reference in packet.references]
        manifest = _container("edXML:edXMLManifest", containers.manifest, references, {"version": "1.0"})
        body = _container("edXML:edXMLBody", containers.body, [manifest], {"Id": "body"})
        parts = [self._envelope(packet, head, [body])]
        if packet.attachments or containers.attachments is not None:
            attachments = [self._apart(each, schema.ATTACHMENT, "Attachment") for each in packet.attachments]
            parts.append(_container("AttachmentEncoded", containers.attachments, attachments, {}))
        return self._document(containers.root, parts)

    def _envelope(self, packet: Packet, head: list[list[Part]], body: list[list[Part]]) -> list[Part]:
        if packet.signature is not None:
            head.append([element_text(packet.signature, _SCOPE)])
        header = _container("edXML:edXMLHeader", packet.containers.header, head, {})
        return _container("edXML:edXMLEnvelope", packet.containers.envelope, [header, *body], {})

    def _document(self, extra: Extra | None, children: list[list[Part]]) -> list[Part]:
        namespaces = {"xmlns": NAMESPACE, "xmlns:edXML": NAMESPACE}
        declaration = '<?xml version="1.0" encoding="UTF-8"?>\n'
        return [declaration, *_container("edXML", extra, children, namespaces), "\n"]

    def _apart(self, part: Any, shape: Shape, tag: str) -> list[Part]:
        self.out = []
        self._branch(part, shape, tag, "edXML:" if tag.startswith("edXML:") else "")
        if shape is schema.ATTACHMENT:
            return self.out
        return ["".join(cast(list[str], self.out))]  # no other part has a slot

    def _branch(self, part: Any, shape: Shape, tag: str, prefix: str) -> None:
        extra: Extra | None = part.extra
        own = "" if shape.id is None else f' Id="{shape.id}"'
        if extra is None:
            self.out.append(f"<{tag}{own}>")
            self._members(part, shape, prefix)
        else:
            if shape.id is not None and any(each.name == "Id" and not each.namespace for each in extra.attributes):
                own = ""  # a received packet's own Id, to which its signature refers
            attributes, scope = _attributes(extra.attributes, _SCOPE)
            outer, self.out = self.out, []
            starts: list[int] = []
            self._members(part, shape, prefix, starts, _leaf_attributes(extra, scope))
            children = [self.out[first:last] for first, last in pairwise([*starts, len(self.out)])]
            self.out = outer
            self.out.append(f"<{tag}{own}{attributes}>")
            self.out += _with_extras(children, extra, scope)
        self.out.append(f"</{tag}>")

    def _members(
        self,
        part: Any,
        shape: Shape,
        prefix: str,
        starts: list[int] | None = None,
        leaf_attributes: Mapping[tuple[str, int], str] | None = None,
    ) -> None:
        out = self.out
        for member in shape.members:
            if not member.name:
                tag = prefix + member.element
                if starts is not None:
                    starts.append(len(out))
                out += (f"<{tag}>", self.slots, f"</{tag}>")
                self.slots += 1
                continue
            value = getattr(part, member.name)
            if value is None:
                continue
            tag = prefix + member.element
            if type(value) is str and starts is None:  # the common case, kept short
                value = value.strip(BLANKS)
                out.append(f"<{tag}>{value.translate(_TEXT) if _TO_ESCAPE.search(value) else value}</{tag}>")
                continue
            values = value if member.many else (value,)
            for occurrence, each in enumerate(values):
                if starts is not None:
                    starts.append(len(out))
                if type(member) is Branch:
                    self._branch(each, member.shape, tag, prefix)
                    continue
                text = value_text(member, each)
                attributes = leaf_attributes.get((member.element, occurrence), "") if leaf_attributes else ""
                out.append(f"<{tag}{attributes}>{text}</{tag}>")


def value_text(member: Leaf | Branch, value: Any) -> str:
    """A field as XML text (EX-10)."""
    if type(value) is str:
        text = value.strip(BLANKS)
        return text.translate(_TEXT) if _TO_ESCAPE.search(text) else text
    if type(member) is Leaf and member.kind is Kind.TIMESTAMP:
        return timestamp_text(value)
    if isinstance(value, date):
        return f"{value.year:04}/{value.month:02}/{value.day:02}"
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(int(value))


def timestamp_text(instant: datetime) -> str:
    """An instant as the packet writes it: wall clock of Viet Nam, no zone (EX-10)."""
    at = local(instant)
    return f"{at.year:04}/{at.month:02}/{at.day:02} {at.hour:02}:{at.minute:02}:{at.second:02}"


def escape(text: str) -> str:
    """Text for the content of an element."""
    return text.translate(_TEXT) if _TO_ESCAPE.search(text) else text


def _container(tag: str, extra: Extra | None, children: list[list[Part]], own: Mapping[str, str]) -> list[Part]:
    if extra is None:
        attributes = "".join(f' {name}="{value}"' for name, value in own.items())
        return [f"<{tag}{attributes}>", *(part for child in children for part in child), f"</{tag}>"]
    theirs = {each.name for each in extra.attributes if not each.namespace}
    attributes = "".join(f' {name}="{value}"' for name, value in own.items() if name not in theirs)
    added, scope = _attributes(extra.attributes, _SCOPE)
    return [f"<{tag}{attributes}{added}>", *_with_extras(children, extra, scope), f"</{tag}>"]


def _with_extras(children: list[list[Part]], extra: Extra, scope: Mapping[str, str]) -> Iterable[Part]:
    """The children with unknown elements put back at their index among all children (EX-12)."""
    for index, element in sorted(extra.elements, key=lambda pair: pair[0]):
        children.insert(index, [element_text(element, scope)])
    return (part for child in children for part in child)


def _leaf_attributes(extra: Extra, scope: Mapping[str, str]) -> dict[tuple[str, int], str]:
    return {
        (element, occurrence): _attributes(attributes, scope)[0]
        for element, occurrence, attributes in extra.leaf_attributes
    }


def element_text(element: Element, scope: Mapping[str, str]) -> str:
    """A kept element as XML, with the namespace declarations that the place lacks."""
    declared: dict[str, str] = {}
    prefix = _bind(element.prefix if element.namespace else "", element.namespace, scope, declared, attribute=False)
    attributes, inner = _attributes(element.attributes, scope, declared)
    tag = f"{prefix}:{element.name}" if prefix else element.name
    content = "".join(escape(each) if isinstance(each, str) else element_text(each, inner) for each in element.content)
    return f"<{tag}{attributes}>{content}</{tag}>" if content else f"<{tag}{attributes}/>"


def _attributes(
    attributes: Iterable[Attribute], scope: Mapping[str, str], declared: dict[str, str] | None = None
) -> tuple[str, Mapping[str, str]]:
    """Attributes as text after the declarations they need, and the scope inside the element."""
    declared = {} if declared is None else declared
    texts = []
    for each in attributes:
        prefix = _bind(each.prefix, each.namespace, scope, declared, attribute=True) if each.namespace else ""
        name = f"{prefix}:{each.name}" if prefix else each.name
        texts.append(f' {name}="{each.value.translate(_VALUE)}"')
    declarations = [
        f' xmlns:{prefix}="{uri.translate(_VALUE)}"' if prefix else f' xmlns="{uri.translate(_VALUE)}"'
        for prefix, uri in declared.items()
    ]
    return "".join(declarations + texts), {**scope, **declared} if declared else scope


def _bind(prefix: str, namespace: str, scope: Mapping[str, str], declared: dict[str, str], *, attribute: bool) -> str:
    """The prefix under which a namespace is written here, declared when the place does not know it."""
    if namespace == _XML:
        return "xml"
    if (attribute and not prefix) or prefix in ("xml", "xmlns"):
        prefix = "n"
    wanted, number = prefix, 1
    while prefix in declared and declared[prefix] != namespace:
        prefix, number = f"{wanted or 'n'}{number}", number + 1
    if prefix not in declared and scope.get(prefix, "") != namespace:
        declared[prefix] = namespace
    return prefix

"""The packet without payloads: the tree for signatures and the content hash (EX-19, EX-20, EX-40)."""

import hashlib

from lxml import etree

from lienthong.kit.edxml.model import Attribute, Element
from lienthong.kit.edxml.profiles import LEGACY_NAMESPACES, NAMESPACE, XMLDSIG

_PACKET = LEGACY_NAMESPACES | {NAMESPACE}


def skeleton_tree(skeleton: bytes) -> etree._Element:
    """The root of the skeleton as an lxml tree, prefixes and white space as in the packet.

    Entities, network and DTD stay off, lxml's own size limits on: the skeleton is bounded by `Limits.skeleton`.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, remove_blank_text=False)
    return etree.fromstring(skeleton, parser)


def content_hash(skeleton: bytes) -> bytes:
    """The content hash by which packets are compared (EX-40), 32 bytes.

    SHA-256 over the packet in exclusive C14N without comments, without the TraceHeader elements (2.1) and the header's
    Signature, each payload replaced by the hex SHA-256 of its decoded bytes, as the skeleton has it already.
    """
    root = skeleton_tree(skeleton)
    for element in list(root.iter("{*}TraceHeader", "{*}Signature")):
        parent = element.getparent()
        if parent is None:
            continue
        name, namespace = etree.QName(element).localname, etree.QName(element).namespace
        if name == "TraceHeader":
            unsigned = namespace in _PACKET and etree.QName(parent).localname == "TraceHeaderList"
        else:
            unsigned = (namespace in _PACKET or namespace == XMLDSIG) and parent.find("{*}MessageHeader") is not None
        if unsigned:
            _remove(element, parent)
    canonical = etree.tostring(root, method="c14n", exclusive=True, with_comments=False)
    return hashlib.sha256(canonical).digest()


def _remove(element: etree._Element, parent: etree._Element) -> None:
    """Take an element out but leave the text behind it."""
    if element.tail:
        before = element.getprevious()
        if before is None:
            parent.text = (parent.text or "") + element.tail
        else:
            before.tail = (before.tail or "") + element.tail
    parent.remove(element)


def element_from_tree(node: etree._Element) -> Element:
    """An element of a tree, a Signature for example, as a kept element; comments are left out."""
    content: list[str | Element] = [node.text] if node.text else []
    for child in node:
        if isinstance(child.tag, str):
            content.append(element_from_tree(child))
        if child.tail:
            content.append(child.tail)
    prefixes = {uri: prefix for prefix, uri in node.nsmap.items() if prefix}
    name = etree.QName(node)
    attributes = tuple(
        Attribute(
            name=etree.QName(key).localname,
            namespace=etree.QName(key).namespace or "",
            prefix=prefixes.get(etree.QName(key).namespace or "", ""),
            value=str(value),
        )
        for key, value in node.attrib.items()
    )
    return Element(
        name=name.localname,
        namespace=name.namespace or "",
        prefix=node.prefix or "",
        attributes=attributes,
        content=_merged(content),
    )


def _merged(content: list[str | Element]) -> tuple[str | Element, ...]:
    merged: list[str | Element] = []
    for each in content:
        if isinstance(each, str) and merged and isinstance(merged[-1], str):
            merged[-1] += each
        else:
            merged.append(each)
    return tuple(merged)

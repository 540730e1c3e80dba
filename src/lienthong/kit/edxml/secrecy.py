"""State secrets stay outside: a packet with a field marked Mật or higher is refused (EX-1, CORE-58; QĐ 28/2018 Đ1)."""

import re
import unicodedata
from collections.abc import Iterator

from lienthong.kit.edxml.errors import PacketError, make
from lienthong.kit.edxml.reader import Node

_LABELS = {"mật": "Mật", "tốimật": "Tối mật", "tuyệtmật": "Tuyệt mật"}
_NAMES_OF_PERSONS = frozenset({"FullName", "Staff"})
_STRUCTURE = frozenset({"edXML", "EdXML", "edXMLEnvelope", "EdXMLEnvelope", "edXMLHeader", "edXMLBody"})
_LONGEST = 60
_HINTS = "\u1eac\u1ead\u0302\u0323"
"""In every spelling of "mật": ậ itself or, decomposed, one of its marks. Most packets have few of them."""
_FIELD = re.compile("[<>\"']([^<>\"']{2,60})(?=[<>\"'])")
_TAG = re.compile(r"<(?:[^\s<>/:]+:)?([^\s<>/:]+)[^<>]*>?$")
_PROBLEM = "có dấu chỉ độ mật, trục liên thông không chuyển bí mật nhà nước"


def secret_label(text: str) -> str | None:
    """Mật, Tối mật or Tuyệt mật when a whole field says so, letter case, spaces and frame ignored; else None.

    "Độ mật: Không", "BẢO MẬT" and "MẬT ĐỘ DÂN CƯ" are no marks (V-SEC-2).
    """
    if not 2 <= len(text) <= _LONGEST or not any(hint in text for hint in _HINTS):
        return None
    letters = "".join(c for c in unicodedata.normalize("NFC", text).casefold() if c.isalnum())
    return _LABELS.get(letters.removeprefix("độmật") or letters)


def marks_of(root: Node, skeleton: bytes) -> list[PacketError]:
    """One error for each marked field of a received packet; no value but the label itself is kept."""
    text = skeleton.decode()
    if "&#" not in text and not _fields(text):
        return []
    return [make(f"M.{path}", node.name, _PROBLEM, node.place, value=label) for path, node, label in _marked(root, "")]


def marks_in(text: str) -> list[PacketError]:
    """The same for a packet of ours, as written (without payloads)."""
    return [make(f"M.{name}", name, _PROBLEM, value=label) for name, label in _fields(text)]


def _fields(text: str) -> list[tuple[str, str]]:
    """(element, label) of each short text or attribute value that is a mark."""
    if not any(hint in text for hint in _HINTS):
        return []
    found = []
    for field in _FIELD.finditer(text):
        label = secret_label(field[1].strip())
        if label is not None:
            tag = _TAG.search(text, max(text.rfind("<", 0, field.start(1)), 0), field.start(1))
            name = tag[1] if tag is not None else "edXML"
            if name not in _NAMES_OF_PERSONS:
                found.append((name, label))
    return found


def _marked(node: Node, path: str) -> Iterator[tuple[str, Node, str]]:
    where = path if node.name in _STRUCTURE else f"{path}.{node.name}" if path else node.name
    texts = [] if node.name in _NAMES_OF_PERSONS or node.payload is not None else [node.text]
    if node.attributes:
        texts += node.attributes[1::2]
    for text in texts:
        label = secret_label(text.strip())
        if label is not None:
            yield where or node.name, node, label
    for child in node.children:
        yield from _marked(child, where)

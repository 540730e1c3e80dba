"""State secrets stay outside: a packet with a field marked Mật or higher is refused (EX-1, CORE-58; QĐ 28/2018 Đ1)."""

import re
import unicodedata
from collections.abc import Iterator

from lienthong.kit.edxml.errors import PacketError, make
from lienthong.kit.edxml.reader import Node

_LABELS = {"mật": "Mật", "tốimật": "Tối mật", "tuyệtmật": "Tuyệt mật"}
_NAMES_OF_PERSONS = frozenset({"FullName", "Staff"})
_LONGEST = 60
_FIELD = re.compile(r"<(?:[^\s<>/:]+:)?([^\s<>/:]+)((?:\s[^<>]*)?)>([^<>]{2,60}(?=<))?")
_VALUE = re.compile(r"""["']([^"']{2,60})["']""")


def secret_label(text: str) -> str | None:
    """Mật, Tối mật or Tuyệt mật when a whole field says so, letter case, spaces and frame ignored; else None.

    "Độ mật: Không", "BẢO MẬT" and "MẬT ĐỘ DÂN CƯ" are no marks (V-SEC-2).
    """
    if not 2 <= len(text) <= _LONGEST or "t" not in text.casefold()[-8:]:
        return None
    letters = "".join(c for c in unicodedata.normalize("NFC", text).casefold() if c.isalnum())
    return _LABELS.get(letters.removeprefix("độmật") or letters)


def marks_of(root: Node) -> list[PacketError]:
    """One error for each marked field of a received packet; no value but the label itself is kept."""
    return [
        make(f"M.{path}", name, "có dấu chỉ độ mật, trục liên thông không chuyển bí mật nhà nước", place, value=label)
        for path, name, place, label in _marked(root, "")
    ]


def marks_in(text: str) -> list[PacketError]:
    """The same for a packet of ours, as written (without payloads)."""
    return [
        make(f"M.{name}", name, "có dấu chỉ độ mật, trục liên thông không chuyển bí mật nhà nước", value=label)
        for name, attributes, content in _FIELD.findall(text)
        if name not in _NAMES_OF_PERSONS
        for value in (content, *_VALUE.findall(attributes))
        if (label := secret_label(value))
    ]


_STRUCTURE = frozenset({"edXML", "EdXML", "edXMLEnvelope", "EdXMLEnvelope", "edXMLHeader", "edXMLBody"})


def _marked(node: Node, path: str) -> Iterator[tuple[str, str, tuple[int, int], str]]:
    where = path if node.name in _STRUCTURE else f"{path}.{node.name}" if path else node.name
    if node.payload is not None:
        return
    texts = [] if node.name in _NAMES_OF_PERSONS else [node.text]
    if node.attributes:
        texts += node.attributes[1::2]
    for text in texts:
        label = secret_label(text.strip()) if text else None
        if label:
            yield where or node.name, node.name, node.place, label
    for child in node.children:
        yield from _marked(child, where)

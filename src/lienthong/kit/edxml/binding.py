"""From elements as read to the typed packet, keeping what the profile does not know (EX-12, EX-13)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from lienthong.kit.clock import LEGAL_ZONE
from lienthong.kit.edxml import model
from lienthong.kit.edxml.errors import PacketError, make
from lienthong.kit.edxml.profiles import Profile
from lienthong.kit.edxml.reader import Node, split_name
from lienthong.kit.edxml.schema import Branch, Kind, Leaf, Need, Shape

BLANKS = " \t\r\n"
_INTEGER = re.compile(r"-?[0-9]{1,10}", re.ASCII)
_DATE = re.compile(r"([0-9]{4})/([0-9]{2})/([0-9]{2})", re.ASCII)
_TIMESTAMP = re.compile(r"([0-9]{4})/([0-9]{2})/([0-9]{2}) ([0-9]{2}):([0-9]{2}):([0-9]{2})", re.ASCII)
_FORM = {
    Kind.INTEGER: "số nguyên",
    Kind.BUSINESS_TYPE: "số nguyên",
    Kind.BOOLEAN: "true hoặc false",
    Kind.DATE: "ngày dạng yyyy/MM/dd",
    Kind.TIMESTAMP: "thời điểm dạng yyyy/MM/dd HH:mm:ss",
}


@dataclass(slots=True)
class Findings:
    """Errors and warnings of one packet, and where each of its typed parts was read."""

    profile: Profile
    errors: list[PacketError] = field(default_factory=list)
    warnings: list[PacketError] = field(default_factory=list)
    nodes: dict[int, Node] = field(default_factory=dict)
    """id of a typed part (kept alive by the packet) → the element it was read from."""
    places: dict[tuple[int, str], list[tuple[int, int]]] = field(default_factory=dict)
    """(id of an element, name) → where its children of that name stand, filled when an error asks."""
    namespaces: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        self.namespaces = self.profile.namespaces

    def strict_error(self, error: PacketError) -> None:
        """What only the strict profile refuses; lenient keeps it as a warning for the log (EX-13)."""
        (self.errors if self.profile is Profile.STRICT else self.warnings).append(error)

    def sort(self) -> None:
        """In the order of the file."""
        self.errors.sort(key=lambda error: (error.line, error.column))
        self.warnings.sort(key=lambda error: (error.line, error.column))


def bind(node: Node, shape: Shape, path: str, found: Findings) -> Any:
    """The typed part of an element. Fields that are missing or unreadable are None: `rules` reports what is missing,
    and the packet is withheld then."""
    values = shape.empty.copy()
    extras: list[tuple[int, model.Element]] = []
    leaf_attributes: list[tuple[str, int, tuple[model.Attribute, ...]]] = []
    namespaces = found.namespaces
    stray = bool(node.text.strip(BLANKS))
    members = shape.by_element
    for index, child in enumerate(node.children):
        if child.tail and child.tail.strip(BLANKS):
            stray = True
        member = members.get(child.name) if child.namespace in namespaces else None
        if member is None:
            if child.name in shape.aliases and child.namespace in namespaces:
                member = members[shape.aliases[child.name]]
                problem = f"dùng tên cũ {child.name} thay cho {member.element}"
                found.strict_error(make(f"M.{path}.{child.name}", member.label, problem, child.place))
            if member is None or (found.profile is Profile.STRICT and child.name in shape.aliases):
                extras.append((index, freeze(child)))
                continue
        if type(member) is Branch:
            if member.void and found.profile is Profile.LENIENT and _is_void(child):
                problem = "phần tử trống, được bỏ qua"
                found.warnings.append(make(f"M.{path}.{member.element}", member.label, problem, child.place))
                extras.append((index, freeze(child)))
                continue
            value = bind(child, member.shape, f"{path}.{member.element}", found)
        elif member.kind is Kind.TEXT and not child.children:
            value = child.text.strip(BLANKS)
        elif member.kind is Kind.PAYLOAD:
            _check_payload_element(child, path, found)
            continue
        else:
            value = _leaf(child, member, path, found)
            if value is None:
                extras.append((index, freeze(child)))
                continue
        if member.many:
            present = values[member.name] or []
            occurrence = len(present)
            present.append(value)
            values[member.name] = present
        elif values[member.name] is not None:
            problem = "chỉ được có một, đang có nhiều"
            found.errors.append(make(f"M.{path}.{member.element}", member.label, problem, child.place))
            extras.append((index, freeze(child)))
            continue
        else:
            occurrence = 0
            values[member.name] = value
        if child.attributes and type(member) is Leaf:
            leaf_attributes.append((member.element, occurrence, attributes_of(child)))
    if stray:
        problem = "có chữ nằm ngoài các phần tử con"
        found.strict_error(make(f"T.{path}", path.rpartition(".")[2], problem, node.place))
    for name in shape.many:
        values[name] = tuple(values[name])
    attributes = attributes_of(node, shape.id) if node.attributes else ()
    if attributes or extras or leaf_attributes:
        values["extra"] = model.Extra(
            attributes=attributes, elements=tuple(extras), leaf_attributes=tuple(leaf_attributes)
        )
    part = shape.of(**values)
    found.nodes[id(part)] = node
    return part


def _is_void(node: Node) -> bool:
    return not node.text.strip(BLANKS) and all(_is_void(child) for child in node.children)


def _check_payload_element(node: Node, path: str, found: Findings) -> None:
    if node.children:
        first = node.children[0]
        found.errors.append(make("M.Attachment-Encoding", path, "nội dung base64 có phần tử con", first.place))


def _leaf(node: Node, member: Leaf, path: str, found: Findings) -> Any:
    """The value of a field, or None when it cannot be read; the element is then kept as an extra (EX-12, EX-14)."""
    text = node.text.strip(BLANKS)
    if node.children:
        found.errors.append(make(f"T.{path}.{member.element}", member.label, "có phần tử con", node.place))
        return None
    kind = member.kind
    value = read_value(kind, text)
    if value is not None:
        return value
    if text:
        error = make(
            f"T.{path}.{member.element}", member.label, "sai kiểu", node.place, value=text, allowed=_FORM[kind]
        )
        found.errors.append(error)
    else:
        error = make(f"T.{path}.{member.element}", member.label, "để trống", node.place, allowed=_FORM[kind])
        if not is_required(member, found.profile):
            found.strict_error(error)
    return None


def is_required(member: Leaf | Branch, profile: Profile) -> bool:
    """Whether this profile insists on a field."""
    return member.need is Need.ALWAYS or (member.need is Need.STRICT and profile is Profile.STRICT)


def read_value(kind: Kind, text: str) -> Any:
    """A typed value, or None when the text is none of that kind (EX-10)."""
    if kind is Kind.INTEGER:
        return int(text) if _INTEGER.fullmatch(text) else None
    if kind is Kind.BUSINESS_TYPE:
        if not _INTEGER.fullmatch(text):
            return None
        code = int(text)
        return model.BusinessType(code) if 0 <= code <= 3 else code  # reported by rules, by its code
    if kind is Kind.BOOLEAN:
        return {"true": True, "false": False}.get(text)
    match = (_DATE if kind is Kind.DATE else _TIMESTAMP).fullmatch(text)
    if match is None:
        return None
    try:
        if kind is Kind.DATE:
            return date(*map(int, match.groups()))
        year, month, day, hour, minute, second = map(int, match.groups())
        return datetime(year, month, day, hour, minute, second, tzinfo=LEGAL_ZONE).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def freeze(node: Node) -> model.Element:
    """An element kept as it came (EX-12). Depth is bounded by the reader."""
    content: list[str | model.Element] = [node.text] if node.text else []
    for child in node.children:
        content.append(freeze(child))
        if child.tail:
            content.append(child.tail)
    return model.Element(
        name=node.name,
        namespace=node.namespace,
        prefix=node.prefix,
        attributes=attributes_of(node),
        content=tuple(content),
    )


def attributes_of(node: Node, own_id: str | None = None) -> tuple[model.Attribute, ...]:
    """All attributes of an element but the `Id` that we write ourselves (EX-20)."""
    if not node.attributes:
        return ()
    return tuple(
        model.Attribute(name=name, value=value, namespace=namespace, prefix=prefix)
        for (namespace, name, prefix), value in _pairs(node.attributes)
        if not (own_id is not None and name == "Id" and not namespace and value == own_id)
    )


def _pairs(flat: list[str]) -> Iterator[tuple[tuple[str, str, str], str]]:
    for at in range(0, len(flat), 2):
        yield split_name(flat[at]), flat[at + 1]

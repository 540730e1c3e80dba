"""Random packets for property tests: any legal text, any field present or not, unknown parts anywhere."""

import dataclasses
from datetime import UTC, date, datetime
from typing import Any

from hypothesis import strategies as st

from lienthong.kit.edxml import code_lists, model, samples, schema
from lienthong.kit.edxml.binding import BLANKS
from lienthong.kit.edxml.profiles import NAMESPACE
from lienthong.kit.edxml.schema import Branch, Kind, Leaf, Need, Shape

_XML_TEXT = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cs",)).filter(
        lambda c: c in "\t\n\r" or (c >= " " and c not in "\ufffe\uffff")
    ),
    max_size=10,
)
TEXT = _XML_TEXT.map(lambda text: text.strip(BLANKS))
NAME = st.from_regex(r"[A-Za-zĐđ_][A-Za-z0-9_.-]{0,8}", fullmatch=True)
_KNOWN = {
    member.element
    for shape in vars(schema).values()
    if isinstance(shape, Shape)
    for each in [shape, *(m.shape for m in shape.members if isinstance(m, Branch))]
    for member in each.members
} | {"Content", "Signature", "DigitalSignature", "Reference", "Attachment", "Bussiness", "Business"}
_UNKNOWN_NAME = NAME.filter(lambda name: name not in _KNOWN and name not in schema.LEGACY_NAMES.values())
_NAMESPACES = st.sampled_from([("", ""), (NAMESPACE, "edXML"), (NAMESPACE, ""), ("urn:x", "x"), ("urn:y?a=1&b", "y")])


@st.composite
def attributes(draw: st.DrawFn, *, most: int = 2) -> tuple[model.Attribute, ...]:
    found = {}
    for name in draw(st.lists(NAME, max_size=most, unique=True)):
        namespace, prefix = draw(st.sampled_from([("", ""), ("urn:x", "x"), ("urn:z", "z")]))
        if name.lower().startswith("xml"):
            continue
        found[name] = model.Attribute(name=name, value=draw(_XML_TEXT), namespace=namespace, prefix=prefix)
    return tuple(found.values())


def elements() -> st.SearchStrategy[model.Element]:
    return _element(st.just(())).flatmap(lambda leaf: _element(st.one_of(st.just(()), st.just((leaf,)))))


@st.composite
def _element(draw: st.DrawFn, children: st.SearchStrategy[tuple[model.Element, ...]]) -> model.Element:
    namespace, prefix = draw(_NAMESPACES)
    content: list[str | model.Element] = []
    for part in (draw(_XML_TEXT), *draw(children), draw(_XML_TEXT)):
        if isinstance(part, str) and (not part or (content and isinstance(content[-1], str))):
            continue
        content.append(part)
    return model.Element(
        name=draw(_UNKNOWN_NAME),
        namespace=namespace,
        prefix=prefix,
        attributes=draw(attributes()),
        content=tuple(content),
    )


def _leaf(member: Leaf) -> st.SearchStrategy[Any]:
    if member.kind is Kind.DATE:
        return st.dates(date(1000, 1, 1), samples.DAY)
    if member.kind is Kind.TIMESTAMP:
        instants = st.datetimes(datetime(1980, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))
        return instants.map(lambda at: at.replace(microsecond=0))
    if member.kind is Kind.BOOLEAN:
        return st.booleans()
    if member.kind is Kind.BUSINESS_TYPE:
        return st.sampled_from(model.BusinessType)
    if member.kind is Kind.INTEGER:
        return st.integers(member.low, 99_999 if member.high is None else member.high)
    text = TEXT.map(lambda each: each[:2]) if member.most == 2 else TEXT
    return text.filter(bool) if member.need is not Need.NEVER else text


@st.composite
def parts(draw: st.DrawFn, shape: Shape, **fixed: Any) -> Any:
    """A typed part of that shape with some fields fixed, unknown elements and attributes sprinkled in."""
    values: dict[str, Any] = {}
    count = 0
    leaf_attributes: list[tuple[str, int, tuple[model.Attribute, ...]]] = []
    for member in shape.members:
        if not member.name:
            count += 1
            continue
        if member.name in fixed:
            values[member.name] = fixed[member.name]
            value = fixed[member.name]
            count += len(value) if member.many else value is not None
            continue
        one = parts(member.shape) if isinstance(member, Branch) else _leaf(member)
        if member.many:
            values[member.name] = tuple(draw(st.lists(one, min_size=int(member.need is not Need.NEVER), max_size=3)))
            number = len(values[member.name])
        else:
            values[member.name] = draw(one if member.need is not Need.NEVER else st.none() | one)
            number = int(values[member.name] is not None)
        count += number
        if isinstance(member, Leaf) and number and (theirs := draw(st.just(()) | attributes(most=1))):
            leaf_attributes.append((member.element, draw(st.integers(0, number - 1)), theirs))
    values["extra"] = draw(extras(count, leaf_attributes, own_id=shape.id is not None))
    return shape.of(**values)


@st.composite
def extras(
    draw: st.DrawFn,
    count: int,
    leaf_attributes: list[tuple[str, int, tuple[model.Attribute, ...]]] | None = None,
    *,
    own_id: bool = False,
) -> model.Extra | None:
    """Unknown content for an element with `count` known children."""
    found = draw(st.lists(elements(), max_size=2)) if draw(st.booleans()) else []
    places = sorted(draw(st.permutations(range(count + len(found))))[: len(found)])
    theirs = draw(st.just(()) | attributes())
    if own_id:
        theirs = tuple(each for each in theirs if each.name != "Id")
    if not (found or theirs or leaf_attributes):
        return None
    return model.Extra(
        attributes=theirs,
        elements=tuple(zip(places, found, strict=True)),
        leaf_attributes=tuple(leaf_attributes or ()),
    )


@st.composite
def documents(draw: st.DrawFn) -> model.DocumentPacket:
    """A document packet of ours that keeps every rule."""
    kind = draw(st.sampled_from(model.BusinessType))
    recall, update = kind is model.BusinessType.RECALL, kind is model.BusinessType.UPDATE
    keys = [str(n) for n in range(draw(st.integers(int(recall), 3)))]
    attachments = tuple(draw(parts(schema.ATTACHMENT, content_id=key, name=f"tệp {key}")) for key in keys)
    references = tuple(draw(parts(schema.REFERENCE, content_id=f"cid:{key}", digest=None)) for key in keys)
    header = draw(
        parts(
            schema.MESSAGE_HEADER,
            receivers=draw(_each_once(schema.PARTY)),
            document_type=draw(parts(schema.DOCUMENT_TYPE, type="2")),
            response_for=tuple(draw(st.lists(parts(schema.RESPONSE_FOR), min_size=int(recall), max_size=2))),
        )
    )
    business = draw(
        parts(
            schema.BUSINESS,
            type=kind,
            reason=None if kind is model.BusinessType.NEW else "Lý do",
            document_id="X51,1" if update else None,
            document_info=draw(parts(schema.DOCUMENT_INFO)) if update else None,
            replacements=draw(parts(schema.REPLACEMENTS)) if kind is model.BusinessType.REPLACE else None,
        )
    )
    hop = next(member for member in schema.TRACE_HEADER_LIST.members if member.element == "TraceHeader")
    assert isinstance(hop, Branch)
    return model.DocumentPacket(
        header=header,
        trace=draw(
            parts(
                schema.TRACE_HEADER_LIST,
                headers=draw(_each_once(hop.shape)),
                business=None if kind is model.BusinessType.NEW and draw(st.booleans()) else business,
            )
        ),
        references=references,
        attachments=attachments,
        signature=draw(st.none() | signatures()),
        containers=draw(containers(len(keys))),
    )


@st.composite
def _each_once(draw: st.DrawFn, shape: Shape) -> tuple[Any, ...]:
    return tuple(draw(parts(shape, organ_id=f"X{n}")) for n in range(draw(st.integers(1, 3))))


@st.composite
def statuses(draw: st.DrawFn) -> model.StatusPacket:
    """A status packet of ours that keeps every rule."""
    codes = code_lists()["status"]
    code = draw(st.sampled_from(sorted(codes.values)))
    description = "Lý do" if code in codes.reason_required else draw(st.none() | TEXT)
    header = draw(parts(schema.STATUS_HEADER, status_code=code, description=description))
    return model.StatusPacket(header=header, signature=draw(st.none() | signatures()))


@st.composite
def signatures(draw: st.DrawFn) -> model.Element:
    namespace, prefix = draw(st.sampled_from([("http://www.w3.org/2000/09/xmldsig#", "ds"), (NAMESPACE, "")]))
    return dataclasses.replace(draw(elements()), name="Signature", namespace=namespace, prefix=prefix, attributes=())


@st.composite
def containers(draw: st.DrawFn, count: int) -> model.Containers:
    return model.Containers(
        root=draw(extras(2 if count else 1)),
        envelope=draw(extras(2)),
        body=draw(extras(1, own_id=True)),
        manifest=draw(extras(count)),
        attachments=draw(extras(count)) if count else None,
    )

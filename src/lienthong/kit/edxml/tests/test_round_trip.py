"""EX-12 and EX-65: what is built is read back as it was, and built again to the same bytes; nothing is lost."""

import dataclasses
import io
import os
import re
import types
import typing
from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from lienthong.kit.edxml import PacketInvalid, ParseResult, Profile, build, model, parse, samples, schema, variants
from lienthong.kit.edxml.tests import strategies

FULL = os.environ.get("LIENTHONG_FULL") == "1"
SOME = settings(
    max_examples=3000 if FULL else 40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)


def write(packet: model.Packet, profile: Profile = Profile.STRICT) -> bytes:
    """The reference form, each payload the same small PDF."""
    count = len(packet.attachments) if isinstance(packet, model.DocumentPacket) else 0
    out = io.BytesIO()
    build(packet, [io.BytesIO(samples.PDF) for _ in range(count)], out, profile=profile, today=samples.DAY)
    return out.getvalue()


def read(data: bytes, profile: Profile = Profile.STRICT) -> ParseResult:
    with parse(io.BytesIO(data), profile, today=samples.DAY) as result:
        return result


@SOME
@given(st.one_of(strategies.documents(), strategies.statuses()))
def test_what_is_built_is_read_back(packet: model.Packet) -> None:
    """EX-65: parse(build(x)) = x, and build→parse→build is byte-identical (EX-12)."""
    data = write(packet)
    result = read(data)
    assert result.errors == []
    assert result.packet == packet
    assert write(result.packet) == data


VALID = {
    "new": samples.document(),
    "without attachment": samples.document(names=()),
    "three attachments": samples.document(names=("a.pdf", "b.pdf", "c.pdf"), receivers=samples.RECEIVERS),
    "three hops": samples.document(hops=3),
    "uuid": samples.document(document_id="0b7c8f0e-6a55-4c7e-9d0e-1f2a3b4c5d6e"),
    **{f"priority {n}": samples.document(priority=n) for n in range(5)},
    "recall": samples.recall(),
    "update of metadata": samples.update(),
    "update of receivers": samples.update(metadata=False, added=["000.00.00.X60"]),
    "update of both": samples.update(added=["000.00.00.X60"], removed=[samples.RECEIVERS[0]]),
    "replacement of one": samples.replacement("15"),
    "replacement of many": samples.replacement("13", "14", "15"),
    **{f"status {code}": samples.status(code) for code in ("01", "02", "03", "04", "05", "06", "13", "15", "16")},
}


@pytest.mark.parametrize("name", VALID)
def test_every_sample_passes_both_profiles(name: str) -> None:
    """EX-12, §12: a sample is valid, is read as it was written and written again byte by byte, payloads included."""
    data = samples.to_bytes(VALID[name])
    for profile in Profile:
        with parse(io.BytesIO(data), profile, today=samples.DAY) as result:
            assert result.errors == []
            assert result.packet is not None
            out = io.BytesIO()
            built = build(result.packet, [each.file for each in result.attachments], out, today=samples.DAY)
            assert out.getvalue() == data
            assert built.content_hash() == result.content_hash()


@pytest.mark.parametrize("name", variants.lenient_variants())
def test_no_element_is_lost(name: str) -> None:
    """EX-12: a lenient packet written again holds every element and text that it came with."""
    data = variants.lenient_variants()[name]
    result = read(data, Profile.LENIENT)
    assert result.packet is not None
    assert _leaves(write(result.packet, Profile.LENIENT)) == _leaves(data)


def _leaves(data: bytes) -> Counter[tuple[str, str]]:
    """Element names and texts, old names under the new, containers and payloads aside."""
    new_names = {old: new for new, old in schema.LEGACY_NAMES.items() if new != "ContentTransferEncoded"}
    found: Counter[tuple[str, str]] = Counter()
    for element in etree.fromstring(data.removeprefix(b"\xef\xbb\xbf")).iter():
        name, parent = etree.QName(element).localname, element.getparent()
        if parent is not None and name in ("Content", "ContentTransferEncoded"):
            continue
        if not re.fullmatch("(?i)edXML.*", name):
            found[new_names.get(name, name), (element.text or "").strip()] += 1
    return found


def test_unknown_parts_keep_their_position() -> None:
    """EX-12: unknown elements, attributes and attributes of plain texts come back where they stood."""
    text = samples.to_bytes(samples.document()).decode()
    text = text.replace("<edXML:Subject>", '<x:La xmlns:x="urn:x" x:a="1">một<b/>hai</x:La><edXML:Subject lang="vi">')
    text = text.replace(
        "<edXML:Reference>", '<edXML:Reference xmlns:xlink="http://www.w3.org/1999/xlink" xlink:href="#a">'
    )
    text = text.replace("<edXML:TraceHeaderList>", '<edXML:TraceHeaderList id="t" version="1.0" mustUnderstand="1">')
    result = read(text.encode())
    assert result.packet is not None
    assert write(result.packet).decode() == text


def test_order_and_prefix_do_not_matter() -> None:
    """EX-12: read by namespace and local name, order-free; written in the reference order."""
    data = samples.to_bytes(samples.document())
    text = data.decode()
    subject = re.findall("<edXML:Subject>.*</edXML:Subject>", text)[0]
    text = text.replace(subject, "").replace("<edXML:From>", f"{subject}<edXML:From>")
    text = text.replace("edXML:", "la:").replace("xmlns:edXML=", "xmlns:la=")
    assert read(text.encode()).packet == read(data).packet


@pytest.mark.parametrize("name", [name for name in vars(schema) if isinstance(getattr(schema, name), schema.Shape)])
def test_tables_fit_the_model(name: str) -> None:
    """Every field of a model class has one row in its table, of the right kind, and may be absent unless needed."""
    _check_shape(getattr(schema, name))


def _check_shape(shape: schema.Shape) -> None:
    hints = typing.get_type_hints(shape.of)
    fields = {field.name for field in dataclasses.fields(shape.of)} - {"extra"}
    assert [member.name for member in shape.members if member.name and member.name not in fields] == []
    assert fields == {member.name for member in shape.members if member.name}
    assert shape.of.__doc__
    for member in shape.members:
        assert member.label
        if not member.name:
            continue
        hint = hints[member.name]
        assert (typing.get_origin(hint) is tuple) == member.many
        if member.need is schema.Need.NEVER and not member.many:
            assert isinstance(hint, types.UnionType)
        if isinstance(member, schema.Branch):
            assert str(member.shape.of.__name__) in str(hint)
            _check_shape(member.shape)


@pytest.mark.parametrize("wrong", ["\x00", "\x0b", "\x1f", "\ud800", "\ufffe"])
def test_what_xml_cannot_hold_is_refused(wrong: str) -> None:
    """EX-14, EX-36: a packet of ours with a control character is refused, in a field by its name, never cleaned."""
    packet = samples.document(names=())
    header = dataclasses.replace(packet.header, content=f"a{wrong}b")
    with pytest.raises(PacketInvalid, match=r"M\.MessageHeader\.Content"):
        write(dataclasses.replace(packet, header=header))
    unknown = model.Extra(elements=((0, model.Element(name="x", content=(wrong,))),))
    with pytest.raises(PacketInvalid, match=r"M\.edXML"):
        write(dataclasses.replace(packet, containers=model.Containers(root=unknown)))

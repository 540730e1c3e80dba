"""EX-65: mutated packets: no crash, no hang above 1 s, no memory above 512 MB."""

import io
import os
import random
import re
import time
from pathlib import Path

import pytest

from lienthong.kit.edxml import (
    ParseResult,
    Profile,
    build,
    loop_error,
    model,
    parse,
    samples,
    splice_trace,
    variants,
    with_digests,
)

FULL = os.environ.get("LIENTHONG_FULL") == "1"
CASES = 1_000_000 if FULL else 16_000
SEEDS = 8

CORPUS = [
    samples.to_bytes(samples.document(names=("a.pdf", "b.docx"), hops=3)),
    samples.to_bytes(samples.document(names=("a.zip",)), [samples.zipped("a.pdf", samples.PDF)]),
    samples.to_bytes(samples.recall()),
    samples.to_bytes(samples.update(added=["X1"], removed=["X2"])),
    samples.to_bytes(samples.replacement("13", "14")),
    samples.to_bytes(samples.status("02")),
    *variants.lenient_variants().values(),
    *(data for data, _ in variants.refused().values() if len(data) < 20_000),
]
TOKENS = [
    b"<", b">", b"/>", b"</", b"&", b"&#0;", b"&#xD800;", b"&amp;", b"<![CDATA[", b"]]>", b"<!--", b"-->", b"<?x ?>",
    b"<!DOCTYPE a [", b"\x00", b"\xff", b"\xef\xbb\xbf", b"\xc3", b"\xed\xa0\x80", b"xmlns=''", b"xmlns:edXML=''",
    b"<edXML:To>", b"</edXML:To>", b"<Attachment>", b"<ContentTransferEncoded>", b"</ContentTransferEncoded>",
    b"<TraceHeader/>", b"<edXML:TraceHeaderList>", b"Id='mh'", b"=", b"==", b"UEsDB", b"9" * 50, b"-1", b"{0}%s",
    "Mật".encode(), "\u202e".encode(), b"\n", b" " * 100, b"xml:space='preserve'",
]  # fmt: skip


def mutate(data: bytes, random_: random.Random) -> bytes:
    """One to four changes: bytes, tokens, cuts, doublings, exchanges of whole elements."""
    for _ in range(random_.choice((1, 1, 1, 2, 4))):
        at = random_.randrange(len(data) + 1)
        to = min(len(data), at + random_.choice((1, 2, 8, 60, 400)))
        kind = random_.randrange(7)
        if kind == 0 and data:
            at = min(at, len(data) - 1)
            data = data[:at] + bytes([random_.randrange(256)]) + data[at + 1 :]
        elif kind == 1:
            data = data[:at] + random_.choice(TOKENS) + data[at:]
        elif kind == 2:
            data = data[:at] + data[to:]
        elif kind == 3:
            data = data[:to] + data[at:to] * random_.choice((1, 2, 5)) + data[to:]
        elif kind == 4:
            start, end = data.find(b"<", at), data.rfind(b">", 0, to) + 1
            data = data[:start] + data[end:] if 0 <= start < end else data
        elif kind == 5:
            other = random_.choice(CORPUS)
            start = random_.randrange(len(other))
            data = data[:at] + other[start : start + 200] + data[to:]
        else:
            data = data[:at] + random_.choice(TOKENS) + data[to:]
    return data


def _use(data: bytes, result: ParseResult, profile: Profile) -> None:
    """What is taken can be written again and passed on."""
    packet = result.packet
    payloads = [each.file for each in result.attachments]
    if isinstance(packet, model.DocumentPacket):
        packet = with_digests(packet, payloads)
        if loop_error(result, "X97") is None:
            splice_trace(io.BytesIO(data), io.BytesIO(), result, "X97", samples.INSTANT)
    assert packet is not None
    out = io.BytesIO()
    build(packet, payloads, out, profile=profile, today=samples.DAY)
    with parse(io.BytesIO(out.getvalue()), profile, today=samples.DAY) as again:
        assert again.packet == packet


@pytest.mark.parametrize("seed", range(SEEDS))
def test_mutated_packets(seed: int) -> None:
    """EX-65: a mutated packet is judged, and if it is taken it can be written and relayed; in any pieces the same."""
    random_ = random.Random(seed)
    taken = 0
    # 5 sets the high-water mark of memory back to what is held now.
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    held = _memory("VmRSS")
    for _ in range(CASES // SEEDS):
        data = mutate(random_.choice(CORPUS), random_)
        profile = random_.choice(list(Profile))
        began = time.process_time()
        with parse(io.BytesIO(data), profile, today=samples.DAY) as result:
            assert (result.packet is None) == bool(result.errors)
            for error in result.errors:
                assert "\n" not in str(error)
                assert error.line >= 1
            if result.packet is not None:
                taken += 1
                result.content_hash()
                _use(data, result, profile)
        if random_.random() < 0.1:
            chunk = random_.choice((1, 7, 100, 1000))
            with parse(io.BytesIO(data), profile, today=samples.DAY, chunk=chunk) as pieces:
                # The text of a fault in base64 counts from the piece it lies in; its place does not.
                assert [(e.code, e.place) for e in pieces.errors] == [(e.code, e.place) for e in result.errors]
                if result.packet is not None:
                    assert pieces.skeleton == result.skeleton
                    assert pieces.packet == result.packet
        assert time.process_time() - began < 1
    assert taken > CASES // SEEDS // 50
    assert _memory("VmHWM") - held < 512 << 10


def _memory(line: str) -> int:
    """A figure of this process in KiB; other tests of the same process may have left it large."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(re.search(rf"^{line}:\s+(\d+) kB", status, re.MULTILINE)[1])


def _after(tag: bytes, added: bytes) -> bytes:
    """A valid packet with something put behind its first such tag."""
    data = samples.to_bytes(samples.document())
    assert tag in data
    return data.replace(tag, tag + added, 1)


_PLACE = b"<edXML:Place>" + b"x" * 151 + b"</edXML:Place>"
_SIGNER_ENDS, _ENVELOPE, _SUBJECT, _PDF = (
    b"</edXML:SignerInfo>",
    b"<edXML:edXMLEnvelope>",
    b"<edXML:Subject>",
    b">JVBERi0",
)
HOSTILE = {
    "9,000 places too long": _after(b"<edXML:ToPlaces>", _PLACE * 9000),
    "9,000 priorities": _after(b"<edXML:OtherInfo>", b"<edXML:Priority>0</edXML:Priority>" * 9000),
    "9,000 receivers without a code": _after(b'<edXML:MessageHeader Id="mh">', b"<edXML:To/>" * 9000),
    "9,000 headers": _after(_ENVELOPE, b"<edXML:edXMLHeader/>" * 9000),
    "9,000 references to nothing": _after(_SIGNER_ENDS, b"<edXML:ResponseFor/>" * 9000),
    "9,000 references to files": _after(b'version="1.0">', b"<edXML:Reference/>" * 9000),
    "8 MB of marks": _after(_SUBJECT, "ậ".encode() * 2_600_000),
    "8 MB of short fields": _after(_SUBJECT, "&lt;Mật".encode() * 700_000),
    "80,000 attributes": _after(_ENVELOPE, b"<a " + b" ".join(b'b%d="1"' % n for n in range(80_000)) + b"/>"),
    "50,000 namespaces": _after(_ENVELOPE, b"<a " + b" ".join(b'xmlns:b%d="u"' % n for n in range(50_000)) + b"/>"),
    "references to characters": _after(_SUBJECT, b"&#7853;" * 1_000_000),
    "comments in the payload": _after(_PDF, b"<!-- a -->J<!-- b -->" * 200_000),
    "CDATA": _after(_SUBJECT, b"<![CDATA[a]]>" * 600_000),
    "white space in the payload": _after(_PDF, b" \n" * 3_000_000),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_packets_cost_little(name: str) -> None:
    """EX-65: what is made to be slow is judged within a second."""
    for profile in Profile:
        spent = []
        for _ in range(3):  # the best of three: a busy machine costs time of its own
            began = time.process_time()
            with parse(io.BytesIO(HOSTILE[name]), profile, today=samples.DAY) as result:
                assert result.errors or result.packet is not None
            spent.append(time.process_time() - began)
            if spent[-1] < 1:
                break
        assert min(spent) < 1

"""Payloads: what is a wrapper and what is the file, streamed, limited, named (EX-16…EX-19, CORE-56)."""

import base64
import hashlib
import io
import resource
import warnings
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from lienthong.kit.edxml import (
    ArchiveRefused,
    Limits,
    PacketInvalid,
    ParseResult,
    Wrapping,
    build,
    display_name,
    members,
    parse,
    samples,
)
from lienthong.kit.edxml.archive import decode_member_name
from lienthong.kit.edxml.payload import Payload

NAME = "Phụ lục.docx"


def read(data: bytes, **options: object) -> ParseResult:
    return parse(io.BytesIO(data), today=samples.DAY, **options)  # type: ignore[arg-type]


def one(content: bytes, name: str = "a.pdf", content_type: str = "application/pdf") -> bytes:
    """A packet with one attachment of that content."""
    packet = samples.document(names=(name,))
    packet = replace(packet, attachments=(replace(packet.attachments[0], content_type=content_type),))
    return samples.to_bytes(packet, [content])


def office_file(first: str = "[Content_Types].xml") -> bytes:
    """An office file with six more entries of one name."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # zipfile warns of equal names
        archive.writestr(first, "<Types/>")
        for _ in range(6):
            archive.writestr(NAME, "nội dung")
    return out.getvalue()


@pytest.mark.parametrize("content_type", ["application/pdf", "application/zip", "text/plain"])
def test_content_decides_not_the_declared_type(content_type: str) -> None:
    """V-PAY-1: `UEsDB` is a ZIP and `JVBERi0` a raw PDF, also when ContentType says the other."""
    raw = one(samples.PDF, content_type=content_type)
    assert b">JVBERi0" in raw
    with read(raw) as result:
        (found,) = result.attachments
        assert (found.wrapping, found.file.read(), found.member_name) == (Wrapping.RAW, samples.PDF, None)
    wrapped = samples.zipped("x.bin", samples.PDF)
    data = one(wrapped, content_type=content_type)
    assert b">UEsDB" in data
    with read(data) as result:
        (found,) = result.attachments
        assert (found.wrapping, found.file.read(), found.member_name) == (Wrapping.ZIP, samples.PDF, "x.bin")
        assert (found.sha256, found.size) == (hashlib.sha256(samples.PDF).digest(), len(samples.PDF))
        assert (found.payload_sha256, found.payload_size) == (hashlib.sha256(wrapped).digest(), len(wrapped))
        assert found.digest_matches is True
        assert found.attachment.name == "a.pdf"


@pytest.mark.parametrize("first", ["[Content_Types].xml", "mimetype"])
def test_office_files_stay_whole(first: str) -> None:
    """V-PAY-2: `[Content_Types].xml` or first entry `mimetype`, and six more entries: one DOCX or ODT, byte-equal."""
    content = office_file(first)
    with read(one(content, NAME)) as result:
        assert result.errors == []
        (found,) = result.attachments
        assert (found.wrapping, found.file.read(), found.attachment.name) == (Wrapping.RAW, content, NAME)


def test_one_entry_is_unwrapped_to_the_office_file() -> None:
    """V-PAY-2: a ZIP with the one entry `a.docx` is that DOCX."""
    content = office_file()
    with read(one(samples.zipped("a.docx", content), NAME)) as result:
        (found,) = result.attachments
        assert (found.wrapping, found.file.read(), found.member_name) == (Wrapping.ZIP, content, "a.docx")


def test_an_attached_zip_is_itself() -> None:
    """EX-17: several entries are taken only when the attachment itself is a .zip; one ZIP in another is unwrapped."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.pdf", samples.PDF)
        archive.writestr("b.pdf", samples.PDF)
    with read(one(out.getvalue(), "Hồ sơ.ZIP")) as result:
        assert result.attachments[0].file.read() == out.getvalue()
        assert [each.name for each in members(result.attachments[0].file, len(out.getvalue()), Limits())] == [
            "a.pdf",
            "b.pdf",
        ]
    single = samples.zipped("a.pdf", samples.PDF)
    with read(one(single, "Hồ sơ.zip")) as result:
        assert (result.attachments[0].wrapping, result.attachments[0].file.read()) == (Wrapping.RAW, single)
    with read(one(samples.zipped("Hồ sơ.zip", single), "Hồ sơ.zip")) as result:
        assert (result.attachments[0].wrapping, result.attachments[0].file.read()) == (Wrapping.ZIP, single)
    with read(one(out.getvalue(), "Hồ sơ.pdf")) as result:
        assert [error.code for error in result.errors] == ["M.Attachment-Type"]


def test_encrypted_and_empty_zip_are_refused() -> None:
    """EX-17: a wrapper that cannot be opened is refused and named."""
    locked = bytearray(samples.zipped("a.pdf", samples.PDF))
    for signature, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        locked[locked.index(signature) + at] |= 1
    empty = io.BytesIO()
    zipfile.ZipFile(empty, "w").close()
    for content in (bytes(locked), empty.getvalue()):
        with read(one(content)) as result:
            assert [error.code for error in result.errors] == ["M.Attachment-Type"]
            assert "a.pdf" in result.errors[0].message


@pytest.mark.parametrize("size", [1, 2, 3, 5, 76, 1000, 1 << 20])
def test_wrapped_base64_is_taken_anything_else_is_not(size: int) -> None:
    """EX-17: standard and MIME-wrapped base64, in pieces of any size; else refused with the offset."""
    content = samples.PDF * 40
    standard = base64.b64encode(content).decode()

    def fed(text: str) -> Payload:
        payload = Payload(io.BytesIO, 1 << 20)
        for at in range(0, len(text), size):
            payload.feed(text[at : at + size])
        payload.finish()
        return payload

    wrapped = base64.encodebytes(content).decode()
    for text in (standard, wrapped, f"\r\n\t {wrapped} "):
        payload = fed(text)
        assert payload.error is None
        assert payload.file.read() == content
        assert payload.sha256 == hashlib.sha256(content).digest()
    for wrong in ("AA==AAAA", "AA=", "A", "AAAA=", "====", "A===", "AAA\N{NO-BREAK SPACE}", "AA==\n=", "AAAA\n AA"):
        assert fed(wrong).error
    assert (fed(wrapped[:200] + "_" + wrapped[201:]).error or "").endswith("ký tự thứ 201")
    assert (fed(standard + "é").error or "").endswith(f"ký tự thứ {len(standard) + 1}")


def test_digest_that_does_not_match() -> None:
    """EX-20: a payload that differs from its `Digest` is marked for who checks the signature; we never write one."""
    data = one(samples.PDF)
    other = base64.b64encode(samples.PDF.replace(b"Root", b"Toor"))
    with read(data.replace(base64.b64encode(samples.PDF), other)) as result:
        assert result.errors == []
        assert result.attachments[0].digest_matches is False
        assert [warning.code for warning in result.warnings] == ["M.Manifest.Reference.Digest"]
        packet = result.packet
    assert packet is not None
    with pytest.raises(PacketInvalid, match="Digest"):
        build(packet, [io.BytesIO(b"khac")], io.BytesIO(), today=samples.DAY)


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("Báo cáo.docx".encode(), "Báo cáo.docx"),
        ("Ba\N{COMBINING ACUTE ACCENT}o ca\N{COMBINING ACUTE ACCENT}o.docx".encode(), "Báo cáo.docx"),
        ("résumé.txt".encode("cp437"), "résumé.txt"),
        ("huyện\N{ZERO WIDTH SPACE} Bến.pdf".encode(), "huyện Bến.pdf"),
        (b"a/../\x1b[31m\\b.pdf", "a .. [31m b.pdf"),
        ("\N{RIGHT-TO-LEFT OVERRIDE}fdp.exe".encode(), "fdp.exe"),
    ],
)
def test_names_are_shown_clean(raw: bytes, shown: str) -> None:
    """F-EX-11, V-TX-9, CORE-35, CORE-37, CORE-56: UTF-8 or CP437, NFC, no separators, control or bidi characters."""
    assert display_name(decode_member_name(raw, utf8=False)) == shown


@pytest.mark.parametrize("name", ["../a.pdf", "/etc/passwd", "C:\\a.pdf", "a/../../b.pdf"])
def test_zip_that_points_outside(name: str) -> None:
    """CORE-56: traversal and absolute paths are refused."""
    content = samples.zipped(name, samples.PDF)
    with pytest.raises(ArchiveRefused):
        members(io.BytesIO(content), len(content), Limits())


def test_zip_with_links_many_members_or_bombs() -> None:
    """CORE-56, EX-18: links, more than 1,000 entries, ratio above 100:1, more than the total are refused."""
    link = io.BytesIO()
    with zipfile.ZipFile(link, "w") as archive:
        entry = zipfile.ZipInfo("a")
        entry.create_system = 3
        entry.external_attr = 0o120777 << 16
        archive.writestr(entry, "/etc/passwd")
    many = io.BytesIO()
    with zipfile.ZipFile(many, "w") as archive:
        for number in range(1001):
            archive.writestr(str(number), "")
    bomb = io.BytesIO(samples.zipped("a", bytes(1 << 20)))
    large = io.BytesIO(samples.zipped("a", samples.PDF))
    for stream, limits in ((link, Limits()), (many, Limits()), (bomb, Limits()), (large, Limits(unpacked=10))):
        with pytest.raises(ArchiveRefused):
            members(stream, len(stream.getvalue()), limits)


def test_a_lying_size_does_not_unpack_more() -> None:
    """EX-18: what the ZIP says of its member's size is not believed."""
    content = bytearray(samples.zipped("a.pdf", bytes(4 << 20)))
    for signature, at in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        start = content.index(signature) + at
        content[start : start + 4] = (1000).to_bytes(4, "little")
    with read(one(bytes(content))) as result:
        assert result.errors[0].code in ("R.Attachment", "M.Attachment-Type")
        assert result.attachments == []


@pytest.mark.parametrize("megabytes", [12, 60])
def test_large_attachments_pass(megabytes: int, tmp_path: Path) -> None:
    """F-EX-12, F-EX-13, F-EX-19, F-EX-27: text nodes above 10,000,000 characters pass, whole, in little memory."""
    content = tmp_path / "content"
    with content.open("wb") as out:
        for number in range(megabytes):
            out.write(number.to_bytes(4, "big") * (1 << 18))
    packet_file = tmp_path / "packet.xml"
    with content.open("rb") as payload, packet_file.open("wb") as out:
        build(samples.document(), [payload], out, today=samples.DAY)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with packet_file.open("rb") as stream, parse(stream, spool_dir=tmp_path, today=samples.DAY) as result:
        assert result.errors == []
        (found,) = result.attachments
        assert found.size == megabytes << 20
        assert len(result.skeleton) < 10_000
        with content.open("rb") as expected:
            assert hashlib.file_digest(expected, "sha256").digest() == found.sha256
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 30_000


def test_spools_are_closed() -> None:
    """EX-18: leaving the result closes what was spooled; a packet that is refused leaves nothing open."""
    opened: list[io.BytesIO] = []

    def spool() -> io.BytesIO:
        opened.append(io.BytesIO())
        return opened[-1]

    with read(one(samples.zipped("a.pdf", samples.PDF)), open_spool=spool):
        pass
    data = one(samples.PDF)
    read(data[: data.index(b"JVBERi0") + 20], open_spool=spool)
    assert len(opened) == 3
    assert all(each.closed for each in opened)


def test_no_tree_of_a_whole_packet_and_no_recover() -> None:
    """EX-19: nobody parses a packet into a tree or asks a parser to recover; only the skeleton module parses trees."""
    root = Path(__file__).parents[1]
    for path in root.glob("*.py"):
        text = path.read_text("utf-8")
        assert "recover" not in text, path
        assert "huge_tree" not in text, path
        if path.name != "skeleton.py":
            assert "etree.fromstring" not in text, path
            assert "etree.parse" not in text, path
            assert "iterparse" not in text, path

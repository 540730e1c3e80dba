"""What a file is by its content, read in a limited child process (CORE-52, CORE-58, CORE-109, F-CORE-31).

`inspect` is what the child runs: it opens the file by path and answers in JSON. Everything in here treats the file as
hostile and may die; the parent turns that into "không đọc được".
"""

import json
import warnings
import zipfile
from dataclasses import asdict, dataclass
from io import BufferedReader
from pathlib import Path
from typing import Any, BinaryIO

from lienthong.core.files import kinds, secrecy
from lienthong.core.files.sandbox import SandboxFailure, preload, run_limited
from lienthong.kit.edxml.archive import ArchiveRefused, members
from lienthong.kit.edxml.profiles import DEFAULT_LIMITS

preload(__name__)


HEAD = 8192
MAX_XML = 64 << 20
FIRST_LINES = 18
"""How many lines of a DOCX stand for the top third of its first page: a DOCX has no geometry before layout."""
_WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_PARTS = {
    "word/document.xml": kinds.DOCX,
    "xl/workbook.xml": kinds.XLSX,
    "xl/workbook.bin": kinds.XLSX,
    "ppt/presentation.xml": kinds.PPTX,
}


@dataclass(frozen=True, slots=True)
class Inspection:
    """What was found: the type by content, whether page 1 bears a secrecy mark, or why the file cannot be taken."""

    content_type: str = ""
    secret: bool = False
    fault: str = ""

    @property
    def kind(self) -> kinds.Kind | None:
        """The kind of that type; None when it is not taken."""
        return kinds.BY_TYPE.get(self.content_type)


def look(path: Path, *, seconds: float = 30) -> Inspection:
    """Inspect an untrusted file in a child of its own; a child that fails is an answer (CORE-109)."""
    try:
        return Inspection(**run_limited("lienthong.core.files.inspect:inspect", str(path), seconds=seconds))
    except SandboxFailure as failure:
        return Inspection(fault=f"không đọc được ({failure})")


def inspect(path: str) -> dict[str, Any]:
    """The child's part: an Inspection as JSON."""
    warnings.simplefilter("ignore")
    with open(path, "rb") as file:
        return asdict(_inspect(file, Path(path).stat().st_size))


def _inspect(file: BufferedReader, size: int) -> Inspection:
    head = file.read(HEAD)
    file.seek(0)
    if not head:
        return Inspection(fault="tệp rỗng")
    # An archive first: one that stores a PDF uncompressed holds the mark of a PDF near its beginning too.
    if head[:4] in (b"PK\x03\x04", b"PK\x05\x06"):
        return _zip(file, size)
    if b"%PDF-" in head[:1024]:
        return _pdf(file)
    if head.startswith(_OLE):
        return Inspection(kinds.OLE.content_type)
    if head.startswith(b"{\\rtf"):
        return Inspection(kinds.RTF.content_type)
    return _image(file) or _media(head) or _text(file, head)


# --- PDF --------------------------------------------------------------------------------------------------------------


def _pdf(file: BufferedReader) -> Inspection:
    from pdfminer.high_level import extract_pages
    from pdfminer.layout import LAParams
    from pdfminer.pdfdocument import PDFPasswordIncorrect

    try:
        page = next(iter(extract_pages(file, maxpages=1, laparams=LAParams(all_texts=True))), None)
        if page is None:
            return Inspection(fault="tệp PDF không có trang nào")
        secret = secrecy.marked([*_printed_lines(page), *_noted_lines(file)])
    except PDFPasswordIncorrect:
        return Inspection(fault="tệp PDF đặt mật khẩu, hệ thống không đọc được; hãy bỏ mật khẩu rồi tải lại")
    except MemoryError:
        raise
    except Exception:
        return Inspection(fault="tệp PDF bị hỏng, không đọc được")
    return Inspection(kinds.PDF.content_type, secret=secret)


def _printed_lines(page: Any) -> list[str]:
    """The lines of text in the top of a page."""
    from pdfminer.layout import LTContainer, LTTextLine

    limit = page.y1 - (page.y1 - page.y0) * secrecy.TOP
    lines: list[str] = []
    pending: list[Any] = list(page)
    while pending:
        item = pending.pop()
        if isinstance(item, LTTextLine):
            if (item.y0 + item.y1) / 2 >= limit:
                lines.append(item.get_text())
        elif isinstance(item, LTContainer):
            pending.extend(item)
    return lines


def _noted_lines(file: BufferedReader) -> list[str]:
    """The texts of stamps, notes and filled fields in the top of page 1."""
    from pdfminer.pdfdocument import PDFDocument
    from pdfminer.pdfpage import PDFPage
    from pdfminer.pdfparser import PDFParser
    from pdfminer.pdftypes import dict_value, list_value, num_value, resolve1
    from pdfminer.utils import decode_text

    page = next(PDFPage.create_pages(PDFDocument(PDFParser(file))))
    _, bottom, _, top = page.mediabox
    lines: list[str] = []
    for reference in list_value(page.annots or []):
        note = dict_value(reference)
        corners = [num_value(corner) for corner in list_value(note.get("Rect") or [])]
        if len(corners) != 4 or (corners[1] + corners[3]) / 2 < top - (top - bottom) * secrecy.TOP:
            continue
        texts = (resolve1(note.get(key)) for key in ("Contents", "V"))
        lines += [line for text in texts if isinstance(text, bytes) for line in decode_text(text).splitlines()]
    return lines


# --- ZIP and what is made of it ---------------------------------------------------------------------------------------


def _zip(file: BinaryIO, size: int) -> Inspection:
    try:
        names = {member.name for member in members(file, size, DEFAULT_LIMITS)}
    except ArchiveRefused as refused:
        return Inspection(fault=str(refused))
    file.seek(0)
    with zipfile.ZipFile(file) as archive:
        for part, kind in _PARTS.items():
            if part in names and "[Content_Types].xml" in names:
                secret = kind is kinds.DOCX and secrecy.marked(_docx_lines(archive))
                return Inspection(kind.content_type, secret=secret)
        if "mimetype" in names and archive.getinfo("mimetype").file_size < HEAD:
            declared = archive.read("mimetype").decode("ascii", "replace").strip()
            if declared in kinds.BY_TYPE:
                return Inspection(declared)
    return Inspection(kinds.ZIP.content_type)


def _docx_lines(archive: zipfile.ZipFile) -> list[str]:
    """The first lines of a DOCX: headers, then the text up to its first page break."""
    headers = sorted(name for name in archive.namelist() if name.startswith("word/header"))
    lines = [line for name in headers[:6] for line in _paragraphs(archive, name)]
    return lines[:FIRST_LINES] + _paragraphs(archive, "word/document.xml")[:FIRST_LINES]


def _paragraphs(archive: zipfile.ZipFile, name: str) -> list[str]:
    from lxml import etree

    if archive.getinfo(name).file_size > MAX_XML:
        return []
    lines: list[str] = []
    with archive.open(name) as part:
        for _, element in etree.iterparse(
            part, events=("end",), tag=(f"{_WORD}p", f"{_WORD}br"), resolve_entities=False, no_network=True
        ):
            if element.tag == f"{_WORD}br":
                if element.get(f"{_WORD}type") == "page":
                    break
                continue
            # A text box lies inside a paragraph: its own paragraphs are lines of their own.
            words = "".join(
                node.text or ""
                for node in element.iter(f"{_WORD}t")
                if next(node.iterancestors(f"{_WORD}p")) is element
            )
            if words.strip():
                lines.append(words)
            if len(lines) >= FIRST_LINES:
                break
    return lines


# --- the rest ---------------------------------------------------------------------------------------------------------


def _image(file: BinaryIO) -> Inspection | None:
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(file) as image:
            kind = kinds.IMAGES.get(image.format or "")
            if kind is None:
                return None
            image.verify()
    except UnidentifiedImageError:
        return None
    except MemoryError:
        raise
    except Exception:
        return Inspection(fault="tệp ảnh bị hỏng, không đọc được")
    return Inspection(kind.content_type)


_MEDIA = {
    "audio/mpeg": kinds.MP3,
    "audio/mp3": kinds.MP3,
    "video/mp4": kinds.MP4,
    "audio/mp4": kinds.MP4,
    "audio/wav": kinds.WAV,
    "audio/x-wav": kinds.WAV,
    "audio/wave": kinds.WAV,
    "application/x-7z-compressed": kinds.SEVEN,
    "application/x-rar-compressed": kinds.RAR,
    "application/vnd.rar": kinds.RAR,
    "application/x-rar": kinds.RAR,
}


def _media(head: bytes) -> Inspection | None:
    import puremagic

    try:
        guess = puremagic.from_string(head, mime=True)
    except (puremagic.PureError, ValueError):
        return None
    kind = _MEDIA.get(guess)
    return Inspection(kind.content_type) if kind else None


def _text(file: BinaryIO, head: bytes) -> Inspection:
    if head.startswith((b"\x30\x80", b"\x30\x82", b"\x30\x83", b"\x30\x84", b"-----BEGIN PKCS7")):
        return Inspection(kinds.SIGNATURE.content_type)
    if b"\x00" in head or any(byte < 9 for byte in head):
        return Inspection(fault="loại tệp này hệ thống không nhận")
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:64].lower()
    if start.startswith((b"<!doctype html", b"<html", b"<svg", b"<script", b"#!")):
        return Inspection(fault="loại tệp này hệ thống không nhận")
    if start.startswith(b"<"):
        return _xml(file)
    if start[:1] in (b"{", b"[") and _is_json(file):
        return Inspection(kinds.JSON.content_type)
    return Inspection(kinds.TEXT.content_type)


def _xml(file: BinaryIO) -> Inspection:
    """Well formed or not, and what its root is, by expat in one pass without entities."""
    from xml.parsers import expat

    parser = expat.ParserCreate()
    roots: list[str] = []

    def refuse(*_: object) -> None:
        raise ValueError

    def started(name: str, _: object) -> None:
        if not roots:
            roots.append(name.rpartition(":")[2].lower())

    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler = started
    file.seek(0)
    try:
        parser.ParseFile(file)
    except (expat.ExpatError, ValueError):
        return Inspection(fault="tệp XML không hợp lệ")
    if roots and roots[0] in {"svg", "html"}:
        return Inspection(fault="loại tệp này hệ thống không nhận")
    return Inspection(kinds.XML.content_type)


def _is_json(file: BinaryIO) -> bool:
    file.seek(0)
    try:
        json.loads(file.read(MAX_XML))
    except (ValueError, RecursionError):
        return False
    return True

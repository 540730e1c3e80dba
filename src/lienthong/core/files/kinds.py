"""Kinds of files that are taken, told by content; the extension must agree (CORE-52)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of file: its type, what people call it, the extensions that may stand in its name.

    `inline` kinds may be shown in the browser; all others are only downloaded.
    """

    content_type: str
    label: str
    extensions: tuple[str, ...]
    inline: bool = False


_OOXML = "application/vnd.openxmlformats-officedocument"
_ODF = "application/vnd.oasis.opendocument"

PDF = Kind("application/pdf", "tài liệu PDF", ("pdf",), inline=True)
DOCX = Kind(f"{_OOXML}.wordprocessingml.document", "văn bản Word", ("docx",))
XLSX = Kind(f"{_OOXML}.spreadsheetml.sheet", "bảng tính Excel", ("xlsx",))
PPTX = Kind(f"{_OOXML}.presentationml.presentation", "trình chiếu PowerPoint", ("pptx",))
ODT = Kind(f"{_ODF}.text", "văn bản OpenDocument", ("odt",))
ODS = Kind(f"{_ODF}.spreadsheet", "bảng tính OpenDocument", ("ods",))
ODP = Kind(f"{_ODF}.presentation", "trình chiếu OpenDocument", ("odp",))
OLE = Kind("application/x-ole-storage", "tệp Office bản cũ", ("doc", "xls", "ppt", "msg"))
RTF = Kind("application/rtf", "văn bản RTF", ("rtf", "doc"))
ZIP = Kind("application/zip", "tệp nén ZIP", ("zip",))
SEVEN = Kind("application/x-7z-compressed", "tệp nén 7z", ("7z",))
RAR = Kind("application/vnd.rar", "tệp nén RAR", ("rar",))
PNG = Kind("image/png", "ảnh PNG", ("png",), inline=True)
JPEG = Kind("image/jpeg", "ảnh JPEG", ("jpg", "jpeg"), inline=True)
TIFF = Kind("image/tiff", "ảnh TIFF", ("tif", "tiff"))
WEBP = Kind("image/webp", "ảnh WebP", ("webp",), inline=True)
GIF = Kind("image/gif", "ảnh GIF", ("gif",), inline=True)
BMP = Kind("image/bmp", "ảnh BMP", ("bmp",))
MP3 = Kind("audio/mpeg", "tệp âm thanh MP3", ("mp3",))
MP4 = Kind("video/mp4", "tệp phim MP4", ("mp4", "m4a", "m4v"))
WAV = Kind("audio/wav", "tệp âm thanh WAV", ("wav",))
XML = Kind("application/xml", "tệp XML", ("xml", "edxml"))
JSON = Kind("application/json", "tệp JSON", ("json",))
CSV = Kind("text/csv", "bảng CSV", ("csv", "tsv"))
TEXT = Kind("text/plain", "tệp chữ", ("txt", "log", "md"))
SIGNATURE = Kind("application/pkcs7-signature", "chữ ký số rời", ("p7s", "p7m", "sig", "tsr"))

ALL = (
    *(PDF, DOCX, XLSX, PPTX, ODT, ODS, ODP, OLE, RTF, ZIP, SEVEN, RAR),
    *(PNG, JPEG, TIFF, WEBP, GIF, BMP, MP3, MP4, WAV, XML, JSON, CSV, TEXT, SIGNATURE),
)
BY_TYPE = {kind.content_type: kind for kind in ALL}
BY_EXTENSION = {extension: kind for kind in ALL for extension in kind.extensions}
OLE_TYPES = {"doc": "application/msword", "xls": "application/vnd.ms-excel", "ppt": "application/vnd.ms-powerpoint"}

IMAGES = {"PNG": PNG, "JPEG": JPEG, "MPO": JPEG, "TIFF": TIFF, "WEBP": WEBP, "GIF": GIF, "BMP": BMP}
"""Names that Pillow gives to image formats."""


def extension_of(name: str) -> str:
    """The extension of a name, lower case, without the dot; "" when there is none."""
    stem, dot, extension = name.rpartition(".")
    return extension.lower() if dot and stem and extension.isalnum() and len(extension) <= 8 else ""


def content_type(kind: Kind, name: str) -> str:
    """The type to store: old Office files are told apart by their extension only."""
    return OLE_TYPES.get(extension_of(name), kind.content_type) if kind is OLE else kind.content_type


def shown_inline(stored_type: str) -> bool:
    """Whether a browser may show a file of this type in place; everything else is downloaded."""
    kind = BY_TYPE.get(stored_type)
    return bool(kind and kind.inline)


_TEXTS = (TEXT, CSV, JSON)


def settle(found: Kind, name: str) -> Kind | None:
    """The kind to store for a content under a name; None when the extension says something else (CORE-52).

    Plain text may be a table or a note by its extension; a name without extension says nothing.
    """
    extension = extension_of(name)
    if not extension or extension in found.extensions:
        return found
    if found in _TEXTS and extension in (*CSV.extensions, *TEXT.extensions):
        return BY_EXTENSION[extension]
    return None

"""The names and places of the form and signature fields of mode A, fixed before anybody signs (OF-21, OF-50).

The leader's approval signature locks everything but what `LEFT_OPEN` lists; numbering fills NUMBER and DATE as a new
revision, the others sign after it.
"""

import io
from dataclasses import dataclass

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.writer import BasePdfFileWriter
from pyhanko.sign.fields import SigFieldSpec, append_signature_field

NUMBER = "so"
"""Text field: the number alone, between "Số: " and "/QĐ-BNV", upright, set against the notation."""
DATE = "ngay"
"""Text field: "ngày 25 tháng 11 năm 2026" after "Hà Nội, ", italic."""
LEADER = "ky_nguoi_co_tham_quyen"
ORGANISATION = "ky_co_quan"
INITIALS = ("ky_nhay_1", "ky_nhay_2")

TEXT_FIELDS = (NUMBER, DATE)


def leader_field(n: int = 1) -> str:
    """The field of the n-th signer (OF-73)."""
    return LEADER if n == 1 else f"{LEADER}_{n}"


def organisation_field(n: int = 1) -> str:
    """The field of the agency of the n-th signer."""
    return ORGANISATION if n == 1 else f"{ORGANISATION}_{n}"


def left_open(signers: int = 1, *, signing: int = 1) -> tuple[str, ...]:
    """What the signature of signer `signing` must leave open: số, ngày and every other signature field (OF-21)."""
    others = [name for n in range(1, signers + 1) for name in (leader_field(n), organisation_field(n))]
    return (*TEXT_FIELDS, *(name for name in (*others, *INITIALS) if name != leader_field(signing)))


@dataclass(frozen=True, slots=True)
class Box:
    """A place on a page: zero-based page, corners in points from the lower left of the page."""

    page: int
    x1: float
    y1: float
    x2: float
    y2: float

    def as_ints(self) -> tuple[int, int, int, int]:
        """The corners rounded to whole points."""
        return (round(self.x1), round(self.y1), round(self.x2), round(self.y2))


@dataclass(frozen=True, slots=True)
class TextField:
    """An empty text field: where, in which face and size, left or right aligned."""

    name: str
    label: str
    box: Box
    size: float
    italic: bool = False
    right: bool = False


@dataclass(frozen=True, slots=True)
class SignatureField:
    """An empty signature field; without a box it is invisible."""

    name: str
    label: str
    box: Box | None = None


def add(pdf: bytes, texts: list[TextField], signatures: list[SignatureField]) -> bytes:
    """Give a PDF its empty fields."""
    out = io.BytesIO(pdf)
    writer = IncrementalPdfFileWriter(out)
    form = writer.root.setdefault(
        pdf_name("/AcroForm"), generic.DictionaryObject({pdf_name("/Fields"): generic.ArrayObject()})
    )
    for text in texts:
        form["/Fields"].append(_text_field(writer, text))
    writer.update_root()
    for signature in signatures:
        box = signature.box
        append_signature_field(
            writer,
            SigFieldSpec(
                signature.name,
                on_page=box.page if box else 0,
                box=box.as_ints() if box else None,
                readable_field_name=signature.label,
            ),
        )
    writer.write_in_place()
    return out.getvalue()


def _text_field(writer: BasePdfFileWriter, text: TextField) -> generic.IndirectObject:
    box = text.box
    page_ref, _ = writer.find_page_for_modification(box.page)
    width, height = box.x2 - box.x1, box.y2 - box.y1
    empty = generic.StreamObject(
        {
            pdf_name("/Type"): pdf_name("/XObject"),
            pdf_name("/Subtype"): pdf_name("/Form"),
            pdf_name("/BBox"): generic.ArrayObject(map(generic.FloatObject, (0, 0, width, height))),
            pdf_name("/Resources"): generic.DictionaryObject(),
        },
        stream_data=b"/Tx BMC EMC",
    )
    field = generic.DictionaryObject(
        {
            pdf_name("/Type"): pdf_name("/Annot"),
            pdf_name("/Subtype"): pdf_name("/Widget"),
            pdf_name("/FT"): pdf_name("/Tx"),
            pdf_name("/T"): generic.TextStringObject(text.name),
            pdf_name("/TU"): generic.TextStringObject(text.label),
            pdf_name("/F"): generic.NumberObject(4),
            pdf_name("/Q"): generic.NumberObject(2 if text.right else 0),
            pdf_name("/DA"): generic.TextStringObject(f"/{'TiIt' if text.italic else 'TiRo'} {text.size:g} Tf 0 g"),
            pdf_name("/Rect"): generic.ArrayObject(
                generic.FloatObject(round(value, 2)) for value in (box.x1, box.y1, box.x2, box.y2)
            ),
            pdf_name("/P"): page_ref,
            pdf_name("/AP"): generic.DictionaryObject({pdf_name("/N"): writer.add_object(empty)}),
        }
    )
    reference = writer.add_object(field)
    writer.register_annotation(page_ref, reference)
    return reference

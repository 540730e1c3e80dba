"""Mode A: fields named beforehand, numbered after the leader signed, as a revision of its own (OF-21)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import cast

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.form_tools import annot_width_height, find_existing_empty_field, get_single_field_annot
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import FormFillingError, PdfError
from pyhanko.sign.fields import FieldMDPAction, FieldMDPSpec, SigFieldSpec, append_signature_field

from lienthong.core.signing.appearance import Box, FontBook, Line


class FieldError(Exception):
    """A named field is missing, already filled, or too small; the message can be shown."""


@dataclass(frozen=True, slots=True)
class TextField:
    """An empty text field for a value that is known only after signing (số, ngày, tháng)."""

    name: str
    box: Box


@dataclass(frozen=True, slots=True)
class SignatureField:
    """An empty signature field; an agency's lock also closes the text fields, a person's leaves them open."""

    name: str
    box: Box
    organisation: bool = False


@dataclass(frozen=True, slots=True)
class Fill:
    """How a value is written: font file, size, alignment, and the baseline above the bottom of the field in points."""

    font: Path
    size: float = 13
    align: str = "center"
    baseline: float | None = None


def add_fields(pdf: bytes, texts: Sequence[TextField], signatures: Sequence[SignatureField]) -> bytes:
    """The approved PDF with all its fields and locks, before anybody signs; names are fixed from here on (OF-21).

    A person's signature field carries FieldMDP EXCLUDE [texts and every other signature field], an agency's EXCLUDE
    [every other signature field].
    """
    writer = IncrementalPdfFileWriter(BytesIO(pdf))
    for text in texts:
        _append_text_field(writer, text)
    for field in signatures:
        others = [other.name for other in signatures if other.name != field.name]
        open_fields = others if field.organisation else [*(text.name for text in texts), *others]
        lock = FieldMDPSpec(FieldMDPAction.EXCLUDE, fields=open_fields)
        append_signature_field(
            writer,
            SigFieldSpec(field.name, on_page=field.box.page, box=field.box.rect, field_mdp_spec=lock),
        )
    return _written(writer)


def fill_fields(pdf: bytes, values: Mapping[str, str], looks: Mapping[str, Fill] | Fill) -> bytes:
    """Fill the named text fields once, as one incremental revision with embedded fonts (OF-21).

    `looks` is one look for all fields or one for each name. Earlier signatures that left these fields open stay
    valid. Raises FieldError for a field that is missing or filled.
    """
    writer = IncrementalPdfFileWriter(BytesIO(pdf))
    fonts = FontBook(writer)
    for name, value in values.items():
        look = looks if isinstance(looks, Fill) else looks[name]
        _fill(writer, fonts, name, value, look)
    return _written(writer)


def _fill(writer: IncrementalPdfFileWriter, fonts: FontBook, name: str, value: str, look: Fill) -> None:
    try:
        reference = find_existing_empty_field(writer, name, field_type="/Tx")
        field = cast(generic.DictionaryObject, reference.get_object())
        widget = get_single_field_annot(field)
    except (FormFillingError, PdfError) as problem:
        raise FieldError(f"Trường {name} không có trong tệp hoặc đã được điền.") from problem
    width, height = (float(side) for side in annot_width_height(widget))
    font = fonts.font(look.font, look.size)
    if font.shape(value).x_advance * look.size > width:
        raise FieldError(f"Trường {name} không đủ chỗ cho “{value}”.")
    line = Line(writer, value, font, width, height, align=look.align, baseline=look.baseline)
    line.apply_appearance(widget)
    writer.update_container(widget)
    field["/V"] = generic.TextStringObject(value)
    field["/Ff"] = generic.NumberObject(int(field.get("/Ff", 0)) | 1)
    writer.mark_update(reference)


def _append_text_field(writer: IncrementalPdfFileWriter, text: TextField) -> None:
    page = writer.find_page_for_modification(text.box.page)[0]
    field = generic.DictionaryObject(
        {
            pdf_name("/Type"): pdf_name("/Annot"),
            pdf_name("/Subtype"): pdf_name("/Widget"),
            pdf_name("/FT"): pdf_name("/Tx"),
            pdf_name("/T"): generic.TextStringObject(text.name),
            pdf_name("/DA"): generic.TextStringObject("/Helv 0 Tf 0 g"),
            pdf_name("/F"): generic.NumberObject(4),
            pdf_name("/P"): page,
            pdf_name("/Rect"): generic.ArrayObject(
                generic.FloatObject(f"{v:.2f}") for v in (text.box.x1, text.box.y1, text.box.x2, text.box.y2)
            ),
        }
    )
    reference = writer.add_object(field)
    writer.register_annotation(page, reference)
    root = writer.root
    if "/AcroForm" not in root:
        form = generic.DictionaryObject({pdf_name("/Fields"): generic.ArrayObject()})
        root[pdf_name("/AcroForm")] = writer.add_object(form)
        writer.update_root()
    form = root["/AcroForm"]
    form["/Fields"].append(reference)
    writer.update_container(form["/Fields"])


def _written(writer: IncrementalPdfFileWriter) -> bytes:
    output = BytesIO()
    writer.write(output)
    return output.getvalue()

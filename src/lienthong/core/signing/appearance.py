"""How a signature and a filled field look: a transparent picture, or lines of text (OF-50, OF-51, F-OF-13)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any, cast

from PIL import Image
from pyhanko.pdf_utils.content import AppearanceContent, ResourceType
from pyhanko.pdf_utils.font.opentype import GlyphAccumulator
from pyhanko.pdf_utils.generic import ArrayObject, FloatObject, NumberObject, StreamObject, pdf_name
from pyhanko.pdf_utils.images import PdfImage
from pyhanko.pdf_utils.layout import BoxConstraints
from pyhanko.pdf_utils.writer import BasePdfFileWriter
from pyhanko.stamp import BaseStampStyle
from pyhanko.stamp.base import BaseStamp

from lienthong.kit import clock

POINTS_PER_MM = 72 / 25.4
SEAL_MM = 36.0
SEAL_OVERLAP = 1 / 3
_LAYOUT_TABLES = frozenset({"GPOS", "GSUB", "GDEF", "kern", "FFTM", "DSIG", "hdmx", "VDMX", "LTSH"})


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle on a page (0 is the first, -1 the last), in points from the lower left corner."""

    x1: float
    y1: float
    x2: float
    y2: float
    page: int = 0

    @property
    def rect(self) -> tuple[int, int, int, int]:
        """Rounded corners as the PDF library wants them."""
        return round(self.x1), round(self.y1), round(self.x2), round(self.y2)


def seal_box(leader: Box, *, diameter_mm: float = SEAL_MM, overlap: float = SEAL_OVERLAP) -> Box:
    """Where the seal goes: its right edge over `overlap` of the leader's picture, on its left, same middle (OF-50)."""
    side = diameter_mm * POINTS_PER_MM
    right = leader.x1 + overlap * (leader.x2 - leader.x1)
    middle = (leader.y1 + leader.y2) / 2
    return Box(right - side, middle - side / 2, right, middle + side / 2, leader.page)


def annex_text(number: str, at: datetime) -> str:
    """`Số và ký hiệu; thời gian ký` of a separate annex, with seconds and zone (OF-51, EX-22, NĐ 30 PL I.III.1.d)."""
    return f"{number}; {_zoned(at)}"


def copy_text(form: str, agency: str, at: datetime) -> str:
    """Form of copy, copying agency and signing time, on the top right of page 1 (OF-48)."""
    return f"{form}; {agency}; {_zoned(at)}"


def _zoned(at: datetime) -> str:
    return clock.local(at).strftime("%d/%m/%Y %H:%M:%S +07:00")


class PaperFont(GlyphAccumulator):
    """An embedded TrueType subset measured in thousandths of an em, which PDF wants and the library takes for given."""

    def __init__(self, writer: BasePdfFileWriter, font_handle: BytesIO, font_size: float, **options: Any) -> None:
        super().__init__(writer, font_handle, font_size, **options)
        self.design_units = self.units_per_em
        self.units_per_em = 1000
        self.hb_font.scale = (1000, 1000)
        self._measure_descriptor()
        # The shaper has its own copy; reading these only to throw them away takes a second for each font.
        for table in _LAYOUT_TABLES & set(self.tt.keys()):
            del self.tt[table]

    def _measure_descriptor(self) -> None:
        descriptor = self.cidfont_obj._font_descriptor
        for key in ("/Ascent", "/Descent", "/CapHeight"):
            descriptor[pdf_name(key)] = NumberObject(self._thousandths(descriptor[key]))
        box = descriptor["/FontBBox"]
        descriptor[pdf_name("/FontBBox")] = ArrayObject(NumberObject(self._thousandths(value)) for value in box)

    def _thousandths(self, value: int) -> int:
        return int(value * 1000 / self.design_units + 0.5)

    def _get_cid_and_width(self, glyph_id: int) -> tuple[int, int]:
        if glyph_id not in self._glyphs:
            cid, width = super()._get_cid_and_width(glyph_id)
            self._glyphs[glyph_id] = cid, self._thousandths(width)
        return self._glyphs[glyph_id]


class FontBook:
    """One subset of each font file for all lines written into one revision."""

    def __init__(self, writer: BasePdfFileWriter) -> None:
        self._writer = writer
        self._fonts: dict[tuple[Path, float], PaperFont] = {}

    def font(self, path: Path, size: float) -> PaperFont:
        """The font engine of a file at a size."""
        if (path, size) not in self._fonts:
            self._fonts[path, size] = PaperFont(self._writer, BytesIO(path.read_bytes()), size, bcp47_lang_code="vi")
        return self._fonts[path, size]


class Line(AppearanceContent):
    """Lines of black text in a box: by default each centred in height, aligned left, centre or right."""

    def __init__(
        self,
        writer: BasePdfFileWriter,
        text: str,
        font: PaperFont,
        width: float,
        height: float,
        *,
        align: str = "left",
        baseline: float | None = None,
    ) -> None:
        super().__init__(writer=writer, box=BoxConstraints(width=width, height=height))
        self._text, self._font, self._align, self._baseline = text, font, align, baseline
        self._width, self._height = width, height

    def as_form_xobject(self) -> StreamObject:
        """The drawing with its exact box: pyHanko cuts it to whole points, viewers would stretch it to the field."""
        drawn = super().as_form_xobject()
        drawn["/BBox"] = ArrayObject(FloatObject(f"{side:.2f}") for side in (0, self._height, self._width, 0))
        return drawn

    def render(self) -> bytes:
        """The content stream."""
        size = self._font.font_size
        lines = self._text.split("\n")
        head = self._font.tt["hhea"]
        ascent, descent = (value * size / self._font.design_units for value in (head.ascent, head.descent))
        leading = size * 1.15
        lowest = self._baseline
        if lowest is None:
            lowest = (self._height - (ascent - descent) - leading * (len(lines) - 1)) / 2 - descent
        self.set_resource(ResourceType.FONT, pdf_name("/F1"), self._font.as_resource())
        parts = [b"/Tx BMC q 0 g"]
        for index, line in enumerate(lines):
            shaped = self._font.shape(line)
            spare = self._width - shaped.x_advance * size
            x = {"left": 0.0, "center": spare / 2, "right": spare}[self._align]
            y = lowest + leading * (len(lines) - 1 - index)
            parts.append(b"BT /F1 %g Tf %g %g Td %s ET" % (size, x, y, shaped.graphics_ops))
        parts.append(b"Q EMC")
        return b" ".join(parts)


class Picture(AppearanceContent):
    """A PNG centred in a box, as large as fits, never stretched, its transparency kept (F-OF-13)."""

    def __init__(self, writer: BasePdfFileWriter, png: bytes, width: float, height: float) -> None:
        super().__init__(writer=writer, box=BoxConstraints(width=width, height=height))
        self._png, self._width, self._height = png, width, height

    def render(self) -> bytes:
        """The content stream."""
        with Image.open(BytesIO(self._png)) as opened:
            picture = opened.convert("RGBA")
        scale = min(self._width / picture.width, self._height / picture.height)
        width, height = picture.width * scale, picture.height * scale
        image = PdfImage(picture, writer=self.writer, box=BoxConstraints(width=width, height=height))
        drawn = image.render()
        self.import_resources(image.resources)
        return b"q 1 0 0 1 %g %g cm %s Q" % ((self._width - width) / 2, (self._height - height) / 2, drawn)


@dataclass(frozen=True)
class SignatureLook(BaseStampStyle):
    """The look of one signature: a picture, a line of text, or nothing but the field."""

    png: bytes | None = None
    text: str = ""
    font: Path | None = None
    font_size: float = 10
    align: str = "right"

    def create_stamp(
        self,
        writer: BasePdfFileWriter,
        box: BoxConstraints,
        text_params: Mapping[str, Any],  # noqa: ARG002 the text is ready
    ) -> BaseStamp | None:
        """What is drawn into the signature's box."""
        return cast(BaseStamp, self._content(writer, box))

    def _content(self, writer: BasePdfFileWriter, box: BoxConstraints) -> AppearanceContent:
        width, height = float(box.width), float(box.height)
        if self.png is not None:
            return Picture(writer, self.png, width, height)
        if self.text and self.font is not None:
            font = FontBook(writer).font(self.font, self.font_size)
            return Line(writer, self.text, font, width, height, align=self.align)
        return Blank(writer, width, height)


class Blank(AppearanceContent):
    """Nothing, in a box."""

    def __init__(self, writer: BasePdfFileWriter, width: float, height: float) -> None:
        super().__init__(writer=writer, box=BoxConstraints(width=width, height=height))

    def render(self) -> bytes:
        """An empty content stream."""
        return b""

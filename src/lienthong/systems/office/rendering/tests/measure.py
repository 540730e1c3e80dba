"""Measures a PDF as a ruler would: lines of text with face, size, place and colour; drawn lines and frames."""

import io
from dataclasses import dataclass
from typing import Any

from pdfminer.high_level import extract_pages
from pdfminer.layout import LAParams, LTChar, LTContainer, LTCurve, LTLine, LTPage, LTRect
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

MM = 25.4 / 72


@dataclass(frozen=True)
class Text:
    """A run of letters on one base line: lengths in mm from the upper left of the page, size in points."""

    page: int
    text: str
    font: str
    size: float
    left: float
    right: float
    baseline: float
    colour: Any

    @property
    def style(self) -> str:
        """regular, bold, italic or bold italic, by the name of the face."""
        name = self.font.partition("+")[2].removeprefix("Tinos").replace("-Identity-H", "").strip("-").replace("-", " ")
        return name.lower() or "regular"


@dataclass(frozen=True)
class Stroke:
    """A drawn line or frame, mm."""

    page: int
    left: float
    top: float
    right: float
    bottom: float
    colour: Any

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def height(self) -> float:
        return self.bottom - self.top


@dataclass(frozen=True)
class Measured:
    """What stands on the pages."""

    pages: list[tuple[float, float]]
    texts: list[Text]
    strokes: list[Stroke]

    def find(self, words: str, page: int | None = None) -> Text:
        """The one line that holds these words."""
        found = [t for t in self.texts if words in t.text and page in (None, t.page)]
        assert found, f"{words!r} is not among {[t.text for t in self.texts]}"
        return found[0]

    def has(self, words: str) -> bool:
        return any(words in text.text for text in self.texts)

    def under(self, text: Text, within: float = 4) -> Stroke:
        """The line drawn just below a text."""
        found = [
            s
            for s in self.strokes
            if s.page == text.page
            and s.height < 0.6
            and 0 < s.top - text.baseline < within
            and s.left < (text.left + text.right) / 2 < s.right
        ]
        assert found, f"no line under {text.text!r}"
        return found[0]


def flatten(pdf: bytes) -> bytes:
    """The PDF with what its fields show drawn into the pages, for readers that skip annotations."""
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    for index in range(int(writer.root["/Pages"]["/Count"])):
        page = writer.find_page_for_modification(index)[0].get_object()
        for number, annotation in enumerate(page.get("/Annots", [])):
            widget = annotation.get_object()
            shown = widget.get("/AP", {}).raw_get("/N") if "/AP" in widget else None
            if shown is None:
                continue
            name = generic.pdf_name(f"/Shown{number}")
            x, y = (float(value) for value in list(widget["/Rect"])[:2])
            drawn = generic.StreamObject(stream_data=f"q 1 0 0 1 {x} {y} cm {name} Do Q".encode())
            resources = {generic.pdf_name("/XObject"): generic.DictionaryObject({name: shown})}
            writer.add_stream_to_page(
                index, writer.add_object(drawn), generic.DictionaryObject(resources), prepend=True
            )
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def measure(pdf: bytes) -> Measured:
    """Read all pages; letters next to each other on one base line in one face and size make one text."""
    pages, texts, strokes = [], [], []
    for number, page in enumerate(extract_pages(io.BytesIO(pdf), laparams=LAParams(all_texts=True)), 1):
        pages.append((page.width * MM, page.height * MM))
        letters: list[LTChar] = []
        pending: list[Any] = [page]
        while pending:
            item = pending.pop()
            if isinstance(item, LTChar):
                letters.append(item)
            elif isinstance(item, LTLine | LTRect | LTCurve):
                if item.width * MM < page.width * MM * 0.95 or item.height < page.height * 0.5:
                    strokes.append(_stroke(item, page, number))
            elif isinstance(item, LTContainer):
                pending.extend(item)
        texts += _lines(letters, page, number)
    return Measured(pages, texts, strokes)


def _stroke(item: Any, page: LTPage, number: int) -> Stroke:
    colour = item.non_stroking_color if item.fill else item.stroking_color
    return Stroke(
        number, item.x0 * MM, (page.height - item.y1) * MM, item.x1 * MM, (page.height - item.y0) * MM, colour
    )


def _lines(letters: list[LTChar], page: LTPage, number: int) -> list[Text]:
    out: list[Text] = []
    run: list[LTChar] = []

    def close() -> None:
        if text := "".join(letter.get_text() for letter in run).strip():
            inked = [letter for letter in run if _inked(letter)]
            first = inked[0]
            base = first.matrix[5]
            out.append(
                Text(
                    number,
                    text,
                    first.fontname,
                    round(first.size, 2),
                    inked[0].x0 * MM,
                    inked[-1].x1 * MM,
                    (page.height - base) * MM,
                    first.graphicstate.ncolor,
                )
            )

    for letter in sorted(letters, key=lambda c: (round(page.height - c.matrix[5], 0), c.x0)):
        if run and (
            abs(run[-1].matrix[5] - letter.matrix[5]) > 1
            or letter.x0 - run[-1].x1 > 12
            or (letter.get_text().strip() and _face(letter) != _face(next(filter(_inked, reversed(run)), letter)))
        ):
            close()
            run = []
        run.append(letter)
    close()
    return out


def _face(letter: LTChar) -> tuple[str, float]:
    return letter.fontname, round(letter.size, 1)


def _inked(letter: LTChar) -> bool:
    return bool(letter.get_text().strip())

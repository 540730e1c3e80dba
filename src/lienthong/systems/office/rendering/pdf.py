"""Papers become PDF: A4, Tinos, PDF/A, nothing fetched from anywhere, fields of mode A in place (OF-43, OF-44, OF-21)."""

import threading
from collections.abc import Mapping
from dataclasses import replace
from html import escape, unescape
from pathlib import Path
from typing import Any

import weasyprint
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

from lienthong.systems.office.rendering import body as bodies
from lienthong.systems.office.rendering import fields, fonts, style
from lienthong.systems.office.rendering.markup import Writer
from lienthong.systems.office.rendering.paper import Annex, Attached, Paper
from lienthong.systems.office.rendering.rules import Rules, nd30

POINTS_PER_PIXEL = 0.75
POINTS_PER_MM = 72 / 25.4
# Pango's font maps are not safe to share between threads.
_lock = threading.Lock()


class ForbiddenResource(FatalURLFetchingError):  # type: ignore[misc]
    """A rendering asked for something that was not handed over by name (CORE-109, F-CORE-30)."""


class Unprintable(ValueError):
    """The text holds letters that the typeface of official paper does not have; `letters` lists them."""

    def __init__(self, letters: list[str]) -> None:
        super().__init__(f"Phông chữ của văn bản không có các ký tự: {' '.join(letters)}. Hãy thay bằng chữ khác.")
        self.letters = letters


class OnlyGiven(URLFetcher):  # type: ignore[misc]
    """Answers with the resources it was given, refuses everything else: files, the network, data URLs."""

    def __init__(self, given: Mapping[str, bytes]) -> None:
        super().__init__(allowed_protocols=())
        self._given = given

    def fetch(self, url: str, headers: Any = None) -> URLFetcherResponse:
        """The named resource; raises ForbiddenResource."""
        if url not in self._given:
            raise ForbiddenResource(f"not handed over: {url[:200]}")
        return URLFetcherResponse(url, self._given[url], {"Content-Type": "font/ttf"})


def render(paper: Paper, *, with_fields: bool = True, font_folder: Path | None = None) -> bytes:
    """The PDF of a paper, annexes of the same file included.

    `with_fields`: an unnumbered paper gets the fields of mode A (`rendering.fields`); False leaves blanks to be
    written by hand. Raises InvalidBody, Unprintable, FontsMissing.
    """
    paper = replace(
        paper,
        body=bodies.clean(paper.body),
        annexes=tuple(replace(annex, body=bodies.clean(annex.body)) for annex in paper.annexes),
    )
    faces = fonts.load(font_folder or fonts.default_folder())
    writer = Writer(paper.rules, faces, fields=with_fields)
    attached = Attached(
        type_name=paper.type.name,
        notation=paper.notation,
        issuer=paper.header[-1] if paper.header else "",
        number=paper.number,
        issued_on=paper.issued_on,
    )
    address = f'<div class="address">{_escape_lines(paper.address)}</div>' if paper.address else ""
    html = address + writer.head(paper) + writer.title(paper) + writer.addressees(paper) + writer.main(paper)
    html += writer.foot(paper)
    html += "".join(writer.annex(annex, attached, page=n) for n, annex in enumerate(paper.annexes, 1))
    css = style.sheet(
        paper.rules,
        address=bool(paper.address),
        annexes=len(paper.annexes),
        landscape=frozenset(n for n, annex in enumerate(paper.annexes, 1) if annex.landscape),
    )
    title = f"{paper.heading.capitalize() or paper.type.name} {paper.subject}".strip()
    pdf, anchors = _print(html, css, title, faces)
    if not with_fields:
        return pdf
    return fields.add(pdf, _text_fields(paper, anchors), _signature_fields(paper, anchors))


def render_annex(
    annex: Annex, to: Attached, *, rules: Rules | None = None, with_fields: bool = True, font_folder: Path | None = None
) -> bytes:
    """A phụ lục in a file of its own: "(Kèm theo …)" and one field for the agency, top right of page 1 (OF-51)."""
    rules = rules or nd30()
    faces = fonts.load(font_folder or fonts.default_folder())
    annex = replace(annex, body=bodies.clean(annex.body))
    html = Writer(rules, faces, fields=False).annex(annex, to)
    css = style.sheet(rules)
    if annex.landscape:
        css += f"@page {{ size: {rules.page['height']}mm {rules.page['width']}mm }}"
    pdf, _ = _print(html, css, f"Phụ lục {annex.title}", faces)
    if not with_fields:
        return pdf
    width = rules.page["height"] if annex.landscape else rules.page["width"]
    height = rules.page["width"] if annex.landscape else rules.page["height"]
    right, top = width - rules.page["right"], height - (rules.page["top"] - rules.signature["annex_height"]) / 2
    box = fields.Box(
        0,
        (right - rules.signature["annex_width"]) * POINTS_PER_MM,
        (top - rules.signature["annex_height"]) * POINTS_PER_MM,
        right * POINTS_PER_MM,
        top * POINTS_PER_MM,
    )
    return fields.add(pdf, [], [fields.SignatureField(fields.ORGANISATION, "Chữ ký số của cơ quan", box)])


def _escape_lines(text: str) -> str:
    return "<br>".join(escape(line) for line in text.splitlines())


def _print(html: str, css: str, title: str, faces: fonts.Faces) -> tuple[bytes, dict[str, fields.Box]]:
    """Lay out and write; the boxes of the marked places, in points from the lower left."""
    if letters := faces.regular.lacks("".join(unescape(html).split())):
        raise Unprintable(letters)
    fetcher = OnlyGiven(style.resources(faces))
    page = f'<!doctype html><html lang="vi"><head><title>{escape(title)}</title></head><body>{html}</body></html>'
    with _lock:
        configuration = FontConfiguration()
        sheet = weasyprint.CSS(string=style.font_faces() + css, url_fetcher=fetcher, font_config=configuration)
        document = weasyprint.HTML(string=page, url_fetcher=fetcher, base_url=style.SCHEME).render(
            stylesheets=[sheet], font_config=configuration
        )
        anchors = {}
        for n, laid in enumerate(document.pages):
            for name, (x1, y1, x2, y2) in laid.anchors.items():
                bottom, top = laid.height - max(y1, y2), laid.height - min(y1, y2)
                anchors[name] = fields.Box(n, *(value * POINTS_PER_PIXEL for value in (x1, bottom, x2, top)))
        pdf = document.write_pdf(pdf_variant="pdf/a-2u", pdf_tags=True)
    return pdf, anchors


def _text_fields(paper: Paper, anchors: dict[str, fields.Box]) -> list[fields.TextField]:
    sizes = paper.rules.sizes
    out = []
    if box := anchors.get("field-so"):
        out.append(fields.TextField(fields.NUMBER, "Số văn bản", box, sizes["number"], right=True))
    if box := anchors.get("field-ngay"):
        out.append(fields.TextField(fields.DATE, "Ngày ban hành", box, sizes["place"], italic=True))
    return out


def _signature_fields(paper: Paper, anchors: dict[str, fields.Box]) -> list[fields.SignatureField]:
    """The leader over 7c; the seal in its real size over a third of that image, on its left (OF-50)."""
    rule = paper.rules.signature
    seal = rule["seal"] * POINTS_PER_MM
    out = []
    for n, signer in enumerate(paper.signers, 1):
        box = anchors.get(f"field-ky-{n}")
        if box is None:
            continue
        out.append(fields.SignatureField(fields.leader_field(n), f"Chữ ký của {signer.name}", box))
        if signer.seal:
            right = box.x1 + (box.x2 - box.x1) * rule["overlap"]
            middle = (box.y1 + box.y2) / 2
            place = fields.Box(box.page, right - seal, middle - seal / 2, right, middle + seal / 2)
            out.append(fields.SignatureField(fields.organisation_field(n), "Chữ ký số, dấu của cơ quan", place))
    return [*out, *(fields.SignatureField(name, "Ký nháy") for name in fields.INITIALS)]

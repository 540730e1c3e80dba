"""Papers become PDF: A4, Tinos, PDF/A, nothing fetched from anywhere, fields of mode A in place (OF-21, OF-43..44)."""

import threading
from collections.abc import Mapping
from dataclasses import replace
from html import escape, unescape
from pathlib import Path
from typing import Any

import weasyprint
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

from lienthong.core.signing.appearance import Box
from lienthong.core.signing.fields import add_fields
from lienthong.systems.office.rendering import body as bodies
from lienthong.systems.office.rendering import fields, fonts, style
from lienthong.systems.office.rendering.markup import Writer
from lienthong.systems.office.rendering.paper import Annex, Attached, Paper
from lienthong.systems.office.rendering.rules import Rules, nd30

POINTS_PER_PIXEL = 0.75
VARIANT = "pdf/a-2u"
# Pango's font maps are not safe to share between threads.
_lock = threading.Lock()


class ForbiddenResource(FatalURLFetchingError):
    """A rendering asked for something that was not handed over by name (CORE-109, F-CORE-30)."""


class Unprintable(ValueError):
    """The text holds letters that the typeface of official paper does not have; `letters` lists them."""

    def __init__(self, letters: list[str]) -> None:
        super().__init__(f"Phông chữ của văn bản không có các ký tự: {' '.join(letters)}. Hãy thay bằng chữ khác.")
        self.letters = letters


class OnlyGiven(URLFetcher):
    """Answers with the resources it was given, refuses everything else: files, the network, data URLs."""

    def __init__(self, given: Mapping[str, bytes]) -> None:
        super().__init__(allowed_protocols=())  # type: ignore[no-untyped-call]
        self._given = given

    def fetch(self, url: str, headers: Any = None) -> URLFetcherResponse:  # noqa: ARG002 the base class names it
        """The named resource; raises ForbiddenResource."""
        if url not in self._given:
            raise ForbiddenResource(f"not handed over: {url[:200]}")
        return URLFetcherResponse(url, self._given[url], {"Content-Type": "font/ttf"})


def render(paper: Paper, *, with_fields: bool = True, font_folder: Path | None = None) -> bytes:
    """The PDF of a paper, annexes of the same file included.

    `with_fields`: a paper without number and date gets the fields of mode A, and every paper its signature fields
    (`rendering.fields`); False leaves blanks to be written by hand. Raises InvalidBody, Unprintable, FontsMissing.
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
        notation=paper.suffix,
        issuer=paper.issuing_body,
        number=paper.number,
        issued_on=paper.issued_on,
    )
    html = [writer.address(paper), writer.head(paper), writer.title(paper), writer.addressees(paper)]
    html += [writer.main(paper), writer.foot(paper)]
    html += [writer.annex(annex, attached, page=n) for n, annex in enumerate(paper.annexes, 1)]
    css = style.sheet(
        paper.rules,
        address=bool(paper.address),
        annexes=len(paper.annexes),
        landscape=frozenset(n for n, annex in enumerate(paper.annexes, 1) if annex.landscape),
    )
    title = f"{paper.heading.capitalize() or paper.type.name} {paper.subject}".strip()
    pdf, anchors = _print("".join(html), css, title, faces)
    if not with_fields:
        return pdf
    return add_fields(pdf, fields.text_fields(anchors), fields.signature_fields(paper, anchors))


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
    return add_fields(pdf, [], fields.annex_fields(rules, landscape=annex.landscape)) if with_fields else pdf


def lay_out(html: str, css: str, title: str) -> bytes:
    """Our own tables as PDF in the typeface of official paper: nothing is fetched but that typeface (CORE-109)."""
    pdf, _ = _print(html, css, title, fonts.load(fonts.default_folder()))
    return pdf


def _print(html: str, css: str, title: str, faces: fonts.Faces) -> tuple[bytes, dict[str, Box]]:
    """Lay out and write; with the boxes of the marked places."""
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
        anchors = {
            name: Box(
                x1 * POINTS_PER_PIXEL,
                (laid.height - y2) * POINTS_PER_PIXEL,
                x2 * POINTS_PER_PIXEL,
                (laid.height - y1) * POINTS_PER_PIXEL,
                n,
            )
            for n, laid in enumerate(document.pages)
            for name, (x1, y1, x2, y2) in laid.anchors.items()
        }
        pdf: bytes = document.write_pdf(pdf_variant=VARIANT, pdf_tags=True)
    return pdf, anchors

"""The form and signature fields of mode A: names, places and looks, fixed before anybody signs (OF-21, OF-50, OF-51).

`core.signing.fields` puts them into the PDF with their locks and fills them; here is which, where and how they look.
"""

from pathlib import Path

from lienthong.core.signing.appearance import Box, seal_box
from lienthong.core.signing.fields import Fill, SignatureField, TextField
from lienthong.systems.office.rendering import fonts
from lienthong.systems.office.rendering.paper import Paper
from lienthong.systems.office.rendering.rules import Rules, nd30

NUMBER = "so"
"""Text field: the number alone, between "Số: " and "/QĐ-BNV", upright, flush with the notation."""
DATE = "ngay"
"""Text field: "ngày 25 tháng 11 năm 2026" (kit `issue_date_text` without place), italic, after "Hà Nội, "."""
TEXT_FIELDS = (NUMBER, DATE)
LEADER = "ky_nguoi_co_tham_quyen"
ORGANISATION = "ky_co_quan"
INITIALS = ("ky_nhay_1", "ky_nhay_2")

POINTS_PER_MM = 72 / 25.4
DEPTH = 0.25
"""How far the room left for a field reaches below the base line, in parts of the size: for the tails of g and y."""


def leader_field(n: int = 1) -> str:
    """The field of the n-th signer (OF-73)."""
    return LEADER if n == 1 else f"{LEADER}_{n}"


def organisation_field(n: int = 1) -> str:
    """The field of the agency of the n-th signer."""
    return ORGANISATION if n == 1 else f"{ORGANISATION}_{n}"


def looks(rules: Rules | None = None, font_folder: Path | None = None) -> dict[str, Fill]:
    """How `core.signing.fields.fill_fields` writes number and date so that they stand on the line like print."""
    sizes = (rules or nd30()).sizes
    faces = fonts.load(font_folder or fonts.default_folder())
    number, place = sizes["number"], sizes["place"]
    return {
        NUMBER: Fill(faces.regular.path, number, "right", number * DEPTH),
        DATE: Fill(faces.italic.path, place, "left", place * DEPTH),
    }


def text_fields(anchors: dict[str, Box]) -> list[TextField]:
    """The empty text fields at the places that the layout left for them."""
    return [TextField(name, anchors[f"field-{name}"]) for name in (NUMBER, DATE) if f"field-{name}" in anchors]


def signature_fields(paper: Paper, anchors: dict[str, Box]) -> list[SignatureField]:
    """The leader over 7c; the seal in its real size over a third of that image, on its left (OF-50); two ký nháy."""
    rule = paper.rules.signature
    out = []
    for n, signer in enumerate(paper.signers, 1):
        box = anchors.get(f"field-ky-{n}")
        if box is None:
            continue
        out.append(SignatureField(leader_field(n), box))
        if signer.seal:
            place = seal_box(box, diameter_mm=rule["seal"], overlap=rule["overlap"])
            out.append(SignatureField(organisation_field(n), place, organisation=True))
    return [*out, *(SignatureField(name, Box(0, 0, 0, 0)) for name in INITIALS)]


def annex_fields(rules: Rules, *, landscape: bool) -> list[SignatureField]:
    """The one field of an annex in a file of its own: the agency's, top right of page 1, text only (OF-51)."""
    page, rule = rules.page, rules.signature
    across, up = ("height", "width") if landscape else ("width", "height")
    right = page[across] - page["right"]
    top = page[up] - (page["top"] - rule["annex_height"]) / 2
    corners = (right - rule["annex_width"], top - rule["annex_height"], right, top)
    return [SignatureField(ORGANISATION, Box(*(value * POINTS_PER_MM for value in corners)), organisation=True)]

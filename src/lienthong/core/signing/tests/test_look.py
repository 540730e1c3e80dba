"""The look of signatures on paper, measured on a rendering at 300 dpi (OF-50, OF-48, F-OF-13)."""

import subprocess
from io import BytesIO
from pathlib import Path

import pytest
import weasyprint
from PIL import Image, ImageChops

from lienthong.core.signing import appearance, demo_images, pades
from lienthong.core.signing.verdicts import PaperKind

from .conftest import AGENCY, LEADER, LEADER_BOX, ORGANISATION, REGULAR, World

DPI = 300


def rendered(pdf: bytes, folder: Path) -> Image.Image:
    source = folder / "paper.pdf"
    source.write_bytes(pdf)
    subprocess.run(["pdftoppm", "-r", str(DPI), "-png", source, folder / "page"], check=True)
    with Image.open(next(folder.glob("page*.png"))) as page:
        return page.convert("RGB")


def extent(page: Image.Image, colour: str) -> tuple[int, int, int, int]:
    """The box of all reddish or bluish points, in pixels."""
    red, _, blue = page.split()
    difference = ImageChops.subtract(red, blue) if colour == "red" else ImageChops.subtract(blue, red)
    box = difference.point(lambda value: 255 if value > 90 else 0).getbbox()
    assert box is not None
    return box


@pytest.fixture
def sealed(world: World, paper: bytes, pictures: tuple[pades.Look, pades.Look]) -> bytes:
    signed = pades.sign_as_person(paper, world.key(LEADER), "ky_lanh_dao", look=pictures[0]).content
    return pades.sign_as_organisation(
        signed,
        world.key(ORGANISATION),
        "ky_co_quan",
        paper=PaperKind.MAIN,
        trust=world.trust(),
        look=pictures[1],
    ).content


def test_of_50_seal_has_real_size_over_a_third_of_the_leaders_image(sealed: bytes, tmp_path: Path) -> None:
    """Diameter 36 mm ± 0.5, round, overlap 0.28–0.38 of the leader's image, on its left."""
    page = rendered(sealed, tmp_path)
    x1, y1, x2, y2 = extent(page, "red")
    width, height = ((x2 - x1) / DPI * 25.4, (y2 - y1) / DPI * 25.4)
    assert width == pytest.approx(36, abs=0.5)
    assert height == pytest.approx(36, abs=0.5)
    left, right = (value / 72 * DPI for value in (LEADER_BOX.x1, LEADER_BOX.x2))
    assert 0.28 <= (x2 - left) / (right - left) <= 0.38
    assert x1 < left


def test_of_50_pictures_are_transparent_and_of_their_colour(pictures: tuple[pades.Look, pades.Look]) -> None:
    for look, dominant in zip(pictures, (2, 0), strict=True):  # blue, red
        assert look.png is not None
        with Image.open(BytesIO(look.png)) as picture:
            assert picture.mode == "RGBA"
            assert picture.getchannel("A").getextrema()[0] == 0
            inks = {point[:3] for _, point in picture.getcolors(maxcolors=2**20) or () if point[3] > 0}
            assert all(max(range(3), key=lambda channel: ink[channel]) == dominant for ink in inks)
            assert inks


def test_of_50_text_beneath_stays_readable(world: World, tmp_path: Path) -> None:
    """Alpha is kept: black text under the seal is still black there, and white paper white (F-OF-13)."""
    pdf = weasyprint.HTML(
        string="<style>@page{margin:0}</style><p style='margin:90mm 10mm'>" + "MMMM " * 60
    ).write_pdf()
    before = rendered(pdf, tmp_path)
    seal = pades.Look(png=demo_images.seal_png(AGENCY, REGULAR))
    box = appearance.Box(100, 842 - 370, 100 + 36 * 72 / 25.4, 842 - 370 + 36 * 72 / 25.4)
    folder = tmp_path / "after"
    folder.mkdir()
    signed = pades.sign_as_person(pdf, world.key(LEADER), "dau", look=seal, box=box).content
    after = rendered(signed, folder)
    dark = [sum(page.convert("L").histogram()[:60]) for page in (before, after)]
    assert dark[1] > dark[0] * 0.97
    assert extent(after, "red")


def test_f_of_13_picture_is_never_stretched(world: World, paper: bytes, tmp_path: Path) -> None:
    """A square seal in a wide field stays round."""
    look = pades.Look(png=demo_images.seal_png(AGENCY, REGULAR))
    signed = pades.sign_as_person(paper, world.key(LEADER), "rong", look=look, box=appearance.Box(50, 100, 350, 180))
    x1, y1, x2, y2 = extent(rendered(signed.content, tmp_path), "red")
    assert (x2 - x1) == pytest.approx(y2 - y1, abs=4)


def test_demo_pictures_are_fixed_by_name() -> None:
    assert demo_images.signature_png("A B") == demo_images.signature_png("A B")
    assert demo_images.signature_png("A B") != demo_images.signature_png("A C")
    with Image.open(BytesIO(demo_images.seal_png(AGENCY, REGULAR))) as seal:
        assert seal.width == seal.height == round(36 / 25.4 * 300)

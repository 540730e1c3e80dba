"""Fictional pictures for the demo world: a blue handwriting and a red round seal, both transparent, fixed by name.

Nothing here looks like a real signature or bears the national emblem; the seal says that it is a test.
"""

import hashlib
import math
import random
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

BLUE = (22, 52, 168)
RED = (214, 28, 38)
DPI = 300
SEAL_MM = 36.0


def signature_png(name: str, *, width: int = 900, height: int = 420) -> bytes:
    """A flourish drawn from the letters of a name: blue ink, transparent ground (OF-50)."""
    dice = random.Random(hashlib.sha256(name.encode()).digest())  # noqa: S311 a drawing, not a secret
    scale = 2
    picture = Image.new("L", (width * scale, height * scale), 0)
    pen = ImageDraw.Draw(picture)
    strokes = max(5, min(9, len(name.split()) * 2 + 2))
    points = [(0.08 * width, 0.62 * height)]
    for step in range(1, strokes + 1):
        x = (0.08 + 0.74 * step / strokes + dice.uniform(-0.02, 0.02)) * width
        high = 0.16 if step == 1 else dice.uniform(0.22, 0.45)
        points.append((x, (high if step % 2 else dice.uniform(0.55, 0.8)) * height))
    points += [(0.62 * width, 0.88 * height), (0.15 * width, 0.84 * height), (0.95 * width, 0.72 * height)]
    phase = dice.uniform(0, 6)
    curve = _smooth(points, samples=700)
    for index, (x, y) in enumerate(curve):
        thick = scale * (3.4 + 1.6 * math.sin(index / 260 + phase))
        pen.ellipse([x * scale - thick, y * scale - thick, x * scale + thick, y * scale + thick], fill=255)
    alpha = picture.resize((width, height), Image.Resampling.LANCZOS)
    return _inked(alpha, BLUE)


def seal_png(agency: str, font: Path, *, diameter_mm: float = SEAL_MM) -> bytes:
    """A round seal of real size at 300 dpi: two rings, the agency's name around, a rosette, a word of warning."""
    side = round(diameter_mm / 25.4 * DPI)
    scale = 3
    size = side * scale
    picture = Image.new("L", (size, size), 0)
    pen = ImageDraw.Draw(picture)
    outer, inner, core = size / 2, size * 0.455, size * 0.27
    _ring(pen, size, outer - 1, width=round(size * 0.018))
    _ring(pen, size, inner, width=round(size * 0.008))
    _ring(pen, size, core, width=round(size * 0.006))
    _around(picture, agency.upper(), font, radius=size * 0.365, height=size * 0.085, top=True)
    _around(picture, "THỬ NGHIỆM", font, radius=size * 0.365, height=size * 0.065, top=False)
    _rosette(pen, size / 2, size * 0.2)
    alpha = picture.resize((side, side), Image.Resampling.LANCZOS)
    return _inked(alpha, RED)


def _inked(alpha: Image.Image, colour: tuple[int, int, int]) -> bytes:
    picture = Image.new("RGBA", alpha.size, (*colour, 0))
    picture.putalpha(alpha.point(lambda value: int(value * 0.88)))
    output = BytesIO()
    picture.save(output, "PNG", dpi=(DPI, DPI), optimize=True)
    return output.getvalue()


def _smooth(points: list[tuple[float, float]], *, samples: int) -> list[tuple[float, float]]:
    """A Catmull-Rom curve through the points."""
    padded = [points[0], *points, points[-1]]
    curve = []
    for before, start, end, after in zip(padded, padded[1:], padded[2:], padded[3:], strict=False):
        for step in range(samples):
            t = step / samples
            curve.append(
                (
                    _bend(before[0], start[0], end[0], after[0], t),
                    _bend(before[1], start[1], end[1], after[1], t),
                )
            )
    return curve


def _bend(before: float, start: float, end: float, after: float, t: float) -> float:
    slope_in, slope_out = (end - before) / 2, (after - start) / 2
    return (
        (2 * start - 2 * end + slope_in + slope_out) * t**3
        + (-3 * start + 3 * end - 2 * slope_in - slope_out) * t**2
        + slope_in * t
        + start
    )


def _ring(pen: ImageDraw.ImageDraw, size: int, radius: float, *, width: int) -> None:
    middle = size / 2
    pen.ellipse([middle - radius, middle - radius, middle + radius, middle + radius], outline=255, width=width)


def _rosette(pen: ImageDraw.ImageDraw, middle: float, radius: float) -> None:
    """Twelve plain leaves: no emblem of anybody."""
    for leaf in range(12):
        angle = math.pi * leaf / 6
        tip = (middle + radius * math.cos(angle), middle + radius * math.sin(angle))
        sides = [
            (middle + radius * 0.55 * math.cos(angle + turn), middle + radius * 0.55 * math.sin(angle + turn))
            for turn in (-0.16, 0.16)
        ]
        pen.polygon([(middle, middle), sides[0], tip, sides[1]], fill=255)


def _around(picture: Image.Image, text: str, font: Path, *, radius: float, height: float, top: bool) -> None:
    """Write text along a circle: over the top clockwise, or along the bottom so that it reads from outside."""
    letters = ImageFont.truetype(str(font), round(height))
    widths = [letters.getlength(letter) for letter in text]
    room = math.pi * radius * (1.25 if top else 0.55)
    stretch = min(1.25, room / sum(widths))
    if stretch < 1:
        letters = ImageFont.truetype(str(font), max(8, int(height * stretch)))
        widths = [letters.getlength(letter) for letter in text]
        stretch = 1.0
    middle = picture.width / 2
    angle = -sum(widths) * stretch / radius / 2
    for letter, width in zip(text, widths, strict=True):
        half = width * stretch / radius / 2
        angle += half
        tile = Image.new("L", (round(height * 3), round(height * 3)), 0)
        ImageDraw.Draw(tile).text((tile.width / 2, tile.height / 2), letter, fill=255, font=letters, anchor="mm")
        turn = -math.degrees(angle) if top else math.degrees(angle)
        tile = tile.rotate(turn, resample=Image.Resampling.BICUBIC)
        direction = -1 if top else 1
        x, y = middle + radius * math.sin(angle), middle + direction * radius * math.cos(angle)
        corner = round(x - tile.width / 2), round(y - tile.height / 2)
        picture.paste(255, (*corner, corner[0] + tile.width, corner[1] + tile.height), tile)
        angle += half

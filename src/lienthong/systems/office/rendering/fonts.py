"""The typeface of official paper: Tinos, as wide as Times New Roman, with all Vietnamese letters (OF-43, OF-44)."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from fontTools.ttLib import TTFont

FAMILY = "Tinos"


class FontsMissing(RuntimeError):
    """The font files were not built; the message says how to get them."""


@dataclass(frozen=True, slots=True)
class Face:
    """One of the four faces: its file, and the advance width of each letter in thousandths of the size."""

    name: str
    path: Path
    widths: dict[int, float]

    def width(self, text: str, size: float) -> float:
        """Width of a text in points; letters that the face lacks count nothing."""
        return sum(self.widths.get(ord(letter), 0.0) for letter in text) * size / 1000

    def lacks(self, text: str) -> list[str]:
        """The letters of a text that the face cannot print."""
        return sorted({letter for letter in text if ord(letter) not in self.widths})


@dataclass(frozen=True, slots=True)
class Faces:
    """The four faces of the family."""

    regular: Face
    bold: Face
    italic: Face
    bold_italic: Face

    def all(self) -> tuple[Face, ...]:
        """The four in a fixed order."""
        return (self.regular, self.bold, self.italic, self.bold_italic)


_STYLES = {"Regular": "regular", "Bold": "bold", "Italic": "italic", "Bold Italic": "bold_italic"}


@lru_cache
def load(folder: Path) -> Faces:
    """Read the four TTF files of the family below `folder`, whatever they are called. Raises FontsMissing."""
    found: dict[str, Face] = {}
    for path in sorted(folder.rglob("*.ttf")):
        with TTFont(path, lazy=True) as font:
            names = font["name"]
            style = _STYLES.get(names.getDebugName(2) or "")
            if names.getDebugName(1) != FAMILY or style is None:
                continue
            head: Any = font["head"]
            glyphs, advances = font.getBestCmap() or {}, font["hmtx"].metrics
            widths = {code: advances[glyph][0] * 1000 / head.unitsPerEm for code, glyph in glyphs.items()}
            found[style] = Face(style, path, widths)
    if missing := set(_STYLES.values()) - set(found):
        raise FontsMissing(
            f"Thiếu phông chữ {FAMILY} ({', '.join(sorted(missing))}) trong {folder}. Chạy `make setup` để lấy về."
        )
    return Faces(**found)


def default_folder() -> Path:
    """Where the built fonts lie: `fonts` beside the static files, in a checkout also the npm package itself."""
    from django.conf import settings

    built = Path(settings.ASSETS_DIR).parent / "fonts"
    if any(built.rglob(f"*{FAMILY}*.ttf")):
        return built
    return Path(settings.BASE_DIR) / "node_modules" / "@expo-google-fonts" / "tinos"


def wrap(text: str, face: Face, size: float, width: float) -> list[str]:
    """Break a centred text into the fewest lines no wider than `width` points, as even as possible."""
    words = text.split()
    if not words:
        return []
    fewest = _fill(words, face, size, width)
    low, high = 0.0, width
    for _ in range(12):
        middle = (low + high) / 2
        if len(_fill(words, face, size, middle)) > len(fewest):
            low = middle
        else:
            high = middle
    return _fill(words, face, size, high)


def _fill(words: list[str], face: Face, size: float, width: float) -> list[str]:
    lines = [words[0]]
    for word in words[1:]:
        longer = f"{lines[-1]} {word}"
        if face.width(longer, size) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines

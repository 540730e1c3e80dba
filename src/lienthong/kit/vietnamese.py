"""Vietnamese text: the border that every text crosses, keys for equality, search and order, dates and numbers.

Requirements CORE-35…44; letters, dates and numbers by NĐ 30/2020/NĐ-CP PL I, Unicode by TCVN 6909:2001.
Old encodings (TCVN3, VNI) are in `kit.legacy_text`.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Literal

INVISIBLE = frozenset(
    chr(code)
    for first, last in (
        (0x00AD, 0x00AD),
        (0x200B, 0x200F),
        (0x202A, 0x202E),
        (0x2060, 0x2064),
        (0x2066, 0x2069),
        (0xFEFF, 0xFEFF),
    )
    for code in range(first, last + 1)
)
"""Characters that nobody sees and that break equality (CORE-37)."""

DIEM_LETTERS = tuple("abcdđeghiklmnopqrstuvxy")
"""Letters that name a điểm: no f j w z, no ă â ê ô ơ ư (CORE-42; NĐ 30 PL I.II.6.đ; NĐ 78/2025/NĐ-CP)."""

_REMOVE_INVISIBLE = dict.fromkeys(map(ord, INVISIBLE))
# Spaces become one kind; control characters, which PostgreSQL, XML and PDF refuse, go; tab and line breaks stay.
_SPACES: dict[int, str | None] = {
    **{code: None for code in (*range(0x20), *range(0x7F, 0xA0)) if chr(code) not in "\t\n\r"},
    0x00A0: " ",
    0x2007: " ",
    0x202F: " ",
}
_BLANKS = re.compile(r"\s+")
# Most text holds none of these: one quick search spares it the slow way.
_HIDDEN = re.compile(f"[{re.escape(''.join(sorted(INVISIBLE)))}]")
_ODD = re.compile(f"[{re.escape(''.join(map(chr, _SPACES)))}]")
_COMBINING = re.compile("[\u0300-\u036f]")

# Combining marks: those that make another letter, and the five tones.
_BREVE, _CIRCUMFLEX, _HORN = "\u0306", "\u0302", "\u031b"
_TONES = {"\u0300": 1, "\u0309": 2, "\u0303": 3, "\u0301": 4, "\u0323": 5}  # huyền, hỏi, ngã, sắc, nặng
_LETTER_MARKS = _BREVE + _CIRCUMFLEX + _HORN
_D = str.maketrans("đĐðÐ", "dDdD")
_TONE_FIRST = re.compile(f"([aeouAEOU])([{''.join(_TONES)}])([{_LETTER_MARKS}])")


# --- the border -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A text after the border, and how many invisible characters it lost, for the report of an import (CORE-37)."""

    text: str
    removed: int


def border(text: str) -> str:
    """Text as it is stored: combining order repaired, NFC, one kind of space, no control characters, ends trimmed
    (CORE-35, CORE-36).

    Line breaks and inner runs of spaces stay: they may be meant. Signed or hashed content never passes here.
    """
    repaired = repair(text)
    return (repaired.translate(_SPACES) if _ODD.search(repaired) else repaired).strip()


def border_name(text: str) -> str:
    """A name, code or number as it is stored: `border`, no invisibles, inner spaces collapsed (CORE-35, CORE-37)."""
    return clean_name(text).text


def clean_name(text: str) -> Cleaned:
    """`border_name` with the count of removed invisible characters (CORE-37, V-TX-10)."""
    visible = text.translate(_REMOVE_INVISIBLE) if _HIDDEN.search(text) else text
    return Cleaned(_BLANKS.sub(" ", border(visible)).strip(), len(text) - len(visible))


def repair(text: str) -> str:
    """NFC in which a tone typed before the mark of its letter still gives the one letter (CORE-36, V-TX-1).

    Plain NFC leaves é + ◌̂ as it is: the two marks have one combining class, so their order is kept.
    """
    if text.isascii() or (_COMBINING.search(text) is None and unicodedata.is_normalized("NFC", text)):
        return text
    decomposed = unicodedata.normalize("NFD", text)
    return unicodedata.normalize("NFC", _TONE_FIRST.sub(r"\1\3\2", decomposed))


# --- keys -------------------------------------------------------------------------------------------------------------

# Open "oa", "oe", "uy" carry the tone on the first letter (old way) or on the second (new way); the key uses the old.
# "u" after "q" belongs to the consonant, and a final consonant leaves no choice: quý, hoàn, toán, thuở stay (V-TX-7).
_NEW_WAY = {
    first + toned: unicodedata.normalize("NFC", first + mark) + base
    for first, base in (("o", "a"), ("o", "e"), ("u", "y"), ("O", "A"), ("O", "E"), ("U", "Y"), ("O", "a"), ("U", "y"))
    for mark in _TONES
    for toned in (unicodedata.normalize("NFC", base + mark),)
}
_NEW_WAY_PAIR = re.compile(rf"(?<![qQ])(?:{'|'.join(_NEW_WAY)})(?![^\W\d_])")


def placement_key(text: str) -> str:
    """Text with the tone of open oa, oe, uy at one place, for equality only (CORE-39): hoà = hòa, tuỳ = tùy."""
    return _NEW_WAY_PAIR.sub(lambda pair: _NEW_WAY[pair[0]], repair(text))


def marked_key(text: str) -> str:
    """The key of a text with its marks: as `search_key`, but Đường and Dương stay apart (CORE-40).

    A query typed with marks ranks first the rows whose marked key holds its own.
    """
    return placement_key(border_name(text).lower())


def search_key(text: str) -> str:
    """The accent-blind key of a text: lower case, no marks, đ as d, one space (CORE-40, F-CORE-4, F-CORE-5)."""
    return strip_marks(marked_key(text))


def strip_marks(text: str) -> str:
    """Letters without marks, đ/Đ as d/D, which Unicode does not decompose (F-CORE-4); eth, its look-alike, likewise."""
    if text.isascii():
        return text
    decomposed = unicodedata.normalize("NFD", text)
    return "".join([c for c in decomposed if c < "\u0300" or not unicodedata.combining(c)]).translate(_D)


_ALPHABET = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
_WEIGHT = {letter: chr(ord("A") + place) for place, letter in enumerate(_ALPHABET)}
_SYLLABLE = re.compile(r"[^\W_]+")


def sort_key(text: str) -> str:
    """The key by which the database orders Vietnamese bytewise, ASCII only (CORE-41, F-CORE-6).

    Syllable by syllable as the dictionary does: first the letters a ă â b c d đ e ê …, then the tones ngang, huyền,
    hỏi, ngã, sắc, nặng, then the next syllable. Case and punctuation do not count; digits stand before letters, other
    scripts after them. Order by (sort_key, id) for one total order.
    """
    return "".join(map(_syllable_key, _SYLLABLE.findall(marked_key(text))))


def person_sort_key(name: str, *, by: Literal["tên", "họ"] = "tên") -> str:
    """The order of lists of persons: by tên, then họ, then đệm; or as the name is written, from the họ (CORE-41)."""
    parts = border_name(name).split(" ")
    if by == "họ" or len(parts) == 1:
        return sort_key(name)
    return sort_key(" ".join((parts[-1], *parts[:-1])))


@lru_cache(maxsize=16_384)
def _syllable_key(syllable: str) -> str:
    # "!" ends the letters and " " ends the tones: both are lower than any weight, so what is shorter comes first.
    letters: list[str] = []
    tones: list[str] = []
    for cluster in syllable:
        marks = unicodedata.normalize("NFD", cluster)
        base = "".join(m for m in marks if m not in _TONES)
        tones.extend(str(_TONES[m]) for m in marks if m in _TONES)
        letter = unicodedata.normalize("NFC", base)
        weight = _WEIGHT.get(letter) or _WEIGHT.get(strip_marks(letter))
        if weight is None:
            weight = letter if letter.isascii() else f"~{ord(letter[0]):06x}"
        letters.append(weight)
    return f"{''.join(letters)}!{''.join(tones)} "


def diem_letter(index: int) -> str:
    """The letter of the điểm at `index`, from 0 (CORE-42). Raises IndexError past y: the khoản must be divided."""
    if index < 0:
        raise IndexError(index)
    return DIEM_LETTERS[index]


# --- dates and numbers on paper and screen ----------------------------------------------------------------------------


def short_date(day: date) -> str:
    """dd/MM/yyyy (CORE-44)."""
    return f"{day.day:02}/{day.month:02}/{day.year:04}"


def issue_date_text(day: date, place: str = "") -> str:
    """The issue date of a document: "Hà Nội, ngày 05 tháng 01 năm 2020" (OF-33; NĐ 30 PL I.II.4.b).

    Days below 10 and months 1 and 2 have a leading zero, other months have none.
    """
    month = f"{day.month:02}" if day.month <= 2 else str(day.month)
    text = f"ngày {day.day:02} tháng {month} năm {day.year}"
    return f"{place}, {text}" if place else text


class AmbiguousNumber(ValueError):
    """A typed number that reads in two ways ("1.234"); the screen asks which is meant (CORE-44)."""

    def __init__(self, text: str, readings: tuple[Decimal, Decimal]) -> None:
        self.readings = readings
        super().__init__(
            f"Số “{text}” đọc được hai cách: {' hoặc '.join(map(format_number, readings))}. Nhập lại cho rõ."
        )


def format_number(value: int | Decimal, places: int | None = None) -> str:
    """A number in Vietnamese writing, 1.234.567,89 (CORE-44). `places` fixes the decimals, rounding half to even."""
    text = f"{value:,}" if places is None else f"{value:,.{places}f}"
    return text.translate(_SWAP)


def parse_number(text: str) -> Decimal:
    """A typed number, with comma or point as decimal mark where only one reading is possible (CORE-44).

    Raises AmbiguousNumber for one mark before three digits ("1.234", "1,234"), ValueError for what is no number.
    """
    match = _NUMBER.fullmatch(border_name(text).replace(" ", ""))
    if not match:
        raise ValueError(f"“{text}” không phải là số.")
    sign, body = match["sign"], match["body"]
    marks = [c for c in body if c in ".,"]
    if len(marks) == 1:
        whole, _, rest = body.partition(marks[0])
        if len(rest) == 3 and len(whole) <= 3 and whole[0] != "0":
            raise AmbiguousNumber(text, (Decimal(sign + whole + rest), Decimal(f"{sign}{whole}.{rest}")))
    if len(marks) == 1 or len(set(marks)) == 2:
        decimal_mark = marks[-1]
        whole, _, rest = body.partition(decimal_mark)
        group_mark = "." if decimal_mark == "," else ","
    else:
        whole, rest = body, ""
        group_mark = marks[0] if marks else "."
    if (rest and not rest.isdigit()) or not (whole.isdigit() or _GROUPED[group_mark].fullmatch(whole)):
        raise ValueError(f"“{text}” không phải là số: dấu phân cách đặt sai chỗ.")
    return Decimal(sign + whole.replace(group_mark, "") + (f".{rest}" if rest else ""))


_SWAP = str.maketrans(",.", ".,")
_NUMBER = re.compile(r"(?P<sign>[+-]?)(?P<body>[0-9][0-9.,]*)")
_GROUPED = {mark: re.compile(rf"[0-9]{{1,3}}(?:{re.escape(mark)}[0-9]{{3}})+") for mark in ".,"}

"""Old Vietnamese encodings TCVN3 (ABC) and VNI: detected with a score, previewed, never converted silently (CORE-38).

The text here is what a spreadsheet shows when such bytes were read as Windows-1252: `QuyÕt ®Þnh` for TCVN3,
`Vieät Nam` for VNI. Ask before `border_name`: TCVN3 writes ư as U+00AD, which the border removes as invisible.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from lienthong.kit.vietnamese import repair, strip_marks


class Encoding(StrEnum):
    """An encoding before Unicode."""

    TCVN3 = "TCVN3"
    VNI = "VNI"


@dataclass(frozen=True, slots=True)
class Detection:
    """Which encoding a text seems to have, None for "no conversion"; `score` from 0 to 1 is how sure (V-TX-5)."""

    encoding: Encoding | None
    score: float


@dataclass(frozen=True, slots=True)
class Doubt:
    """A letter whose case cannot be known: its place in the converted text, as converted, and the other reading."""

    index: int
    letter: str
    other: str


@dataclass(frozen=True, slots=True)
class Conversion:
    """A converted text, to be shown beside the original, with the letters that could not be recovered for sure."""

    original: str
    text: str
    doubts: tuple[Doubt, ...]


def detect(text: str) -> Detection:
    """How sure it is that a text is TCVN3 or VNI (CORE-38).

    Each word that holds a letter beyond ASCII is read as it stands and as converted; what counts is how many become
    Vietnamese syllables by the conversion. A text with letters that only Unicode has scores "no conversion".
    """
    if _ONLY_UNICODE.search(unicodedata.normalize("NFC", text)):
        return Detection(None, 0.0)
    words = [word for word in _WORD.findall(text) if not word.isascii()]
    if not words:
        return Detection(None, 0.0)
    as_it_stands = sum(map(_is_syllable, words))
    best = Detection(None, 0.0)
    for encoding in Encoding:
        gained = sum(_is_syllable(_converted(word, encoding)) for word in words) - as_it_stands
        score = gained / len(words)
        if score > max(best.score, _SURE):
            best = Detection(encoding, score)
    return best


def detect_column(values: Iterable[str]) -> Detection:
    """The same for a whole column of a spreadsheet, whose cells share one font."""
    return detect("\n".join(values))


def convert(text: str, encoding: Encoding) -> Conversion:
    """The text in Unicode, with its doubts (V-TX-3, V-TX-4).

    TCVN3 has no upper-case vowels with tones: a font of capitals shows lower-case bytes as capitals. Each such letter
    in a word that is otherwise in capitals is a doubt; its other reading is the capital.
    """
    converted = _converted(text, encoding)
    doubts = _lost_capitals(converted) if encoding is Encoding.TCVN3 else ()
    return Conversion(text, converted, doubts)


def preview(values: Sequence[str], encoding: Encoding) -> list[Conversion]:
    """Cells side by side with their conversion, for those that it changes."""
    return [made for made in (convert(value, encoding) for value in values) if made.text != made.original]


_SURE = 0.5
_ONLY_UNICODE = re.compile("[\u0102\u0103\u0110\u0111\u0128\u0129\u0168\u0169\u01a0\u01a1\u01af\u01b0\u1ea0-\u1ef9]")

# TCVN 5712:1993 VN3, byte by byte as Windows-1252 shows it.
_TCVN3 = dict(
    zip(
        "¡¢£¤¥¦§¨©ª«¬\u00ad®µ¶·¸¹»¼½¾ÆÇÈÉÊËÌÎÏÐÑÒÓÔÕÖ×ØÜÝÞßáâãäåæçèéêëìíîïñòóôõö÷øùúûüýþ",
        "ĂÂÊÔƠƯĐăâêôơưđàảãáạằẳẵắặầẩẫấậèẻẽéẹềểễếệìỉĩíịòỏõóọồổỗốộờởỡớợùủũúụừửữứựỳỷỹýỵ",
        strict=True,
    )
)

_VNI_ALONE = {"ì": "ì", "í": "í", "æ": "ỉ", "ó": "ĩ", "ò": "ị", "ô": "ơ", "ö": "ư", "î": "ỵ", "ñ": "đ"}
_VNI_TONES = {"ø": "\u0300", "ù": "\u0301", "û": "\u0309", "õ": "\u0303", "ï": "\u0323"}
_CIRCUMFLEX, _BREVE = "\u0302", "\u0306"
_VNI_WITH_CIRCUMFLEX = {"â": "", "à": "\u0300", "á": "\u0301", "å": "\u0309", "ã": "\u0303", "ä": "\u0323"}
_VNI_WITH_BREVE = {"ê": "", "è": "\u0300", "é": "\u0301", "ú": "\u0309", "ü": "\u0303", "ë": "\u0323"}


def _vni_pairs() -> dict[str, str]:
    """Letter and following mark as VNI writes them → one letter; capitals have capitals for marks."""
    spelled: dict[str, str] = {}
    for mark, tone in _VNI_TONES.items():
        for shown, letter in zip("aeouyôö", "aeouyơư", strict=True):
            spelled[shown + mark] = letter + tone
    for mark, tone in _VNI_WITH_CIRCUMFLEX.items():
        for letter in "aeo":
            spelled[letter + mark] = letter + _CIRCUMFLEX + tone
    for mark, tone in _VNI_WITH_BREVE.items():
        spelled["a" + mark] = "a" + _BREVE + tone
    spelled |= _VNI_ALONE
    pairs = {shown: repair(letter) for shown, letter in spelled.items()}
    pairs |= {shown.upper(): letter.upper() for shown, letter in pairs.items()}
    return pairs | {s[0].upper() + s[1:]: t.upper() for s, t in list(pairs.items()) if len(s) == 2 and s.islower()}


_VNI = _vni_pairs()
_VNI_PAIR = re.compile("|".join(sorted(map(re.escape, _VNI), key=len, reverse=True)))

# Old letters are shown as signs too ("®", "¬"): a word ends only at blanks, digits and signs of ASCII.
_WORD = re.compile(r"(?:[A-Za-z]|[^\x00-\x7f\s])+")


def _converted(text: str, encoding: Encoding) -> str:
    if encoding is Encoding.TCVN3:
        return "".join(_TCVN3.get(c, c) for c in text)
    return _VNI_PAIR.sub(lambda found: _VNI[found[0]], text)


def _lost_capitals(text: str) -> tuple[Doubt, ...]:
    doubts: list[Doubt] = []
    for word in re.finditer(r"[^\W\d_]+", text):
        plain = [c for c in word[0] if c.isascii()]
        if plain and all(c.isupper() for c in plain):
            doubts.extend(
                Doubt(word.start() + i, c, c.upper()) for i, c in enumerate(word[0]) if c.islower() and not c.isascii()
            )
    return tuple(doubts)


_ONSET = "(?:b|c|ch|d|đ|g|gh|gi|h|k|kh|l|m|n|ng|ngh|nh|p|ph|q|r|s|t|th|tr|v|x)?"
_NUCLEUS = (
    "(?:a|ă|â|e|ê|i|o|ô|ơ|u|ư|y|ia|iê|ya|yê|ua|uô|ưa|ươ|oa|oă|oe|oo|uâ|uê|uơ|uy|uya|uyê|ue|uă)"
    "(?:ch|c|i|m|ng|nh|n|o|p|t|u|y)?"
)
_SYLLABLE = re.compile(f"{_ONSET}{_NUCLEUS}")
_TONE_MARKS = "\u0300\u0301\u0303\u0309\u0323"


def _is_syllable(word: str) -> bool:
    """Whether a word is spelt as one Vietnamese syllable with at most one tone."""
    decomposed = unicodedata.normalize("NFD", word.lower())
    tones = sum(decomposed.count(mark) for mark in _TONE_MARKS)
    bare = unicodedata.normalize("NFC", "".join(c for c in decomposed if c not in _TONE_MARKS))
    return tones <= 1 and _SYLLABLE.fullmatch(bare) is not None and set(strip_marks(bare)) <= _LATIN


_LATIN = frozenset("abcdeghiklmnopqrstuvxy")

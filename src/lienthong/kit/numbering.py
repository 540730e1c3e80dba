"""Numbers of documents: the format of a series, and the keys by which numbers are found (CORE-43, CORE-51).

Drawing numbers without gaps needs the database and lives in `core`; here is only how a number is written and read.
"""

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from lienthong.kit.vietnamese import border_name, strip_marks

_FIELDS = {"{n}": "n", "{yyyy}": "year", "LOẠI": "kind", "CQ": "organ", "ĐƠNVỊ": "unit"}
_TOKEN = re.compile(r"\{n\}|\{yyyy\}|[{}]|[^\W_]+|[^\w{}]|_")
_SEPARATOR = re.compile(r"[/\-\s]+")


class Reset(StrEnum):
    """When a series starts again from 01: with the year, or with the term for Party papers (CORE-51)."""

    YEAR = "year"
    TERM = "term"


class BadFormat(ValueError):
    """The pattern of a series, or a value put into it, cannot give a number; the message is for the clerk."""


@dataclass(frozen=True, slots=True)
class DocumentNumber:
    """Số and ký hiệu of one document. `number` and `notation` are the two fields of the packet (EX table 1.3)."""

    text: str
    number: str
    notation: str


@dataclass(frozen=True, slots=True)
class SeriesFormat:
    """How a series writes its numbers: `{n}/LOẠI-CQ`, `{n}/CQ-ĐƠNVỊ`, `66.{n}/{yyyy}/NQ-CP`, `{n}-LOẠI/CQ` (CORE-51).

    `{n}` and `{yyyy}` are the number and the year; LOẠI, CQ and ĐƠNVỊ standing as words of their own are the
    abbreviations of type, issuing body and drafting unit; everything else is written as it stands. `pad` is the least
    count of digits of the number (2: numbers below 10 get a leading 0, NĐ 30 PL I.II.3). Raises BadFormat.
    """

    pattern: str
    pad: int

    def __post_init__(self) -> None:
        tokens = _TOKEN.findall(self.pattern)
        if border_name(self.pattern) != self.pattern or " " in self.pattern:
            raise BadFormat(f"Mẫu số “{self.pattern}” có dấu cách hoặc ký tự lạ.")
        if tokens.count("{n}") != 1:
            raise BadFormat(f"Mẫu số “{self.pattern}” phải có đúng một chỗ cho số, viết là {{n}}.")
        if {"{", "}"} & set(tokens):
            raise BadFormat(f"Mẫu số “{self.pattern}” chỉ nhận {{n}} và {{yyyy}} trong dấu ngoặc nhọn.")
        before, _, after = self.pattern.partition("{n}")
        if _SEPARATOR.search(before) or not _SEPARATOR.search(after):
            raise BadFormat(f"Mẫu số “{self.pattern}” phải có dấu / hoặc - sau số, không có ở trước.")
        if self.pad < 1:
            raise BadFormat("Số chữ số ít nhất là 1.")

    @property
    def needs(self) -> frozenset[str]:
        """Which values `render` must be given: any of kind, organ, unit."""
        found = {_FIELDS[token] for token in _TOKEN.findall(self.pattern) if token in _FIELDS}
        return frozenset(found - {"n", "year"})

    def render(self, n: int, day: date, *, kind: str = "", organ: str = "", unit: str = "") -> DocumentNumber:
        """Write number `n` of the issue date `day` (V-NUM-2): 5, QĐ, BNV → `05/QĐ-BNV`. Raises BadFormat."""
        if n < 1:
            raise BadFormat("Số văn bản bắt đầu từ 1.")
        values = {"n": f"{n:0{self.pad}}", "year": f"{day.year:04}", "kind": kind, "organ": organ, "unit": unit}
        for name in self.needs:
            values[name] = border_name(values[name])
            if not values[name]:
                raise BadFormat(f"Thiếu {_FIELD_WORDS[name]} để viết số theo mẫu “{self.pattern}”.")
            if " " in values[name]:
                raise BadFormat(f"{_FIELD_WORDS[name].capitalize()} “{values[name]}” không được có dấu cách.")
        text = "".join(values[_FIELDS[t]] if t in _FIELDS else t for t in _TOKEN.findall(self.pattern))
        number, notation = split_number(text)
        return DocumentNumber(text, number, notation)


_FIELD_WORDS = {"kind": "chữ viết tắt tên loại", "organ": "chữ viết tắt cơ quan", "unit": "chữ viết tắt đơn vị"}


def reset_period(reset: Reset, day: date, *, term: str = "") -> str:
    """The period within which numbers are unique and grow: the year of the local date, or the named term (CORE-46)."""
    if reset is Reset.YEAR:
        return f"{day.year:04}"
    if not term:
        raise BadFormat("Sổ đánh số theo nhiệm kỳ phải ghi rõ nhiệm kỳ.")
    return border_name(term)


def split_number(text: str) -> tuple[str, str]:
    """Số and ký hiệu of a written number, apart at the first `/` or `-`: `16/UBND-VX` → (`16`, `UBND-VX`)."""
    cut = re.search(r"[/\-]", text)
    return (text[: cut.start()], text[cut.end() :]) if cut else (text, "")


def number_key(text: str) -> str:
    """The stored key of a document number: upper case, no marks, đ as D, no spaces (CORE-43, F-CORE-26)."""
    return strip_marks(border_name(text)).upper().replace(" ", "")


@dataclass(frozen=True, slots=True)
class NumberQuery:
    """What somebody typed to find a number, as a pattern over stored keys (CORE-43).

    `regex` is POSIX as well as Python: the database applies it to the key column (`number_key ~ regex`), where a
    trigram index serves it. It matches anywhere in the key; it anchors itself where it must.
    """

    regex: str

    def matches(self, key: str) -> bool:
        """Whether a stored key is found."""
        return re.search(self.regex, key) is not None


def number_query(typed: str) -> NumberQuery | None:
    """Read a query for a number (V-NUM-1, V-NUM-3); None when it holds nothing to look for.

    `/`, `-` and space are one separator. A leading number, dots included, is a prefix of the row's number when alone
    and the whole of it when a separator follows; leading zeros do not count. The rest is a substring of year and
    notation.
    """
    text = strip_marks(border_name(typed)).upper()
    parts = [part for part in _SEPARATOR.split(text) if part]
    if not parts:
        return None
    if not parts[0][0].isdigit():
        return NumberQuery(_SEP.join(map(re.escape, parts)))
    number = rf"^0*{re.escape(parts[0].lstrip('0') or '0')}"
    if len(parts) > 1:
        return NumberQuery(f"{number}{_SEP}.*{_SEP.join(map(re.escape, parts[1:]))}")
    return NumberQuery(f"{number}{_SEP}" if _SEPARATOR.search(text) else number)


_SEP = "[-/]"

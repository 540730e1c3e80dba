"""The content of a document as structured JSON: its schema, its validator and its plain text (OF-19, OF-45, CORE-109).

Schema (version 1). A body is `{"version": 1, "blocks": [block, …]}`. A text is a list of runs; a run is a string or
`{"text": str, "bold": true, "italic": true, "underline": true}` (marks may be left out). Blocks, by `kind`:

- `paragraph`: `text`; optional `align` justify | left | center | right (default justify), `indent` (default true)
- `part`, `chapter`: Phần, Chương (Roman number), `title`
- `section`, `subsection`: Mục, Tiểu mục (Arabic number), `title`
- `article`: Điều (Arabic number), `title` (may be ""), `text` that follows on the same line (may be left out)
- `clause`: khoản (Arabic number), `title` (may be left out), `text`
- `point`: điểm (letter of CORE-42), `text`
- `list`: `style` dash | plus | number, `items`: list of texts
- `table`: `head`: rows of cells, `rows`: rows of cells, optional `widths`: shares of the width, `caption`: str;
  a cell is a text or `{"text": …, "align": …, "colspan": n, "rowspan": n, "bold": true}`
- `page_break`

Numbered blocks take their number by position unless `number` gives it ("4", "II", "đ").
Nothing else is accepted: unknown keys and kinds are faults, not ignored. Markup in a text is printed as typed.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from lienthong.kit.vietnamese import DIEM_LETTERS, INVISIBLE, diem_letter, repair

Block = dict[str, Any]

VERSION = 1
MAX_BLOCKS = 5_000
MAX_CHARACTERS = 2_000_000
MAX_CELLS = 20_000
ALIGNMENTS = frozenset({"justify", "left", "center", "right"})
LIST_STYLES = frozenset({"dash", "plus", "number"})
MARKS = ("bold", "italic", "underline")
_SPACES = {0x00A0: " ", 0x2007: " ", 0x202F: " ", 0x0009: " ", 0x000D: " ", 0x000A: " "}
_CONTROL = dict.fromkeys([*range(0x20), 0x7F, *map(ord, INVISIBLE)])
_CLEAN: dict[int, str | None] = {**_CONTROL, **_SPACES}
_ALLOWED: dict[str, frozenset[str]] = {
    "paragraph": frozenset({"text", "align", "indent"}),
    "part": frozenset({"number", "title"}),
    "chapter": frozenset({"number", "title"}),
    "section": frozenset({"number", "title"}),
    "subsection": frozenset({"number", "title"}),
    "article": frozenset({"number", "title", "text"}),
    "clause": frozenset({"number", "title", "text"}),
    "point": frozenset({"number", "text"}),
    "list": frozenset({"style", "items"}),
    "table": frozenset({"head", "rows", "widths", "caption"}),
    "page_break": frozenset(),
}
_REQUIRED: dict[str, tuple[str, ...]] = {
    "paragraph": ("text",),
    "part": ("title",),
    "chapter": ("title",),
    "section": ("title",),
    "subsection": ("title",),
    "article": (),
    "clause": (),
    "point": ("text",),
    "list": ("items",),
    "table": ("rows",),
    "page_break": (),
}


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a body: where (`blocks[3].text`) and a sentence for the drafter."""

    where: str
    message: str


class InvalidBody(ValueError):
    """The body does not follow the schema; `faults` lists everything that is wrong."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("; ".join(f"{fault.where}: {fault.message}" for fault in faults))
        self.faults = faults


def clean(body: object) -> dict[str, Any]:
    """A body as it is stored: validated against the schema, texts brought over the border (CORE-35, CORE-109).

    Empty runs are dropped, neighbouring runs with the same marks joined. Raises InvalidBody with all faults.
    """
    return _Cleaner().body(body)


class _Cleaner:
    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self.characters = 0
        self.cells = 0

    def fault(self, where: str, message: str) -> None:
        self.faults.append(Fault(where, message))

    def body(self, body: object) -> dict[str, Any]:
        if not isinstance(body, dict) or body.get("version") != VERSION or not isinstance(body.get("blocks"), list):
            raise InvalidBody([Fault("", "Nội dung phải có version 1 và danh sách blocks.")])
        if extra := set(body) - {"version", "blocks"}:
            self.fault("", f"Không nhận {', '.join(sorted(map(str, extra)))}.")
        if len(body["blocks"]) > MAX_BLOCKS:
            raise InvalidBody([Fault("blocks", f"Nội dung quá {MAX_BLOCKS} đoạn; hãy tách thành phụ lục.")])
        blocks = [self.block(f"blocks[{n}]", block) for n, block in enumerate(body["blocks"])]
        if self.characters > MAX_CHARACTERS:
            self.fault("blocks", f"Nội dung quá {MAX_CHARACTERS} chữ; hãy tách thành phụ lục.")
        if not self.faults:
            try:
                list(numbered(blocks))
            except IndexError:
                self.fault("blocks", "Một khoản có quá nhiều điểm (hết chữ cái); hãy tách khoản.")
        if self.faults:
            raise InvalidBody(self.faults)
        return {"version": VERSION, "blocks": blocks}

    def block(self, where: str, block: object) -> Block:
        kind = block.get("kind") if isinstance(block, dict) else None
        if not isinstance(block, dict) or not isinstance(kind, str) or kind not in _ALLOWED:
            self.fault(where, "Loại đoạn không có trong lược đồ.")
            return {}
        if extra := set(block) - _ALLOWED[kind] - {"kind"}:
            self.fault(where, f"Đoạn {kind} không nhận {', '.join(sorted(map(str, extra)))}.")
        for name in _REQUIRED[kind]:
            if name not in block:
                self.fault(f"{where}.{name}", "Thiếu.")
                return {}
        out: Block = {"kind": kind}
        for name in sorted(set(block) & _ALLOWED[kind]):
            reader: Callable[[str, object], Any] = getattr(self, f"_{name}")
            out[name] = (
                self._number(f"{where}.number", block["number"], kind)
                if name == "number"
                else reader(f"{where}.{name}", block[name])
            )
        return out

    # One reader a key of the schema.
    def _text(self, where: str, value: object) -> list[Any]:
        if isinstance(value, str):
            value = [value]
        if not isinstance(value, list):
            self.fault(where, "Phải là danh sách chữ.")
            return []
        runs: list[tuple[str, tuple[bool, ...]]] = []
        for n, run in enumerate(value):
            at = f"{where}[{n}]"
            if isinstance(run, str):
                text, marks = run, (False,) * len(MARKS)
            elif isinstance(run, dict) and isinstance(run.get("text"), str) and not set(run) - {"text", *MARKS}:
                text = run["text"]
                marks = tuple(bool(run.get(mark, False)) for mark in MARKS)
            else:
                self.fault(at, "Chữ không đúng lược đồ.")
                continue
            text = self.words(text)
            if text and runs and runs[-1][1] == marks:
                runs[-1] = (runs[-1][0] + text, marks)
            elif text:
                runs.append((text, marks))
        return [
            {"text": text, **{mark: True for mark, on in zip(MARKS, marks, strict=True) if on}} if any(marks) else text
            for text, marks in runs
        ]

    def words(self, text: str) -> str:
        cleaned = repair(text.translate(_CLEAN))
        self.characters += len(cleaned)
        return cleaned

    def _title(self, where: str, value: object) -> str:
        if not isinstance(value, str):
            self.fault(where, "Phải là chữ.")
            return ""
        return " ".join(self.words(value).split())

    _caption = _title

    def _number(self, where: str, value: object, kind: str) -> str:
        text = str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else ""
        if kind in {"part", "chapter"}:
            good = from_roman(text) is not None
            wanted = "chữ số La Mã"
        elif kind == "point":
            good = all(letter in DIEM_LETTERS for letter in text) and 0 < len(text) <= 2
            wanted = "một chữ cái theo thứ tự tiếng Việt (không có f, j, w, z)"
        else:
            good = text.rstrip("abcdđeghiklmnopqrstuvxy").isdigit() and len(text) <= 6
            wanted = "chữ số Ả Rập"
        if not good:
            self.fault(where, f"Số thứ tự phải là {wanted}.")
        return text

    def _align(self, where: str, value: object) -> str:
        if value not in ALIGNMENTS:
            self.fault(where, "Canh lề phải là justify, left, center hoặc right.")
        return str(value)

    def _indent(self, where: str, value: object) -> bool:
        if not isinstance(value, bool):
            self.fault(where, "Phải là true hoặc false.")
        return bool(value)

    def _style(self, where: str, value: object) -> str:
        if value not in LIST_STYLES:
            self.fault(where, "Kiểu danh sách phải là dash, plus hoặc number.")
        return str(value)

    def _items(self, where: str, value: object) -> list[Any]:
        if not isinstance(value, list) or not value:
            self.fault(where, "Danh sách phải có mục.")
            return []
        return [self._text(f"{where}[{n}]", item) for n, item in enumerate(value)]

    def _rows(self, where: str, value: object) -> list[list[Block]]:
        if not isinstance(value, list) or not all(isinstance(row, list) for row in value):
            self.fault(where, "Bảng phải là danh sách hàng, mỗi hàng là danh sách ô.")
            return []
        self.cells += sum(len(row) for row in value)
        if self.cells > MAX_CELLS:
            self.fault(where, f"Bảng quá {MAX_CELLS} ô; hãy đưa thành phụ lục dạng bảng tính.")
            return []
        return [[self.cell(f"{where}[{y}][{x}]", cell) for x, cell in enumerate(row)] for y, row in enumerate(value)]

    _head = _rows

    def cell(self, where: str, cell: object) -> Block:
        if not isinstance(cell, dict):
            return {"text": self._text(where, cell)}
        if extra := set(cell) - {"text", "align", "colspan", "rowspan", "bold"}:
            self.fault(where, f"Ô không nhận {', '.join(sorted(map(str, extra)))}.")
        out: Block = {"text": self._text(f"{where}.text", cell.get("text", []))}
        if "align" in cell:
            out["align"] = self._align(f"{where}.align", cell["align"])
        for name in ("colspan", "rowspan"):
            span = cell.get(name, 1)
            if not isinstance(span, int) or isinstance(span, bool) or not 1 <= span <= 50:
                self.fault(f"{where}.{name}", "Số ô gộp phải từ 1 đến 50.")
            elif span > 1:
                out[name] = span
        if cell.get("bold"):
            out["bold"] = True
        return out

    def _widths(self, where: str, value: object) -> list[float]:
        if (
            not isinstance(value, list)
            or not value
            or not all(isinstance(share, int | float) and not isinstance(share, bool) and share > 0 for share in value)
        ):
            self.fault(where, "Độ rộng cột phải là các số dương.")
            return []
        return [float(share) for share in value]


# --- numbers ----------------------------------------------------------------------------------------------------------

_ROMAN = ((100, "C"), (90, "XC"), (50, "L"), (40, "XL"), (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"))


def roman(n: int) -> str:
    """A number of Phần, Chương, Phụ lục in Roman digits (PL I.II.6)."""
    out = ""
    for value, digits in _ROMAN:
        count, n = divmod(n, value)
        out += digits * count
    return out


def from_roman(text: str) -> int | None:
    """The value of Roman digits written the one right way, up to 299; None for anything else."""
    return next((n for n in range(1, 300) if roman(n) == text), None) if text.isascii() else None


# A new block of the key starts the count of those listed anew: Điều run through the whole text.
_RESTARTS = {
    "part": ("chapter", "section", "subsection"),
    "chapter": ("section", "subsection"),
    "section": ("subsection",),
    "subsection": (),
    "article": ("clause", "point"),
    "clause": ("point",),
    "point": (),
}


def numbered(blocks: list[Block]) -> Iterator[tuple[Block, str]]:
    """Each block with its number, "" where it has none; numbers not given follow from position (OF-45)."""
    counts = dict.fromkeys(_RESTARTS, 0)
    for block in blocks:
        kind = block["kind"]
        if kind not in _RESTARTS:
            yield block, ""
            continue
        for inner in _RESTARTS[kind]:
            counts[inner] = 0
        given = str(block.get("number", ""))
        counts[kind] = _value(kind, given) if given else counts[kind] + 1
        yield block, given or _write(kind, counts[kind])


def _write(kind: str, n: int) -> str:
    if kind in {"part", "chapter"}:
        return roman(n)
    return diem_letter(n - 1) if kind == "point" else str(n)


def _value(kind: str, text: str) -> int:
    if kind in {"part", "chapter"}:
        return from_roman(text) or 0
    if kind == "point":
        return DIEM_LETTERS.index(text[0]) + 1
    return int("".join(filter(str.isdigit, text)))


# --- plain text -------------------------------------------------------------------------------------------------------

WORDS = {"part": "Phần", "chapter": "Chương", "section": "Mục", "subsection": "Tiểu mục", "article": "Điều"}


def run_text(text: list[Any]) -> str:
    """The characters of a text without its marks."""
    return "".join(run if isinstance(run, str) else run["text"] for run in text)


def lines(body: dict[str, Any]) -> list[str]:
    """A body as plain lines in reading order, numbers included: for search, for comparison of versions (OF-19)."""
    out: list[str] = []
    for block, number in numbered(body["blocks"]):
        kind, title, text = block["kind"], block.get("title", ""), run_text(block.get("text", []))
        if kind in {"part", "chapter", "section", "subsection"}:
            out += [f"{WORDS[kind]} {number}", title.upper()]
        elif kind == "article":
            out.append(" ".join(filter(None, (f"Điều {number}.", title, text))))
        elif kind == "clause":
            out.append(" ".join(filter(None, (f"{number}.", title, text))))
        elif kind == "point":
            out.append(f"{number}) {text}")
        elif kind == "list":
            out += [f"{list_mark(block, n)} {run_text(item)}" for n, item in enumerate(block["items"], 1)]
        elif kind == "table":
            out += filter(None, [block.get("caption", "")])
            out += [
                "\t".join(run_text(cell["text"]) for cell in row) for row in (*block.get("head", ()), *block["rows"])
            ]
        elif kind == "paragraph":
            out.append(text)
    return out


def list_mark(block: Block, n: int) -> str:
    """What stands before the n-th item of a list."""
    return {"plus": "+", "number": f"{n}."}.get(block.get("style", "dash"), "-")

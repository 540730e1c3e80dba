"""Tables of old registers, streamed row by row: CSV of any old encoding, XLSX unpacked in the sandbox (CORE-13, 109).

Imports nothing of the database: the sandbox's child loads this module too.
"""

import codecs
import csv
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from lienthong.core.files.sandbox import SandboxFailure, preload, run_limited
from lienthong.kit.tables import Unreadable

preload(__name__)

BLOCK = 1 << 20
SECONDS = 900
MOST_CELLS = 40
"""Columns beyond these are not read: a stray cell far to the right makes no table wider."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table that can be read again and again from its beginning; `lines` is about how many rows it has."""

    path: Path
    kind: str
    encoding: str = ""
    lines: int = 0

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """The rows with their number in the file, the heading being 1; blank ones are left out. Raises Unreadable."""
        for line, cells in self._raw():
            cells = cells[:MOST_CELLS]
            if any(cell.strip() for cell in cells):
                yield line, cells

    def _raw(self) -> Iterator[tuple[int, list[str]]]:
        if self.kind == "lines":
            with self.path.open(encoding="utf-8") as file:
                for number, text in enumerate(file, 1):
                    yield number, json.loads(text)
            return
        errors = "old_windows" if self.encoding == "cp1252" else "strict"
        with self.path.open(encoding=self.encoding, errors=errors, newline="") as file:
            head = file.readline()
            file.seek(0)
            delimiter = max((",", ";", "\t"), key=head.count)
            reader = csv.reader(file, delimiter=delimiter)
            try:
                for cells in reader:
                    yield reader.line_num, cells
            except (csv.Error, UnicodeError) as error:
                raise Unreadable(f"Tệp CSV hỏng ở quanh dòng {reader.line_num}.") from error


@contextmanager
def opened(path: Path, *, xlsx: bool) -> Iterator[Table]:
    """The table of a stored file; an XLSX is flattened once into a file of its own. Raises Unreadable."""
    if not xlsx:
        yield Table(path, "csv", _encoding(path), _count(path))
        return
    handle, name = tempfile.mkstemp(suffix=".jsonl")
    os.close(handle)
    flat = Path(name)
    try:
        lines = run_limited(
            f"{__name__}:flatten",
            str(path),
            name,
            seconds=SECONDS,
            cpu_seconds=SECONDS,
            memory_mb=1536,
            output_mb=1024,
        )
        yield Table(flat, "lines", lines=int(lines))
    except SandboxFailure as failure:
        raise Unreadable(f"Không đọc được tệp XLSX ({failure}).") from failure
    finally:
        flat.unlink(missing_ok=True)


def flatten(source: str, target: str) -> int:
    """The child's part: the first sheet of a workbook as lines of JSON; returns how many."""
    from openpyxl import load_workbook

    lines = 0
    # By the open file: the store's names have no ending, which openpyxl would ask for.
    with open(source, "rb") as file, open(target, "w", encoding="utf-8") as out:
        book = load_workbook(file, read_only=True, data_only=True)
        for row in book.worksheets[0].iter_rows(values_only=True, max_col=MOST_CELLS):
            out.write(json.dumps([_text(cell) for cell in row], ensure_ascii=False))
            out.write("\n")
            lines += 1
    return lines


def _text(cell: object) -> str:
    match cell:
        case None:
            return ""
        case datetime() | date():
            return f"{cell:%d/%m/%Y}"
        case float() if cell.is_integer():
            return str(int(cell))
        case _:
            return str(cell)


def _count(path: Path) -> int:
    with path.open("rb") as file:
        return sum(block.count(b"\n") for block in iter(lambda: file.read(BLOCK), b"")) + 1


def _encoding(path: Path) -> str:
    """UTF-8 or UTF-16 when the file says or reads as such; else the bytes as Windows shows them (CORE-38)."""
    with path.open("rb") as file:
        head = file.read(4)
        if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return "utf-16"
        file.seek(0)
        decoder = codecs.getincrementaldecoder("utf-8-sig")()
        try:
            for block in iter(lambda: file.read(BLOCK), b""):
                decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "cp1252"
    return "utf-8-sig"


def _as_latin(error: UnicodeError) -> tuple[str, int]:
    """Bytes that Windows-1252 leaves open stand for themselves, so that no byte of an old font is lost."""
    assert isinstance(error, UnicodeDecodeError)
    return error.object[error.start : error.end].decode("latin-1"), error.end


codecs.register_error("old_windows", _as_latin)

"""Reading tables of strangers: CSV and XLSX as rows of plain texts, with limits (CORE-13, CORE-109)."""

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator
from datetime import date, datetime

MOST_BYTES = 512 * 2**20
"""What the parts of an XLSX may come to when unpacked."""


class Unreadable(ValueError):
    """The file is no table that we read; the message says what to do."""


def read_table(name: str, content: bytes) -> list[list[str]]:
    """The rows of the first sheet, or of the CSV; every cell a text, dates as dd/mm/yyyy. Raises Unreadable."""
    rows = _xlsx(content) if name.lower().endswith(".xlsx") or content[:4] == b"PK\x03\x04" else _csv(content)
    return list(rows)


def _csv(content: bytes) -> Iterator[list[str]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unreadable(
            "Tệp CSV không phải Unicode (UTF-8). Mở bằng phần mềm bảng tính rồi lưu lại dạng “CSV UTF-8” hoặc XLSX."
        ) from error
    head = text.splitlines()[0] if text else ""
    delimiter = max((",", ";", "\t"), key=head.count)
    try:
        yield from csv.reader(io.StringIO(text), delimiter=delimiter, strict=True)
    except csv.Error as error:
        raise Unreadable(f"Tệp CSV hỏng ở quanh dấu ngoặc kép: {error}.") from error


def _xlsx(content: bytes) -> Iterator[list[str]]:
    from openpyxl import load_workbook

    try:
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            if sum(part.file_size for part in parts.infolist()) > MOST_BYTES:
                raise Unreadable("Tệp XLSX quá lớn khi giải nén.")
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        sheet = book.worksheets[0]
        for row in sheet.iter_rows(values_only=True):
            yield [_text(cell) for cell in row]
    except (zipfile.BadZipFile, KeyError, IndexError, OSError, ValueError) as error:
        if isinstance(error, Unreadable):
            raise
        raise Unreadable("Không đọc được tệp XLSX.") from error


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


def write_xlsx(rows: Iterable[Iterable[str]], widths: Iterable[int]) -> bytes:
    """A workbook of one sheet whose cells are all texts, so that codes keep their zeros; the first row is bold."""
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    book = Workbook(write_only=True)
    sheet = book.create_sheet("Đơn vị")
    for number, width in enumerate(widths, 1):
        sheet.column_dimensions[get_column_letter(number)].width = width
    for index, row in enumerate(rows):
        cells = []
        for value in row:
            cell = WriteOnlyCell(sheet, value=value)
            cell.number_format = "@"
            cell.data_type = "s"
            if index == 0:
                cell.font = Font(bold=True)
            cells.append(cell)
        sheet.append(cells)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()

"""Old documents and open work, judged row by row before one is written (CORE-13, CORE-37, CORE-38, CORE-106).

`judge` reads a table once: it counts what nobody sees, asks for old encodings, names every fault with its row, and
hands on the rows that hold. The dry run throws them away; the import writes them.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from lienthong.core.orgs.models import IssuingBody, Position, Unit
from lienthong.core.orgs.queries import current, holdings_at
from lienthong.kit import clock, legacy_text, vietnamese
from lienthong.kit.legacy_text import Encoding
from lienthong.kit.numbering import Reset
from lienthong.systems.office import types
from lienthong.systems.office.models import (
    BroughtAlong,
    HistoryLine,
    Line,
    OpeningBalance,
    Register,
    Series,
    SeriesCounter,
)
from lienthong.systems.office.sheets import Table

SHOWN = 300
"""So many faults, doubts and warnings a report lists; it counts all."""
SAMPLE = 3000
PREVIEWS = 5
BATCH = 1000
ISO_DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
VN_DATE = re.compile(r"(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{4})")
FIRST_NUMBER = re.compile(r"\d+(?:\.\d+)*")
Kind = BroughtAlong.Kind


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a template: its heading, what to write there, an example."""

    key: str
    head: str
    hint: str
    example: str = ""
    needed: bool = False
    longest: int = 2000
    day: bool = False


_CODE = Column("code", "Số, ký hiệu", "Như ghi trên văn bản.", "15/QĐ-STN", longest=100)
_ISSUED = Column("issued_on", "Ngày tháng văn bản", "dd/mm/yyyy.", "05/03/2024", day=True)
_TYPE = Column("type", "Tên loại", "Tên loại hoặc chữ viết tắt.", "Quyết định", needed=True, longest=200)
_SUBJECT = Column("subject", "Trích yếu", "Như ghi trong sổ.", "Về việc kiện toàn Ban Chỉ đạo", needed=True)
_SIGNER = Column("signer", "Người ký", "Họ tên như ghi.", "Nguyễn Văn Mẫu", longest=200)
_SCAN = Column("scan", "Tên tệp quét", "Tên tệp trong gói ZIP bản quét, nếu có.", "2024/15-QD-STN.pdf", longest=300)
_NOTE = Column("note", "Ghi chú", "", "")
_NUMBER = Column("number", "Số đến", "Như ghi trong sổ.", "128", needed=True, longest=30)

COLUMNS: dict[str, tuple[Column, ...]] = {
    Kind.OUTGOING: (
        Column("code", "Số, ký hiệu", "Như ghi trên văn bản.", "15/QĐ-STN", needed=True, longest=100),
        Column("issued_on", "Ngày tháng văn bản", "dd/mm/yyyy.", "05/03/2024", needed=True, day=True),
        _TYPE,
        _SUBJECT,
        _SIGNER,
        Column("receivers", "Nơi nhận", "Như ghi trong sổ.", "Các phòng thuộc Sở; Lưu: VT"),
        Column("unit", "Đơn vị soạn thảo", "Tên hoặc chữ viết tắt.", "Văn phòng", longest=300),
        Column("copies", "Số lượng bản", "", "12", longest=20),
        Column("body", "Chủ thể ban hành", "Để trống thì lấy chủ thể mặc định.", "", longest=300),
        _SCAN,
        _NOTE,
    ),
    Kind.INCOMING: (
        Column("arrival_on", "Ngày đến", "dd/mm/yyyy.", "06/03/2024", needed=True, day=True),
        _NUMBER,
        Column("sender", "Tác giả", "Cơ quan ban hành, như ghi.", "Bộ Thử nghiệm Một", needed=True, longest=500),
        _CODE,
        _ISSUED,
        _TYPE,
        _SUBJECT,
        Column("unit", "Đơn vị hoặc người nhận", "Như ghi trong sổ.", "Phòng Tổng hợp", longest=300),
        _SIGNER,
        _SCAN,
        _NOTE,
    ),
    Kind.WORK: (
        _NUMBER,
        Column("year", "Năm", "Năm của sổ đến cũ.", "2024", needed=True, longest=4),
        Column("unit", "Đơn vị chủ trì", "Tên hoặc chữ viết tắt của đơn vị.", "Văn phòng", needed=True, longest=300),
        Column("person", "Người giải quyết", "Tên đăng nhập hoặc họ tên; để trống thì lãnh đạo đơn vị phân công."),
        Column("task", "Nội dung giao", "Việc phải làm.", "Tham mưu văn bản trả lời", needed=True),
        Column("due_on", "Thời hạn", "Hạn đúng như đã giao, kể cả đã quá.", "30/11/2026", needed=True, day=True),
    ),
}


@dataclass(slots=True)
class Row:
    """A row that holds: its number in the file, its columns as written, and what they were found to mean."""

    line: int
    text: dict[str, str]
    days: dict[str, date] = field(default_factory=dict)
    type_code: str = ""
    type_name: str = ""
    body: IssuingBody | None = None
    unit_id: UUID | None = None
    position_id: UUID | None = None
    series: Series | None = None
    year: int = 0
    number: str = ""
    place: int | None = None
    document: UUID | None = None


@dataclass(slots=True)
class Report:
    """What reading a table found; lists are cut at SHOWN, counts are whole."""

    rows: int = 0
    fault_count: int = 0
    faults: list[dict[str, Any]] = field(default_factory=list)
    warnings: list[dict[str, Any]] = field(default_factory=list)
    invisible: Counter[str] = field(default_factory=Counter)
    doubt_count: int = 0
    doubts: list[dict[str, Any]] = field(default_factory=list)
    columns: list[dict[str, Any]] = field(default_factory=list)

    @property
    def asks(self) -> bool:
        """Whether a column looks like an old encoding and nobody said yet what to do with it."""
        return any(column["detected"] and column["chosen"] is None for column in self.columns)

    def fault(self, line: int, column: str, message: str) -> None:
        """One fault more."""
        self.fault_count += 1
        if len(self.faults) < SHOWN:
            self.faults.append({"row": line, "column": column, "message": message})

    def warn(self, line: int, column: str, message: str) -> None:
        """Something to look at that stops nothing."""
        if len(self.warnings) < SHOWN:
            self.warnings.append({"row": line, "column": column, "message": message})

    def plain(self) -> dict[str, Any]:
        """As JSON, for the screen and the record."""
        return {
            "rows": self.rows,
            "fault_count": self.fault_count,
            "faults": self.faults,
            "warnings": self.warnings,
            "invisible": dict(self.invisible),
            "doubt_count": self.doubt_count,
            "doubts": self.doubts,
            "columns": self.columns,
        }


def judge(
    table: Table,
    brought: BroughtAlong,
    report: Report,
    *,
    scans: frozenset[str] | None = None,
    progress: Callable[[int], None] | None = None,
) -> Iterator[Row]:
    """The rows that hold, in order; everything else goes into the report. Raises Unreadable."""
    lines = table.rows()
    heading = next(lines, None)
    if heading is None:
        report.fault(1, "", "Tệp không có dòng nào.")
        return
    places = _places(heading[1], brought.kind, report)
    if report.fault_count:
        return
    chosen = {key: Encoding(name) if name else None for key, name in brought.encodings.items()}
    samples: dict[str, list[str]] = {key: [] for key in places}
    meaning = _MEANINGS[brought.kind](brought, report, scans)
    for line, cells in lines:
        report.rows += 1
        if progress is not None and report.rows % BATCH == 0:
            progress(line)
        text = {}
        for key, (place, column) in places.items():
            raw = cells[place] if place < len(cells) else ""
            if raw and not raw.isascii() and (len(samples[key]) < SAMPLE):
                samples[key].append(raw)
            text[key] = _clean(raw, chosen.get(key), line, column, report)
        before = report.fault_count
        row = Row(line, text)
        _days_and_lengths(row, places, report)
        if report.fault_count == before:
            meaning.read(row)
        if report.fault_count == before:
            yield row
    if not report.rows:
        report.fault(1, "", "Tệp chỉ có dòng tiêu đề, chưa có dữ liệu.")
    report.columns = [
        _column(column, samples[key], brought.encodings, key) for key, (_, column) in places.items() if samples[key]
    ]


def _places(cells: list[str], kind: str, report: Report) -> dict[str, tuple[int, Column]]:
    """Where each column stands; headings are read in Unicode or in an old encoding."""
    known = {vietnamese.search_key(column.head): column for column in COLUMNS[kind]}
    places: dict[str, tuple[int, Column]] = {}
    for place, cell in enumerate(cells):
        readings = [cell, *(legacy_text.convert(cell, encoding).text for encoding in Encoding)]
        column = next((known[key] for key in map(vietnamese.search_key, readings) if key in known), None)
        if column is None:
            if cell.strip():
                report.warn(1, vietnamese.border_name(cell), "Cột này không có trong mẫu nên không nhập.")
        elif column.key in places:
            report.fault(1, column.head, "Có hai cột cùng tên.")
        else:
            places[column.key] = (place, column)
    for column in COLUMNS[kind]:
        if column.needed and column.key not in places:
            report.fault(1, column.head, "Thiếu cột này. Tải mẫu về và giữ nguyên dòng tiêu đề.")
    return places


def _clean(raw: str, encoding: Encoding | None, line: int, column: Column, report: Report) -> str:
    """A cell over the border: converted only when a person chose so; invisible characters counted (CORE-35..38)."""
    if not raw:
        return ""
    if encoding is not None:
        made = legacy_text.convert(raw, encoding)
        raw = made.text
        report.doubt_count += len(made.doubts)
        for doubt in made.doubts:
            if len(report.doubts) < SHOWN:
                report.doubts.append(
                    {"row": line, "column": column.head, "letter": doubt.letter, "other": doubt.other, "text": raw}
                )
    cleaned = vietnamese.clean_name(raw)
    if cleaned.removed:
        report.invisible[column.head] += cleaned.removed
    return cleaned.text


def _column(column: Column, samples: list[str], encodings: dict[str, str], key: str) -> dict[str, Any]:
    """What a column seems to be written in, side by side with its conversion."""
    found = legacy_text.detect_column(samples)
    chosen = encodings.get(key)
    shown = (Encoding(chosen) if chosen else None) or found.encoding
    return {
        "key": key,
        "head": column.head,
        "detected": found.encoding.value if found.encoding else "",
        "score": round(found.score, 2),
        "chosen": chosen,
        "preview": [
            {"before": made.original, "after": made.text} for made in legacy_text.preview(samples, shown)[:PREVIEWS]
        ]
        if shown
        else [],
    }


def _days_and_lengths(row: Row, places: dict[str, tuple[int, Column]], report: Report) -> None:
    today = clock.local_date()
    for key, (_, column) in places.items():
        text = row.text[key]
        if not text:
            if column.needed:
                report.fault(row.line, column.head, "Ô này còn trống.")
        elif column.day:
            day = read_day(text)
            if day is None:
                report.fault(row.line, column.head, f"“{text}” không phải ngày; viết dd/mm/yyyy.")
            elif key != "due_on" and day > today:
                report.fault(row.line, column.head, f"Ngày {day:%d/%m/%Y} sau hôm nay.")
            else:
                row.days[key] = day
        elif len(text) > column.longest:
            report.fault(row.line, column.head, f"Dài {len(text)} ký tự, tối đa {column.longest}.")


def read_day(text: str) -> date | None:
    """A date as people write it: 5/3/2024, 05-03-2024, 2024-03-05."""
    try:
        if found := VN_DATE.fullmatch(text):
            return date(int(found[3]), int(found[2]), int(found[1]))
        if found := ISO_DATE.fullmatch(text):
            return date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        pass
    return None


def place_of(number: str) -> int | None:
    """The running number inside a written one: 15/QĐ-STN → 15, 66.22/2026/NQ-CP → 22, 12a → 12."""
    found = FIRST_NUMBER.match(number)
    place = int(found[0].rpartition(".")[2]) if found else None
    return place if place is not None and place < 2**31 else None


class _Units:
    """The units of an agency by name, short name and abbreviation."""

    def __init__(self, agency_id: UUID) -> None:
        ids = Unit.objects.filter(agency_id=agency_id).values_list("pk", flat=True)
        self.by_key: dict[str, UUID] = {}
        for ident, version in current(ids).items():
            for name in (version.official_name, version.short_name, version.abbreviation):
                if name:
                    self.by_key.setdefault(vietnamese.marked_key(name), ident)

    def find(self, text: str) -> UUID | None:
        return self.by_key.get(vietnamese.marked_key(text))


class Limits:
    """Up to which number old documents go in a series and year: what the system numbers itself is its own (V-NUM-6).

    In a year that the series runs (or may still run) here, only what lies below a confirmed balance is old.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[UUID, int], int | None] = {}

    def most(self, series: Series | None, year: int) -> int | None:
        """The largest old number; None where the series never runs here."""
        if series is None or series.reset != Reset.YEAR:
            return None
        key = (series.pk, year)
        if key not in self._known:
            self._known[key] = self._ask(series, year)
        return self._known[key]

    def _ask(self, series: Series, year: int) -> int | None:
        period = str(year)
        balance = OpeningBalance.objects.filter(series=series, period=period, state="confirmed").first()
        if balance is not None:
            return balance.last
        runs = year >= clock.local_date().year or SeriesCounter.objects.filter(series=series, period=period).exists()
        return 0 if runs else None


class _Old:
    """What documents of both directions share: the line in the old book, unique and below the live numbers."""

    def __init__(self, brought: BroughtAlong, report: Report, scans: frozenset[str] | None) -> None:
        self.brought, self.report, self.scans = brought, report, scans
        self.register: Register = brought.register
        self.limits = Limits()
        rows = HistoryLine.objects.filter(register=self.register, source=brought.source)
        self.present = set(rows.values_list("year", "number").iterator(chunk_size=5000))
        self.seen: dict[tuple[int, str], int] = {}
        self.types: dict[str, tuple[str, str]] = {}
        for kind in types.by_code().values():
            named = kind.name.removesuffix(" (cá biệt)")
            for name in (kind.name, named, kind.abbreviation):
                if name:
                    # Abbreviations keep their marks and case: DA is not ĐA (OF-41).
                    self.types.setdefault(name, (kind.code, named))
                    if name is not kind.abbreviation:
                        self.types.setdefault(vietnamese.marked_key(name), (kind.code, named))

    def type_of(self, text: str) -> tuple[str, str] | None:
        return self.types.get(text) or self.types.get(vietnamese.marked_key(text))

    def place(self, row: Row, column: str) -> None:
        """Check the line in the old book: not there yet, not twice in the file, not a number of the live series."""
        key = (row.year, row.number)
        if key in self.present:
            self.report.fault(row.line, column, f"Số {row.number} năm {row.year} đã nhập từ nguồn này.")
        elif (first := self.seen.setdefault(key, row.line)) != row.line:
            self.report.fault(row.line, column, f"Số {row.number} năm {row.year} đã có ở dòng {first}.")
        row.place = place_of(row.number)
        most = self.limits.most(row.series, row.year)
        if most is None:
            return
        if row.place is None:
            self.report.fault(row.line, column, f"“{row.number}” không bắt đầu bằng số; năm {row.year} sổ đang chạy.")
        elif row.place > most:
            words = f"số cuối sổ trước là {most}" if most else "chưa có số cuối sổ trước được xác nhận"
            self.report.fault(
                row.line, column, f"Số {row.place}/{row.year} thuộc dãy số đang chạy trên hệ thống ({words})."
            )

    def scan(self, row: Row) -> None:
        name = row.text.get("scan", "")
        if not name:
            return
        if self.scans is None:
            self.report.warn(row.line, _SCAN.head, f"Không kèm gói bản quét nên không gắn tệp “{name}”.")
        elif scan_key(name) not in self.scans:
            self.report.fault(row.line, _SCAN.head, f"Không có tệp “{name}” trong gói bản quét.")


def scan_key(name: str) -> str:
    """How a scan is named in the table and in the archive alike."""
    return vietnamese.border_name(name).replace("\\", "/").strip("/").casefold()


class _OldOutgoing(_Old):
    def __init__(self, brought: BroughtAlong, report: Report, scans: frozenset[str] | None) -> None:
        super().__init__(brought, report, scans)
        bodies = list(IssuingBody.objects.filter(agency_id=brought.agency_id).order_by("valid"))
        self.bodies: dict[str, IssuingBody] = {}
        for body in bodies:
            for name in (body.name, body.abbreviation):
                self.bodies[vietnamese.marked_key(name)] = body
        self.default = next((body for body in reversed(bodies) if body.default), bodies[-1] if bodies else None)
        self.series = {
            (row.issuing_body_id, row.type_code): row for row in Series.objects.filter(register=self.register)
        }
        self.units = _Units(brought.agency_id)

    def read(self, row: Row) -> None:
        """Fill in what the columns mean."""
        found = self.type_of(row.text["type"])
        if found is None:
            self.report.fault(row.line, _TYPE.head, f"Không có loại văn bản “{row.text['type']}”.")
            return
        row.type_code, row.type_name = found
        named = row.text.get("body", "")
        row.body = self.bodies.get(vietnamese.marked_key(named)) if named else self.default
        if row.body is None:
            self.report.fault(row.line, "Chủ thể ban hành", f"Cơ quan không có chủ thể ban hành “{named}”.")
            return
        unit = row.text.get("unit", "")
        row.unit_id = self.units.find(unit) if unit else None
        line_id = row.body.line_id
        row.series = self.series.get((line_id, row.type_code)) or self.series.get((line_id, ""))
        row.year, row.number = row.days["issued_on"].year, row.text["code"]
        self.place(row, "Số, ký hiệu")
        self.scan(row)


class _OldIncoming(_Old):
    def __init__(self, brought: BroughtAlong, report: Report, scans: frozenset[str] | None) -> None:
        super().__init__(brought, report, scans)
        self.series = Series.objects.filter(register=self.register).first()

    def read(self, row: Row) -> None:
        """Fill in what the columns mean."""
        found = self.type_of(row.text["type"])
        row.type_code, row.type_name = found or ("", row.text["type"])
        row.series = self.series
        row.year, row.number = row.days["arrival_on"].year, row.text["number"]
        self.place(row, _NUMBER.head)
        self.scan(row)


class _Work:
    """Open work: a line for a unit or a person, with its true deadline, that points to an old incoming document."""

    def __init__(self, brought: BroughtAlong, report: Report, _scans: frozenset[str] | None) -> None:
        self.report = report
        self.units = _Units(brought.agency_id)
        rows = HistoryLine.objects.filter(register=brought.register)
        self.documents: dict[tuple[int, str], list[UUID]] = {}
        for year, number, document in rows.values_list("year", "number", "document").iterator(chunk_size=5000):
            self.documents.setdefault((year, number.lstrip("0")), []).append(document)
        taken = Line.objects.filter(agency_id=brought.agency_id, role=Line.Role.LEAD, state__in=Line.OPEN)
        self.taken = set(taken.values_list("document_id", flat=True))
        self.people: dict[tuple[UUID, str], list[Position]] = {}
        holders = holdings_at().filter(position__unit__agency_id=brought.agency_id)
        for held in holders:
            for name in (held.person.username, held.person.full_name):
                key = (held.position.unit_id, vietnamese.marked_key(name))
                self.people.setdefault(key, []).append(held.position)

    def read(self, row: Row) -> None:
        """Fill in what the columns mean."""
        report = self.report
        if not row.text["year"].isdecimal():
            report.fault(row.line, "Năm", f"“{row.text['year']}” không phải năm.")
            return
        row.year, row.number = int(row.text["year"]), row.text["number"]
        found = self.documents.get((row.year, row.number.lstrip("0")), [])
        if not found:
            report.fault(
                row.line, _NUMBER.head, f"Chưa nhập văn bản đến số {row.number} năm {row.year}; nhập sổ cũ trước."
            )
        elif len(found) > 1:
            report.fault(row.line, _NUMBER.head, f"Có {len(found)} văn bản cũ cùng số {row.number} năm {row.year}.")
        elif found[0] in self.taken:
            report.fault(row.line, _NUMBER.head, f"Số {row.number} năm {row.year} đã có việc đang mở.")
        else:
            row.document = found[0]
            self.taken.add(found[0])
        row.unit_id = self.units.find(row.text["unit"])
        if row.unit_id is None:
            report.fault(row.line, "Đơn vị chủ trì", f"Cơ quan không có đơn vị “{row.text['unit']}”.")
            return
        if person := row.text.get("person", ""):
            posts = {post.pk: post for post in self.people.get((row.unit_id, vietnamese.marked_key(person)), [])}
            if len(posts) != 1:
                words = "không giữ vị trí nào" if not posts else "giữ nhiều vị trí"
                report.fault(row.line, "Người giải quyết", f"“{person}” {words} trong đơn vị này.")
            else:
                row.position_id = next(iter(posts))


_MEANINGS: dict[str, Callable[[BroughtAlong, Report, frozenset[str] | None], _OldOutgoing | _OldIncoming | _Work]] = {
    Kind.OUTGOING: _OldOutgoing,
    Kind.INCOMING: _OldIncoming,
    Kind.WORK: _Work,
}

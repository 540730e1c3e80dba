"""Import of units: every row judged before one is written (CORE-13, CORE-37, CORE-38, F-CORE-1, F-CORE-2).

`check` finds all faults with row numbers; `load` writes a table without faults, whole or not at all.
"""

import uuid
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Model
from psycopg import sql

from lienthong.core.orgs import codes
from lienthong.core.orgs.models import LineageEvent, LineageLink, Unit, UnitCode, UnitVersion, code_key
from lienthong.kit import clock, legacy_text, vietnamese
from lienthong.kit.org_codes import Shape, guess

SHOWN = 500
"""How many faults and warnings a report lists; it counts all."""
SAMPLE = 2000


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the template: its heading, what to write there, an example."""

    key: str
    head: str
    hint: str
    example: str = ""
    width: int = 20


COLUMNS = (
    Column("code", "Mã định danh", "Bắt buộc. Mỗi mã một đơn vị.", "X55.01"),
    Column("scheme", "Hệ mã", "Để trống thì hệ thống đoán: QD20, QCVN102, QD20-ENT, QD20-OTHER, LEGACY.", "QD20", 12),
    Column("name", "Tên chính thức", "Bắt buộc, viết đủ.", "Sở Thử nghiệm", 50),
    Column("short_name", "Tên gọi tắt", "", "Sở TN"),
    Column("abbreviation", "Chữ viết tắt", "Dùng trong ký hiệu văn bản.", "STN", 14),
    Column("kind", "Loại", "Tên loại như trên màn hình thêm đơn vị.", "Sở, ban, ngành"),
    Column("parent", "Mã cơ quan cấp trên", "Mã trong tệp này hoặc trong danh bạ.", "X55"),
    Column("place", "Địa danh", "", "Thử nghiệm"),
    Column("address", "Địa chỉ", "", "Số 1, đường Thử nghiệm", 40),
    Column("old_code", "Mã cũ", "Mã QCVN 102:2016 hoặc mã khác còn dùng.", "000.00.01.X55"),
    Column("start", "Hiệu lực từ", "dd/mm/yyyy; để trống thì lấy ngày chung của lần nạp.", "01/07/2025", 14),
)
HEADS = {vietnamese.search_key(column.head): column for column in COLUMNS}


@dataclass(slots=True)
class Row:
    """A row of the file, cleaned; `line` is its number in the file, the heading being 1."""

    line: int
    code: str = ""
    scheme: str = ""
    name: str = ""
    short_name: str = ""
    abbreviation: str = ""
    kind: str = ""
    parent: str = ""
    place: str = ""
    address: str = ""
    old_code: str = ""
    start: date | None = None
    # The keys by which names and codes are compared, worked out once.
    name_key: str = ""
    code_key: str = ""
    old_key: str = ""
    parent_key: str = ""


@dataclass(slots=True)
class Report:
    """What the dry run found: faults and warnings {row, column, message}, invisible characters by column."""

    rows: list[Row] = field(default_factory=list)
    faults: list[dict[str, Any]] = field(default_factory=list)
    warnings: list[dict[str, Any]] = field(default_factory=list)
    invisible: Counter[str] = field(default_factory=Counter)
    fault_count: int = 0

    def fault(self, line: int, column: str, message: str) -> None:
        """Note what must be mended before anything is loaded."""
        self.fault_count += 1
        if len(self.faults) < SHOWN:
            self.faults.append({"row": line, "column": column, "message": message})

    def warn(self, line: int, column: str, message: str) -> None:
        """Note what somebody should look at."""
        if len(self.warnings) < SHOWN:
            self.warnings.append({"row": line, "column": column, "message": message})


def check(table: Sequence[Sequence[str]], *, effective: date, agency_id: UUID | None) -> Report:
    """Judge a whole table without writing; the heading is its first row that is not empty (CORE-13)."""
    report = Report()
    lines = [(number, list(cells)) for number, cells in enumerate(table, 1) if any(cell.strip() for cell in cells)]
    if not lines:
        report.fault(1, "", "Tệp không có dòng nào.")
        return report
    columns = _heading(report, *lines[0])
    if report.fault_count:
        return report
    kinds = _kinds()
    shapes: dict[date, tuple[Shape, ...]] = {}
    for number, cells in lines[1:]:
        report.rows.append(_row(report, columns, number, cells, kinds, effective, shapes))
    if not report.rows:
        report.fault(2, "", "Tệp chỉ có dòng tiêu đề; nhập dữ liệu từ dòng 2.")
    _legacy_letters(report)
    _twice_in_file(report)
    _against_directory(report, agency_id)
    return report


def _heading(report: Report, line: int, cells: Sequence[str]) -> dict[int, Column]:
    columns: dict[int, Column] = {}
    for index, cell in enumerate(cells):
        column = HEADS.get(vietnamese.search_key(cell))
        if column is not None:
            columns[index] = column
        elif cell.strip():
            report.warn(line, cell.strip(), "Cột lạ, không nạp.")
    present = {column.key for column in columns.values()}
    for column in COLUMNS:
        if column.key in {"code", "name"} and column.key not in present:
            report.fault(line, column.head, f"Thiếu cột “{column.head}”. Tải tệp mẫu để xem tên các cột.")
    return columns


def _kinds() -> dict[str, str]:
    kinds: dict[str, str] = {}
    for value, label in UnitVersion.Kind.choices:
        kinds |= {value: value, str(label): value, vietnamese.search_key(str(label)): value}
    return kinds


def _row(
    report: Report,
    columns: dict[int, Column],
    line: int,
    cells: Sequence[str],
    kinds: dict[str, str],
    effective: date,
    shapes: dict[date, tuple[Shape, ...]],
) -> Row:
    values: dict[str, str] = {}
    for index, column in columns.items():
        raw = cells[index] if index < len(cells) else ""
        if not raw:
            continue
        cleaned = vietnamese.clean_name(raw)
        if cleaned.removed:
            report.invisible[column.head] += cleaned.removed
        values[column.key] = cleaned.text
    row = Row(line=line, start=effective)
    for key in ("name", "short_name", "abbreviation", "parent", "place", "address"):
        setattr(row, key, values.get(key, ""))
    row.code, row.old_code = values.get("code", "").replace(" ", ""), values.get("old_code", "").replace(" ", "")
    if not row.name:
        report.fault(line, "Tên chính thức", "Thiếu tên.")
    row.name_key = vietnamese.marked_key(row.name)
    row.code_key, row.old_key, row.parent_key = code_key(row.code), code_key(row.old_code), code_key(row.parent)
    word = values.get("kind", "")
    row.kind = (kinds.get(word) or kinds.get(vietnamese.search_key(word), "")) if word else UnitVersion.Kind.OTHER
    if not row.kind:
        report.fault(line, "Loại", f"Không có loại “{word}”.")
    if text := values.get("start", ""):
        row.start = _day(text)
        if row.start is None:
            report.fault(line, "Hiệu lực từ", f"“{text}” không phải ngày dd/mm/yyyy.")
    on = row.start or effective
    known = shapes.setdefault(on, codes.shapes(on)) if on not in shapes else shapes[on]
    row.scheme = values.get("scheme", "").upper() or guess(row.code, known)
    _code_faults(report, row, known)
    longest = 50
    if len(row.abbreviation) > longest:
        report.fault(line, "Chữ viết tắt", f"Dài tối đa {longest} ký tự.")
    return row


def _code_faults(report: Report, row: Row, shapes: Iterable[Shape]) -> None:
    if not row.code:
        report.fault(row.line, "Mã định danh", "Thiếu mã.")
        return
    shape = next((each for each in shapes if each.scheme == row.scheme), None)
    if shape is None:
        report.fault(row.line, "Hệ mã", f"Không có hệ mã “{row.scheme}”.")
    elif not shape.fits(row.code):
        report.fault(row.line, "Mã định danh", f"Mã “{row.code}” không đúng dạng của hệ mã {row.scheme}.")
    elif row.scheme == UnitCode.Scheme.QD20_OTHER:
        fault = codes.fault(row.code, row.scheme, row.start or clock.local_date(), confirmed=True)
        if fault:
            report.fault(row.line, "Mã định danh", fault)


def _day(text: str) -> date | None:
    try:
        day, month, year = (int(part) for part in text.split("/"))
        return date(year, month, day)
    except ValueError:
        return None


def _legacy_letters(report: Report) -> None:
    """Old encodings are detected and told, never converted silently (CORE-38, F-CORE-7)."""
    found = legacy_text.detect_column([row.name for row in report.rows[:SAMPLE]])
    if found.encoding is not None:
        line = report.rows[0].line
        report.fault(
            line,
            "Tên chính thức",
            f"Chữ trong cột có vẻ theo bảng mã cũ {found.encoding}; chuyển sang Unicode rồi nạp lại.",
        )


def _twice_in_file(report: Report) -> None:
    """One code, one unit; one name below one superior, whatever its spelling: both rows are shown (F-CORE-1)."""
    by_code: dict[str, Row] = {}
    by_name: dict[tuple[str, str], Row] = {}
    for row in report.rows:
        for key, text, column in (
            (row.code_key, row.code, "Mã định danh"),
            (row.old_key, row.old_code, "Mã cũ"),
        ):
            if not key:
                continue
            other = by_code.setdefault(key, row)
            if other is not row:
                report.fault(row.line, column, f"Mã “{text}” ({row.name}) trùng với dòng {other.line} ({other.name}).")
            elif column == "Mã cũ" and key == row.code_key:
                report.fault(row.line, column, "Mã cũ trùng với mã định danh của chính dòng này.")
        if row.name_key:
            same = by_name.setdefault((row.name_key, row.parent_key), row)
            if same is not row:
                report.fault(
                    row.line, "Tên chính thức", f"“{row.name}” trùng tên với dòng {same.line} (“{same.name}”)."
                )


def _against_directory(report: Report, agency_id: UUID | None) -> None:
    """The same against what is registered; superiors must be found, in the file or in the directory."""
    own = {row.code_key for row in report.rows}
    keys = own | {row.old_key for row in report.rows if row.old_key}
    parents = {row.parent_key for row in report.rows if row.parent_key}
    known: dict[str, list[UnitCode]] = {}
    wanted = keys | parents
    for code in UnitCode.objects.filter(code_key__in=wanted, recorded__upper_inf=True).select_related("unit"):
        known.setdefault(code.code_key, []).append(code)
    names = _names({code.unit_id for rows in known.values() for code in rows})
    for row in report.rows:
        for key, text in ((row.code_key, row.code), (row.old_key, row.old_code)):
            for taken in known.get(key, []) if key else []:
                if taken.valid.upper is None or row.start is None or taken.valid.upper > row.start:
                    name = names.get(taken.unit_id, "")
                    report.fault(
                        row.line,
                        "Mã định danh",
                        f"Mã “{text}” ({row.name}) đã có trong danh bạ: “{taken.code}” của {name}.",
                    )
        _parent_fault(report, row, known, own, agency_id)
    _same_names(report, known)


def _parent_fault(
    report: Report, row: Row, known: dict[str, list[UnitCode]], own: set[str], agency_id: UUID | None
) -> None:
    key = row.parent_key
    if not key:
        if agency_id is not None:
            report.fault(row.line, "Mã cơ quan cấp trên", "Đơn vị của cơ quan phải có đơn vị cấp trên.")
        return
    if key == row.code_key:
        report.fault(row.line, "Mã cơ quan cấp trên", "Đơn vị không thể là cấp trên của chính nó.")
        return
    if key in own:
        return
    found = known.get(key)
    if not found:
        report.fault(row.line, "Mã cơ quan cấp trên", f"Không có mã “{row.parent}” trong tệp và trong danh bạ.")
    elif agency_id is not None and found[0].unit.agency_id != agency_id:
        report.fault(row.line, "Mã cơ quan cấp trên", f"Đơn vị có mã “{row.parent}” không thuộc cơ quan.")


def _same_names(report: Report, known: dict[str, list[UnitCode]]) -> None:
    """A name that a unit below the same superior bears already, also in another spelling."""
    parents = {key: rows[0].unit_id for key, rows in known.items()}
    wanted = {parents[row.parent_key] for row in report.rows if row.parent_key in parents}
    rows = UnitVersion.objects.filter(parent_id__in=wanted, recorded__upper_inf=True, valid__upper_inf=True)
    living = {(vietnamese.marked_key(version.official_name), version.parent_id): version for version in rows}
    for row in report.rows:
        found = living.get((row.name_key, parents.get(row.parent_key)))
        if found is not None:
            report.fault(
                row.line,
                "Tên chính thức",
                f"“{row.name}” đã có trong danh bạ dưới cùng cấp trên (“{found.official_name}”).",
            )


def _names(ids: set[UUID]) -> dict[UUID, str]:
    rows = UnitVersion.objects.filter(unit_id__in=ids, recorded__upper_inf=True).order_by("valid__startswith")
    return dict(rows.values_list("unit_id", "official_name"))


def load(rows: Sequence[Row], *, instrument: str, effective: date, agency_id: UUID | None, by: str) -> int:
    """Write the units of a table without faults, in the caller's transaction; returns how many (CORE-13).

    By COPY, with ids that grow: a hundred thousand rows go in within seconds beside the traffic.
    """
    now = clock.now()
    ids = dict(zip((row.code_key for row in rows), _ids(len(rows)), strict=True))
    outside = {row.parent_key for row in rows if row.parent_key} - ids.keys()
    registered = UnitCode.objects.filter(code_key__in=outside, recorded__upper_inf=True)
    parents: dict[str, UUID] = {**ids, **dict(registered.values_list("code_key", "unit_id"))}
    event = LineageEvent.objects.create(
        kind=LineageEvent.Kind.CREATE, instrument=instrument, effective=effective, recorded_at=now, by=by
    )
    _copy(Unit, ("id", "agency_id", "created_at", "version"), ((ident, agency_id, now, 1) for ident in ids.values()))
    recorded = f"[{now.isoformat()},)"
    shared = ("valid", "recorded", "event_id")
    _copy(
        UnitVersion,
        ("id", "unit_id", *_TEXTS, "kind", "parent_id", "contacts", "header_lines", "sort_key", "search_key", *shared),
        (
            (
                version,
                ids[row.code_key],
                *(getattr(row, _SAME.get(name, name)) for name in _TEXTS),
                row.kind,
                parents[row.parent_key] if row.parent_key else None,
                "{}",
                "[]",
                vietnamese.sort_key(row.name),
                vietnamese.search_key(f"{row.name} {row.short_name} {row.abbreviation}"),
                _since(row, effective),
                recorded,
                event.pk,
            )
            for version, row in zip(_ids(len(rows)), rows, strict=True)
        ),
    )
    given = [(row, row.code, row.code_key, row.scheme, True) for row in rows]
    given += [
        (row, row.old_code, row.old_key, codes.guessed(row.old_code, row.start) or UnitCode.Scheme.LEGACY, False)
        for row in rows
        if row.old_code
    ]
    _copy(
        UnitCode,
        ("id", "unit_id", "scheme", "code", "code_key", "primary", "source", *shared),
        (
            (
                ident,
                ids[row.code_key],
                scheme,
                text,
                key,
                primary,
                instrument,
                _since(row, effective),
                recorded,
                event.pk,
            )
            for ident, (row, text, key, scheme, primary) in zip(_ids(len(given)), given, strict=True)
        ),
    )
    columns = ("event_id", "predecessor_id", "successor_id", "primary")
    _copy(LineageLink, columns, ((event.pk, None, ident, True) for ident in ids.values()))
    return len(rows)


_TEXTS = ("official_name", "short_name", "abbreviation", "address", "place")
_SAME = {"official_name": "name"}


def _since(row: Row, effective: date) -> str:
    return f"[{(row.start or effective).isoformat()},)"


def _ids(count: int) -> Iterator[UUID]:
    """Fresh ids that grow by one: what is written in one go lies together in the indexes."""
    base = uuid.uuid4().int >> 32 << 32
    return (uuid.UUID(int=base + n) for n in range(count))


def _copy(model: type[Model], columns: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> None:
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(model._meta.db_table), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    with connection.cursor() as cursor, cursor.copy(statement) as target:
        for row in rows:
            target.write_row(row)

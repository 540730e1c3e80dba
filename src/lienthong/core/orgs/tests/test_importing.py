"""Import of units: every fault with its row, all or nothing (CORE-13, CORE-37, F-CORE-1, F-CORE-2)."""

import io
from datetime import date
from typing import Any

import pytest
from openpyxl import load_workbook

from lienthong.contracts.actor import system_actor
from lienthong.core.actions.errors import Conflict, Invalid
from lienthong.core.orgs import importing
from lienthong.core.orgs.actions import imports
from lienthong.core.orgs.models import Unit, UnitCode, UnitImport, UnitVersion
from lienthong.core.orgs.queries import resolve
from lienthong.core.orgs.tests.world import BEGIN, make, node
from lienthong.kit.tables import Unreadable, read_table, write_xlsx

pytestmark = pytest.mark.django_db
HOUSE = system_actor("orgs")
HEAD = ["Mã định danh", "Tên chính thức", "Loại", "Mã cơ quan cấp trên", "Hiệu lực từ"]
GOOD = [HEAD, ["X55", "Tỉnh Thử nghiệm", "", "", ""], ["X55.01", "Sở Một", "Sở, ban, ngành", "X55", "01/07/2025"]]


def check(*rows: list[str]) -> importing.Report:
    return importing.check([HEAD, *rows], effective=BEGIN, agency_id=None)


def messages(report: importing.Report) -> list[tuple[int, str]]:
    return [(fault["row"], fault["column"]) for fault in report.faults]


def begin(table: list[list[str]]) -> UnitImport:
    row = imports.begin(
        by=node(), name="don-vi.csv", content=b"x", instrument="Danh sách thử nghiệm", effective=date(2026, 1, 1)
    )
    imports.check(by=HOUSE, target=row, table=table)
    return row


def test_core_13_a_good_file_is_loaded_whole_after_approval() -> None:
    """CORE-13: the dry run writes nothing; after approval all rows stand, with parents, kinds and days."""
    row = begin(GOOD)
    assert (row.state, row.rows, row.fault_count) == (UnitImport.State.READY, 2, 0)
    assert Unit.objects.count() == 0
    imports.approve(by=node(), target=row)
    assert imports.load(by=HOUSE, target=row, table=GOOD) == 2
    found = resolve("X55.01", grace_days=0)
    assert found.version is not None
    assert found.version.kind == UnitVersion.Kind.DEPARTMENT
    assert found.version.valid.lower == date(2025, 7, 1)
    above = resolve("X55", grace_days=0)
    assert found.version.parent_id == above.unit_id
    with pytest.raises(Conflict):
        imports.load(by=HOUSE, target=row, table=GOOD)


def test_core_13_one_fault_refuses_the_whole_file() -> None:
    """CORE-13: faults name row and column; nothing is loaded while one stands."""
    table = [*GOOD, ["X55.02", "", "Loại lạ", "X99", "31/02/2026"], ["khong dung", "Sở Ba", "", "", ""]]
    row = begin(table)
    assert row.state == UnitImport.State.FAULTY
    assert [(fault["row"], fault["column"]) for fault in row.faults] == [
        (4, "Tên chính thức"),
        (4, "Loại"),
        (4, "Hiệu lực từ"),
        (4, "Mã cơ quan cấp trên"),
    ]
    with pytest.raises(Conflict):
        imports.approve(by=node(), target=row)
    assert Unit.objects.count() == 0


def test_core_13_what_changed_since_the_dry_run_refuses_the_load() -> None:
    """CORE-3, CORE-13: a code that somebody took meanwhile stops the whole load and is told."""
    row = begin(GOOD)
    imports.approve(by=node(), target=row)
    make("Đến trước", "X55.01")
    assert imports.load(by=HOUSE, target=row, table=GOOD) == 0
    assert row.state == UnitImport.State.FAULTY
    assert not resolve("X55", grace_days=0).known


def test_f_core_1_one_code_under_two_spellings_of_a_name_shows_both_rows() -> None:
    """F-CORE-1, CORE-3: within the file and against the directory, however the code is spelt."""
    report = check(["X55", "Huyện Hòa Bến", "", "", ""], ["x55\ufeff", "Huyện Hoà Bến", "", "", ""])
    codes = [fault["message"] for fault in report.faults if fault["column"] == "Mã định danh"]
    assert codes == ["Mã “x55” (Huyện Hoà Bến) trùng với dòng 2 (Huyện Hòa Bến)."]
    names = [fault["message"] for fault in report.faults if fault["column"] == "Tên chính thức"]
    assert names == ["“Huyện Hoà Bến” trùng tên với dòng 2 (“Huyện Hòa Bến”)."]
    make("Huyện Hòa Bến", "X55")
    (fault,) = check(["x55", "Huyện Hoà Bến", "", "", ""]).faults
    assert "“X55” của Huyện Hòa Bến" in fault["message"]
    assert fault["row"] == 2


def test_f_core_1_a_name_below_the_same_superior_is_taken_in_any_spelling() -> None:
    """F-CORE-1: tone placement makes no other unit; below another superior the name is free."""
    above = make("Tỉnh", "X55")
    make("Sở Hòa giải", parent=above)
    assert messages(check(["X55.09", "Sở Hoà giải", "", "X55", ""])) == [(2, "Tên chính thức")]
    assert messages(check(["X56", "Tỉnh Khác", "", "", ""], ["X56.09", "Sở Hoà giải", "", "X56", ""])) == []


def test_f_core_2_core_37_invisible_characters_are_removed_and_counted_by_column() -> None:
    """F-CORE-2, CORE-37, V-TX-10: the count stands in the report, the clean text in the directory."""
    name = "huyện\u200b\u200b Bến"
    report = check(["X55\ufeff", name, "", "", ""])
    assert report.invisible == {"Mã định danh": 1, "Tên chính thức": 2}
    assert (report.rows[0].code, report.rows[0].name) == ("X55", "huyện Bến")
    assert report.fault_count == 0


def test_core_37_the_file_is_kept_as_it_came() -> None:
    """CORE-37: the original bytes stay in the record of the import, and nobody changes them."""
    content = "Mã định danh,Tên chính thức\nX55,huyện\u200b Bến\n".encode()
    row = imports.begin(by=node(), name="goc.csv", content=content, instrument="Nguồn", effective=BEGIN)
    assert bytes(UnitImport.objects.get(pk=row.pk).original) == content


def test_core_38_old_encodings_are_told_and_not_converted() -> None:
    """CORE-38, F-CORE-7: a column in TCVN3 is refused with its name, never loaded as mojibake."""
    report = check(["X55", "QuyÕt ®Þnh §æi míi", "", "", ""])
    assert [fault["column"] for fault in report.faults] == ["Tên chính thức"]
    assert "TCVN3" in report.faults[0]["message"]


@pytest.mark.parametrize("given", [{"name": "a.pdf"}, {"content": b""}, {"instrument": " "}])
def test_what_is_no_file_of_units_is_refused(given: dict[str, Any]) -> None:
    asked = {"name": "a.csv", "content": b"x", "instrument": "Nguồn", **given}
    with pytest.raises(Invalid):
        imports.begin(by=node(), effective=BEGIN, **asked)


def test_core_13_the_template_is_read_back_from_both_kinds_of_file() -> None:
    """CORE-13: the XLSX template keeps codes as text; CSV with comma, semicolon and BOM reads the same."""
    rows = [[c.head for c in importing.COLUMNS], [c.example for c in importing.COLUMNS]]
    book = write_xlsx(rows, [c.width for c in importing.COLUMNS])
    assert read_table("mau.xlsx", book) == rows
    assert load_workbook(io.BytesIO(book)).active["A2"].number_format == "@"  # type: ignore[index]
    for mark in (",", ";"):
        text = "\ufeff" + "\n".join(mark.join(f'"{cell}"' for cell in row) for row in rows)
        assert read_table("mau.csv", text.encode()) == rows
    for name, content in (("a.xlsx", b"PK\x03\x04 khong phai"), ("a.csv", "Sở".encode("cp1258", "ignore") + b"\xff")):
        with pytest.raises(Unreadable):
            read_table(name, content)


def test_core_4_an_old_code_in_the_file_resolves_too() -> None:
    """CORE-4: the column of the old code gives a second code of the unit."""
    table = [["Mã định danh", "Tên chính thức", "Mã cũ"], ["X55.01", "Sở Một", "000.00.01.X55"]]
    row = begin(table)
    imports.approve(by=node(), target=row)
    imports.load(by=HOUSE, target=row, table=table)
    assert resolve("000.00.01.X55", grace_days=0).unit_id == resolve("X55.01", grace_days=0).unit_id
    assert set(UnitCode.objects.values_list("scheme", flat=True)) == {"QD20", "QCVN102"}

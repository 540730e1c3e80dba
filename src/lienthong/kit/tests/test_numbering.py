"""Formats of series and the search of numbers (CORE-43, CORE-46, CORE-51, OF-30)."""

from datetime import date

import pytest

from lienthong.kit.numbering import (
    BadFormat,
    DocumentNumber,
    Reset,
    SeriesFormat,
    number_key,
    number_query,
    reset_period,
    split_number,
)

NAMED = SeriesFormat("{n}/LOẠI-CQ", 2)
LETTER = SeriesFormat("{n}/CQ-ĐƠNVỊ", 2)
DAY = date(2026, 9, 30)


@pytest.mark.parametrize(
    ("form", "n", "values", "text"),
    [
        (NAMED, 5, {"kind": "QĐ", "organ": "BNV"}, "05/QĐ-BNV"),
        (LETTER, 12, {"organ": "UBND", "unit": "VX"}, "12/UBND-VX"),
        (NAMED, 15, {"kind": "QĐ", "organ": "BNV"}, "15/QĐ-BNV"),
        (LETTER, 5, {"organ": "BNV", "unit": "VP"}, "05/BNV-VP"),
        (NAMED, 7, {"kind": "TTr", "organ": "XTN"}, "07/TTr-XTN"),
        (NAMED, 120, {"kind": "CĐ", "organ": "XTN"}, "120/CĐ-XTN"),
        (NAMED, 1, {"kind": "TB", "organ": "XTN"}, "01/TB-XTN"),
        (NAMED, 1, {"kind": "NQ", "organ": "CP"}, "01/NQ-CP"),
        (SeriesFormat("66.{n}/{yyyy}/NQ-CP", 2), 22, {}, "66.22/2026/NQ-CP"),
        (SeriesFormat("{n}/{yyyy}/LOẠI-CQ", 2), 9, {"kind": "NĐ", "organ": "CP"}, "09/2026/NĐ-CP"),
        (SeriesFormat("{n}-LOẠI/CQ", 2), 18, {"kind": "KL", "organ": "TW"}, "18-KL/TW"),
    ],
    ids=["V-NUM-2a", "V-NUM-2b", "V-NO-1", "V-NO-2", "V-NO-3", "V-NO-4", "V-NO-6", "V-NO-7", "prefix", "QPPL", "Party"],
)
def test_written_numbers(form: SeriesFormat, n: int, values: dict[str, str], text: str) -> None:
    """V-NUM-2, V-NO-1, V-NO-2, V-NO-3, V-NO-4, V-NO-6, F-OF-12; V-NO-7 as far as writing goes."""
    assert form.render(n, DAY, **values).text == text


def test_number_and_notation_apart() -> None:
    """CORE-51 with the packet's CodeNumber and CodeNotation: `16` + `UBND-VX`."""
    assert LETTER.render(16, DAY, organ="UBND", unit="VX") == DocumentNumber("16/UBND-VX", "16", "UBND-VX")
    assert split_number("66.22/2026/NQ-CP") == ("66.22", "2026/NQ-CP")
    assert split_number("18") == ("18", "")


@pytest.mark.parametrize("pattern", ["", "LOẠI-CQ", "{n}{n}/CQ", "{n} /CQ", "{m}/{n}/CQ", "{n}CQ", "CQ-{n}/LOẠI"])
def test_patterns_that_give_no_number_are_refused(pattern: str) -> None:
    """CORE-51"""
    with pytest.raises(BadFormat):
        SeriesFormat(pattern, 2)


def test_missing_or_broken_values_are_refused() -> None:
    """CORE-51"""
    with pytest.raises(BadFormat, match="Thiếu chữ viết tắt đơn vị"):
        LETTER.render(1, DAY, organ="UBND")
    with pytest.raises(BadFormat, match="dấu cách"):
        LETTER.render(1, DAY, organ="UB ND", unit="VX")
    with pytest.raises(BadFormat):
        LETTER.render(0, DAY, organ="UBND", unit="VX")
    with pytest.raises(BadFormat):
        SeriesFormat("{n}/CQ", 0)


def test_period_of_reset() -> None:
    """CORE-46, CORE-51"""
    assert reset_period(Reset.YEAR, date(2026, 12, 31)) == "2026"
    assert reset_period(Reset.YEAR, date(2027, 1, 1)) == "2027"
    assert reset_period(Reset.TERM, DAY, term="XIV") == "XIV"
    with pytest.raises(BadFormat):
        reset_period(Reset.TERM, DAY)


def _finds(typed: str, written: str) -> bool:
    query = number_query(typed)
    assert query is not None
    return query.matches(number_key(written))


@pytest.mark.parametrize(
    "typed", ["7816/vpcp-ttdt", "7816/VPCP-TTĐT", "7816 / VPCP - TTĐT", "7816", "vpcp-ttdt", "781", "7816 ttdt"]
)
def test_v_num_1_found(typed: str) -> None:
    """V-NUM-1, F-CORE-26"""
    assert _finds(typed, "7816/VPCP-TTĐT")
    assert number_key("7816 / VPCP - TTĐT") == number_key("7816/vpcp-ttdt") == "7816/VPCP-TTDT"


@pytest.mark.parametrize("typed", ["816/VPCP", "816", "781/vpcp", "781/", "7816/VP-TTDT"])
def test_v_num_1_not_found(typed: str) -> None:
    """V-NUM-1"""
    assert not _finds(typed, "7816/VPCP-TTĐT")


def test_v_num_3_number_is_one_token() -> None:
    """V-NUM-3"""
    assert _finds("66.22", "66.22/2026/NQ-CP")
    assert _finds("66.22/2026", "66.22/2026/NQ-CP")
    assert not _finds("22/2026", "66.22/2026/NQ-CP")
    assert not _finds("66122", "66.22/2026/NQ-CP")
    assert _finds("18-kl/tw", "18-KL/TW")
    assert _finds("18 KL TW", "18-KL/TW")


def test_number_query_details() -> None:
    """CORE-43, F-CORE-26"""
    assert _finds("12/QĐ-TTg", "12/QĐ-TTg")
    assert _finds("5/qđ-bnv", "05/QĐ-BNV")
    assert not _finds("12/QĐ-TTg", "112/QĐ-TTg")
    assert number_query(" / - ") is None
    assert _finds("qd(ttg", "12/QD(TTG")

"""Vietnamese text: border, keys, order, dates, numbers (CORE-35…44)."""

import unicodedata
from datetime import date
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lienthong.kit.vietnamese import (
    DIEM_LETTERS,
    INVISIBLE,
    AmbiguousNumber,
    border,
    border_name,
    clean_name,
    diem_letter,
    format_number,
    issue_date_text,
    marked_key,
    parse_number,
    person_sort_key,
    placement_key,
    repair,
    search_key,
    short_date,
    sort_key,
)

VIETNAMESE = "aàảãáạăằẳẵắặâầẩẫấậbcdđeèẻẽéẹêềểễếệghiìỉĩíịklmnoòỏõóọôồổỗốộơờởỡớợpqrstuùủũúụưừửữứựvxyỳỷỹýỵ"


@pytest.mark.parametrize("typed", ["e\u0323\u0302", "e\u0302\u0323", "ê\u0323", "ẹ\u0302"])
def test_v_tx_1_combining_order(typed: str) -> None:
    """V-TX-1"""
    assert border(typed) == "\u1ec7"


@pytest.mark.parametrize("letter", [c for c in VIETNAMESE + VIETNAMESE.upper() if not c.isascii()])
def test_every_letter_is_repaired_in_any_order_of_marks(letter: str) -> None:
    """CORE-36: each Vietnamese letter, its marks typed in either order, becomes the one precomposed letter."""
    base, *marks = unicodedata.normalize("NFD", letter)
    assert repair(base + "".join(marks)) == letter
    assert repair(base + "".join(reversed(marks))) == letter
    for mark in marks:
        half = unicodedata.normalize("NFC", base + mark)
        assert repair(half + "".join(m for m in marks if m != mark)) == letter


def test_v_tx_2_both_forms_equal_after_the_border() -> None:
    """V-TX-2"""
    nfc, nfd = unicodedata.normalize("NFC", "Nguyễn"), unicodedata.normalize("NFD", "Nguyễn")
    assert (len(nfc), len(nfd)) == (6, 8)
    assert border(nfc) == border(nfd) == nfc


def test_v_tx_9_file_name_typed_on_another_system() -> None:
    """V-TX-9, F-CORE-3: the display name is one."""
    assert border_name(unicodedata.normalize("NFD", "Báo cáo.docx")) == "Báo cáo.docx"


def test_border_of_text_keeps_lines_and_inner_spaces() -> None:
    """CORE-35"""
    assert border("\u00a0Kính gửi:\u2007 A\n\n  B\u202f ") == "Kính gửi:  A\n\n  B"
    assert border_name(" Bộ\u00a0\u00a0Nội \t vụ ") == "Bộ Nội vụ"


def test_v_tx_10_invisible_inside_a_name() -> None:
    """V-TX-10, F-CORE-2"""
    cleaned = clean_name("huyện\u200b Bến")
    assert (cleaned.text, cleaned.removed) == ("huyện Bến", 1)
    assert search_key("huyện\u200b Bến Cát") == search_key("huyện Bến Cát")


def test_v_tx_11_code_with_byte_order_mark() -> None:
    """V-TX-11"""
    assert border_name("000.00.13.H53\ufeff") == "000.00.13.H53"


def test_invisible_set_is_the_listed_one() -> None:
    """CORE-37"""
    assert len(INVISIBLE) == 1 + 5 + 5 + 5 + 4 + 1
    assert all(border_name(f"a{c}b") == "ab" for c in INVISIBLE)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Hòa", "Hoà"),
        ("Thúy", "Thuý"),
        ("khỏe", "khoẻ"),
        ("tùy", "tuỳ"),
        ("lòa xòa", "loà xoà"),
        ("CỘNG HÒA", "CỘNG HOÀ"),
        ("HỎA TỐC", "HOẢ TỐC"),
    ],
)
def test_v_tx_6_tone_placement(old: str, new: str) -> None:
    """V-TX-6, F-CORE-5"""
    assert old != new
    assert placement_key(old) == placement_key(new)
    assert placement_key(unicodedata.normalize("NFD", new)) == placement_key(old)
    assert search_key(old) == search_key(new)
    assert sort_key(old) == sort_key(new)


@pytest.mark.parametrize("word", ["quý", "giá", "hoàn", "toán", "thuở", "Quỳ", "hoài", "khuỷu", "xoáy", "của", "mùa"])
def test_v_tx_7_untouched(word: str) -> None:
    """V-TX-7"""
    assert placement_key(word) == word


def test_v_tx_8_search() -> None:
    """V-TX-8, F-CORE-4: found without marks; a marked query tells exact marks apart."""
    for name in ("Nguyễn Văn Hòa", "NGUYỄN VĂN HOÀ"):
        assert search_key("nguyen van hoa") == search_key(name)
        assert marked_key("nguyễn văn hoà") == marked_key(name)
    assert search_key("duong") == search_key("Đường") == search_key("Dương")
    assert marked_key("đường") == marked_key("Đường") != marked_key("Dương")
    assert search_key("ĐỒNG  THÁP") == "dong thap"


@pytest.mark.parametrize(
    "row",
    [
        "An, Ánh, Ân, Dung, Đông, Oanh, Ơn, Ưng",
        "Ban, Bàn, Bản, Bãn, Bán, Bạn, Băn, Bân",
        "Da, Dũng, Duy, Đào, Đạt, Đăng, Đức, Em, Ếch, Ên",
        "Lai Châu, Lạng Sơn, Lào Cai, Lâm Đồng, Long An, Lương Sơn, Lý Nhân",
        "2 Bà Trưng, An, an bình, An Phú, Án Ba, Fax, Ga, Jun, Ka, Vĩnh, Wa, Xa, Ý, Za, Ω",
    ],
    ids=["V-SORT-1", "V-SORT-2", "V-SORT-3", "V-SORT-4", "syllables, Latin, digits"],
)
def test_v_sort_order(row: str) -> None:
    """V-SORT-1, V-SORT-2, V-SORT-3, V-SORT-4, F-CORE-6: strictly rising keys, bytewise."""
    names = row.split(", ")
    assert all(sort_key(a).encode() < sort_key(b).encode() for a, b in pairwise(names))


def test_persons_by_ten_then_ho_then_dem() -> None:
    """CORE-41"""
    names = ["Trần Thị Hòa", "Nguyễn Văn An", "Lê An", "Nguyễn Thị Hoà", "Nguyễn Anh Hòa", "Vũ Ân", "Hòa"]
    assert sorted(names, key=person_sort_key) == [
        "Lê An", "Nguyễn Văn An", "Vũ Ân", "Hòa", "Nguyễn Anh Hòa", "Nguyễn Thị Hoà", "Trần Thị Hòa",
    ]  # fmt: skip
    assert sorted(names, key=lambda n: person_sort_key(n, by="họ"))[:2] == ["Hòa", "Lê An"]


@given(st.text(alphabet=VIETNAMESE + VIETNAMESE.upper() + " 0123456789-\u200b\u0301\u0302\u0323", max_size=30))
def test_keys_are_stable(text: str) -> None:
    """CORE-35, CORE-39…41: a key of a stored text is a key of what was typed, and every key is a fixed point."""
    stored = border_name(text)
    assert border_name(stored) == stored
    assert search_key(stored) == search_key(text) == search_key(search_key(text))
    assert placement_key(placement_key(stored)) == placement_key(stored)
    assert sort_key(stored) == sort_key(text) == sort_key(text.upper())
    assert sort_key(text).isascii()
    assert "\x00" not in sort_key(text)
    assert search_key(text).isascii()


def test_letters_of_diem() -> None:
    """CORE-42"""
    assert " ".join(DIEM_LETTERS) == "a b c d đ e g h i k l m n o p q r s t u v x y"
    assert diem_letter(4) == "đ"
    for index in (-1, len(DIEM_LETTERS)):
        with pytest.raises(IndexError):
            diem_letter(index)


@pytest.mark.parametrize(
    ("day", "place", "text"),
    [
        (date(2020, 1, 5), "Hà Nội", "Hà Nội, ngày 05 tháng 01 năm 2020"),
        (date(2019, 6, 29), "Thành phố Hồ Chí Minh", "Thành phố Hồ Chí Minh, ngày 29 tháng 6 năm 2019"),
        (date(2026, 3, 8), "", "ngày 08 tháng 3 năm 2026"),
        (date(2026, 2, 10), "", "ngày 10 tháng 02 năm 2026"),
        (date(2026, 12, 31), "", "ngày 31 tháng 12 năm 2026"),
    ],
    ids=["V-DT-1", "V-DT-2", "V-DT-3", "February", "December"],
)
def test_v_dt_issue_date(day: date, place: str, text: str) -> None:
    """V-DT-1, V-DT-2, V-DT-3, F-OF-12"""
    assert issue_date_text(day, place) == text


def test_dates_and_numbers_in_vietnamese_writing() -> None:
    """CORE-44"""
    assert short_date(date(2026, 3, 8)) == "08/03/2026"
    assert format_number(1234567) == "1.234.567"
    assert format_number(Decimal("1234567.89")) == "1.234.567,89"
    assert format_number(Decimal("-1234.5"), 2) == "-1.234,50"


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("1.234.567,89", "1234567.89"),
        ("1,234,567.89", "1234567.89"),
        ("1.234.567", "1234567"),
        ("12,5", "12.5"),
        ("12.5", "12.5"),
        ("0,125", "0.125"),
        ("1234,567", "1234.567"),
        (" 1 234 567 ", "1234567"),
        ("-7", "-7"),
    ],
)
def test_numbers_read_with_either_mark(typed: str, value: str) -> None:
    """CORE-44"""
    assert parse_number(typed) == Decimal(value)


def test_ambiguous_number_is_asked() -> None:
    """CORE-44"""
    for typed in ("1.234", "12,345"):
        with pytest.raises(AmbiguousNumber) as caught:
            parse_number(typed)
        assert len(set(caught.value.readings)) == 2
        assert "hai cách" in str(caught.value)


@pytest.mark.parametrize("typed", ["", "abc", "1.23.456", "1.234,5,6", "1,2.3,4", "--1", "1e5", "٣", ",5", "12.3456.7"])
def test_what_is_no_number_is_refused(typed: str) -> None:
    """CORE-44"""
    with pytest.raises(ValueError, match="không phải là số"):
        parse_number(typed)


@given(st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-(10**12), max_value=10**12))
def test_written_numbers_are_read_back(value: Decimal) -> None:
    """CORE-44"""
    assert parse_number(format_number(value, 2)) == value

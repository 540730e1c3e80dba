"""Personal numbers and user names (CORE-45, F-CORE-4)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lienthong.kit import user_names
from lienthong.kit.personal_id import BadPersonalId, Sex, check, masked, read

PLACES = {"001", "079", "036", "101"}


def test_a_man_of_1999() -> None:
    """V-ID-3, CORE-45."""
    found = read("001099000000", places=PLACES)
    assert (found.sex, found.birth_year, found.place) == (Sex.MALE, 1999, "001")


def test_a_woman_of_2001() -> None:
    """V-ID-4."""
    found = read("079 301 000 000", places=PLACES)
    assert (found.number, found.sex, found.birth_year) == ("079301000000", Sex.FEMALE, 2001)


def test_a_mismatch_is_an_error_shown() -> None:
    """V-ID-5, CORE-45: sex and year are cross-checked; what contradicts is told at its field."""
    with pytest.raises(BadPersonalId, match="giới tính nam, nhưng khai là nữ") as refused:
        check("001099000000", places=PLACES, sex="nữ")
    assert refused.value.field == "sex"
    with pytest.raises(BadPersonalId, match="1999") as refused:
        check("001099000000", places=PLACES, birth_year=2000)
    assert refused.value.field == "birth_year"
    assert check("001099000000", places=PLACES, sex="nam", birth_year=1999).birth_year == 1999


@pytest.mark.parametrize(
    ("number", "words"),
    [
        ("123456789", "CMND 9 số"),
        ("00109900000", "12 chữ số"),
        ("0010990000001", "12 chữ số"),
        ("00109900000x", "12 chữ số"),
        ("٠٠١٠٩٩٠٠٠٠٠٠", "12 chữ số"),
        ("003099000000", "không phải mã nơi"),
        ("", "12 chữ số"),
    ],
)
def test_what_is_no_number(number: str, words: str) -> None:
    """CORE-45: nine digits are history only, unused place codes are refused."""
    with pytest.raises(BadPersonalId, match=words):
        read(number, places=PLACES)


@given(
    place=st.sampled_from(sorted(PLACES)),
    century=st.integers(0, 9),
    year=st.integers(0, 99),
    tail=st.integers(0, 999_999),
)
def test_century_and_sex_share_a_digit(place: str, century: int, year: int, tail: int) -> None:
    """CORE-45: 0/1 are 19xx, 2/3 20xx, 4/5 21xx and on; even men, odd women; the mask tells three digits alone."""
    number = f"{place}{century}{year:02}{tail:06}"
    found = read(number, places=PLACES)
    assert found.birth_year == 1900 + 100 * (century // 2) + year
    assert found.sex == ("nữ" if century % 2 else "nam")
    assert masked(number).count("•") == 9
    assert masked(number).endswith(number[-3:])


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("Nguyễn Văn Đức", "ducnv"),
        ("Đặng Thị Ánh", "anhdt"),
        ("  đỗ   Đình   đạo ", "daodd"),
        ("Lê Hoà", "hoal"),
        ("Lê Hòa", "hoal"),
        ("Y Ðôn", "dony"),
        ("", ""),
        ("…", ""),
    ],
)
def test_a_user_name_of_a_vietnamese_name(name: str, made: str) -> None:
    """F-CORE-4: đ and Đ become d, whatever else is stripped."""
    assert user_names.suggest(name) == made


def test_the_next_free_number_follows() -> None:
    """Two people of one name bear two user names."""
    assert user_names.suggest("Nguyễn Văn Đức", {"ducnv", "ducnv2"}) == "ducnv3"


@given(st.text())
def test_a_user_name_is_plain_ascii(name: str) -> None:
    """F-CORE-4: nothing else ever stands in one."""
    made = user_names.suggest(name)
    assert made == "".join(c for c in made if c.isascii() and c.isalnum())
    assert made == made.lower()

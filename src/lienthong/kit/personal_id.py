"""Personal identification numbers: what the digits of a CCCD say, checked against what a person states (CORE-45).

NĐ 137/2015/NĐ-CP, TT 07/2016/TT-BCA: 12 digits, 3 of the place where the birth was registered, 1 of century and sex,
2 of the year of birth, 6 at random. The place codes are data of the lawbook and handed in.
"""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from lienthong.kit.vietnamese import border_name

LENGTH = 12
OLD_LENGTH = 9
"""Digits of the former CMND, which is kept as history only."""
_SHOWN = 3


class Sex(StrEnum):
    """The sex that the century digit tells: even men, odd women."""

    MALE = "nam"
    FEMALE = "nữ"


class BadPersonalId(ValueError):
    """A number that cannot be one, or that contradicts what is stated; `field` is number, sex or birth_year."""

    def __init__(self, message: str, field: str = "number") -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, slots=True)
class PersonalId:
    """What the digits say."""

    number: str
    place: str
    sex: Sex
    birth_year: int


def read(number: str, *, places: Collection[str]) -> PersonalId:
    """The meaning of a CCCD number; raises BadPersonalId (V-ID-3, V-ID-4).

    `places`: the three-digit codes of provinces (those of the former 63 stay valid) and of foreign countries.
    """
    digits = border_name(number).replace(" ", "").replace(".", "")
    if digits.isascii() and digits.isdigit() and len(digits) == OLD_LENGTH:
        raise BadPersonalId("Đây là số CMND 9 số, chỉ còn là lịch sử. Nhập số định danh cá nhân (CCCD) 12 số.")
    if not (digits.isascii() and digits.isdigit()) or len(digits) != LENGTH:
        raise BadPersonalId(f"Số định danh cá nhân gồm đúng {LENGTH} chữ số.")
    place, century, year = digits[:3], int(digits[3]), int(digits[4:6])
    if place not in places:
        raise BadPersonalId(f"“{place}” không phải mã nơi đăng ký khai sinh. Kiểm tra lại ba số đầu.")
    sex = Sex.FEMALE if century % 2 else Sex.MALE
    return PersonalId(digits, place, sex, 1900 + 100 * (century // 2) + year)


def check(number: str, *, places: Collection[str], sex: str = "", birth_year: int | None = None) -> PersonalId:
    """`read`, cross-checked with the stated sex and year of birth: a mismatch is an error, never ignored (V-ID-5)."""
    found = read(number, places=places)
    if sex and sex != found.sex:
        raise BadPersonalId(
            f"Số định danh ghi giới tính {found.sex}, nhưng khai là {sex}. Kiểm tra lại số và giấy tờ.", "sex"
        )
    if birth_year is not None and birth_year != found.birth_year:
        raise BadPersonalId(
            f"Số định danh ghi năm sinh {found.birth_year}, nhưng khai là {birth_year}. Kiểm tra lại số và giấy tờ.",
            "birth_year",
        )
    return found


def masked(number: str) -> str:
    """How lists and the journal show a number: its last three digits alone (CORE-97)."""
    return "•" * (len(number) - _SHOWN) + number[-_SHOWN:] if number else ""

"""Made-up Vietnamese names, the same for the same seed; no real person is meant."""

import random
import unicodedata

FAMILY = (
    "Nguyễn",
    "Trần",
    "Lê",
    "Phạm",
    "Hoàng",
    "Phan",
    "Vũ",
    "Đặng",
    "Bùi",
    "Đỗ",
    "Hồ",
    "Ngô",
    "Dương",
    "Lý",
    "Đinh",
    "Mai",
)
MIDDLE_MEN = ("Văn", "Đức", "Quốc", "Minh", "Hữu", "Xuân", "Công", "Thành", "Quang", "Anh")
MIDDLE_WOMEN = ("Thị", "Thu", "Ngọc", "Thanh", "Hồng", "Phương", "Thùy", "Kim", "Mai", "Bích")
GIVEN_MEN = (
    "An",
    "Bình",
    "Cường",
    "Dũng",
    "Đạt",
    "Hải",
    "Hùng",
    "Khánh",
    "Long",
    "Nam",
    "Phong",
    "Quân",
    "Sơn",
    "Tuấn",
    "Việt",
)
GIVEN_WOMEN = (
    "Ánh",
    "Châu",
    "Dung",
    "Giang",
    "Hà",
    "Hoa",
    "Hương",
    "Lan",
    "Linh",
    "Nga",
    "Oanh",
    "Thảo",
    "Trang",
    "Vân",
    "Yến",
)


class Names:
    """Draws names without repeating one."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 - made-up names, no secret
        self._taken: set[str] = set()

    def person(self) -> str:
        """The next name."""
        while True:
            woman = self._random.random() < 0.5
            middle = self._random.choice(MIDDLE_WOMEN if woman else MIDDLE_MEN)
            given = self._random.choice(GIVEN_WOMEN if woman else GIVEN_MEN)
            name = f"{self._random.choice(FAMILY)} {middle} {given}"
            if name not in self._taken:
                self._taken.add(name)
                return name


def ascii_name(text: str) -> str:
    """Lower-case ASCII for user names: "Đặng Thị Ánh" → "dang-thi-anh"."""
    plain = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    return "-".join("".join(c for c in plain if c.isascii()).lower().split())

"""User names made from Vietnamese names: the given name and the initials of the others, in plain ASCII (F-CORE-4)."""

from collections.abc import Collection
from itertools import count

from lienthong.kit.vietnamese import border_name, strip_marks


def suggest(full_name: str, taken: Collection[str] = ()) -> str:
    """ "Đặng Thị Ánh" → "anhdt", with the next free number when somebody bears it; empty for a name without letters."""
    words = ["".join(c for c in word if c.isascii() and c.isalnum()) for word in plain(full_name).split()]
    words = [word for word in words if word]
    if not words:
        return ""
    name = words[-1] + "".join(word[0] for word in words[:-1])
    return next(found for number in count(1) if (found := name if number == 1 else f"{name}{number}") not in taken)


def plain(full_name: str) -> str:
    """A name in lower case without marks, đ as d."""
    return strip_marks(border_name(full_name)).lower()

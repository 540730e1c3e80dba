"""What counts as a reason: dots, blanks and repeated letters are none (OF-7, OF-14, F-OF-5)."""

from lienthong.core.actions.errors import MissingReason
from lienthong.core.registry import registry
from lienthong.kit import vietnamese

LETTERS = 4
"""How many different letters the shortest reason has: "sai địa chỉ" passes, ".........." and "aaaaaaaaaa" do not."""


def minimum() -> int:
    """The characters that the lawbook asks for."""
    return int(registry.law("action.reason_min_chars"))


def enough(reason: str) -> bool:
    """Whether a reason says something: long enough without invisibles and runs of blanks, half of it letters."""
    text = vietnamese.border_name(reason)
    letters = [character for character in text.casefold() if character.isalpha()]
    return len(text) >= minimum() and 2 * len(letters) >= minimum() and len(set(letters)) >= LETTERS


def demand(reason: str) -> None:
    """Raise MissingReason unless the reason is one."""
    if not enough(reason):
        raise MissingReason(minimum())

"""The stamp rule: a mark of state secrecy as a line of its own in the top third of page 1 (CORE-58, V-SEC-1..2)."""

from collections.abc import Iterable

from lienthong.kit.vietnamese import repair

MARKS = frozenset({"MẬT", "TỐIMẬT", "TUYỆTMẬT"})
TOP = 1 / 3
"""The part of page 1 that is looked at, from its upper edge."""


def is_mark(line: str) -> bool:
    """Whether a line is a secrecy mark: its letters alone, frame and spaces ignored; "BẢO MẬT" is none."""
    return "".join(letter for letter in repair(line) if letter.isalnum()) in MARKS


def marked(lines: Iterable[str]) -> bool:
    """Whether any of the lines is a mark."""
    return any(map(is_mark, lines))

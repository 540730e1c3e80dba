"""Agency codes, document ids and file names of packets, compared and shown (EX-8, EX-9; CORE-35, CORE-37, CORE-56)."""

import re
import unicodedata
from datetime import date

from lienthong.kit.vietnamese import border_name

_UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f/\\]")


def organ_key(organ_id: str) -> str:
    """An agency code as it is compared: NFC, trimmed, upper case, invisibles removed (EX-8, V-TX-11).

    Membership in the registry decides what the code means, never its shape (CORE-3).
    """
    return border_name(organ_id).upper()


def document_key(document_id: str) -> str:
    """A document id as it is compared: opaque, byte by byte after NFC (EX-9)."""
    return unicodedata.normalize("NFC", document_id)


def make_document_id(organ_id: str, day: date, code: str) -> str:
    """The id that we write, in the form of 2016: `000.00.00.X51,2026/09/30,16/UBND-VX` (EX-9). Never parsed again."""
    return f"{organ_id},{day.year:04}/{day.month:02}/{day.day:02},{code}"


def display_name(name: str) -> str:
    """A file name as it is shown: NFC, no path separators, control or bidi characters (CORE-35, CORE-37, CORE-56)."""
    return border_name(_UNSAFE.sub(" ", name))

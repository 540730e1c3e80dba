"""Names of files: what is shown, and the bytes as they came (CORE-35, CORE-36, CORE-56, F-CORE-3)."""

import unicodedata

from lienthong.core.files.kinds import extension_of
from lienthong.kit.vietnamese import border_name

NO_NAME = "tep-khong-ten"
_SEPARATORS = str.maketrans(dict.fromkeys('/\\:*?"<>|', "-"))
_RESERVED = frozenset({"con", "prn", "aux", "nul", *(f"com{n}" for n in range(10)), *(f"lpt{n}" for n in range(10))})


def original_bytes(name: str | bytes) -> bytes:
    """The name as it came, whatever its encoding."""
    return name if isinstance(name, bytes) else name.encode("utf-8", "surrogateescape")


def display_name(name: str | bytes, *, longest: int) -> str:
    """The name that people see: NFC, no path separators, control or bidi characters, no leading dots (CORE-56).

    `longest` counts characters; the extension is kept when a name is cut.
    """
    text = name.decode("utf-8", "replace") if isinstance(name, bytes) else name
    text = text.encode("utf-8", "replace").decode("utf-8")
    text = "".join(" " if unicodedata.category(letter) in {"Cc", "Zl", "Zp"} else letter for letter in text)
    text = border_name(text).translate(_SEPARATORS)
    text = "".join(letter for letter in text if unicodedata.category(letter) not in {"Cf", "Co", "Cs", "Cn"})
    text = text.strip(" .-")
    if not text or text.split(".")[0].lower() in _RESERVED:
        text = f"{NO_NAME}.{text}" if text else NO_NAME
    if len(text) <= longest:
        return text
    extension = extension_of(text)
    return f"{text[: longest - len(extension) - 1].rstrip(' .')}.{extension}" if extension else text[:longest].rstrip()

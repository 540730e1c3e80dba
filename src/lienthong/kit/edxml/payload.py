"""The payload of one attachment, decoded and hashed while it streams past (EX-17, EX-19, F-EX-12)."""

import hashlib
import re
from collections.abc import Callable
from typing import BinaryIO

import pybase64

_BLANK = b" \t\r\n"
_FOREIGN = re.compile(rb"[^A-Za-z0-9+/ \t\r\n]")


class Payload:
    """Base64 text in, decoded bytes into a spool, SHA-256 of the decoded bytes on the way.

    Standard and MIME-wrapped base64 is taken, anything else sets `error` with the offset in the text and is no longer
    stored; `too_large` says that the limit of EX-18 was passed. `index` is the attachment's place in the packet.
    """

    __slots__ = ("_carry", "_closed", "_digest", "_limit", "_seen", "error", "file", "size", "too_large")

    def __init__(self, open_spool: Callable[[], BinaryIO], limit: int) -> None:
        self.file = open_spool()
        self.size = 0
        self.error: str | None = None
        self.too_large = False
        self._digest = hashlib.sha256()
        self._limit = limit
        self._carry = b""
        self._closed = False
        self._seen = 0

    @property
    def sha256(self) -> bytes:
        """SHA-256 of the decoded bytes, the `Digest` of EX-20."""
        return self._digest.digest()

    def feed(self, text: str) -> None:
        """Take the next piece of the element's text."""
        if self.error is not None:
            return
        start = self._seen
        self._seen += len(text)
        try:
            raw = text.encode("ascii")
        except UnicodeEncodeError as error:
            self._refuse(start + error.start)
            return
        data = raw
        if b"\n" in raw or b" " in raw or b"\t" in raw or b"\r" in raw:
            data = raw.translate(None, _BLANK)
        if not data:
            return
        if self._closed:
            self._refuse(start + _first_not_blank(raw))
            return
        if self._carry:
            data = self._carry + data
        whole = len(data) & ~3
        self._carry = data[whole:]
        if not whole:
            return
        block = data if whole == len(data) else data[:whole]
        try:
            decoded = pybase64.b64decode(block, validate=True)
        except ValueError:
            self._refuse(_offset(raw, start))
            return
        self._closed = block.endswith(b"=")
        self._store(decoded)

    def finish(self) -> None:
        """The element has ended: what is left must be a whole group."""
        if self.error is None and self._carry:
            foreign = _FOREIGN.search(self._carry)
            if foreign is not None and foreign[0] != b"=":
                self._refuse(self._seen - len(self._carry) + foreign.start())
            else:
                self.error = f"dữ liệu base64 bị cụt ở ký tự thứ {self._seen}"
        self.file.seek(0)

    def _store(self, decoded: bytes) -> None:
        self.size += len(decoded)
        if self.size > self._limit:
            self.too_large = True
            self.error = f"lớn hơn {self._limit} byte"
            return
        self._digest.update(decoded)
        self.file.write(decoded)

    def _refuse(self, offset: int) -> None:
        self.error = f"không phải base64, sai từ ký tự thứ {offset + 1}"


def _first_not_blank(raw: bytes) -> int:
    return len(raw) - len(raw.lstrip(_BLANK))


def _offset(raw: bytes, start: int) -> int:
    """Where a refused piece goes wrong: the first foreign character, or padding that more text follows."""
    found = _FOREIGN.search(raw)
    if found is None:
        return start + len(raw)
    if found[0] == b"=":
        after = re.compile(rb"[^= \t\r\n]").search(raw, found.start())
        return start + (found.start() if after is None else after.start())
    return start + found.start()

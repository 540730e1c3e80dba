"""The payload of one attachment, decoded and hashed while it streams past (EX-17, EX-19, F-EX-12)."""

import hashlib
import re
from collections.abc import Callable
from typing import BinaryIO

import pybase64

_BLANKS = " \t\r\n"
_NO_BLANKS = dict.fromkeys(map(ord, _BLANKS))
_FOREIGN = re.compile(r"[^A-Za-z0-9+/ \t\r\n]")


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
        self._carry = ""
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
        if self._closed:
            if (self._carry + text).strip(_BLANKS):
                self._refuse(start + len(text) - len(text.lstrip(_BLANKS)))
            return
        data = self._carry + text if self._carry else text
        try:
            decoded = self._decode(data)
        except ValueError:
            # Wrapped lines, as MIME writes them, fail at once and are tried without white space.
            try:
                decoded = self._decode(data.translate(_NO_BLANKS))
            except ValueError:
                self._refuse(_offset(data, start - len(data) + len(text)))
                return
        self._store(decoded)

    def finish(self) -> None:
        """The element has ended: what is left must be a whole group."""
        if self.error is None and (rest := self._carry.strip(_BLANKS)):
            if self._closed or _FOREIGN.search(rest):
                self._refuse(self._seen - len(rest))
            else:
                self.error = f"dữ liệu base64 bị cụt sau ký tự thứ {self._seen}"
        self.file.seek(0)

    def _decode(self, data: str) -> bytes:
        """The bytes of all whole groups; what is left over waits. Raises ValueError."""
        whole = len(data) & ~3
        decoded = pybase64.b64decode(data if whole == len(data) else data[:whole], validate=True)
        self._carry = data[whole:]
        self._closed = data.endswith("=", 0, whole)
        return decoded

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


def _offset(data: str, start: int) -> int:
    """Where a refused piece goes wrong: the first foreign character, or padding that is not at the end."""
    found = _FOREIGN.search(data)
    return start + (len(data) if found is None else found.start())

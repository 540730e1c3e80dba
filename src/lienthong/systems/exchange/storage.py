"""Packets at rest: stored once under their SHA-256, durable before anything in the database speaks of them (EX-39)."""

import hashlib
import os
import tempfile
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO, Self

from django.conf import settings

from lienthong.kit import clock

_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Kept:
    """A stored packet: SHA-256 (hex) and size in bytes."""

    sha256: str
    size: int


class TooLarge(Exception):
    """More bytes came than a packet may have."""


class Incoming:
    """A packet on its way to the store: written through, hashed and counted; nothing has a name before `finish`.

    Use as a context manager: left without `finish`, no trace stays. A crash leaves at most an unnamed file.
    """

    def __init__(self) -> None:
        root = _root()
        root.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=root, prefix=".in-")
        self.file: BinaryIO = os.fdopen(handle, "w+b")
        self.name: Path | None = Path(name)
        self._digest, self._size = hashlib.sha256(), 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.file.close()
        if self.name is not None:
            self.name.unlink(missing_ok=True)

    def write(self, data: bytes) -> int:
        """Take the next bytes."""
        self._digest.update(data)
        self._size += len(data)
        return self.file.write(data)

    def copy(self, stream: BinaryIO, *, most: int) -> None:
        """Take what is left in a stream, and go back to the start for reading; raises TooLarge above `most` bytes."""
        while block := stream.read(_BLOCK):
            self.write(block)
            if self._size > most:
                raise TooLarge
        self.file.flush()
        self.file.seek(0)

    @property
    def sha256(self) -> str:
        """SHA-256 of what was taken so far, hex."""
        return self._digest.hexdigest()

    def finish(self) -> "Kept":
        """Make it durable under its hash; bytes that are there already are not written again."""
        if self.name is None:
            raise ValueError("finished already")
        self.file.flush()
        kept = Kept(self._digest.hexdigest(), self._size)
        place = path_of(kept.sha256)
        if not place.exists():
            os.fsync(self.file.fileno())
            place.parent.mkdir(parents=True, exist_ok=True)
            os.replace(self.name, place)
            self.name = None
            _sync(place.parent)
        return kept


def path_of(sha256: str) -> Path:
    """Where a packet lies; raises ValueError for what is no SHA-256."""
    if len(sha256) != 64 or not set(sha256) <= set("0123456789abcdef"):
        raise ValueError("not a SHA-256")
    return _root() / sha256[:2] / sha256[2:4] / sha256


def read(sha256: str) -> BinaryIO:
    """A packet's bytes; raises FileNotFoundError where it was archived."""
    return path_of(sha256).open("rb")


def sweep(older_than: timedelta) -> int:
    """Remove what killed processes left half written; how many files."""
    limit = (clock.now() - older_than).timestamp()
    left = [path for path in _root().glob(".in-*") if path.stat().st_mtime < limit]
    for path in left:
        path.unlink(missing_ok=True)
    return len(left)


def _root() -> Path:
    return Path(settings.FILES_DIR) / "packets"


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

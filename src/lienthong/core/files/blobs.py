"""Bytes on disk by their hash: written aside, flushed, then renamed; nothing half written is seen (CORE-52, CORE-57).

Layout below `FILES_DIR`: `ab/cd/<sha256>`, `tmp/` for what is being written, `quarantine/<id>` for what was stopped.
"""

import errno
import hashlib
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol
from uuid import UUID

from django.conf import settings

from lienthong.core.files.errors import FileRefused, NoSpace
from lienthong.kit.hashing import sha256_of_stream

BLOCK = 1 << 20
_FULL = {errno.ENOSPC, errno.EDQUOT}


class Readable(Protocol):
    """Anything that gives bytes: a file, an upload, a socket."""

    def read(self, size: int, /) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Written:
    """Bytes written aside, not yet in their place."""

    path: Path
    sha256: str
    size: int


def root() -> Path:
    """The folder of all bytes."""
    return Path(settings.FILES_DIR)


def path_of(sha256: str) -> Path:
    """Where the bytes of a hash lie (the disk name is the hash, V-TX-9)."""
    return root() / sha256[:2] / sha256[2:4] / sha256


@contextmanager
def spool(stream: Readable, *, most: int) -> Iterator[Written]:
    """Write a stream aside and hash it in one pass; gone at the end unless `settle` took it.

    `most` bounds the bytes. Raises FileRefused above it, NoSpace when the disk is full; then nothing is left.
    """
    with full_disk_said():
        folder = root() / "tmp"
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / uuid.uuid4().hex
        try:
            with path.open("xb") as out:
                digest, size = hashlib.sha256(), 0
                while block := stream.read(BLOCK):
                    size += len(block)
                    if size > most:
                        raise FileRefused(
                            f"Tệp lớn hơn {most >> 20} MB là mức lớn nhất được nhận. Hãy tách nhỏ hoặc nén tệp lại.",
                            "too_large",
                        )
                    digest.update(block)
                    out.write(block)
                out.flush()
                os.fsync(out.fileno())
            yield Written(path, digest.hexdigest(), size)
        finally:
            path.unlink(missing_ok=True)


def settle(written: Written) -> None:
    """Move bytes to their place; bytes that are already there are kept once (the caller holds the hash's lock)."""
    target = path_of(written.sha256)
    with full_disk_said():
        if target.exists() and target.stat().st_size == written.size:
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        os.replace(written.path, target)
        for folder in (target.parent, target.parent.parent):
            _flush(folder)


def quarantine(written: Written, ident: UUID) -> None:
    """Move bytes aside from everything else, under no name but a random id (CORE-58)."""
    folder = root() / "quarantine"
    with full_disk_said():
        folder.mkdir(parents=True, exist_ok=True)
        os.replace(written.path, folder / str(ident))
        _flush(folder)


def quarantined(ident: UUID) -> Path:
    """Where quarantined bytes lie."""
    return root() / "quarantine" / str(ident)


def wipe(path: Path) -> None:
    """Overwrite and remove bytes that must not be here; what the disk keeps beneath is the operator's matter."""
    with suppress(FileNotFoundError):
        size = path.stat().st_size
        with path.open("r+b") as out:
            for start in range(0, size, BLOCK):
                out.write(b"\x00" * min(BLOCK, size - start))
            out.flush()
            os.fsync(out.fileno())
        path.unlink()


def open_blob(sha256: str) -> BinaryIO:
    """The bytes of a hash, from the beginning; raises FileNotFoundError."""
    return path_of(sha256).open("rb")


def digest(sha256: str) -> str | None:
    """The hash of what lies on disk now; None when it is missing (CORE-60)."""
    try:
        with open_blob(sha256) as blob:
            return sha256_of_stream(blob)[0]
    except FileNotFoundError:
        return None


def remove(sha256: str) -> None:
    """Remove the bytes of a hash that no row names any more (the caller holds the hash's lock)."""
    path_of(sha256).unlink(missing_ok=True)


@contextmanager
def full_disk_said() -> Iterator[None]:
    """Turn the system's "no space" into a refusal that says so."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise NoSpace from error
        raise


def _flush(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

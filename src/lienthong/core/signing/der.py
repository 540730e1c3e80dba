"""A cure for a defect of asn1crypto that makes one signature in some cost seconds.

The library takes every header whose last byte is 0x80 for one of indefinite length and encodes the object and all
within anew at each use. A definite length may end in that byte too (384 is `82 01 80`); only a header of two bytes,
tag and 0x80, is indefinite in the objects of a signature. An object read as DER is its own encoding: nothing is lost.
"""

import functools
from collections.abc import Callable
from typing import Any

from asn1crypto import core

_CLASSES: tuple[Any, ...] = (core.Asn1Value, core.Constructable, core.Primitive, core.Sequence, core.SequenceOf)


def _heeding(original: Callable[..., bytes]) -> Callable[..., bytes]:
    @functools.wraps(original)
    def dump(self: Any, force: bool = False) -> bytes:
        header: bytes | None = self._header
        if not force and header is not None and len(header) > 2 and header.endswith(b"\x80"):
            contents = self.contents
            if self._header is header:  # what was changed has lost its header by now
                return bytes(header + contents)
        encoded: bytes = original(self, force)
        return encoded

    dump.heeding = True  # type: ignore[attr-defined]
    return dump


def heed_definite_lengths() -> None:
    """Put the cure in force; called once when the package is imported."""
    for cls in _CLASSES:
        if "dump" in vars(cls) and not hasattr(vars(cls)["dump"], "heeding"):
            cls.dump = _heeding(vars(cls)["dump"])

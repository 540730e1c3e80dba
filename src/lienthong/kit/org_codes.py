"""The shape of identifiers of units: a hint at their scheme, never a proof that somebody bears them (CORE-3, CORE-4).

The shapes are law as data (`org.code_shapes`): the caller hands them over.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

LEGACY = "LEGACY"
QCVN102 = "QCVN102"


@dataclass(frozen=True, slots=True)
class Shape:
    """What the codes of a scheme look like: a pattern over the whole code and its greatest length."""

    scheme: str
    pattern: str
    longest: int

    def fits(self, code: str) -> bool:
        """Whether a code looks like one of this scheme."""
        return len(code) <= self.longest and re.fullmatch(self.pattern, code) is not None


def guess(code: str, shapes: Iterable[Shape]) -> str:
    """The scheme that a code looks like, by the first shape that fits; empty when none does (V-ID-6)."""
    return next((shape.scheme for shape in shapes if shape.fits(code)), "")


def suggest_qd20(code: str) -> str:
    """The form under QĐ 20/2020 that a code of QCVN 102:2016 suggests: groups reversed, all-zero groups dropped.

    V-ID-1 `000.00.13.X51` → `X51.13`; V-ID-2 `000.20.31.X51` → `X51.31.20`. A suggestion only: it names nobody until
    somebody confirms it against the decision that gave the code (CORE-4).
    """
    return ".".join(group for group in reversed(code.split(".")) if group.strip("0"))

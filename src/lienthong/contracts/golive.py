"""What parts say about an agency that prepares to go live: steps that look, and what each found missing (CORE-107)."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Something that is missing: in words that say what to do. One that is not `blocking` is only told.

    `url_name` with `url_args` opens the place where it is mended; empty leads to the place of the step.
    """

    text: str
    url_name: str = ""
    url_args: tuple[Any, ...] = ()
    blocking: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a dry run of one step found; it changed nothing.

    `facts` are what stands there already, in words. `empty`: nothing is there, which a person may declare to be right
    (no old documents to bring along).
    """

    facts: tuple[str, ...] = ()
    gaps: tuple[Gap, ...] = ()
    empty: bool = False

    @property
    def blocked(self) -> bool:
        """Whether the agency cannot go live as it stands."""
        return any(gap.blocking for gap in self.gaps)


@dataclass(frozen=True, slots=True, kw_only=True)
class GoLiveStep:
    """A step of going live: `look` is its dry run for an agency. `optional` may be declared "không có"."""

    code: str
    title: str
    about: str
    order: int
    look: Callable[[UUID], Finding]
    url_name: str = ""
    optional: bool = False
    places: tuple[tuple[str, str], ...] = field(default_factory=tuple)
    """Further places: (label, name of the URL)."""


type GoLiveSource = Callable[[], Iterable[GoLiveStep]]
"""The steps of one part; asked once a page."""

"""What a unit that is merged, split or dissolved leaves behind, and who takes it (CORE-103; TT 06/2025/TT-BNV).

Every part of the house that keeps something of a unit offers a source (`registry.add_hand_over`): it lists what the
unit would leave and closes it on the effective day. The case lives in `core/orgs`, which knows no source by name.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from lienthong.contracts.actor import Actor


class Keep(StrEnum):
    """What decides who may take an item."""

    WORK = "work"
    """Open work: a unit that goes on with it, successor or superior."""
    RECORD = "record"
    """Kept for a term: successor, superior or current archive."""
    PERMANENT = "permanent"
    """Kept for ever (vĩnh viễn): the historical archive (lưu trữ lịch sử)."""


class TakerKind(StrEnum):
    """Who takes."""

    UNIT = "unit"
    CURRENT_ARCHIVE = "current_archive"
    HISTORICAL_ARCHIVE = "historical_archive"


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaving:
    """The units that end on `day`; `agencies` are those of them that are agencies of this node (tenants)."""

    units: frozenset[UUID]
    agencies: frozenset[UUID]
    day: date
    instrument: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One thing that is left: `group` and `label` name its kind, `key` is constant from the dry run to the end."""

    group: str
    label: str
    key: str
    title: str
    agency_id: UUID | None
    unit_id: UUID
    keep: Keep = Keep.RECORD
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taker:
    """Who takes an item: a unit, the current archive of a unit, or a historical archive by its name."""

    kind: TakerKind
    name: str
    unit_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """An item with its taker."""

    item: Item
    taker: Taker


class HandOverSource(Protocol):
    """What a part of the house keeps of units."""

    def items(self, leaving: Leaving) -> Iterable[Item]:
        """Everything that needs a taker, listed anew at each call; changes nothing."""
        ...

    def close(self, *, by: Actor, leaving: Leaving, taken: Sequence[Taken], reason: str) -> Iterable[tuple[str, str]]:
        """Hand over on the effective day, in the caller's transaction: (key, what was done) of each item."""
        ...

"""What the API of units takes and gives."""

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from ninja import Schema

from lienthong.contracts.handover import TakerKind
from lienthong.core.orgs.actions import bodies
from lienthong.core.orgs.actions.codes import NewCode


class UnitOut(Schema):
    """A unit as it was on a date."""

    id: UUID
    official_name: str
    short_name: str
    abbreviation: str
    kind: str
    parent_id: UUID | None
    place: str
    address: str
    codes: list[str]
    valid_from: date | None
    valid_to: date | None
    recorded_from: datetime
    recorded_to: datetime | None


class UnitPage(Schema):
    """One page; `cursor` of the next one, empty at the end."""

    items: list[UnitOut]
    cursor: str


class UnitDetail(Schema):
    """A unit: its state (`version` goes with every change), and all that was ever recorded of it."""

    id: UUID
    version: int
    agency_id: UUID | None
    versions: list[UnitOut]
    codes: list[dict[str, Any]]
    events: list[dict[str, Any]]


class FactsIn(Schema):
    """The facts of a unit; what is left out stays as it is."""

    official_name: str | None = None
    short_name: str | None = None
    abbreviation: str | None = None
    kind: str | None = None
    parent_id: UUID | None = None
    place: str | None = None
    address: str | None = None
    contacts: dict[str, str] | None = None
    header_lines: list[str] | None = None


class CodeIn(Schema):
    """A code; `confirmed` for a form that was only suggested."""

    code: str
    scheme: str = ""
    primary: bool = False
    confirmed: bool = False

    def new(self) -> NewCode:
        """The input of the acts."""
        return NewCode(**self.dict())


class NewUnitIn(FactsIn):
    """A unit that begins."""

    effective: date
    instrument: str
    code: CodeIn | None = None
    as_agency: bool = False


class ChangeIn(Schema):
    """A change from a date on."""

    version: int
    changes: FactsIn
    effective: date
    instrument: str
    note: str = ""


class CorrectIn(Schema):
    """A correction of [start, end)."""

    version: int
    changes: FactsIn
    start: date
    end: date | None = None
    instrument: str = ""
    reason: str


class CodeChangeIn(CodeIn):
    """A code added, or in place of `old`."""

    version: int
    effective: date
    instrument: str
    old: str = ""


class CodeEndIn(Schema):
    """A code that ends."""

    version: int
    code: str
    effective: date
    reason: str


class Resolved(Schema):
    """What a code means on a date (CORE-6)."""

    code: str
    state: str
    unit_id: UUID | None
    name: str
    named_unit_id: UUID | None
    successors: list[UUID]
    grace_ends: date | None
    guessed_scheme: str


class SuccessorIn(Schema):
    """A unit that follows: by id, or new."""

    unit_id: UUID | None = None
    facts: FactsIn | None = None
    code: CodeIn | None = None
    primary: bool = False


class CaseIn(Schema):
    """A merge, split or dissolution."""

    kind: Literal["merge", "split", "dissolve"]
    ends: list[UUID]
    follows: list[SuccessorIn] = []
    instrument: str
    effective: date
    note: str = ""


class ItemOut(Schema):
    """A thing that is left; the title only for the agency that it belongs to."""

    group: str
    label: str
    key: str
    title: str
    keep: str
    agency_id: UUID | None
    taker: str
    taker_kinds: list[str]


class CaseOut(Schema):
    """A case with its dry run."""

    id: UUID
    kind: str
    state: str
    version: int
    effective: date
    instrument: str
    trouble: str
    ends: list[UUID]
    follows: list[UUID]
    items: list[ItemOut]
    missing: int


class TakerIn(Schema):
    """Who takes the things of a group, or those with `keys`."""

    group: str
    keys: list[str] = []
    kind: TakerKind
    unit_id: UUID | None = None
    name: str = ""


class ReasonIn(Schema):
    """Why."""

    reason: str = ""


class BodyIn(Schema):
    """An issuing body from a date on."""

    kind: str
    name: str
    abbreviation: str
    header_lines: list[str]
    place: str
    seal_with_emblem: bool = False
    layout: str = "nd30"
    default: bool = False
    effective: date
    instrument: str

    def facts(self) -> bodies.BodyFacts:
        """The input of the acts."""
        return bodies.BodyFacts(**self.dict(exclude={"effective", "instrument"}))


class BodyOut(Schema):
    """An issuing body as it was from–to; `line_id` stays through its rows."""

    id: UUID
    line_id: UUID
    kind: str
    name: str
    abbreviation: str
    header_lines: list[str]
    place: str
    seal_with_emblem: bool
    layout: str
    default: bool
    valid_from: date | None
    valid_to: date | None


class EndIn(ReasonIn):
    """From when, and why."""

    effective: date


class SchemeIn(Schema):
    """A scheme Zxy to be published."""

    name: str
    issuer_id: UUID
    alphabet: str
    shortest: int
    longest: int
    instrument: str
    published_on: date
    purpose: str = ""


class SchemeOut(Schema):
    """A published scheme."""

    id: UUID
    code: str
    name: str
    purpose: str
    issuer_id: UUID
    alphabet: str
    shortest: int
    longest: int
    published_on: date
    ended_on: date | None


class AmendIn(Schema):
    """What of a scheme is amended; code, issuer and structure are refused (409)."""

    changes: dict[str, Any]
    reason: str


class ImportOut(Schema):
    """An import and what its dry run found."""

    id: UUID
    name: str
    state: str
    version: int
    rows: int
    fault_count: int
    faults: list[dict[str, Any]]
    warnings: list[dict[str, Any]]
    invisible: dict[str, int]


class PlaceOut(Schema):
    """A province with the count of its communes on the date."""

    code: str
    name: str
    communes: int
    former: list[str]
    later: list[str]

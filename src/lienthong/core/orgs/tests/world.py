"""A small directory for the tests of units: its people, and units made by acts."""

from datetime import UTC, date, datetime
from uuid import UUID, uuid4

from lienthong.contracts.actor import Actor
from lienthong.core.orgs.actions import units
from lienthong.core.orgs.actions.codes import NewCode
from lienthong.core.orgs.models import Unit, UnitVersion
from lienthong.core.registry import registry

EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
BEGIN = date(2021, 1, 1)
PAPER = "Nghị quyết 01/NQ-TN"
REASON = "Lý do thử nghiệm đủ dài"
EVERY = frozenset(verb for verb in registry.verbs if verb.startswith("orgs:"))


def node() -> Actor:
    """The administrator of the node."""
    return Actor(user_id=uuid4(), name="Quản trị nút", verbs=EVERY)


def of_agency(agency_id: UUID) -> Actor:
    """The administrator of an agency."""
    return Actor(user_id=uuid4(), name="Quản trị cơ quan", agency_id=agency_id, verbs=EVERY)


def make(
    name: str, code: str = "", *, by: Actor | None = None, parent: Unit | None = None, start: date = BEGIN, **more: bool
) -> Unit:
    """A unit that begins on a day."""
    return units.create(
        by=by or node(),
        facts=units.UnitFacts(official_name=name, kind=UnitVersion.Kind.OTHER, parent_id=parent.pk if parent else None),
        effective=start,
        instrument=PAPER,
        code=NewCode(code=code, primary=True) if code else None,
        **more,
    )

"""Two agencies of one node that write to each other: the world of the first thread."""

from dataclasses import dataclass

import pytest

from lienthong.core.orgs.models import UnitVersion
from lienthong.demo.agencies import Agency, Plan, build
from lienthong.demo.names import Names

SENDER = Plan(
    name="Bộ Thử nghiệm Một",
    short="Bộ TN1",
    abbreviation="BTN1",
    code="X01",
    kind=UnitVersion.Kind.MINISTRY,
    place="Hà Nội",
    head="Bộ trưởng",
    deputy="Thứ trưởng",
)
RECEIVER = Plan(
    name="Bộ Thử nghiệm Hai",
    short="Bộ TN2",
    abbreviation="BTN2",
    code="X02",
    kind=UnitVersion.Kind.MINISTRY,
    place="Hà Nội",
    head="Bộ trưởng",
    deputy="Thứ trưởng",
)
THIRD = Plan(
    name="Ủy ban nhân dân tỉnh Thử nghiệm",
    short="UBND tỉnh TN",
    abbreviation="UBND",
    code="X51",
    kind=UnitVersion.Kind.PROVINCE,
    place="Thử nghiệm",
    head="Chủ tịch",
    deputy="Phó Chủ tịch",
)


@dataclass(frozen=True, slots=True)
class World:
    """The three agencies."""

    a: Agency
    b: Agency
    c: Agency


def make_world() -> World:
    """Put the three agencies up."""
    names = Names(7)
    return World(build(SENDER, names), build(RECEIVER, names), build(THIRD, names))


@pytest.fixture
def world(transactional_db: None) -> World:
    return make_world()

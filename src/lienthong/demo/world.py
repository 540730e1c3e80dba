"""The demo world as a whole: built once into an empty database, the same for the same seed."""

from lienthong.core.identity.models import User
from lienthong.core.orgs.models import UnitVersion
from lienthong.demo.agencies import Agency, Plan, build as build_agency
from lienthong.demo.names import Names

SEED = 20261125

AGENCIES = (
    Plan(
        name="Bộ Thử nghiệm Một",
        short="Bộ TN1",
        abbreviation="BTN1",
        code="X01",
        kind=UnitVersion.Kind.MINISTRY,
        place="Hà Nội",
        head="Bộ trưởng",
        deputy="Thứ trưởng",
    ),
    Plan(
        name="Bộ Thử nghiệm Hai",
        short="Bộ TN2",
        abbreviation="BTN2",
        code="X02",
        kind=UnitVersion.Kind.MINISTRY,
        place="Hà Nội",
        head="Bộ trưởng",
        deputy="Thứ trưởng",
    ),
    Plan(
        name="Ủy ban nhân dân tỉnh Thử nghiệm",
        short="UBND tỉnh TN",
        abbreviation="UBND",
        code="X51",
        kind=UnitVersion.Kind.PROVINCE,
        place="Thử nghiệm",
        head="Chủ tịch",
        deputy="Phó Chủ tịch",
        divisions=(("Sở Tư pháp", "STP"), ("Sở Khoa học và Công nghệ", "SKHCN")),
        division_head="Giám đốc",
    ),
)


def exists() -> bool:
    """Whether somebody lives in this database already."""
    return User.objects.exists()


def build() -> list[Agency]:
    """Build the world into an empty database."""
    names = Names(SEED)
    return [build_agency(plan, names) for plan in AGENCIES]

"""The demo world as a whole: built once into an empty database, the same for the same seed."""

import random
from functools import partial

from django.db import transaction

from lienthong.core import fence
from lienthong.core.identity.models import User
from lienthong.core.orgs.models import UnitVersion
from lienthong.demo import changes, directory, life, people, places
from lienthong.demo.agencies import Agency, Plan, operators
from lienthong.demo.agencies import build as build_agency
from lienthong.demo.names import Names
from lienthong.demo.subjects import Subjects
from lienthong.kit import clock

SEED = 20_261_125
DRAFTS_EACH = 14
"""Documents begun by each agency in the last weeks: most are signed for real by person and agency, and sent."""
WEEKS = 6

MINISTRY, PROVINCE = UnitVersion.Kind.MINISTRY, UnitVersion.Kind.PROVINCE
PLANS = (
    Plan(
        name="Bộ Thử nghiệm Một",
        short="Bộ TN1",
        abbreviation="BTN1",
        code="X01",
        kind=MINISTRY,
        place="Hà Nội",
        head="Bộ trưởng",
        deputy="Thứ trưởng",
    ),
    Plan(
        name="Bộ Thử nghiệm Hai",
        short="Bộ TN2",
        abbreviation="BTN2",
        code="X02",
        kind=MINISTRY,
        place="Hà Nội",
        head="Bộ trưởng",
        deputy="Thứ trưởng",
    ),
    Plan(
        name="Cơ quan Trung ương Thử nghiệm",
        short="CQTW TN",
        abbreviation="CQTN",
        code="X03",
        kind=UnitVersion.Kind.CENTRAL,
        place="Hà Nội",
        head="Chủ nhiệm",
        deputy="Phó Chủ nhiệm",
    ),
    Plan(
        name="Ủy ban nhân dân tỉnh Thử nghiệm",
        short="UBND tỉnh TN",
        abbreviation="UBND",
        code="X51",
        kind=PROVINCE,
        place="Thử nghiệm",
        head="Chủ tịch",
        deputy="Phó Chủ tịch",
        divisions=(("Sở Tư pháp", "STP"), ("Sở Khoa học và Công nghệ", "SKHCN")),
        division_head="Giám đốc",
    ),
)

PREPARING = Plan(
    name="Sở Thử nghiệm",
    short="Sở TN",
    abbreviation="STN",
    code="X52.01",
    kind=UnitVersion.Kind.DEPARTMENT,
    place="Thử nghiệm",
    head="Giám đốc",
    deputy="Phó Giám đốc",
    superior="Ủy ban nhân dân tỉnh Thử nghiệm",
    divisions=(("Phòng Tổng hợp", "TH"), ("Phòng Nghiệp vụ", "NV")),
    division_head="Trưởng phòng",
    live=False,
)
"""An agency that prepares to go live: its wizard shows what is there and what is missing (CORE-107)."""


def exists() -> bool:
    """Whether somebody lives in this database already."""
    return User.objects.exists()


@fence.node("demo")
def build() -> list[Agency]:
    """Build the world into an empty database; each part commits, so an interrupted build is seen by `exists`."""
    names, subjects, rng = Names(SEED), Subjects(SEED), random.Random(SEED)  # noqa: S311 - made-up life, no secret
    with transaction.atomic():
        places.load()
        directory.load()
        agencies = [build_agency(plan, names) for plan in PLANS]
        node = operators(names)
        build_agency(PREPARING, names)
        for agency in agencies:
            people.history(agency, names)
        changes.happen(agencies, node)
    today = clock.local_date()
    senders = life.senders()
    for agency in agencies:
        life.old_papers(agency, subjects, senders, today)
    timeline = life.Timeline(clock.now())
    desks = [
        life.Desk(agency, [a for a in agencies if a is not agency], subjects, senders, timeline) for agency in agencies
    ]
    scan = life.scan_page()
    for desk in desks:
        for at in life.moments(today, 7 * WEEKS, life.PAPERS_EACH, rng):
            timeline.at(at, partial(desk.scan, scan=scan))
        for at in life.moments(today, 7 * WEEKS, DRAFTS_EACH, rng):
            timeline.at(at, desk.draft)
        for at in life.moments(today, 7 * WEEKS, 7 * WEEKS, rng):
            timeline.at(at, desk.take_in)
    timeline.run()
    return agencies

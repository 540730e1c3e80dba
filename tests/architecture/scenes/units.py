"""Scenes of units: creation, change, codes, schemes, bodies, merge, split, dissolution, import."""

import io
from datetime import date, timedelta
from uuid import uuid4

from django.db.models import F
from PIL import Image

from lienthong.contracts.actor import Actor
from lienthong.contracts.handover import Taker, TakerKind
from lienthong.core.orgs import handover
from lienthong.core.orgs.actions import bodies, cases, codes, imports, units
from lienthong.core.orgs.actions.codes import NewCode
from lienthong.core.orgs.models import CodeScheme, IssuingBody, Reorganisation, Unit, UnitVersion
from lienthong.core.signing import actions as signing
from lienthong.demo.agencies import Agency
from lienthong.kit import clock
from lienthong.systems.admin import roles
from tests.architecture.scenes import REASON, SYSTEM, Stage, direct, paper, scene
from tests.thread.scenario import draft

PAPER = "Quyết định 01/QĐ-TN"


def administrator(agency: Agency | None) -> Actor:
    """The administrator of an agency, or of the node."""
    verbs = roles.OF_AGENCY if agency else roles.OF_NODE
    return Actor(user_id=uuid4(), name="Quản trị", agency_id=agency.id if agency else None, verbs=frozenset(verbs))


def division(agency: Agency, name: str, code: str = "", start: date | None = None) -> Unit:
    """A unit below an agency, by its administrator."""
    return units.create(
        by=administrator(agency),
        facts=units.UnitFacts(official_name=name, kind=UnitVersion.Kind.DIVISION, parent_id=agency.id),
        effective=start or date(2024, 1, 1),
        instrument=PAPER,
        code=NewCode(code=code) if code else None,
    )


def give_all(case: Reorganisation, agency: Agency) -> None:
    """Name the agency as the taker of everything that is left."""
    for group in handover.groups(handover.dry_run(case)):
        taker = Taker(kind=TakerKind.UNIT, name="", unit_id=agency.id)
        cases.name_taker(by=administrator(agency), target=case, group=group.code, taker=taker)


@scene
def a_unit_lives(stage: Stage) -> None:
    """Created, renamed, corrected, coded anew."""
    agency = stage.world.a
    by = administrator(agency)
    unit = division(agency, "Vụ Thử nghiệm", "X01.90")
    units.change(
        by=by,
        target=unit,
        changes={"official_name": "Vụ Đổi mới"},
        effective=date(2025, 1, 1),
        instrument=PAPER,
        expected_version=unit.version,
    )
    units.correct(by=by, target=unit, changes={"address": "Số 1"}, start=date(2025, 2, 1), reason=REASON)
    units.add_code(by=by, target=unit, code=NewCode(code="28.31.X17"), effective=date(2025, 1, 1), instrument=PAPER)
    units.replace_code(
        by=by, target=unit, old="X01.90", code=NewCode(code="X01.91"), effective=date(2025, 3, 1), instrument=PAPER
    )
    units.end_code(by=by, target=unit, code="28.31.X17", effective=date(2025, 4, 1), reason=REASON)


@scene
def a_scheme_is_published(stage: Stage) -> None:
    """Published, amended, ended."""
    by = administrator(None)
    scheme = codes.publish_scheme(
        by=by,
        issuer_id=stage.world.a.id,
        name="Mã đơn vị sự nghiệp thử nghiệm",
        alphabet=CodeScheme.Alphabet.BOTH,
        shortest=3,
        longest=6,
        instrument=PAPER,
        published_on=date(2024, 1, 1),
    )
    codes.amend_scheme(by=by, target=scheme, changes={"purpose": "Chỉ cho thử nghiệm"}, reason=REASON)
    codes.end_scheme(by=by, target=scheme, reason=REASON)


@scene
def a_body_issues(stage: Stage) -> None:
    """Created, changed, ended."""
    by = administrator(stage.world.a)
    facts = bodies.BodyFacts(
        kind=IssuingBody.Kind.COUNCIL,
        name="Hội đồng Thử nghiệm",
        abbreviation="HĐTN",
        header_lines=["BỘ THỬ NGHIỆM MỘT", "HỘI ĐỒNG THỬ NGHIỆM"],
        place="Hà Nội",
    )
    body = bodies.create(by=by, facts=facts, effective=date(2024, 1, 1), instrument=PAPER)
    later = bodies.BodyFacts(
        kind=facts.kind, name=facts.name, abbreviation="HĐT", header_lines=facts.header_lines, place="Huế"
    )
    made = bodies.change(by=by, target=body, facts=later, effective=date(2025, 1, 1), instrument=PAPER)
    bodies.end(by=by, target=made, effective=date(2026, 1, 1), reason=REASON)


@scene
def units_are_merged(stage: Stage) -> None:
    """Two divisions become one on a past day; another case is cancelled, a third waits and says why."""
    agency = stage.world.a
    by, second = administrator(agency), administrator(agency)
    one, two = division(agency, "Phòng Một"), division(agency, "Phòng Hai")
    facts = units.UnitFacts(official_name="Phòng Chung", kind=UnitVersion.Kind.DIVISION)
    case = cases.open_case(
        by=by,
        kind=Reorganisation.Kind.MERGE,
        ends=[one.pk, two.pk],
        follows=[cases.Successor(facts=facts)],
        instrument=PAPER,
        effective=clock.local_date(),
    )
    left = division(agency, "Tổ của Phòng Một")
    units.change(by=by, target=left, changes={"parent_id": one.pk}, effective=date(2024, 2, 1), instrument=PAPER)
    give_all(case, agency)
    cases.confirm(by=second, target=case)
    cases.postpone(by=SYSTEM, target=case, trouble="Chưa thực hiện được")
    cases.carry_out(by=SYSTEM, target=case)
    gone = cases.open_case(
        by=by,
        kind=Reorganisation.Kind.DISSOLVE,
        ends=[left.pk],
        instrument=PAPER,
        effective=clock.local_date() + timedelta(days=30),
    )
    cases.cancel(by=by, target=gone, reason=REASON)


@scene
def a_division_with_work_is_dissolved(stage: Stage) -> None:
    """An open incoming paper and a draft go to the agency."""
    agency = stage.world.a
    draft(stage.world, receivers=[stage.world.b])
    direct(agency, paper(agency))
    dissolve(agency, agency.divisions[1])


@scene
def an_agency_is_dissolved(stage: Stage) -> None:
    """Its books close, its seal is withdrawn, its certificates are revoked."""
    agency = stage.world.c
    by = Actor(user_id=uuid4(), name="Văn thư", agency_id=agency.id, verbs=frozenset({signing.SET_PICTURE}))
    picture = io.BytesIO()
    Image.new("RGBA", (20, 20), (0, 0, 0, 0)).save(picture, "PNG")
    signing.set_picture(by=by, kind="seal", name=agency.name, png=picture.getvalue())
    dissolve(agency, agency.unit)


def dissolve(agency: Agency, unit: Unit) -> Reorganisation:
    """Dissolve a unit of an agency, or the agency itself by the node; the first agency's house takes what is left."""
    node = administrator(None)
    by = node if unit.is_agency else administrator(agency)
    case = cases.open_case(
        by=by, kind=Reorganisation.Kind.DISSOLVE, ends=[unit.pk], instrument=PAPER, effective=clock.local_date()
    )
    other = Unit.objects.exclude(pk=unit.pk).filter(agency_id=F("pk")).order_by("created_at").first()
    taker = Taker(kind=TakerKind.UNIT, name="", unit_id=agency.id if unit != agency.unit else other and other.pk)
    for group in handover.groups(handover.dry_run(case)):
        cases.name_taker(by=administrator(agency), target=case, group=group.code, taker=taker)
    cases.confirm(by=administrator(None) if unit.is_agency else administrator(agency), target=case)
    cases.carry_out(by=SYSTEM, target=case)
    return case


@scene
def units_are_imported(stage: Stage) -> None:
    """A file is kept, checked, approved, loaded."""
    by = administrator(stage.world.a)
    table = [["Mã định danh", "Tên chính thức", "Mã cơ quan cấp trên"], ["X01.77", "Phòng Nạp", "X01"]]
    row = imports.begin(
        by=by, name="don-vi.csv", content=b"csv", instrument="Danh sách thử nghiệm", effective=date(2026, 1, 1)
    )
    imports.check(by=SYSTEM, target=row, table=table)
    imports.approve(by=by, target=row)
    assert imports.load(by=SYSTEM, target=row, table=table) == 1

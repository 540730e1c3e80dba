"""Life of units in the demo world: merge, split, rename, re-code, dissolutions; bodies of every kind (core §14).

Fictional codes alone (X05–X09, X52–X59); everything is an act of an administrator on a past day.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from lienthong.contracts.actor import Actor
from lienthong.contracts.handover import Taker, TakerKind
from lienthong.core import fence
from lienthong.core.orgs import handover
from lienthong.core.orgs.actions import bodies, cases, codes, units
from lienthong.core.orgs.actions.codes import NewCode
from lienthong.core.orgs.models import CodeScheme, IssuingBody, Reorganisation, Unit, UnitVersion
from lienthong.demo.agencies import Agency, Seat
from lienthong.kit import clock

SINCE = date(2021, 1, 1)
PROVINCE, MINISTRY, DIVISION = UnitVersion.Kind.PROVINCE, UnitVersion.Kind.MINISTRY, UnitVersion.Kind.DIVISION
Kind = Reorganisation.Kind


def happen(agencies: Sequence[Agency], operators: Sequence[Seat]) -> None:
    """Let the directory and two agencies change as the specification says; dates count back from today."""
    node, second = (seat.actor() for seat in operators)
    today = clock.local_date()
    with fence.node("demo.units"):
        _directory(node, second, today)
        for agency in agencies[:2]:
            _bodies(agency)
        _divisions(agencies[0], today)


def _at(day: date) -> datetime:
    return clock.at_local(day) + timedelta(hours=9)


def _unit(by: Actor, name: str, code: str, kind: str, parent: Unit | None = None) -> Unit:
    facts = units.UnitFacts(official_name=name, kind=kind, parent_id=parent.pk if parent else None)
    given = NewCode(code=code, primary=True) if code else None
    return units.create(by=by, facts=facts, effective=SINCE, instrument="Dữ liệu mẫu", code=given)


def _new(name: str, code: str, kind: str, *, primary: bool = False) -> cases.Successor:
    facts = units.UnitFacts(official_name=name, kind=kind)
    return cases.Successor(facts=facts, code=NewCode(code=code, primary=True), primary=primary)


def _directory(node: Actor, second: Actor, today: date) -> None:
    with clock.pinned(_at(today - timedelta(days=400))):
        old = [_unit(node, f"Ủy ban nhân dân tỉnh Thử nghiệm {n}", f"X5{n}", PROVINCE) for n in (2, 3, 4)]
        shared = _unit(node, "Sở Kinh tế Thử nghiệm", "X56", UnitVersion.Kind.DEPARTMENT)
        renamed = _unit(node, "Bộ Thử nghiệm Bốn", "X04", MINISTRY)
        recoded = _unit(node, "Bộ Thử nghiệm Năm", "X05", MINISTRY)
        gone = _unit(node, "Ban Chỉ đạo Thử nghiệm", "X07", UnitVersion.Kind.OTHER)
        units.add_code(
            by=node, target=renamed, code=NewCode(code="000.00.00.X04"), effective=SINCE, instrument="Dữ liệu mẫu"
        )
        codes.publish_scheme(
            by=node,
            issuer_id=recoded.pk,
            name="Mã đơn vị sự nghiệp thử nghiệm",
            alphabet=CodeScheme.Alphabet.BOTH,
            shortest=4,
            longest=8,
            instrument="Quyết định 01/QĐ-TN",
            published_on=SINCE,
        )
    merged = _new("Ủy ban nhân dân tỉnh Thử nghiệm Hợp nhất", "X55", PROVINCE)
    _case(node, second, Kind.MERGE, old, [merged], "Nghị quyết 12/NQ-TN", today - timedelta(days=90))
    two = [
        _new("Sở Tài chính Thử nghiệm", "X57", UnitVersion.Kind.DEPARTMENT, primary=True),
        _new("Sở Công Thương Thử nghiệm", "X58", UnitVersion.Kind.DEPARTMENT),
    ]
    _case(node, second, Kind.SPLIT, [shared], two, "Quyết định 15/QĐ-TN", today - timedelta(days=75))
    _case(node, second, Kind.DISSOLVE, [gone], [], "Quyết định 20/QĐ-TN", today - timedelta(days=60))
    day = today - timedelta(days=45)
    with clock.pinned(_at(day + timedelta(days=5))):
        name = {"official_name": "Bộ Thử nghiệm Bốn và Đổi mới"}
        units.change(by=node, target=renamed, changes=name, effective=day, instrument="Nghị định 30/NĐ-TN")
        units.replace_code(
            by=node,
            target=recoded,
            old="X05",
            code=NewCode(code="X06", primary=True),
            effective=day,
            instrument="Quyết định 31/QĐ-TN",
        )


def _case(
    by: Actor,
    second: Actor,
    kind: str,
    ends: Sequence[Unit],
    follows: Sequence[cases.Successor],
    instrument: str,
    day: date,
) -> None:
    with clock.pinned(_at(day)):
        case = cases.open_case(
            by=by, kind=kind, ends=[unit.pk for unit in ends], follows=follows, instrument=instrument, effective=day
        )
        cases.confirm(by=second, target=case)
        cases.carry_out(by=second, target=case)


def _bodies(agency: Agency) -> None:
    """The other four kinds under the desk of an agency: chức danh, tập thể, Hội đồng, tổ chức Đảng (CORE-102)."""
    by = agency.seats["admin"].actor()
    name, upper = agency.name, agency.name.upper()
    kinds = IssuingBody.Kind
    model = bodies.BodyFacts(
        kind=kinds.OFFICE_HOLDER,
        name=f"Người đứng đầu {name}",
        abbreviation=f"NĐĐ{agency.code}",
        header_lines=[upper],
        place=agency.body.place,
        seal_with_emblem=True,
    )
    for facts in (
        model,
        replace(model, kind=kinds.COLLECTIVE, name=f"Tập thể lãnh đạo {name}", abbreviation=f"TTLĐ{agency.code}"),
        replace(
            model,
            kind=kinds.COUNCIL,
            name=f"Hội đồng Khoa học {name}",
            abbreviation=f"HĐKH{agency.code}",
            header_lines=[upper, "HỘI ĐỒNG KHOA HỌC"],
            seal_with_emblem=False,
        ),
        replace(
            model,
            kind=kinds.PARTY,
            name=f"Đảng ủy {name}",
            abbreviation=f"ĐU{agency.code}",
            header_lines=["ĐẢNG BỘ CƠ QUAN MẪU", f"ĐẢNG ỦY {upper}"],
            seal_with_emblem=False,
        ),
    ):
        bodies.create(by=by, facts=facts, effective=SINCE, instrument="Dữ liệu mẫu")


def _divisions(agency: Agency, today: date) -> None:
    """A division that was dissolved with its takers, and one whose case waits for them."""
    by, second = agency.seats["admin"].actor(), agency.seats["admin_2"].actor()
    with clock.pinned(_at(today - timedelta(days=200))):
        ended = _unit(by, "Trung tâm Dữ liệu", "", DIVISION, agency.unit)
        _unit(by, "Tổ Vận hành dữ liệu", "", DIVISION, ended)
        waiting = _unit(by, "Phòng Số hóa", "", DIVISION, agency.unit)
        _unit(by, "Tổ Quét tài liệu", "", DIVISION, waiting)
    day = today - timedelta(days=30)
    with clock.pinned(_at(day)):
        case = cases.open_case(
            by=by, kind=Kind.DISSOLVE, ends=[ended.pk], instrument="Quyết định 44/QĐ-TN", effective=day
        )
        taker = Taker(kind=TakerKind.UNIT, name="", unit_id=agency.id)
        for group in handover.groups(handover.dry_run(case)):
            cases.name_taker(by=by, target=case, group=group.code, taker=taker)
        cases.confirm(by=second, target=case)
        cases.carry_out(by=second, target=case)
    cases.open_case(
        by=by,
        kind=Kind.DISSOLVE,
        ends=[waiting.pk],
        instrument="Quyết định 50/QĐ-TN",
        effective=today + timedelta(days=30),
        note="Chờ chọn nơi nhận",
    )

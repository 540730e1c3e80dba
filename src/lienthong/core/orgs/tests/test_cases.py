"""Merge, split, dissolution: lineage, resolution, what is left and who takes it (CORE-6, CORE-7, CORE-103)."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine

from lienthong.contracts.actor import system_actor
from lienthong.contracts.handover import Item, Keep, Leaving, Taken, Taker, TakerKind
from lienthong.core.actions.errors import Conflict, Forbidden, Invalid
from lienthong.core.orgs import handover
from lienthong.core.orgs.actions import cases, units
from lienthong.core.orgs.actions.codes import NewCode
from lienthong.core.orgs.models import HandOver, LineageEvent, Reorganisation, Unit, UnitVersion
from lienthong.core.orgs.queries import State, as_of, resolve
from lienthong.core.orgs.tests.world import PAPER, REASON, make, node, of_agency
from lienthong.core.registry import registry

pytestmark = pytest.mark.django_db
GRACE = 180
DAY = date(2026, 7, 1)
HOUSE = system_actor("orgs")


def new(name: str, code: str = "", *, primary: bool = False) -> cases.Successor:
    facts = units.UnitFacts(official_name=name, kind=UnitVersion.Kind.OTHER)
    return cases.Successor(facts=facts, code=NewCode(code=code, primary=True) if code else None, primary=primary)


def open_case(kind: str, ends: list[Unit], follows: Sequence[cases.Successor] = ()) -> Reorganisation:
    return cases.open_case(
        by=node(), kind=kind, ends=[u.pk for u in ends], follows=follows, instrument=PAPER, effective=DAY
    )


def carry(case: Reorganisation) -> None:
    cases.confirm(by=node(), target=case)
    assert cases.carry_out_due() == 1
    case.refresh_from_db()
    assert case.state == Reorganisation.State.DONE, case.trouble


@pytest.fixture(autouse=True)
def after_the_day() -> Iterator[None]:
    with time_machine.travel(datetime(2026, 7, 20, 2, tzinfo=UTC)):
        yield


def test_core_6_core_7_v_org_2_v_org_3_three_units_become_one() -> None:
    """V-ORG-2, V-ORG-3, CORE-7: A, B, C merged into D on 2026-07-01, by acts; the grace ends on 2026-12-28."""
    old = [make(f"Cơ quan {name}", f"X0{n}") for n, name in enumerate("ABC", 1)]
    case = open_case(Reorganisation.Kind.MERGE, old, [new("Cơ quan D", "X04")])
    successor = case.units.get(role="follows").unit
    carry(case)
    last = resolve("X01", date(2026, 12, 28), grace_days=GRACE)
    assert (last.state, last.unit_id, last.grace_ends) == (State.MERGED, successor.pk, date(2026, 12, 28))
    assert not resolve("X01", date(2026, 12, 29), grace_days=GRACE).known
    for unit, code in zip(old, ("X01", "X02", "X03"), strict=True):
        before = resolve(code, DAY - timedelta(days=1), grace_days=GRACE)
        assert (before.state, before.unit_id) == (State.CURRENT, unit.pk)
        assert as_of(unit.pk, DAY) is None
        assert as_of(unit.pk, DAY - timedelta(days=1)) is not None
    assert LineageEvent.objects.get(kind="merge").links.count() == 3


def test_v_org_4_what_a_code_meant_on_a_past_day_is_still_told() -> None:
    """V-ORG-4: asked in 2027 for a document of 2026-05-10, the code names A."""
    old = [make(f"Cơ quan {name}", f"X0{n}") for n, name in enumerate("ABC", 1)]
    carry(open_case(Reorganisation.Kind.MERGE, old, [new("Cơ quan D", "X04")]))
    with time_machine.travel(datetime(2027, 3, 1, tzinfo=UTC)):
        found = resolve("X01", date(2026, 5, 10), grace_days=GRACE)
        assert found.version is not None
        assert (found.state, found.version.official_name) == (State.CURRENT, "Cơ quan A")


def test_core_7_a_split_has_one_primary_successor() -> None:
    """CORE-7: traffic goes to the primary one; both are named; two primary ones are refused."""
    old = make("Sở Chung", "X56")
    two = [new("Sở Một", "X57"), new("Sở Hai", "X58", primary=True)]
    with pytest.raises(Invalid):
        open_case(Reorganisation.Kind.SPLIT, [old], [new("Một", primary=True), new("Hai", primary=True)])
    with pytest.raises(Invalid):
        open_case(Reorganisation.Kind.SPLIT, [old], two[:1])
    case = open_case(Reorganisation.Kind.SPLIT, [old], two)
    primary = case.units.get(role="follows", primary=True).unit
    carry(case)
    found = resolve("X56", DAY, grace_days=GRACE)
    assert found.version is not None
    assert (found.state, found.unit_id, found.version.official_name) == (State.SPLIT, primary.pk, "Sở Hai")
    assert found.successors[0] == primary.pk
    assert len(found.successors) == 2


def test_core_6_a_successor_that_was_merged_itself_is_followed() -> None:
    """CORE-6: A into B, then B into C within the grace: A's code leads to C."""
    a, b, c = make("A", "X01"), make("B", "X02"), make("C", "X03")
    carry(open_case(Reorganisation.Kind.MERGE, [a], [cases.Successor(unit_id=b.pk)]))
    later = cases.open_case(
        by=node(),
        kind=Reorganisation.Kind.MERGE,
        ends=[b.pk],
        follows=[cases.Successor(unit_id=c.pk)],
        instrument=PAPER,
        effective=date(2026, 7, 10),
    )
    carry(later)
    assert resolve("X01", date(2026, 7, 5), grace_days=GRACE).unit_id == b.pk
    found = resolve("X01", date(2026, 7, 15), grace_days=GRACE)
    assert (found.state, found.unit_id, found.successors) == (State.MERGED, c.pk, (b.pk,))


def test_core_6_a_dissolved_unit_has_nobody_to_take_its_traffic() -> None:
    """CORE-6: within the grace the answer says dissolved and until when, and leads nowhere."""
    carry(open_case(Reorganisation.Kind.DISSOLVE, [make("Ban", "X07")]))
    found = resolve("X07", DAY, grace_days=GRACE)
    assert (found.state, found.known, found.grace_ends) == (State.DISSOLVED, False, DAY + timedelta(days=GRACE))


class Papers:
    """A source of the tests: files kept for ever and files kept for a term, and what was done with them."""

    def __init__(self) -> None:
        self.closed: list[tuple[str, str]] = []

    def items(self, leaving: Leaving) -> Iterator[Item]:
        for unit in sorted(leaving.units, key=str):
            for group, keep in (("ever", Keep.PERMANENT), ("term", Keep.RECORD)):
                yield Item(
                    group=group,
                    label=f"Hồ sơ {group}",
                    key=f"{group}:{unit}",
                    title=f"Hồ sơ {group}",
                    agency_id=None,
                    unit_id=unit,
                    keep=keep,
                )

    def close(self, *, by: object, leaving: Leaving, taken: Sequence[Taken], reason: str) -> list[tuple[str, str]]:
        self.closed += [(each.item.key, each.taker.name) for each in taken]
        return [(each.item.key, "Đã giao") for each in taken]


@pytest.fixture
def papers() -> Iterator[Papers]:
    source = Papers()
    registry.add_hand_over("papers", source)
    yield source
    del registry.hand_over["papers"]


def test_core_103_refused_while_one_item_has_no_taker(papers: Papers) -> None:
    """CORE-103: the dry run lists everything; with one item without a taker nothing is confirmed; then all is done."""
    above = make("Cơ quan cấp trên")
    unit = make("Trung tâm", "X07", parent=above)
    case = open_case(Reorganisation.Kind.DISSOLVE, [unit])
    assert {line.item.group for line in handover.dry_run(case)} == {"ever", "term"}

    def name(group: str, taker: Taker) -> None:
        cases.name_taker(by=node(), target=case, group=group, taker=taker)

    with pytest.raises(Conflict) as refused:
        cases.confirm(by=node(), target=case)
    assert refused.value.code == "no_taker"
    superior = Taker(kind=TakerKind.UNIT, name="", unit_id=above.pk)
    with pytest.raises(Invalid):
        name("papers.ever", superior)
    with pytest.raises(Invalid):
        name("papers.term", Taker(kind=TakerKind.UNIT, name="", unit_id=make("Nơi khác").pk))
    name("papers.ever", Taker(kind=TakerKind.HISTORICAL_ARCHIVE, name="Lưu trữ lịch sử tỉnh Thử nghiệm"))
    with pytest.raises(Conflict):
        cases.confirm(by=node(), target=case)
    name("papers.term", Taker(kind=TakerKind.CURRENT_ARCHIVE, name="", unit_id=above.pk))
    assert papers.closed == []
    carry(case)
    assert sorted(papers.closed) == [
        (f"ever:{unit.pk}", "Lưu trữ lịch sử tỉnh Thử nghiệm"),
        (f"term:{unit.pk}", "Lưu trữ hiện hành của Cơ quan cấp trên"),
    ]
    assert [name for name, _ in handover.receivers(case)] == [
        "Lưu trữ hiện hành của Cơ quan cấp trên",
        "Lưu trữ lịch sử tỉnh Thử nghiệm",
    ]
    assert set(HandOver.objects.filter(case=case).values_list("result", flat=True)) == {"Đã giao"}


def test_core_103_needs_a_second_person() -> None:
    """CORE-32, CORE-103: who opened a case does not confirm it."""
    by = node()
    case = cases.open_case(
        by=by, kind=Reorganisation.Kind.DISSOLVE, ends=[make("Ban").pk], instrument=PAPER, effective=DAY
    )
    with pytest.raises(Conflict) as refused:
        cases.confirm(by=by, target=case)
    assert refused.value.code == "same_person"


def test_core_103_nothing_ends_before_its_day() -> None:
    """CORE-103: a confirmed case waits for the effective day; the job carries it out then."""
    unit = make("Ban", "X07")
    case = cases.open_case(
        by=node(), kind=Reorganisation.Kind.DISSOLVE, ends=[unit.pk], instrument=PAPER, effective=date(2026, 8, 1)
    )
    cases.confirm(by=node(), target=case)
    with pytest.raises(Conflict):
        cases.carry_out(by=HOUSE, target=case)
    assert cases.carry_out_due() == 0
    assert resolve("X07", grace_days=GRACE).state == State.CURRENT
    with time_machine.travel(datetime(2026, 7, 31, 17, 0, 1, tzinfo=UTC)):
        assert cases.carry_out_due() == 1
        assert resolve("X07", grace_days=GRACE).state == State.DISSOLVED


def test_core_103_a_cancelled_case_leaves_no_unit_behind() -> None:
    """CORE-1, CORE-103: successors recorded for it are taken back on the recorded axis, their codes too."""
    one, two = make("Một", "X01"), make("Hai", "X02")
    case = open_case(Reorganisation.Kind.MERGE, [one, two], [new("Chung", "X03")])
    unit = case.units.get(created=True).unit
    known = datetime.now(UTC)
    assert as_of(unit.pk, DAY) is not None
    cases.cancel(by=node(), target=case, reason=REASON)
    assert as_of(unit.pk, DAY) is None
    assert as_of(unit.pk, DAY, known) is not None
    assert not resolve("X03", DAY, grace_days=GRACE).known
    assert resolve("X01", DAY, grace_days=GRACE).state == State.CURRENT


def test_core_103_units_below_move_under_their_taker() -> None:
    """CORE-103: what stood under an ended unit stands under its successor from the day on, not before."""
    one, two = make("Cục Một"), make("Cục Hai")
    room = make("Phòng", parent=one)
    case = open_case(Reorganisation.Kind.MERGE, [one], [cases.Successor(unit_id=two.pk)])
    cases.name_taker(
        by=node(), target=case, group="orgs.unit", taker=Taker(kind=TakerKind.UNIT, name="", unit_id=two.pk)
    )
    carry(case)
    parents = [as_of(room.pk, day) for day in (DAY - timedelta(days=1), DAY)]
    assert [version.parent_id for version in parents if version] == [one.pk, two.pk]


def test_core_103_a_unit_ends_by_one_case_at_a_time() -> None:
    """CORE-103: two open cases of one unit are refused; so is a unit that is no more."""
    unit = make("Ban", "X07")
    case = open_case(Reorganisation.Kind.DISSOLVE, [unit])
    with pytest.raises(Conflict):
        open_case(Reorganisation.Kind.DISSOLVE, [unit])
    carry(case)
    with pytest.raises(Invalid):
        cases.open_case(
            by=node(), kind=Reorganisation.Kind.DISSOLVE, ends=[unit.pk], instrument=PAPER, effective=date(2026, 7, 15)
        )


def test_core_108_an_agency_names_the_takers_of_its_own_things() -> None:
    """CORE-103, CORE-108: an administrator opens no case over another agency's unit."""
    mine, other = make("Bộ Một", as_agency=True), make("Bộ Hai", as_agency=True)
    foreign = make("Vụ", by=of_agency(other.pk), parent=other)
    with pytest.raises(Forbidden):
        cases.open_case(
            by=of_agency(mine.pk),
            kind=Reorganisation.Kind.DISSOLVE,
            ends=[foreign.pk],
            instrument=PAPER,
            effective=DAY,
        )

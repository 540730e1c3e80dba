"""Versions on two axes, by acts: what changes, what stays, what the database refuses (CORE-1, CORE-2, CORE-7)."""

from datetime import UTC, date, datetime

import pytest
import time_machine
from django.db import DatabaseError, connection, transaction

from lienthong.core.actions.errors import Conflict, Forbidden, Invalid, StaleObject
from lienthong.core.audit.models import JournalEntry
from lienthong.core.orgs import history
from lienthong.core.orgs.actions import units
from lienthong.core.orgs.models import LineageEvent, Unit, UnitVersion
from lienthong.core.orgs.queries import as_of, as_printed
from lienthong.core.orgs.tests.world import BEGIN, PAPER, REASON, make, node, of_agency

pytestmark = pytest.mark.django_db


def rename(unit: Unit, name: str, effective: date) -> None:
    units.change(by=node(), target=unit, changes={"official_name": name}, effective=effective, instrument=PAPER)


def refused(statement: str, value: object) -> str:
    """The SQLSTATE with which the database refuses a statement, guards of pgtrigger switched off."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT set_config('pgtrigger.ignore', 'orgs_*:*', true)")
            cursor.execute(statement, [value])
    except DatabaseError as error:
        return str(getattr(error.__cause__, "sqlstate", ""))
    return ""


def test_core_2_v_org_1_a_rename_is_known_from_the_day_it_was_recorded() -> None:
    """CORE-2, V-ORG-1 through the act: effect 2025-07-01, recorded 2025-07-15."""
    with time_machine.travel(datetime(2024, 1, 1, tzinfo=UTC)):
        unit = make("Tên cũ")
    with time_machine.travel(datetime(2025, 7, 15, tzinfo=UTC), tick=False):
        rename(unit, "Tên mới", date(2025, 7, 1))
    day = date(2025, 7, 5)
    names = [as_of(unit.pk, day, datetime(2025, 7, known, tzinfo=UTC)) for known in (10, 20)]
    assert [version.official_name for version in names if version] == ["Tên cũ", "Tên mới"]
    before = as_of(unit.pk, date(2025, 6, 30))
    assert before is not None
    assert before.official_name == "Tên cũ"


def test_core_1_nothing_is_updated_but_the_closing_of_a_bound() -> None:
    """CORE-1: whatever statement tries, a version and a code keep what they say, once closed for ever."""
    unit = make("Sở Thử nghiệm", "X01.05")
    rename(unit, "Sở Đổi tên", date(2024, 1, 1))
    closed = UnitVersion.objects.get(unit=unit, recorded__upper_inf=False)
    statements = (
        ("UPDATE orgs_unitversion SET official_name = 'Khác' WHERE unit_id = %s", unit.pk),
        ("UPDATE orgs_unitversion SET valid = daterange('2000-01-01', NULL) WHERE unit_id = %s", unit.pk),
        ("UPDATE orgs_unitversion SET recorded = tstzrange(lower(recorded), now() + '1h') WHERE id = %s", closed.pk),
        ("UPDATE orgs_unitversion SET recorded = tstzrange('2000-01-01', NULL) WHERE unit_id = %s", unit.pk),
        ("UPDATE orgs_unitcode SET code = 'X09' WHERE unit_id = %s", unit.pk),
        ("DELETE FROM orgs_unitcode WHERE unit_id = %s", unit.pk),
        ("DELETE FROM orgs_unitversion WHERE unit_id = %s", unit.pk),
    )
    for statement, value in statements:
        assert refused(statement, value) == "LT409", statement
    with pytest.raises(DatabaseError), transaction.atomic():
        LineageEvent.objects.update(instrument="Khác")


def test_core_1_a_write_outside_an_action_is_journalled() -> None:
    """CORE-1, CORE-73: a bare insert of a version leaves its entry."""
    unit = make("Đơn vị")
    before = JournalEntry.objects.filter(verb="core:raw:write").count()
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE orgs_unitversion SET recorded = tstzrange(lower(recorded), now() + '1s') WHERE unit_id = %s",
            [unit.pk],
        )
    assert JournalEntry.objects.filter(verb="core:raw:write").count() == before + 1


def test_core_7_each_change_cites_instrument_and_day_and_leaves_its_line() -> None:
    """CORE-7: create, rename, re-parent, re-code and other changes are events; each act is journalled."""
    above, unit = make("Bộ"), make("Cục")
    rename(unit, "Cục Mới", date(2022, 1, 1))
    units.change(
        by=node(), target=unit, changes={"parent_id": above.pk}, effective=date(2023, 1, 1), instrument="NĐ 2/TN"
    )
    units.change(by=node(), target=unit, changes={"address": "Số 2"}, effective=date(2024, 1, 1), instrument="CV 3")
    events = LineageEvent.objects.filter(links__successor=unit).order_by("effective")
    kinds = LineageEvent.Kind
    assert [(e.kind, e.effective.year) for e in events] == [
        (kinds.CREATE, 2021),
        (kinds.RENAME, 2022),
        (kinds.REPARENT, 2023),
        (kinds.CHANGE, 2024),
    ]
    assert all(event.instrument for event in events)
    assert JournalEntry.objects.filter(verb=units.CHANGE).count() == 3


def test_f_core_16_a_change_leaves_what_stands_beside_it() -> None:
    """F-CORE-16: only the named fact changes; a later change of another fact that is known already stays too."""
    unit = make("Sở Cũ")
    by = node()
    units.change(
        by=by, target=unit, changes={"address": "Số 9", "place": "Huế"}, effective=date(2025, 1, 1), instrument=PAPER
    )
    rename(unit, "Sở Mới", date(2024, 1, 1))
    units.change(by=by, target=unit, changes={"address": "Số 5"}, effective=date(2023, 1, 1), instrument=PAPER)
    told = [(row.valid.lower.year, row.official_name, row.address, row.place) for row in history.known_versions(unit)]
    assert told == [
        (2021, "Sở Cũ", "", ""),
        (2023, "Sở Cũ", "Số 5", ""),
        (2024, "Sở Mới", "Số 5", ""),
        (2025, "Sở Mới", "Số 9", "Huế"),
    ]


def test_core_1_a_correction_stays_beside_what_was_believed() -> None:
    """CORE-1: a span recorded wrongly is put right on the recorded axis; what was known stays readable."""
    with time_machine.travel(datetime(2024, 1, 1, tzinfo=UTC)):
        unit = make("Chi cuc Sai")
    units.correct(
        by=node(),
        target=unit,
        changes={"official_name": "Chi cục Đúng"},
        start=date(2022, 1, 1),
        end=date(2023, 1, 1),
        reason=REASON,
    )
    asked = {year: as_of(unit.pk, date(year, 6, 1)) for year in (2021, 2022, 2023)}
    assert [v.official_name for v in asked.values() if v] == ["Chi cuc Sai", "Chi cục Đúng", "Chi cuc Sai"]
    believed = as_of(unit.pk, date(2022, 6, 1), datetime(2024, 6, 1, tzinfo=UTC))
    assert believed is not None
    assert believed.official_name == "Chi cuc Sai"
    assert UnitVersion.objects.filter(unit=unit).count() == 4


def test_core_8_an_instant_pins_the_version_for_ever() -> None:
    """CORE-8: what an object of 2024 said of its unit is found by unit and instant, whatever is recorded later."""
    with time_machine.travel(datetime(2024, 1, 1, tzinfo=UTC)):
        unit = make("Tên năm 2024")
    at = datetime(2024, 5, 10, 3, tzinfo=UTC)
    pinned = as_printed(unit.pk, at)
    rename(unit, "Tên mới", date(2024, 1, 1))
    units.correct(by=node(), target=unit, changes={"official_name": "Đính chính"}, start=BEGIN, reason=REASON)
    assert as_printed(unit.pk, at) == pinned
    assert pinned is not None
    assert pinned.official_name == "Tên năm 2024"


def test_a_stale_form_is_refused() -> None:
    """CORE-1: who looks at an older state of the unit is told so, and nothing is written."""
    unit = make("Sở A")
    seen = unit.version
    rename(unit, "Sở B", date(2024, 1, 1))
    with pytest.raises(StaleObject) as stale:
        units.change(
            by=node(),
            target=unit,
            changes={"official_name": "Sở C"},
            effective=date(2024, 2, 1),
            instrument=PAPER,
            expected_version=seen,
        )
    assert stale.value.status == 409
    now = as_of(unit.pk)
    assert now is not None
    assert now.official_name == "Sở B"


def test_core_108_an_agency_rules_its_own_units_alone() -> None:
    """CORE-108: another agency's unit, and a unit of the directory, are not the administrator's to change."""
    mine, other = make("Bộ Một", as_agency=True), make("Bộ Hai", as_agency=True)
    foreign = make("Vụ của Bộ Hai", by=of_agency(other.pk), parent=other)
    listed = make("Cơ quan trong danh bạ")
    for target in (foreign, listed):
        with pytest.raises(Forbidden):
            units.change(
                by=of_agency(mine.pk),
                target=target,
                changes={"official_name": "Khác"},
                effective=date(2024, 1, 1),
                instrument=PAPER,
            )
    with pytest.raises(Forbidden):
        make("Chen vào", by=of_agency(mine.pk), parent=other)
    with pytest.raises(Forbidden):
        units.change(by=node(), target=foreign, changes={"place": "Huế"}, effective=date(2024, 1, 1), instrument=PAPER)


def test_a_unit_is_never_above_itself() -> None:
    """CORE-7: re-parenting under a unit of its own is refused; so is a day outside the unit's life."""
    top = make("Cấp trên")
    low = make("Cấp dưới", parent=top)
    with pytest.raises(Invalid) as refused:
        units.change(by=node(), target=top, changes={"parent_id": low.pk}, effective=date(2024, 1, 1), instrument=PAPER)
    assert set(refused.value.fields) == {"parent_id"}
    with pytest.raises(Invalid):
        rename(top, "Sớm quá", date(2019, 1, 1))
    with pytest.raises(Invalid):
        rename(top, "Cấp trên", date(2024, 1, 1))


def test_core_13_names_are_never_cut() -> None:
    """CORE-13: names of 500 letters and more are kept whole."""
    name = "Ban Quản lý " + "dự án đầu tư xây dựng " * 25
    version = as_of(make(name).pk, BEGIN)
    assert version is not None
    assert version.official_name == name.strip()
    assert len(version.official_name) > 500


def test_only_the_node_makes_agencies() -> None:
    """CORE-108: a tenant is made by the node."""
    mine = make("Bộ Một", as_agency=True)
    assert mine.is_agency
    with pytest.raises(Conflict):
        make("Bộ Con", by=of_agency(mine.pk), parent=mine, as_agency=True)

"""Units on two time axes, codes that resolve through changes (CORE-1..6)."""

from datetime import UTC, date, datetime

import pytest
from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateRange, DateTimeTZRange

from lienthong.core.orgs.models import LineageEvent, LineageLink, Unit, UnitCode, UnitVersion
from lienthong.core.orgs.queries import State, as_of, resolve

pytestmark = pytest.mark.django_db

EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
GRACE = 180


def make_unit(name: str, *, code: str = "", start: date = date(2020, 1, 1), end: date | None = None) -> Unit:
    unit = Unit.objects.create(created_at=EPOCH)
    UnitVersion.objects.create(
        unit=unit,
        official_name=name,
        kind=UnitVersion.Kind.OTHER,
        valid=DateRange(start, end),
        recorded=DateTimeTZRange(EPOCH, None),
    )
    if code:
        UnitCode.objects.create(
            unit=unit,
            scheme=UnitCode.Scheme.QD20,
            code=code,
            valid=DateRange(start, end),
            recorded=DateTimeTZRange(EPOCH, None),
            source="bộ dữ liệu thử",
        )
    return unit


def test_core_1_two_versions_may_not_overlap_on_both_axes() -> None:
    unit = make_unit("Sở Thử nghiệm")
    with pytest.raises(IntegrityError), transaction.atomic():
        UnitVersion.objects.create(
            unit=unit,
            official_name="Sở Khác",
            kind=UnitVersion.Kind.OTHER,
            valid=DateRange(date(2024, 1, 1), None),
            recorded=DateTimeTZRange(datetime(2024, 1, 1, tzinfo=UTC), None),
        )


def test_core_2_v_org_1_a_name_is_answered_as_it_was_known() -> None:
    """CORE-2 V-ORG-1: changed with effect 2025-07-01, recorded 2025-07-15."""
    unit = Unit.objects.create(created_at=EPOCH)
    recorded = datetime(2025, 7, 15, tzinfo=UTC)
    rows = (
        ("Tên cũ", DateRange(date(2020, 1, 1), None), DateTimeTZRange(EPOCH, recorded)),
        ("Tên cũ", DateRange(date(2020, 1, 1), date(2025, 7, 1)), DateTimeTZRange(recorded, None)),
        ("Tên mới", DateRange(date(2025, 7, 1), None), DateTimeTZRange(recorded, None)),
    )
    for name, valid, known in rows:
        UnitVersion.objects.create(
            unit=unit, official_name=name, kind=UnitVersion.Kind.OTHER, valid=valid, recorded=known
        )
    before = as_of(unit.id, date(2025, 7, 5), datetime(2025, 7, 10, tzinfo=UTC))
    after = as_of(unit.id, date(2025, 7, 5), datetime(2025, 7, 20, tzinfo=UTC))
    assert before is not None
    assert before.official_name == "Tên cũ"
    assert after is not None
    assert after.official_name == "Tên mới"


def test_f_core_1_one_code_means_one_unit_under_spelling_variants() -> None:
    """F-CORE-1, CORE-3, V-TX-11: invisible characters and case do not make another code."""
    make_unit("Huyện Bến", code="X51.01")
    with pytest.raises(IntegrityError), transaction.atomic():
        make_unit("Huyện Bến khác", code="x51.01\ufeff")


def test_core_6_v_org_2_v_org_3_traffic_follows_a_merger_within_grace() -> None:
    """V-ORG-2, V-ORG-3, CORE-6: A, B, C merged into D on 2026-07-01 with 180 days of grace."""
    end = date(2026, 7, 1)
    merged = [make_unit(f"Cơ quan {name}", code=f"X0{n}", end=end) for n, name in enumerate("ABC", 1)]
    successor = make_unit("Cơ quan D", code="X04", start=end)
    event = LineageEvent.objects.create(
        kind=LineageEvent.Kind.MERGE, instrument="NQ thử nghiệm", effective=end, recorded_at=EPOCH
    )
    for unit in merged:
        LineageLink.objects.create(event=event, predecessor=unit, successor=successor)
    last = resolve("X01", date(2026, 12, 28), grace_days=GRACE)
    assert (last.state, last.unit_id) == (State.MERGED, successor.id)
    assert last.grace_ends == date(2026, 12, 28)
    assert not resolve("X01", date(2026, 12, 29), grace_days=GRACE).known
    assert resolve("X01", date(2026, 6, 30), grace_days=GRACE).unit_id == merged[0].id


def test_core_3_an_unregistered_code_of_perfect_shape_resolves_to_nothing() -> None:
    assert not resolve("H37.DN.001", grace_days=GRACE).known

"""Shapes of codes (CORE-3, CORE-4)."""

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, transaction

from lienthong.contracts.actor import Actor
from lienthong.core import lawbook
from lienthong.core.actions.errors import Conflict, Invalid
from lienthong.core.orgs import codes, history
from lienthong.core.orgs.actions import codes as codes_acts
from lienthong.core.orgs.actions import units
from lienthong.core.orgs.actions.codes import NewCode
from lienthong.core.orgs.codes import shapes
from lienthong.core.orgs.models import CodeScheme
from lienthong.core.orgs.queries import State, code_of, resolve
from lienthong.core.orgs.tests.world import BEGIN, PAPER, REASON, make, node
from lienthong.kit.org_codes import guess, suggest_qd20

pytestmark = pytest.mark.django_db
GRACE = 180


@pytest.mark.parametrize(
    ("code", "suggested"),
    [("000.00.13.X51", "X51.13"), ("000.20.31.X51", "X51.31.20"), ("000.00.00.X51", "X51")],
)
def test_v_id_1_v_id_2_groups_are_reversed_and_zeros_dropped(code: str, suggested: str) -> None:
    """V-ID-1, V-ID-2, CORE-4."""
    assert suggest_qd20(code) == suggested


@pytest.mark.parametrize(
    ("code", "scheme"),
    [
        ("H37.DN.001", "QD20"),
        ("28.31.X17", "LEGACY"),
        ("Z07ABC123", "QD20-OTHER"),
        ("000.00.00.X51", "QCVN102"),
        ("000.20.31.H53", "QCVN102"),
        ("0101234567", "QD20-ENT"),
        ("vpcp.gov.vn", "LEGACY"),
        ("12.34.56.78", "LEGACY"),
        ("A" * 51, ""),
    ],
)
def test_v_id_6_the_shape_hints_at_the_scheme(code: str, scheme: str) -> None:
    """V-ID-6, CORE-3: the shape only guesses."""
    assert guess(code, shapes()) == scheme


def test_core_34_the_rules_of_codes_are_dated() -> None:
    """CORE-4, CORE-34: before QĐ 20/2020 its shape was no hint; the rules are a versioned set."""
    assert guess("H37.DN.001", shapes(date(2018, 1, 1))) == "LEGACY"
    assert guess("000.00.13.H53", shapes(date(2018, 1, 1))) == "QCVN102"
    assert lawbook.get("org.code_shapes", on=date(2026, 1, 1)) != lawbook.get("org.code_shapes", on=date(2018, 1, 1))


def code(text: str, **more: Any) -> NewCode:
    return NewCode(code=text, **more)


def test_core_4_a_unit_holds_several_codes_and_all_resolve() -> None:
    """CORE-4: code, old code and QCVN 102 code at once."""
    unit = make("Sở Thử nghiệm", "X51.13")
    for text in ("000.20.31.X52", "28.31.X17"):
        units.add_code(by=node(), target=unit, code=code(text), effective=BEGIN, instrument=PAPER)
    for text in ("X51.13", "x51.13\ufeff", "000.20.31.X52", "28.31.X17"):
        assert resolve(text, grace_days=GRACE).unit_id == unit.pk, text


def test_core_4_the_computed_form_is_only_a_suggestion() -> None:
    """CORE-4, V-ID-1: nobody bears the suggested code until somebody confirms it."""
    unit = make("Sở Thử nghiệm", "000.00.13.X51")
    assert [text for _, text in codes.suggestions(history.codes_of(unit))] == ["X51.13"]
    assert not resolve("X51.13", grace_days=GRACE).known
    with pytest.raises(Invalid) as refused:
        units.add_code(by=node(), target=unit, code=code("X51.13"), effective=BEGIN, instrument=PAPER)
    assert "xác nhận" in refused.value.fields["code"]
    units.add_code(by=node(), target=unit, code=code("X51.13", confirmed=True), effective=BEGIN, instrument=PAPER)
    assert resolve("X51.13", grace_days=GRACE).unit_id == unit.pk
    assert codes.suggestions(history.codes_of(unit)) == []


def test_core_3_f_core_1_a_code_that_is_taken_names_both_units() -> None:
    """CORE-3, F-CORE-1: the refusal shows who bears the code, however it is spelt."""
    make("Huyện Bến", "X51.01")
    with pytest.raises(Conflict) as refused:
        make("Huyện Bến khác", "x51.01\u200b")
    assert "X51.01" in refused.value.message
    assert "Huyện Bến" in refused.value.message


def test_core_7_a_re_coded_unit_is_found_by_both_codes_within_the_grace() -> None:
    """CORE-6, CORE-7: the old code leads to the unit until the last day of the grace."""
    unit = make("Bộ Năm", "X05")
    units.replace_code(
        by=node(), target=unit, old="X05", code=code("X06", primary=True), effective=date(2026, 7, 1), instrument=PAPER
    )
    last = date(2026, 7, 1) + timedelta(days=GRACE)
    assert resolve("X05", date(2026, 6, 30), grace_days=GRACE).state == State.CURRENT
    within = resolve("X05", last, grace_days=GRACE)
    assert (within.state, within.unit_id, within.grace_ends) == (State.RENAMED, unit.pk, last)
    assert not resolve("X05", last + timedelta(days=1), grace_days=GRACE).known
    assert resolve("X06", date(2026, 7, 1), grace_days=GRACE).state == State.CURRENT
    assert code_of(unit.pk, date(2026, 7, 1)) == "X06"
    with pytest.raises(Conflict):
        units.end_code(by=node(), target=unit, code="X05", effective=date(2026, 8, 1), reason=REASON)


def scheme(by: Actor | None = None, **more: Any) -> CodeScheme:
    issuer = make("Bộ công bố")
    given = {"alphabet": CodeScheme.Alphabet.BOTH, "shortest": 3, "longest": 6, "name": "Mã thử nghiệm", **more}
    return codes_acts.publish_scheme(
        by=by or node(), issuer_id=issuer.pk, instrument=PAPER, published_on=BEGIN, **given
    )


def test_core_5_schemes_are_numbered_once_in_sequence() -> None:
    """CORE-5: Zxy codes are used once and in sequence, also after one has ended."""
    first, second = scheme(), scheme()
    assert (first.code, second.code) == ("Z01", "Z02")
    codes_acts.end_scheme(by=node(), target=second, reason=REASON)
    assert scheme().code == "Z03"


@pytest.mark.parametrize(
    "changes", [{"number": 9}, {"alphabet": "digits"}, {"shortest": 1}, {"longest": 9}, {"issuer_id": uuid4()}]
)
def test_core_5_code_issuer_and_structure_of_a_published_scheme_stay(changes: dict[str, Any]) -> None:
    """CORE-5: such a change is refused and needs a new scheme; the name may be amended; raw SQL is refused too."""
    published = scheme()
    with pytest.raises(Conflict) as refused:
        codes_acts.amend_scheme(by=node(), target=published, changes=changes, reason=REASON)
    assert "hệ thống mã mới" in refused.value.message
    codes_acts.amend_scheme(by=node(), target=published, changes={"name": "Tên sửa"}, reason=REASON)
    assert published.name == "Tên sửa"
    with pytest.raises(DatabaseError), transaction.atomic():
        CodeScheme.objects.update(longest=20)


def test_core_5_a_member_has_the_structure_of_its_scheme() -> None:
    """CORE-3, CORE-5: Z07… without a published scheme is no code; a member must fit."""
    unit = make("Đơn vị sự nghiệp")

    def give(text: str) -> None:
        units.add_code(by=node(), target=unit, code=code(text), effective=date(2025, 1, 1), instrument=PAPER)

    with pytest.raises(Invalid):
        give("Z01ABC")
    scheme()
    give("Z01ABC")
    with pytest.raises(Invalid):
        give("Z01AB")
    assert resolve("Z01ABC", grace_days=GRACE).unit_id == unit.pk

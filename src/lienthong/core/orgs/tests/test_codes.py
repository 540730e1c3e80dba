"""Shapes of codes (CORE-3, CORE-4)."""

import pytest

from lienthong.core import lawbook
from lienthong.core.orgs.codes import shapes
from lienthong.kit.org_codes import guess, suggest_qd20


@pytest.mark.parametrize(
    ("code", "suggested"),
    [("000.00.13.X51", "X51.13"), ("000.20.31.X51", "X51.31.20"), ("000.00.00.X51", "X51")],
)
def test_v_id_1_v_id_2_groups_are_reversed_and_zeros_dropped(code: str, suggested: str) -> None:
    """V-ID-1, V-ID-2, CORE-4."""
    assert suggest_qd20(code) == suggested


@pytest.mark.django_db
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


@pytest.mark.django_db
def test_core_34_the_rules_of_codes_are_dated() -> None:
    """CORE-4, CORE-34: before QĐ 20/2020 its shape was no hint; the rules are a versioned set."""
    from datetime import date

    assert guess("H37.DN.001", shapes(date(2018, 1, 1))) == "LEGACY"
    assert guess("000.00.13.H53", shapes(date(2018, 1, 1))) == "QCVN102"
    assert lawbook.get("org.code_shapes", on=date(2026, 1, 1)) != lawbook.get("org.code_shapes", on=date(2018, 1, 1))

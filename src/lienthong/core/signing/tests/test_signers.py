"""Units that hang on one living signer (CORE-68, F-CORE-23)."""

from datetime import timedelta

import pytest

from lienthong.core.identity import actions as accounts
from lienthong.core.orgs.actions import people, people_signing
from lienthong.core.orgs.models import UnitVersion
from lienthong.core.signing import service, signers
from lienthong.core.signing.models import Certificate
from lienthong.demo.agencies import Agency, Plan, build
from lienthong.demo.names import Names
from lienthong.kit import clock

pytestmark = pytest.mark.django_db
REASON = "Lý do thử nghiệm đủ dài"


@pytest.fixture
def house() -> Agency:
    plan = Plan(
        name="Bộ Thử nghiệm Một",
        short="Bộ TN1",
        abbreviation="BTN1",
        code="X01",
        kind=UnitVersion.Kind.MINISTRY,
        place="Hà Nội",
        head="Bộ trưởng",
        deputy="Thứ trưởng",
    )
    return build(plan, Names(3))


def alive(agency: Agency) -> dict[str, int]:
    return {each.unit.official_name if each.unit else "": each.alive for each in signers.units_by_signers(agency.id)}


def test_the_report_names_units_with_one_living_signer(house: Agency) -> None:
    """F-CORE-23, CORE-68: a lock, a lost post, an expired or revoked certificate leaves one less; fewest first."""
    seats = house.seats
    by = seats["admin"].actor()
    assert alive(house) == {"Bộ Thử nghiệm Một": 0, "Vụ Pháp chế": 0}
    for seat in ("head", "deputy", "unit_head"):
        service.person_key(seats[seat].user.pk)
    assert alive(house) == {"Vụ Pháp chế": 1, "Bộ Thử nghiệm Một": 2}
    assert [each.alive for each in signers.units_by_signers(house.id)] == [1, 2]
    accounts.lock(by=by, target=seats["deputy"].user, reason=REASON)
    assert alive(house)["Bộ Thử nghiệm Một"] == 1
    accounts.unlock(by=by, target=seats["deputy"].user)
    Certificate.objects.filter(user=seats["deputy"].user).update(revoked_at=clock.now())
    assert alive(house)["Bộ Thử nghiệm Một"] == 1
    people.end_holding(by=by, target=seats["head"].holding, reason=REASON)
    assert alive(house)["Bộ Thử nghiệm Một"] == 0
    Certificate.objects.filter(user=seats["unit_head"].user).update(
        valid_from=clock.now() - timedelta(days=9), valid_to=clock.now()
    )
    assert alive(house)["Vụ Pháp chế"] == 0


def test_several_signers_of_a_unit_are_configured(house: Agency) -> None:
    """CORE-68, F-CORE-23: another head of unit by order, for some document types alone, is a signer too."""
    seats = house.seats
    people_signing.give(
        by=seats["admin"].actor(),
        facts=people_signing.DelegationInput(
            giver_id=seats["head"].position.pk,
            taker_id=seats["unit_head_2"].position.pk,
            kind="TL",
            instrument="Quy chế làm việc, Điều 9",
            document_types=("thong_bao",),
        ),
    )
    service.person_key(seats["unit_head_2"].user.pk)
    found = {each.unit.official_name: each for each in signers.units_by_signers(house.id) if each.unit}
    second = found["Vụ Khoa giáo - Văn xã"]
    assert second.alive == 1
    assert [signer.line for signer in second.signers] == ["TL. BỘ TRƯỞNG / VỤ TRƯỞNG"]

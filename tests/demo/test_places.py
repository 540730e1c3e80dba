"""The places of the demo world: counts by law, predecessors, districts as history (CORE-9)."""

from datetime import date

import pytest
from django.db.models import Count

from lienthong.core.orgs.models import Place, PlaceLineage
from lienthong.demo import places

COMMUNES = (
    "01:126 04:56 08:124 11:45 12:38 14:75 15:99 19:92 20:65 22:54 24:99 25:148 31:114 33:104 37:129 38:166 40:130 "
    "42:69 44:78 46:40 48:94 51:96 52:135 56:65 66:102 68:124 75:95 79:168 80:96 82:102 86:124 91:102 92:103 96:64"
)


@pytest.mark.django_db
def test_core_9_f_core_16_places_are_those_of_the_law_and_keep_their_past() -> None:
    """CORE-9: 34 provinces, 3,321 communes; F-CORE-16: abolished districts stay, with their communes and successors."""
    places.load()
    now = Place.objects.filter(valid__contains=date(2026, 11, 25))
    counted = now.filter(level=Place.Level.PROVINCE).annotate(n=Count("children")).order_by("code")
    assert " ".join(f"{code}:{n}" for code, n in counted.values_list("code", "n")) == COMMUNES
    assert now.filter(level=Place.Level.COMMUNE).count() == 3321
    assert not now.filter(level=Place.Level.DISTRICT).exists()
    before = Place.objects.filter(valid__contains=date(2025, 6, 30))
    assert before.filter(level=Place.Level.PROVINCE).count() == 63
    ba_dinh = before.get(level=Place.Level.DISTRICT, name="Quận Ba Đình")
    assert before.filter(parent=ba_dinh).exists()
    old = before.get(level=Place.Level.COMMUNE, name="Phường Phúc Xá")
    assert PlaceLineage.objects.filter(predecessor=old, successor__valid__upper_inf=True).exists()


@pytest.mark.django_db
def test_core_9_code_75_is_a_province_until_it_is_a_city() -> None:
    places.load()
    named = Place.objects.filter(code="75", level=Place.Level.PROVINCE)
    assert named.get(valid__contains=date(2026, 4, 29)).kind == "tỉnh"
    assert named.get(valid__contains=date(2026, 4, 30)).kind == "thành phố trực thuộc trung ương"

"""Provinces and communes since 01/07/2025 with their predecessors, districts as history (CORE-9, QĐ 19/2025/QĐ-TTg).

Provinces from data/provinces.csv (seed of the specification); communes, former communes and districts from the
package `vietnam-provinces` (GPL-3.0-or-later; General Statistics Office lists), codes as published there.
"""

import csv
import re
from collections import Counter
from collections.abc import Iterable
from datetime import date
from importlib.resources import files

from django.db.backends.postgresql.psycopg_any import DateRange

from lienthong.core.orgs.models import Place, PlaceLineage

SINCE = date(2025, 7, 1)
BEFORE = DateRange(None, SINCE)
NOW = DateRange(SINCE, None)
SPEC = "QĐ 19/2025/QĐ-TTg; NQ 30/2026/QH16"
PACKAGE = "vietnam-provinces (Cục Thống kê)"
BATCH = 2000
_KINDS = {"thanh_pho": "thành phố trực thuộc trung ương", "tinh": "tỉnh"}
_FORMER = re.compile(r"(\d{2}) ([^;]+)")


def load() -> int:
    """Fill the table of places and their lineage; returns how many places there are. For an empty table."""
    provinces = _provinces()
    communes = _communes(provinces)
    _link(communes, _history())
    return Place.objects.count()


def _save(rows: Iterable[Place]) -> list[Place]:
    kept = list(rows)
    for row in kept:
        row.normalise()
    Place.objects.bulk_create(kept, batch_size=BATCH)
    return kept


def _provinces() -> dict[str, Place]:
    text = (files(__package__) / "data" / "provinces.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    now = _save(
        Place(
            code=row["code"],
            name=row["name_vi"],
            kind=_KINDS[row["kind"]],
            level=Place.Level.PROVINCE,
            valid=DateRange(date.fromisoformat(row["valid_from"]), None),
            source=SPEC,
        )
        for row in rows
    )
    made = {place.code: place for place in now}
    # Code 75 is tỉnh Đồng Nai until 29/04/2026 and thành phố from 30/04/2026.
    late = [row for row in rows if date.fromisoformat(row["valid_from"]) > SINCE]
    _save(
        Place(
            code=row["code"],
            name=row["name_vi"],
            kind=_KINDS["tinh"],
            level=Place.Level.PROVINCE,
            valid=DateRange(SINCE, date.fromisoformat(row["valid_from"])),
            source=SPEC,
        )
        for row in late
    )
    old = {
        code: name.strip()
        for row in rows
        for code, name in _FORMER.findall(row["note"].partition(":")[2].partition(".")[0])
    }
    unmerged = {row["code"]: row["name_vi"] for row in rows if row["note"].startswith("not merged")}
    before = _save(
        Place(code=code, name=name, kind="đơn vị cấp tỉnh", level=Place.Level.PROVINCE, valid=BEFORE, source=SPEC)
        for code, name in {**old, **unmerged}.items()
    )
    by_code = {place.code: place for place in before}
    links = []
    for row in rows:
        sources = [code for code, _ in _FORMER.findall(row["note"].partition(":")[2].partition(".")[0])]
        links += [
            PlaceLineage(predecessor=by_code[code], successor=made[row["code"]], effective=SINCE)
            for code in sources or [row["code"]]
        ]
    PlaceLineage.objects.bulk_create(links)
    return made


def _communes(provinces: dict[str, Place]) -> dict[int, Place]:
    from vietnam_provinces import Ward

    rows = list(Ward.iter_all())
    made = _save(
        Place(
            code=f"{int(row.code.value):05}",
            name=row.name,
            kind=row.division_type.value,
            level=Place.Level.COMMUNE,
            parent=provinces[f"{int(row.province_code.value):02}"],
            valid=NOW,
            source=PACKAGE,
        )
        for row in rows
    )
    return {int(place.code): place for place in made}


def _history() -> dict[int, Place]:
    """Districts and communes up to 30/06/2025; the communes by their code."""
    from vietnam_provinces.legacy import District, Ward

    former = Place.objects.filter(level=Place.Level.PROVINCE, valid=BEFORE)
    by_code = {place.code: place for place in former}
    districts = _save(
        Place(
            code=f"{int(row.code.value):03}",
            name=row.name,
            kind=row.division_type.value,
            level=Place.Level.DISTRICT,
            parent=by_code.get(f"{int(row.province_code.value):02}"),
            valid=BEFORE,
            source=PACKAGE,
        )
        for row in District.iter_all()
    )
    of_district = {int(place.code): place for place in districts}
    wards = _save(
        Place(
            code=f"{int(row.code.value):05}",
            name=row.name,
            kind=row.division_type.value,
            level=Place.Level.COMMUNE,
            parent=of_district.get(int(row.district_code.value)),
            valid=BEFORE,
            source=PACKAGE,
        )
        for row in Ward.iter_all()
    )
    return {int(place.code): place for place in wards}


def _link(communes: dict[int, Place], former: dict[int, Place]) -> None:
    from vietnam_provinces import Ward

    pairs = [
        (former[int(old.code.value)], communes[int(new.code.value)])
        for new in Ward.iter_all()
        for old in new.get_legacy_sources()
        if int(old.code.value) in former
    ]
    shares = Counter(old.pk for old, _ in pairs)
    links = [
        PlaceLineage(predecessor=old, successor=new, effective=SINCE, partial=shares[old.pk] > 1) for old, new in pairs
    ]
    PlaceLineage.objects.bulk_create(links, batch_size=BATCH)

"""What units leave untouched: papers, hashes, numbers; figures of former places (CORE-8, CORE-102, F-CORE-15)."""

from datetime import date

import pytest
from django.db.backends.postgresql.psycopg_any import DateRange

from lienthong.core import fence, lawbook
from lienthong.core.orgs import directory
from lienthong.core.orgs.actions import bodies, units
from lienthong.core.orgs.models import IssuingBody, Place, PlaceLineage, UnitVersion
from lienthong.demo.agencies import Agency
from lienthong.kit import clock
from lienthong.kit.numbering import SeriesFormat
from lienthong.systems.exchange.models import Message
from lienthong.systems.office import numbers
from lienthong.systems.office.models import OutgoingDocument, Receiver, Register, Series
from tests.architecture.scenes.units import PAPER, administrator
from tests.thread.conftest import make_world
from tests.thread.scenario import draft, issue

pytestmark = pytest.mark.django_db


def body(agency: Agency, kind: str, name: str, abbreviation: str) -> IssuingBody:
    facts = bodies.BodyFacts(
        kind=kind, name=name, abbreviation=abbreviation, header_lines=[name.upper()], place="Hà Nội"
    )
    return bodies.create(by=administrator(agency), facts=facts, effective=date(2021, 1, 1), instrument=PAPER)


def test_core_8_v_org_4_a_rename_changes_no_stored_paper_pdf_or_hash() -> None:
    """CORE-8, V-ORG-4: sender and receiver are renamed from the first day on; what was issued bears the old names."""
    world = make_world()
    with fence.node("test.papers"):
        document = issue(world, draft(world, receivers=[world.b]))
        receiver = Receiver.objects.get(document=document)
        files = list(document.files.order_by("pk").values_list("file__sha256", flat=True))
        message = Message.objects.get(pk=document.message_id)
        for agency in (world.a, world.b):
            units.change(
                by=administrator(agency),
                target=agency.unit,
                changes={"official_name": f"{agency.name} đổi tên"},
                effective=date(2020, 1, 2),
                instrument=PAPER,
            )
        again = OutgoingDocument.objects.get(pk=document.pk)
        assert receiver.unit_version is not None
        assert Receiver.objects.get(document=document).unit_version.official_name == world.b.name  # type: ignore[union-attr]
        assert list(again.files.order_by("pk").values_list("file__sha256", flat=True)) == files
        sent = Message.objects.get(pk=message.pk)
        assert (sent.from_name, sent.packet_sha256) == (world.a.name, message.packet_sha256)
        assert again.issuing_body.header_lines == [world.a.name.upper()]


def test_core_102_v_no_7_one_clerk_three_bodies_three_series() -> None:
    """V-NO-7, CORE-46, CORE-102: `01/NQ-CP`, `01/QĐ-TTg`, `01/TB-VPCP` under one desk; a changed header goes on
    counting in the same series, an ended body draws no more.
    """
    world = make_world()
    agency, kinds = world.a, IssuingBody.Kind
    drawn = []
    with fence.node("test.papers"):
        register = Register.objects.get(agency=agency.unit, kind=Register.Kind.OUTGOING, default=True)
        rows = (
            (body(agency, kinds.COLLECTIVE, "Chính phủ", "CP"), "nghi_quyet", "NQ"),
            (body(agency, kinds.OFFICE_HOLDER, "Thủ tướng Chính phủ", "TTg"), "quyet_dinh", "QĐ"),
            (body(agency, kinds.UNIT, "Văn phòng Chính phủ", "VPCP"), "thong_bao", "TB"),
        )
        for row, _, _ in rows:
            Series.objects.create(
                agency=agency.unit, register=register, issuing_body=row, type_code="", pattern="{n}/LOẠI-CQ"
            )
        pad = int(lawbook.get("number.pad"))
        for row, code, kind in rows:
            series = numbers.outgoing_series(row, code)
            number = SeriesFormat(series.pattern, pad).render(1, clock.local_date(), kind=kind, organ=row.abbreviation)
            drawn.append((series.pk, number.text))
        assert [text for _, text in drawn] == ["01/NQ-CP", "01/QĐ-TTg", "01/TB-VPCP"]
        assert len({series for series, _ in drawn}) == 3
        first = rows[0][0]
        facts = bodies.BodyFacts(
            kind=first.kind, name=first.name, abbreviation="CP", header_lines=["CHÍNH PHỦ MỚI"], place="Hà Nội"
        )
        later = bodies.change(
            by=administrator(agency), target=first, facts=facts, effective=date(2022, 1, 1), instrument=PAPER
        )
        assert numbers.outgoing_series(later, "nghi_quyet").pk == drawn[0][0]
        assert IssuingBody.objects.get(pk=first.pk).header_lines == ["CHÍNH PHỦ"]


@pytest.fixture
def provinces() -> dict[str, Place]:
    """Two former provinces of three became one; the third stayed as it was."""
    reshaped = DateRange(None, date(2025, 7, 1))
    since = DateRange(date(2025, 7, 1), None)
    rows = {}
    for code, name, valid in (
        ("01", "Cũ Một", reshaped),
        ("02", "Cũ Hai", reshaped),
        ("03", "Giữ nguyên", DateRange(None, None)),
        ("04", "Mới", since),
    ):
        rows[name] = Place.objects.create(
            code=code, name=name, kind="tỉnh", level=Place.Level.PROVINCE, valid=valid, source="thử"
        )
    for old in ("Cũ Một", "Cũ Hai"):
        PlaceLineage.objects.create(predecessor=rows[old], successor=rows["Mới"], effective=date(2025, 7, 1))
        district = Place.objects.create(
            code=f"{rows[old].code}1",
            name=f"Huyện của {old}",
            kind="huyện",
            level=Place.Level.DISTRICT,
            parent=rows[old],
            valid=reshaped,
            source="thử",
        )
        for n in range(2):
            Place.objects.create(
                code=f"{rows[old].code}1{n}",
                name=f"Xã {n} {old}",
                kind="xã",
                level=Place.Level.COMMUNE,
                parent=district,
                valid=reshaped,
                source="thử",
            )
    return rows


def test_f_core_15_core_7_a_merger_sums_its_predecessors_and_rewrites_nothing(provinces: dict[str, Place]) -> None:
    """F-CORE-15, CORE-7: "as it was" keeps the former names; "today's boundaries" add them up."""
    day = date(2024, 12, 31)
    was = {row.place.name: row.communes for row in directory.as_it_was(day)}
    assert was == {"Cũ Một": 2, "Cũ Hai": 2, "Giữ nguyên": 0}
    now = {
        row.place.name: (row.communes, sorted(p.name for p in row.former)) for row in directory.todays_boundaries(day)
    }
    assert now == {"Mới": (4, ["Cũ Hai", "Cũ Một"]), "Giữ nguyên": (0, [])}
    sums = directory.sum_by_successor({provinces["Cũ Một"].pk: 10, provinces["Cũ Hai"].pk: 7})
    assert sums == {provinces["Mới"].pk: 17}


def test_f_core_16_an_abolished_district_is_found_from_an_old_address(provinces: dict[str, Place]) -> None:
    """F-CORE-16, CORE-9: districts stay findable, with their dates and the province of then."""
    (found,) = directory.find_places("huyen cua cu mot")
    assert found.parent == provinces["Cũ Một"]
    assert found.valid.upper == date(2025, 7, 1)
    assert UnitVersion.objects.count() == 0

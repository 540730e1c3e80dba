"""Pages of units: the tree on a date, forms rehearsed before they write, stale forms refused, files checked
(CORE-1, CORE-7, CORE-13, CORE-102, CORE-103).
"""

from datetime import date, timedelta

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from lienthong.core import jobs
from lienthong.core.orgs import history
from lienthong.core.orgs.actions import cases, units
from lienthong.core.orgs.models import Reorganisation, Unit, UnitImport, UnitVersion
from lienthong.core.orgs.queries import as_of, resolve
from lienthong.kit import clock
from tests.architecture.scenes.units import PAPER, administrator, division
from tests.thread.conftest import World, make_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return make_world()


def browser(world: World, seat: str = "admin") -> Client:
    client = Client(headers={"accept": "text/html"})
    client.force_login(world.a.seats[seat].user, backend=settings.AUTHENTICATION_BACKENDS[0])
    return client


def form(unit: Unit, **more: str) -> dict[str, str]:
    version = as_of(unit.pk)
    assert version is not None
    given = {name: str(getattr(version, name) or "") for name in ("official_name", "kind", "address")}
    return {
        **given,
        "parent_id": "X01",
        "version": str(unit.version),
        "effective": "01/01/2026",
        "instrument": PAPER,
        **more,
    }


def test_core_7_a_change_is_rehearsed_first_and_written_second(world: World) -> None:
    """CORE-7: "Xem trước" shows what would stand and writes nothing; "ghi" writes."""
    unit, client = division(world.a, "Phòng Cũ"), browser(world)
    url = reverse("admin:unit_change", args=[unit.pk])
    shown = client.post(url, form(unit, official_name="Phòng Mới"))
    assert shown.status_code == 200
    assert "Phòng Mới" in shown.content.decode()
    assert [row.official_name for row in history.known_versions(unit)] == ["Phòng Cũ"]
    assert client.post(url, form(unit, official_name="Phòng Mới", ghi="1")).status_code == 302
    assert [row.official_name for row in history.known_versions(unit)] == ["Phòng Cũ", "Phòng Mới"]


def test_core_1_a_stale_form_is_refused_with_409(world: World) -> None:
    """CORE-1, CORE-90: by page and by API nothing is written over what somebody else wrote meanwhile."""
    unit, client = division(world.a, "Phòng Cũ"), browser(world)
    stale = form(unit, official_name="Phòng Muộn", ghi="1")
    by = administrator(world.a)
    units.change(by=by, target=unit, changes={"address": "Số 2"}, effective=date(2026, 2, 1), instrument=PAPER)
    assert client.post(reverse("admin:unit_change", args=[unit.pk]), stale).status_code == 409
    answer = client.post(
        reverse("api:change_unit", args=[unit.pk]),
        {"version": 1, "changes": {"official_name": "Muộn"}, "effective": "2026-03-01", "instrument": PAPER},
        content_type="application/json",
    )
    assert (answer.status_code, answer.json()["code"]) == (409, "stale")
    assert {row.official_name for row in history.known_versions(unit)} == {"Phòng Cũ"}


def test_core_7_the_tree_is_shown_as_it_was_on_a_day_and_as_known(world: World) -> None:
    """CORE-1, CORE-7: the list answers for both axes."""
    unit, client = division(world.a, "Phòng Năm Ngoái"), browser(world)
    by = administrator(world.a)
    name = {"official_name": "Phòng Năm Nay"}
    units.change(by=by, target=unit, changes=name, effective=date(2026, 1, 1), instrument=PAPER)

    def listed(**query: str) -> str:
        return client.get(reverse("admin:units"), query).content.decode()

    assert "Phòng Năm Nay" in listed()
    assert "Phòng Năm Ngoái" in listed(ngay="2025-06-01")
    assert "Phòng Năm Nay" not in listed(ngay="2025-06-01")
    yesterday = f"{clock.local_date() - timedelta(days=1):%Y-%m-%d}"
    assert "Phòng Năm" not in listed(**{"biet-den": yesterday})
    page = client.get(reverse("admin:unit", args=[unit.pk])).content.decode()
    assert "Phòng Năm Ngoái" in page
    assert "Đổi tên" in page


def test_core_103_a_case_goes_from_dry_run_to_printed_record(world: World) -> None:
    """CORE-103: the page refuses while a taker is missing, another person confirms, the biên bản prints."""
    top = division(world.a, "Trung tâm")
    by = administrator(world.a)
    facts = units.UnitFacts(official_name="Tổ trực", kind=UnitVersion.Kind.DIVISION, parent_id=top.pk)
    units.create(by=by, facts=facts, effective=date(2024, 1, 1), instrument=PAPER)
    first, second = browser(world), browser(world, "admin_2")
    today = f"{clock.local_date():%d/%m/%Y}"
    asked = {"kind": "dissolve", "ends": "Trung tâm", "effective": today, "instrument": PAPER, "ghi": "1"}
    assert first.post(reverse("admin:unit_case_new"), asked).status_code == 302
    case = Reorganisation.objects.get()
    act = reverse("admin:unit_case_act", args=[case.pk, "xac-nhan"])
    second.post(act)
    case.refresh_from_db()
    assert case.state == "prepared"
    prefix = f"orgs.unit-work-{world.a.id}"
    taken = {"group": "orgs.unit", "keep": "work", f"{prefix}-taker": f"unit:{world.a.id}"}
    first.post(reverse("admin:unit_case_take", args=[case.pk]), taken)
    first.post(act)
    case.refresh_from_db()
    assert case.state == "prepared", "who opened it does not confirm it"
    second.post(act)
    case.refresh_from_db()
    assert case.state == "done", case.trouble
    assert as_of(top.pk) is None
    record = second.get(reverse("admin:unit_case_minutes", args=[case.pk]), {"noi-nhan": "1"}).content.decode()
    assert "BIÊN BẢN BÀN GIAO" in record
    assert "Tổ trực" in record


def test_core_103_a_case_of_another_agency_is_not_there(world: World) -> None:
    """CORE-108: 404 for who has nothing to do with it."""
    unit = division(world.b, "Phòng B")
    case = cases.open_case(
        by=administrator(world.b),
        kind=Reorganisation.Kind.DISSOLVE,
        ends=[unit.pk],
        instrument=PAPER,
        effective=date(2030, 1, 1),
    )
    assert browser(world).get(reverse("admin:unit_case", args=[case.pk])).status_code == 404


def test_core_13_a_file_is_checked_by_a_job_and_loaded_by_another(world: World) -> None:
    """CORE-13, F-CORE-1: the report stands on the page; after approval the units do."""
    client = browser(world)

    def upload(text: str) -> UnitImport:
        file = SimpleUploadedFile("don-vi.csv", text.encode())
        asked = {"file": file, "instrument": "Danh sách", "effective": "01/01/2026"}
        assert client.post(reverse("admin:unit_imports"), asked).status_code == 302
        jobs.run_pending()
        return UnitImport.objects.latest("created_at")

    head = "Mã định danh,Tên chính thức,Mã cơ quan cấp trên\n"
    bad = upload(f"{head}X01.81,Phòng A,X01\nx01.81,Phòng B,X01\n")
    page = client.get(reverse("admin:unit_import", args=[bad.pk])).content.decode()
    assert "trùng với dòng 2 (Phòng A)" in page
    good = upload(f"{head}X01.81,Phòng A,X01\n")
    client.post(reverse("admin:unit_import_load", args=[good.pk]))
    jobs.run_pending()
    good.refresh_from_db()
    assert good.state == "loaded"
    assert resolve("X01.81", grace_days=0).known
    for kind in ("xlsx", "csv"):
        assert client.get(reverse("admin:unit_import_template", args=[kind])).status_code == 200

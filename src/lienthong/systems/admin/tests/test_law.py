"""The pages and the API of the law, the calendar and deadlines, as people use them (CORE-24, 25, 32, 33, 99)."""

import json
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from uuid import uuid4

import pytest
import time_machine
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from lienthong.contracts.ref import Ref
from lienthong.core import clocks, lawbook
from lienthong.core.amendments.models import Amendment
from lienthong.core.clocks import drift, sweeping
from lienthong.core.clocks.models import Clock, ClockProposal
from lienthong.core.notify.models import Notice
from lienthong.core.orgs.models import UnitVersion
from lienthong.demo.agencies import Agency, Plan, Seat, build, operators
from lienthong.demo.names import Names
from lienthong.kit import clock
from lienthong.kit.clock import LEGAL_ZONE

pytestmark = pytest.mark.django_db
REASON = "Trụ sở mất điện cả ngày"


@pytest.fixture(autouse=True)
def in_september() -> Iterator[None]:
    with time_machine.travel(datetime(2026, 9, 8, 9, tzinfo=LEGAL_ZONE), tick=False):
        yield


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


@pytest.fixture
def node() -> list[Seat]:
    return operators(Names(5))


def signed_in(seat: Seat) -> Client:
    client = Client()
    client.force_login(seat.user, backend=settings.AUTHENTICATION_BACKENDS[0])
    return client


def text_of(response: object) -> str:
    return response.content.decode()  # type: ignore[attr-defined]


def started(house: Agency) -> Clock:
    return clocks.start(Ref("test:thing", uuid4()), "review_legal", clock.now(), agency_id=house.id)


def closure(client: Client) -> Amendment:
    facts = {
        "day": "2026-09-11",
        "day_kind": "local_closure",
        "title": "nghỉ tránh bão",
        "source": "TB 9/TB-BTN1",
        "reason": REASON,
    }
    response = client.post(reverse("admin:calendar_day", args=[2026]), facts)
    row = Amendment.objects.latest("proposed_at")
    assert response["Location"] == reverse("admin:law_proposal", args=[row.pk])
    return row


def test_core_33_everybody_reads_the_law(house: Agency, node: list[Seat]) -> None:
    """CORE-33: a specialist too; what is to be verified stands first; filters live in the URL."""
    client = signed_in(house.seats["specialist"])
    page = text_of(client.get(reverse("admin:law")))
    assert page.index("clock.pause_mode") < page.index("formal_check")
    assert reverse("admin:law_proposals") not in page
    found = text_of(client.get(reverse("admin:law"), {"q": "02 ngay lam viec", "tinh-trang": "confirmed"}))
    assert "formal_check" in found
    assert "clock.pause_mode" not in found
    assert "03 ngày làm việc" in text_of(client.get(reverse("admin:law"), {"q": "formal_check", "ngay": "2026-05-28"}))
    for key in ("formal_check", "office.document_types", "clock.office_hours", "archive.labels"):
        assert client.get(reverse("admin:law_key", args=[key])).status_code == 200
    assert client.get(reverse("admin:law_key", args=["no.such"])).status_code == 404
    rules = text_of(client.get(reverse("admin:law_rules"), {"ngay": "2022-06-17"}))
    assert "<strong>Nghị định 138/2016/NĐ-CP</strong>" in rules
    assert client.get(reverse("admin:law_differences")).status_code == 200
    assert signed_in(node[0]).get(reverse("admin:law")).status_code == 200


def test_core_33_the_exports_are_read_back_by_the_page(house: Agency) -> None:
    """CORE-33: both files come back through the import page as no change at all."""
    client = signed_in(house.seats["admin"])
    for form in ("csv", "json"):
        content = client.get(reverse("admin:law"), {"xuat": form}).content
        response = client.post(
            reverse("admin:law_import"), {"file": SimpleUploadedFile(f"luat.{form}", content), "check": ""}
        )
        assert response.status_code == 200
        assert ": 0 thay đổi, " in text_of(response)
        assert "0 dòng lỗi" in text_of(response)
    assert not Amendment.objects.exists()


def test_core_32_two_persons_on_screen(house: Agency) -> None:
    """CORE-32, CORE-25, V-RC-1: proposed by one, previewed, approved by another, recounted; forward moves listed."""
    first, second = signed_in(house.seats["admin"]), signed_in(house.seats["admin_2"])
    deadline = started(house)
    row = closure(first)
    mine = text_of(first.get(reverse("admin:law_proposal", args=[row.pk])))
    assert "Ảnh hưởng 1 hồ sơ đang mở" in mine
    assert "người khác mới duyệt được" in mine
    address = reverse("admin:law_proposal_act", args=[row.pk, "approve"])
    assert first.post(address, {"seen": lawbook.version()}).status_code == 403
    assert signed_in(house.seats["specialist"]).get(reverse("admin:law_proposal", args=[row.pk])).status_code == 403
    theirs = text_of(second.get(reverse("admin:law_proposal", args=[row.pk])))
    assert f'name="seen" value="{lawbook.version()}"' in theirs
    second.post(address, {"seen": lawbook.version() - 1})
    row.refresh_from_db()
    assert row.state == "proposed", "a stale preview approves nothing"
    second.post(address, {"seen": lawbook.version()})
    row.refresh_from_db()
    assert row.state == "approved"
    sweeping.recount_open("nghỉ tránh bão")
    page = text_of(first.get(reverse("admin:recounts")))
    assert "nghỉ tránh bão" in page
    why = text_of(first.get(reverse("admin:clock", args=[deadline.pk])))
    assert "nghỉ (nghỉ tránh bão)" in why
    assert "Hạn hứa ban đầu" in why


@pytest.mark.parametrize(("act", "state"), [("apply", "accepted"), ("keep", "dismissed")])
def test_core_25_earlier_dates_are_decided_on_a_page(house: Agency, act: str, state: str) -> None:
    """CORE-25, V-RC-2: nothing moves forward by itself; bulk decision with a reason."""
    first, second = signed_in(house.seats["admin"]), signed_in(house.seats["admin_2"])
    rows = [started(house), started(house)]

    def approve(row: Amendment) -> None:
        second.post(reverse("admin:law_proposal_act", args=[row.pk, "approve"]), {"seen": lawbook.version()})

    approve(closure(first))
    sweeping.recount_open("nghỉ tránh bão")
    (day,) = [
        each
        for each in json.loads(first.get("/api/v1/admin/calendar/2026").content)["days"]
        if each["scope"] == "agency"
    ]
    first.post(reverse("admin:calendar_withdraw", args=[day["id"]]), {"source": "TB 10", "reason": REASON})
    approve(Amendment.objects.get(state="proposed"))
    sweeping.recount_open("bão đổi hướng")
    waiting = json.loads(first.get("/api/v1/admin/clocks/awaiting").content)
    assert len(waiting) == 2
    chosen = {"chon": [each["id"] for each in waiting], "act": act}
    first.post(reverse("admin:recount_decide"), {**chosen, "reason": ""})
    assert ClockProposal.objects.filter(state="open").count() == 2, "a reason is asked for"
    first.post(reverse("admin:recount_decide"), {**chosen, "reason": REASON})
    assert ClockProposal.objects.filter(state=state).count() == 2
    wanted = date(2026, 9, 15 if act == "apply" else 16)
    for row in rows:
        row.refresh_from_db()
        assert row.due_at is not None
        assert clock.local_date(row.due_at - timedelta(seconds=1)) == wanted


def test_core_24_every_clock_explains_itself(house: Agency) -> None:
    """CORE-24, CORE-22, CORE-23: pauses and restarts too, as sentences, as JSON, by API; not to another agency."""
    client = signed_in(house.seats["specialist"])
    row = started(house)
    with time_machine.travel(datetime(2026, 9, 9, 9, tzinfo=LEGAL_ZONE), tick=False):
        clocks.pause(row, "chờ bổ sung")
        assert "chưa kết thúc" in text_of(client.get(reverse("admin:clock", args=[row.pk])))
    with time_machine.travel(datetime(2026, 9, 14, 9, tzinfo=LEGAL_ZONE), tick=False):
        clocks.resume(row)
        anew = clocks.restart(row, clock.now())
    page = text_of(client.get(reverse("admin:clock", args=[row.pk])))
    assert "không tính (tạm dừng)" in page
    data = json.loads(client.get(reverse("admin:clock", args=[row.pk]), {"dang": "json"}).content)
    assert data["pauses"]
    assert data["sentences"][0].startswith("Thời hạn 5 ngày làm việc")
    later = text_of(client.get(reverse("admin:clock", args=[anew.pk])))
    assert reverse("admin:clock", args=[row.pk]) in later
    told = json.loads(client.get(f"/api/v1/admin/clocks/{anew.pk}").content)
    assert told["previous"] == str(row.pk)
    assert {step["verdict"] for step in told["steps"]} >= {"first", "counted"}
    stranger = Clock.objects.get(pk=row.pk)
    Clock.objects.filter(pk=stranger.pk).update(agency_id=uuid4())
    assert client.get(reverse("admin:clock", args=[row.pk])).status_code == 404


def test_core_15_the_year_as_people_use_it(house: Agency) -> None:
    """CORE-15, CORE-16, V-CAL-1, V-CAL-2: working days, sources, tạm tính, files to take away, paper, hours."""
    client = signed_in(house.seats["specialist"])
    for year, days in ((2024, 251), (2025, 250)):
        assert f"{days} ngày làm việc" in text_of(client.get(reverse("admin:calendar_year", args=[year])))
    assert client.get(reverse("admin:calendar"))["Location"] == reverse("admin:calendar_year", args=[2026])
    assert "Tạm tính" in text_of(client.get(reverse("admin:calendar_year", args=[2027])))
    page = text_of(client.get(reverse("admin:calendar_year", args=[2026])))
    assert "CV 12729/VPCP-KGVX" in page
    assert "08:00–12:00, 13:00–17:00" in page
    assert "Tạm tính" not in page
    assert client.get(reverse("admin:calendar_print", args=[2026])).status_code == 200
    ics = text_of(client.get(reverse("admin:calendar_year", args=[2026]), {"xuat": "ics"}))
    assert "DTSTART;VALUE=DATE:20260902\r\n" in ics
    assert all(len(line.encode()) <= 75 for line in ics.split("\r\n"))
    assert "2026-08-22,makeup_work" in text_of(client.get(reverse("admin:calendar_year", args=[2026]), {"xuat": "csv"}))
    told = json.loads(client.get("/api/v1/admin/calendar/2026").content)
    assert told["working_days"] == sum(told["by_month"])


def test_core_21_hours_of_one_unit_are_proposed_on_screen(house: Agency) -> None:
    """CORE-21, CORE-32: typed as people write them; nothing but the own agency changes."""
    first, second = signed_in(house.seats["admin"]), signed_in(house.seats["admin_2"])
    facts = {
        "value": "07:30-11:30, 13:30-17:00",
        "valid_from": "2026-01-01",
        "instrument": "Nội quy 3/2026",
        "reason": REASON,
    }
    assert (
        first.post(reverse("admin:law_change", args=["clock.office_hours"]), {**facts, "value": "7h"}).status_code
        == 422
    )
    assert first.post(reverse("admin:law_change", args=["clock.office_hours"]), facts).status_code == 302
    row = Amendment.objects.get()
    second.post(reverse("admin:law_proposal_act", args=[row.pk, "approve"]), {"seen": lawbook.version()})
    assert "07:30–11:30, 13:30–17:00" in text_of(first.get(reverse("admin:calendar_year", args=[2026])))
    assert lawbook.get("clock.office_hours").spans[0][0].hour == 8
    differing = json.loads(first.get("/api/v1/admin/law/parameters?source=local").content)
    assert [each["key"] for each in differing] == ["clock.office_hours"]


def test_core_32_the_same_by_api(house: Agency, node: list[Seat]) -> None:
    """CORE-32, CORE-90: propose, read the preview of now, decide with what was seen."""
    first, second = signed_in(node[0]), signed_in(node[1])
    body = {"items": [{"kind": "year", "year": 2027, "source": "TB 1/2026"}], "source": "TB 1/2026", "reason": REASON}
    made = first.post("/api/v1/admin/law/proposals", body, content_type="application/json")
    assert made.status_code == 201, made.content
    told = json.loads(second.get(f"/api/v1/admin/law/proposals/{made.json()['id']}").content)
    act = f"/api/v1/admin/law/proposals/{told['id']}/acts/approve"
    assert second.post(act, {}, content_type="application/json").status_code == 422
    seen = {"seen": told["preview"]["law_version"]}
    assert first.post(act, seen, content_type="application/json").status_code == 403
    assert second.post(act, {"seen": 0}, content_type="application/json").status_code == 409
    done = second.post(act, seen, content_type="application/json")
    assert done.json()["state"] == "approved"
    assert 2027 in lawbook.calendar().confirmed_years


def test_core_99_operators_see_how_far_the_clocks_are_apart(house: Agency, node: list[Seat]) -> None:
    """CORE-99: a drift above the parameter is shown and told to the node's operators, once an hour; to nobody else."""
    page = text_of(signed_in(node[0]).get(reverse("admin:drift")))
    assert "Lệch quá mức" in page, "this test's clock stands in September, the database's does not"
    assert signed_in(house.seats["admin"]).get(reverse("admin:drift")).status_code == 403
    assert drift.alarm(timedelta(seconds=5)) == 2
    drift.alarm(timedelta(seconds=5))
    assert Notice.objects.filter(kind="clocks.drift").count() == 2
    assert not drift.alarming(timedelta(seconds=1))
    assert drift.alarming(timedelta(seconds=-1.5))

"""Receivers that are gone, odd names, hostile text and what is too long (CORE-35..37, F-CORE-2, F-CORE-3, OF-23)."""

import unicodedata
from datetime import date, timedelta
from typing import Any

import pytest
from django.urls import reverse

from lienthong.core.actions.errors import Invalid
from lienthong.core.orgs import history
from lienthong.core.orgs.models import UnitCode
from lienthong.demo.agencies import make_unit
from lienthong.kit import clock
from lienthong.systems.exchange.models import Delivery
from lienthong.systems.exchange.tests.test_send import merge
from lienthong.systems.office import queries
from lienthong.systems.office.actions import incoming, outgoing
from lienthong.systems.office.models import OutgoingDocument, RegisterLine
from lienthong.systems.office.work import search
from tests.faults.conftest import World, browser, paper, post_json, scan, signed
from tests.thread.scenario import deliver, draft

pytestmark = pytest.mark.django_db


def body(world: World, **changes: Any) -> dict[str, Any]:
    """A draft as the API takes it."""
    return {
        "type_code": "cong_van",
        "subject": "Đề nghị phối hợp",
        "text": "Kính đề nghị quý cơ quan phối hợp.",
        "signer_position_id": str(world.a.seats["head"].position.pk),
        "issuing_body_id": str(world.a.body.pk),
        "receivers": [{"unit_id": str(world.b.id)}],
        **changes,
    }


def form(world: World, **changes: Any) -> dict[str, Any]:
    """A draft as the screen takes it."""
    return {
        "type_code": "cong_van",
        "subject": "Đề nghị phối hợp",
        "text": "Kính đề nghị quý cơ quan phối hợp.",
        "signer": str(world.a.seats["head"].position.pk),
        "issuing_body": str(world.a.body.pk),
        "receivers": [str(world.b.id)],
        "urgency": "0",
        **changes,
    }


# --- receivers --------------------------------------------------------------------------------------------------------


def test_ex_53_a_receiver_merged_between_signing_and_issuing_is_served_by_its_successor(world: World) -> None:
    """EX-53, F-EX-20 from the clerk's act: in grace the successor gets the document."""
    document = signed(world, world.b)
    merge(world.b.unit, world.c.unit, clock.local_date() - timedelta(days=10))
    outgoing.issue(by=world.a.seats["clerk"].actor(), target=document)
    deliver()
    delivery = Delivery.objects.get(message_id=document.message_id)
    assert (delivery.unit_id, delivery.status) == (world.c.id, "arrived")


def test_ex_53_a_receiver_dissolved_long_ago_stops_the_issue_until_the_clerk_gives_a_reason(world: World) -> None:
    """EX-53, CORE-47, EX-46: the clerk reads who is gone, no number is drawn; with a reason the others get it."""
    document = signed(world, world.b, world.c)
    merge(world.b.unit, world.c.unit, clock.local_date() - timedelta(days=400))
    clerk = world.a.seats["clerk"]
    with pytest.raises(Invalid, match="kế thừa"):
        outgoing.issue(by=clerk.actor(), target=document)
    document.refresh_from_db()
    assert (document.state, document.number) == ("signed", None)
    assert not RegisterLine.objects.filter(document=document.pk).exists()
    page = browser(clerk).get(reverse("office:outgoing", args=[document.pk])).content.decode()
    assert "Lý do phát hành khi có nơi nhận không gửi được" in page
    outgoing.issue(by=clerk.actor(), target=document, reason="Cơ quan nhận đã giải thể, gửi cơ quan còn lại.")
    deliver()
    assert document.state == "filed"
    assert Delivery.objects.get(message_id=document.message_id).unit_id == world.c.id
    left = document.receivers.get(unit_id=world.b.id)
    assert (left.status, left.status_tone) == ("unreachable", "stop")
    assert "Không gửi được" in browser(clerk).get(reverse("office:outgoing", args=[document.pk])).content.decode()


def test_of_71_a_document_whose_receivers_are_all_gone_is_issued_to_the_archive_with_a_reason(world: World) -> None:
    """OF-71: "Lưu" only with reason; no packet is made."""
    document = signed(world, world.b)
    merge(world.b.unit, world.c.unit, clock.local_date() - timedelta(days=400))
    reason = "Cơ quan nhận đã giải thể, lưu tại cơ quan."
    outgoing.issue(by=world.a.seats["clerk"].actor(), target=document, reason=reason)
    assert (document.state, document.message_id) == ("filed", None)
    assert not Delivery.objects.exists()


def test_of_23_a_receiver_without_code_is_named_before_anybody_signs(world: World) -> None:
    """OF-23, EX-11: at submission, with the name of the unit; the draft stays a draft."""
    nameless = make_unit("Sở Chưa có mã", "other")
    seat = world.a.seats["specialist"]
    answer = post_json(browser(seat), "/outgoing", body(world, receivers=[{"unit_id": str(nameless.pk)}]))
    assert answer.status_code == 201
    problem = post_json(browser(seat), f"/outgoing/{answer.json()['id']}/acts/submit", {})
    assert (problem.status_code, problem.json()["code"]) == (422, "unreachable")
    assert "Sở Chưa có mã" in problem.json()["fields"]["receivers"]
    history.end_code(UnitCode.objects.get(unit=world.b.unit), date(2021, 1, 1))
    document = draft(world, receivers=[world.b])
    with pytest.raises(Invalid, match="trục"):
        outgoing.submit(by=seat.actor(), target=document)
    document.refresh_from_db()
    assert document.state == "draft"


@pytest.mark.parametrize("which", ["own", "unknown", "twice"])
def test_of_23_receivers_that_cannot_be_are_refused_at_their_field(world: World, which: str) -> None:
    """OF-23, EX-11: the agency itself, a unit that does not exist, one unit twice."""
    ids = {
        "own": [str(world.a.id)],
        "unknown": ["00000000-0000-4000-8000-000000000000"],
        "twice": [str(world.b.id), str(world.b.id)],
    }[which]
    receivers = [{"unit_id": ident} for ident in ids]
    answer = post_json(browser(world.a.seats["specialist"]), "/outgoing", body(world, receivers=receivers))
    assert (answer.status_code, answer.json()["fields"].keys()) == (422, {"receivers"})
    if which != "twice":
        page = browser(world.a.seats["specialist"]).post("/van-ban-di/soan/", form(world, receivers=ids))
        assert page.status_code == 422
    assert not OutgoingDocument.objects.exists()


# --- text -------------------------------------------------------------------------------------------------------------

TITLE = "Về việc sắp xếp các đơn vị hành chính huyện Bến Thử"


@pytest.mark.parametrize("shape", ["nfd", "zero_width", "no_break", "tone_first"])
def test_f_core_2_f_core_3_odd_forms_of_a_text_are_one_text(world: World, shape: str) -> None:
    """F-CORE-2, F-CORE-3, CORE-36, CORE-37: subject, sender and file name typed oddly are found by what people type."""
    odd = {
        "nfd": unicodedata.normalize("NFD", TITLE),
        "zero_width": TITLE.replace("huyện", "huyện\u200b").replace("Bến", "\ufeffBến"),
        "no_break": TITLE.replace(" ", "\u00a0"),
        "tone_first": TITLE.replace("ế", "e\u0301\u0302"),
    }[shape]
    name = unicodedata.normalize("NFD", "Bản quét huyện Bến Thử.pdf")
    document = paper(world.a, subject=odd, sender_name=odd, file_ids=(scan(world.a, name=name).pk,), file_names=(name,))
    clerk = world.a.seats["clerk"]
    for typed in ("huyện Bến Thử", "huyen ben thu", unicodedata.normalize("NFD", "Bến Thử"), "bến\u200b thử"):
        found = queries.incoming_list(clerk.actor(), queries.Filters(query=typed))
        assert [row.pk for row in found] == [document.pk], typed
        assert [hit.ref.id for hit in search(clerk.actor(), typed, 5)] == [document.pk]
    assert document.sender_name == TITLE
    file = document.files.get()
    assert file.name == "Bản quét huyện Bến Thử.pdf"
    answer = browser(clerk).get(f"/van-ban-den/{document.pk}/tep/{file.file_id}/")
    assert answer.status_code == 200
    assert b"".join(answer.streaming_content).startswith(b"%PDF")


def test_f_ex_3_long_vietnamese_names_are_kept_whole(world: World) -> None:
    """F-EX-3: 255 characters of a receiver, a sender and a file name (CORE-56 cuts names, never extensions)."""
    long = ("Ban Quản lý dự án đầu tư xây dựng công trình " * 8)[:255].strip()
    document = paper(world.a, sender_name=long, subject=f"Trích yếu {long}", file_names=(f"{long[:250]}.pdf",))
    document.refresh_from_db()
    assert (document.sender_name, document.files.get().name) == (long, f"{long[:250]}.pdf")
    assert long in browser(world.a.seats["clerk"]).get(f"/van-ban-den/{document.pk}/").content.decode()


def test_ex_36_a_subject_of_501_characters_is_refused_at_its_field_and_500_pass(world: World) -> None:
    client = browser(world.a.seats["specialist"])
    long = "Trích yếu " + "đ" * 491
    answer = post_json(client, "/outgoing", body(world, subject=long))
    assert answer.status_code == 422
    assert "501" in answer.json()["fields"]["subject"]
    page = client.post("/van-ban-di/soan/", form(world, subject=long))
    assert page.status_code == 422
    assert "501 ký tự" in page.content.decode()
    assert long in page.content.decode(), "what was typed stays"
    assert post_json(client, "/outgoing", body(world, subject=long[:500])).status_code == 201
    clerk = browser(world.a.seats["clerk"])
    stored = scan(world.a)
    typed = {
        "sender_name": "S" * 501,
        "code": "C" * 101,
        "issued_on": "2026-01-05",
        "type_name": "T" * 201,
        "subject": long,
        "signer": "K" * 301,
        "pages": 70_000,
        "file_ids": [str(stored.pk)],
        "file_names": ["a.pdf"],
    }
    answer = post_json(clerk, "/incoming", typed)
    assert answer.status_code == 422
    assert answer.json()["fields"].keys() == {"sender_name", "code", "type_name", "subject", "signer", "pages"}


def test_dates_in_the_past_and_in_the_future_are_refused(world: World) -> None:
    """A due date of yesterday, a deadline of yesterday, a paper dated tomorrow."""
    yesterday = (clock.local_date() - timedelta(days=1)).isoformat()
    answer = post_json(browser(world.a.seats["specialist"]), "/outgoing", body(world, due_on=yesterday))
    assert answer.json()["fields"].keys() == {"due_on"}
    with pytest.raises(Invalid) as refused:
        paper(world.a, issued_on=clock.local_date() + timedelta(days=1))
    assert refused.value.fields.keys() == {"issued_on"}
    document = paper(world.a)
    clerk, head = world.a.seats["clerk"].actor(), world.a.seats["head"]
    incoming.register(by=clerk, target=document)
    incoming.submit(by=clerk, target=document, position_id=head.position.pk)
    lines = [{"unit_id": str(world.a.divisions[1].pk), "due_on": yesterday}]
    answer = post_json(browser(head), f"/incoming/{document.pk}/acts/direct", {"content": "Giao.", "lines": lines})
    assert (answer.status_code, answer.json()["code"]) == (422, "past_due")


HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>\x00\x07\x1b[31m & “Điều 1”"


def test_hostile_text_is_shown_as_text_and_stored_without_control_characters(world: World) -> None:
    """CORE-35, CORE-95: by screen and API, in lists, records, previews and reasons; never a crash of the database."""
    seat = world.a.seats["specialist"]
    client = browser(seat)
    answer = post_json(client, "/outgoing", body(world, subject=HOSTILE, text=HOSTILE, legal_basis=[HOSTILE]))
    assert answer.status_code == 201, answer.content
    ident = answer.json()["id"]
    row = OutgoingDocument.objects.get(pk=ident)
    assert "\x00" not in row.subject
    assert "\x1b" not in str(row.content)
    for url in (f"/van-ban-di/{ident}/", "/van-ban-di/?xem=", f"/van-ban-di/{ident}/sua/"):
        text = client.get(url).content.decode()
        assert "<script>alert(1)" not in text
        assert "<img src=x" not in text
        assert "&lt;script&gt;alert(1)" in text
    assert client.get(f"/van-ban-di/{ident}/xem-truoc.pdf").content.startswith(b"%PDF")
    document = paper(world.a, subject=HOSTILE, sender_name=HOSTILE, signer=HOSTILE)
    clerk = browser(world.a.seats["clerk"])
    reason = {"reason": f"Gửi nhầm nơi nhận {HOSTILE}"}
    answer = post_json(clerk, f"/incoming/{document.pk}/acts/return_to_sender", reason)
    assert answer.status_code == 200, answer.content
    assert "<script>alert(1)" not in clerk.get(f"/van-ban-den/{document.pk}/").content.decode()


@pytest.mark.parametrize("query", ["%00", "%", "_", "'; DROP TABLE", "\\", "a" * 5000, "²", "١٢/VB"])
def test_hostile_queries_find_nothing_and_break_nothing(world: World, query: str) -> None:
    """CORE-95: of lists, API and global search."""
    client = browser(world.a.seats["clerk"])
    typed = {"q": "\x00x" if query == "%00" else query, "khan": "²", "tu": "2026-99-99", "sau": "%%%", "don-vi": "x"}
    for url in ("/van-ban-den/", "/van-ban-di/", "/api/v1/office/incoming", "/api/v1/office/outgoing", "/tim/"):
        assert client.get(url, typed).status_code in {200, 404}, url


def test_five_megabytes_of_text_are_refused_readably(world: World) -> None:
    """A text no paper has: 413 or 422 with words, by screen and API."""
    client = browser(world.a.seats["specialist"])
    text = "Nội dung rất dài. " * 300_000
    page = client.post("/van-ban-di/soan/", form(world, text=text))
    assert page.status_code in {400, 413, 422}
    assert "lớn" in page.content.decode() or "quá" in page.content.decode()
    answer = post_json(client, "/outgoing", body(world, text=text))
    assert answer.status_code in {400, 413, 422}
    assert answer.json()["title"]
    assert not OutgoingDocument.objects.exists()
    two = "a" * 2_100_000
    answer = post_json(client, "/outgoing", body(world, text=two))
    assert answer.status_code == 422
    assert "quá" in answer.json()["fields"]["content"]

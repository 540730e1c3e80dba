"""Rules of the office on the walked thread: duplicates, results, registers, counts, searches, notices, sessions."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from lienthong.contracts.actor import Actor
from lienthong.core import notify
from lienthong.core.access.counts import capped_counts
from lienthong.core.actions.errors import Conflict, Invalid
from lienthong.core.notify.models import Notice
from lienthong.demo.agencies import Agency, Seat
from lienthong.kit import clock
from lienthong.systems.office import queries, work
from lienthong.systems.office.actions import incoming, outgoing
from lienthong.systems.office.models import IncomingDocument, Register
from tests.thread import scenario
from tests.thread.conftest import World


def signed_in(seat: Seat) -> Client:
    client = Client()
    client.force_login(seat.user)
    return client


def arrived(world: World, agency: Agency) -> IncomingDocument:
    scenario.issue(world, scenario.draft(world, receivers=[agency]))
    scenario.deliver()
    return IncomingDocument.objects.filter(agency_id=agency.id).order_by("-received_at")[0]


def twin(document: IncomingDocument, *, sender: Agency) -> IncomingDocument:
    """The same number again, by another way, of the agency named."""
    return IncomingDocument.objects.create(
        agency_id=document.agency_id,
        state="arrived",
        state_since=clock.now(),
        channel="paper",
        sender_unit_id=sender.id,
        sender_name=sender.name,
        code=document.code,
        type_name=document.type_name,
        subject=document.subject,
        received_at=clock.now(),
    )


def test_of_10_v_dupo_1_the_clerk_is_told_of_a_number_already_registered(world: World) -> None:
    """V-DUPO-1: the same number of the same agency twice → warned; of another agency → not (PL VI phần I.III.1.h)."""
    clerk = world.b.seats["clerk"].actor()
    first = arrived(world, world.b)
    incoming.register(by=clerk, target=first)
    second = twin(first, sender=world.a)
    with pytest.raises(Conflict, match="có thể đã được đăng ký"):
        incoming.register(by=clerk, target=second)
    incoming.register(by=clerk, target=second, copy_of=first.pk)
    assert (second.copy_of_id, second.arrival_number) == (first.pk, None)
    other = twin(first, sender=world.c)
    incoming.register(by=clerk, target=other)
    assert other.arrival_number == 2


def test_of_15_a_document_is_finished_only_with_a_result(world: World) -> None:
    document = arrived(world, world.b)
    seats = world.b.seats
    incoming.register(by=seats["clerk"].actor(), target=document)
    incoming.submit(by=seats["clerk"].actor(), target=document, position_id=seats["head"].position.pk)
    lines = [
        incoming.Give(unit_id=world.b.divisions[1].pk),
        incoming.Give(unit_id=world.b.divisions[2].pk, role="co"),
    ]
    incoming.direct(by=seats["head"].actor(), target=document, content="Tham mưu trả lời.", lines=lines)
    incoming.assign_within(by=seats["unit_head"].actor(), target=document, position_id=seats["specialist"].position.pk)
    incoming.take(by=seats["specialist"].actor(), target=document)
    worker = seats["specialist"].actor()
    with pytest.raises(Invalid):
        incoming.finish(by=worker, target=document, kind="done", result=" ")
    with pytest.raises(Invalid):
        incoming.finish(by=worker, target=document, kind="answered", result="", answer=document.pk)
    incoming.finish(by=worker, target=document, kind="done", result="Đã tham mưu xong.")
    assert "chưa có ý kiến của: Vụ Khoa giáo - Văn xã" in document.result


HEADS = {
    Register.Kind.OUTGOING: (
        "Số, ký hiệu",
        "Ngày tháng",
        "Tên loại và trích yếu",
        "Người ký",
        "Nơi nhận",
        "Bản lưu",
        "Số lượng bản",
        "Ngày chuyển",
        "Ký nhận",
        "Ghi chú",
    ),
    Register.Kind.INCOMING: (
        "Ngày đến",
        "Số đến",
        "Tác giả",
        "Số, ký hiệu",
        "Ngày tháng",
        "Tên loại và trích yếu",
        "Đơn vị nhận",
        "Ngày chuyển",
        "Ký nhận",
        "Ghi chú",
    ),
}


def test_of_34_of_35_registers_show_ten_columns_and_a_row_for_each_number(world: World) -> None:
    """OF-34, OF-35; F-OF-10: Ngày chuyển and Ký nhận are there, and a spoilt number keeps its row."""
    spoilt = scenario.draft(world, receivers=[world.b])
    seats = world.a.seats
    outgoing.submit(by=seats["specialist"].actor(), target=spoilt)
    outgoing.review(by=seats["unit_head"].actor(), target=spoilt)
    outgoing.check_format(by=seats["checker"].actor(), target=spoilt)
    outgoing.approve_and_sign(by=seats["head"].actor(), target=spoilt)
    outgoing.number(by=seats["clerk"].actor(), target=spoilt)
    outgoing.cancel_number(by=seats["clerk"].actor(), target=spoilt, reason="Ghi sai tên loại, soạn lại văn bản khác.")
    document = arrived(world, world.b)
    incoming.register(by=world.b.seats["clerk"].actor(), target=document)
    for agency, kind, rows in ((world.a, Register.Kind.OUTGOING, 2), (world.b, Register.Kind.INCOMING, 1)):
        book = Register.objects.get(agency_id=agency.id, kind=kind)
        page = signed_in(agency.seats["clerk"]).get(reverse("office:book", args=[book.pk])).content.decode()
        places = [page.index(f">{head}<") for head in HEADS[kind]]
        assert places == sorted(places)
        assert page.count("data-row-link") == rows
    assert (
        "Hủy: Ghi sai tên loại"
        in signed_in(world.a.seats["clerk"])
        .get(reverse("office:book", args=[Register.objects.get(agency_id=world.a.id, kind="outgoing").pk]))
        .content.decode()
    )


def test_f_of_15_counts_on_tabs_equal_their_lists(world: World) -> None:
    arrived(world, world.b)
    actor = world.b.seats["clerk"].actor()
    for code, _ in queries.incoming_tabs(actor):
        rows = queries.incoming_list(actor, queries.Filters(tab=code))
        assert capped_counts({code: rows}) == {code: len(list(rows))}


def test_f_of_18_who_may_not_see_a_document_does_not_find_it(world: World) -> None:
    """F-OF-18: not by search, not in an export, not in a count."""
    document = arrived(world, world.b)
    stranger, clerk = world.b.seats["specialist_2"], world.b.seats["clerk"]

    def found(actor: Actor) -> list[str]:
        return [hit.title for hit in work.search(actor, "ke hoach lien thong", 20)]

    assert found(clerk.actor()) == [document.subject]
    assert found(stranger.actor()) == []
    address = reverse("office:incoming_list") + "?xem=&xuat=csv"
    assert document.subject in b"".join(signed_in(clerk).get(address).streaming_content).decode()
    assert document.subject not in b"".join(signed_in(stranger).get(address).streaming_content).decode()


def test_core_86_one_event_tells_a_person_once(world: World) -> None:
    """CORE-86: (event, person, channel) → exactly one, however often the event is told; the doer is not told."""
    seat = world.a.seats["head"]
    for _ in range(3):
        notify.tell([seat.position.pk, seat.position.pk], event="thử:1", kind="thử", text="Thử thông báo")
    assert Notice.objects.filter(event="thử:1").count() == 1
    notify.tell([seat.position.pk], event="thử:2", kind="thử", text="Thử", besides=seat.user.pk)
    assert not Notice.objects.filter(event="thử:2").exists()


def test_v_auth_2_a_session_ends_after_fifteen_idle_minutes(world: World) -> None:
    """V-AUTH-2, CORE-82: a page is activity, a live stream is not."""
    client = signed_in(world.a.seats["clerk"])
    nine = clock.now()
    home = reverse("shell:home")
    with time_machine.travel(nine, tick=False):
        assert client.get(home).status_code == 200
    with time_machine.travel(nine + timedelta(minutes=14), tick=False):
        assert client.get(home).status_code == 200
    with time_machine.travel(nine + timedelta(minutes=28), tick=False):
        assert client.get(home).status_code == 200
        client.get("/live/")
    with time_machine.travel(nine + timedelta(minutes=43), tick=False):
        answer = client.get(home)
        assert answer.status_code == 302
        assert "het-phien" in answer["Location"]

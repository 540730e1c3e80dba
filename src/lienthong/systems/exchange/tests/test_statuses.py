"""Statuses from a receiver's register to the sender's timeline, as packets (EX-23..27, V-ST, V-RF)."""

import io
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.db import transaction

from lienthong.core.actions.errors import Conflict, MissingReason, NotSeen
from lienthong.core.signing import xmldsig
from lienthong.kit import clock, edxml
from lienthong.kit.edxml import model
from lienthong.systems.exchange import courier, keys, receipts
from lienthong.systems.exchange.actions import inbox
from lienthong.systems.exchange.actions.inbox import Answer, ReceiverAnswer
from lienthong.systems.exchange.codes import Refused
from lienthong.systems.exchange.inbound import Envelope
from lienthong.systems.exchange.models import Delivery, Message, Peer, Received, StatusLine
from lienthong.systems.exchange.ports import Exchange
from lienthong.systems.exchange.queries import routes
from lienthong.systems.exchange.states import gap_sentence
from lienthong.systems.exchange.tests.conftest import Desk
from lienthong.systems.exchange.tests.test_send import drain, send
from lienthong.systems.exchange.tests.world import World, clerk, make_peer

pytestmark = [pytest.mark.django_db, pytest.mark.pgserver]

REASON = "Văn bản gửi nhầm địa chỉ"


@pytest.fixture
def sent(world: World) -> Delivery:
    """A document delivered to the first receiver, whose own statuses did not travel yet."""
    message = send(world, world.receivers[0])
    courier.work()
    return Delivery.objects.get(message=message)


def status_packet(
    world: World,
    delivery: Delivery,
    code: str,
    *,
    organ_id: str | None = None,
    sender: str = "000.00.00.X52",
    description: str | None = None,
    at_minute: int = 0,
    staff: str = "Lê Văn Thử",
    document_id: str | None = None,
    profile: edxml.Profile = edxml.Profile.STRICT,
) -> bytes:
    """A status packet of the receiver on a sent document, signed by its own key."""
    agency = routes.find(sender).unit_id
    assert agency is not None
    message = delivery.message
    packet = model.StatusPacket(
        header=model.StatusHeader(
            sender=model.Party(organ_id=sender, organ_name="Sở Thử nghiệm"),
            response_for=model.ResponseFor(
                organ_id=organ_id or message.from_code,
                code=message.code,
                promulgation_date=message.issued_on,
                document_id=document_id or message.document_id,
            ),
            staff_info=model.StaffInfo(department="Văn phòng", staff=staff),
            status_code=code,
            description=description or (REASON if code in {"02", "13", "16"} else None),
            timestamp=(clock.now() - timedelta(hours=1)).replace(microsecond=0) + timedelta(minutes=at_minute),
        )
    )
    out = io.BytesIO()
    key = keys.of_agency(agency)
    edxml.build(packet, [], out, sign=lambda tree: xmldsig.sign(tree, key, xmldsig.STATUS_PARTS), profile=profile)
    return out.getvalue()


def hand_over(
    packet: bytes, *, seq: int | None = None, ident: UUID | None = None, peer: Peer | None = None
) -> ReceiverAnswer:
    """Hand a status packet to this node as its own courier does, or another system."""
    answer: Answer = inbox.receive(
        io.BytesIO(packet), Envelope(peer=peer or routes.local_peer(), transport_id=ident or uuid4(), seq=seq)
    )
    return answer.results[0]


def test_ex_25_every_report_of_the_register_reaches_the_sender(world: World, desk: Desk) -> None:
    """EX-25 V-ST-1, F-EX-5: 01, 03, 04, 05, 06 as packets of their own, with words and staff."""
    message = send(world, world.receivers[0])
    drain()
    received = Received.objects.get(transport_id=message.pk)
    by = clerk(world.receivers[0])
    for code in ("03", "04", "05", "06"):
        Exchange().tell(by=by, delivery_id=received.pk, code=code, description=f"báo {code}")
    drain()
    row = Delivery.objects.get(message=message)
    assert (row.status, row.gap) == ("done", "")
    timeline = Exchange().timeline(row.pk)
    assert [line["code"] for line in timeline] == ["01", "03", "04", "05", "06"]
    assert timeline[1]["description"] == "báo 03"
    assert not any(line["flagged"] for line in timeline)
    assert [line["code"] for line in Exchange().timeline(received.pk)] == ["01", "03", "04", "05", "06"]
    assert desk.heard[-1][1].state == "done"


def test_ex_25_illegal_reports_are_conflicts_and_change_nothing(world: World, sent: Delivery) -> None:
    """EX-25, CORE-89: 04 before 03, 02 after 03, an answer without a request."""
    received = Received.objects.get(transport_id=sent.message_id)
    by = clerk(world.receivers[0])
    before = Message.objects.count()
    with pytest.raises(Conflict):
        Exchange().tell(by=by, delivery_id=received.pk, code="04")
    for code in ("15", "16", "13", "01", "07"):
        with pytest.raises(Conflict):
            Exchange().tell(by=by, delivery_id=received.pk, code=code, description=REASON)
    Exchange().tell(by=by, delivery_id=received.pk, code="03")
    with pytest.raises(Conflict):
        Exchange().tell(by=by, delivery_id=received.pk, code="02", description=REASON)
    assert Message.objects.count() == before + 1
    received.refresh_from_db()
    assert received.state == "accepted"


def test_ex_25_refusing_needs_a_reason(world: World, sent: Delivery) -> None:
    received = Received.objects.get(transport_id=sent.message_id)
    with pytest.raises(MissingReason):
        Exchange().tell(by=clerk(world.receivers[0]), delivery_id=received.pk, code="02")


def test_core_108_nobody_reports_for_another_agency(world: World, sent: Delivery) -> None:
    received = Received.objects.get(transport_id=sent.message_id)
    with pytest.raises(NotSeen):
        Exchange().tell(by=clerk(world.receivers[1]), delivery_id=received.pk, code="03")


def test_v_st_2_03_before_01_is_applied_with_its_gap_which_01_fills_later(world: World, sent: Delivery) -> None:
    """EX-26 V-ST-2, F-EX-23: the packet of 01 still waits in the outbox."""
    assert hand_over(status_packet(world, sent, "03"), seq=2).problem is None
    sent.refresh_from_db()
    assert (sent.status, gap_sentence([sent.gap])) == ("accepted", "chưa nhận 01")
    drain()
    sent.refresh_from_db()
    assert (sent.status, sent.gap) == ("accepted", "")


def test_v_st_3_v_st_4_accepting_and_refusing_exclude_each_other(world: World, sent: Delivery) -> None:
    drain()
    hand_over(status_packet(world, sent, "02", at_minute=1))
    answer = hand_over(status_packet(world, sent, "03", at_minute=2))
    assert answer.problem is not None
    assert answer.problem.code == "illegal_status"
    sent.refresh_from_db()
    assert (sent.status, sent.status_reason) == ("refused", REASON)
    flagged = StatusLine.objects.get(delivery=sent, code="03")
    assert flagged.effect == "illegal"
    assert flagged.flag


def test_v_st_5_a_second_assignment_is_a_second_line(world: World, sent: Delivery) -> None:
    drain()
    hand_over(status_packet(world, sent, "03", at_minute=1))
    hand_over(status_packet(world, sent, "04", at_minute=2, staff="Nguyễn Văn Một"))
    hand_over(status_packet(world, sent, "04", at_minute=3, staff="Trần Thị Hai"))
    assert StatusLine.objects.filter(delivery=sent, code="04", effect="applied").count() == 2


def test_v_st_6_five_equal_packets_are_one_line_and_five_equal_receipts(world: World, sent: Delivery) -> None:
    """EX-26 V-ST-6, F-EX-2: also when each comes under a message id of its own."""
    drain()
    hand_over(status_packet(world, sent, "03", at_minute=1))
    packet = status_packet(world, sent, "05", at_minute=2)
    answers = [hand_over(packet) for _ in range(5)]
    assert len({(each.receipt.body, each.receipt.signature) for each in answers if each.receipt}) == 1
    assert all(each.receipt is not None and each.problem is None for each in answers)
    assert StatusLine.objects.filter(delivery=sent, code="05").count() == 1


def test_v_st_7_an_answer_without_a_request_is_refused(world: World, sent: Delivery) -> None:
    drain()
    answer = hand_over(status_packet(world, sent, "15"))
    assert answer.problem is not None
    assert StatusLine.objects.get(delivery=sent, code="15").effect == "illegal"


def test_v_st_8_a_code_outside_the_nine_is_stored_unknown(world: World, sent: Delivery) -> None:
    """EX-24 V-ST-8: shown with its words, never acted on, and no error for the peer."""
    drain()
    words = "Trạng thái riêng của phần mềm"
    peer = make_peer(world.receivers[0], kind="legacy", profile="lenient")
    packet = status_packet(world, sent, "07", description=words, profile=edxml.Profile.LENIENT)
    answer = hand_over(packet, peer=peer)
    line = StatusLine.objects.get(delivery=sent, code="07")
    assert (line.effect, line.description) == ("unknown", words)
    assert answer.problem is None
    sent.refresh_from_db()
    assert sent.status == "arrived"


def test_v_rf_1_a_status_that_names_a_third_agency_is_an_error_with_both_values(world: World, sent: Delivery) -> None:
    """EX-23 V-RF-1: nothing is routed."""
    with pytest.raises(Refused) as refused:
        hand_over(status_packet(world, sent, "03", organ_id="000.00.00.X54"))
    error = refused.value.errors[0]
    assert error["code"] == "M.MessageHeader.ResponseFor.OrganId"
    assert (error["value"], error["allowed"]) == ("000.00.00.X54", "000.00.00.X51")
    assert error["line"]
    assert not StatusLine.objects.filter(delivery=sent).exists()


def test_v_rf_2_a_request_to_an_agency_that_is_no_receiver_is_the_same_error(world: World, sent: Delivery) -> None:
    """EX-23 V-RF-2."""
    with pytest.raises(Refused) as refused:
        hand_over(status_packet(world, sent, "13", sender="000.00.00.X51", organ_id="000.00.00.X54"))
    assert refused.value.errors[0]["code"] == "M.MessageHeader.ResponseFor.OrganId"


def test_ex_25_a_request_of_the_sender_stands_open_at_the_receiver(world: World, sent: Delivery) -> None:
    hand_over(status_packet(world, sent, "13", sender="000.00.00.X51", organ_id="000.00.00.X52"))
    received = Received.objects.get(transport_id=sent.message_id)
    assert received.request_open
    assert [line["code"] for line in Exchange().timeline(received.pk)] == ["01", "13"]


def test_ex_25_13_from_the_receiver_goes_nowhere(world: World, sent: Delivery) -> None:
    """EX-25: 13 comes from the sender alone; a receiver that sent no such document is told so."""
    with pytest.raises(Refused) as refused:
        hand_over(status_packet(world, sent, "13", sender="000.00.00.X52"))
    assert refused.value.problem.code == "unknown_document"


def test_ex_23_a_status_on_an_unknown_document_names_its_place(world: World, sent: Delivery) -> None:
    with pytest.raises(Refused) as refused:
        hand_over(status_packet(world, sent, "03", document_id="000.00.00.X51,2026/01/01,99/KHONG-CO"))
    assert refused.value.errors[0]["code"] == "M.MessageHeader.ResponseFor.DocumentId"


def test_ex_25_a_status_from_an_agency_that_is_no_receiver_goes_nowhere(world: World, sent: Delivery) -> None:
    with pytest.raises(Refused) as refused:
        hand_over(status_packet(world, sent, "03", sender="000.00.00.X53"))
    assert refused.value.problem.code == "unknown_document"


def test_ex_26_statuses_in_any_order_end_in_the_registers_order(world: World, sent: Delivery) -> None:
    """EX-26: seq decides, neither Timestamp nor arrival."""
    packets = [
        (status_packet(world, sent, "05", at_minute=1), 4),
        (status_packet(world, sent, "04", at_minute=9), 3),
        (status_packet(world, sent, "03", at_minute=5), 2),
    ]
    for packet, seq in packets:
        assert hand_over(packet, seq=seq).problem is None
    drain()
    sent.refresh_from_db()
    assert (sent.status, sent.gap) == ("processing", "")


def test_f_ex_21_opening_a_document_reports_nothing(world: World, sent: Delivery) -> None:
    """F-EX-21: reading the timeline and the packet writes no status."""
    received = Received.objects.get(transport_id=sent.message_id)
    before = StatusLine.objects.count()
    Exchange().timeline(received.pk)
    Exchange().receivers(edxml_ref(sent))
    assert StatusLine.objects.count() == before
    assert received.state == "arrived"


def edxml_ref(delivery: Delivery):  # type: ignore[no-untyped-def]
    from lienthong.contracts.ref import Ref

    return Ref.parse(delivery.message.source)


def test_v_dup_2_one_message_id_cannot_carry_two_statuses(world: World, sent: Delivery) -> None:
    drain()
    ident = uuid4()
    hand_over(status_packet(world, sent, "03", at_minute=1), ident=ident)
    with pytest.raises(Refused) as refused:
        hand_over(status_packet(world, sent, "04", at_minute=2), ident=ident)
    assert refused.value.problem.code == "conflict_same_id"


def test_ex_42_the_receipt_of_a_status_is_held_by_its_sender(world: World, sent: Delivery) -> None:
    drain()
    row = Delivery.objects.get(message__kind="status", message__document_id=sent.message.document_id)
    assert row.state == "delivered"
    assert row.receipt is not None
    assert receipts.of(row.receipt).facts["to"] == "000.00.00.X51"


def test_core_88_a_rolled_back_report_leaves_no_packet(world: World, sent: Delivery) -> None:
    received = Received.objects.get(transport_id=sent.message_id)
    before = Message.objects.count()
    with transaction.atomic():
        Exchange().tell(by=clerk(world.receivers[0]), delivery_id=received.pk, code="03")
        transaction.set_rollback(True)
    assert Message.objects.count() == before
    received.refresh_from_db()
    assert (received.state, received.seq) == ("arrived", 1)

"""Sending and the local courier: one packet, many receivers, each with receipt and state (EX-39, EX-46, EX-69)."""

import io
import subprocess
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
import time_machine
from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from lienthong.contracts import ports
from lienthong.contracts.exchange import Answered, Attachment
from lienthong.contracts.ref import Ref
from lienthong.core.actions.errors import Forbidden, Invalid
from lienthong.core.audit.models import JournalEntry
from lienthong.core.orgs import history
from lienthong.core.orgs.models import LineageEvent, LineageLink, Unit
from lienthong.core.signing import cms
from lienthong.kit import clock, edxml
from lienthong.systems.exchange import courier, keys, receipts, storage
from lienthong.systems.exchange.actions import deliveries
from lienthong.systems.exchange.models import Delivery, Message, Peer, Received, StatusLine
from lienthong.systems.exchange.ports import Exchange
from lienthong.systems.exchange.tests.conftest import Desk
from lienthong.systems.exchange.tests.world import EPOCH, World, clerk, make_unit, operator, pdf

pytestmark = [pytest.mark.django_db, pytest.mark.pgserver]


def drain() -> int:
    """Let the courier work until nothing is due."""
    total = 0
    while count := courier.work():
        total += count
    return total


def send(world: World, *units: Unit, **changes: object) -> Message:
    """Send the next document; gives the message."""
    dispatch = world.dispatch(*units, letter=world.letter(**changes))
    return Message.objects.get(pk=Exchange().send(by=clerk(world.sender), dispatch=dispatch))


def test_ex_69_a_document_reaches_every_receiver_of_the_node(world: World, desk: Desk) -> None:
    """EX-39, EX-42, EX-46: one message, three deliveries, three receipts, three arrivals, three 01."""
    source = uuid4()
    dispatch = world.dispatch(source=source)
    ident = Exchange().send(by=clerk(world.sender), dispatch=dispatch)
    assert Delivery.objects.filter(message_id=ident, state="queued").count() == 3
    drain()
    states = ports_receivers(source)
    assert [state.state for state in states] == ["arrived"] * 3
    assert [state.code for state in states] == ["000.00.00.X52", "000.00.00.X53", "000.00.00.X54"]
    assert all(state.receipt and not state.gap for state in states)
    assert {arrival.agency_id for arrival in desk.arrivals} == {unit.pk for unit in world.receivers}
    arrival = desk.arrivals[0]
    assert arrival.letter.subject == dispatch.letter.subject
    assert arrival.letter.code == dispatch.letter.code
    assert arrival.attachments[0].sha256 == dispatch.attachments[0].sha256
    assert arrival.sender.code == "000.00.00.X51"
    assert Received.objects.count() == 3
    assert [line.code for line in StatusLine.objects.filter(delivery__message_id=ident)] == ["01"] * 3
    assert {ref for ref, _ in desk.heard} == {Ref("test:document", source)}


def ports_receivers(source: object) -> list:  # type: ignore[type-arg]
    return ports.get("exchange").receivers(Ref("test:document", source))  # type: ignore[no-any-return]


def test_ex_42_the_receipt_is_signed_over_canonical_json_and_names_the_hop(world: World) -> None:
    message = send(world)
    drain()
    held = Delivery.objects.get(message=message, order=0).receipt
    assert held is not None
    signed = receipts.of(held)
    assert signed.facts == {
        "addressed_as": "000.00.00.X52",
        "content_hash": message.content_hash,
        "from": "000.00.00.X51",
        "message_id": str(message.pk),
        "node": "node-1",
        "received_at": signed.facts["received_at"],
        "seq": signed.facts["seq"],
        "to": "000.00.00.X52",
    }
    assert cms.verify(signed.body, signed.signature, keys.trust()).good
    issued = Received.objects.get(agency=world.receivers[0]).receipt
    assert receipts.of(issued) == signed
    assert issued.pk != held.pk


def test_ex_20_the_packet_bears_our_signature_and_binds_its_files(world: World) -> None:
    message = send(world)
    with storage.read(message.packet_sha256) as stream, edxml.parse(stream) as result:
        assert result.packet is not None
        assert result.content_hash().hex() == message.content_hash
        assert [each.digest_matches for each in result.attachments] == [True]
        assert b"xmldsig" in result.skeleton
        assert result.document_id == message.document_id
    today = clock.local_date()
    assert message.document_id == f"000.00.00.X51,{today:%Y/%m/%d},16/UBND-VX"


def test_ex_20_xmlsec1_accepts_the_packet_that_travels_also_after_two_hops(world: World, tmp_path: Path) -> None:
    """EX-20, EX-40: two hubs each splice a TraceHeader in; the signature holds and the content hash is the same."""
    message = send(world, world.receivers[0])
    with storage.read(message.packet_sha256) as stream:
        content = stream.read()
    (tmp_path / "ca.pem").write_bytes(keys.evidence_trust().ca + keys.evidence_trust().chain)
    for hub in ("000.00.00.X98", "000.00.00.X99"):
        with edxml.parse(io.BytesIO(content)) as result:
            out = io.BytesIO()
            edxml.splice_trace(io.BytesIO(content), out, result, hub, clock.now())
        content = out.getvalue()
    (tmp_path / "packet.xml").write_bytes(content)
    command = "xmlsec1 --verify --trusted-pem ca.pem --untrusted-pem ca.pem"
    for name in ("MessageHeader", "edXMLBody", "Bussiness"):
        command += f" --id-attr:Id http://www.mic.gov.vn/TBT/QCVN_102_2016:{name}"
    ran = subprocess.run([*command.split(), "packet.xml"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    with edxml.parse(io.BytesIO(content)) as result:
        assert result.content_hash().hex() == message.content_hash
    changed = content.replace("kế hoạch số".encode(), "kế hoạch sô".encode())
    (tmp_path / "packet.xml").write_bytes(changed)
    ran = subprocess.run([*command.split(), "packet.xml"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ran.returncode != 0


def test_ex_45_many_dead_letters_are_requeued_and_what_cannot_go_says_why(world: World) -> None:
    rows = [Delivery.objects.get(message=send(world, unit)) for unit in world.receivers[:2]]
    Peer.objects.filter(kind="local").update(state="locked")
    drain()
    Peer.objects.filter(kind="local").update(state="active")
    Unit.objects.filter(pk=world.receivers[1].pk).update(agency=None)
    gone, left = deliveries.requeue_all(Delivery.objects.filter(state="dead").order_by("queued_at"), by=operator())
    assert (gone, [row.pk for row, _ in left]) == (1, [rows[1].pk])
    drain()
    assert Delivery.objects.get(pk=rows[0].pk).status == "arrived"


def test_core_88_a_rolled_back_issue_sends_nothing(world: World) -> None:
    with transaction.atomic():
        send(world)
        transaction.set_rollback(True)
    assert not Message.objects.exists()
    assert courier.work() == 0


def test_ex_11_a_receiver_chosen_twice_is_refused(world: World) -> None:
    with pytest.raises(Invalid) as refused:
        send(world, world.receivers[0], world.receivers[0])
    assert "hai lần" in " ".join(refused.value.fields.values())
    assert not Message.objects.exists()


def test_ex_36_every_wrong_receiver_is_named_at_once(world: World) -> None:
    """EX-11, EX-36: no code, not connected, and an unknown unit, in one answer."""
    nameless = make_unit("Đơn vị không mã", "")
    outside = make_unit("Xã chưa kết nối", "000.00.99.X59", agency=False)
    with pytest.raises(Invalid) as refused:
        send(world, nameless, outside, world.receivers[0])
    assert set(refused.value.fields) == {f"receiver:{nameless.pk}", f"receiver:{outside.pk}"}
    assert refused.value.code == "unknown_receiver"


def merge(old: Unit, new: Unit, effective: date) -> None:
    """Merge a unit into another one (CORE-7)."""
    history.end(old, effective)
    event = LineageEvent.objects.create(
        kind=LineageEvent.Kind.MERGE, instrument="NQ thử nghiệm", effective=effective, recorded_at=EPOCH
    )
    LineageLink.objects.create(event=event, predecessor=old, successor=new)


def test_ex_53_a_dissolved_receiver_in_grace_is_served_by_its_successor(world: World, desk: Desk) -> None:
    """EX-53, CORE-6: both codes stand in the receipt."""
    old, new = world.receivers[0], world.receivers[1]
    merge(old, new, clock.local_date() - timedelta(days=10))
    message = send(world, old)
    drain()
    delivery = Delivery.objects.get(message=message)
    assert (delivery.addressed_code, delivery.unit_id) == ("000.00.00.X52", new.pk)
    assert delivery.receipt is not None
    facts = receipts.of(delivery.receipt).facts
    assert (facts["addressed_as"], facts["to"]) == ("000.00.00.X52", "000.00.00.X53")
    assert [arrival.agency_id for arrival in desk.arrivals] == [new.pk]
    assert desk.arrivals[0].addressed_as == "000.00.00.X52"
    assert delivery.status == "arrived"


def test_ex_53_after_grace_a_dissolved_receiver_is_refused_by_name(world: World) -> None:
    merge(world.receivers[0], world.receivers[1], clock.local_date() - timedelta(days=400))
    with pytest.raises(Invalid) as refused:
        send(world, world.receivers[0])
    assert "kế thừa" in " ".join(refused.value.fields.values())


def test_ex_53_predecessor_and_successor_together_are_one_receiver_too_many(world: World) -> None:
    merge(world.receivers[0], world.receivers[1], clock.local_date() - timedelta(days=10))
    with pytest.raises(Invalid):
        send(world, world.receivers[0], world.receivers[1])


def test_f_ex_20_a_receiver_merged_while_its_packet_waits_is_served_by_the_successor(world: World) -> None:
    """F-EX-20, EX-53: the way is taken anew at each attempt."""
    old, new = world.receivers[0], world.receivers[1]
    message = send(world, old)
    merge(old, new, clock.local_date())
    drain()
    assert Received.objects.get(transport_id=message.pk).agency_id == new.pk
    delivery = Delivery.objects.get(message=message)
    assert (delivery.unit_id, delivery.status) == (new.pk, "arrived")


def test_ex_53_the_successors_status_is_known_before_its_receipt(world: World) -> None:
    """EX-53: a status may overtake the answer of the hand-over between nodes; it is still the receiver's."""
    old, new = world.receivers[0], world.receivers[1]
    message = send(world, old)
    merge(old, new, clock.local_date())
    courier.work()
    Delivery.objects.filter(message=message).update(unit_id=old.pk)
    drain()
    assert Delivery.objects.get(message=message).status == "arrived"


def test_ex_1_a_field_marked_secret_is_refused_on_send(world: World) -> None:
    """EX-1, CORE-58: nothing of it is stored."""
    with pytest.raises(Invalid) as refused:
        send(world, subject="MẬT")
    assert refused.value.code == "secret_refused"
    assert not Message.objects.exists()


def test_ex_36_our_own_malformed_packet_lists_every_error(world: World) -> None:
    """EX-14, EX-36: too long a trích yếu and an impossible priority, both named."""
    with pytest.raises(Invalid) as refused:
        send(world, subject="x" * 501, priority=7)
    assert "R.MessageHeader.Subject" in refused.value.fields
    assert "M.MessageHeader.OtherInfo.Priority" in refused.value.fields


def test_core_108_an_agency_sends_only_for_itself(world: World) -> None:
    dispatch = replace(world.dispatch(), agency_id=world.receivers[0].pk)
    with pytest.raises(Forbidden):
        Exchange().send(by=clerk(world.sender), dispatch=dispatch)


def test_ex_40_a_document_is_not_sent_twice_to_one_receiver(world: World) -> None:
    letter = world.letter()
    Exchange().send(by=clerk(world.sender), dispatch=world.dispatch(world.receivers[0], letter=letter))
    with pytest.raises(Invalid) as refused:
        Exchange().send(by=clerk(world.sender), dispatch=world.dispatch(*world.receivers[:2], letter=letter))
    assert list(refused.value.fields) == [f"receiver:{world.receivers[0].pk}"]


def test_ex_40_what_was_refused_may_be_sent_again_and_is_linked(world: World) -> None:
    """EX-40: a delivery that ended in 02 does not block a new attempt; both sides link the cycles."""
    letter = world.letter()
    first = Exchange().send(by=clerk(world.sender), dispatch=world.dispatch(world.receivers[0], letter=letter))
    drain()
    received = Received.objects.get(transport_id=first)
    Exchange().tell(
        by=clerk(world.receivers[0]), delivery_id=received.pk, code="02", description="Gửi nhầm địa chỉ nhận"
    )
    drain()
    assert Delivery.objects.get(message_id=first).status == "refused"
    second = Exchange().send(by=clerk(world.sender), dispatch=world.dispatch(world.receivers[0], letter=letter))
    drain()
    again = Received.objects.get(transport_id=second)
    assert again.resend_of_id == received.pk
    assert Message.objects.get(pk=second).resend_of_id == first
    assert Delivery.objects.get(message_id=second).status == "arrived"


def test_ex_46_one_bad_receiver_does_not_fail_the_rest(world: World, desk: Desk) -> None:
    """EX-46, EX-45: its delivery is tried again and succeeds when the fault is gone; no one gets a second copy."""
    desk.broken_for.add(world.receivers[1].pk)
    message = send(world)
    drain()
    states = {row.unit_id: row for row in Delivery.objects.filter(message=message)}
    assert [states[unit.pk].state for unit in world.receivers] == ["delivered", "queued", "delivered"]
    waiting = states[world.receivers[1].pk]
    assert (waiting.failures, waiting.error_class, waiting.error_code) == (1, "transient", "unavailable")
    desk.broken_for.clear()
    with time_machine.travel(clock.now() + timedelta(seconds=60), tick=True):
        drain()
    assert Delivery.objects.filter(message=message, state="delivered").count() == 3
    assert Received.objects.filter(transport_id=message.pk).count() == 3
    assert len(desk.arrivals) == 3


def test_ex_46_a_packet_fans_out_to_seven_hundred(world: World) -> None:
    units = [make_unit(f"Xã Thử nghiệm {n}", f"000.{n // 100:02}.{n % 100:02}.X55") for n in range(700)]
    message = send(world, *units)
    assert Delivery.objects.filter(message=message).count() == 700


def test_v_rt_2_a_permanent_error_is_a_dead_letter_at_once_and_can_be_requeued(world: World) -> None:
    """V-RT-2, EX-45: code 18 on the first attempt, no second one; requeued when the directory is mended."""
    unit = world.receivers[0]
    message = send(world, unit)
    (code,) = history.codes_of(unit)
    history.end_code(code, date(2020, 1, 2))
    drain()
    row = Delivery.objects.get(message=message)
    assert (row.state, row.attempts, row.error_class) == ("dead", 1, "permanent")
    assert row.error_code in {"unknown_receiver", "receiver_dissolved"}
    assert row.error
    assert courier.work() == 0
    again = DateRange(date(2020, 1, 2), None)
    history.add_code(unit, code.code, code.scheme, again, source="Dùng lại", primary=True, event=None)
    deliveries.requeue(by=operator(), target=row)
    drain()
    row.refresh_from_db()
    assert (row.state, row.status) == ("delivered", "arrived")


def test_v_rt_1_a_delivery_is_tried_at_0_30_and_90_seconds(world: World, desk: Desk) -> None:
    """V-RT-1 with the real rows: jitter moves each wait by a fifth at most."""
    unit = world.receivers[0]
    desk.broken_for.add(unit.pk)
    start = clock.now()
    with time_machine.travel(start, tick=False) as now:
        message = send(world, unit)
        drain()
        row = Delivery.objects.get(message=message)
        assert row.next_attempt_at is not None
        assert timedelta(seconds=24) <= row.next_attempt_at - start <= timedelta(seconds=36)
        now.move_to(start + timedelta(seconds=23))
        assert courier.work() == 0
        second = start + timedelta(seconds=36)
        now.move_to(second)
        drain()
        row.refresh_from_db()
        assert row.attempts == 2
        assert row.next_attempt_at is not None
        assert timedelta(seconds=48) <= row.next_attempt_at - second <= timedelta(seconds=72)
        desk.broken_for.clear()
        now.move_to(second + timedelta(seconds=72))
        drain()
        row.refresh_from_db()
        assert (row.state, row.attempts) == ("delivered", 3)


def test_ex_45_after_a_day_of_faults_the_delivery_is_a_dead_letter_with_its_reason(world: World, desk: Desk) -> None:
    unit = world.receivers[0]
    desk.broken_for.add(unit.pk)
    start = clock.now()
    with time_machine.travel(start, tick=False) as now:
        message = send(world, unit)
        drain()
        for _ in range(60):
            row = Delivery.objects.get(message=message)
            if row.state == "dead":
                break
            assert row.next_attempt_at is not None
            now.move_to(row.next_attempt_at)
            drain()
        assert row.state == "dead"
        assert row.error_class == "transient"
        assert timedelta(hours=22) <= clock.now() - start <= timedelta(hours=25)


def test_ex_47_urgent_packets_overtake(world: World) -> None:
    slow = [send(world, world.receivers[0]) for _ in range(3)]
    urgent = send(world, world.receivers[0], priority=3)
    claim = deliveries.claim(1)
    assert Delivery.objects.get(pk=claim.ids[0]).message_id == urgent.pk
    assert urgent.pk not in {message.pk for message in slow}


def test_core_88_a_lease_that_ran_out_belongs_to_the_next_worker(world: World) -> None:
    """CORE-88, F-CORE-27: the late worker's result does not count."""
    send(world, world.receivers[0])
    lost = deliveries.claim()
    assert deliveries.claim().ids == ()
    with time_machine.travel(clock.now() + deliveries.LEASE + timedelta(seconds=1), tick=True):
        taken = deliveries.claim()
        assert taken.ids == lost.ids
        assert not deliveries.renew(lost, lost.ids)
        assert deliveries.renew(taken, taken.ids)


def test_core_72_every_act_leaves_its_entry(world: World) -> None:
    message = send(world, world.receivers[0])
    drain()
    verbs = set(JournalEntry.objects.values_list("verb", flat=True))
    assert {
        "exchange:message:send",
        "exchange:received:store",
        "exchange:delivery:deliver",
        "exchange:delivery:hear",
    } <= verbs
    entry = JournalEntry.objects.get(verb="exchange:message:send")
    assert entry.ref == f"exchange:message:{message.pk}"
    assert entry.agency_id == world.sender.pk
    received = JournalEntry.objects.get(verb="exchange:received:store")
    assert received.agency_id == world.receivers[0].pk


def test_f_ex_28_answers_are_kept_one_by_one_and_never_empty(world: World, desk: Desk) -> None:
    """F-EX-28: a reply names what it answers; a document that answers nothing holds no ResponseFor."""
    answered = Answered(organ_code="000.00.00.X52", number="7/SO", document_id="000.00.00.X52,2026/01/05,7/SO")
    send(world, world.receivers[0], answers=(answered,))
    send(world, world.receivers[0])
    drain()
    assert sorted(len(arrival.letter.answers) for arrival in desk.arrivals) == [0, 1]


def test_f_ex_3_long_vietnamese_names_are_never_cut(world: World, desk: Desk) -> None:
    """F-EX-3: a list of 60 receivers and a name of 200 characters come through whole."""
    name = ("Ủy ban nhân dân đặc khu Thử nghiệm " * 6).strip()[:200].strip()
    long = make_unit(name, "000.00.77.X56")
    units = [make_unit(f"Cơ quan nhận {n}", f"000.00.{n:02}.X57") for n in range(60)]
    message = send(world, long, *units)
    drain()
    assert Delivery.objects.get(message=message, order=0).addressed_name == name
    assert len(desk.arrivals) == 61


def test_ex_2_an_unsigned_file_is_for_reference_only_and_needs_a_reason(world: World, desk: Desk) -> None:
    """EX-2, EX-22: without signatures in the file the clerk must give a reason."""
    send(world, world.receivers[0])
    drain()
    verdict = desk.arrivals[0].verdict
    assert (verdict.level, verdict.acceptable, verdict.needs_reason) == ("reference_only", True, True)


def test_ex_39_a_file_that_cannot_be_opened_leaves_nothing(world: World) -> None:
    lost = Attachment(file_id=uuid4(), name="x.pdf", content_type="application/pdf", sha256="0" * 64, size=1)
    dispatch = replace(world.dispatch(), attachments=(lost,))
    with pytest.raises(Exception, match=r".+"):
        Exchange().send(by=clerk(world.sender), dispatch=dispatch)
    assert not Message.objects.exists()


def test_f_ex_19_a_file_of_twelve_megabytes_comes_through_whole(world: World, desk: Desk) -> None:
    """F-EX-12, F-EX-19: above ten million characters of base64, above any log's ten megabytes; the hash is the same."""
    big = pdf("Phu luc lon") + b"\n%" + bytes(12 << 20)
    world.files = [world.attachment(), world.attachment(big, "Phụ lục lớn.pdf")]
    message = send(world, world.receivers[0])
    drain()
    assert message.packet_size > 16 << 20
    assert [each.sha256 for each in desk.arrivals[0].attachments] == [each.sha256 for each in world.files]
    assert [each.name for each in desk.arrivals[0].attachments] == ["Công văn.pdf", "Phụ lục lớn.pdf"]

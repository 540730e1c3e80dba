"""What comes in from other systems: senders, duplicates, signatures, clocks, quarantine (EX-11, 20..22, 40, 48)."""

import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from lienthong.contracts.signing import KeyHandle
from lienthong.core.audit.models import JournalEntry
from lienthong.core.orgs.models import Unit
from lienthong.core.signing import demo, pki, service, xmldsig
from lienthong.core.signing.keystore import LocalKey
from lienthong.kit import clock, edxml
from lienthong.kit.edxml import model, samples
from lienthong.systems.exchange import keys, storage
from lienthong.systems.exchange.actions import inbox, peers
from lienthong.systems.exchange.actions.inbox import Answer
from lienthong.systems.exchange.codes import Refused
from lienthong.systems.exchange.inbound import Envelope
from lienthong.systems.exchange.models import Held, Peer, PeerUnit, Received
from lienthong.systems.exchange.ports import Exchange
from lienthong.systems.exchange.tests.conftest import Desk
from lienthong.systems.exchange.tests.world import PDF, World, clerk, make_peer, make_unit, operator

pytestmark = [pytest.mark.django_db, pytest.mark.pgserver]

FOREIGN = "000.00.00.X58"


@pytest.fixture
def stranger(world: World) -> Unit:
    """An agency with a node of its own."""
    return make_unit("Bộ Thử nghiệm ở nơi khác", FOREIGN, agency=False)


@pytest.fixture
def peer(stranger: Unit) -> Peer:
    """Its node."""
    return make_peer(stranger)


def packet_of(
    stranger: Unit,
    *,
    receivers: tuple[str, ...] = ("000.00.00.X52", "000.00.00.X53"),
    business: model.Business | None = None,
    subject: str = "V/v liên thông văn bản",
    content: bytes = PDF,
    name: str = "Công văn 16.pdf",
    signed: bool = True,
    sender: str = FOREIGN,
    key: KeyHandle | None = None,
) -> bytes:
    """A document packet of the foreign agency, signed by its system's key."""
    base = samples.document(business, receivers=receivers, names=(name,))
    header = replace(
        base.header,
        sender=samples.party(sender),
        subject=subject,
        document_id=edxml.make_document_id(sender, samples.DAY, "16/UBND-VX"),
    )
    packet = replace(base, header=header)
    payloads = [io.BytesIO(content)]
    packet = edxml.with_digests(packet, payloads)
    out = io.BytesIO()
    signing = key or (keys.of_agency(stranger.pk) if sender == FOREIGN else key_of(sender))
    edxml.build(packet, payloads, out, sign=(lambda tree: xmldsig.sign(tree, signing)) if signed else None)
    return out.getvalue()


def hand_over(
    peer: Peer, packet: bytes, *, ident: UUID | None = None, claimed: str = "", to: tuple[str, ...] = (), **more: object
) -> Answer:
    """Hand a packet to this node."""
    envelope = Envelope(peer=peer, transport_id=ident or uuid4(), claimed_from=claimed, to=to, **more)  # type: ignore[arg-type]
    return inbox.receive(io.BytesIO(packet), envelope)


def refusal(peer: Peer, packet: bytes, **more: object) -> Refused:
    """The refusal of a packet."""
    with pytest.raises(Refused) as refused:
        hand_over(peer, packet, **more)  # type: ignore[arg-type]
    return refused.value


def receipts_of(answer: Answer) -> list[tuple[bytes, bytes]]:
    return [(each.receipt.body, each.receipt.signature) for each in answer.results if each.receipt]


def test_ex_40_a_packet_fans_out_to_the_receivers_that_live_here(world: World, stranger: Unit, peer: Peer) -> None:
    answer = hand_over(peer, packet_of(stranger, receivers=("000.00.00.X52", "000.00.00.X53", "000.00.77.X59")))
    taken = {each.code for each in answer.results if each.receipt}
    assert taken == {"000.00.00.X52", "000.00.00.X53"}
    assert {each.code: each.problem.code for each in answer.results if each.problem} == {
        "000.00.77.X59": "unknown_receiver"
    }
    assert Received.objects.count() == 2


def test_v_dup_1_the_same_packet_again_gets_the_original_receipts(world: World, stranger: Unit, peer: Peer) -> None:
    """V-DUP-1, F-EX-1, F-EX-14, F-EX-15: byte-equal, no error, no second row, nobody sees a second document."""
    packet, ident = packet_of(stranger), uuid4()
    answers = [hand_over(peer, packet, ident=ident) for _ in range(3)]
    assert receipts_of(answers[0]) == receipts_of(answers[1]) == receipts_of(answers[2])
    assert len(receipts_of(answers[0])) == 2
    assert Received.objects.count() == 2


def test_v_dup_2_the_same_id_with_another_content_is_a_conflict(world: World, stranger: Unit, peer: Peer) -> None:
    ident = uuid4()
    hand_over(peer, packet_of(stranger), ident=ident)
    refused = refusal(peer, packet_of(stranger, subject="V/v việc khác"), ident=ident)
    assert (refused.code, refused.status) == ("conflict_same_id", 409)


def test_v_dup_2_also_when_the_other_packet_is_for_another_receiver(world: World, stranger: Unit, peer: Peer) -> None:
    ident = uuid4()
    hand_over(peer, packet_of(stranger, receivers=("000.00.00.X52",)), ident=ident)
    other = packet_of(stranger, receivers=("000.00.00.X53",), subject="V/v việc khác")
    assert refusal(peer, other, ident=ident).code == "conflict_same_id"


def test_v_dup_3_a_new_id_with_the_same_packet_is_marked_a_repeat(world: World, stranger: Unit, peer: Peer) -> None:
    """V-DUP-3, F-EX-14: after a gateway error the sender came with a new id."""
    packet = packet_of(stranger)
    first = hand_over(peer, packet)
    second = hand_over(peer, packet)
    assert receipts_of(first) == receipts_of(second)
    assert {each.note for each in second.results} == {"trùng"}
    assert Received.objects.count() == 2


def test_v_dup_4_the_same_document_with_another_content_is_refused(world: World, stranger: Unit, peer: Peer) -> None:
    hand_over(peer, packet_of(stranger))
    answer = hand_over(peer, packet_of(stranger, subject="V/v trích yếu đã sửa"))
    assert {each.problem.code for each in answer.results if each.problem} == {"duplicate_document"}
    assert "thay thế" in answer.results[0].detail
    assert Received.objects.count() == 2


def test_v_dup_5_two_updates_that_differ_in_their_receivers_are_two(world: World, stranger: Unit, peer: Peer) -> None:
    """V-DUP-5: ReceiverList lies in the content hash."""

    def update(added: str) -> bytes:
        change = model.ReceiverList(receivers=(model.ReceiverChange(organ_id=added, receiver_type=1),))
        business = model.Business(
            type=model.BusinessType.UPDATE,
            document_id=edxml.make_document_id(FOREIGN, samples.DAY, "16/UBND-VX"),
            reason="Bổ sung nơi nhận",
            document_info=model.BusinessDocumentInfo(document_info=0, document_receiver=1, receiver_list=change),
        )
        return packet_of(stranger, receivers=("000.00.00.X52",), business=business)

    first, second = hand_over(peer, update("000.00.00.X53")), hand_over(peer, update("000.00.00.X54"))
    assert receipts_of(first) != receipts_of(second)
    assert Received.objects.filter(business_type=2).count() == 2


def test_f_ex_4_the_business_type_is_read_by_code(world: World, stranger: Unit, peer: Peer, desk: Desk) -> None:
    """F-EX-4: a new document is never taken for a recall."""
    hand_over(peer, packet_of(stranger))
    assert {arrival.business_type for arrival in desk.arrivals} == {0}


def test_ex_40_after_a_refusal_the_document_may_come_again(world: World, stranger: Unit, peer: Peer) -> None:
    packet = packet_of(stranger, receivers=("000.00.00.X52",))
    hand_over(peer, packet)
    first = Received.objects.get()
    Exchange().tell(by=clerk(world.receivers[0]), delivery_id=first.pk, code="02", description="Thiếu phụ lục kèm theo")
    answer = hand_over(peer, packet)
    assert answer.results[0].note == ""
    assert Received.objects.get(state="arrived").resend_of_id == first.pk
    # The same id as the refused one is still the same hand-over.
    again = hand_over(peer, packet, ident=first.transport_id)
    assert receipts_of(again) != receipts_of(answer)
    assert Received.objects.count() == 2


def test_ex_11_f_ex_9_another_senders_code_is_refused_and_both_are_named(
    world: World, stranger: Unit, peer: Peer
) -> None:
    other = make_unit("Bộ khác", "000.00.00.X57", agency=False)
    refused = refusal(peer, packet_of(other, sender="000.00.00.X57"))
    assert refused.code == "not_party"
    assert "000.00.00.X57" in refused.detail
    assert peer.code in refused.detail
    claimed = refusal(peer, packet_of(stranger), claimed="000.00.00.X57")
    assert claimed.code == "not_party"
    assert "000.00.00.X57" in claimed.detail
    assert FOREIGN in claimed.detail


def test_ex_11_a_delegation_is_dated_and_ends_at_once(world: World, stranger: Unit, peer: Peer) -> None:
    other = make_unit("Cục được gửi thay", "000.00.00.X57", agency=False)
    packet = packet_of(other, sender="000.00.00.X57")
    by = operator()
    peers.assign_unit(by=by, target=peer, unit_id=other.pk, delegated=True, instrument="QĐ 12/QĐ-BTN")
    assert hand_over(peer, packet).results[0].problem is None
    peers.revoke_unit(by=by, target=peer, unit_id=other.pk, reason="Hết thời gian ủy quyền")
    assert refusal(peer, packet, ident=uuid4()).code == "not_party"


def test_f_ex_24_an_unknown_sender_makes_no_agency(world: World, stranger: Unit, peer: Peer) -> None:
    """EX-11, F-EX-24: refused when it is connected itself; quarantined when a hub relays it."""
    packet = packet_of(stranger, sender="000.00.88.X59")
    before = Unit.objects.count()
    assert refusal(peer, packet).problem.number == "19"
    hub = make_peer(kind="hub", code="truc-tinh")
    assert refusal(hub, packet).code == "held"
    assert Unit.objects.count() == before
    row = Held.objects.get()
    assert (row.peer, row.why) == (hub, "unknown_sender")
    assert not Received.objects.exists()


def test_ex_11_a_held_packet_comes_in_after_its_sender_was_registered(world: World, stranger: Unit) -> None:
    packet = packet_of(stranger, sender="000.00.88.X59")
    hub = make_peer(kind="hub", code="truc-tinh")
    refusal(hub, packet)
    make_unit("Cơ quan mới đăng ký", "000.00.88.X59", agency=False)
    inbox.release(by=operator(), target=Held.objects.get())
    assert Received.objects.count() == 2
    assert Held.objects.get().closed_at is not None


def test_ex_11_a_receiver_named_twice_is_refused(world: World, stranger: Unit, peer: Peer) -> None:
    good = packet_of(stranger, receivers=("000.00.00.X52", "000.00.00.X53"), signed=False)
    doubled = good.replace(b"000.00.00.X53", b"000.00.00.X52")
    refused = refusal(peer, doubled)
    assert refused.code == "malformed"
    assert any("MessageHeader.To" in str(error["code"]) for error in refused.errors)


def test_ex_36_all_errors_of_a_packet_in_one_answer(world: World, stranger: Unit, peer: Peer) -> None:
    bad = packet_of(stranger, signed=False).replace(b"Priority>0<", b"Priority>5<")
    bad = bad.replace(b">2026/09/30</edXML:PromulgationDate>", b">2026-09-30</edXML:PromulgationDate>")
    refused = refusal(peer, bad)
    codes = {str(error["code"]) for error in refused.errors}
    assert {
        "M.MessageHeader.OtherInfo.Priority",
        "T.MessageHeader.PromulgationInfo.PromulgationDate",
    } <= codes
    assert all(error["line"] for error in refused.errors)


@pytest.mark.parametrize(
    "hostile",
    [
        b"",
        b"junk<edXML/>",
        b"<?xml version='1.0'?><!DOCTYPE x [<!ENTITY a 'b'>]><edXML>&a;</edXML>",
        b"<a:b/>",
        b"<edXML",
        b"\xff\xfe\x00",
    ],
)
def test_ex_13_hostile_bytes_are_refused_and_nothing_is_kept(
    world: World, stranger: Unit, peer: Peer, hostile: bytes
) -> None:
    folder = storage.path_of("0" * 64).parents[2]
    before = set(folder.rglob("*"))
    refused = refusal(peer, hostile)
    assert refused.permanent
    assert refused.errors
    assert not Received.objects.exists()
    assert set(folder.rglob("*")) == before


def test_ex_39_what_a_killed_process_left_half_written_is_swept(world: World) -> None:
    folder = storage.path_of("0" * 64).parents[2]
    folder.mkdir(parents=True, exist_ok=True)
    half = folder / ".in-half"
    half.write_bytes(b"<edXML")
    storage.sweep(timedelta(days=1))
    assert half.exists()
    storage.sweep(timedelta(seconds=-1))
    assert not half.exists()


def test_ex_20_a_changed_or_unsigned_packet_of_a_node_is_refused(world: World, stranger: Unit, peer: Peer) -> None:
    packet = packet_of(stranger)
    changed = packet.replace("V/v liên thông văn bản".encode(), "V/v liên thông văn bẢn".encode())
    assert refusal(peer, changed).code == "signature_invalid"
    other_file = packet.replace(b"JVBERi0xLjcK", b"JVBERi0xLjgK")
    assert refusal(peer, other_file).code == "signature_invalid"
    assert refusal(peer, packet_of(stranger, signed=False)).code == "signature_invalid"


def key_of(code: str, *, days: tuple[int, int] = (-30, 30), root: pki.Authority | None = None) -> LocalKey:
    """A system's key, certified from–to (days from now) by the node's demo authority, or by another one."""
    authority = root or demo.tree(service.keystore()).officials
    subject = pki.Subject(pki.Kind.SYSTEM, "Hệ thống thử nghiệm", code=code)
    now = clock.now()
    first, last = (now + timedelta(days=day) for day in days)
    return LocalKey.of("thu", authority.issue(subject, valid_from=first, valid_to=last))


def test_f_ex_16_an_expired_certificate_signs_nothing(world: World, stranger: Unit, peer: Peer) -> None:
    """F-EX-16: refused with the reason; a renewed one is taken at once, without a restart."""
    refused = refusal(peer, packet_of(stranger, key=key_of(FOREIGN, days=(-60, -1))))
    assert refused.code == "signature_invalid"
    assert "hết hạn" in refused.detail
    assert refusal(peer, packet_of(stranger, key=key_of(FOREIGN, days=(1, 60)))).code == "signature_invalid"
    assert hand_over(peer, packet_of(stranger, key=key_of(FOREIGN))).results[0].problem is None


def test_ex_20_a_certificate_of_no_trusted_issuer_signs_nothing(world: World, stranger: Unit, peer: Peer) -> None:
    other = pki.create_root("Gốc lạ", valid_from=clock.now() - timedelta(days=90))
    refused = refusal(peer, packet_of(stranger, key=key_of(FOREIGN, root=other)))
    assert refused.code == "signature_invalid"


def test_ex_11_another_agencys_key_does_not_sign_for_the_sender(world: World, stranger: Unit, peer: Peer) -> None:
    """EX-11, F-EX-9: the signature is good, but it is not the sender's."""
    refused = refusal(peer, packet_of(stranger, key=key_of("000.00.00.X52")))
    assert refused.code == "not_party"
    assert "000.00.00.X52" in refused.detail


def test_ex_21_a_legacy_peer_without_our_signature_is_taken_as_unverified(world: World, stranger: Unit) -> None:
    legacy = make_peer(stranger, kind="legacy", profile="lenient", code="phan-mem-cu")
    answer = hand_over(legacy, packet_of(stranger, signed=False))
    assert all(each.problem is None for each in answer.results)
    row = Received.objects.first()
    assert row is not None
    assert "không có chữ ký" in str(row.verdict["details"])


def test_ex_1_a_packet_marked_secret_leaves_only_time_peer_and_id(world: World, stranger: Unit) -> None:
    """EX-1, CORE-58: no content, number or trích yếu anywhere."""
    legacy = make_peer(stranger, kind="legacy", profile="lenient", code="phan-mem-cu")
    packet = packet_of(stranger, signed=False).replace("V/v liên thông văn bản".encode(), "TỐI MẬT".encode())
    ident = uuid4()
    assert refusal(legacy, packet, ident=ident).code == "secret_refused"
    assert not Received.objects.exists()
    entry = JournalEntry.objects.get(verb="exchange:held:refuse_secret")
    assert entry.after == {"peer": "phan-mem-cu", "transport_id": str(ident), "fence": "exchange.inbox"}


@pytest.mark.parametrize(
    ("difference", "taken"),
    [
        (timedelta(minutes=4, seconds=59), True),
        (timedelta(minutes=5, seconds=1), False),
        (timedelta(seconds=-7), True),
        (timedelta(minutes=-5, seconds=-1), False),
    ],
)
def test_v_clk_clocks_may_differ_by_five_minutes(
    world: World, stranger: Unit, peer: Peer, difference: timedelta, taken: bool, time_machine
) -> None:  # type: ignore[no-untyped-def]
    """EX-48 V-CLK-1, V-CLK-2, V-CLK-3, F-EX-17: recorded, both times named when refused."""
    now = datetime(2026, 11, 25, 3, 0, tzinfo=UTC)
    packet = packet_of(stranger)
    time_machine.move_to(now, tick=False)
    if taken:
        hand_over(peer, packet, sent_at=now + difference)
        assert set(Received.objects.values_list("clock_difference", flat=True)) == {difference.total_seconds()}
    else:
        refused = refusal(peer, packet, sent_at=now + difference)
        assert refused.code == "clock_skew"
        assert "10:00:00" in refused.detail


def test_ex_11_a_locked_connection_takes_nothing(world: World, stranger: Unit, peer: Peer) -> None:
    peers.lock(by=operator(), target=peer, reason="Nghi lộ khóa kết nối")
    assert refusal(peer, packet_of(stranger)).code == "peer_locked"


def test_ex_54_a_connection_is_approved_by_another_person(world: World) -> None:
    from lienthong.core.actions.errors import Conflict, Invalid
    from lienthong.systems.exchange.actions.peers import PeerInput

    first = operator("Người đăng ký")
    with pytest.raises(Invalid) as refused:
        peers.register(by=first, facts=PeerInput(code="", name="", kind="x", endpoint="ftp://x"))
    assert set(refused.value.fields) == {"code", "name", "kind", "endpoint"}
    made = peers.register(
        by=first, facts=PeerInput(code="nut-b", name="Nút B", kind="node", endpoint="https://b.example.vn")
    )
    with pytest.raises(Conflict):
        peers.approve(by=first, target=made)
    peers.approve(by=operator("Người duyệt"), target=made)
    assert made.state == "active"


def test_ex_53_a_units_way_changes_in_one_act(world: World, stranger: Unit, peer: Peer) -> None:
    """EX-53, F-EX-20: from the commit on no packet leaves by the old way."""
    from lienthong.systems.exchange.queries import routes

    other = make_peer(code="he-thong-moi")
    assert routes.peer_of(stranger.pk) == peer
    peers.assign_unit(by=operator(), target=other, unit_id=stranger.pk)
    assert routes.peer_of(stranger.pk) == other
    assert PeerUnit.objects.filter(unit=stranger, revoked_at__isnull=True).count() == 1
    assert DateTimeTZRange


def test_ex_17_a_file_whose_content_denies_its_name_is_refused_by_name(
    world: World, stranger: Unit, peer: Peer
) -> None:
    """EX-17, EX-18, F-EX-11: the whole packet is answered, nothing is half stored."""
    refused = None
    try:
        answer = hand_over(peer, packet_of(stranger, content=b"MZ" + b"\x00" * 500, name="Công văn.pdf"))
    except Refused as error:
        refused = error
    codes = {refused.code} if refused else {each.problem.code for each in answer.results if each.problem}
    assert codes == {"attachment_invalid"}
    assert not Received.objects.exists()


def test_ex_48_times_of_the_packet_are_read_in_the_legal_zone(world: World, stranger: Unit, peer: Peer) -> None:
    """EX-10: the date of issue is a legal date, whatever the server's zone."""
    hand_over(peer, packet_of(stranger))
    assert {row.issued_on for row in Received.objects.all()} == {samples.DAY}
    assert clock.now().tzinfo is UTC

"""Scenes that bring every action of the house on stage. A new action needs a scene, or `test_actions` fails.

Scenes of the core's own screens stand in modules beside this one, which `gather` imports.
"""

import io
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from importlib import import_module
from uuid import UUID, uuid4

from PIL import Image

from lienthong.contracts.actor import Actor, system_actor
from lienthong.contracts.ref import Ref
from lienthong.core import clocks, files, lawbook
from lienthong.core.clocks import actions as clock_acts
from lienthong.core.clocks.models import Clock
from lienthong.core.lawbook import actions as law
from lienthong.core.signing import actions as signing
from lienthong.core.signing import pki
from lienthong.demo.agencies import Agency
from lienthong.kit import clock
from lienthong.kit.workdays import DayKind
from lienthong.systems.exchange import courier, receipts
from lienthong.systems.exchange.actions import deliveries, evidence, inbox, peers, statuses
from lienthong.systems.exchange.codes import BY_CODE, Refused
from lienthong.systems.exchange.models import Delivery, Held, Message, Peer, PeerKey, Received
from lienthong.systems.exchange.ports import Exchange
from lienthong.systems.exchange.tests import test_receive as outside
from lienthong.systems.exchange.tests import test_statuses as heard
from lienthong.systems.exchange.tests import world as axis
from lienthong.systems.office.actions import history, incoming, outgoing
from lienthong.systems.office.models import IncomingDocument, Line, OutgoingDocument
from tests.thread.conftest import World, make_world
from tests.thread.scenario import deliver, draft, issue

REASON = "Lý do thử nghiệm đủ dài"
SYSTEM = system_actor("test")


@dataclass
class Stage:
    """What the scenes play with: the three agencies of the thread, built once for all scenes."""

    world: World


type Scene = Callable[[Stage], None]
SCENES: list[Scene] = []


def scene(play: Scene) -> Scene:
    """Add a scene; each plays on a fresh stage."""
    SCENES.append(play)
    return play


def gather() -> list[Scene]:
    """All scenes, those of the modules beside this one included."""
    for module in pkgutil.iter_modules(__path__):
        import_module(f"{__name__}.{module.name}")
    return SCENES


def build_stage() -> Stage:
    """Put up the stage."""
    return Stage(make_world())


def admin(agency_id: UUID | None, *verbs: str) -> Actor:
    """A person who holds these verbs."""
    return Actor(user_id=uuid4(), name="Quản trị thử nghiệm", agency_id=agency_id, verbs=frozenset(verbs))


# --- office -----------------------------------------------------------------------------------------------------------


@scene
def the_thread(stage: Stage) -> None:
    """From a draft at A to its end at B, returned by C."""
    world = stage.world
    document = issue(world, draft(world, receivers=[world.b, world.c]))
    deliver()
    arrived = IncomingDocument.objects.get(agency_id=world.b.id)
    refused = IncomingDocument.objects.get(agency_id=world.c.id)
    finish(world.b, direct(world.b, arrived))
    incoming.return_to_sender(by=world.c.seats["clerk"].actor(), target=refused, reason=REASON)
    deliver()
    message = Message.objects.get(pk=document.message_id)
    sender = axis.clerk(world.a.unit)
    evidence.export_sent(by=sender, target=message, file=io.BytesIO())
    received = Received.objects.get(agency_id=world.b.id)
    evidence.export_received(by=axis.clerk(world.b.unit), target=received, file=io.BytesIO())


@scene
def a_draft_is_changed_returned_and_unapproved(stage: Stage) -> None:
    """Editing, returning, approving and taking back."""
    world, seats = stage.world, stage.world.a.seats
    document = draft(world, receivers=[world.b])
    facts = outgoing.DraftInput(
        type_code="cong_van",
        subject="Trích yếu đã sửa",
        content=document.content,
        signer_position_id=seats["head"].position.pk,
        issuing_body_id=world.a.body.pk,
        receivers=(outgoing.To(unit_id=world.b.id),),
    )
    outgoing.edit(by=seats["specialist"].actor(), target=document, facts=facts)
    outgoing.submit(by=seats["specialist"].actor(), target=document)
    outgoing.return_(by=seats["unit_head"].actor(), target=document, reason=REASON)
    outgoing.redraft(by=seats["unit_head"].actor(), target=document)
    outgoing.submit(by=seats["specialist"].actor(), target=document)
    outgoing.review(by=seats["unit_head"].actor(), target=document)
    outgoing.check_format(by=seats["checker"].actor(), target=document)
    outgoing.approve(by=seats["head"].actor(), target=document)
    outgoing.unapprove(by=seats["head"].actor(), target=document, reason=REASON)


@scene
def a_number_is_spoilt(stage: Stage) -> None:
    """Numbered alone, then cancelled."""
    world, seats = stage.world, stage.world.a.seats
    document = signed(world)
    outgoing.number(by=seats["clerk"].actor(), target=document)
    outgoing.cancel_number(by=seats["clerk"].actor(), target=document, reason=REASON)


@scene
def a_paper_goes_round(stage: Stage) -> None:
    """Entered by hand, sent back to the clerk, bounced, given anew, led by another, finished and opened again."""
    agency = stage.world.b
    seats = agency.seats
    document = paper(agency)
    clerk, head = seats["clerk"].actor(), seats["head"].actor()
    incoming.register(by=clerk, target=document)
    incoming.submit(by=clerk, target=document, position_id=seats["head"].position.pk)
    incoming.send_back_clerk(by=head, target=document, reason=REASON)
    incoming.submit(by=clerk, target=document, position_id=seats["head"].position.pk)
    legal, other = agency.divisions[1].pk, agency.divisions[2].pk
    lines = [
        incoming.Give(unit_id=legal),
        incoming.Give(unit_id=other, role=Line.Role.CO, position_id=seats["specialist_2"].position.pk),
        incoming.Give(
            unit_id=agency.divisions[0].pk, role=Line.Role.INFO, position_id=seats["unit_head_2"].position.pk
        ),
    ]
    incoming.direct(by=head, target=document, content="Giao nghiên cứu.", lines=lines)
    incoming.comment(by=seats["specialist_2"].actor(), target=document, opinion="Thống nhất.")
    incoming.acknowledge(by=seats["unit_head_2"].actor(), target=document)
    incoming.bounce(by=seats["unit_head"].actor(), target=document, reason=REASON)
    incoming.reassign(by=head, target=document, lines=[incoming.Give(unit_id=other)])
    incoming.change_lead(by=head, target=document, lines=[incoming.Give(unit_id=legal)], reason=REASON)
    finish(agency, document)
    incoming.reopen(by=head, target=document, reason=REASON)


@scene
def an_old_register_is_brought_along(stage: Stage) -> None:
    """Lines of the years before."""
    old = history.OldIncoming(
        code="12/CV",
        arrival_number=1,
        arrival_on=date(2020, 3, 2),
        issued_on=date(2020, 3, 1),
        type_name="Công văn",
        subject="V/v lịch sử",
        sender_name="Cơ quan cũ",
    )
    history.import_history(by=stage.world.a.seats["clerk"].actor(), incoming=[old])
    row = IncomingDocument.objects.get(agency_id=stage.world.a.id, state="history")
    assert clock.local_date(row.received_at) == old.arrival_on


def signed(world: World) -> OutgoingDocument:
    """A document that the leader signed and nobody numbered."""
    seats = world.a.seats
    document = draft(world, receivers=[world.b])
    outgoing.submit(by=seats["specialist"].actor(), target=document)
    outgoing.review(by=seats["unit_head"].actor(), target=document)
    outgoing.check_format(by=seats["checker"].actor(), target=document)
    outgoing.approve_and_sign(by=seats["head"].actor(), target=document)
    return document


def paper(agency: Agency, subject: str = "V/v văn bản giấy") -> IncomingDocument:
    """A scanned paper that the clerk typed in."""
    clerk = agency.seats["clerk"].actor()
    stored = files.store(io.BytesIO(axis.PDF), "Bản quét.pdf", by=clerk, agency_id=agency.id)
    return incoming.enter(
        by=clerk,
        facts=incoming.PaperInput(
            channel=IncomingDocument.Channel.PAPER,
            sender_name="Cơ quan ngoài hệ thống",
            code=f"{uuid4().int % 1000}/CV",
            issued_on=clock.local_date(),
            type_name="Công văn",
            subject=subject,
            file_ids=(stored.pk,),
            file_names=("Bản quét.pdf",),
        ),
    )


def direct(agency: Agency, document: IncomingDocument) -> IncomingDocument:
    """Registered, submitted and directed to the first division."""
    seats = agency.seats
    incoming.register(by=seats["clerk"].actor(), target=document)
    incoming.submit(by=seats["clerk"].actor(), target=document, position_id=seats["head"].position.pk)
    lead = incoming.Give(unit_id=agency.divisions[1].pk)
    incoming.direct(by=seats["head"].actor(), target=document, content="Giao nghiên cứu.", lines=[lead])
    return document


def finish(agency: Agency, document: IncomingDocument) -> None:
    """Named, taken and done by the specialist of the division."""
    seats = agency.seats
    post = seats["specialist"].position.pk
    incoming.assign_within(by=seats["unit_head"].actor(), target=document, position_id=post)
    incoming.take(by=seats["specialist"].actor(), target=document)
    incoming.finish(by=seats["specialist"].actor(), target=document, kind="done", result="Đã thực hiện.")


# --- exchange ---------------------------------------------------------------------------------------------------------


def sent(world: axis.World) -> Delivery:
    """A document queued for the first receiver."""
    message = axis_send(world)
    return Delivery.objects.get(message=message)


def axis_send(world: axis.World) -> Message:
    """Sent by the port of the axis."""
    dispatch = world.dispatch(world.receivers[0])
    return Message.objects.get(pk=Exchange().send(by=axis.clerk(world.sender), dispatch=dispatch))


@scene
def a_delivery_fails_and_comes_late(stage: Stage) -> None:
    """Postponed, given up, queued again, delivered; its receipt comes once more by another way."""
    world = axis.make_world()
    row = sent(world)
    claim = deliveries.claim()
    row.refresh_from_db()
    by = system_actor("exchange", agency_id=row.agency_id)
    busy = next(code for code, problem in BY_CODE.items() if not Refused(code).permanent)
    deliveries.fail(row, lease=claim.lease, refused=Refused(busy, "đang bận"), by=by)
    Delivery.objects.filter(pk=row.pk).update(next_attempt_at=clock.now())
    claim = deliveries.claim()
    row.refresh_from_db()
    deliveries.fail(row, lease=claim.lease, refused=Refused("unknown_receiver", "không có mã"), by=by)
    deliveries.requeue(by=axis.operator(), target=row)
    other = sent(world)
    deliveries.give_up(
        by=by, target=other, lease=_claimed(other), code="unknown_receiver", detail="không có mã", permanent=True
    )
    courier.work()
    receipt = receipts.issue(
        agency_id=world.receivers[0].pk,
        message_id=other.message_id,
        content_hash=other.message.content_hash,
        sender=other.message.from_code,
        receiver=other.addressed_code,
        addressed_as=other.addressed_code,
        received_at=clock.now(),
    )
    deliveries.repair(by=by, target=other, signed=receipts.of(receipt))


def _claimed(row: Delivery) -> UUID:
    lease = uuid4()
    Delivery.objects.filter(pk=row.pk).update(lease=lease)
    row.lease = lease
    return lease


@scene
def a_sender_asks_its_document_back(stage: Stage) -> None:
    """13 reaches the receiver; 02 the sender."""
    world = axis.make_world()
    row = sent(world)
    courier.work()
    request = heard.status_packet(world, row, "13", sender="000.00.00.X51", organ_id="000.00.00.X52")
    heard.hand_over(request)
    received = Received.objects.get(transport_id=row.message_id)
    statuses.accept(by=axis.clerk(world.receivers[0]), target=received)
    statuses.assign(by=axis.clerk(world.receivers[0]), target=received)
    statuses.begin(by=axis.clerk(world.receivers[0]), target=received)
    statuses.finish(by=axis.clerk(world.receivers[0]), target=received)


@scene
def packets_are_held(stage: Stage) -> None:
    """Of an unknown sender: one comes in later, one is given up; one marked secret leaves a line alone."""
    axis.make_world()
    stranger = axis.make_unit("Bộ Thử nghiệm ở nơi khác", outside.FOREIGN, agency=False)
    hub = axis.make_peer(kind="hub", code="truc-tinh")
    for number in range(2):
        packet = outside.packet_of(stranger, sender="000.00.88.X59", subject=f"V/v việc {number}")
        outside.refusal(hub, packet)
    first, second = Held.objects.order_by("held_at")
    inbox.discard(by=axis.operator(), target=second, reason=REASON)
    axis.make_unit("Cơ quan mới đăng ký", "000.00.88.X59", agency=False)
    inbox.release(by=axis.operator(), target=first)
    legacy = axis.make_peer(stranger, kind="legacy", profile="lenient", code="phan-mem-cu")
    secret = outside.packet_of(stranger, signed=False).replace("V/v liên thông văn bản".encode(), "TỐI MẬT".encode())
    outside.refusal(legacy, secret)


@scene
def a_connection_lives(stage: Stage) -> None:
    """Registered, approved, locked, opened; keys and units given and taken."""
    unit = axis.make_unit("Cơ quan kết nối", "000.00.00.X57", agency=False)
    facts = peers.PeerInput(code="nut-b", name="Nút B", kind=Peer.Kind.NODE, endpoint="https://b.example.vn")
    peer = peers.register(by=axis.operator("Người đăng ký"), facts=facts)
    by = axis.operator("Người duyệt")
    peers.approve(by=by, target=peer)
    peers.lock(by=by, target=peer, reason=REASON)
    peers.unlock(by=by, target=peer, reason=REASON)
    peers.add_key(by=by, target=peer)
    peers.revoke_key(by=by, target=peer, key_id=PeerKey.objects.get(peer=peer).pk, reason=REASON)
    peers.assign_unit(by=by, target=peer, unit_id=unit.pk)
    peers.revoke_unit(by=by, target=peer, unit_id=unit.pk, reason=REASON)


# --- core -------------------------------------------------------------------------------------------------------------


@scene
def the_law_changes(stage: Stage) -> None:
    """A parameter and a day of an agency, a year of the node, the rows of a release."""
    agency = stage.world.a.id
    law.set_parameter(
        by=SYSTEM,
        key="auth.idle_minutes",
        value=10,
        valid_from=date(2026, 1, 1),
        instrument="QĐ 1/2026",
        agency_id=agency,
        reason=REASON,
    )
    entry = law.declare_day(
        by=SYSTEM, day=date(2026, 9, 11), kind=DayKind.LOCAL_CLOSURE, source="TB 9", unit_id=agency, reason=REASON
    )
    law.withdraw_day(by=SYSTEM, entry=entry, reason=REASON)
    law.confirm_year(by=SYSTEM, year=2027, source="TB 1/2026", reason=REASON)
    law.add_release_rows(by=SYSTEM, rows=[], reason=REASON)
    assert lawbook.version() > 1


@scene
def clocks_follow_the_calendar(stage: Stage) -> None:
    """Counted anew later; an earlier date is proposed, taken or dismissed."""
    agency = stage.world.a.id
    by = admin(agency, clock_acts.BRING_FORWARD, clock_acts.KEEP)
    for decide in (clock_acts.bring_forward, clock_acts.keep):
        counted = _with_proposal(agency)
        decide(by=by, target=counted, reason=REASON)


def _with_proposal(agency: UUID) -> Clock:
    start = clock.now()
    counted = clocks.start(Ref("test:thing", uuid4()), "review_legal", start, agency_id=agency)
    day = _working_day_after(clock.local_date(start))
    entry = law.declare_day(
        by=SYSTEM, day=day, kind=DayKind.LOCAL_CLOSURE, source="TB 9", unit_id=agency, reason=REASON
    )
    clock_acts.recount(by=SYSTEM, target=counted, cause="nghỉ tránh bão")
    law.withdraw_day(by=SYSTEM, entry=entry, reason=REASON)
    clock_acts.recount(by=SYSTEM, target=counted, cause="bão đổi hướng")
    return counted


def _working_day_after(day: date) -> date:
    found = day + timedelta(days=1)
    while found.weekday() > 4:
        found += timedelta(days=1)
    return found


@scene
def trust_and_certificates_change(stage: Stage) -> None:
    """The list by two persons; a certificate recorded and revoked; a picture; a revocation list."""
    agency = stage.world.a
    tree = pki.DemoPki.create(valid_from=datetime(2025, 1, 1, tzinfo=UTC), tsa_years=8)
    first, second = (
        admin(agency.id, signing.PROPOSE_ANCHOR, signing.CONFIRM_ANCHOR, signing.WITHDRAW_ANCHOR) for _ in range(2)
    )
    root = signing.propose_anchor(
        by=first,
        name="Gốc thử",
        group="test",
        purposes=("packet",),
        pem=pki.pem(tree.root.issued.certificate).decode(),
        reason=REASON,
    )
    signing.confirm_anchor(by=second, target=root)
    signing.withdraw_anchor(by=second, target=root, reason=REASON)
    signing.load_crl(by=SYSTEM, der=tree.officials.crl())
    keeper = admin(agency.id, signing.REGISTER_CERTIFICATE, signing.REVOKE_CERTIFICATE, signing.SET_PICTURE)
    subject = pki.Subject(pki.Kind.SYSTEM, "Nút trục X01", agency.name, code="X01")
    certificate = signing.register_certificate(
        by=keeper,
        pem=pki.pem(tree.officials.issue(subject).certificate).decode(),
        kind="system",
        keeping="token",
        agency_id=agency.id,
    )
    signing.revoke_certificate(by=keeper, target=certificate, reason=REASON)
    signing.issue_demo_certificate(by=SYSTEM, subject=replace(subject, name="Nút trục X01 (mới)"), agency_id=agency.id)
    picture = io.BytesIO()
    Image.new("RGBA", (20, 10), (0, 0, 0, 0)).save(picture, "PNG")
    signing.set_picture(
        by=keeper,
        kind="handwriting",
        name="Chữ ký thử",
        png=picture.getvalue(),
        user_id=agency.seats["head"].user.pk,
    )

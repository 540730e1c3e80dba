"""The API: hand-over with signed requests, lists inside one's scope, receipts and evidence that verify offline."""

import base64
import hashlib
import io
import json
import subprocess
import sys
import zipfile
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from django.http import HttpResponse
from django.test import Client, RequestFactory

from lienthong.contracts.actor import Actor
from lienthong.core.actions.errors import Conflict, NotSeen
from lienthong.core.orgs.models import Unit
from lienthong.kit import clock
from lienthong.systems.exchange import api, courier, keys, transport
from lienthong.systems.exchange.actions import evidence, peers
from lienthong.systems.exchange.models import Delivery, Peer, PeerKey, Received
from lienthong.systems.exchange.ports import Exchange
from lienthong.systems.exchange.queries import figures, lists
from lienthong.systems.exchange.tests.test_receive import FOREIGN, packet_of
from lienthong.systems.exchange.tests.test_send import drain, send
from lienthong.systems.exchange.tests.world import (
    World,
    clerk,
    make_key,
    make_peer,
    make_unit,
    operator,
)

pytestmark = pytest.mark.django_db

URL = "/api/v1/exchange/messages"


def signed_post(
    client: Client,
    peer: Peer,
    secret: str,
    packet: bytes,
    *,
    ident: UUID | None = None,
    claimed: str = FOREIGN,
    to: tuple[str, ...] = (),
    sent_at: datetime | None = None,
    digest: str = "",
) -> HttpResponse:
    """Post a packet as another system does."""
    slip = transport.Slip(
        system=peer.code,
        transport_id=ident or uuid4(),
        sha256=digest or hashlib.sha256(packet).hexdigest(),
        claimed_from=claimed,
        to=to,
        seq=None,
        sent_at=sent_at or clock.now(),
    )
    headers = {name: value for name, value in slip.headers(secret).items() if name != "Content-Type"}
    return client.post(URL, packet, content_type="application/xml", headers=headers)  # type: ignore[return-value]


@pytest.fixture
def stranger(world: World) -> Unit:
    """An agency with a node of its own."""
    return make_unit("Bộ Thử nghiệm ở nơi khác", FOREIGN, agency=False)


@pytest.fixture
def peer(stranger: Unit) -> Peer:
    """Its node."""
    return make_peer(stranger)


def test_ex_42_a_packet_is_taken_and_answered_with_receipts(world: World, stranger: Unit, peer: Peer) -> None:
    secret = make_key(peer)
    response = signed_post(Client(), peer, secret, packet_of(stranger), to=("000.00.00.X52",))
    assert response.status_code == 200
    body = json.loads(response.content)
    facts = json.loads(base64.b64decode(body["results"][0]["receipt"]))
    assert (facts["from"], facts["to"]) == (FOREIGN, "000.00.00.X52")
    answer = transport.answer_from(body)
    assert answer.results[0].receipt is not None
    assert Received.objects.count() == 1


def test_core_85_a_request_without_a_good_signature_is_refused(world: World, stranger: Unit, peer: Peer) -> None:
    """CORE-85, EX-11: unknown system, wrong secret, changed header, no header at all."""
    secret = make_key(peer)
    packet = packet_of(stranger)
    assert signed_post(Client(), peer, "sai", packet).status_code == 401
    assert signed_post(Client(), Peer(code="la"), secret, packet).status_code == 401
    assert Client().post(URL, packet, content_type="application/xml").status_code == 401
    assert not Received.objects.exists()


def test_core_85_the_signed_hash_must_be_the_packets(world: World, stranger: Unit, peer: Peer) -> None:
    response = signed_post(Client(), peer, make_key(peer), packet_of(stranger), digest="0" * 64)
    assert response.status_code == 503
    assert not Received.objects.exists()


def test_f_ex_16_a_key_is_changed_with_overlap_and_no_restart(world: World, stranger: Unit, peer: Peer) -> None:
    """F-EX-16, CORE-85: both keys are good; a revoked or expired one is not; a third is refused."""
    by = operator()
    old = peers.add_key(by=by, target=peer)
    new = peers.add_key(by=by, target=peer)
    with pytest.raises(Conflict):
        peers.add_key(by=by, target=peer)
    packet = packet_of(stranger)
    assert signed_post(Client(), peer, old, packet).status_code == 200
    assert signed_post(Client(), peer, new, packet).status_code == 200
    first = PeerKey.objects.filter(peer=peer).order_by("valid").first()
    assert first is not None
    peers.revoke_key(by=by, target=peer, key_id=first.pk, reason="Đổi khóa định kỳ")
    assert signed_post(Client(), peer, old, packet).status_code == 401
    assert signed_post(Client(), peer, new, packet).status_code == 200


def test_core_85_no_secret_lies_readable_in_the_database(world: World, peer: Peer) -> None:
    secret = make_key(peer)
    assert secret.encode() not in bytes(PeerKey.objects.get().sealed_secret)


def test_v_clk_2_by_api(world: World, stranger: Unit, peer: Peer) -> None:
    late = clock.now() + timedelta(minutes=5, seconds=30)
    response = signed_post(Client(), peer, make_key(peer), packet_of(stranger), sent_at=late)
    assert response.status_code == 422
    assert json.loads(response.content)["code"] == "clock_skew"


def test_ex_38_refusals_are_problems_with_every_error(world: World, stranger: Unit, peer: Peer) -> None:
    """EX-36, EX-38, CORE-90: RFC 9457, Vietnamese title, code, legacy number, class, all errors."""
    bad = packet_of(stranger, signed=False).replace(b"Priority>0<", b"Priority>5<")
    response = signed_post(Client(), peer, make_key(peer), bad)
    assert response["Content-Type"] == "application/problem+json"
    body = json.loads(response.content)
    assert (body["status"], body["code"], body["number"], body["class"]) == (422, "malformed", "22", "permanent")
    assert body["errors"][0]["code"] == "M.MessageHeader.OtherInfo.Priority"


def test_v_dup_4_by_api_is_409(world: World, stranger: Unit, peer: Peer) -> None:
    secret = make_key(peer)
    signed_post(Client(), peer, secret, packet_of(stranger))
    response = signed_post(Client(), peer, secret, packet_of(stranger, subject="V/v khác"))
    assert response.status_code == 409
    assert json.loads(response.content)["code"] == "duplicate_document"


def request_of(who: Actor):  # type: ignore[no-untyped-def]
    """A request of a signed-in person, as the API's authentication leaves it."""
    request = RequestFactory().get("/")
    request.auth = who  # type: ignore[attr-defined]
    return request


def test_core_83_lists_and_objects_end_at_the_agency(world: World) -> None:
    """CORE-83, CORE-108: outside is 404; the operator sees the queue but no document."""
    message = send(world)
    own, other, node = clerk(world.sender), clerk(world.receivers[0]), operator()
    assert api.show_sent(request_of(own), message.pk).code == message.code
    for stranger_ in (other, node):
        with pytest.raises(NotSeen):
            api.show_sent(request_of(stranger_), message.pk)
        assert api.list_sent(request_of(stranger_), api.Search()).items == []
    assert len(lists.queue(node)) == 3
    assert len(lists.queue(other)) == 0
    shown = json.dumps(api.queue(request_of(node)), default=str)
    assert message.subject not in shown
    assert message.code not in shown


def test_ex_49_pages_follow_an_opaque_cursor(world: World) -> None:
    sent = [send(world, world.receivers[0]).pk for _ in range(5)]
    by = clerk(world.sender)
    seen: list[UUID] = []
    cursor = ""
    while True:
        page = lists.sent(by, cursor=cursor, limit=2)
        seen += [row.pk for row in page.rows]
        cursor = page.next
        if not cursor:
            break
    assert seen == sent[::-1]
    with pytest.raises(lists.BadCursor):
        lists.sent(by, cursor="???")


def test_ex_51_messages_are_found_by_id_number_organisation_and_text(world: World) -> None:
    message = send(world, world.receivers[0])
    send(world, world.receivers[1])
    by = clerk(world.sender)
    for text in (message.document_id, "16/ubnd-vx", str(message.pk), "Thử nghiệm 2", "kế hoạch số 16"):
        found = lists.sent(by, lists.Filters(text=text)).rows
        assert [row.pk for row in found] == [message.pk], text


def test_ex_54_the_operator_sees_how_each_connection_fares(world: World, stranger: Unit, peer: Peer) -> None:
    secret = make_key(peer)
    signed_post(Client(), peer, secret, packet_of(stranger))
    send(world, stranger)
    courier.work()
    found = {each.peer.code: each for each in lists.health(operator())}
    assert found["he-thong-khac"].last_received_at is not None
    assert found["he-thong-khac"].last_error_code == "unavailable"
    assert found["he-thong-khac"].waiting == 3
    assert lists.health(clerk(world.sender)) == []


def test_ex_66_a_packet_is_checked_and_nothing_is_kept(world: World, stranger: Unit) -> None:
    from lienthong.kit import edxml
    from lienthong.systems.exchange import checking

    good = checking.check(io.BytesIO(packet_of(stranger)), edxml.Profile.STRICT)
    assert good["valid"] is True
    assert good["signature"]["kind"] == "signed"
    assert good["attachments"][0]["digest_matches"] is True
    bad = checking.check(
        io.BytesIO(packet_of(stranger, signed=False).replace(b"Priority>0<", b"Priority>9<")), edxml.Profile.STRICT
    )
    assert bad["valid"] is False
    assert bad["errors"]
    secret = packet_of(stranger, signed=False).replace("V/v liên thông văn bản".encode(), "TUYỆT MẬT".encode())
    assert "16/UBND-VX" not in json.dumps(checking.check(io.BytesIO(secret), edxml.Profile.STRICT))
    assert not Received.objects.exists()


def test_ex_51_the_evidence_package_proves_itself_offline(world: World, tmp_path: Path) -> None:
    """EX-51, CORE-76, EX-42: packet, three receipts, entries; the stand-alone verifier says that all holds."""
    message = send(world)
    drain()
    target = tmp_path / "chung-cu.zip"
    with target.open("wb") as file:
        evidence.export_sent(by=clerk(world.sender), target=message, file=file)
    names = zipfile.ZipFile(target).namelist()
    assert "packet/goi-tin.edxml" in names
    assert sum(name.startswith("receipts/") and name.endswith(".p7s") for name in names) == 3
    with zipfile.ZipFile(target) as archive:
        archive.extract("verifier.py", tmp_path)
    ran = subprocess.run(
        [sys.executable, str(tmp_path / "verifier.py"), str(target)], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    changed = tmp_path / "doi.zip"
    with zipfile.ZipFile(target) as source, zipfile.ZipFile(changed, "w") as out:
        for name in source.namelist():
            content = source.read(name)
            out.writestr(name, content.replace(b"UBND", b"UBNX") if name == "packet/goi-tin.edxml" else content)
    ran = subprocess.run(
        [sys.executable, str(tmp_path / "verifier.py"), str(changed)], capture_output=True, check=False
    )
    assert ran.returncode == 1


def test_ex_51_the_receivers_evidence_too(world: World, tmp_path: Path) -> None:
    send(world, world.receivers[0])
    drain()
    row = Received.objects.get()
    out = io.BytesIO()
    evidence.export_received(by=clerk(world.receivers[0]), target=row, file=out)
    assert any(name.endswith(".p7s") for name in zipfile.ZipFile(out).namelist())
    with pytest.raises(NotSeen):
        evidence.export_received(by=clerk(world.receivers[1]), target=row, file=io.BytesIO())


def test_ex_42_a_receipt_verifies_with_openssl(world: World, tmp_path: Path) -> None:
    send(world, world.receivers[0])
    drain()
    row = Delivery.objects.get(message__kind="document")
    by = clerk(world.sender)
    body = api.receipt_file(request_of(by), row.pk, "json")
    signature = api.receipt_file(request_of(by), row.pk, "p7s")
    (tmp_path / "r.json").write_bytes(body.content)
    (tmp_path / "r.p7s").write_bytes(signature.content)
    (tmp_path / "ca.pem").write_bytes(keys.evidence_trust().ca)
    command = "openssl cms -verify -inform DER -in r.p7s -content r.json -binary -CAfile ca.pem -purpose any -out out"
    ran = subprocess.run(command.split(), cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    with pytest.raises(NotSeen):
        api.receipt(request_of(clerk(world.receivers[1])), row.pk)


def test_v_ops_1_figures_reconcile_to_the_unit(world: World) -> None:
    """EX-55 V-OPS-1: 6 packets to 1, 3 to 4, 1 to 12 receivers: 10 packets, 30 deliveries."""
    units = [make_unit(f"Cơ quan nhận {n}", f"000.00.{n:02}.X57") for n in range(12)]
    since = clock.now()
    for count, size in ((6, 1), (3, 4), (1, 12)):
        for _ in range(count):
            send(world, *units[:size])
    by = clerk(world.sender)
    rows = list(Delivery.objects.order_by("queued_at", "order"))
    assert len(rows) == 30
    # Three deliveries stay undelivered: nobody works on them.
    Delivery.objects.filter(pk__in=[row.pk for row in rows[-3:]]).update(
        next_attempt_at=clock.now() + timedelta(hours=2)
    )
    drain()
    received = list(Received.objects.order_by("received_at", "pk"))
    assert len(received) == 27
    for n, row in enumerate(received[:23]):
        code, words = ("03", "") if n < 20 else ("02", "Không thuộc thẩm quyền")
        Exchange().tell(by=clerk(Unit.objects.get(pk=row.agency_id)), delivery_id=row.pk, code=code, description=words)
    drain()
    found = figures.sent(by, since, clock.now() + timedelta(minutes=1))
    assert (found.packets, found.deliveries) == (10, 30)
    assert (found.delivered, found.accepted, found.refused) == (27, 20, 3)
    assert (found.awaiting_clerk, found.undelivered) == (4, 3)
    assert (str(found.percent(found.delivered)), str(found.percent(found.accepted))) == ("90.00", "66.67")
    until = clock.now() + timedelta(minutes=1)
    lines = figures.by_receiver(by, since, until)
    assert sum(line.figures.deliveries for line in lines) == 30
    assert sum(line.figures.accepted for line in lines) == 20
    assert lines[0].figures.deliveries == 10
    assert [line.figures for line in figures.by_day(by, since, until)] == [found]
    delays = {each.code: each for each in figures.delays(by, since, until)}
    assert {code: each.count for code, each in delays.items()} == {"01": 27, "03": 20}
    assert delays["01"].median is not None
    assert delays["01"].p95 is not None
    assert 0 < delays["01"].median <= delays["01"].p95
    assert figures.sent(clerk(units[0]), since, until).deliveries == 0

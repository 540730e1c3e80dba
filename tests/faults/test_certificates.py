"""Who may sign is judged at that instant; altered bytes are neither signed nor registered (CORE-67, EX-22)."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from lienthong.core import files
from lienthong.core.access.models import Grant, Role
from lienthong.core.actions.errors import Conflict, Invalid
from lienthong.core.files import blobs
from lienthong.core.orgs.models import SigningDelegation
from lienthong.core.signing import service
from lienthong.core.signing.models import Certificate
from lienthong.demo.agencies import START
from lienthong.kit import clock
from lienthong.systems.exchange.tests import test_receive as axis
from lienthong.systems.exchange.tests.world import make_peer, make_unit
from lienthong.systems.office import content, paper
from lienthong.systems.office.actions import incoming, outgoing
from lienthong.systems.office.models import IncomingDocument, OutgoingDocument, OutgoingFile, RegisterLine
from tests.faults.conftest import REASON, World, browser, post_json, to_sign
from tests.thread.scenario import deliver, draft, issue

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("state", ["absent", "expired", "revoked"])
def test_core_67_without_a_good_certificate_nobody_signs(world: World, settings: Any, state: str) -> None:
    """CORE-67, F-CORE-22: absent, expired, revoked at the instant of signing; the state stays "đã duyệt"."""
    head = world.a.seats["head"]
    document = to_sign(world)
    outgoing.approve(by=head.actor(), target=document)
    later = timedelta(0)
    if state != "absent":
        service.person_key(head.user.pk)
        row = Certificate.objects.get(user=head.user)
        if state == "revoked":
            Certificate.objects.filter(pk=row.pk).update(revoked_at=clock.now())
        else:
            later = row.valid_to - clock.now() + timedelta(seconds=1)
    settings.PRODUCTION = True
    with time_machine.travel(clock.now() + later):
        answer = post_json(browser(head), f"/outgoing/{document.pk}/acts/sign", {})
    assert (answer.status_code, answer.json()["code"]) == (409, "signing_unavailable")
    assert "chứng thư số" in answer.json()["title"]
    document.refresh_from_db()
    assert (document.state, document.signed_at) == ("approved", None)
    settings.PRODUCTION = False
    outgoing.sign(by=head.actor(), target=document)
    assert document.state == "signed"


@pytest.mark.parametrize("kind", ["TL", "TUQ"])
def test_core_11_a_delegation_ends_to_the_second(world: World, kind: str) -> None:
    """CORE-11, OF-28: TL. and TUQ. are good until the last second and not at their end."""
    a = world.a
    seat = a.seats["unit_head_2"]
    Grant.objects.create(
        position=seat.position, role=Role.objects.get(code="office-leader"), held=DateTimeTZRange(START, None)
    )
    end = clock.now().replace(microsecond=0) + timedelta(hours=1)
    SigningDelegation.objects.create(
        giver=a.seats["head"].position,
        taker=seat.position,
        kind=kind,
        document_types=["cong_van"],
        instrument="Văn bản ủy quyền thử nghiệm",
        held=DateTimeTZRange(START, end),
    )
    facts = outgoing.DraftInput(
        type_code="cong_van",
        subject="Ký theo ủy quyền",
        content=content.parse("Nội dung."),
        signer_position_id=seat.position.pk,
        issuing_body_id=a.body.pk,
        receivers=(outgoing.To(unit_id=world.b.id),),
    )
    document = outgoing.create(by=a.seats["specialist"].actor(), facts=facts)
    outgoing.submit(by=a.seats["specialist"].actor(), target=document)
    outgoing.review(by=a.seats["unit_head"].actor(), target=document)
    outgoing.check_format(by=a.seats["checker"].actor(), target=document)
    outgoing.approve(by=seat.actor(), target=document)
    with time_machine.travel(end, tick=False):
        with pytest.raises(Invalid, match="ủy quyền") as refused:
            outgoing.sign(by=seat.actor(), target=document)
        assert refused.value.code == "no_authority"
    document.refresh_from_db()
    assert document.state == "approved"
    with time_machine.travel(end - timedelta(seconds=1), tick=False):
        outgoing.sign(by=seat.actor(), target=document)
    assert document.signer_lines[0].startswith(f"{kind}. ")


def test_of_19_a_file_changed_between_approval_and_signing_is_not_signed(world: World) -> None:
    """OF-19, Đ11.2, F-CORE-20: another file in the row, or other bytes under the same hash on the disk."""
    head = world.a.seats["head"].actor()
    swapped, touched = to_sign(world), to_sign(world)
    for document in (swapped, touched):
        outgoing.approve(by=head, target=document)
    other = OutgoingFile.objects.get(document=touched, current=True).file
    OutgoingFile.objects.filter(document=swapped).update(current=False)
    OutgoingFile.objects.create(
        document=swapped, role="main", revision=8, name="khac.pdf", file=other, created_at=clock.now()
    )
    if other.sha256 != swapped.approved_sha256:
        with pytest.raises(Conflict) as refused:
            outgoing.sign(by=head, target=swapped)
        assert refused.value.code == "not_approved_bytes"
    path = blobs.path_of(touched.approved_sha256)
    whole = path.read_bytes()
    path.write_bytes(whole.replace(b"%PDF-1.", b"%PDF-2.", 1))
    try:
        with pytest.raises(Conflict) as refused:
            outgoing.sign(by=head, target=touched)
        assert refused.value.code == "file_changed"
    finally:
        path.write_bytes(whole)
    assert set(OutgoingDocument.objects.values_list("state", flat=True)) == {"approved"}


def altered(document: OutgoingDocument) -> bytes:
    """The signed PDF with one character of its signed bytes changed."""
    with files.open_file(paper.main_file(document).file) as stream:
        whole = stream.read()
    place = whole.index(b"/Producer")
    mark = whole.index(b"(", place) + 1
    changed = whole[:mark] + (b"Z" if whole[mark : mark + 1] != b"Z" else b"Y") + whole[mark + 1 :]
    assert len(changed) == len(whole)
    assert changed != whole
    return changed


def test_ex_22_a_signed_pdf_altered_on_its_way_can_only_be_returned(world: World) -> None:
    """EX-22, OF-7, OF-70: through the real receive path; screen and API offer Trả lại alone, registering is refused."""
    genuine = issue(world, draft(world, receivers=[world.b]))
    stranger = make_unit("Bộ Thử nghiệm ở nơi khác", axis.FOREIGN, agency=False)
    packet = axis.packet_of(stranger, receivers=(world.c.code,), content=altered(genuine))
    axis.hand_over(make_peer(stranger), packet)
    deliver()
    document = IncomingDocument.objects.get(agency_id=world.c.id)
    assert (document.verdict["level"], document.verdict["acceptable"]) == ("invalid", False), document.verdict
    seat = world.c.seats["clerk"]
    client = browser(seat)
    offers = client.get(f"/api/v1/office/incoming/{document.pk}").json()["offers"]
    assert [offer["act"] for offer in offers] == ["return_to_sender"]
    page = client.get(f"/van-ban-den/{document.pk}/").content.decode()
    assert "viec/return_to_sender/" in page
    assert "viec/register/" not in page
    answer = post_json(client, f"/incoming/{document.pk}/acts/register", {"accept_reason": REASON, "new_anyway": True})
    assert (answer.status_code, answer.json()["code"]) == (409, "signature_invalid")
    assert client.post(f"/van-ban-den/{document.pk}/viec/register/", {"accept_reason": REASON}).status_code == 409
    assert not RegisterLine.objects.filter(agency_id=world.c.id).exists()
    incoming.return_to_sender(by=seat.actor(), target=document, reason=REASON)
    assert document.state == "sent_back"

"""The steps of the first thread as its people take them, for the tests that walk it."""

from uuid import UUID

from django.conf import settings
from django.test import Client

from lienthong.contracts import ports
from lienthong.core import jobs
from lienthong.core.actions import ref_of
from lienthong.core.identity import sessions
from lienthong.core.identity.signing_in import own_actor
from lienthong.demo.agencies import Agency, Seat
from lienthong.systems.exchange import courier
from lienthong.systems.office import content
from lienthong.systems.office.actions import outgoing
from lienthong.systems.office.models import OutgoingDocument
from tests.thread.conftest import World

TEXT = (
    "Thực hiện chương trình công tác năm 2026, Bộ Thử nghiệm Một đề nghị quý cơ quan cho ý kiến về dự thảo kế hoạch "
    "liên thông văn bản.\n\nÝ kiến xin gửi trước thời hạn ghi tại văn bản này."
)


def draft(world: World, *, receivers: list[Agency], type_code: str = "cong_van") -> OutgoingDocument:
    a = world.a
    facts = outgoing.DraftInput(
        type_code=type_code,
        subject="Đề nghị góp ý dự thảo kế hoạch liên thông văn bản",
        content=content.parse(TEXT),
        signer_position_id=a.seats["head"].position.pk,
        issuing_body_id=a.body.pk,
        receivers=tuple(outgoing.To(unit_id=agency.id) for agency in receivers),
    )
    return outgoing.create(by=a.seats["specialist"].actor(), facts=facts)


def issue(world: World, document: OutgoingDocument) -> OutgoingDocument:
    seats = world.a.seats
    outgoing.submit(by=seats["specialist"].actor(), target=document)
    outgoing.review(by=seats["unit_head"].actor(), target=document)
    outgoing.check_format(by=seats["checker"].actor(), target=document)
    outgoing.approve_and_sign(by=seats["head"].actor(), target=document)
    outgoing.issue(by=seats["clerk"].actor(), target=document)
    return document


def deliver() -> None:
    """Let the courier and the jobs of the node run until nothing is due."""
    for _ in range(20):
        if not courier.work() + jobs.run_pending():
            return


def states(document: OutgoingDocument) -> dict[UUID | None, str]:
    return {state.unit_id: state.state for state in ports.get("exchange").receivers(ref_of(document))}


def browser(seat: Seat) -> Client:
    """A signed-in browser of a seat, whose holder showed a second factor just now (CORE-81)."""
    client = Client()
    client.force_login(seat.user, backend=settings.AUTHENTICATION_BACKENDS[0])
    sessions.start(by=own_actor(seat.user), method="password", key=client.session.session_key or "", factor=True)
    return client

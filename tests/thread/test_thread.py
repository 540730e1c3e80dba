"""The first thread end to end by actions: drafted, signed, issued at A; received, directed, finished at B (issue 2)."""

from uuid import UUID

from lienthong.contracts import ports
from lienthong.core import jobs
from lienthong.core.actions import ref_of
from lienthong.core.audit.models import JournalEntry
from lienthong.demo.agencies import Agency
from lienthong.systems.exchange import courier
from lienthong.systems.office import content
from lienthong.systems.office.actions import incoming, outgoing
from lienthong.systems.office.models import IncomingDocument, Line, OutgoingDocument, RegisterLine
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


def test_a_document_travels_from_one_ministry_to_another(world: World) -> None:
    """OF-18, OF-71, OF-70, EX-25, EX-69: the whole thread, each receiver with its own state."""
    document = issue(world, draft(world, receivers=[world.b, world.c]))
    assert document.state == "filed"
    assert document.code == "01/BTN1-PC"
    assert RegisterLine.objects.get(document=document.pk).number == 1
    deliver()
    arrived = IncomingDocument.objects.get(agency_id=world.b.id)
    assert arrived.state == "arrived"
    assert (arrived.code, arrived.sender_name, arrived.subject) == (document.code, world.a.name, document.subject)
    assert arrived.verdict["level"] == "valid"
    assert states(document) == {world.b.id: "arrived", world.c.id: "arrived"}

    b = world.b.seats
    incoming.register(by=b["clerk"].actor(), target=arrived)
    assert arrived.arrival_number == 1
    incoming.submit(by=b["clerk"].actor(), target=arrived, position_id=b["head"].position.pk)
    lead = incoming.Give(unit_id=world.b.divisions[1].pk)
    incoming.direct(by=b["head"].actor(), target=arrived, content="Vụ Pháp chế nghiên cứu, tham mưu.", lines=[lead])
    incoming.assign_within(by=b["unit_head"].actor(), target=arrived, position_id=b["specialist"].position.pk)
    incoming.take(by=b["specialist"].actor(), target=arrived)
    incoming.finish(
        by=b["specialist"].actor(), target=arrived, kind="done", result="Đã nghiên cứu, thống nhất dự thảo."
    )
    assert arrived.state == "done"
    assert not arrived.lines.filter(state__in=Line.OPEN).exists()

    refused = IncomingDocument.objects.get(agency_id=world.c.id)
    incoming.return_to_sender(
        by=world.c.seats["clerk"].actor(), target=refused, reason="Văn bản gửi nhầm địa chỉ, không thuộc thẩm quyền."
    )
    deliver()
    assert states(document) == {world.b.id: "done", world.c.id: "refused"}
    verbs = set(JournalEntry.objects.filter(ref=str(ref_of(document))).values_list("verb", flat=True))
    parts = {"submit", "review", "check_format", "approve", "sign", "number", "register", "seal", "dispatch", "file"}
    assert verbs >= {f"office:outgoing:{part}" for part in parts}

"""The first thread end to end by actions: drafted, signed, issued at A; received, directed, finished at B (issue 2)."""

from lienthong.core.actions import ref_of
from lienthong.core.audit.models import JournalEntry
from lienthong.systems.office.actions import incoming
from lienthong.systems.office.models import IncomingDocument, Line, RegisterLine
from tests.thread.conftest import World
from tests.thread.scenario import deliver, draft, issue, states


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

"""kill -9 at any statement of "Phát hành": either nothing or everything, and the next try finishes (CORE-88, EX-39)."""

import json

import pytest

from lienthong.core.actions import ref_of
from lienthong.core.audit.models import JournalEntry
from lienthong.systems.exchange.models import Message, Received
from lienthong.systems.office.models import IncomingDocument, OutgoingFile, RegisterLine, SeriesCounter
from tests.faults.conftest import World, signed, start
from tests.thread.scenario import deliver, states

SHARES = [step / 12 for step in range(12)]


@pytest.mark.fault
def test_core_88_a_clerk_process_killed_while_issuing_leaves_nothing_or_everything(committed: World) -> None:
    """CORE-88, CORE-47, EX-39, F-CORE-27: number, line, files, message and journal agree at every kill point."""
    documents = [signed(committed, committed.b, committed.c) for _ in range(3)]
    before = OutgoingFile.objects.filter(document=documents[2]).count()
    plan = {
        "clerk": str(committed.a.seats["clerk"].holding.pk),
        "documents": [str(document.pk) for document in documents],
        "shares": SHARES,
    }
    process = start("tests.faults.issue_worker", plan)
    said, errors = process.communicate(timeout=250)
    assert process.returncode == 0, errors[-3000:]
    answer = json.loads(said)
    assert answer["statements"] > 40
    assert {fact["ended"] for fact in answer["facts"]} == {-9}, answer
    *killed, after_commit = answer["facts"]
    assert {(fact["state"], fact["number"]) for fact in killed} == {("signed", None)}, "half an issue was left"
    assert (after_commit["state"], after_commit["number"]) == ("filed", 3)

    for place, document in enumerate(documents, 1):
        document.refresh_from_db()
        assert (document.state, document.number) == ("filed", place)
        assert RegisterLine.objects.get(document=document.pk).number == place
        assert Message.objects.filter(pk=document.message_id, kind="document").count() == 1
        verbs = list(JournalEntry.objects.filter(ref=str(ref_of(document))).values_list("verb", flat=True))
        for part in ("number", "register", "seal", "dispatch", "file"):
            assert verbs.count(f"office:outgoing:{part}") == 1, part
    assert OutgoingFile.objects.filter(document=documents[2]).count() == before + 2
    assert Message.objects.filter(kind="document").count() == 3
    assert SeriesCounter.objects.get(series=documents[0].series).last == 3
    deliver()
    for document in documents:
        assert set(states(document).values()) == {"arrived"}
        received = Received.objects.filter(transport_id=document.message_id)
        assert sorted(received.values_list("agency_id", flat=True)) == sorted([committed.b.id, committed.c.id])
    assert IncomingDocument.objects.count() == 6

"""Messages reach each handler, and each handler's effect happens once (CORE-88)."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import transaction

from lienthong.core import outbox
from lienthong.core.jobs.tests.process import note
from lienthong.core.jobs.tests.workers import effects, eventually, worker
from lienthong.core.outbox import Message
from lienthong.core.outbox.delivery import MAX_ATTEMPTS
from lienthong.core.outbox.models import OutboxDelivery, OutboxMessage
from lienthong.core.outbox.tests import process
from lienthong.kit import clock

PROCESS = process.__name__

seen: list[Message] = []


@outbox.handles("unit.seen", name="unit.a")
def handler_a(message: Message) -> None:
    seen.append(message)


@outbox.handles("unit.breaks", name="unit.breaks")
def breaks(message: Message) -> None:
    seen.append(message)
    note("must not stay")
    if not message.payload.get("mended"):
        raise ValueError("hỏng")


@pytest.fixture(autouse=True)
def _clean(request: pytest.FixtureRequest) -> None:
    """What the release itself has written is not what these tests count."""
    seen.clear()
    request.getfixturevalue("transactional_db" if "transaction" in _mark(request) else "db")
    OutboxMessage.objects.all().delete()


def _mark(request: pytest.FixtureRequest) -> dict[str, object]:
    mark = request.node.get_closest_marker("django_db")
    return dict(mark.kwargs) if mark else {}


@pytest.mark.django_db(transaction=True)
def test_core_88_a_message_lives_and_dies_with_the_transaction_that_wrote_it() -> None:
    with transaction.atomic():
        outbox.emit("unit.seen", {}, agency_id=None)
        transaction.set_rollback(True)
    assert not OutboxMessage.objects.exists()
    agency, when = uuid.uuid4(), datetime(2026, 3, 2, tzinfo=UTC)
    with transaction.atomic():
        ident = outbox.emit("unit.seen", {"id": agency, "at": when, "what": "Tờ trình"}, agency_id=agency, key="k")
    assert outbox.drain() == 1
    assert outbox.drain() == 0
    (message,) = seen
    assert (message.id, message.kind, message.agency_id, message.key) == (ident, "unit.seen", agency, "k")
    assert message.payload == {"id": str(agency), "at": "2026-03-02T00:00:00Z", "what": "Tờ trình"}


@pytest.mark.django_db
def test_a_message_that_nobody_handles_is_kept_without_deliveries() -> None:
    outbox.emit("unit.nobody", {}, agency_id=None)
    assert outbox.drain() == 0
    assert OutboxMessage.objects.count() == 1


@pytest.mark.django_db
def test_core_88_a_broken_handler_backs_off_keeps_the_message_id_and_ends_as_a_dead_letter_to_requeue() -> None:
    with time_machine.travel(datetime(2026, 3, 2, tzinfo=UTC), tick=False) as traveller:
        ident = outbox.emit("unit.breaks", {}, agency_id=None)
        for _ in range(MAX_ATTEMPTS):
            assert outbox.drain() == 1
            assert outbox.drain() == 0, "it waits before the next attempt"
            traveller.shift(3600)
        assert outbox.drain() == 0
        (letter,) = outbox.dead_letters()
        assert letter.error == "ValueError: hỏng"
        assert {message.id for message in seen} == {ident}
        assert effects() == [], "a failed attempt leaves nothing"
        assert outbox.health().dead == 1
        OutboxMessage.objects.update(payload={"mended": True})
        assert outbox.requeue(letter.pk)
        assert outbox.drain() == 1
        assert OutboxDelivery.objects.get().state == "done"
        assert effects() == ["must not stay"]


@pytest.mark.django_db
def test_a_dead_letter_can_be_discarded_with_a_reason_and_old_messages_go() -> None:
    outbox.emit("unit.breaks", {}, agency_id=None)
    OutboxDelivery.objects.update(state="dead", error="x", done_at=clock.now())
    with time_machine.travel(clock.now() + timedelta(days=31)):
        assert outbox.purge() == 0, "a dead letter stays until somebody has looked"
        letter = outbox.dead_letters()[0]
        assert outbox.discard(letter.pk, "Đã làm tay.")
        assert not outbox.discard(letter.pk, "Đã làm tay.")
        assert outbox.purge() == 2


@pytest.mark.django_db
def test_a_handler_this_release_does_not_know_waits() -> None:
    outbox.emit("unit.seen", {}, agency_id=None)
    OutboxDelivery.objects.update(handler="newer.release")
    outbox.drain()
    delivery = OutboxDelivery.objects.get()
    assert delivery.state == "waiting"
    assert "newer.release" in delivery.error


@pytest.mark.fault
@pytest.mark.django_db(transaction=True)
def test_core_88_kill_9_in_the_middle_of_handling_loses_no_message_and_repeats_no_effect() -> None:
    """CORE-88: three kills while messages are handled; each handler's effect of each message stands exactly once."""
    with transaction.atomic():
        for number in range(30):
            outbox.emit("test.happened", {"number": number, "seconds": 0.1}, agency_id=None)
    for _ in range(3):
        with worker(module=PROCESS) as victim:
            before = len(effects())
            eventually(lambda before=before: len(effects()) > before + 3)
            victim.kill()
    assert OutboxDelivery.objects.filter(state="waiting").exists(), "the kills came in the middle"
    with worker(module=PROCESS):
        eventually(lambda: not OutboxDelivery.objects.filter(state="waiting").exists())
    expected = sorted(f"{handler} {number}" for handler in ("first", "second") for number in range(30))
    assert effects() == expected


@pytest.mark.fault
@pytest.mark.django_db(transaction=True)
def test_an_emitted_message_is_handled_at_once_by_a_waiting_worker() -> None:
    with worker(module=PROCESS):
        eventually(lambda: effects(periodic=True) != [])
        with transaction.atomic():
            outbox.emit("test.happened", {"number": 1}, agency_id=None)
        eventually(lambda: "first 1" in effects(), 20)

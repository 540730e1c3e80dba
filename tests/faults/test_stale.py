"""Stale tabs, two at once, reasons of dots, ping-pong, history, reading that changes nothing (OF-14, OF-16, OF-70)."""

from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from lienthong.core.actions.errors import Invalid
from lienthong.core.audit.models import JournalEntry
from lienthong.core.identity import sessions
from lienthong.core.notify.models import Notice
from lienthong.core.outbox.models import OutboxMessage
from lienthong.kit import clock
from lienthong.systems.exchange.models import Message, StatusLine
from lienthong.systems.office.actions import history, incoming, outgoing
from lienthong.systems.office.api import INCOMING_ACTS, OUTGOING_ACTS
from lienthong.systems.office.models import IncomingDocument, Line, OutgoingDocument
from tests.faults.conftest import (
    REASON,
    World,
    browser,
    directed,
    paper,
    post_json,
    signed,
    submitted,
    to_sign,
    together,
)
from tests.thread.scenario import deliver, draft, issue

DOTS = (
    "......",
    "..........",
    "          ",
    "\u200b" * 20,
    "- - - - - - - -",
    "1234567890",
    "aaaaaaaaaaaa",
    "Sai",
    "…………………………",
)


def snapshot(document: Any) -> tuple[Any, ...]:
    """The row, its lines and the journal but for sign-ins."""
    row = type(document).objects.filter(pk=document.pk).values().get()
    lines = list(Line.objects.filter(document_id=document.pk).values()) if "arrival_number" in row else []
    return row, lines, JournalEntry.objects.exclude(verb=sessions.START).count()


def stale_stages(world: World) -> list[tuple[Any, str, str, str, dict[str, Any]]]:
    """(document, act, seat, agency side, arguments) for every act that a stale tab may try."""
    a = world.a
    boss = str(a.seats["head"].position.pk)
    lead = [{"unit_id": str(a.divisions[1].pk)}]
    arrived, waiting, given = paper(a), submitted(a, paper(a)), directed(a, paper(a))
    person = str(a.seats["specialist"].position.pk)
    ready = directed(a, paper(a))
    unit_head = a.seats["unit_head"].actor()
    incoming.assign_within(by=unit_head, target=ready, position_id=a.seats["specialist"].position.pk)
    draft_one, waits, approved, done = draft(world, receivers=[world.b]), to_sign(world), to_sign(world), signed(world)
    outgoing.approve(by=a.seats["head"].actor(), target=approved)
    return [
        (arrived, "register", "clerk", "incoming", {}),
        (arrived, "return_to_sender", "clerk", "incoming", {"reason": REASON}),
        (waiting, "direct", "head", "incoming", {"content": "Giao.", "lines": lead}),
        (waiting, "send_back_clerk", "head", "incoming", {"reason": REASON}),
        (given, "assign_within", "unit_head", "incoming", {"position_id": person}),
        (given, "change_lead", "head", "incoming", {"lines": lead, "reason": REASON}),
        (given, "bounce", "unit_head", "incoming", {"reason": REASON}),
        (ready, "take", "specialist", "incoming", {}),
        (draft_one, "submit", "specialist", "outgoing", {}),
        (waits, "approve", "head", "outgoing", {}),
        (waits, "approve_and_sign", "head", "outgoing", {}),
        (waits, "return", "head", "outgoing", {"reason": REASON}),
        (approved, "sign", "head", "outgoing", {}),
        (approved, "unapprove", "head", "outgoing", {"reason": REASON}),
        (done, "number", "clerk", "outgoing", {}),
        (done, "issue", "clerk", "outgoing", {"x": boss}),
    ]


@pytest.mark.django_db
def test_a_stale_tab_is_refused_by_api_and_screen_and_nothing_is_lost(world: World) -> None:
    """CORE-89 (409, row and journal unchanged): the version of an older page, on every kind of act."""
    a = world.a
    for document, act, seat, side, arguments in stale_stages(world):
        client = browser(a.seats[seat])
        before = snapshot(document)
        old = document.version + 7
        answer = post_json(client, f"/{side}/{document.pk}/acts/{act}", {**arguments, "version": old})
        assert (answer.status_code, answer.json()["code"]) == (409, "stale"), (act, answer.content)
        form = {
            "version": old,
            "reason": REASON,
            "content": "Giao.",
            "lead": str(a.divisions[1].pk),
            "position": str(a.seats["specialist"].position.pk),
        }
        folder = "van-ban-den" if side == "incoming" else "van-ban-di"
        page = client.post(f"/{folder}/{document.pk}/viec/{act}/", form)
        assert page.status_code == 409, (act, page.content.decode()[:600])
        assert "tải lại" in page.content.decode().lower()
        assert snapshot(document) == before, act


@pytest.mark.django_db
def test_the_buttons_of_a_page_carry_its_version(world: World) -> None:
    """The tab that was opened before another's change cannot submit what its reader did not see."""
    document = draft(world, receivers=[world.b])
    client = browser(world.a.seats["specialist"])
    page = client.get(f"/van-ban-di/{document.pk}/").content.decode()
    assert f"viec/submit/?version={document.version}" in page
    OutgoingDocument.objects.filter(pk=document.pk).update(version=5)
    assert client.post(f"/van-ban-di/{document.pk}/viec/submit/?version={document.version}").status_code == 409
    assert client.post(f"/van-ban-di/{document.pk}/viec/submit/?version=²").status_code == 302


def test_two_leaders_direct_at_once_and_one_is_refused(committed: World) -> None:
    """CORE-89, F-OF-7: two stale objects cannot both take one transition; one lead line, one 04."""
    b = committed.b
    issue(committed, draft(committed, receivers=[b]))
    deliver()
    document = submitted(b, IncomingDocument.objects.get(agency_id=b.id))

    def direct(division: int) -> Any:
        def run() -> None:
            row = IncomingDocument.objects.get(pk=document.pk)
            lead = [incoming.Give(unit_id=b.divisions[division].pk)]
            incoming.direct(by=b.seats["head"].actor(), target=row, content=f"Giao {division}", lines=lead)

        return run

    found = together([direct(1), direct(2)])
    assert sorted(type(answer).__name__ for answer in found) in (
        ["IllegalMove", "NoneType"],
        ["Forbidden", "NoneType"],
    )
    assert Line.objects.filter(document=document).count() == 1
    deliver()
    assert StatusLine.objects.filter(code="04", delivery__isnull=False).count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("reason", DOTS)
def test_f_of_5_a_reason_of_dots_is_none(world: World, reason: str) -> None:
    """F-OF-5, OF-7, OF-14: blanks, dots, invisibles, digits alone and one letter over and over."""
    clerk = world.a.seats["clerk"]
    document = paper(world.a)
    with pytest.raises(Invalid) as refused:
        incoming.return_to_sender(by=clerk.actor(), target=document, reason=reason)
    assert "reason" in refused.value.fields
    answer = post_json(browser(clerk), f"/incoming/{document.pk}/acts/return_to_sender", {"reason": reason})
    assert (answer.status_code, answer.json()["fields"].keys()) == (422, {"reason"})
    page = browser(clerk).post(f"/van-ban-den/{document.pk}/viec/return_to_sender/", {"reason": reason})
    assert page.status_code in {409, 422}
    document.refresh_from_db()
    assert document.state == "arrived"


@pytest.mark.django_db
def test_f_of_8_the_third_bounce_tells_the_office(world: World) -> None:
    """F-OF-8, OF-14: each bounce goes back to who assigned; the third one reaches every leader of the office."""
    a = world.a
    document = directed(a, paper(a))
    heads = [a.seats["unit_head"], a.seats["unit_head_2"]]

    def told() -> int:
        return Notice.objects.filter(person=a.seats["deputy"].user, text__contains=REASON).count()

    for turn in range(3):
        assert told() == 0
        incoming.bounce(by=heads[turn % 2].actor(), target=document, reason=REASON)
        assert (document.state, document.bounces) == ("misrouted", turn + 1)
        if turn < 2:
            lead = [incoming.Give(unit_id=a.divisions[2 - turn % 2].pk)]
            incoming.reassign(by=a.seats["head"].actor(), target=document, lines=lead)
    assert told() == 1


@pytest.mark.django_db
def test_f_of_7_two_leads_or_none_are_refused(world: World) -> None:
    """F-OF-7, OF-12: in a direction, and by the database when somebody tries past it."""
    a = world.a
    document = submitted(a, paper(a))
    client = browser(a.seats["head"])
    both = [{"unit_id": str(a.divisions[1].pk)}, {"unit_id": str(a.divisions[2].pk)}]
    for lines in (both, [], [{**both[0], "role": "co"}]):
        answer = post_json(client, f"/incoming/{document.pk}/acts/direct", {"content": "Giao.", "lines": lines})
        assert (answer.status_code, answer.json()["code"]) == (422, "one_lead")
    assert not document.lines.exists()
    directed_one = directed(a, paper(a))
    line = directed_one.lines.get()
    line.pk, line._state.adding = uuid4(), True
    with pytest.raises(IntegrityError, match="incoming_one_open_lead"), transaction.atomic():
        line.save()


@pytest.mark.django_db
def test_core_106_history_takes_no_act(world: World) -> None:
    """CORE-106: every act of the API on a row "lịch sử" is 409 for who holds its right, and changes nothing."""
    a, seats = world.a, world.a.seats
    day = date(clock.local_date().year - 1, 3, 2)
    history.import_history(
        by=seats["clerk"].actor(),
        outgoing=[
            history.OldOutgoing(
                code="12/BTN1-PC",
                number=12,
                issued_on=day,
                type_code="cong_van",
                subject="Văn bản cũ",
                signer_name="Người ký cũ",
                issuing_body_id=a.body.pk,
                unit_id=a.divisions[1].pk,
                drafter_id=seats["specialist"].user.pk,
                drafter_position_id=seats["specialist"].position.pk,
                signer_position_id=seats["head"].position.pk,
            )
        ],
        incoming=[
            history.OldIncoming(
                code="9/CV",
                arrival_number=3,
                arrival_on=day,
                issued_on=day,
                type_name="Công văn",
                subject="Văn bản đến cũ",
                sender_name="Cơ quan cũ",
            )
        ],
    )
    sent, got = OutgoingDocument.objects.get(), IncomingDocument.objects.get()
    before = snapshot(sent), snapshot(got)
    body = {
        "reason": REASON,
        "content": "Giao.",
        "lines": [{"unit_id": str(a.divisions[1].pk)}],
        "position_id": str(seats["head"].position.pk),
        "kind": "done",
        "result": "Xong",
    }
    for side, row, acts in (("outgoing", sent, OUTGOING_ACTS), ("incoming", got, INCOMING_ACTS)):
        for act in acts:
            answers = {seat: post_json(browser(seats[seat]), f"/{side}/{row.pk}/acts/{act}", body) for seat in seats}
            statuses = {answer.status_code for answer in answers.values()}
            assert statuses <= {403, 404, 409}, (act, statuses)
    for act in ("issue", "number", "cancel_number", "dispatch"):
        assert post_json(browser(seats["clerk"]), f"/outgoing/{sent.pk}/acts/{act}", body).status_code == 409
    for act in ("register", "return_to_sender", "submit"):
        assert post_json(browser(seats["clerk"]), f"/incoming/{got.pk}/acts/{act}", body).status_code == 409
    assert (snapshot(sent), snapshot(got)) == before


@pytest.mark.django_db
def test_of_16_reading_by_anybody_is_no_official_act(world: World) -> None:
    """OF-16, F-EX-21: pages, API and files of every document by every seat; no row, status, message or event moves."""
    issue(world, draft(world, receivers=[world.b]))
    deliver()
    b = world.b
    rows = [directed(b, IncomingDocument.objects.get(agency_id=b.id)), paper(b)]
    sent = OutgoingDocument.objects.get()

    def world_now() -> tuple[Any, ...]:
        return (
            list(IncomingDocument.objects.order_by("pk").values()),
            list(OutgoingDocument.objects.order_by("pk").values()),
            list(Line.objects.order_by("pk").values()),
            StatusLine.objects.count(),
            Message.objects.count(),
            OutboxMessage.objects.count(),
        )

    before = world_now()
    opened = 0
    for agency in (world.a, b):
        for seat in agency.seats.values():
            client = browser(seat)
            for row in rows:
                file = row.files.get(main=True)
                urls = [
                    f"/van-ban-den/{row.pk}/",
                    f"/api/v1/office/incoming/{row.pk}",
                    f"/van-ban-den/{row.pk}/tep/{file.file_id}/?inline=1",
                ]
                opened += sum(_opened(client, url) for url in urls)
            for url in (
                f"/van-ban-di/{sent.pk}/",
                f"/api/v1/office/outgoing/{sent.pk}",
                "/",
                "/van-ban-den/",
                "/van-ban-di/",
            ):
                client.get(url)
    assert opened > 10
    assert world_now() == before


def _opened(client: Client, url: str) -> bool:
    """Whether a page or file was given, read to its end."""
    answer = client.get(url)
    if answer.streaming:
        b"".join(answer.streaming_content)
    return answer.status_code == 200

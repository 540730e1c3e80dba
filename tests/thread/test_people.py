"""Authority to sign and working delegation in the life of a document (CORE-11, CORE-12, CORE-67)."""

from datetime import timedelta

import pytest

from lienthong.contracts.actor import Actor
from lienthong.core.access.actors import STAND_IN, acting
from lienthong.core.actions.errors import Forbidden, Invalid
from lienthong.core.audit.models import JournalEntry
from lienthong.core.orgs.actions import people, people_absence, people_signing
from lienthong.core.orgs.models import SigningDelegation
from lienthong.demo.agencies import Agency
from lienthong.kit import clock
from lienthong.systems.office.actions import outgoing
from lienthong.systems.office.models import OutgoingDocument
from lienthong.systems.office.views import timeline
from tests.thread.conftest import World
from tests.thread.scenario import draft

pytestmark = pytest.mark.django_db(transaction=True)
REASON = "Lý do thử nghiệm đủ dài"


def stand_in(agency: Agency, absent: str, colleague: str) -> Actor:
    """A colleague in the seat "thay …" of who is away."""
    seats = agency.seats
    row = people_absence.open_absence(
        by=seats[absent].actor(),
        holding_id=seats[absent].holding.pk,
        delegate_id=seats[colleague].user.pk,
        until=clock.now() + timedelta(days=2),
        note="Đi công tác",
    )
    actor = acting(seats[colleague].user, f"{STAND_IN}{row.pk}")
    assert actor is not None
    return actor


def checked(world: World, reviewer: Actor, signer: str = "head") -> OutgoingDocument:
    """A document that waits for its signer."""
    seats = world.a.seats
    document = draft(world, receivers=[world.b])
    OutgoingDocument.objects.filter(pk=document.pk).update(signer_position=seats[signer].position)
    outgoing.submit(by=seats["specialist"].actor(), target=document)
    outgoing.review(by=reviewer, target=document)
    outgoing.check_format(by=seats["checker"].actor(), target=document)
    return document


def test_a_stand_in_does_the_work_and_signs_nothing(world: World) -> None:
    """CORE-12: the review of an absent head is done under both names; the signature of an absent leader is not."""
    seats = world.a.seats
    document = checked(world, stand_in(world.a, "unit_head", "specialist"))
    entry = JournalEntry.objects.get(verb="office:outgoing:review")
    assert (entry.actor, entry.on_behalf_of) == (f"u:{seats['specialist'].user.pk}", seats["unit_head"].user.pk)
    line = next(each for each in timeline.of(document) if "duyệt nội dung" in each.sentence.lower())
    assert (line.who, line.on_behalf) == (seats["specialist"].user.full_name, seats["unit_head"].user.full_name)
    leader = stand_in(world.a, "head", "deputy")
    for act in (outgoing.approve, outgoing.approve_and_sign):
        with pytest.raises(Forbidden):
            act(by=leader, target=document)
    outgoing.approve_and_sign(by=seats["head"].actor(), target=document)


def test_authority_is_judged_when_the_pen_comes_down(world: World) -> None:
    """CORE-11, CORE-67: revoked after the approval, before the signature: refused, and the document waits."""
    seats = world.a.seats
    document = checked(world, seats["unit_head"].actor(), "unit_head")
    outgoing.approve(by=seats["unit_head"].actor(), target=document)
    row = SigningDelegation.objects.get(taker=seats["unit_head"].position)
    people_signing.revoke(by=seats["admin"].actor(), target=row, reason=REASON)
    with pytest.raises(Invalid) as refused:
        outgoing.sign(by=seats["unit_head"].actor(), target=document)
    assert refused.value.code == "no_authority"
    document.refresh_from_db()
    assert document.state == "approved"


def test_who_no_longer_holds_the_post_signs_nothing(world: World) -> None:
    """CORE-12, CORE-67: the end of holding counts at once, whatever waits for the signature."""
    seats = world.a.seats
    document = checked(world, seats["unit_head"].actor())
    was = seats["head"].actor()
    people.end_holding(by=seats["admin"].actor(), target=seats["head"].holding, reason=REASON)
    assert acting(seats["head"].user, "") is None
    with pytest.raises(Invalid) as refused:
        outgoing.approve_and_sign(by=was, target=document)
    assert refused.value.code == "no_holder"

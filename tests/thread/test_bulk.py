"""Many documents by one press of the clerk."""

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse

from lienthong.core import lawbook
from lienthong.systems.office.actions import outgoing
from lienthong.systems.office.models import OutgoingDocument
from tests.thread.conftest import World
from tests.thread.scenario import browser, draft

pytestmark = pytest.mark.django_db(transaction=True)


def signed(world: World) -> OutgoingDocument:
    """A document that waits for the clerk."""
    document, seats = draft(world, receivers=[world.b]), world.a.seats
    outgoing.submit(by=seats["specialist"].actor(), target=document)
    outgoing.review(by=seats["unit_head"].actor(), target=document)
    outgoing.check_format(by=seats["checker"].actor(), target=document)
    outgoing.approve_and_sign(by=seats["head"].actor(), target=document)
    return document


def test_one_wrong_document_stops_only_itself(world: World) -> None:
    """CORE-71: the others are issued, the wrong one is named with its reason and stays where it was."""
    good, stale = signed(world), signed(world)
    client = browser(world.a.seats["clerk"])
    chosen = {
        "chon": [str(stale.pk), str(good.pk)],
        f"v-{good.pk}": str(good.version),
        f"v-{stale.pk}": str(stale.version - 1),
    }
    answer = client.post(reverse("office:outgoing_bulk"), chosen)
    assert answer.status_code == 302
    said = [str(line) for line in get_messages(answer.wsgi_request)]
    assert said[0] == "Đã phát hành 1 văn bản."
    assert stale.subject in said[1]
    assert "không còn mới" in said[1]
    good.refresh_from_db()
    stale.refresh_from_db()
    assert (good.state, stale.state) == ("filed", "signed")


def test_a_batch_has_an_upper_bound(world: World) -> None:
    """CORE-71: more than `sign.batch_max` at once is refused before the first is touched."""
    document = signed(world)
    most = int(lawbook.get("sign.batch_max"))
    client = browser(world.a.seats["clerk"])
    answer = client.post(reverse("office:outgoing_bulk"), {"chon": [str(document.pk)] * (most + 1)})
    (said,) = [str(line) for line in get_messages(answer.wsgi_request)]
    assert f"tối đa {most} văn bản" in said
    document.refresh_from_db()
    assert document.state == "signed"

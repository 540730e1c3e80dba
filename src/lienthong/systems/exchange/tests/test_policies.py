"""Scope and sight agree, and end at the agency (CORE-83, CORE-108)."""

from datetime import timedelta
from itertools import combinations
from uuid import uuid4

import pytest
import time_machine
from django.db.backends.postgresql.psycopg_any import DateRange, DateTimeTZRange

from lienthong.contracts.actor import Actor
from lienthong.core.access import Policy
from lienthong.core.access.models import Grant, Role
from lienthong.core.identity.models import User
from lienthong.core.notify.models import Notice
from lienthong.core.orgs.models import Holding, Position, Unit
from lienthong.kit import clock
from lienthong.systems.exchange import alerts, courier, policies
from lienthong.systems.exchange.models import Delivery, Held, Message, Peer, Received
from lienthong.systems.exchange.tests.conftest import Desk
from lienthong.systems.exchange.tests.test_send import drain, send
from lienthong.systems.exchange.tests.world import EPOCH, READER, World, make_peer

pytestmark = pytest.mark.django_db

VERBS = (
    "exchange:message:read",
    "exchange:message:send",
    "exchange:received:accept",
    "exchange:queue:operate",
    "exchange:delivery:requeue",
    "office:outgoing:read",
)


def test_core_83_scope_and_sight_agree_for_every_actor_and_row(world: World) -> None:
    """CORE-83: every pair of verbs × every agency (and none) × every row of every table with a policy."""
    for unit in world.receivers[:2]:
        send(world, unit)
    drain()
    Held.objects.create(peer=make_peer(), transport_id=uuid4(), why="secret", held_at=clock.now())
    table: list[tuple[type, Policy]] = [  # type: ignore[type-arg]
        (Message, policies.MessagePolicy()),
        (Received, policies.ReceivedPolicy()),
        (Delivery, policies.DeliveryPolicy()),
        (Peer, policies.PeerPolicy()),
        (Held, policies.HeldPolicy()),
    ]
    agencies = [None, world.sender.pk, *(unit.pk for unit in world.receivers)]
    holdings = [(), *((verb,) for verb in VERBS), *combinations(VERBS, 2)]
    seen = 0
    for agency in agencies:
        for verbs in holdings:
            actor = Actor(user_id=uuid4(), name="x", agency_id=agency, verbs=frozenset(verbs))
            for model, policy in table:
                rows = list(model.objects.all())  # type: ignore[attr-defined]
                scoped = set(policy.scope(actor, model.objects.all()).values_list("pk", flat=True))  # type: ignore[attr-defined]
                assert scoped == {row.pk for row in rows if policy.sees(actor, row)}
                seen += len(scoped)
                outside = [row for row in rows if getattr(row, "agency_id", agency) != agency]
                if "exchange:queue:operate" not in verbs:
                    assert not scoped & {row.pk for row in outside}
    assert seen


def reader(agency: Unit) -> User:
    """A person who follows the axis for an agency."""
    person = User.objects.create(username=f"u{uuid4().hex[:8]}", full_name="Nguyễn Văn Đọc")
    post = Position.objects.create(
        unit=agency, title="Văn thư", rank=Position.Rank.CLERK, valid=DateRange(EPOCH.date(), None)
    )
    Holding.objects.create(position=post, person=person, held=DateTimeTZRange(EPOCH, None))
    role = Role.objects.create(code=f"r-{uuid4().hex[:8]}", name="Theo dõi", verbs=sorted(READER))
    Grant.objects.create(position=post, role=role, held=DateTimeTZRange(EPOCH, None))
    return person


def test_ex_28_a_silent_receiver_is_told_of_once(world: World) -> None:
    """EX-28: no 01 within 15 minutes; whoever follows the axis is told, once."""
    person = reader(world.sender)
    message = send(world, world.receivers[0])
    courier.work()
    assert alerts.tell_silent() == 0
    with time_machine.travel(clock.now() + timedelta(minutes=16), tick=True):
        assert alerts.tell_silent() == 1
        alerts.tell_silent()
    notice = Notice.objects.get(person=person)
    assert message.code in notice.text
    assert notice.ref == f"exchange:message:{message.pk}"
    drain()
    with time_machine.travel(clock.now() + timedelta(minutes=30), tick=True):
        assert alerts.tell_silent() == 0


def test_ex_45_a_dead_letter_tells_the_sender_why(world: World, desk: Desk) -> None:
    person = reader(world.sender)
    message = send(world, world.receivers[0])
    Peer.objects.filter(kind="local").update(state="locked")
    drain()
    assert Delivery.objects.get(message=message).state == "dead"
    notice = Notice.objects.get(person=person)
    assert "khóa" in notice.text
    assert [state.state for _, state in desk.heard] == ["transport:dead"]

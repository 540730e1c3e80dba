"""Fixtures of the axis's tests."""

from collections.abc import Iterator

import pytest

from lienthong.contracts import ports
from lienthong.contracts.actor import Actor
from lienthong.contracts.exchange import Arrival, ReceiverState
from lienthong.contracts.ref import Ref
from lienthong.systems.exchange.tests.world import World, make_world


class Desk:
    """A system that takes documents in, as `contracts.exchange.IncomingPort` asks: it keeps what it was told."""

    def __init__(self) -> None:
        self.arrivals: list[Arrival] = []
        self.heard: list[tuple[Ref, ReceiverState]] = []
        self.broken_for: set[object] = set()

    def arrived(self, *, by: Actor, arrival: Arrival) -> Ref:
        if arrival.agency_id in self.broken_for:
            raise RuntimeError("the desk is on fire")
        self.arrivals.append(arrival)
        return Ref("test:incoming", arrival.delivery_id)

    def status_changed(self, *, source: Ref, receiver: ReceiverState) -> None:
        self.heard.append((source, receiver))


@pytest.fixture
def desk() -> Iterator[Desk]:
    """The desk in the place of the office, for one test."""
    before = ports._ports.get("office")
    made = Desk()
    ports._ports["office"] = made
    yield made
    if before is None:
        del ports._ports["office"]
    else:
        ports._ports["office"] = before


@pytest.fixture
def world(db: None) -> World:
    """Four agencies on this node."""
    return make_world()

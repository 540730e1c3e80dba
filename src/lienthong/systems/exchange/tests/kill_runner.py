"""A process that sends and delivers in children and lets each be killed at a named checkpoint (used by test_kill.py).

Reads a plan as JSON on stdin, answers on stdout with the signal that ended each child.
"""

import json
import os
import signal
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import django

django.setup()

from django.db import connections  # noqa: E402

from lienthong.contracts.exchange import Attachment  # noqa: E402
from lienthong.core.actions.errors import Invalid  # noqa: E402
from lienthong.core.orgs.models import Unit  # noqa: E402
from lienthong.systems.exchange import checkpoints, courier  # noqa: E402
from lienthong.systems.exchange.actions import deliveries  # noqa: E402
from lienthong.systems.exchange.ports import Exchange  # noqa: E402
from lienthong.systems.exchange.tests.world import World, clerk  # noqa: E402

LEASE_SECONDS = 0.4


def in_child(work: Callable[[], None], point: str = "", nth: int = 1) -> int:
    """Run something in a child that dies by SIGKILL at the nth passage of a point; gives the signal, 0 for none."""
    connections.close_all()
    pid = os.fork()
    if pid == 0:
        passed = 0

        def reached(name: str) -> None:
            nonlocal passed
            passed += name == point
            if name == point and passed == nth:
                os.kill(os.getpid(), signal.SIGKILL)

        checkpoints.reached = reached
        code = 1
        try:
            work()
            code = 0
        finally:
            os._exit(code)
    _, status = os.waitpid(pid, 0)
    return os.WTERMSIG(status) if os.WIFSIGNALED(status) else -os.WEXITSTATUS(status)


def drain() -> None:
    """Deliver until nothing is due."""
    while courier.work():
        pass


def main() -> None:
    """Follow the plan."""
    plan = json.load(sys.stdin)
    deliveries.LEASE = timedelta(seconds=LEASE_SECONDS)
    units = {ident: Unit.objects.get(pk=ident) for ident in [plan["sender"], *plan["receivers"]]}
    file = Attachment(**{**plan["file"], "file_id": UUID(plan["file"]["file_id"])})
    world = World(units[plan["sender"]], [units[ident] for ident in plan["receivers"]], files=[file])
    # One document by this process itself: the children inherit what was read and computed once.
    Exchange().send(by=clerk(world.sender), dispatch=world.dispatch())
    drain()
    signals = []
    for point, nth in plan["points"]:
        letter = world.letter()

        def send(letter: object = letter) -> None:
            try:
                Exchange().send(by=clerk(world.sender), dispatch=world.dispatch(letter=letter))  # type: ignore[arg-type]
            except Invalid:
                return  # it was sent: the killed attempt had committed

        if point.startswith("send."):
            ended = in_child(send, point, nth)
            in_child(send)
        else:
            in_child(send)
            ended = in_child(drain, point, nth)
        signals.append(ended)
        time.sleep(LEASE_SECONDS + 0.1)
        if in_child(drain):
            raise RuntimeError("the worker that came after did not end well")
    json.dump(signals, sys.stdout)


if __name__ == "__main__":
    main()

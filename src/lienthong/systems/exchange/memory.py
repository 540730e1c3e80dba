"""What was looked up stays known for one short piece of work: a batch of the courier, one sending, one hand-over.

Never longer than a few seconds, and never between two of them, so that a changed code, way or key counts at once
(EX-11, EX-53, F-EX-20).
"""

import functools
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

RENEW_SECONDS = 5.0

_held: ContextVar[dict[Any, Any] | None] = ContextVar("exchange_memory", default=None)
_BORN = "born"


@contextmanager
def scope() -> Iterator[None]:
    """Remember look-ups until the end of the block; an inner block shares the outer one's memory."""
    if _held.get() is not None:
        yield
        return
    token = _held.set({_BORN: time.monotonic()})
    try:
        yield
    finally:
        _held.reset(token)


def renew() -> None:
    """Forget everything when the memory is older than a few seconds; called between two packets of a batch."""
    held = _held.get()
    if held is not None and time.monotonic() - held[_BORN] > RENEW_SECONDS:
        held.clear()
        held[_BORN] = time.monotonic()


def remembered[**P, R](look_up: Callable[P, R]) -> Callable[P, R]:
    """Ask once in a scope for the same positional arguments; outside of one, always."""

    @functools.wraps(look_up)
    def ask(*args: P.args, **kwargs: P.kwargs) -> R:
        held = _held.get()
        if held is None or kwargs:
            return look_up(*args, **kwargs)
        key = (look_up.__qualname__, look_up.__module__, args)
        if key not in held:
            held[key] = look_up(*args, **kwargs)
        found: R = held[key]
        return found

    return ask

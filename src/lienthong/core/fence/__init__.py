"""The second fence: no statement sees the rows of another agency, whatever its conditions say (CORE-108).

Row-level security on every table of the systems compares `agency_id` with the session setting `lienthong.fence`; the
first fence stays the `scope` of each policy. What a statement may see is said around it::

    with fence.agency(actor.agency_id): ...      # the rows of one agency
    with fence.node("exchange.courier"): ...     # work of the node across agencies; the name stands in the journal

Outside of both nothing is seen and nothing can be written. A request, a job, a handler of the outbox and an action
enter theirs by themselves (middleware, core/jobs, core/outbox, core/actions), so a `node` in code is rare and named.

The setting travels with the next statement (`core/fence/base.py`), so entering a scope costs no round trip.
"""

import re
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator
from contextlib import AbstractContextManager, _GeneratorContextManager, contextmanager
from contextvars import ContextVar
from uuid import UUID

SETTING = "lienthong.fence"
NODE = "node:"
NOBODY = ""

_NAME = re.compile(r"[a-z][a-z0-9_.:]{1,80}")
_wanted: ContextVar[str] = ContextVar(SETTING, default=NOBODY)


def wanted() -> str:
    """What the next statement of this thread may see: an agency's id, `node:<name>`, or nothing (empty)."""
    return _wanted.get()


def node_work() -> str:
    """The name under which this thread works across agencies; empty inside the fence of one agency or of nobody."""
    scope = _wanted.get()
    return scope.removeprefix(NODE) if scope.startswith(NODE) else ""


@contextmanager
def _inside(scope: str) -> Iterator[None]:
    before = _wanted.set(scope)
    try:
        yield
    finally:
        _wanted.reset(before)


def agency(agency_id: UUID | None) -> AbstractContextManager[None]:
    """See and write the rows of one agency; without one, nothing."""
    return _inside(str(agency_id) if agency_id is not None else NOBODY)


def nobody() -> AbstractContextManager[None]:
    """See nothing: the state of a stranger's request, and of every thread that nobody let in."""
    return _inside(NOBODY)


def node(name: str) -> "_GeneratorContextManager[None]":
    """Work of the node across agencies, under a name that its journal entries carry (`after.fence`)."""
    if not _NAME.fullmatch(name):
        raise ValueError(f"a name of the node's work: {name!r}")
    return _inside(NODE + name)


def stay(agency_id: UUID) -> None:
    """Work for an agency until the surrounding scope ends: for who is known only inside it (a machine's request)."""
    _wanted.set(str(agency_id))


def kept[T](chunks: Iterable[T]) -> Iterator[T]:
    """An iterator that works in the scope of now whenever it is asked (the body of a streaming response)."""
    return _kept(_wanted.get(), iter(chunks))


def _kept[T](scope: str, source: Iterator[T]) -> Iterator[T]:
    while True:
        with _inside(scope):
            try:
                chunk = next(source)
            except StopIteration:
                return
        yield chunk


def kept_async[T](chunks: AsyncIterable[T]) -> AsyncIterator[T]:
    """The same for an asynchronous body."""
    return _kept_async(_wanted.get(), aiter(chunks))


async def _kept_async[T](scope: str, source: AsyncIterator[T]) -> AsyncIterator[T]:
    while True:
        with _inside(scope):
            try:
                chunk = await anext(source)
            except StopAsyncIteration:
                return
        yield chunk

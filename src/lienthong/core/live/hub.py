"""One listener a process, shared by all its streams: each event is read once and handed to those who may see it."""

import asyncio
import logging
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg import sql

from lienthong.core.jobs.wake import THIN_SECONDS, listen_parameters
from lienthong.core.live.publishing import CHANNEL, END, POSITION, Position
from lienthong.kit import clock

logger = logging.getLogger("lienthong.live")

POLL_SECONDS = 1.0
# A page that could not take this many events is told to load itself anew.
MOST_PENDING = 200
RESYNC = "resync"

# One statement, hence one snapshot: all transactions before `floor` have ended and what they wrote is in the answer, so
# the next reading needs no row below it. Ids alone would miss a transaction that took its id early and committed late.
_READ = """
SELECT pg_snapshot_xmin(pg_current_snapshot())::text, e.xid::text, e.id, e.topic, e.audience, e.name, e.body
FROM (VALUES (1)) one LEFT JOIN live_liveevent e ON e.xid >= %s::text::xid8 ORDER BY e.id
"""
_FLOOR = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text"
_REPLAY = "SELECT id, topic, audience, name, body FROM live_liveevent WHERE topic = ANY(%s) AND id > %s ORDER BY id"
# A reconnecting page is given some events twice rather than missing one that committed late.
OVERLAP = 50


@dataclass(frozen=True, slots=True)
class Event:
    """One event as pages receive it."""

    id: int
    topic: str
    audience: str
    name: str
    body: str


@dataclass(eq=False, slots=True)
class Subscriber:
    """One open page: its topics with the viewer's audience classes, and what waits to be written to it."""

    topics: dict[str, frozenset[str]]
    subjects: frozenset[str]
    something: asyncio.Event = field(default_factory=asyncio.Event)
    ended: bool = False
    _pending: dict[Any, Event] = field(default_factory=dict)

    def offer(self, event: Event) -> None:
        """Keep an event if the viewer may see it; of equal ones only the last is written."""
        if event.audience and event.audience not in self.topics[event.topic]:
            return
        if RESYNC in self._pending:
            return
        same = (event.topic, event.name, _root_id(event.body) if event.name == "fragment" else event.body)
        self._pending.pop(same, None)
        self._pending[same] = event
        if len(self._pending) > MOST_PENDING:
            self.resync()
        self.something.set()

    def resync(self) -> None:
        """Events were missed: the page loads itself anew."""
        self._pending = {RESYNC: Event(0, "", "", RESYNC, "")}
        self.something.set()

    def end(self) -> None:
        """The stream is over; the browser asks again for admission."""
        self.ended = True
        self.something.set()

    def take(self) -> list[Event]:
        """What is to be written now."""
        events = list(self._pending.values())
        self._pending.clear()
        self.something.clear()
        return events


class Hub:
    """The shared listener; runs while somebody listens, in the event loop of the server's process."""

    def __init__(self) -> None:
        self._listeners: dict[str, set[Subscriber]] = {}
        self._subjects: dict[str, set[Subscriber]] = {}
        self._task: asyncio.Task[None] | None = None
        # Waiting occupies a connection, so reading has its own.
        self._listening: psycopg.AsyncConnection[Any] | None = None
        self._reading: psycopg.AsyncConnection[Any] | None = None
        self._floor = "0"
        self._newest = self._boot = 0
        self._seen: set[int] = set()
        self._ready = asyncio.Event()
        self._stopping = False

    async def subscribe(self, subscriber: Subscriber, since: str = "") -> None:
        """Add a page; with `since` it first receives what its topics had after that place, or is told to load anew."""
        if self._stopping:
            subscriber.end()
            return
        if self._task is None or self._task.done():
            self._ready.clear()
            self._task = asyncio.get_running_loop().create_task(self._run())
        await self._ready.wait()
        for topic in subscriber.topics:
            self._listeners.setdefault(topic, set()).add(subscriber)
        for subject in subscriber.subjects:
            self._subjects.setdefault(subject, set()).add(subscriber)
        if since:
            await self._replay(subscriber, Position.parse(since))

    def unsubscribe(self, subscriber: Subscriber) -> None:
        """Forget a page."""
        for index, names in ((self._listeners, subscriber.topics), (self._subjects, subscriber.subjects)):
            for name in names:
                index.get(name, set()).discard(subscriber)
                if not index.get(name):
                    index.pop(name, None)

    @property
    def streams(self) -> int:
        """How many pages are open on this process."""
        return len(self._everyone())

    def position(self, event_id: int = 0) -> Position:
        """Where the events stand now, or stood at an event."""
        return Position(event_id or self._newest, self._boot, int(clock.now().timestamp()))

    def end_all(self) -> None:
        """End all streams, and at once those that still come (the server is about to stop)."""
        self._stopping = True
        for subscriber in self._everyone():
            subscriber.end()

    async def close(self) -> None:
        """End all streams and the listener."""
        self.end_all()
        if self._task is not None:
            self._task.cancel()
        await self._disconnect()

    def _everyone(self) -> set[Subscriber]:
        return {subscriber for group in self._listeners.values() for subscriber in group}

    async def _run(self) -> None:
        pause = 0.5
        while True:
            try:
                await self._connect()
                pause = 0.5
                while True:
                    # Wake-ups are thinned out, so after one with news look again until there is none.
                    if await self._read():
                        await asyncio.sleep(THIN_SECONDS)
                    else:
                        await self._wait()
            except (psycopg.Error, OSError) as fault:
                logger.warning("live: the database is away (%s)", fault)
                await self._disconnect()
                await asyncio.sleep(pause)
                pause = min(pause * 2, 5.0)

    async def _connect(self) -> None:
        parameters = listen_parameters()
        self._listening = await psycopg.AsyncConnection.connect(**parameters, autocommit=True)
        self._reading = await psycopg.AsyncConnection.connect(**parameters, autocommit=True)
        await self._listening.execute(sql.SQL("LISTEN {}").format(sql.Identifier(CHANNEL)))
        self._newest, self._boot = (await self._rows(POSITION, []))[0]
        self._floor = str((await self._rows(_FLOOR, []))[0][0])
        self._seen.clear()
        for event in await self._fresh():
            self._seen.add(event.id)
        for subscriber in self._everyone():
            subscriber.resync()
        self._ready.set()

    async def _disconnect(self) -> None:
        for connection in (self._listening, self._reading):
            if connection is not None:
                await connection.close()
        self._listening = self._reading = None

    async def _rows(self, query: str, parameters: list[Any]) -> list[Any]:
        if self._reading is None:
            raise psycopg.OperationalError("not connected")
        return await (await self._reading.execute(query.encode(), parameters)).fetchall()

    async def _wait(self) -> None:
        if self._listening is None:
            raise psycopg.OperationalError("not connected")
        async for _ in self._listening.notifies(timeout=POLL_SECONDS, stop_after=1):
            pass

    async def _read(self) -> bool:
        events = await self._fresh()
        for event in events:
            if event.name == END:
                for subscriber in self._subjects.get(event.topic, ()):
                    subscriber.end()
                continue
            for subscriber in self._listeners.get(event.topic, ()):
                subscriber.offer(event)
        return bool(events)

    async def _fresh(self) -> list[Event]:
        """What was committed since the last reading."""
        rows = await self._rows(_READ, [self._floor])
        floor = int(rows[0][0])
        events = [Event(*row[2:]) for row in rows if row[2] is not None and row[2] not in self._seen]
        self._seen = {row[2] for row in rows if row[2] is not None and int(row[1]) >= floor}
        self._floor = str(floor)
        self._newest = max([self._newest, *(event.id for event in events)])
        return events

    async def _replay(self, subscriber: Subscriber, since: Position | None) -> None:
        if since is None or not since.reaches(self.position()):
            subscriber.resync()
            return
        try:
            for row in await self._rows(_REPLAY, [list(subscriber.topics), since.id - OVERLAP]):
                subscriber.offer(Event(*row))
        except psycopg.Error:
            subscriber.resync()


def _root_id(html: str) -> str:
    """What a fragment replaces, as far as its first tag tells."""
    head = html.lstrip().partition(">")[0]
    _, found, rest = head.partition('id="')
    return rest.partition('"')[0] if found else html

"""The stream of one page: takes over a connection that the admission view let in, and holds no thread."""

import asyncio
import json
import random
import re
import signal
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from typing import Any

from lienthong.core.live.hub import Event, Hub, Subscriber
from lienthong.core.live.publishing import Position

type Scope = MutableMapping[str, Any]
type Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
type Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
type Application = Callable[[Scope, Receive, Send], Awaitable[None]]

HAND_OVER = "X-Lienthong-Stream"
COALESCE_SECONDS = 0.25
HEARTBEAT_SECONDS = 15.0
# A stream ends after about this long and the browser asks again at once: rights that ended are noticed (CORE-82).
LIFETIME_SECONDS = 90.0
# Sent to a process of the server before it is told to stop, for it would wait for the end of each open stream.
END_SIGNAL = signal.SIGUSR1

_LINE_ENDS = re.compile(r"\r\n|\n|\r")


@dataclass(slots=True)
class LivePages:
    """ASGI wrapper: passes every request on and streams for those whose response carries a ticket to do so."""

    application: Application
    hub: Hub = field(default_factory=Hub)
    coalesce: float = COALESCE_SECONDS
    heartbeat: float = HEARTBEAT_SECONDS
    lifetime: float = LIFETIME_SECONDS

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
            return
        if scope["type"] != "http" or not str(scope["path"]).startswith("/live/"):
            await self.application(scope, receive, send)
            return
        ticket: dict[str, Any] = {}
        start: MutableMapping[str, Any] = {}
        name = HAND_OVER.lower().encode()

        async def watch(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                headers = [(key.lower(), value) for key, value in message["headers"]]
                for key, value in headers:
                    if key == name:
                        ticket.update(json.loads(value))
                if ticket:
                    message["headers"] = [h for h in headers if h[0] not in {name, b"content-length"}]
                    start.update(message)
            if not ticket:
                await send(message)

        await self.application(scope, receive, watch)
        if ticket:
            await self._stream(ticket, start, receive, send)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                asyncio.get_running_loop().add_signal_handler(END_SIGNAL, self.hub.end_all)
                await send({"type": "lifespan.startup.complete"})
            elif message["type"] == "lifespan.shutdown":
                await self.hub.close()
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def _stream(
        self, ticket: dict[str, Any], start: MutableMapping[str, Any], receive: Receive, send: Send
    ) -> None:
        topics = {topic: frozenset(classes) for topic, classes in ticket["topics"].items()}
        subscriber = Subscriber(topics, frozenset(ticket["subjects"]))
        gone = asyncio.ensure_future(_disconnected(receive))
        try:
            await self.hub.subscribe(subscriber, ticket["since"])
            await send(start)
            await _write(send, f"retry: 500\nid: {self.hub.position()}\n\n".encode())
            await self._pump(subscriber, gone, send)
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        except OSError:
            pass  # the browser went away between two events
        finally:
            gone.cancel()
            self.hub.unsubscribe(subscriber)

    async def _pump(self, subscriber: Subscriber, gone: "asyncio.Future[None]", send: Send) -> None:
        """Write batches until the page leaves, the subject's streams are ended or the lifetime is over."""
        loop = asyncio.get_running_loop()
        end = loop.time() + self.lifetime * random.uniform(0.8, 1.0)  # noqa: S311 — spreads load, guards nothing
        while not subscriber.ended and not gone.done():
            rest = end - loop.time()
            if rest <= 0:
                return
            something = asyncio.ensure_future(subscriber.something.wait())
            waiting: set[asyncio.Future[Any]] = {something, gone}
            await asyncio.wait(waiting, timeout=min(self.heartbeat, rest), return_when="FIRST_COMPLETED")
            something.cancel()
            events = subscriber.take()
            if events:
                await _write(send, b"".join(encode(event, self.hub.position(event.id)) for event in events))
                await asyncio.wait({gone}, timeout=self.coalesce)
            elif not subscriber.ended and not gone.done():
                await _write(send, f"id: {self.hub.position()}\n\n".encode())


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _write(send: Send, data: bytes) -> None:
    await send({"type": "http.response.body", "body": data, "more_body": True})


def encode(event: Event, position: Position) -> bytes:
    """One event in the format of server-sent events; its id lets the browser go on from here."""
    lines = "".join(f"data: {line}\n" for line in _LINE_ENDS.split(event.body))
    return f"id: {position}\nevent: {event.name}\n{lines}\n".encode()

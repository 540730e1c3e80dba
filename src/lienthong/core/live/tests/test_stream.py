"""From a transaction to an open page: who receives what, when, and after which faults."""

import asyncio
import json
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import replace
from typing import Any

import pytest
from django.db import connection, transaction

from lienthong.core import live
from lienthong.core.live.hub import Hub, Subscriber
from lienthong.core.live.stream import HAND_OVER, LivePages

pytestmark = pytest.mark.django_db(transaction=True)


class Page:
    """A browser's page on the stream: collects what arrives, can go away."""

    def __init__(self, pages: LivePages, ticket: dict[str, Any]) -> None:
        self.received: list[str] = []
        self.status = 0
        self._gone = asyncio.Event()
        served = replace(pages, application=_admitting(ticket))
        self.task = asyncio.ensure_future(served({"type": "http", "path": "/live/"}, self._receive, self._send))

    async def _receive(self) -> MutableMapping[str, Any]:
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            assert all(name != HAND_OVER.lower().encode() for name, _ in message["headers"])
        else:
            self.received.append(message["body"].decode())

    @property
    def text(self) -> str:
        return "".join(self.received)

    @property
    def data(self) -> list[str]:
        return [line[6:] for line in self.text.splitlines() if line.startswith("data: ")]

    def last_id(self) -> str:
        return [line[4:] for line in self.text.splitlines() if line.startswith("id: ")][-1]

    async def until(self, condition: Callable[["Page"], bool], seconds: float = 10) -> None:
        async with asyncio.timeout(seconds):
            while not condition(self):
                await asyncio.sleep(0.01)

    async def leave(self) -> None:
        self._gone.set()
        await asyncio.wait_for(self.task, 5)


def _admitting(ticket: dict[str, Any]) -> Callable[..., Awaitable[None]]:
    async def application(scope: Any, receive: Any, send: Any) -> None:
        headers = [(b"content-type", b"text/event-stream"), (HAND_OVER.encode(), json.dumps(ticket).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"retry: 60000\n\n"})

    return application


def ticket(*topics: str, classes: tuple[str, ...] = (), since: str = "", subject: str = "user:1") -> dict[str, Any]:
    return {"topics": dict.fromkeys(topics, classes), "subjects": [subject], "since": since}


async def in_thread[R](work: Callable[[], R]) -> R:
    def run() -> R:
        try:
            return work()
        finally:
            connection.close()

    return await asyncio.to_thread(run)


def scenario(body: Callable[[LivePages], Awaitable[None]], **options: Any) -> None:
    async def run() -> None:
        pages = LivePages(_admitting({}), **options)
        try:
            await body(pages)
        finally:
            await pages.hub.close()

    asyncio.run(run())


def test_an_event_reaches_the_pages_of_its_topic_after_the_commit_and_a_rollback_reaches_none() -> None:
    async def body(pages: LivePages) -> None:
        page, other = Page(pages, ticket("a:1")), Page(pages, ticket("a:2"))
        await page.until(lambda p: p.text != "")
        await other.until(lambda p: p.text != "")

        def write() -> None:
            with transaction.atomic():
                live.publish("a:1", {"what": "lùi lại"})
                transaction.set_rollback(True)
            with transaction.atomic():
                live.publish("a:1", {"what": "Đã ban hành"})

        await in_thread(write)
        await page.until(lambda p: p.data != [], 1)
        assert [json.loads(line) for line in page.data] == [{"what": "Đã ban hành"}]
        assert page.status == 200
        assert other.data == []
        await page.leave()
        await other.leave()
        assert pages.hub.streams == 0

    scenario(body)


def test_a_fragment_of_any_size_goes_to_its_audience_only() -> None:
    async def body(pages: LivePages) -> None:
        clerk = Page(pages, ticket("a:1", classes=("clerk",)))
        leader = Page(pages, ticket("a:1", classes=("leader",)))
        await clerk.until(lambda p: p.text != "")
        await leader.until(lambda p: p.text != "")
        html = '<tr id="van-ban-1">\n<td>' + "Số đến " * 3000 + "</td>\r\n</tr>"
        await in_thread(lambda: live.publish_fragment("a:1", "clerk", html))
        await in_thread(lambda: live.publish("a:1", {"n": 1}))
        await clerk.until(lambda p: '{"n": 1}' in p.text)
        await leader.until(lambda p: '{"n": 1}' in p.text)
        assert "\n".join(clerk.data[:3]) == html.replace("\r\n", "\n")
        assert "event: fragment" not in leader.text

    scenario(body)


def test_changes_are_coalesced_to_one_batch_every_250_ms_and_the_last_fragment_of_an_id_wins() -> None:
    async def body(pages: LivePages) -> None:
        page = Page(pages, ticket("a:1", classes=("x",)))
        await page.until(lambda p: p.text != "")

        def write() -> None:
            for number in range(60):
                live.publish_fragment("a:1", "x", f'<p id="dem">{number}</p>')

        begin = asyncio.get_running_loop().time()
        await in_thread(write)
        await page.until(lambda p: ">59<" in p.text)
        passed = asyncio.get_running_loop().time() - begin
        batches = [part for part in page.received if "event: fragment" in part]
        assert len(batches) <= passed / 0.25 + 2
        assert all(batch.count("event: fragment") == 1 for batch in batches)
        assert page.data[-1] == '<p id="dem">59</p>'

    scenario(body)


def test_a_transaction_that_took_its_id_early_and_committed_late_is_not_missed() -> None:
    async def body(pages: LivePages) -> None:
        page = Page(pages, ticket("a:1"))
        await page.until(lambda p: p.text != "")
        early, late = asyncio.Event(), asyncio.Event()
        loop = asyncio.get_running_loop()

        def slow() -> None:
            with transaction.atomic():
                live.publish("a:1", {"n": "early"})
                loop.call_soon_threadsafe(early.set)
                asyncio.run_coroutine_threadsafe(late.wait(), loop).result(10)

        task = asyncio.ensure_future(in_thread(slow))
        await early.wait()
        await in_thread(lambda: live.publish("a:1", {"n": "late"}))
        await page.until(lambda p: "late" in p.text)
        late.set()
        await task
        await page.until(lambda p: "early" in p.text, 3)
        assert len(page.data) == 2

    scenario(body)


def test_a_page_that_comes_back_receives_what_it_missed() -> None:
    async def body(pages: LivePages) -> None:
        page = Page(pages, ticket("a:1"))
        await page.until(lambda p: p.text != "")
        last = page.last_id()
        await page.leave()
        await in_thread(lambda: live.publish("a:1", {"n": "missed"}))
        again = Page(pages, ticket("a:1", since=last))
        await again.until(lambda p: "missed" in p.text, 2)
        assert "resync" not in again.text

    scenario(body)


def test_a_page_rendered_before_a_change_and_connected_after_it_receives_the_change() -> None:
    since = live.cursor()
    live.publish("a:1", {"n": "between"})

    async def body(pages: LivePages) -> None:
        page = Page(pages, ticket("a:1", since=since))
        await page.until(lambda p: "between" in p.text, 2)

    scenario(body)


@pytest.mark.parametrize("since", ["9.1.1790000000", "nonsense", "1.2.3.4"])
def test_a_page_whose_place_is_not_kept_any_more_is_told_to_load_anew(since: str) -> None:
    async def body(pages: LivePages) -> None:
        page = Page(pages, ticket("a:1", since=since))
        await page.until(lambda p: "event: resync" in p.text, 2)

    scenario(body)


def test_core_82_streams_of_a_person_whose_session_ended_are_ended_at_once() -> None:
    async def body(pages: LivePages) -> None:
        mine, other = Page(pages, ticket("a:1")), Page(pages, ticket("a:1", subject="user:2"))
        await mine.until(lambda p: p.text != "")
        await other.until(lambda p: p.text != "")
        await in_thread(lambda: live.end_streams("user:1"))
        await asyncio.wait_for(mine.task, 2)
        assert not other.task.done()
        await other.leave()

    scenario(body)


def test_a_quiet_stream_beats_and_ends_after_its_lifetime() -> None:
    async def body(pages: LivePages) -> None:
        page = Page(pages, ticket("a:1"))
        await asyncio.wait_for(page.task, 3)
        assert page.text.count("\nid: ") + page.text.count("id: ", 0, 4) >= 3

    scenario(body, heartbeat=0.2, lifetime=1.0)


def test_pages_are_told_to_load_anew_after_the_database_was_away() -> None:
    async def body(pages: LivePages) -> None:
        page = Page(pages, ticket("a:1"))
        await page.until(lambda p: p.text != "")

        def kill() -> None:
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
                    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )

        await in_thread(kill)
        await page.until(lambda p: "event: resync" in p.text, 5)
        await in_thread(lambda: live.publish("a:1", {"n": "after"}))
        await page.until(lambda p: "after" in p.text, 3)

    scenario(body)


def test_a_hundred_pages_share_one_listening_connection() -> None:
    async def body(pages: LivePages) -> None:
        everyone = [Page(pages, ticket("a:1")) for _ in range(100)]
        for page in everyone:
            await page.until(lambda p: p.text != "")

        def count() -> int:
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
                    "AND pid <> pg_backend_pid()"
                )
                return int(cursor.fetchone()[0])

        assert await in_thread(count) == 2, "one waits for notifications, one reads"
        await in_thread(lambda: live.publish("a:1", {"n": 1}))
        for page in everyone:
            await page.until(lambda p: p.data != [], 2)
        for page in everyone:
            await page.leave()

    scenario(body)


def test_a_page_that_takes_nothing_is_told_to_load_anew_instead_of_filling_the_memory() -> None:
    async def body() -> None:
        from lienthong.core.live.hub import MOST_PENDING, Event

        slow = Subscriber({"a:1": frozenset()}, frozenset())
        for number in range(MOST_PENDING * 3):
            slow.offer(Event(number, "a:1", "", "message", str(number)))
        assert [event.name for event in slow.take()] == ["resync"]

    asyncio.run(body())


def test_old_events_are_purged() -> None:
    from datetime import timedelta

    import time_machine

    from lienthong.kit import clock

    live.publish("a:1")
    assert live.purge() == 0
    with time_machine.travel(clock.now() + timedelta(minutes=6)):
        assert live.purge() == 1
    assert Hub().streams == 0

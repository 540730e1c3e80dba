"""Writing events in the transaction that made them true."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection

from lienthong.core.jobs.wake import wake
from lienthong.kit import clock

CHANNEL = "lienthong_live"
# A control event: streams of this subject (a person or a session) end and must ask again for admission.
END = "end"
KEEP = timedelta(minutes=5)
# The newest event, and when the server started: a crash empties the unlogged table and its ids begin anew.
POSITION = """
SELECT COALESCE(max(id), 0), extract(epoch FROM pg_postmaster_start_time())::bigint FROM live_liveevent
"""


@dataclass(frozen=True, slots=True)
class Position:
    """A place in the events of one run of the database, and when a page stood there (seconds of the epoch)."""

    id: int
    boot: int
    at: int

    def __str__(self) -> str:
        return f"{self.id}.{self.boot}.{self.at}"

    @classmethod
    def parse(cls, text: str) -> "Position | None":
        """Read back what a page sends; None for anything else."""
        parts = text.split(".")
        if len(parts) != 3 or not all(part.isdecimal() and len(part) < 20 for part in parts):
            return None
        return cls(*(int(part) for part in parts))

    def reaches(self, now: "Position") -> bool:
        """Whether all that happened since is still kept."""
        return self.boot == now.boot and now.at - self.at < KEEP.total_seconds() - 30


def publish(topic: str, data: dict[str, Any] | None = None, *, name: str = "message", audience: str = "") -> None:
    """Tell the listeners of a topic, once this transaction has committed, that something changed.

    `data`: values of JSON, ids and instants; never what only some listeners may see, unless `audience` says who.
    """
    _insert(topic, audience, name, json.dumps(data or {}, cls=DjangoJSONEncoder, ensure_ascii=False))


def publish_fragment(topic: str, audience: str, html: str) -> None:
    """Push HTML rendered once for one (object, version, audience class); its root has the id that pages hold.

    The fragment is a row, whatever its size: a notification carries at most 8,000 bytes, so it carries nothing.
    """
    _insert(topic, audience, "fragment", html)


def end_streams(subject: str) -> None:
    """End the open streams of a subject (`user:<id>`, `session:<key>`) at once, on all nodes (CORE-82)."""
    _insert(subject, "", END, "")


def cursor() -> str:
    """Where the events stand now; a page puts it into its stream's address (`since=`) to miss none while loading."""
    with connection.cursor() as sql:
        sql.execute(POSITION)
        return at(sql.fetchone() or (0, 0))


def at(place: Sequence[int]) -> str:
    """The cursor of a row that `POSITION` gave."""
    newest, boot = place
    return str(Position(int(newest), int(boot), int(clock.now().timestamp())))


def purge() -> int:
    """Delete events that no reconnecting page can ask for any more."""
    from lienthong.core.live.models import LiveEvent

    return LiveEvent.objects.filter(created_at__lt=clock.now() - KEEP).delete()[0]


def _insert(topic: str, audience: str, name: str, body: str) -> None:
    with connection.cursor() as sql:
        sql.execute(
            "INSERT INTO live_liveevent (topic, audience, name, body, created_at) VALUES (%s, %s, %s, %s, %s)",
            [topic, audience, name, body, clock.now()],
        )
    wake(CHANNEL)

"""Emitting a message and naming who handles it."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection

from lienthong.core.jobs.wake import wake
from lienthong.kit import clock

CHANNEL = "lienthong_outbox"

_INSERT = """
WITH message AS (
    INSERT INTO outbox_outboxmessage (kind, payload, key, agency_id, created_at)
    VALUES (%s, %s::jsonb, %s, %s, %s) RETURNING id
), delivery AS (
    INSERT INTO outbox_outboxdelivery (message_id, handler, state, attempts, run_at, error)
    SELECT message.id, handler, 'waiting', 0, %s, '' FROM message, unnest(%s::text[]) AS handler
)
SELECT id FROM message
"""


@dataclass(frozen=True, slots=True)
class Message:
    """What a handler receives: `payload` of JSON (ids and instants as text); `id` is the same on each attempt."""

    id: int
    kind: str
    payload: dict[str, Any]
    agency_id: UUID | None
    key: str
    created_at: datetime


Handler = Callable[[Message], None]

_handlers: dict[str, dict[str, Handler]] = {}
_by_name: dict[str, Handler] = {}


def emit(kind: str, payload: dict[str, Any], *, agency_id: UUID | None, key: str = "") -> int:
    """Write a message in the present transaction; it is delivered after the commit, or never was (CORE-88).

    `payload`: values of JSON, UUID, dates, datetimes, Decimal. Returns the message's id. No order is promised between
    messages; a handler that needs the newest state reads it.
    """
    moment = clock.now()
    names = list(_handlers.get(kind, ()))
    with connection.cursor() as cursor:
        body = json.dumps(payload, cls=DjangoJSONEncoder, ensure_ascii=False)
        cursor.execute(_INSERT, [kind, body, key, agency_id, moment, moment, names])
        row = cursor.fetchone()
    if row is None:
        raise RuntimeError("INSERT returned no row")
    if names:
        wake(CHANNEL)
    return int(row[0])


def handles(kind: str, *, name: str = "") -> Callable[[Handler], Handler]:
    """Register a function for one kind of message (in the `jobs` module of its app, which every process loads).

    The function runs inside the transaction that notes the delivery, in the fence of the message's agency; it calls
    actions. `name` (default: the dotted
    path) stands in the delivery's rows and must survive a renaming of the function while messages wait.
    """

    def wrap(function: Handler) -> Handler:
        known = name or f"{function.__module__}.{function.__qualname__}".removeprefix("lienthong.")
        if _by_name.get(known, function).__code__ is not function.__code__:
            raise ValueError(f"two handlers carry the name {known}")
        _by_name[known] = function
        _handlers.setdefault(kind, {})[known] = function
        return function

    return wrap


def handler_named(name: str) -> Handler | None:
    """The function behind a delivery's row, if this release has it."""
    return _by_name.get(name)


def handlers() -> dict[str, list[Handler]]:
    """Who handles each kind (a test compares the kinds with what actions emit)."""
    return {kind: list(named.values()) for kind, named in _handlers.items()}

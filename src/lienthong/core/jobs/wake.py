"""Waking the other processes: a NOTIFY after the commit, thinned out; every listener polls as well.

Measured with 16 connections (docs/adr/0002-jobs.md): a NOTIFY inside every transaction takes the one lock of
PostgreSQL's notification queue at commit and halves the commits (7,900 to 3,800 a second); one every 100 ms after a
commit costs nothing.
"""

import time
from collections.abc import Callable
from typing import Any

import psycopg
from django.db import DatabaseError, connection, transaction
from psycopg import sql

THIN_SECONDS = 0.1

_sent: dict[tuple[str, str], float] = {}


def wake(channel: str) -> None:
    """Say "look now" on a channel once the present transaction has committed; lost or thinned calls cost one poll."""
    transaction.on_commit(_sender(channel), robust=True)


def _sender(channel: str) -> Callable[[], None]:
    def send() -> None:
        key = (str(connection.settings_dict["NAME"]), channel)
        moment = time.monotonic()
        if moment - _sent.get(key, 0.0) < THIN_SECONDS:
            return
        _sent[key] = moment
        try:
            with connection.cursor() as cursor:
                # A notification needs no flush of the log: nothing is lost but a hint.
                cursor.execute("SELECT set_config('synchronous_commit', 'off', true), pg_notify(%s, '')", [channel])
        except DatabaseError:
            connection.close()

    return send


class Listener:
    """One connection that listens on one channel; opened at the first wait and after each fault."""

    def __init__(self, channel: str) -> None:
        self.channel = channel
        self._connection: psycopg.Connection[Any] | None = None

    def wait(self, seconds: float) -> bool:
        """Wait for a wake-up or until the time is over; raises psycopg.Error when the database is away."""
        if self._connection is None:
            self._connection = psycopg.connect(**listen_parameters(), autocommit=True)
            self._connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(self.channel)))
        return any(True for _ in self._connection.notifies(timeout=seconds, stop_after=1))

    def close(self) -> None:
        """Close the connection; the next wait opens a new one."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def listen_parameters() -> dict[str, Any]:
    """What psycopg needs to connect as Django does, for a connection of one's own."""
    names = ("dbname", "user", "password", "host", "port", "service", "sslmode", "sslrootcert", "sslcert", "sslkey")
    parameters = connection.get_connection_params()
    return {name: parameters[name] for name in names if parameters.get(name)}

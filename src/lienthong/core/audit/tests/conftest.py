"""Verbs, connections and a guarded table for the tests of the journal."""

from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
import time_machine
from django.db import models
from django.test.utils import isolate_apps

from lienthong import testing
from lienthong.config import embedded
from lienthong.core.audit.guards import journaled
from lienthong.core.registry import Verb, registry

VERB = "test:journal:write"

type Connect = Callable[[str], psycopg.Connection[Any]]


@pytest.fixture
def verb() -> Iterator[str]:
    """A declared verb."""
    registry.add_verbs(Verb(VERB, "{actor} đã ghi thử"))
    yield VERB
    del registry.verbs[VERB]


@pytest.fixture
def time_machine_at() -> Iterator[Callable[[str], None]]:
    """Stops the clock."""
    with time_machine.travel("2026-01-01T00:00:00Z", tick=False) as traveller:
        yield traveller.move_to


@pytest.fixture
def connect_as() -> Connect:
    """A connection of its own to the test database, in autocommit, as app, owner or superuser."""
    users = {"app": embedded.APP, "owner": embedded.OWNER}

    def connect(role: str) -> psycopg.Connection[Any]:
        if role == "superuser":
            return psycopg.connect(testing.SERVER.admin, dbname=testing.DATABASE, autocommit=True)
        return psycopg.connect(testing.SERVER.url(users[role], testing.DATABASE), autocommit=True)

    return connect


@pytest.fixture
def guarded(transactional_db: None, connect_as: Connect) -> str:
    """A table with the guard of journaled models, owned by the owner's role."""
    with isolate_apps("lienthong.core.audit"):

        class Guarded(models.Model):
            id = models.TextField(primary_key=True)
            name = models.TextField()

            class Meta:
                app_label = "audit"
                db_table = "journal_guarded"

    with connect_as("owner") as owner:
        owner.execute("CREATE TABLE journal_guarded (id text PRIMARY KEY, name text)")
        owner.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON journal_guarded TO {embedded.APP}")
        for trigger in journaled():
            owner.execute(trigger.compile(Guarded).install_sql)
    return "journal_guarded"

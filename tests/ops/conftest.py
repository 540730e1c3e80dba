"""A node that lives, its backup, and empty machines to restore into: real processes, real databases."""

import io
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from django.db import connections
from psycopg import sql

from lienthong.config import embedded
from lienthong.core import fence, files
from lienthong.core.audit import sealing
from lienthong.core.signing import service
from lienthong.systems.exchange import courier
from lienthong.testing import DATABASE, SERVER
from tests.thread.conftest import World, make_world
from tests.thread.scenario import draft, issue

PHRASE = "mat-khau-kho-khoa-thu-nghiem"
_built: list["Machine"] = []
CODES = b"Danh sach\n" * 2000


@dataclass(frozen=True)
class Machine:
    """A machine: its database, its folders, and the environment of its commands."""

    database: str
    data: Path

    @property
    def environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "LIENTHONG_DATA": str(self.data),
            "LIENTHONG_KEYSTORE_PASSPHRASE": PHRASE,
            "DATABASE_URL": SERVER.url(embedded.APP, self.database),
            "DATABASE_OWNER_URL": SERVER.url(embedded.OWNER, self.database),
        }

    def run(self, *arguments: object, typed: str = "", **more: str) -> subprocess.CompletedProcess[str]:
        """A command of this machine, to its end."""
        return subprocess.run(
            [sys.executable, "-m", "lienthong.cli", *map(str, arguments)],
            env=self.environment | more,
            input=typed,
            capture_output=True,
            text=True,
            check=False,
        )

    def owner(self) -> psycopg.Connection[tuple[object, ...]]:
        """A connection of the tables' owner."""
        return psycopg.connect(SERVER.url(embedded.OWNER, self.database), autocommit=True)


@pytest.fixture
def living(request: pytest.FixtureRequest, transactional_db: None, tmp_path: Path) -> Iterator[Machine]:
    """A node with documents, packets, files, keys, sealed and unsealed entries; built once, copied for each test."""
    if not _built:
        _built.append(_build(request.getfixturevalue("tmp_path_factory").mktemp("nut"), request))
    original = _built[0]
    shutil.copytree(original.data, tmp_path / "may-cu")
    machine = Machine(f"lt_drill_{uuid4().hex[:12]}", tmp_path / "may-cu")
    with SERVER.connect() as connection:
        embedded.ensure_database(connection, machine.database, original.database)
    yield machine
    _drop(machine.database)


@pytest.fixture(scope="session", autouse=True)
def dropped_at_the_end() -> Iterator[None]:
    """The copy that all tests start from goes with the session."""
    yield
    for machine in _built:
        _drop(machine.database)


def _drop(name: str) -> None:
    with SERVER.connect() as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def _build(data: Path, request: pytest.FixtureRequest) -> Machine:
    settings = request.getfixturevalue("settings")
    settings.FILES_DIR = data / "files"
    settings.KEYSTORE_DIR = data / "keystore"
    settings.KEYSTORE_PASSPHRASE = PHRASE
    world: World = make_world()
    document = draft(world, receivers=[world.b, world.c])
    issue(world, document)
    courier.work()
    with fence.node("tests"):
        files.store(
            io.BytesIO(CODES), "Danh sách.txt", by=world.a.seats["clerk"].actor(), agency_id=world.a.id, made_here=True
        )
        service.node_key()
        sealing.seal_now()
        files.store(
            io.BytesIO(CODES * 3), "Sau.txt", by=world.a.seats["clerk"].actor(), agency_id=world.a.id, made_here=True
        )
    connections.close_all()
    name = f"lt_living_{uuid4().hex[:12]}"
    with SERVER.connect() as connection:
        embedded.ensure_database(connection, name, DATABASE)
    return Machine(name, data)


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Machine]:
    """An empty machine: a database of the owner without any table, no files, no keys."""
    name = f"lt_drill_{uuid4().hex[:12]}"
    with SERVER.connect() as connection:
        embedded.ensure_database(connection, name)
    yield Machine(name, tmp_path / "may-moi")
    with SERVER.connect() as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

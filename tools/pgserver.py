"""Debian's PostgreSQL server in a folder and on a port of its own, for one part of the tests."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def binaries() -> Path | None:
    """The newest installed server's programs."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return found[-1].parent if found else None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def debian() -> Iterator[str | None]:
    """A running server's superuser URL; None where the package is not installed or no user may run it."""
    programs = binaries()
    user = _user()
    if programs is None or user is None:
        yield None
        return
    folder = Path(tempfile.mkdtemp(prefix="lt-pg-"))
    shutil.chown(folder, user)
    data, port = folder / "data", _free_port()
    try:
        _as(user, [str(programs / "initdb"), "-D", str(data), "-U", "postgres", "--auth=trust", "--encoding=UTF8"])
        options = f"-c listen_addresses='' -c unix_socket_directories={folder} -c port={port} -c fsync=off"
        _as(user, [str(programs / "pg_ctl"), "-D", str(data), "-w", "-o", options, "-l", str(folder / "log"), "start"])
        yield f"postgresql://postgres@/postgres?host={folder}&port={port}"
    finally:
        _as(user, [str(programs / "pg_ctl"), "-D", str(data), "-m", "immediate", "stop"], check=False)
        shutil.rmtree(folder, ignore_errors=True)


def _user() -> str | None:
    """PostgreSQL refuses to run as root: then the user `postgres` of the package runs it."""
    if os.geteuid() != 0:
        return pwd.getpwuid(os.geteuid()).pw_name
    try:
        return pwd.getpwnam("postgres").pw_name
    except KeyError:
        return None


def _as(user: str, command: list[str], *, check: bool = True) -> None:
    if os.geteuid() == 0:
        command = ["runuser", "-u", user, "--", *command]
    subprocess.run(command, check=check, stdout=subprocess.DEVNULL, cwd="/")

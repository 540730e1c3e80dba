"""`lienthong run`: one command from a fresh clone to the first page, with database, worker and server."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any


def run(port: int, *, demo: bool = True, workers: int = 1) -> int:
    """Bring everything up, serve until interrupted, then stop what was started here."""
    from lienthong import cli

    started = time.monotonic()
    cli.prepare_environment()
    if cli.migrate():
        return 1
    _say("Cơ sở dữ liệu sẵn sàng", started)
    import django

    django.setup()
    collect_static()
    if demo:
        _seed(started)
    supervisor = Supervisor([sys.executable, "-m", "lienthong.cli", "worker"])
    supervisor.start()
    try:
        from lienthong.config.serve import serve

        _say(f"Mở trình duyệt tại http://localhost:{port}", started)
        return int(serve(port=port, workers=workers) or 0)
    finally:
        supervisor.stop()
        if data := os.environ.get("LIENTHONG_EMBEDDED"):
            from lienthong.config import embedded

            embedded.stop(Path(data))


class Supervisor(threading.Thread):
    """Keeps one child process alive: a worker that dies is started again, at most once a second."""

    def __init__(self, command: list[str]) -> None:
        super().__init__(daemon=True)
        self._command = command
        self._stopping = threading.Event()
        self._child: subprocess.Popen[bytes] | None = None

    def run(self) -> None:
        while not self._stopping.is_set():
            self._child = subprocess.Popen(self._command)
            self._child.wait()
            self._stopping.wait(1)

    def stop(self) -> None:
        """Ask the child to end its present work, then see that it is gone."""
        self._stopping.set()
        child = self._child
        if child is None:
            return
        child.send_signal(signal.SIGTERM)
        try:
            child.wait(timeout=25)
        except subprocess.TimeoutExpired:
            child.kill()


def _say(text: str, started: float) -> None:
    sys.stdout.write(f"{text} ({time.monotonic() - started:.1f} giây)\n")
    sys.stdout.flush()


def collect_static() -> None:
    """Gather and fingerprint the static files when the built ones are newer."""
    from django.conf import settings
    from django.core.management import call_command

    root = Path(settings.STATIC_ROOT)
    mark = root / ".collected"
    newest = max((_newest(Path(folder)) for folder in (settings.ASSETS_DIR, settings.PACKAGE)), default=0.0)
    if mark.exists() and mark.stat().st_mtime >= newest:
        return
    call_command("collectstatic", interactive=False, verbosity=0, clear=True)
    mark.touch()


def _newest(folder: Path) -> float:
    files: Any = (p for p in folder.rglob("*") if p.is_file() and ("static" in p.parts or p.suffix in {".js", ".css"}))
    return max((path.stat().st_mtime for path in files), default=0.0)


def _seed(started: float) -> None:
    """Fill an empty demo database with the demo world."""
    from lienthong.config import memory
    from lienthong.demo import world

    if world.exists():
        return
    memory.settle()
    _say("Đang dựng dữ liệu mẫu…", started)
    world.build()
    _say("Dữ liệu mẫu sẵn sàng", started)

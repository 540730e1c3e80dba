"""The web server (docs/adr/0003-server.md): pages on a few threads that keep their connections, streams on none."""

import multiprocessing
import os
import shutil
import signal
import threading
import time
from pathlib import Path

PAGE_THREADS = 4
# What has not ended by itself this long after a stop was asked for is cut off.
STOP_SECONDS = 10


def serve(port: int = 8000, workers: int = 1, *, address: str = "127.0.0.1") -> int:
    """Serve until SIGTERM or SIGINT: `workers` processes with `PAGE_THREADS` threads and database connections each.

    In production a proxy stands in front; `address` is then the interface that it reaches. Returns the exit code.
    """
    from granian.constants import Interfaces, Loops
    from granian.server.mp import MPServer

    from lienthong.core.live.stream import END_SIGNAL

    class Server(MPServer):
        """Ends the open streams before it tells its processes to stop: they would wait for each of them."""

        def shutdown(self, exit_code: int = 0) -> None:
            for process in multiprocessing.active_children():
                if process.pid is not None:
                    os.kill(process.pid, END_SIGNAL)
            super().shutdown(exit_code)  # type: ignore[no-untyped-call]

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lienthong.config.settings")
    os.environ["LIENTHONG_SERVER_PID"] = str(os.getpid())
    _count_together(port)
    Server(
        "lienthong.config.asgi:application",
        address=address,
        port=port,
        interface=Interfaces.ASGI,
        workers=workers,
        loop=Loops.asyncio,
        backlog=1024,
        websockets=False,
        respawn_failed_workers=True,
        workers_kill_timeout=STOP_SECONDS,
        log_access=False,
    ).serve()
    return 0


def _count_together(port: int) -> None:
    """Where the processes of this server put their counts, so that any of them can tell the sum (/metrics)."""
    from django.conf import settings

    folder = Path(settings.DATA_DIR) / "metrics" / str(port)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)


def end_with_parent() -> None:
    """In a process of the server: stop when the server was killed, for nobody else would free its port."""
    parent = os.environ.get("LIENTHONG_SERVER_PID")
    if parent is None or int(parent) != os.getppid():
        return

    def watch() -> None:
        while os.getppid() == int(parent):
            time.sleep(1)
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(STOP_SECONDS)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()

"""The web server (docs/adr/0003-server.md): pages on a few threads that keep their connections, streams on none."""

import os

PAGE_THREADS = 4
# Open streams end by themselves at the stop; what has not ended by then is cut off.
STOP_SECONDS = 10


def serve(port: int = 8000, workers: int = 1, *, address: str = "127.0.0.1") -> None:
    """Serve until SIGTERM or SIGINT: `workers` processes with `PAGE_THREADS` threads and database connections each.

    In production a proxy stands in front; `address` is then the interface that it reaches.
    """
    from granian.constants import Interfaces, Loops
    from granian.server import Server

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lienthong.config.settings")
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

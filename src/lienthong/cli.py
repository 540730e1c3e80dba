"""`lienthong`: the one command of operators and developers."""

import argparse
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

OPERATING = {
    "doctor": "khám: từng điểm, vì sao, cần làm gì",
    "backup": "sao lưu cơ sở dữ liệu và tệp",
    "restore": "phục hồi vào máy trống",
    "keystore": "bản sao niêm phong của kho khóa, hai người giữ",
    "upgrade": "đưa cơ sở dữ liệu lên bản đang cài",
}


def prepare_environment() -> None:
    """Point Django at its database: DATABASE_URL as given, else the embedded server, started when needed."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lienthong.config.settings")
    if os.environ.get("DATABASE_URL") or os.environ.get("DATABASE_URL_FILE"):
        return
    if os.environ.get("LIENTHONG_ENV") in {"production"}:
        sys.exit("Môi trường production cần DATABASE_URL: máy chủ PostgreSQL nhúng chỉ dành cho chạy thử.")
    import psycopg

    from lienthong.config import embedded, upgrade

    root = Path(__file__).resolve().parent.parent.parent
    data = Path(os.environ.get("LIENTHONG_DATA", root / "data"))
    try:
        cluster = embedded.start(data / "postgresql")
    except upgrade.WrongCluster as error:
        sys.exit(str(error))
    with psycopg.connect(cluster.url("postgres", "postgres"), autocommit=True) as connection:
        embedded.ensure_database(connection, "lienthong")
    os.environ["DATABASE_URL"] = cluster.url(embedded.APP, "lienthong")
    os.environ["DATABASE_OWNER_URL"] = cluster.url(embedded.OWNER, "lienthong")
    os.environ["LIENTHONG_EMBEDDED"] = str(cluster.data)


def manage(arguments: Sequence[str]) -> int:
    """Run a Django command as the app's role."""
    prepare_environment()
    from django.core.management import execute_from_command_line

    execute_from_command_line(["lienthong manage", *arguments])
    return 0


def owner_environment() -> dict[str, str]:
    """The environment of a process that migrates: the owner's role, which gives a lock up after seconds.

    An ALTER that waits behind a long query would make all traffic wait behind itself; an upgrade is rather run again.
    """
    from lienthong.config import env

    owner = env.text("DATABASE_OWNER_URL", "") or env.text("DATABASE_URL")
    patience = f"{os.environ.get('PGOPTIONS', '')} -c lock_timeout=5s".strip()
    found = {**os.environ, "DATABASE_URL": owner, "PGOPTIONS": patience}
    # A file would win over the value: the process would migrate as the app's role.
    found.pop("DATABASE_URL_FILE", None)
    return found


def migrate() -> int:
    """Migrate as the owner of the tables (CORE-73), then load the release's law."""
    prepare_environment()
    command = [sys.executable, "-m", "lienthong.cli", "as-owner"]
    return subprocess.run(command, env=owner_environment(), check=False).returncode


def as_owner() -> int:
    """What `migrate` does in a process of the owner's role: structure, grants, the release's law and roles."""
    import django

    django.setup()
    from django.core.management import call_command

    from lienthong.config import fences, grants
    from lienthong.core import lawbook
    from lienthong.core.access import roles

    if _behind():
        fences.make_way()
    call_command("migrate", verbosity=0, interactive=False)
    fences.apply()
    grants.apply()
    lawbook.sync_release()
    roles.sync()
    return 0


def _behind() -> bool:
    """Whether a migration waits."""
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def serve(port: int, address: str, workers: int) -> int:
    """Gather the static files when they are newer, then serve."""
    prepare_environment()
    import django

    django.setup()
    from lienthong.config.running import collect_static
    from lienthong.config.serve import serve as run_server
    from lienthong.config.startup import refuse_unsafe

    refuse_unsafe()
    collect_static()
    return run_server(port=port, workers=workers, address=address)


def worker() -> int:
    """Work the queues until a signal says stop."""
    prepare_environment()
    import signal
    import threading

    import django

    django.setup()
    from lienthong.config.startup import refuse_unsafe
    from lienthong.core.jobs import run_worker

    refuse_unsafe()
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return run_worker(stop)


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse the command line and run one command; returns the exit code."""
    argv = list(sys.argv[1:] if arguments is None else arguments)
    if argv[:1] == ["manage"]:
        return manage(argv[1:])
    if argv[:1] == ["as-owner"]:
        return as_owner()
    if argv[:1] in [[name] for name in OPERATING]:
        from lienthong.config.operating import main as operating

        return operating(argv)
    if argv[:1] == ["edxml"]:
        from lienthong.kit.edxml.cli import main as edxml

        return int(edxml(argv[1:]))
    if argv[:1] == ["new-system"]:
        from lienthong.config.scaffold import main as new_system

        return new_system(argv[1:])
    if argv[:1] == ["docs-states"]:
        from lienthong.config.diagrams import main as docs_states

        return docs_states(argv[1:])
    parser = argparse.ArgumentParser(
        prog="lienthong", description="Liên Thông: nền tảng cho văn phòng cơ quan nhà nước"
    )
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("migrate", help="cập nhật cấu trúc cơ sở dữ liệu")
    commands.add_parser("manage", help="chạy một lệnh của Django")
    for name, words in OPERATING.items():
        commands.add_parser(name, help=words)
    commands.add_parser("edxml", help="kiểm tra, xem gói tin edXML")
    commands.add_parser("new-system", help="bắt đầu một hệ thống mới")
    commands.add_parser("docs-states", help="viết lại sơ đồ trạng thái trong docs/systems")
    commands.add_parser("worker", help="chạy các việc nền")
    serve_options = commands.add_parser("serve", help="chạy trang web (cơ sở dữ liệu đã sẵn sàng)")
    serve_options.add_argument("--port", type=int, default=8000)
    serve_options.add_argument("--address", default="127.0.0.1")
    serve_options.add_argument("--workers", type=int, default=1)
    run_options = commands.add_parser("run", help="chạy thử: cơ sở dữ liệu, dữ liệu mẫu, việc nền, trang web")
    run_options.add_argument("--port", type=int, default=8000)
    run_options.add_argument("--no-demo", action="store_true", help="không dựng dữ liệu mẫu")
    options = parser.parse_args(argv)
    if options.command == "migrate":
        return migrate()
    if options.command == "run":
        if os.environ.get("LIENTHONG_ENV") == "production":
            sys.exit("Lệnh run chỉ dành cho máy thử; khi vận hành, dùng migrate, serve và worker.")
        from lienthong.config.running import run

        return run(options.port, demo=not options.no_demo)
    if options.command == "serve":
        return serve(options.port, options.address, options.workers)
    return worker()


if __name__ == "__main__":
    sys.exit(main())

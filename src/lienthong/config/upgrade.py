"""`lienthong upgrade`: the database to the release that is installed, safely and as often as one likes (CORE-98).

Order of an upgrade: expand (this command, while the old release still serves) → new code → contract (a later release).
Each migration gives a lock up after seconds, so traffic never waits behind it; the command is then run again.
"""

import subprocess
import sys
from pathlib import Path


class WrongCluster(RuntimeError):
    """The embedded server's data belong to another major version than its binaries; the message gives the steps."""


def upgrade(*, guards: bool = False) -> int:
    """Check, migrate as the owner, set up triggers anew if asked; 0 when the structure is that of this release."""
    from lienthong import cli

    cli.prepare_environment()
    before = _waiting()
    code = cli.migrate()
    if code:
        sys.stderr.write(
            "Chưa cập nhật xong: một bước không lấy được khóa bảng trong 5 giây, hoặc có lỗi ở trên. Các bước đã xong "
            "được giữ; chạy lại lệnh này.\n"
        )
        return 2
    if guards:
        command = [sys.executable, "-m", "lienthong.cli", "manage", "pgtrigger", "install"]
        code = subprocess.run(command, env=cli.owner_environment(), check=False).returncode
    sys.stdout.write(f"Cấu trúc đúng bản đang cài ({before} bước vừa chạy).\n")
    return 2 if code else 0


def _waiting() -> int:
    import django

    django.setup()
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    number = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    connection.close()
    return number


def check_cluster(data: Path, major: int) -> None:
    """Refuse an embedded cluster of another major version before its server would (raises WrongCluster)."""
    mark = data / "PG_VERSION"
    if not mark.exists():
        return
    held = mark.read_text().strip()
    if held == str(major):
        return
    raise WrongCluster(
        f"Dữ liệu ở {data} thuộc PostgreSQL {held}, bản nhúng đang cài là {major}. Các bước: (1) cài lại bản phần mềm "
        f"cũ, chạy `lienthong backup --to NƠI-LƯU`; (2) cài bản mới, đổi tên thư mục này thành {data.name}-{held}; "
        "(3) chuyển thư mục tệp sang nơi khác rồi chạy `lienthong restore --from NƠI-LƯU`; kho khóa giữ nguyên. "
        "Chưa có gì bị thay đổi."
    )

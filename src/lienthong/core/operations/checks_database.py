"""Is the database as the code says: its role, structure, guards, fence, clock (CORE-73, CORE-98, CORE-99, CORE-108)."""

import os
from collections.abc import Iterator

import pgtrigger
from django.apps import apps
from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from lienthong.contracts.health import Check, Finding, Level
from lienthong.core.clocks import drift

_ROLE = """
SELECT current_user, rolsuper, rolbypassrls,
    (SELECT count(*) FROM pg_tables WHERE tableowner = current_user AND schemaname = 'public')
FROM pg_roles WHERE rolname = current_user
"""
_TRIGGERS = """
SELECT c.relname, t.tgname, t.tgenabled <> 'D', obj_description(t.oid, 'pg_trigger')
FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid WHERE NOT t.tgisinternal AND c.relkind IN ('r', 'p')
"""
_SERVER = """
SELECT current_setting('server_version_num')::int, current_setting('default_transaction_read_only'),
    extract(epoch FROM current_setting('idle_in_transaction_session_timeout')::interval)
"""
_MOST_DRIFT_SECONDS = 1.0
OLDEST_SERVER = 150000


def role() -> Iterator[Finding]:
    """The app's role owns nothing and is no superuser (CORE-73)."""
    with connection.cursor() as cursor:
        cursor.execute(_ROLE)
        name, superuser, bypass, owned = cursor.fetchone() or ("?", True, True, 0)
    why = "Vai trò như vậy sửa, xóa được nhật ký và đi qua hàng rào giữa các cơ quan."
    remedy = "Đặt DATABASE_URL dùng vai trò lienthong_app (docs/howto/deploy.md, mục 3)."
    level = Level.FAULT if settings.PRODUCTION else Level.WARN
    if superuser or bypass:
        yield Finding(
            "database.role.superuser",
            f"Vai trò cơ sở dữ liệu {name} là quản trị tối cao hoặc được bỏ qua bảo mật theo dòng.",
            level,
            why,
            remedy,
        )
    if owned:
        yield Finding("database.role.owner", f"Vai trò {name} sở hữu {owned} bảng.", level, why, remedy)
    if not (superuser or bypass or owned):
        yield Finding("database.role", f"Vai trò {name} không sở hữu gì và không là quản trị tối cao.")


def server() -> Iterator[Finding]:
    """The server is not the embedded one in production, is new enough, and takes writes."""
    with connection.cursor() as cursor:
        cursor.execute(_SERVER)
        version, read_only, idle = cursor.fetchone() or (0, "off", 0)
    if settings.PRODUCTION and os.environ.get("LIENTHONG_EMBEDDED"):
        yield Finding(
            "database.embedded",
            "Đang dùng máy chủ PostgreSQL nhúng.",
            Level.FAULT,
            "Máy chủ nhúng chỉ dành cho máy thử: chung tài khoản hệ thống với phần mềm, không có bản dự phòng.",
            "Dựng máy chủ PostgreSQL riêng và đặt DATABASE_URL.",
        )
    if version < OLDEST_SERVER:
        yield Finding(
            "database.version",
            f"PostgreSQL {version // 10000} quá cũ.",
            Level.FAULT,
            "Phần mềm cần PostgreSQL từ 15.",
            "Nâng cấp máy chủ cơ sở dữ liệu.",
        )
    if read_only == "on":
        yield Finding(
            "database.read_only",
            "Cơ sở dữ liệu đang khóa ghi.",
            Level.FAULT,
            "Một lần phục hồi chưa xong: nhật ký chưa được niêm phong lại và kiểm tra.",
            "Chạy `lienthong restore --finish` rồi khởi động lại.",
        )
    if not idle:
        yield Finding(
            "database.idle_timeout",
            "Máy chủ không ngắt giao dịch để treo.",
            Level.WARN,
            "Một giao dịch treo giữ khóa dòng và làm chậm niêm phong nhật ký.",
            "Đặt idle_in_transaction_session_timeout = '60s' trên máy chủ.",
        )
    if version >= OLDEST_SERVER and read_only != "on":
        yield Finding("database.server", f"PostgreSQL {version // 10000}.{version % 10000} trả lời và nhận ghi.")


def clock() -> Iterator[Finding]:
    """The clocks of this machine and of the database differ by at most a second (CORE-99)."""
    apart = abs(drift.measure().total_seconds())
    if apart > _MOST_DRIFT_SECONDS:
        yield Finding(
            "clock.drift",
            f"Đồng hồ máy này và máy cơ sở dữ liệu lệch {apart:.1f} giây.",
            Level.FAULT,
            "Giờ trên văn bản, biên nhận và hạn xử lý có thể sai.",
            "Bật đồng bộ giờ (chrony, systemd-timesyncd) trên cả hai máy với cùng nguồn giờ.",
        )
    else:
        yield Finding("clock", f"Đồng hồ lệch {apart * 1000:.0f} ms so với cơ sở dữ liệu.")


def waiting_migrations() -> list[str]:
    """The migrations of this release that the database does not have yet."""
    executor = MigrationExecutor(connection)
    return [str(row) for row, _ in executor.migration_plan(executor.loader.graph.leaf_nodes())]


def migrations() -> Iterator[Finding]:
    """The structure is that of this release."""
    waiting = waiting_migrations()
    if waiting:
        yield Finding(
            "database.migrations",
            f"Còn {len(waiting)} bước cập nhật cấu trúc chưa chạy, bước đầu: {waiting[0]}.",
            Level.FAULT,
            "Phần mềm và cơ sở dữ liệu khác bản.",
            "Chạy `lienthong upgrade`.",
        )
    else:
        yield Finding("database.migrations", "Cấu trúc cơ sở dữ liệu đúng bản đang chạy.")


def guards() -> Iterator[Finding]:
    """Every trigger that the code declares stands in the database, switched on and unaltered (CORE-73)."""
    with connection.cursor() as cursor:
        cursor.execute(_TRIGGERS)
        standing = {(table, name): (on, mark) for table, name, on, mark in cursor.fetchall()}
    bad = []
    wanted = 0
    for model, trigger in pgtrigger.registered():
        wanted += 1
        compiled = trigger.compile(model)
        found = standing.get((model._meta.db_table, compiled.sql.pgid))
        if found is None:
            bad.append(f"{model._meta.db_table}: thiếu {trigger.name}")
        elif not found[0]:
            bad.append(f"{model._meta.db_table}: {trigger.name} bị tắt")
        elif found[1] != compiled.hash:
            bad.append(f"{model._meta.db_table}: {trigger.name} khác bản")
    if bad:
        yield Finding(
            "database.guards",
            f"{len(bad)} chốt chặn của cơ sở dữ liệu thiếu, bị tắt hoặc bị sửa: {'; '.join(bad[:5])}.",
            Level.FAULT,
            "Chốt chặn giữ cho nhật ký chỉ ghi thêm và trạng thái không nhảy cóc, kể cả với câu lệnh viết tay.",
            "Dừng phần mềm, tìm xem ai đã sửa, rồi dựng lại bằng vai trò chủ: `lienthong upgrade --guards`.",
        )
    else:
        yield Finding("database.guards", f"Đủ {wanted} chốt chặn của cơ sở dữ liệu.")


def fences() -> Iterator[Finding]:
    """Row-level security stands forced on every table of the systems (CORE-108)."""
    systems = tuple(app.partition(".apps.")[0] for app in settings.SYSTEMS)
    wanted = {
        model._meta.db_table
        for model in apps.get_models(include_auto_created=True)
        if model._meta.managed
        and not model._meta.proxy
        and model.__module__.startswith(systems)
        and not getattr(model, "of_node", False)
    }
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relrowsecurity AND relforcerowsecurity AND relname = ANY(%s)",
            [sorted(wanted)],
        )
        bare = sorted(wanted - {name for (name,) in cursor.fetchall()})
    if bare:
        yield Finding(
            "database.fence",
            f"{len(bare)} bảng không có hàng rào giữa các cơ quan: {', '.join(bare[:5])}.",
            Level.FAULT,
            "Một lỗi lọc trong mã có thể để lộ dữ liệu của cơ quan khác.",
            "Chạy `lienthong migrate` (dựng lại hàng rào).",
        )
    else:
        yield Finding("database.fence", f"Hàng rào giữa các cơ quan đứng trên đủ {len(wanted)} bảng.")


CHECKS: dict[str, Check] = {
    "database.role": role,
    "database.server": server,
    "database.migrations": migrations,
    "database.guards": guards,
    "database.fence": fences,
    "clock": clock,
}

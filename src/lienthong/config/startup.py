"""What production must not start with (CORE-62, CORE-73): said in words, with the remedy, before the first request."""

from django.conf import settings
from django.db import connection

from lienthong.config import restore
from lienthong.core.signing import service


def role_problems() -> list[str]:
    """The app's database role owns nothing and is no superuser (CORE-73)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, rolsuper FROM pg_roles WHERE rolname = current_user")
        name, superuser = cursor.fetchone() or ("?", True)
        cursor.execute("SELECT count(*) FROM pg_tables WHERE tableowner = current_user AND schemaname = 'public'")
        (owned,) = cursor.fetchone() or (0,)
    found = []
    if superuser:
        found.append(f"Vai trò cơ sở dữ liệu {name} là quản trị tối cao; DATABASE_URL cần vai trò lienthong_app.")
    if owned:
        found.append(f"Vai trò {name} sở hữu {owned} bảng; DATABASE_URL cần vai trò không sở hữu gì (lienthong_app).")
    return found


def refuse_unsafe() -> None:
    """End a production process that would run unsafely; demo and tests are let through, an unfinished restore never."""
    if restore.waits():
        raise SystemExit(
            "Lần phục hồi trước chưa xong, cơ sở dữ liệu đang khóa ghi. Chạy `lienthong restore --finish`."
        )
    if not settings.PRODUCTION:
        return
    problems = [*role_problems(), *service.problems()]
    if problems:
        raise SystemExit("Không khởi động ở chế độ production:\n" + "\n".join(f"- {each}" for each in problems))

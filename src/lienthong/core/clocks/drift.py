"""How far the clocks of this machine and of the database are apart (CORE-99)."""

from datetime import timedelta

from django.db import connection

from lienthong.core import lawbook, notify
from lienthong.core.access.models import Grant
from lienthong.kit import clock

READ = "clocks:drift:read"
"""Who runs the node sees how far the clocks are apart, and is told when it is too far."""


def measure() -> timedelta:
    """The database's clock less this machine's, held against the middle of the question."""
    before = clock.now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        row = cursor.fetchone()
    after = clock.now()
    if row is None:
        raise RuntimeError("SELECT returned no row")
    there: timedelta = row[0] - (before + (after - before) / 2)
    return there


def alarming(apart: timedelta) -> bool:
    """Whether the clocks are further apart than the lawbook allows (CORE-99)."""
    return abs(apart).total_seconds() > lawbook.value("time.drift_seconds", int)


def alarm(apart: timedelta) -> int:
    """Tell the node's operators, once an hour while it lasts; returns how many are told."""
    now = clock.now()
    posts = Grant.objects.filter(
        position__unit__agency_id__isnull=True, held__contains=now, role__verbs__contains=[READ]
    ).values_list("position_id", flat=True)
    return notify.tell(
        set(posts),
        event=f"clocks:drift:{clock.local(now):%Y%m%d%H}",
        kind="clocks.drift",
        text=f"Đồng hồ máy chủ và cơ sở dữ liệu lệch {apart.total_seconds():+.1f} giây; hãy chỉnh đồng bộ giờ",
        urgent=True,
    )

"""What can run out, and the figures of the moment (CORE-98): cheap enough to be asked every few seconds."""

import shutil
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.db.models import Count

from lienthong.contracts.health import Gauge, GaugeSource, Limit, LimitSource
from lienthong.core import jobs, outbox
from lienthong.core.audit import sealing
from lienthong.core.identity.models import SignInSession
from lienthong.core.jobs.models import JobRun
from lienthong.core.operations.models import Alert
from lienthong.core.signing.models import Certificate
from lienthong.kit import clock

SEAL_SECONDS = 60
QUEUE_SECONDS = 900
QUEUE_DEPTH = 20_000
_WRAPAROUND = 2_000_000_000
_CONNECTIONS = """
SELECT coalesce(state, 'none'), count(*) FROM pg_stat_activity WHERE datname = current_database() GROUP BY 1
"""
_DATABASE = """
SELECT (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'),
    current_setting('max_connections')::int, age(datfrozenxid), pg_database_size(oid)
FROM pg_database WHERE datname = current_database()
"""


def unsealed_seconds() -> float:
    """How long the oldest unsealed entry stands; 0 when none does."""
    oldest = sealing.unsealed_since()
    return max(0.0, (clock.now() - oldest).total_seconds()) if oldest else 0.0


def disk() -> Iterator[Limit]:
    """Room on the disks of files and of the data folder."""
    seen = set()
    for label, folder in (("tệp", Path(settings.FILES_DIR)), ("dữ liệu", Path(settings.DATA_DIR))):
        place = next(path for path in (folder, *folder.parents) if path.exists())
        device = place.stat().st_dev
        if device in seen:
            continue
        seen.add(device)
        usage = shutil.disk_usage(place)
        yield Limit(
            f"disk.{len(seen)}",
            f"Ổ đĩa chứa {label}",
            usage.used,
            usage.used + usage.free,
            "byte",
            "Thêm dung lượng, hoặc chuyển bản sao lưu và gói tin cũ ra nơi khác.",
        )


def database() -> Iterator[Limit]:
    """Connections and transaction numbers of the server."""
    with connection.cursor() as cursor:
        cursor.execute(_DATABASE)
        used, most, age, _ = cursor.fetchone() or (0, 0, 0, 0)
    yield Limit(
        "database.connections",
        "Kết nối cơ sở dữ liệu",
        used,
        most,
        "",
        "Giảm số tiến trình, hoặc tăng max_connections.",
    )
    yield Limit(
        "database.transactions",
        "Số hiệu giao dịch",
        age,
        _WRAPAROUND,
        "",
        "Chạy VACUUM FREEZE; tìm giao dịch hoặc khe sao chép đang giữ lại.",
    )


def queues() -> Iterator[Limit]:
    """Depth of the queues and age of what waits; the age of what is unsealed."""
    work, mail = jobs.health(), outbox.health()
    remedy = "Thêm một tiến trình `lienthong worker`."
    yield Limit("queue.jobs", "Việc nền đang chờ", work.waiting, QUEUE_DEPTH, "", remedy)
    yield Limit("queue.messages", "Thông điệp đang chờ giao", mail.waiting, QUEUE_DEPTH, "", remedy)
    oldest = max(work.oldest_seconds, mail.oldest_seconds)
    yield Limit("queue.age", "Việc chờ lâu nhất", round(oldest), QUEUE_SECONDS, "s", remedy)
    yield Limit("journal.age", "Nhật ký chờ niêm phong", round(unsealed_seconds()), SEAL_SECONDS, "s", remedy)


def certificates() -> Iterator[Limit]:
    """The life of the keys that this node holds and that have no longer-lasting successor (CORE-70)."""
    now = clock.now()
    held = Certificate.objects.filter(
        keeping=Certificate.Keeping.KEYSTORE, user=None, revoked_at=None, valid_from__lte=now, valid_to__gt=now
    )
    newest: dict[tuple[str, object, str], Certificate] = {}
    for row in held.order_by("valid_to"):
        newest[(row.kind, row.agency_id, row.name)] = row
    for row in newest.values():
        yield Limit(
            f"certificate.{row.pk}",
            f"Thời hạn chứng thư {row.name}",
            round((now - row.valid_from).total_seconds() / 86400),
            round((row.valid_to - row.valid_from).total_seconds() / 86400),
            "ngày",
            "Xin cấp chứng thư kế tiếp.",
        )


def core_gauges() -> Iterator[Gauge]:
    """Jobs, outbox, seals, sessions, connections, open alerts."""
    states = dict(JobRun.objects.values_list("state").annotate(n=Count("pk")))
    for state in JobRun.State.values:
        yield Gauge("lienthong_jobs", "Việc nền theo trạng thái", states.get(state, 0), {"state": state})
    work, mail = jobs.health(), outbox.health()
    yield Gauge("lienthong_jobs_oldest_seconds", "Tuổi của việc nền chờ lâu nhất", work.oldest_seconds)
    yield Gauge("lienthong_outbox", "Thông điệp theo trạng thái", mail.waiting, {"state": "waiting"})
    yield Gauge("lienthong_outbox", "Thông điệp theo trạng thái", mail.dead, {"state": "dead"})
    yield Gauge("lienthong_outbox_oldest_seconds", "Tuổi của thông điệp chờ lâu nhất", mail.oldest_seconds)
    yield Gauge("lienthong_journal_unsealed_seconds", "Tuổi của dòng nhật ký chưa niêm phong", unsealed_seconds())
    waiting = sealing.unstamped_since()
    lag = (clock.now() - waiting).total_seconds() if waiting else 0.0
    yield Gauge("lienthong_journal_unstamped_seconds", "Tuổi của điểm niêm phong chưa có dấu thời gian", lag)
    open_sessions = SignInSession.objects.filter(ended_at=None).count()
    yield Gauge("lienthong_sessions", "Phiên đăng nhập đang mở", open_sessions)
    with connection.cursor() as cursor:
        cursor.execute(_CONNECTIONS)
        for state, number in cursor.fetchall():
            yield Gauge("lienthong_database_connections", "Kết nối theo trạng thái", number, {"state": state})
        cursor.execute(_DATABASE)
        size = (cursor.fetchone() or (0, 0, 0, 0))[3]
    yield Gauge("lienthong_database_bytes", "Dung lượng cơ sở dữ liệu", size)
    yield Gauge("lienthong_alerts", "Cảnh báo đang mở", Alert.objects.filter(over_at=None).count())


LIMITS: dict[str, LimitSource] = {
    "disk": disk,
    "database": database,
    "queue": queues,
    "certificate": certificates,
}
GAUGES: dict[str, GaugeSource] = {"core": core_gauges}

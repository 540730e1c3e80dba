"""Health, metrics and logs of a process (CORE-98, CORE-70)."""

import pytest
from django.test import Client

from lienthong.config import logs

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("written", "secret"),
    [
        ("DATABASE_URL=postgresql://lienthong_app:bimat123@may/lienthong", "bimat123"),
        ("Authorization: Bearer abcdef", "abcdef"),
        ("password=bimat123", "bimat123"),
        ("AGE-SECRET-KEY-1QQQQ", "1QQQQ"),
        ("DETAIL:  Key (username)=(nguyen.van.a) already exists.", "nguyen.van.a"),
        ("số 001099012345 của ông", "001099012345"),
        ("-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----", "MIIE"),
    ],
)
def test_core_70_log_line_keeps_no_secret(written: str, secret: str) -> None:
    """CORE-70: what libraries put into messages is cut out of the log; the rest stays."""
    assert secret not in logs.scrub(f"lỗi: {written}")
    assert logs.scrub(f"lỗi: {written}").startswith("lỗi: ")


def test_core_98_health_and_metrics_say_enough_and_no_more(client: Client, settings: object) -> None:
    """Alive and ready for anybody; figures only by the token, or from the inner network with no proxy before it."""
    assert client.get("/suc-khoe/").json() == {"state": "alive"}
    assert client.get("/suc-khoe/san-sang/", headers={"host": "10.0.0.9"}).json() == {"state": "ready"}
    settings.METRICS_TOKEN, settings.METRICS_NETWORKS = "", ["127.0.0.0/8"]  # type: ignore[attr-defined]
    assert client.get("/metrics", headers={"x-forwarded-for": "1.2.3.4"}).status_code == 404
    assert client.get("/metrics", REMOTE_ADDR="10.1.1.1").status_code == 404
    client.get("/dang-nhap/")
    text = client.get("/metrics").content.decode()
    for name in (
        "lienthong_requests_total",
        "lienthong_request_seconds_bucket",
        "lienthong_jobs{",
        "lienthong_outbox{",
        "lienthong_journal_unsealed_seconds",
        "lienthong_sessions",
        "lienthong_database_connections",
        "lienthong_limit_used_ratio",
        "process_resident_memory_bytes",
    ):
        assert name in text, name
    settings.METRICS_TOKEN = "ma-thu"  # type: ignore[attr-defined]
    assert client.get("/metrics").status_code == 404
    assert client.get("/metrics", headers={"authorization": "Bearer ma-thu"}).status_code == 200

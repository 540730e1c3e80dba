"""Is the process alive, may it be given work, and what does it measure (CORE-98).

`/suc-khoe/` (alive, no database), `/suc-khoe/san-sang/` (ready: database answers, structure fits, writes allowed) and
`/metrics` (Prometheus text). They are answered before sessions, host names and redirects, so that a proxy or a watcher
may call them by address. They say nothing of anybody. Metrics need LIENTHONG_METRICS_TOKEN, or a caller in
LIENTHONG_METRICS_NETWORKS that no proxy stands before.
"""

import hmac
import os
import time
from collections.abc import Callable, Iterable
from ipaddress import ip_address, ip_network

from django.conf import settings
from django.db import Error as DatabaseError
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from lienthong.config import logs
from lienthong.core import fence
from lienthong.core.operations import state

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
ALIVE, READY, METRICS = "/suc-khoe/", "/suc-khoe/san-sang/", "/metrics"
_BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_FORWARDED = ("HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_X_REAL_IP")

REQUESTS = Counter("lienthong_requests", "Yêu cầu theo đường dẫn và mã trả lời", ["route", "method", "status"])
SECONDS = Histogram("lienthong_request_seconds", "Thời gian trả lời", ["route"], buckets=_BUCKETS)
_fits: list[bool] = []


class TelemetryMiddleware:
    """The outermost: answers the three addresses, counts and times all others."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path in {ALIVE, READY, METRICS}:
            return _plain(_answer(request))
        token = logs.REQUEST.set(request)
        started = time.perf_counter()
        try:
            response = self.get_response(request)
        finally:
            logs.REQUEST.reset(token)
        if not request.path.startswith(settings.STATIC_URL):
            match = request.resolver_match
            route = (match.view_name or match.route) if match else "không có"
            REQUESTS.labels(route, request.method or "", str(response.status_code)).inc()
            SECONDS.labels(route).observe(time.perf_counter() - started)
        return response


def _answer(request: HttpRequest) -> HttpResponse:
    if request.method not in {"GET", "HEAD"}:
        return HttpResponse(status=405)
    if request.path == ALIVE:
        return JsonResponse({"state": "alive"})
    if request.path == READY:
        why = _unready()
        return JsonResponse({"state": why or "ready"}, status=503 if why else 200)
    if not _may_measure(request):
        return HttpResponse(status=404)
    return HttpResponse(_measured(), content_type="text/plain; version=0.0.4; charset=utf-8")


def _plain(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _unready() -> str:
    """Why no work should come here; empty when all is well. Codes, for machines."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('default_transaction_read_only')")
            row = cursor.fetchone()
        if row and row[0] == "on":
            return "restoring"
        if not _fits:
            from lienthong.core.operations.checks_database import waiting_migrations

            if waiting_migrations():
                return "migrations"
            _fits.append(True)
    except (DatabaseError, OSError):
        return "database"
    return ""


def _may_measure(request: HttpRequest) -> bool:
    if settings.METRICS_TOKEN:
        given = request.headers.get("Authorization", "")
        return hmac.compare_digest(given.encode(), f"Bearer {settings.METRICS_TOKEN}".encode())
    if any(name in request.META for name in _FORWARDED):
        return False
    try:
        caller = ip_address(request.META.get("REMOTE_ADDR", ""))
        return any(caller in ip_network(network) for network in settings.METRICS_NETWORKS)
    except ValueError:
        return False


class _State(Collector):
    """The gauges and limits of all parts, asked when the measuring system comes by."""

    def collect(self) -> Iterable[Metric]:
        """One family a name."""
        families: dict[str, GaugeMetricFamily] = {}
        with fence.node("operations.metrics"):
            found = list(state.gauges())
        for gauge in found:
            names = sorted(gauge.labels)
            family = families.setdefault(gauge.name, GaugeMetricFamily(gauge.name, gauge.help, labels=names))
            family.add_metric([gauge.labels[name] for name in names], gauge.value)
        return families.values()


def _measured() -> bytes:
    registry = CollectorRegistry()
    if os.environ.get(FOLDER):
        MultiProcessCollector(registry)
    else:
        registry.register(REQUESTS)
        registry.register(SECONDS)
    ProcessCollector(registry=registry)
    registry.register(_State())
    return generate_latest(registry)

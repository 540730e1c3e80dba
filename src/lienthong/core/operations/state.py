"""Asking every part how it is; a part that cannot be asked is a fault itself (CORE-98)."""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping

from django.db import DatabaseError, transaction

from lienthong.contracts.health import ALERT_SHARE, Check, Finding, Gauge, Level, Limit
from lienthong.core.registry import registry

logger = logging.getLogger("lienthong.operations")


def findings(*, outside: bool = False) -> list[Finding]:
    """All findings, the worst first; `outside` also asks time stamps, mail, scanner, which takes seconds."""
    found = list(_asked(registry.checks))
    found += [_of_limit(limit) for limit in limits() if limit.share >= ALERT_SHARE]
    if outside:
        found += _asked(registry.probes)
    return sorted(found, key=lambda each: (-each.level, each.code))


def limits() -> list[Limit]:
    """All limits, the fullest first."""
    found: list[Limit] = []
    for code, source in registry.limits.items():
        found += _safely(code, source)
    return sorted(found, key=lambda each: -each.share)


def gauges() -> Iterator[Gauge]:
    """All figures of the moment."""
    for code, source in registry.gauges.items():
        yield from _safely(code, source)
    for limit in limits():
        labels = {"limit": limit.code}
        yield Gauge("lienthong_limit_used_ratio", "Phần đã dùng của một giới hạn", limit.share, labels)


def _asked(checks: Mapping[str, Check]) -> Iterator[Finding]:
    for code, check in checks.items():
        try:
            with transaction.atomic():
                yield from list(check())
        except Exception as error:
            logger.exception("check %s failed", code)
            yield Finding(
                f"{code}.failed",
                f"Không kiểm tra được {code} ({type(error).__name__}).",
                Level.FAULT,
                "Chưa biết phần này có ổn hay không.",
                "Xem nhật ký vận hành của tiến trình để biết lỗi.",
            )


def _safely[T](code: str, source: Callable[[], Iterable[T]]) -> list[T]:
    try:
        with transaction.atomic():
            return list(source())
    except (DatabaseError, OSError):
        logger.exception("measure %s failed", code)
        return []


def _of_limit(limit: Limit) -> Finding:
    return Finding(
        f"limit.{limit.code}",
        f"{limit.label}: đã dùng {limit.share:.0%}.",
        Level.FAULT if limit.share >= 1 else Level.WARN,
        "Quá 70 % của giới hạn; hết thì việc của người dùng dừng.",
        limit.remedy,
    )

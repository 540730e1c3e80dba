"""The axis's parameters out of the lawbook, typed once (CORE-29)."""

from datetime import timedelta

from lienthong.core import lawbook
from lienthong.systems.exchange.retry import Schedule


def grace_days() -> int:
    """How many days traffic to a changed code still goes to the successor (CORE-6)."""
    return int(lawbook.get("org.grace_days"))


def schedule() -> Schedule:
    """When failed deliveries are tried again (EX-45)."""
    return Schedule(
        first=tuple(int(seconds) for seconds in lawbook.get("exchange.retry_seconds")),
        then=int(lawbook.get("exchange.retry_then_seconds")),
        give_up=int(timedelta(hours=int(lawbook.get("exchange.retry_total_hours"))).total_seconds()),
        jitter_percent=int(lawbook.get("exchange.retry_jitter_percent")),
    )


def clock_tolerance() -> timedelta:
    """By how much the clocks of two systems may differ (EX-48)."""
    return timedelta(seconds=int(lawbook.get("exchange.clock_skew_seconds")))


def ask_after_done() -> bool:
    """Whether a document may be asked back after the receiver has finished (EX-25)."""
    return bool(lawbook.get("exchange.take_back_after_done"))

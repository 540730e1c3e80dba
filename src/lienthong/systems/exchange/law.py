"""The axis's parameters out of the lawbook, typed once (CORE-29)."""

from datetime import datetime, timedelta
from uuid import UUID

from lienthong.core import lawbook
from lienthong.kit import clock, workdays
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


def send_limit(agency_id: UUID, signed_at: datetime) -> datetime:
    """Until when a signed document must have been sent: that day, at the latest the next working morning (EX-3).

    Src: QĐ 28/2018/QĐ-TTg; NĐ 30/2020/NĐ-CP Đ18.1.
    """
    rule = lawbook.rule("exchange.send_limit", on=clock.local_date(signed_at))
    due_at = workdays.add(lawbook.calendar(agency_id), signed_at, rule).due_at
    assert due_at is not None  # a limit in working days always has an end
    return due_at


def clock_tolerance() -> timedelta:
    """By how much the clocks of two systems may differ (EX-48)."""
    return timedelta(seconds=int(lawbook.get("exchange.clock_skew_seconds")))


def ask_after_done() -> bool:
    """Whether a document may be asked back after the receiver has finished (EX-25)."""
    return bool(lawbook.get("exchange.take_back_after_done"))

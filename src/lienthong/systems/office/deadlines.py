"""When the next step of an incoming document is due: registration, submission, direction (OF-8, OF-9, OF-12)."""

from datetime import datetime, timedelta

from lienthong.core import lawbook
from lienthong.kit import clock, workdays
from lienthong.systems.office.models import IncomingDocument


def registration(document: IncomingDocument) -> datetime:
    """Register on the day of receipt, at latest the next working day; urgent at once (Đ4.2.c, V-IN-2, V-IN-3)."""
    if document.urgency > 0:
        return _limit("office.at_once_alert", document, document.received_at)
    return _limit("office.register_limit", document, document.received_at)


def submission(document: IncomingDocument) -> datetime:
    """Submit the same day, at latest the next working day; urgent at once (Đ23.1)."""
    start = document.registered_at or clock.now()
    return _limit("office.at_once_alert" if document.urgency > 0 else "office.submit_limit", document, start)


def direction(document: IncomingDocument) -> datetime:
    """A direction is awaited like a submission: no decree sets its day, the product asks for the next working day."""
    return _limit("office.at_once_alert" if document.urgency > 0 else "office.submit_limit", document, clock.now())


def why(document: IncomingDocument) -> list[str]:
    """How the due instant of the present step was counted, day by day (CORE-24); empty where a person set it."""
    urgent = document.urgency > 0
    key, start = {
        "arrived": ("office.at_once_alert" if urgent else "office.register_limit", document.received_at),
        "registered": ("office.at_once_alert" if urgent else "office.submit_limit", document.registered_at),
        "submitted": ("office.at_once_alert" if urgent else "office.submit_limit", document.state_since),
    }.get(document.state, ("", None))
    if not key or start is None or document.due_at is None:
        return []
    result = _count(key, document, start)
    # A later rule, or another start than was counted from, would tell another story than the stored date.
    if result.due_at is None or abs(result.due_at - document.due_at) > timedelta(seconds=1):
        return []
    sentences: list[str] = result.explanation()["sentences"]
    return sentences


def _limit(key: str, document: IncomingDocument, start: datetime) -> datetime:
    due_at = _count(key, document, start).due_at
    # None is only for a clock that stands still, and these have no pauses.
    assert due_at is not None
    return due_at


def _count(key: str, document: IncomingDocument, start: datetime) -> workdays.Result:
    rule = lawbook.rule(key, on=clock.local_date(start))
    return workdays.add(lawbook.calendar(document.agency_id), start, rule)

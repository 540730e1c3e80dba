"""When the next step of an incoming document is due: registration, submission, direction (OF-8, OF-9, OF-12)."""

from datetime import datetime

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


def _limit(key: str, document: IncomingDocument, start: datetime) -> datetime:
    day = clock.local_date(start)
    rule = lawbook.rule(key, on=day)
    result = workdays.add(lawbook.calendar(document.agency_id), start, rule)
    return result.due_at

"""Daily work on accounts: those that nobody uses, and personal numbers past their day (CORE-82, CORE-97)."""

from datetime import time
from uuid import UUID

from django.conf import settings

from lienthong.contracts.actor import system_actor
from lienthong.core import outbox
from lienthong.core.identity import actions
from lienthong.core.identity.ending import end_sessions
from lienthong.core.identity.models import PersonalNumber
from lienthong.core.jobs import periodic
from lienthong.kit import clock


@outbox.handles(actions.ACCOUNT_CLOSED)
def end_sessions_of_closed(message: outbox.Message) -> None:
    """Who is locked out or left works on in no open window (CORE-82)."""
    end_sessions(UUID(message.payload["person"]))


@periodic("identity.disable_dormant", at=time(2, 10))
def disable_dormant() -> int:
    """Put accounts out of use that nobody used for the days of the lawbook; in the demo world they all stay."""
    if settings.DEMO:
        return 0
    rows = list(actions.dormant())
    for row in rows:
        by = system_actor("identity", agency_id=row.agency_id)
        actions.disable(by=by, target=row, reason="Tài khoản lâu ngày không sử dụng.")
    return len(rows)


@periodic("identity.erase_numbers", at=time(2, 20))
def erase_numbers() -> int:
    """Erase personal numbers whose purpose ended."""
    rows = list(PersonalNumber.objects.filter(kept_until__lt=clock.local_date()).select_related("person"))
    for row in rows:
        by = system_actor("identity", agency_id=row.person.agency_id)
        actions.erase_number(by=by, target=row.person, reason="Hết thời hạn lưu đã ghi khi nhận.")
    return len(rows)

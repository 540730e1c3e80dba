"""What time itself ends: holdings that ran out, authority to sign that is about to (CORE-11, CORE-12)."""

from datetime import time, timedelta
from uuid import UUID

from django.db import transaction

from lienthong.contracts.actor import system_actor
from lienthong.core import lawbook, outbox
from lienthong.core.actions.errors import Conflict
from lienthong.core.identity.ending import end_sessions
from lienthong.core.jobs import periodic
from lienthong.core.orgs.actions import people
from lienthong.core.orgs.models import SigningDelegation
from lienthong.kit import clock

DELEGATION_EXPIRING = "orgs.delegation.expiring"
"""{delegation, kind, giver, taker, giver_title, taker_title, until, days}: `days` is the threshold that it passed."""


@periodic("access.close_holdings", seconds=15)
def close_holdings() -> int:
    """Close what hung on positions that people no longer hold: within 60 s sessions, keys and absences end (CORE-12).

    Rights themselves end to the second without this job: every request asks who holds what now.
    """
    closed = 0
    for row in people.over():
        try:
            people.close_holding(by=system_actor("orgs", agency_id=row.position.unit.agency_id), target=row)
            closed += 1
        except Conflict:
            continue  # another worker closed it first
    return closed


@outbox.handles(people.HOLDING_ENDED)
def end_sessions_of_position(message: outbox.Message) -> None:
    """Sessions that work in an ended position end; with no position left, all of the person (CORE-12)."""
    facts = message.payload
    end_sessions(UUID(facts["person"]), seats=frozenset({facts["holding"], ""}) if facts["remaining"] else frozenset())


@periodic("access.warn_delegations", at=time(7, 5))
def warn_delegations() -> int:
    """Tell giver and taker that an authority to sign ends soon; who hears is told once a threshold."""
    steps = sorted(lawbook.get("org.delegation_warning_days"))
    now, today = clock.now(), clock.local_date()
    last = now + timedelta(days=steps[-1] + 1)
    rows = SigningDelegation.objects.filter(revoked_at__isnull=True, held__contains=now, held__endswith__lte=last)
    told = 0
    with transaction.atomic():
        for row in rows.select_related("giver__unit", "taker"):
            left = (clock.local_date(row.held.upper) - today).days
            step = next((days for days in steps if left <= days), None)
            if step is None:
                continue
            facts = {
                "delegation": row.pk,
                "kind": row.kind,
                "giver": row.giver_id,
                "taker": row.taker_id,
                "giver_title": row.giver.title,
                "taker_title": row.taker.title,
                "until": row.held.upper,
                "days": step,
            }
            outbox.emit(DELEGATION_EXPIRING, facts, agency_id=row.giver.unit.agency_id)
            told += 1
    return told

"""A proposal as its readers meet it: seen or not there, and whom it touches on the law of now (CORE-32)."""

from uuid import UUID

from lienthong.contracts.actor import Actor
from lienthong.core.actions.errors import ActionError, NotSeen
from lienthong.core.amendments import importing, items, preview
from lienthong.core.amendments.models import Amendment
from lienthong.core.amendments.policies import amendment_policy


def seen(actor: Actor, ident: UUID) -> Amendment:
    """A proposal that the actor sees. Raises NotSeen (404)."""
    row = Amendment.objects.filter(pk=ident).first()
    if row is None or not amendment_policy.sees(actor, row):
        raise NotSeen("đề xuất này")
    return row


def present_preview(row: Amendment) -> tuple[preview.Preview | None, str]:
    """What an open proposal would touch on the law of now; of one that no longer fits, why."""
    if row.state != "proposed":
        return None, ""
    try:
        wanted = [items.read(stored) for stored in row.items]
        return preview.of(items.rows_for(wanted, row.agency_id, row.reason), row.agency_id), ""
    except ActionError as error:
        return None, " ".join([error.message, *importing.error_fields(error)])

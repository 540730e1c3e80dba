"""The journal that proves itself: `record` is how an action leaves its entry (CORE-72)."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from uuid import UUID

from lienthong.contracts.actor import Actor
from lienthong.contracts.ref import Ref

if TYPE_CHECKING:
    from lienthong.core.audit.models import JournalEntry

__all__ = ["record"]


def record(
    *,
    by: Actor,
    verb: str,
    ref: Ref | None = None,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    reason: str = "",
    agency_id: UUID | None = None,
) -> "JournalEntry":
    """Leave one entry of an act in the transaction of the act: one INSERT, no lock, no number (CORE-72).

    `agency_id` defaults to the actor's. Values of `before` and `after` are JSON; UUID, date, datetime, Decimal, Ref
    and sets are turned into text or lists. Raises UnknownVerb for a verb that no system declared, NotInTransaction
    outside an atomic block, NotCanonical for a value that JSON lacks (also U+0000, which PostgreSQL lacks).
    """
    # Models exist only after the apps are loaded; this package is imported earlier.
    from lienthong.core.audit.recording import insert

    return insert(by=by, verb=verb, ref=ref, before=before, after=after, reason=reason, agency_id=agency_id)

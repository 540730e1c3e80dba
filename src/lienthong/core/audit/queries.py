"""Reading the journal for its viewer: by person, object, verb, time and unit, newest first, page by page (CORE-78)."""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from lienthong.contracts.ref import Ref
from lienthong.core.audit.models import JournalEntry

PAGE = 50


class BadCursor(ValueError):
    """The mark of a page is none that this module gave."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalFilter:
    """What to look for; what is left out does not restrict. `until` is exclusive.

    `agency_id` is the scope of the reader and comes first: None sees every agency of the node, and belongs to the
    node's own operations alone. `verb` ending in `:` takes all verbs that begin so (`office:`, `office:incoming:`).
    """

    agency_id: UUID | None = None
    actor: str = ""
    ref: Ref | None = None
    verb: str = ""
    unit_id: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class EntryPage:
    """Entries, newest first, each with its `seal` at hand (see `seq_of`); `older` asks for the next page, "" ends."""

    entries: Sequence[JournalEntry]
    older: str


def entries(wanted: JournalFilter, *, before: str = "", limit: int = PAGE) -> EntryPage:
    """One page of the journal behind the mark `before`; a keyset, so every page costs the same (CORE-78).

    Raises BadCursor for a mark that was not given by an earlier page.
    """
    found = JournalEntry.objects.select_related("seal").defer("canonical").order_by("-at", "-id")
    found = found.filter(_condition(wanted))
    if before:
        at, ident = _read(before)
        found = found.filter(Q(at__lte=at) & (Q(at__lt=at) | Q(id__lt=ident)))
    rows = list(found[: limit + 1])
    more = len(rows) > limit
    return EntryPage(rows[:limit], _mark(rows[limit - 1]) if more else "")


def of_object(ref: Ref, *, limit: int = 200) -> Sequence[JournalEntry]:
    """The history of one object, oldest first, for its timeline and for its evidence package (EX-51)."""
    return list(JournalEntry.objects.filter(ref=str(ref)).select_related("seal").order_by("at", "id")[:limit])


def seq_of(entry: JournalEntry) -> int | None:
    """The place of an entry in the chain; None while it is not sealed yet."""
    seal = getattr(entry, "seal", None)
    return seal.seq if seal else None


def _condition(wanted: JournalFilter) -> Q:
    condition = Q()
    if wanted.agency_id:
        condition &= Q(agency_id=wanted.agency_id)
    if wanted.actor:
        condition &= Q(actor=wanted.actor)
    if wanted.ref:
        condition &= Q(ref=str(wanted.ref))
    if wanted.verb.endswith(":"):
        condition &= Q(verb__startswith=wanted.verb)
    elif wanted.verb:
        condition &= Q(verb=wanted.verb)
    if wanted.unit_id:
        condition &= Q(unit_id=wanted.unit_id)
    if wanted.since:
        condition &= Q(at__gte=wanted.since)
    if wanted.until:
        condition &= Q(at__lt=wanted.until)
    return condition


def _mark(entry: JournalEntry) -> str:
    return base64.urlsafe_b64encode(f"{entry.at.isoformat()} {entry.id}".encode()).decode().rstrip("=")


def _read(mark: str) -> tuple[datetime, UUID]:
    try:
        text = base64.urlsafe_b64decode(mark + "=" * (-len(mark) % 4)).decode()
        at, _, ident = text.partition(" ")
        moment = datetime.fromisoformat(at)
        if moment.tzinfo is None:
            raise ValueError("no zone")
        return moment, UUID(ident)
    except (ValueError, binascii.Error) as error:
        raise BadCursor(mark) from error

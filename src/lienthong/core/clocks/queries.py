"""What people look at about deadlines: earlier dates that await a decision, recounts and what they moved (CORE-25)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from lienthong.contracts.actor import Actor
from lienthong.contracts.ref import Ref
from lienthong.core.actions.errors import NotSeen
from lienthong.core.audit.models import JournalEntry
from lienthong.core.clocks.actions import BRING_FORWARD, KEEP, RECOUNT
from lienthong.core.clocks.models import Clock, ClockProposal
from lienthong.core.jobs.models import JobRun
from lienthong.core.registry import registry

JOB = "clocks.recount"
SHOWN = 200


@dataclass(frozen=True, slots=True)
class Moved:
    """One journal entry of a recount: the due date before and after, why, and whether it only awaits a decision."""

    at: datetime
    subject: Ref
    title: str
    url: str
    old: datetime | None
    new: datetime | None
    cause: str
    proposed: bool
    entry_id: UUID


def seen(actor: Actor, ident: UUID) -> Clock:
    """A clock that the actor sees. Raises NotSeen (404)."""
    row = Clock.objects.select_related("previous").filter(pk=ident).first()
    policy = registry.policies[Clock]
    if row is None or not policy.sees(actor, row):
        raise NotSeen("thời hạn này")
    if row.subject_kind in registry.kinds and not registry.may_see(actor, row.subject):
        raise NotSeen("thời hạn này")
    return row


def awaiting(actor: Actor) -> QuerySet[ClockProposal]:
    """Earlier dates that nobody decided about yet, of the agency's running clocks (V-RC-2)."""
    if actor.agency_id is None:
        return ClockProposal.objects.none()
    rows = ClockProposal.objects.filter(agency_id=actor.agency_id, state=ClockProposal.State.OPEN)
    return rows.select_related("clock").order_by("due_at", "id")


def moved(agency_id: UUID | None) -> Iterator[Moved]:
    """What recounts changed or proposed in an agency, the newest first."""
    rows = JournalEntry.objects.filter(verb=RECOUNT, agency_id=agency_id).order_by("-at")
    for row in rows[:SHOWN]:
        yield _moved(row)


def story(clock: Clock) -> Iterator[Moved]:
    """What recounts and decisions did to one object's clock, the oldest first."""
    rows = JournalEntry.objects.filter(
        verb__in=(RECOUNT, BRING_FORWARD, KEEP), agency_id=clock.agency_id, ref=str(clock.subject)
    )
    for row in rows.order_by("at"):
        yield _moved(row)


def _moved(row: JournalEntry) -> Moved:
    before: dict[str, Any] = row.before or {}
    after: dict[str, Any] = row.after or {}
    subject = Ref.parse(row.ref)
    return Moved(
        at=row.at,
        subject=subject,
        title=registry.title(subject),
        url=registry.url(subject),
        old=_instant(before.get("due_at")),
        new=_instant(after.get("proposed") or after.get("due_at")),
        cause=str(after.get("cause") or row.reason),
        proposed="proposed" in after,
        entry_id=row.pk,
    )


def _instant(text: Any) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def chain(clock: Clock) -> list[Clock]:
    """The clocks that were given up before this one, the newest first (CORE-23)."""
    found: list[Clock] = []
    present = clock.previous
    while present is not None:
        found.append(present)
        present = present.previous
    return found


def runs() -> list[JobRun]:
    """The newest recounts, with how far they are."""
    return list(JobRun.objects.filter(name=JOB).order_by("-created_at")[:5])

"""Support staff have no standing power: a reasoned session of at most an hour, which the agency sees and may end
(CORE-84).
"""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from lienthong.contracts.actor import Actor
from lienthong.core import lawbook
from lienthong.core.actions import Act, action
from lienthong.core.actions.errors import Conflict, Invalid
from lienthong.core.identity.models import SupportSession
from lienthong.core.registry import Verb
from lienthong.kit import clock

OPEN = "identity:support:open"
END = "identity:support:end"
READ = "identity:support:read"
OPENED = "identity.support.opened"
"""The message by which the agency's administrators are told: {support, agency, person, reason, until}."""

VERBS = (
    Verb(OPEN, "mở phiên hỗ trợ trong một cơ quan", "Mở phiên hỗ trợ"),
    Verb(END, "kết thúc phiên hỗ trợ", "Kết thúc phiên hỗ trợ"),
    Verb(READ, "xem các phiên hỗ trợ", "Xem phiên hỗ trợ"),
)


class SupportPolicy:
    """The one who supports, and the administrators of the agency that is supported."""

    def scope(self, actor: Actor, rows: QuerySet[SupportSession]) -> QuerySet[SupportSession]:
        """Own ones, and those of the agency to who may read them."""
        found = Q(person_id=actor.user_id) if actor.user_id else Q(pk__in=[])
        if actor.may(READ) and actor.agency_id is not None:
            found |= Q(agency_id=actor.agency_id)
        return rows.filter(found)

    def sees(self, actor: Actor, obj: SupportSession) -> bool:
        """The same for one row."""
        own = actor.user_id is not None and obj.person_id == actor.user_id
        return own or (actor.may(READ) and actor.agency_id is not None and obj.agency_id == actor.agency_id)

    def allows(self, actor: Actor, verb: str, obj: Any) -> bool:
        """Opening is for the people of the node, never of an agency; ending for both sides."""
        if actor.is_system or not actor.may(verb):
            return False
        if verb == OPEN:
            return actor.agency_id is None
        return obj is None or self.sees(actor, obj)


@action(OPEN)
def open_session(act: Act[None], *, agency_id: UUID, minutes: int, why: str) -> SupportSession:
    """Open a session in an agency for at most `auth.support_minutes`, with a reason that its people read (CORE-84)."""
    longest = int(lawbook.get("auth.support_minutes"))
    if not 1 <= minutes <= longest:
        raise Invalid("Chưa mở được phiên hỗ trợ.", {"minutes": f"Phiên hỗ trợ dài từ 1 đến {longest} phút."})
    if len(why.split()) < 2:
        raise Invalid("Chưa mở được phiên hỗ trợ.", {"why": "Ghi rõ lý do hỗ trợ bằng lời."})
    now = clock.now()
    if of_person(act.by.person) is not None:
        raise Conflict("Bạn đang có một phiên hỗ trợ; kết thúc phiên đó trước.", "open")
    row = SupportSession.objects.create(
        agency_id=agency_id,
        person_id=act.by.person,
        reason=why.strip(),
        opened_at=now,
        until=now + timedelta(minutes=minutes),
    )
    act.about(row)
    act.agency_id = agency_id
    act.note(why=row.reason, until=row.until)
    act.emit(OPENED, support=row.pk, agency=agency_id, person=row.person_id, reason=row.reason, until=row.until)
    return row


@action(END, on=SupportSession)
def end_session(act: Act[SupportSession]) -> SupportSession:
    """End it before its time: the one who supports, or the agency."""
    if act.target.ended_at is not None or act.target.until <= clock.now():
        raise Conflict("Phiên hỗ trợ này đã kết thúc.", "ended")
    act.target.ended_at = clock.now()
    return act.target


def of_person(person_id: UUID) -> SupportSession | None:
    """The session that a person supports in now."""
    rows = SupportSession.objects.filter(person_id=person_id, ended_at=None, until__gt=clock.now())
    return rows.order_by("-opened_at").first()

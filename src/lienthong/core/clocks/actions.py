"""What happens to a clock outside the acts of systems: it moves with the calendar, or awaits a decision (CORE-25)."""

from datetime import date

from django.db.models import QuerySet

from lienthong.contracts.actor import Actor
from lienthong.core import lawbook, notify
from lienthong.core.actions import Act, action
from lienthong.core.actions.errors import Conflict
from lienthong.core.clocks import drift, running
from lienthong.core.clocks.models import Clock, ClockProposal
from lienthong.core.registry import Registry, Verb, registry
from lienthong.kit import clock as time_of
from lienthong.kit.vietnamese import short_date

RECOUNT = "clocks:clock:recount"
BRING_FORWARD = "clocks:clock:bring_forward"
KEEP = "clocks:clock:keep"

_VERBS = (
    Verb(RECOUNT, "tính lại hạn theo lịch làm việc mới", "Tính lại hạn"),
    Verb(BRING_FORWARD, "rút ngắn hạn theo đề xuất", "Áp dụng hạn sớm hơn"),
    Verb(KEEP, "giữ hạn cũ, không rút ngắn", "Giữ hạn cũ"),
    Verb(drift.READ, "xem độ lệch đồng hồ của hệ thống", "Xem độ lệch đồng hồ"),
)


class ClockPolicy:
    """Seen within the agency; the system applies the calendar, who holds the verb brings a date forward."""

    def scope(self, actor: Actor, rows: QuerySet[Clock]) -> QuerySet[Clock]:
        """The agency's clocks."""
        return rows.filter(agency_id=actor.agency_id) if actor.agency_id else rows.none()

    def sees(self, actor: Actor, obj: Clock) -> bool:
        """Whether a clock is the agency's."""
        return obj.agency_id == actor.agency_id

    def allows(self, actor: Actor, verb: str, obj: Clock | None) -> bool:
        """Recounting is the system's alone."""
        if actor.is_system:
            return verb == RECOUNT
        return verb != RECOUNT and actor.may(verb) and obj is not None and self.sees(actor, obj)


def declare(known: Registry) -> None:
    """Verbs and policy, at start-up."""
    known.add_verbs(*_VERBS)
    known.add_policy(Clock, ClockPolicy(), (RECOUNT, BRING_FORWARD, KEEP))


@action(RECOUNT, on=Clock)
def recount(act: Act[Clock], *, cause: str) -> None:
    """Hold an open clock against the calendar now in force: a later date is applied, an earlier one is proposed.

    A clock that stopped or stands meanwhile is left: the one never changes, the other is counted when it runs again.
    The first promise stays in `first_due_at` (V-RC-1, V-RC-2).
    """
    clock = act.target
    act.ref = clock.subject
    if clock.state != Clock.State.RUNNING:
        return
    calendar = lawbook.calendar(clock.agency_id)
    result = running.counted(clock, calendar)
    old, new = clock.due_at, result.due_at
    clock.checked_version = calendar.version
    clock.proposals.filter(state=ClockProposal.State.OPEN).update(state=ClockProposal.State.WITHDRAWN)
    if old is None or new is None or new == old:
        running.count_again(clock, calendar)
        act.note(due_at=old, provisional=clock.provisional, cause=cause)
        return
    act.was(due_at=old)
    if new < old:
        ClockProposal.objects.create(
            clock=clock,
            agency_id=clock.agency_id,
            due_at=new,
            calendar_version=calendar.version,
            explanation=result.explanation(),
            cause=cause,
            proposed_at=time_of.now(),
        )
        act.note(proposed=new, cause=cause)
        return
    running.count_again(clock, calendar)
    running.plan_warnings(clock, result)
    act.note(due_at=new, cause=cause)
    _tell(clock, f"Hạn đổi thành {_day(clock)}: {cause}", f"recount:{calendar.version}")


@action(BRING_FORWARD, on=Clock, needs_reason=True)
def bring_forward(act: Act[Clock]) -> None:
    """Apply the earlier date that stands proposed; the holder is told."""
    clock = act.target
    act.ref = clock.subject
    proposal = _decide(clock, ClockProposal.State.ACCEPTED)
    act.was(due_at=clock.due_at)
    result = running.count_again(clock, lawbook.calendar(clock.agency_id))
    if result.due_at != proposal.due_at:
        raise Conflict("Lịch làm việc vừa thay đổi, đề xuất không còn đúng; hãy tải lại trang.", "stale")
    running.plan_warnings(clock, result)
    act.note(due_at=clock.due_at)
    _tell(clock, f"Hạn rút ngắn còn {_day(clock)}: {act.reason}", f"forward:{proposal.id}")


@action(KEEP, on=Clock, needs_reason=True)
def keep(act: Act[Clock]) -> None:
    """Leave the date as promised; the proposal is closed."""
    act.ref = act.target.subject
    proposal = _decide(act.target, ClockProposal.State.DISMISSED)
    act.note(due_at=act.target.due_at, dismissed=proposal.due_at)


def _decide(clock: Clock, state: str) -> ClockProposal:
    proposal = clock.proposals.filter(state=ClockProposal.State.OPEN).first()
    if proposal is None:
        raise Conflict("Không còn đề xuất nào chờ quyết định; hãy tải lại trang.", "decided")
    proposal.state = state
    proposal.save(update_fields=["state"])
    return proposal


def _tell(clock: Clock, text: str, event: str) -> None:
    notify.tell(
        [clock.holder_id],
        event=f"clock:{clock.id}:{event}",
        kind="deadline",
        text=f"{registry.title(clock.subject)}: {text}",
        ref=clock.subject,
    )


def _day(clock: Clock) -> str:
    return short_date(date.fromisoformat(clock.explanation["due_date"]))

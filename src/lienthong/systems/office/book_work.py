"""What waits at a desk about books: balances to confirm, and work that came along with old documents."""

from collections.abc import Iterator

from django.db.models import Q, QuerySet
from django.urls import reverse

from lienthong.contracts.actor import Actor
from lienthong.contracts.ref import Ref
from lienthong.core.registry import WorkItem
from lienthong.kit import clock
from lienthong.systems.office.book_policies import CONFIRM, balance_policy, balances_below, carried_policy
from lienthong.systems.office.models import Line, OpeningBalance


def carried_waiting(actor: Actor) -> QuerySet[Line]:
    """Open lines that came along and whose next step is the actor's: to do, or to name who does it."""
    mine = Q(pk__in=[])
    if actor.may("office:carried:finish"):
        mine |= Q(position_id=actor.position_id)
    if actor.may("office:carried:assign"):
        mine |= Q(position__isnull=True, unit_id=actor.unit_id)
    return carried_policy.scope(actor, Line.objects.filter(state__in=Line.OPEN)).filter(mine)


def balances_waiting(actor: Actor) -> list[OpeningBalance]:
    """Balances that the actor may confirm: not one's own."""
    if actor.user_id is None or not actor.may(CONFIRM):
        return []
    rows = OpeningBalance.objects.filter(state="proposed", agency_id=actor.agency_id)
    own = balance_policy.scope(actor, rows).exclude(proposed_by=actor.user_id)
    others = [row for row in balances_below(actor) if row.state == "proposed"]
    return [*own.select_related("series__register"), *others]


def my_work(actor: Actor, limit: int) -> Iterator[WorkItem]:
    """The part of "Việc của tôi" about books."""
    for balance in balances_waiting(actor)[:limit]:
        yield WorkItem(
            ref=Ref(OpeningBalance.ref_kind, balance.pk),
            kind="Số cuối sổ trước",
            title=f"{balance.series.register.name}: số {balance.last} năm {balance.period} ({balance.book})",
            url=reverse("office:balance", args=[balance.pk]),
            action="Xác nhận",
            since=balance.proposed_at,
            source=balance.proposed_name,
        )
    lines = carried_waiting(actor).select_related("document", "given_by_person").order_by("due_on", "given_at")
    for line in lines[:limit]:
        yield WorkItem(
            ref=Ref("office:incoming", line.document_id),
            kind="Việc chuyển từ sổ cũ",
            title=f"{line.document.code or line.document.sender_name}: {line.task}",
            url=reverse("office:incoming", args=[line.document_id]),
            action="Hoàn thành" if line.position_id == actor.position_id else "Phân công",
            since=line.given_at,
            due_at=clock.end_of_day(line.due_on) if line.due_on else None,
            source=line.given_by_person.full_name,
        )

"""Notices: told once to each person who holds a position when something happens (CORE-86)."""

from collections.abc import Iterable
from uuid import UUID

from lienthong.contracts.ref import Ref
from lienthong.core import live

__all__ = ["bell", "mark_read", "tell"]


def tell(
    positions: Iterable[UUID | None],
    *,
    event: str,
    kind: str,
    text: str,
    ref: Ref | None = None,
    urgent: bool = False,
    besides: UUID | None = None,
) -> int:
    """Tell the present holders of positions, in the caller's transaction; returns how many are told.

    `event` is the same on every retry of the same fact, so that nobody is told twice; `besides` is who did it.
    """
    from lienthong.core.notify.models import Notice
    from lienthong.core.orgs.queries import holdings_at
    from lienthong.kit import clock

    wanted = {position for position in positions if position is not None}
    if not wanted:
        return 0
    holdings = holdings_at().filter(position_id__in=wanted)
    rows = {
        holding.person_id: Notice(
            event=event,
            person_id=holding.person_id,
            position_id=holding.position_id,
            kind=kind,
            text=text,
            ref=str(ref) if ref else "",
            urgent=urgent,
            created_at=clock.now(),
        )
        for holding in holdings
        if holding.person_id != besides
    }
    Notice.objects.bulk_create(rows.values(), ignore_conflicts=True)
    for person in rows:
        live.publish(f"user:{person}", {"kind": "notice", "text": text, "urgent": urgent})
    return len(rows)


def bell(person_id: UUID, cap: int = 100) -> tuple[int, str]:
    """What every page of a person shows and listens to, in one statement: unread notices up to a cap, and where the
    live events stand (`live.cursor`).
    """
    from django.db import connection

    counted = "SELECT id FROM notify_notice WHERE person_id = %s AND read_at IS NULL LIMIT %s"
    with connection.cursor() as sql:
        sql.execute(
            f"SELECT * FROM (SELECT count(*) FROM ({counted}) n) c, ({live.POSITION}) p",  # noqa: S608 - constants
            [person_id, cap],
        )
        count, *place = sql.fetchone() or (0, 0, 0)
    return count, live.at(place)


def mark_read(person_id: UUID, ids: Iterable[UUID] | None = None) -> int:
    """Mark a person's own notices as read: those named, or all."""
    from lienthong.core.notify.models import Notice
    from lienthong.kit import clock

    rows = Notice.objects.filter(person_id=person_id, read_at__isnull=True)
    if ids is not None:
        rows = rows.filter(id__in=list(ids))
    return rows.update(read_at=clock.now())

"""Notices: told once to each person who holds a position when something happens (CORE-86)."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from lienthong.contracts.ref import Ref
from lienthong.core import live

__all__ = ["Banner", "Bell", "bell", "mark_read", "tell"]


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


@dataclass(frozen=True, slots=True)
class Bell:
    """What every page shows and listens to: unread notices up to a cap, the place of the live events, the banners."""

    unread: int = 0
    cursor: str = ""
    banners: tuple["Banner", ...] = ()


@dataclass(frozen=True, slots=True)
class Banner:
    """An announcement as a page shows it; severity 1 to 3 (`Announcement.Severity`)."""

    text: str
    severity: int
    ends_at: datetime


_BELL = f"""
SELECT * FROM (SELECT count(*) FROM (
    SELECT id FROM notify_notice WHERE person_id = %(person)s AND read_at IS NULL LIMIT %(cap)s) n) c,
({live.POSITION}) p,
(SELECT coalesce(json_agg(json_build_array(text, severity, ends_at) ORDER BY severity DESC, starts_at), '[]')
 FROM notify_announcement WHERE withdrawn_at IS NULL AND starts_at <= %(now)s AND ends_at > %(now)s
 AND (agency_id IS NULL OR agency_id = %(agency)s)) b
"""  # noqa: S608 - constants


def bell(person_id: UUID, cap: int = 100, *, agency_id: UUID | None = None) -> Bell:
    """What every page of a person shows and listens to, in one statement."""
    from django.db import connection

    from lienthong.kit import clock

    facts: dict[str, Any] = {"person": person_id, "cap": cap, "now": clock.now(), "agency": agency_id}
    with connection.cursor() as sql:
        sql.execute(_BELL, facts)
        count, *place, banners = sql.fetchone() or (0, 0, 0, [])
    found = json.loads(banners) if isinstance(banners, str) else banners
    shown = tuple(Banner(text, severity, datetime.fromisoformat(ends)) for text, severity, ends in found)
    return Bell(count, live.at(place), shown)


def mark_read(person_id: UUID, ids: Iterable[UUID] | None = None) -> int:
    """Mark a person's own notices as read: those named, or all."""
    from lienthong.core.notify.models import Notice
    from lienthong.kit import clock

    rows = Notice.objects.filter(person_id=person_id, read_at__isnull=True)
    if ids is not None:
        rows = rows.filter(id__in=list(ids))
    return rows.update(read_at=clock.now())

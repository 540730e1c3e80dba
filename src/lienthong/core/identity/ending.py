"""Sessions that end from outside: a lock, an account out of use, a position no longer held (CORE-12, CORE-82)."""

from uuid import UUID

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session

from lienthong.kit import clock


def end_sessions(person_id: UUID, *, seats: frozenset[str] = frozenset()) -> int:
    """End every running session of a person, or those that work in one of these seats; returns how many.

    The sessions of a node are few thousands: each is read, for the store keeps no person beside them.
    """
    ended = []
    for row in Session.objects.filter(expire_date__gt=clock.now()).iterator():
        kept = row.get_decoded()
        if kept.get(SESSION_KEY) == str(person_id) and (not seats or kept.get("seat", "") in seats):
            ended.append(row.pk)
    Session.objects.filter(pk__in=ended).delete()
    return len(ended)

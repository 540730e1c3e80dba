"""The rows of sessions beside Django's own store: which go on, and how they end (CORE-82).

Ending one deletes its key from the store, so the next request meets a stranger; the row stays as history.
"""

from datetime import timedelta
from uuid import UUID

from django.contrib.sessions.models import Session
from django.db.models import QuerySet

from lienthong.core import lawbook
from lienthong.core.identity.models import SignInSession
from lienthong.kit import clock


def live(person_id: UUID) -> QuerySet[SignInSession]:
    """The sessions of a person that go on: not ended, not idle too long, not past the longest time."""
    now = clock.now()
    return SignInSession.objects.filter(
        person_id=person_id,
        ended_at=None,
        seen_at__gt=now - timedelta(minutes=int(lawbook.get("auth.idle_minutes"))),
        started_at__gt=now - timedelta(hours=int(lawbook.get("auth.max_hours"))),
    )


def end_all(person_id: UUID, why: str, *, keep: str = "") -> int:
    """End every session of a person at once, but for the key `keep` (CORE-82)."""
    return end_rows(SignInSession.objects.filter(person_id=person_id, ended_at=None).exclude(key=keep), why)


def close(key: str, why: str) -> None:
    """The session of this key ended by itself or by signing out."""
    end_rows(SignInSession.objects.filter(key=key, ended_at=None), why)


def end_rows(rows: QuerySet[SignInSession], why: str) -> int:
    """End these sessions: their keys leave the store at once."""
    ids = list(rows.values_list("pk", "key"))
    Session.objects.filter(session_key__in=[key for _, key in ids if key]).delete()
    now = clock.now()
    SignInSession.objects.filter(pk__in=[pk for pk, _ in ids]).update(key="", ended_at=now, ended_why=why)
    return len(ids)


def seen(key: str) -> None:
    """The holder did something in this session."""
    SignInSession.objects.filter(key=key).update(seen_at=clock.now())


def confirm(key: str) -> None:
    """A second factor was shown just now in this session."""
    SignInSession.objects.filter(key=key).update(factor_at=clock.now())


def of_key(key: str) -> SignInSession | None:
    """The live row of a session's key."""
    return SignInSession.objects.filter(key=key).first() if key else None


def recent_factor(session: SignInSession | None) -> bool:
    """Whether a second factor was shown within `auth.step_up_minutes`; the demonstration's one click is exempt."""
    if session is None:
        return False
    if session.method == SignInSession.Method.DEMO:
        return True
    newest = clock.now() - timedelta(minutes=int(lawbook.get("auth.step_up_minutes")))
    return session.factor_at is not None and session.factor_at > newest


_BROWSERS = (
    ("Edg/", "Edge"),
    ("coc_coc", "Cốc Cốc"),
    ("Firefox/", "Firefox"),
    ("Chrom", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"), ("Mac OS", "macOS"))


def device_name(agent: str) -> str:
    """ "Firefox trên Windows": what a person recognises, and nothing that tells machines apart."""
    browser = next((name for mark, name in _BROWSERS if mark in agent), "Trình duyệt khác")
    system = next((name for mark, name in (*_SYSTEMS, ("Linux", "Linux")) if mark in agent), "")
    return f"{browser} trên {system}" if system else browser


def rekey(old: str, new: str) -> None:
    """The same session goes on under a new key, as Django gives one after a change of password."""
    SignInSession.objects.filter(key=old).update(key=new)


def raise_level(key: str, level: int) -> None:
    """The holder proved an identity of this level in this session."""
    SignInSession.objects.filter(key=key, level__lt=level).update(level=level)

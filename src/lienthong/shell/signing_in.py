"""From a proven person to a session: second step, first-login change of password, what an administrator must have.

CORE-79…82; QCVN 12:2026/BCA 3.7.2. A *gate* in the session holds every page back until its demand is met.
"""

import ipaddress
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from lienthong.contracts.actor import Actor
from lienthong.core import lawbook
from lienthong.core.access.actors import verbs_of
from lienthong.core.identity import factors, passwords, session_store, sessions, signing_in
from lienthong.core.identity.models import SignInSession, User
from lienthong.core.orgs.queries import holdings_at
from lienthong.kit import clock

BACKEND = "lienthong.core.identity.backends.PasswordBackend"
GATE, PENDING = "gate", "pending"
PENDING_FOR = timedelta(minutes=5)
# When the session began and was last used, as the middleware reads them (CORE-82).
SEEN, STARTED = "seen", "started"
Method = SignInSession.Method


def address(request: HttpRequest) -> str:
    """The source of the request."""
    return str(request.META.get("REMOTE_ADDR", ""))


def own_actor(request: HttpRequest, person: User) -> Actor:
    """The person of the request acting on the own account."""
    return signing_in.own_actor(
        person,
        session=request.session.session_key or "",
        ip=address(request),
        request_id=getattr(request, "request_id", ""),
    )


def is_strong(person: User) -> bool:
    """Whether a position of the person administers: it holds one of the verbs of `auth.strong_verbs` (CORE-81)."""
    strong = set(lawbook.get("auth.strong_verbs"))
    held = holdings_at().filter(person=person).values_list("position_id", flat=True)
    return any(strong & verbs_of(position) for position in held)


def is_outside(request: HttpRequest) -> bool:
    """Whether the request comes from outside the networks of `auth.inner_networks`; an unreadable source does."""
    try:
        source = ipaddress.ip_address(address(request))
    except ValueError:
        return True
    return not any(source in ipaddress.ip_network(each) for each in lawbook.get("auth.inner_networks"))


def first_step(request: HttpRequest, person: User, *, method: str, after: str, level: int = 0) -> HttpResponse:
    """The password or the provider said yes: go on to the second step, or straight in."""
    if factors.has_any(person.pk) and (method == Method.PASSWORD or is_strong(person) or is_outside(request)):
        request.session[PENDING] = {
            "person": str(person.pk),
            "method": method,
            "level": level,
            "after": after,
            "at": clock.now().isoformat(),
        }
        return redirect("shell:second-step")
    enter(request, person, method=method, level=level)
    return redirect(after)


def pending(request: HttpRequest) -> tuple[User, dict[str, Any]] | None:
    """Who stands between the first and the second step, for PENDING_FOR."""
    kept = request.session.get(PENDING)
    if not kept or clock.now() - datetime.fromisoformat(kept["at"]) > PENDING_FOR:
        return None
    person = User.objects.filter(pk=UUID(kept["person"]), is_active=True).first()
    return (person, kept) if person is not None else None


def enter(request: HttpRequest, person: User, *, method: str, factor: bool = False, level: int = 0) -> None:
    """Begin the session and note it; the demonstration's one click passes every gate (and its page says so)."""
    request.session.pop(PENDING, None)
    login(request, person, backend=BACKEND)
    request.session[STARTED] = request.session[SEEN] = clock.now().isoformat()
    if request.session.session_key is None:
        request.session.create()
    sessions.start(
        by=own_actor(request, person),
        method=method,
        key=request.session.session_key,
        ip=address(request),
        device=request.headers.get("User-Agent", ""),
        factor=factor,
        level=level,
    )
    if method != Method.DEMO:
        set_gate(request, person, method)


def set_gate(request: HttpRequest, person: User, method: str) -> None:
    """What must be done before anything else: a new password, then a second factor."""
    request.session.pop(GATE, None)
    strong = is_strong(person)
    if method == Method.PASSWORD and passwords.must_change(person, strong=strong):
        request.session[GATE] = "shell:password"
    elif not factors.has_any(person.pk) and (strong or is_outside(request)):
        request.session[GATE] = "shell:security"


def regate(request: HttpRequest, person: User) -> None:
    """Judge the gate anew after one of its demands was met."""
    row = session_store.of_key(request.session.session_key or "")
    if GATE in request.session and row is not None:
        set_gate(request, person, row.method)


def fresh_factor(request: HttpRequest, person: User) -> bool:
    """Whether the person may change ways of sign-in: has none yet, or showed a second factor just now."""
    if not factors.has_any(person.pk):
        return True
    return session_store.recent_factor(session_store.of_key(request.session.session_key or ""))

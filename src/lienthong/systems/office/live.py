"""Who may listen to what happens to the documents of an agency."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.http import HttpRequest

from lienthong.contracts.actor import Actor
from lienthong.core import live
from lienthong.systems.office.models import IncomingDocument, OutgoingDocument
from lienthong.systems.office.policies import incoming_policy, outgoing_policy


@live.topic("office.inbox")
def of_inbox(request: HttpRequest, ident: str) -> Collection[str] | None:
    """Văn thư and others who read all of their own agency's incoming documents hear that one came or moved."""
    actor: Actor | None = getattr(request, "actor", None)
    if actor is None or str(actor.agency_id) != ident or not actor.may("office:incoming:read_agency"):
        return None
    return ()


@live.topic("office.incoming")
def of_incoming(request: HttpRequest, ident: str) -> Collection[str] | None:
    """Whoever sees an incoming document hears what happens to it."""
    return _seen(request, incoming_policy, IncomingDocument, ident)


@live.topic("office.outgoing")
def of_outgoing(request: HttpRequest, ident: str) -> Collection[str] | None:
    """Whoever sees an outgoing document hears what happens to it and how its receivers stand."""
    return _seen(request, outgoing_policy, OutgoingDocument, ident)


def _seen(request: HttpRequest, policy: Any, model: Any, ident: str) -> Collection[str] | None:
    actor: Actor | None = getattr(request, "actor", None)
    if actor is None:
        return None
    try:
        rows = model.objects.filter(pk=UUID(ident))
    except ValueError:
        return None
    return () if policy.scope(actor, rows).exists() else None

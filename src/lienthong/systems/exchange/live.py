"""Who may listen to what happens on the axis."""

from collections.abc import Collection
from uuid import UUID

from django.http import HttpRequest

from lienthong.contracts.actor import Actor
from lienthong.core import live
from lienthong.systems.exchange import policies
from lienthong.systems.exchange.models import Message


@live.topic("exchange.message")
def of_message(request: HttpRequest, ident: str) -> Collection[str] | None:
    """Whoever sees the message hears how its receivers stand."""
    actor: Actor | None = getattr(request, "actor", None)
    if actor is None:
        return None
    try:
        rows = Message.objects.filter(pk=UUID(ident))
    except ValueError:
        return None
    return [""] if policies.MessagePolicy().scope(actor, rows).exists() else None

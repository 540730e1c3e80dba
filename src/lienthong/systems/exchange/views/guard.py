"""Who may open the pages of the axis: a signed-in person in a position that holds one of the verbs."""

import functools
from collections.abc import Callable
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponseBase

from lienthong.contracts.actor import Actor
from lienthong.core.actions.errors import Forbidden
from lienthong.core.registry import registry


def actor_of(request: HttpRequest) -> Actor:
    """The actor of a request behind `holding`."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    return actor


def holding(*verbs: str) -> Callable[[Callable[..., HttpResponseBase]], Callable[..., HttpResponseBase]]:
    """The view needs a position that holds any of the verbs; objects are judged by their policy as well.

    Without a verb every position may come: what it does not see is not there (404).
    """

    def wrap(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
        @functools.wraps(view)
        @login_required
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            actor = getattr(request, "actor", None)
            if actor is None or (verbs and not any(actor.may(verb) for verb in verbs)):
                raise Forbidden(registry.verb(verbs[0]).label if verbs else "Xem trục liên thông")
            return view(request, *args, **kwargs)

        return guarded

    return wrap

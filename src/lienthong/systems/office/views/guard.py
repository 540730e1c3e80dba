"""Who may open the office's pages: a signed-in person acting in a position of an agency."""

import functools
from collections.abc import Callable
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponseBase

from lienthong.core.actions.errors import Forbidden
from lienthong.core.registry import registry
from lienthong.systems.office.views.lists import actor_of


def seated(verb: str) -> Callable[[Callable[..., HttpResponseBase]], Callable[..., HttpResponseBase]]:
    """The view needs a position that holds the verb; objects are judged by their policy as well."""

    def wrap(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
        @functools.wraps(view)
        @login_required
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            actor = getattr(request, "actor", None)
            if actor is None or actor.agency_id is None or not actor_of(request).may(verb):
                raise Forbidden(registry.verb(verb).label)
            return view(request, *args, **kwargs)

        guarded.verb = verb  # type: ignore[attr-defined]
        return guarded

    return wrap

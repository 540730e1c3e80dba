"""Who may open a page: a signed-in person acting in a position that holds one of the verbs."""

import functools
from collections.abc import Callable
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render

from lienthong.contracts.actor import Actor
from lienthong.core.actions.errors import Forbidden
from lienthong.core.identity import providers, session_store
from lienthong.core.registry import registry


def actor_of(request: HttpRequest) -> Actor:
    """The actor of a request behind `holding`."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    return actor


def holding(
    *verbs: str, of_agency: bool = False
) -> Callable[[Callable[..., HttpResponseBase]], Callable[..., HttpResponseBase]]:
    """The view needs a position that holds any of the verbs; objects are judged by their policy as well (CORE-83).

    Without a verb every position may come: what it does not see is not there (404). `of_agency` turns away positions
    outside every agency, such as the node's operator (CORE-108).
    """

    def wrap(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
        @functools.wraps(view)
        @login_required
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            actor = getattr(request, "actor", None)
            holds = actor is not None and (not verbs or any(actor.may(verb) for verb in verbs))
            if actor is None or not holds or (of_agency and actor.agency_id is None):
                raise Forbidden(registry.verb(verbs[0]).label if verbs else "Mở trang này")
            return view(request, *args, **kwargs)

        return guarded

    return wrap


def proven(level: int) -> Callable[[Callable[..., HttpResponseBase]], Callable[..., HttpResponseBase]]:
    """The view needs an identity proven at this level or above: 1 self-registered, 2 in person (CORE-79).

    Each service names its own; who comes with less is shown how to prove more and comes back.
    """

    def wrap(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
        @functools.wraps(view)
        @login_required
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            row = session_store.of_key(request.session.session_key or "")
            if row is None or row.level < level:
                context = {"level": level, "providers": providers.all_of(), "next": request.get_full_path()}
                return render(request, "shell/more_proof.html", context, status=403)
            return view(request, *args, **kwargs)

        return guarded

    return wrap

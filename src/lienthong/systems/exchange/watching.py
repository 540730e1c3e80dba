"""The node's operator looks at the deliveries of all agencies: the way and the fault, no content (CORE-108)."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponseBase

from lienthong.contracts.actor import Actor
from lienthong.core import fence
from lienthong.systems.exchange.policies import OPERATE


def watching(actor: Actor) -> AbstractContextManager[None]:
    """Past the fence of one agency for the operator; everybody else stays inside."""
    return fence.node("exchange.queue") if actor.may(OPERATE) else nullcontext()


def watched(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """A page of the queue, below `holding`."""

    @wraps(view)
    def looking(request: HttpRequest, *arguments: Any, **more: Any) -> HttpResponseBase:
        with watching(request.actor):  # type: ignore[attr-defined]
            return view(request, *arguments, **more)

    return looking

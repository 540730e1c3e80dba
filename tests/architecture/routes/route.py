"""The line of one URL."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Thing:
    """An object that URLs name: its id, and the arguments of the routes that open it."""

    obj: Any
    arguments: dict[str, Any]


@dataclass(frozen=True)
class Route:
    """What a URL expects of its visitor.

    `verb` names the right that the page itself needs, `things` the objects to open it with, `sees` who sees one of
    them, `verb_on` the right to do it to an object that is seen. Without any of them everybody signed in may come.
    """

    method: str = "get"
    verb: str = ""
    things: str = ""
    verb_on: str = ""
    data: dict[str, Any] = field(default_factory=dict)
    json: bool = False
    public: set[int] | None = None
    extra: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)


def page(verb: str = "", **more: Any) -> Route:
    return Route(verb=verb, **more)

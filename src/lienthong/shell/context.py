"""What the frame of every page shows: who acts and as what, the places of the rail, theme and language.

Everything is worked out when a template asks for it, so a fragment that shows no frame costs nothing.
"""

from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from lienthong.contracts.actor import Actor
from lienthong.core import lawbook, notify
from lienthong.core.registry import MenuEntry, menus

THEMES = ("light", "dark")


@dataclass(frozen=True, slots=True)
class Place:
    """A place of the rail; `key` is the second key after `g`."""

    label: str
    icon: str
    url: str
    current: bool = False
    count: int | None = None
    key: str = ""


@dataclass(slots=True)
class Group:
    """A system in the rail; only the present one shows its places."""

    label: str
    icon: str
    url: str
    open: bool = False
    places: list[Place] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class SeatChoice:
    """A position that the person may act in, numbered for the keyboard."""

    value: str
    label: str
    current: bool


@cache
def address(name: str) -> str:
    """The address of a view by its name; empty while its system is not installed."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


class Frame:
    """The frame of one request."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request

    @property
    def actor(self) -> Actor | None:
        """The actor that the middleware put on the request; None when nobody is signed in."""
        return getattr(self.request, "actor", None)

    @cached_property
    def signed_in(self) -> bool:
        """Whether a person is signed in, with or without a position."""
        user = getattr(self.request, "user", None)
        return bool(user and user.is_authenticated)

    @property
    def theme(self) -> str:
        """`light`, `dark`, or empty for the device's own."""
        theme = self.request.COOKIES.get("lt_theme", "")
        return theme if theme in THEMES else ""

    @property
    def mini(self) -> bool:
        """Whether the rail is folded to icons."""
        return self.request.COOKIES.get("lt_rail") == "mini"

    @property
    def demo(self) -> bool:
        """Whether this node runs the demonstration world."""
        return bool(getattr(settings, "DEMO", False))

    @property
    def session_seconds(self) -> int:
        """How long the session lives without a request (CORE-82); the page warns two minutes before its end."""
        return int(lawbook.get("auth.idle_minutes")) * 60 if self.signed_in else 0

    @cached_property
    def urls(self) -> dict[str, str]:
        """The shell's own pages; those that are not installed are empty."""
        names = ("home", "search", "notices", "profile", "help", "act_as", "theme", "stay", "sign_out", "sign_in")
        return {name: address(f"shell:{name.replace('_', '-')}") for name in names}

    @cached_property
    def seats(self) -> list[SeatChoice]:
        """The positions that the person holds now, the present one marked."""
        actor = self.actor
        return [
            SeatChoice(
                seat.key,
                seat.label,
                actor is not None
                and seat.holding.position_id == actor.position_id
                and seat.holding.person_id == (actor.on_behalf_of or actor.user_id),
            )
            for seat in getattr(self.request, "seats", ())
        ]

    @property
    def acting_as(self) -> str:
        """The present position with its unit and agency, as the top bar says it."""
        for seat in self.seats:
            if seat.current:
                return seat.label
        return self.actor.position if self.actor else ""

    @property
    def initials(self) -> str:
        """First letters of the family name and of the given name, which stands last."""
        words = self.actor.name.split() if self.actor else []
        return "".join(word[0] for word in (words[:1] + words[-1:] if len(words) > 1 else words)).upper()

    @cached_property
    def bell(self) -> "notify.Bell":
        """Unread notices of the person, where the live events stand, and the announcements of now."""
        person = self.request.user.pk if self.signed_in else None
        agency = self.actor.agency_id if self.actor else None
        return notify.bell(person, agency_id=agency) if person else notify.Bell()

    @property
    def notices(self) -> int:
        """Unread notices of the person."""
        return self.bell.unread

    def _place(self, entry: MenuEntry, *, counted: bool) -> Place | None:
        url = address(entry.url_name)
        if not url or (entry.verb and not (self.actor and self.actor.may(entry.verb))):
            return None
        count = entry.badge(self.actor) if counted and entry.badge and self.actor else None
        return Place(entry.label, entry.icon, url, self._is_here(entry.url_name, url), count)

    def _is_here(self, url_name: str, url: str) -> bool:
        match = self.request.resolver_match
        return bool(match and match.view_name == url_name) or (url != "/" and self.request.path.startswith(url))

    @cached_property
    def top_places(self) -> list[Place]:
        """Places above all systems: the home page first."""
        home = self.urls["home"]
        places = [Place("Việc của tôi", "checklist", home, self.request.path == home, key="h")] if home else []
        found = (self._place(entry, counted=True) for entry in menus() if not entry.group)
        return places + [place for place in found if place is not None and place.url != home]

    @cached_property
    def groups(self) -> list[Group]:
        """The systems that the reader may enter; the present one is open and counts its places."""
        entries: dict[str, list[MenuEntry]] = {}
        for entry in menus():
            if entry.group:
                entries.setdefault(entry.group, []).append(entry)
        groups = [self._group(label, members) for label, members in entries.items()]
        return [group for group in groups if group is not None]

    def _group(self, label: str, entries: list[MenuEntry]) -> Group | None:
        here = self.request.resolver_match
        namespaces = {entry.url_name.partition(":")[0] for entry in entries}
        present = bool(here and here.namespace and here.namespace.partition(":")[0] in namespaces)
        places = [place for place in (self._place(entry, counted=present) for entry in entries) if place is not None]
        if not places:
            return None
        present = present or any(place.current for place in places)
        places = _only_longest(places)
        return Group(label, places[0].icon, places[0].url, present, places)


def _only_longest(places: list[Place]) -> list[Place]:
    """At most one place is the present one: that with the longest address."""
    here = [place for place in places if place.current]
    if len(here) < 2:
        return places
    best = max(here, key=lambda place: len(place.url))
    return [
        Place(place.label, place.icon, place.url, place is best, place.count, place.key) if place.current else place
        for place in places
    ]


def shell(request: HttpRequest) -> dict[str, Any]:
    """The context processor: one name, `frame`."""
    return {"frame": Frame(request)}

"""The first page of the administration: what the position may look after."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render

from lienthong.core.registry import menus
from lienthong.shell.context import address
from lienthong.shell.guard import actor_of, holding
from lienthong.systems.admin import roles


@dataclass(frozen=True, slots=True)
class Area:
    """A place of the administration."""

    label: str
    icon: str
    url: str


@holding(roles.READ)
def home(request: HttpRequest) -> HttpResponseBase:
    """The areas that the position may open."""
    actor = actor_of(request)
    areas = [
        Area(entry.label, entry.icon, address(entry.url_name))
        for entry in menus()
        if entry.code.startswith("admin.") and entry.code != "admin.home" and (not entry.verb or actor.may(entry.verb))
    ]
    return render(request, "admin/home.html", {"areas": areas})

"""The URL map: the shell at the root, one prefix for each system, the API and the live stream."""

from importlib.util import find_spec

from django.urls import URLPattern, URLResolver, include, path

from lienthong.config.api import api
from lienthong.config.systems import SYSTEMS


def _systems() -> list[URLResolver]:
    found = []
    for app in SYSTEMS:
        package = app.removesuffix(f".apps.{app.rpartition('.')[2]}")
        if find_spec(f"{package}.urls") is not None:
            found.append(path("", include(f"{package}.urls")))
    return found


urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/", api.urls),
    path("live/", include("lienthong.core.live.urls")),
    path("tep/", include("lienthong.core.files.urls")),
    path("", include("lienthong.shell.urls")),
    *_systems(),
]

handler400 = "lienthong.shell.errors.handler400"
handler403 = "lienthong.shell.errors.handler403"
handler404 = "lienthong.shell.errors.handler404"
handler500 = "lienthong.shell.errors.handler500"

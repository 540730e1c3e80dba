"""Pages of the administration; each area adds its own list."""

from django.urls import URLPattern, path

from lienthong.systems.admin.people_urls import PEOPLE
from lienthong.systems.admin.views import overview

app_name = "admin"
urlpatterns: list[URLPattern] = [
    path("quan-tri/", overview.home, name="home"),
    *PEOPLE,
]

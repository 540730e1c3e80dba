"""The manifest of `admin`: quản trị."""

from django.apps import AppConfig


class AdminConfig(AppConfig):
    """The core's own screens: units, people, law, journal, certificates, jobs; it owns no rule of its own."""

    name = "lienthong.systems.admin"
    label = "admin"
    verbose_name = "Quản trị"

    def ready(self) -> None:
        from lienthong.systems.admin import manifest

        manifest.declare()

"""The app `notify`."""

from django.apps import AppConfig


class NotifyConfig(AppConfig):
    """Notices to people."""

    name = "lienthong.core.notify"
    label = "notify"
    verbose_name = "Thông báo"

    def ready(self) -> None:
        """Declare the announcements."""
        from lienthong.core.notify import announcements
        from lienthong.core.registry import registry

        announcements.declare(registry)

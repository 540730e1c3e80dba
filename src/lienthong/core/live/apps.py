"""The app `live`."""

from django.apps import AppConfig


class LiveConfig(AppConfig):
    """Events for open pages."""

    name = "lienthong.core.live"
    label = "live"
    verbose_name = "Trang trực tiếp"

    def ready(self) -> None:
        """Show the progress of jobs on the pages of whoever asked for them."""
        from lienthong.core.live import progress

        progress.connect()

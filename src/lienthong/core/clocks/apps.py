"""The app `clocks`."""

from django.apps import AppConfig


class ClocksConfig(AppConfig):
    """Deadlines that are stored and can explain themselves."""

    name = "lienthong.core.clocks"
    label = "clocks"
    verbose_name = "Thời hạn"

    def ready(self) -> None:
        """Declare the verbs of what happens to clocks outside the acts of systems."""
        from lienthong.core.clocks import actions
        from lienthong.core.registry import registry

        actions.declare(registry)

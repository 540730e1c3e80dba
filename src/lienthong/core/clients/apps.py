"""The app `clients`."""

from django.apps import AppConfig


class ClientsConfig(AppConfig):
    """Machine clients: keys, tokens, signed requests, limits."""

    name = "lienthong.core.clients"
    label = "clients"
    verbose_name = "Hệ thống kết nối qua API"

    def ready(self) -> None:
        """Declare the verbs and register the jobs."""
        from lienthong.core.clients import actions, jobs  # noqa: F401 - registers the jobs
        from lienthong.core.registry import registry

        actions.declare(registry)

"""The app `identity`."""

from django.apps import AppConfig


class IdentityConfig(AppConfig):
    """People, passwords and sessions."""

    name = "lienthong.core.identity"
    label = "identity"
    verbose_name = "Người dùng"

    def ready(self) -> None:
        """Declare the verbs of accounts and register the daily jobs."""
        from lienthong.core.identity import actions, jobs, signing_in  # noqa: F401 - registers the jobs
        from lienthong.core.registry import registry

        actions.declare(registry)
        signing_in.declare(registry)

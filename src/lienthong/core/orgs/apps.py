"""The app `orgs`."""

from django.apps import AppConfig


class OrgsConfig(AppConfig):
    """Units, codes, issuing bodies, positions."""

    name = "lienthong.core.orgs"
    label = "orgs"
    verbose_name = "Cơ quan, tổ chức"

    def ready(self) -> None:
        """Declare the verbs of its changes; importing `jobs` registers them."""
        from lienthong.core.orgs import actions, jobs  # noqa: F401
        from lienthong.core.registry import registry

        actions.declare(registry)

"""The app `access`."""

from django.apps import AppConfig


class AccessConfig(AppConfig):
    """Roles, grants, policies, the actor of a request."""

    name = "lienthong.core.access"
    label = "access"
    verbose_name = "Quyền"

    def ready(self) -> None:
        """Declare the verbs of roles and register the jobs."""
        from lienthong.core.access import actions, jobs, people_import  # noqa: F401 - registers the jobs
        from lienthong.core.registry import registry

        actions.declare(registry)
        people_import.declare(registry)

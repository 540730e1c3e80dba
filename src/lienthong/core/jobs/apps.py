"""The app `jobs`."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class JobsConfig(AppConfig):
    """Background jobs and their progress."""

    name = "lienthong.core.jobs"
    label = "jobs"
    verbose_name = "Công việc nền"

    def ready(self) -> None:
        """Load the `jobs` module of every app, so that each worker knows every job."""
        from lienthong.core.jobs import upkeep  # noqa: F401

        autodiscover_modules("jobs")

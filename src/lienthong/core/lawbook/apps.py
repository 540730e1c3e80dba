"""The app `lawbook`."""

from django.apps import AppConfig


class LawbookConfig(AppConfig):
    """Parameters of the law and the calendar of days off, dated and versioned."""

    name = "lienthong.core.lawbook"
    label = "lawbook"
    verbose_name = "Căn cứ pháp lý"

    def ready(self) -> None:
        """Offer the law to the layers below, and declare the verbs of its changes."""
        from lienthong.core import lawbook
        from lienthong.core.lawbook import actions
        from lienthong.core.registry import registry

        registry.law = lawbook.get
        actions.declare(registry)

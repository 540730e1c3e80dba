"""The app `audit`."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    """The journal, its seals and its guard."""

    name = "lienthong.core.audit"
    label = "audit"
    verbose_name = "Nhật ký"

    def ready(self) -> None:
        """Declare the verb of the guard's entries."""
        from lienthong.core.registry import Verb, registry

        registry.add_verbs(Verb("core:raw:write", "ghi thẳng vào cơ sở dữ liệu, ngoài các chức năng"))

"""The app `audit`."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    """The journal, its seals and its guard."""

    name = "lienthong.core.audit"
    label = "audit"
    verbose_name = "Nhật ký"

"""The app `outbox`."""

from django.apps import AppConfig


class OutboxConfig(AppConfig):
    """Messages between systems, delivered at least once."""

    name = "lienthong.core.outbox"
    label = "outbox"
    verbose_name = "Thông điệp nội bộ"

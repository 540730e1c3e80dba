"""The app `notify`."""

from django.apps import AppConfig


class NotifyConfig(AppConfig):
    """Notices to people."""

    name = "lienthong.core.notify"
    label = "notify"
    verbose_name = "Thông báo"

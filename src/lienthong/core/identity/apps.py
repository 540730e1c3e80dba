"""The app `identity`."""

from django.apps import AppConfig


class IdentityConfig(AppConfig):
    """People, passwords and sessions."""

    name = "lienthong.core.identity"
    label = "identity"
    verbose_name = "Người dùng"

"""The app `access`."""

from django.apps import AppConfig


class AccessConfig(AppConfig):
    """Roles, grants, policies, the actor of a request."""

    name = "lienthong.core.access"
    label = "access"
    verbose_name = "Quyền"

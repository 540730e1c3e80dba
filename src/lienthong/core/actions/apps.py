"""The app `actions`."""

from django.apps import AppConfig


class ActionsConfig(AppConfig):
    """The engine of writes and its memory of repeated requests."""

    name = "lienthong.core.actions"
    label = "actions"
    verbose_name = "Hành động"

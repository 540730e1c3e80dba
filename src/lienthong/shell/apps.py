"""The shell as a Django app: templates, template tags and static files."""

from django.apps import AppConfig


class ShellConfig(AppConfig):
    """Label `shell`; has no models of its own."""

    name = "lienthong.shell"
    label = "shell"
    verbose_name = "Khung giao diện"

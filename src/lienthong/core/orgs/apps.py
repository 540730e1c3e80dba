"""The app `orgs`."""

from django.apps import AppConfig


class OrgsConfig(AppConfig):
    """Units, codes, issuing bodies, positions."""

    name = "lienthong.core.orgs"
    label = "orgs"
    verbose_name = "Cơ quan, tổ chức"

"""The app `oidc`."""

from django.apps import AppConfig


class OidcConfig(AppConfig):
    """The identity providers that LIENTHONG_OIDC names."""

    name = "lienthong.gateways.oidc"
    label = "oidc"
    verbose_name = "Tài khoản định danh"

    def ready(self) -> None:
        """Register the providers."""
        from django.conf import settings

        from lienthong.core.identity import providers
        from lienthong.gateways.oidc.client import from_settings

        providers.use(*from_settings(settings.OIDC))

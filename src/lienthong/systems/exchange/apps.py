"""The manifest of `exchange`: trục liên thông văn bản quốc gia."""

from django.apps import AppConfig


class ExchangeConfig(AppConfig):
    """Signed documents between agencies' own systems, with receipts, statuses and evidence (QĐ 28/2018/QĐ-TTg)."""

    name = "lienthong.systems.exchange"
    label = "exchange"
    verbose_name = "Trục liên thông văn bản"

    def ready(self) -> None:
        from lienthong.systems.exchange import manifest

        manifest.declare()

"""The app `tsa`."""

from django.apps import AppConfig


class TsaConfig(AppConfig):
    """Time-stamp authorities named by LIENTHONG_TSA, in order of preference."""

    name = "lienthong.gateways.tsa"
    label = "tsa"
    verbose_name = "Dịch vụ dấu thời gian"

    def ready(self) -> None:
        """Register the authorities, if any; otherwise the demo world keeps its own."""
        from django.conf import settings

        from lienthong.core.signing import service
        from lienthong.gateways.tsa.http import services

        if settings.TSA_URLS:
            service.use_time_stamp_services(services(settings.TSA_URLS))

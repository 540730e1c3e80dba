"""The manifest of `office`: văn phòng không giấy tờ."""

from django.apps import AppConfig


class OfficeConfig(AppConfig):
    """Incoming and outgoing documents, registers and numbers of each agency (NĐ 30/2020/NĐ-CP)."""

    name = "lienthong.systems.office"
    label = "office"
    verbose_name = "Văn phòng không giấy tờ"

    def ready(self) -> None:
        from lienthong.systems.office import manifest

        manifest.declare()

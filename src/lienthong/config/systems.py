"""The list of systems. Adding one is a folder under `lienthong/systems` and a line here."""

SYSTEMS: tuple[str, ...] = (
    "lienthong.systems.exchange.apps.ExchangeConfig",
    "lienthong.systems.office.apps.OfficeConfig",
    "lienthong.systems.admin.apps.AdminConfig",
)

"""The API of the administration: one module an area, each with its `router`, gathered here."""

import pkgutil
from importlib import import_module

from ninja import Router

router = Router(tags=["admin"])
for _module in sorted(pkgutil.iter_modules(__path__), key=lambda module: module.name):
    router.add_router("", import_module(f"{__name__}.{_module.name}").router)

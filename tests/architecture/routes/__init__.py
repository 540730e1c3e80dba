"""What each URL expects of its visitor: one module a part of the house, gathered here.

A new URL needs a line in the `ROUTES` of a module; new kinds of objects a provider in its `THINGS`, and, when no
policy of the registry judges them, a rule in its `SEES`.
"""

import pkgutil
from collections.abc import Callable
from importlib import import_module
from typing import Any

from lienthong.contracts.actor import Actor
from tests.architecture.routes.route import Route, Thing
from tests.architecture.scenes import Stage

ROUTES: dict[str, Route] = {}
THINGS: dict[str, Callable[[Stage], list[Thing]]] = {}
SEES: dict[str, Callable[[Actor, Any], bool]] = {}

for _module in sorted(pkgutil.iter_modules(__path__), key=lambda module: module.name):
    if _module.name == "route":
        continue
    _part = import_module(f"{__name__}.{_module.name}")
    ROUTES |= _part.ROUTES
    THINGS |= getattr(_part, "THINGS", {})
    SEES |= getattr(_part, "SEES", {})

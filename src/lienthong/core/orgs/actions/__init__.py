"""Changes of units and of people in positions, one module an area, each with its `declare`."""

import pkgutil
from importlib import import_module

from lienthong.core.registry import Registry


def declare(registry: Registry) -> None:
    """Verbs, policies and kinds of reference of every area, at start-up; importing the modules registers the acts."""
    for module in sorted(pkgutil.iter_modules(__path__), key=lambda each: each.name):
        import_module(f"{__name__}.{module.name}").declare(registry)

"""The ports that systems registered at start-up; a missing one answers None."""

from typing import Any

_ports: dict[str, Any] = {}


def register(name: str, port: object) -> None:
    """Offer a port under its name; a second offer of one name is an error."""
    if name in _ports and type(_ports[name]) is not type(port):
        raise ValueError(f"port {name} is offered twice")
    _ports[name] = port


def get(name: str) -> Any:
    """The port of that name, or None where its system is not installed."""
    return _ports.get(name)

"""Cleaning up behind the clients."""

from lienthong.core.clients import proving
from lienthong.core.jobs import periodic


@periodic("clients.purge", seconds=600)
def purge() -> None:
    """Drop tokens and nonces that can open nothing any more."""
    proving.forget_old()

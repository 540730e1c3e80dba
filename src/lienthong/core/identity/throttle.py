"""Attempts are throttled by source before any hashing, in the memory of each process (CORE-82, CORE-98).

At most SOURCES sources are remembered; the longest silent one is forgotten first, so memory stays below about 2 MB.
"""

import ipaddress
import threading
from collections import OrderedDict

from lienthong.core.registry import registry
from lienthong.kit import clock

SOURCES = 10_000


class Throttle:
    """Counts wrong attempts of each source in fixed windows."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: OrderedDict[str, tuple[int, int]] = OrderedDict()

    def wait(self, address: str) -> int:
        """Seconds until the source may try again; 0 when it may now."""
        window = int(registry.law("auth.source_window_seconds"))
        moment = int(clock.now().timestamp())
        with self._lock:
            place, count = self._counts.get(source(address), (0, 0))
        if place != moment // window or count < int(registry.law("auth.source_tries")):
            return 0
        return window - moment % window

    def wrong(self, address: str) -> None:
        """One more wrong attempt of the source."""
        place = int(clock.now().timestamp()) // int(registry.law("auth.source_window_seconds"))
        key = source(address)
        with self._lock:
            was, count = self._counts.pop(key, (place, 0))
            self._counts[key] = (place, count + 1 if was == place else 1)
            while len(self._counts) > SOURCES:
                self._counts.popitem(last=False)

    def clear(self) -> None:
        """Forget everything; for tests."""
        with self._lock:
            self._counts.clear()


def source(address: str) -> str:
    """The source of an address: an IPv4 address, the /64 network of an IPv6 one, which is one subscriber's."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address[:45]
    if found.version == 6:
        return str(ipaddress.ip_network((found, 64), strict=False))
    return str(found)


throttle = Throttle()

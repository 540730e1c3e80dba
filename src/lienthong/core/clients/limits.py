"""How often a client and an address may call (CORE-90, CORE-98): fixed windows of a minute, in each process's memory.

A node with several processes lets through that many times the limit; at most SUBJECTS are remembered, about 2 MB.
"""

import threading
from collections import OrderedDict

from lienthong.core.registry import registry
from lienthong.kit import clock

WINDOW, SUBJECTS = 60, 10_000


class TooMany(Exception):
    """Come back in `seconds` (429 with Retry-After)."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"Gọi quá nhiều lần; gọi lại sau {seconds} giây.")
        self.seconds = seconds


class Calls:
    """Counts the calls of each subject in the present minute."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: OrderedDict[str, tuple[int, int]] = OrderedDict()

    def count(self, subject: str, parameter: str) -> None:
        """One more call; raises TooMany beyond the lawbook's number of a minute."""
        moment = int(clock.now().timestamp())
        place, most = moment // WINDOW, int(registry.law(parameter))
        with self._lock:
            was, number = self._counts.pop(subject, (place, 0))
            number = number + 1 if was == place else 1
            self._counts[subject] = (place, number)
            while len(self._counts) > SUBJECTS:
                self._counts.popitem(last=False)
        if number > most:
            raise TooMany(WINDOW - moment % WINDOW)

    def clear(self) -> None:
        """Forget everything; for tests."""
        with self._lock:
            self._counts.clear()


calls = Calls()


def by_address(address: str) -> None:
    """One more call of a machine from an address."""
    calls.count(f"a:{address}", "api.address_calls")


def by_client(code: str) -> None:
    """One more call of a client."""
    calls.count(f"c:{code}", "api.client_calls")

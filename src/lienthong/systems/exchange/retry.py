"""When a failed delivery is tried again (EX-45): growing waits, then hourly, then the dead letters."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """The waits in seconds after the first failures, the wait after those, the end of trying, and the spread."""

    first: Sequence[int]
    then: int
    give_up: int
    jitter_percent: int

    def wait(self, failures: int) -> int:
        """Seconds to wait after that many failures (counted from 1), without jitter."""
        return self.first[failures - 1] if failures <= len(self.first) else self.then

    def next(self, *, failures: int, began: datetime, now: datetime, chance: float) -> datetime | None:
        """The instant of the next attempt, or None when trying has lasted long enough.

        `chance` in [0, 1) spreads the wait over ± `jitter_percent`; 0.5 is no jitter.
        """
        spread = 1 + (2 * chance - 1) * self.jitter_percent / 100
        at = now + timedelta(seconds=self.wait(failures) * spread)
        return at if at - began <= timedelta(seconds=self.give_up) else None

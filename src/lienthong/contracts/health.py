"""How a part says that it is well: findings in words, limits with their use, gauges for measuring (CORE-98)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Protocol

ALERT_SHARE = 0.7
"""From this part of a limit on, operators are told (CORE-98)."""


class Level(IntEnum):
    """How bad a finding is: a fault makes `lienthong doctor` fail, a warning is told, ok is shown."""

    OK = 0
    WARN = 1
    FAULT = 2


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: what was found, why it matters, what to do (Vietnamese; no name of a person, no secret)."""

    code: str
    what: str
    level: Level = Level.OK
    why: str = ""
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Limit:
    """Something that can run out: `used` of `most`, in `unit`; a `most` of 0 means that there is no limit."""

    code: str
    label: str
    used: float
    most: float
    unit: str = ""
    remedy: str = ""

    @property
    def share(self) -> float:
        """The part that is used up, 0 to 1 and beyond."""
        return self.used / self.most if self.most else 0.0


@dataclass(frozen=True, slots=True)
class Gauge:
    """A figure of the moment for the measuring system; labels hold no name of a person or document."""

    name: str
    help: str
    value: float
    labels: Mapping[str, str] = field(default_factory=dict)


class Check(Protocol):
    """Looks at one matter; it may raise: then the finding is that it could not be looked at."""

    def __call__(self) -> Iterable[Finding]: ...


class LimitSource(Protocol):
    """Gives the limits of a part."""

    def __call__(self) -> Iterable[Limit]: ...


class GaugeSource(Protocol):
    """Gives the figures of a part; asked at every scrape, so it must be cheap."""

    def __call__(self) -> Iterable[Gauge]: ...

"""The law as dated data (CORE-29…34): systems name a key, the lawbook answers what rules on a date.

`version` pins a case to the parameter set that it was opened under (CORE-30): store `lawbook.version()` with the case
and hand it back on every later question. Without `on` the answer is that of today; an end date acts by itself
(CORE-31).
"""

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING, Any
from uuid import UUID

from lienthong.core.lawbook.errors import BadValue, UnknownParameter
from lienthong.kit import clock
from lienthong.kit.workdays import Calendar, Rule

if TYPE_CHECKING:
    from lienthong.core.lawbook.release import Difference

__all__ = [
    "BadValue",
    "UnknownParameter",
    "calendar",
    "differences",
    "get",
    "keys",
    "rule",
    "sync_release",
    "value",
    "version",
]

# Models exist only after the apps are loaded; this package is imported earlier.


def get(key: str, *, on: date | None = None, agency: UUID | None = None, version: int | None = None) -> Any:
    """The typed value of a parameter on a date, for an agency, under a pinned version; raises UnknownParameter.

    Durations come as `Duration`, office hours as `OfficeHours`, lists as tuples, tables as tuples of read-only
    mappings.
    """
    from lienthong.core.lawbook import snapshot

    held = snapshot.current()
    return held.find(key, on or clock.local_date(), agency, held.number if version is None else version).value


def value[T](
    key: str, kind: type[T], *, on: date | None = None, agency: UUID | None = None, version: int | None = None
) -> T:
    """`get`, and the value is of that type; raises TypeError for another one."""
    found = get(key, on=on, agency=agency, version=version)
    if type(found) is not kind:
        raise TypeError(f"parameter {key} is {type(found).__name__}, not {kind.__name__}")
    return found


def rule(key: str, *, on: date | None = None, agency: UUID | None = None, version: int | None = None) -> Rule:
    """The rule by which a duration parameter is counted: limit, receipt, cut-off, end of day (CORE-18…20)."""
    from lienthong.core.lawbook import snapshot

    held = snapshot.current()
    return held.rule(key, on or clock.local_date(), agency, held.number if version is None else version)


def calendar(unit_id: UUID | None = None) -> Calendar:
    """The working-day calendar of a unit (None: of the nation) as known now, immutable (CORE-15)."""
    from lienthong.core.lawbook import snapshot

    return snapshot.current().calendar(unit_id)


def version() -> int:
    """The number of the newest change: the parameter-set version that a case pins (CORE-30)."""
    from lienthong.core.lawbook import snapshot

    return snapshot.current().number


def keys() -> Iterable[str]:
    """The names of all parameters, in order."""
    from lienthong.core.lawbook import snapshot

    return sorted(snapshot.current().parameters)


def sync_release() -> int:
    """Bring the rows of this release into the lawbook; see `release.sync`. Returns how many were added."""
    from lienthong.core.lawbook import release

    return release.sync()


def differences() -> "list[Difference]":
    """Where a local row rules in place of the release's (CORE-29), by key and date."""
    from lienthong.core.lawbook import release

    return release.differences()

"""Writing on two time axes: rows are closed on the recorded axis and written anew, never changed (CORE-1, V-ORG-1)."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.db.backends.postgresql.psycopg_any import DateRange, DateTimeTZRange

from lienthong.core.orgs.models import IssuingBody, LineageEvent, Unit, UnitCode, UnitVersion
from lienthong.kit import clock

FACTS = (
    "official_name",
    "short_name",
    "abbreviation",
    "kind",
    "parent_id",
    "address",
    "place",
    "contacts",
    "header_lines",
)
"""What a version says of its unit."""

type Dated = UnitVersion | UnitCode


def known_versions(unit: Unit) -> list[UnitVersion]:
    """The versions of a unit as known now, in the order of the law's time."""
    return list(UnitVersion.objects.filter(unit=unit, recorded__upper_inf=True).order_by("valid__startswith"))


def add_version(unit: Unit, facts: Mapping[str, Any], valid: DateRange, event: LineageEvent | None) -> UnitVersion:
    """The first version of a unit, or one in a gap of its history."""
    version = UnitVersion(unit=unit, valid=valid, recorded=DateTimeTZRange(clock.now(), None), event=event, **facts)
    version.save()
    return version


def change(unit: Unit, start: date, changes: Mapping[str, Any], event: LineageEvent) -> list[UnitVersion]:
    """Let facts hold from a date on, each until the next change of the same fact that is already known.

    Only the named facts change; what stands beside them stays (F-CORE-16). Returns the new rows in force from `start`.
    """
    rows = [row for row in known_versions(unit) if _reaches(row.valid, start)]
    base = {name: getattr(rows[0], name) for name in changes} if rows else {}
    open_facts = dict(changes)

    def make(row: UnitVersion) -> Mapping[str, Any]:
        for name in list(open_facts):
            if getattr(row, name) != base[name]:
                del open_facts[name]
        return dict(open_facts)

    return _recut(rows, start, None, make, event)


def correct(
    unit: Unit, start: date, end: date | None, changes: Mapping[str, Any], event: LineageEvent
) -> list[UnitVersion]:
    """Write down what was true from `start` up to `end` (exclusive) and had been recorded wrongly (CORE-1)."""
    return _recut(known_versions(unit), start, end, lambda _row: changes, event)


def end(unit: Unit, day: date) -> None:
    """The unit and its codes are no more from a day on."""
    _recut(known_versions(unit), day, None, lambda _row: None, None)
    _recut(codes_of(unit), day, None, lambda _row: None, None)


def void(unit: Unit) -> None:
    """Take back what was recorded of a unit that never came to be."""
    _recut(known_versions(unit), None, None, lambda _row: None, None)
    _recut(codes_of(unit), None, None, lambda _row: None, None)


def codes_of(unit: Unit) -> list[UnitCode]:
    """The codes of a unit as known now, past and future ones included."""
    return list(UnitCode.objects.filter(unit=unit, recorded__upper_inf=True).order_by("valid__startswith", "code"))


def add_code(
    unit: Unit, code: str, scheme: str, valid: DateRange, *, source: str, primary: bool, event: LineageEvent | None
) -> UnitCode:
    """A code of a unit from–to; where it becomes the one to send by, the former one stops being it."""
    if primary:
        others = [row for row in codes_of(unit) if row.primary]
        _recut(others, valid.lower, valid.upper, lambda _row: {"primary": False}, None)
    row = UnitCode(
        unit=unit,
        code=code,
        scheme=scheme,
        valid=valid,
        recorded=DateTimeTZRange(clock.now(), None),
        source=source,
        primary=primary,
        event=event,
    )
    row.save()
    return row


def end_code(row: UnitCode, day: date) -> None:
    """A code is no more from a day on; within the grace it still leads to its unit (CORE-6)."""
    _recut([row], day, None, lambda _row: None, None)


def end_bodies(unit: Unit, day: date) -> int:
    """The issuing bodies of an agency that ends are no more from that day (CORE-102); returns how many."""
    rows = [row for row in IssuingBody.objects.filter(agency=unit) if _reaches(row.valid, day)]
    for row in rows:
        lower = row.valid.lower
        IssuingBody.objects.filter(pk=row.pk).update(valid=DateRange(lower, max(day, lower) if lower else day))
    return len(rows)


def _reaches(valid: DateRange, day: date) -> bool:
    return valid.upper is None or valid.upper > day


def _recut[R: (UnitVersion, UnitCode)](
    rows: Iterable[R],
    start: date | None,
    end: date | None,
    make: Callable[[R], Mapping[str, Any] | None],
    event: LineageEvent | None,
) -> list[R]:
    """Close rows that touch [start, end) and write them anew: unchanged outside it, as `make` says inside.

    None from `make` leaves nothing inside. Returns the new rows inside, in order.
    """
    touched = [row for row in rows if _overlaps(row.valid, start, end)]
    if not touched:
        return []
    at = _after(touched)
    inside: list[R] = []
    for row in touched:
        type(row)._default_manager.filter(pk=row.pk).update(recorded=DateTimeTZRange(row.recorded.lower, at))
        lower, upper = row.valid.lower, row.valid.upper
        begin = lower if start is None or (lower is not None and lower > start) else start
        finish = upper if end is None or (upper is not None and upper < end) else end
        if lower != begin:
            _copy(row, DateRange(lower, begin), at, {}).save()
        changes = make(row)
        if changes is not None:
            facts = {**changes, "event": event} if event is not None else changes
            piece = _copy(row, DateRange(begin, finish), at, facts)
            piece.save()
            inside.append(piece)
        if finish != upper:
            _copy(row, DateRange(finish, upper), at, {}).save()
    return inside


def _copy[R: (UnitVersion, UnitCode)](row: R, valid: DateRange, at: datetime, changes: Mapping[str, Any]) -> R:
    values = {
        field.attname: getattr(row, field.attname) for field in type(row)._meta.concrete_fields if field.attname != "id"
    }
    copy = type(row)(**{**values, "valid": valid, "recorded": DateTimeTZRange(at, None)})
    for name, value in changes.items():
        setattr(copy, name, value)
    return copy


def _overlaps(valid: DateRange, start: date | None, end: date | None) -> bool:
    after = end is not None and valid.lower is not None and valid.lower >= end
    before = start is not None and valid.upper is not None and valid.upper <= start
    return not (after or before)


def _after(rows: Iterable[Dated]) -> datetime:
    """Now, and later than every row's own beginning, so that no row's span is empty."""
    newest: datetime = max(row.recorded.lower for row in rows)
    return max(clock.now(), newest + timedelta(microseconds=1))

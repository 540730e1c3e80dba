"""The law in memory: one snapshot a process, renewed when the number of the newest change differs (CORE-29…31)."""

import threading
import time as process_time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, time
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from lienthong.core.lawbook.errors import UnknownParameter
from lienthong.core.lawbook.models import CalendarEntry, CalendarYear, Origin, Parameter, Recorded
from lienthong.core.lawbook.values import typed
from lienthong.kit import clock
from lienthong.kit.workdays import Calendar, CalendarDay, Cutoff, DayKind, Duration, ReceiptMode, Rule

SETTINGS = ("clock.weekly_rest", "clock.office_hours", "clock.swaps_bind")
"""Parameters that the calendar itself is made of."""

FRESH_SECONDS = 1.0
"""How long a process may answer without asking for the number of the newest change."""


@dataclass(frozen=True, slots=True)
class Row[R: Recorded]:
    """A recorded row with the numbers of the changes that brought and replaced it, and its typed value."""

    row: R
    since: int
    until: int | None
    value: Any = None

    def known(self, version: int) -> bool:
        """Whether the row stood in the lawbook at a version."""
        return self.since <= version and (self.until is None or version < self.until) and not self.row.withdrawn


@dataclass(slots=True)
class Snapshot:
    """All rows up to change `number`."""

    number: int
    token: UUID | None
    parameters: dict[str, list[Row[Parameter]]]
    entries: list[Row[CalendarEntry]]
    years: list[Row[CalendarYear]]
    calendars: dict[tuple[UUID | None, date], Calendar] = field(default_factory=dict)

    def find(self, key: str, on: date, agency: UUID | None, version: int) -> Row[Parameter]:
        """The row that rules on a date: the agency's own before the node's, local before release, the newest last."""
        found: Row[Parameter] | None = None
        best: tuple[bool, bool, date, int] | None = None
        for candidate in self.parameters.get(key, ()):
            row = candidate.row
            if (
                candidate.known(version)
                and row.agency_id in (None, agency)
                and row.valid_from <= on
                and (row.valid_to is None or on <= row.valid_to)
            ):
                rank = (row.agency_id is not None, row.origin == Origin.LOCAL, row.valid_from, candidate.since)
                if best is None or rank > best:
                    found, best = candidate, rank
        if found is None:
            raise UnknownParameter(f"không có tham số “{key}” có hiệu lực ngày {on:%d/%m/%Y}")
        return found

    def calendar(self, unit: UUID | None) -> Calendar:
        """The calendar of a unit (None: of the nation) as known now."""
        today = clock.local_date()
        if (unit, today) not in self.calendars:
            self.calendars[unit, today] = self._build_calendar(unit, today)
        return self.calendars[unit, today]

    def _build_calendar(self, unit: UUID | None, today: date) -> Calendar:
        # Among rows of one date the later one decides: release, then local, each in the order of its changes.
        rows = sorted(
            (r for r in self.entries if r.known(self.number) and r.row.unit_id in (None, unit)),
            key=lambda r: (r.row.unit_id is not None, r.row.origin == Origin.LOCAL, r.since),
        )
        years = sorted(
            (r for r in self.years if r.known(self.number)), key=lambda r: (r.row.origin == Origin.LOCAL, r.since)
        )
        confirmed = {r.row.year: r.row.confirmed for r in years}
        # A withdrawal has no day but makes a new version; what concerns another unit makes none here.
        touching = [r for r in self.entries if r.row.unit_id in (None, unit)]
        settings = [r for key in SETTINGS for r in self.parameters.get(key, ()) if r.row.agency_id in (None, unit)]
        calendar = Calendar(
            version=str(max((r.since for r in (*touching, *years, *settings)), default=0)),
            days=tuple(CalendarDay(r.row.day, DayKind(r.row.kind), r.row.reason, r.row.source) for r in rows),
            confirmed_years=frozenset(year for year, sure in confirmed.items() if sure),
            weekly_rest=frozenset(self.find("clock.weekly_rest", today, unit, self.number).value),
            hours=self.find("clock.office_hours", today, unit, self.number).value,
        )
        return calendar if self.find("clock.swaps_bind", today, unit, self.number).value else calendar.without_swaps()

    def supposing(self, rows: Sequence[Recorded]) -> "Snapshot":
        """The law as it would stand with these unsaved rows: what a preview holds open clocks against (CORE-32)."""
        number = self.number + 1
        replaced = {row.replaces_id for row in rows if row.replaces_id}

        def older[R: Recorded](known: list[Row[R]]) -> list[Row[R]]:
            return [replace(row, until=number) if row.row.pk in replaced else row for row in known]

        parameters = {key: older(known) for key, known in self.parameters.items()}
        entries, years = older(self.entries), older(self.years)
        for row in rows:
            match row:
                case Parameter():
                    parameters[row.key] = [*parameters.get(row.key, ()), _new(row, number, typed(row.kind, row.value))]
                case CalendarEntry():
                    entries.append(_new(row, number))
                case CalendarYear():
                    years.append(_new(row, number))
        return Snapshot(number, None, parameters, entries, years)

    def rule(self, key: str, on: date, agency: UUID | None, version: int) -> Rule:
        """The rule of counting that a duration parameter states, with the defaults of the other parameters."""

        def value(other: str) -> Any:
            return self.find(other, on, agency, version).value

        found = self.find(key, on, agency, version)
        if not isinstance(found.value, Duration):
            raise UnknownParameter(f"tham số “{key}” không phải là thời hạn")
        stated = found.row.value
        until = stated.get("until")
        return Rule(
            id=key,
            version=str(found.since),
            duration=found.value,
            roll_forward=stated.get("roll_forward", True),
            receipt=ReceiptMode(value(stated.get("receipt", "clock.receipt_mode"))),
            cutoff=Cutoff(value("clock.cutoff"), value("clock.cutoff_shift_n")) if stated.get("cutoff") else None,
            until=_time(value(until)) if until else None,
        )


def _new[R: Recorded](row: R, number: int, value: Any = None) -> Row[R]:
    return Row(row, number, None, value)


def _time(value: Any) -> time:
    if not isinstance(value, time):
        raise UnknownParameter("giờ hết hạn phải là tham số kiểu giờ")
    return value


class _Asked(threading.local):
    """When this thread last asked, and over which connection: a new one may lead to another database."""

    at: float = float("-inf")
    over: object = None


@dataclass(slots=True)
class _Cache:
    snapshot: Snapshot | None = None
    # Changes of this process that are not yet committed; while there are any, every read asks the database.
    pending: int = 0


_cache = _Cache()
_asked = _Asked()


def current() -> Snapshot:
    """The snapshot of the newest change that this transaction sees."""
    held, now = _cache.snapshot, process_time.monotonic()
    fresh = abs(now - _asked.at) < FRESH_SECONDS and _asked.over is connection.connection
    if held is not None and fresh and not _cache.pending:
        return held
    with connection.cursor() as cursor:
        cursor.execute("SELECT number, id FROM lawbook_lawchange ORDER BY number DESC LIMIT 1")
        newest = cursor.fetchone() or (0, None)
    if held is None or (held.number, held.token) != newest:
        held = _load(*newest)
    _cache.snapshot, _asked.at, _asked.over = held, now, connection.connection
    return held


def changing() -> None:
    """Note that this transaction changes the law, until it ends well; after a rollback reads stay careful for good."""
    _cache.pending += 1
    transaction.on_commit(_changed)


def _changed() -> None:
    _cache.pending -= 1
    _cache.snapshot = None


def _load(number: int, token: UUID | None) -> Snapshot:
    parameters: dict[str, list[Row[Parameter]]] = defaultdict(list)
    for row in _rows(Parameter.objects.select_related("change")):
        parameters[row.row.key].append(Row(row.row, row.since, row.until, typed(row.row.kind, row.row.value)))
    entries = list(_rows(CalendarEntry.objects.select_related("change")))
    years = list(_rows(CalendarYear.objects.select_related("change")))
    return Snapshot(number, token, dict(parameters), entries, years)


def _rows[R: Recorded](rows: Iterable[R]) -> Iterable[Row[R]]:
    known = list(rows)
    replaced = {row.replaces_id: row.change.number for row in known if row.replaces_id}
    return (Row(row, row.change.number, replaced.get(row.id)) for row in known)

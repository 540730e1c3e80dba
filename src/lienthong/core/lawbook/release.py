"""The release's law: `lienthong/law/*.toml` read, checked and brought into the lawbook (CORE-29)."""

import tomllib
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from importlib.resources import files
from typing import Any

from django.db import transaction

from lienthong.contracts.actor import system_actor
from lienthong.core.lawbook import snapshot
from lienthong.core.lawbook.actions import add_release_rows, lock
from lienthong.core.lawbook.errors import BadValue
from lienthong.core.lawbook.models import CalendarEntry, CalendarYear, Origin, Parameter, Recorded
from lienthong.core.lawbook.values import typed
from lienthong.kit import clock
from lienthong.kit.workdays import DayKind

CALENDAR_FILE = "calendar.toml"


@dataclass(frozen=True, slots=True)
class Difference:
    """A local row that rules where the release says something else."""

    key: str
    on: date
    local: Any
    release: Any
    local_source: str
    release_source: str


def sync() -> int:
    """Add the rows that this release has and the lawbook lacks; nothing is overwritten, running it again adds nothing.

    A row whose content the release corrects replaces the release's earlier row and never a local one: local rows win at
    every look-up. A release row that an administrator replaced stays replaced. Returns the count of rows added.
    """
    with transaction.atomic():
        lock()
        rows: list[Recorded] = [
            *_missing(Parameter, _parameters(), lambda p: (p.key, p.valid_from), _PARAMETER_FIELDS),
            *_missing(CalendarEntry, _entries(), lambda e: e.day, ("kind", "reason", "source")),
            *_missing(CalendarYear, _years(), lambda y: y.year, ("confirmed", "source")),
        ]
        if rows:
            add_release_rows(by=system_actor("release"), rows=rows, reason="Bản phát hành")
    return len(rows)


def differences() -> list[Difference]:
    """For each local row that rules today in place of a release row of another value."""
    held, today = snapshot.current(), clock.local_date()
    found = []
    for key, rows in sorted(held.parameters.items()):
        for local in rows:
            if not local.known(held.number) or local.row.origin != Origin.LOCAL or not _valid(local.row, today):
                continue
            shipped = [
                r for r in rows if r.row.origin == Origin.RELEASE and not r.row.withdrawn and _valid(r.row, today)
            ]
            newest = max(shipped, key=lambda r: (r.row.valid_from, r.since), default=None)
            if newest is not None and newest.row.value != local.row.value:
                found.append(
                    Difference(key, today, local.value, newest.value, local.row.instrument, newest.row.instrument)
                )
    return found


def _valid(row: Parameter, on: date) -> bool:
    return row.valid_from <= on and (row.valid_to is None or on <= row.valid_to)


_PARAMETER_FIELDS = ("kind", "value", "unit", "valid_to", "instrument", "article", "status", "note")


def _missing[R: Recorded](
    model: type[R], shipped: Iterator[R], identity: Callable[[R], Hashable], fields: tuple[str, ...]
) -> Iterator[R]:
    newest: dict[Hashable, R] = {}
    for row in model._default_manager.filter(origin=Origin.RELEASE).order_by("change__number"):
        newest[identity(row)] = row
    replaced = set(
        model._default_manager.filter(replaces__origin=Origin.RELEASE, origin=Origin.LOCAL).values_list(
            "replaces_id", flat=True
        )
    )
    for row in shipped:
        known = newest.get(identity(row))
        if known is None:
            yield row
        elif known.id not in replaced and any(getattr(known, f) != getattr(row, f) for f in fields):
            row.replaces = known
            yield row


def _parameters() -> Iterator[Parameter]:
    for name, law in _files():
        if name == CALENDAR_FILE:
            continue
        for stated in law["parameter"]:
            value = _plain(stated["value"])
            try:
                typed(stated["kind"], value)
            except BadValue as error:
                raise BadValue(f"{name}: {stated['key']}: {error}") from error
            yield Parameter(
                key=stated["key"],
                kind=stated["kind"],
                value=value,
                unit=stated.get("unit", ""),
                valid_from=stated["valid_from"],
                valid_to=stated.get("valid_to"),
                instrument=stated.get("instrument", law["instrument"]),
                article=stated.get("article", ""),
                status=Parameter.Status.UNCONFIRMED if stated.get("verify") else Parameter.Status.CONFIRMED,
                note=stated.get("note", ""),
                origin=Origin.RELEASE,
            )


def _entries() -> Iterator[CalendarEntry]:
    for year in _calendar():
        for day in year["days"]:
            yield CalendarEntry(
                day=day["date"],
                kind=DayKind(day["kind"]).value,
                reason=day["reason"],
                source=day["source"],
                origin=Origin.RELEASE,
            )


def _years() -> Iterator[CalendarYear]:
    for year in _calendar():
        yield CalendarYear(year=year["year"], confirmed=year["confirmed"], source=year["source"], origin=Origin.RELEASE)


def _calendar() -> list[dict[str, Any]]:
    return next(law["year"] for name, law in _files() if name == CALENDAR_FILE)


def _files() -> Iterator[tuple[str, dict[str, Any]]]:
    folder = files("lienthong.law")
    for path in sorted(folder.iterdir(), key=lambda p: p.name):
        if path.name.endswith(".toml"):
            yield path.name, tomllib.loads(path.read_text("utf-8"))


def _plain(value: Any) -> Any:
    """A value of TOML as JSON: dates and times as ISO text."""
    match value:
        case datetime() | date() | time():
            return value.isoformat()
        case list():
            return [_plain(item) for item in value]
        case dict():
            return {name: _plain(item) for name, item in value.items()}
        case _:
            return value

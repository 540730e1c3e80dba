"""The lawbook as a page: what rules, what ruled, who uses it, what differs (CORE-29, CORE-33, CORE-34)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any
from uuid import UUID

from lienthong.core.lawbook import snapshot
from lienthong.core.lawbook.models import Origin, Parameter
from lienthong.core.lawbook.snapshot import Row
from lienthong.core.lawbook.words import in_words
from lienthong.kit import clock
from lienthong.kit.vietnamese import search_key

RULES = "rules."
"""Keys of this prefix name which instrument of a rule set was in force when (CORE-34)."""


RULE_NAMES = {
    "rules.working_regulation": "Quy chế làm việc của Chính phủ",
    "rules.clerical_work": "Công tác văn thư",
    "rules.exchange": "Gửi, nhận văn bản điện tử",
    "rules.identifiers": "Mã định danh cơ quan, tổ chức",
    "rules.layout": "Thể thức, kỹ thuật trình bày",
    "rules.code_lists": "Danh mục mã của gói tin",
    "rules.forms": "Biểu mẫu",
    "rules.labels": "Từ ngữ về lưu trữ",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the law as the page shows it; `rules` tells whether it decides on the day that was asked for."""

    row: Parameter
    since: int
    until: int | None
    words: str
    rules: bool

    @property
    def unconfirmed(self) -> bool:
        """Whether somebody still has to hold it against the signed text."""
        return self.row.status == Parameter.Status.UNCONFIRMED

    @property
    def own(self) -> bool:
        """Whether it is one agency's own."""
        return self.row.agency_id is not None

    @property
    def local(self) -> bool:
        """Whether somebody entered it here."""
        return self.row.origin == Origin.LOCAL


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a reader looks for; `on` is the day whose law is asked for (default: today)."""

    query: str = ""
    status: str = ""
    origin: str = ""
    instrument: str = ""
    system: str = ""
    on: date | None = None


def lines(agency: UUID | None, wanted: Wanted | None = None) -> list[Line]:
    """The row that rules each key on a day, for an agency; every item to be verified on top (CORE-33)."""
    asked = wanted or Wanted()
    held, on = snapshot.current(), asked.on or clock.local_date()
    found = []
    for key in sorted(held.parameters):
        try:
            row = held.find(key, on, agency, held.number)
        except LookupError:
            continue
        line = _line(row, True)
        if _matches(line, asked):
            found.append(line)
    return sorted(found, key=lambda line: (not line.unconfirmed, line.row.key))


def history(key: str, agency: UUID | None) -> list[Line]:
    """Every row of a key that an agency may read, the newest validity first, replaced ones with what replaced them."""
    held, today = snapshot.current(), clock.local_date()
    rows = [row for row in held.parameters.get(key, ()) if row.row.agency_id in (None, agency)]
    try:
        ruling = held.find(key, today, agency, held.number).row.pk
    except LookupError:
        ruling = None
    found = [_line(row, row.row.pk == ruling) for row in rows]
    return sorted(found, key=lambda line: (line.row.valid_from, line.since), reverse=True)


def _line(row: Row[Parameter], rules: bool) -> Line:
    words = in_words(row.row.key, row.row.kind, row.row.value, row.row.unit)
    return Line(row.row, row.since, row.until, words, rules)


def _matches(line: Line, wanted: Wanted) -> bool:
    row = line.row
    text = search_key(f"{row.key} {row.instrument} {row.article} {row.note} {line.words}")
    return (
        (not wanted.query or search_key(wanted.query) in text)
        and (not wanted.status or row.status == wanted.status)
        and (not wanted.origin or row.origin == wanted.origin)
        and (not wanted.instrument or row.instrument == wanted.instrument)
        and (not wanted.system or wanted.system in users_of(row.key))
    )


def instruments() -> list[str]:
    """The instruments that rows name, in order."""
    return sorted({row.row.instrument for rows in snapshot.current().parameters.values() for row in rows})


@dataclass(frozen=True, slots=True)
class RuleSet:
    """The versions of one body of rules, the newest first, and the one in force on the day asked for (CORE-34)."""

    key: str
    name: str
    versions: tuple[Line, ...]
    on: date

    @property
    def ruling(self) -> Line | None:
        """The version in force on that day."""
        return next((line for line in self.versions if line.rules), None)


def rule_sets(on: date, agency: UUID | None = None) -> list[RuleSet]:
    """Each body of rules with its versions; looked up by the date of the governing event (CORE-34)."""
    held = snapshot.current()
    found = []
    for key in [*RULE_NAMES, *sorted(set(held.parameters) - set(RULE_NAMES))]:
        if not key.startswith(RULES) or key not in held.parameters:
            continue
        try:
            ruling = held.find(key, on, agency, held.number).row.pk
        except LookupError:
            ruling = None
        rows = [r for r in held.parameters[key] if r.known(held.number) and r.row.agency_id in (None, agency)]
        rows.sort(key=lambda r: r.row.valid_from, reverse=True)
        versions = tuple(_line(row, row.row.pk == ruling) for row in rows)
        found.append(RuleSet(key, RULE_NAMES.get(key, key), versions, on))
    return found


def count_of(instrument: str, agency: UUID | None = None) -> int:
    """How many keys an instrument states."""
    held = snapshot.current()
    return sum(
        any(r.row.instrument == instrument and r.row.agency_id in (None, agency) for r in rows)
        for key, rows in held.parameters.items()
        if not key.startswith(RULES)
    )


def users_of(key: str) -> tuple[str, ...]:
    """The parts of the house whose code names a key: systems by their code, the core by its part (CORE-33)."""
    return _users().get(key, ())


@lru_cache(maxsize=1)
def _users() -> dict[str, tuple[str, ...]]:
    # Read once a process from the code itself, so that the page cannot lag behind it.
    named = re.compile(r"[\"']([a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)?)[\"']")
    known = set(snapshot.current().parameters)
    found: dict[str, set[str]] = {}
    for part, text in _sources():
        for key in set(named.findall(text)) & known:
            found.setdefault(key, set()).add(part)
    return {key: tuple(sorted(parts)) for key, parts in found.items()}


def _sources() -> Iterator[tuple[str, str]]:
    root = Path(str(files("lienthong")))
    for layer in ("core", "shell", "systems", "gateways"):
        for path in sorted((root / layer).rglob("*.py")):
            inner = path.relative_to(root / layer).parts
            if {"tests", "migrations"} & set(inner):
                continue
            part = layer if layer == "shell" else f"{layer}.{inner[0].removesuffix('.py')}"
            yield part, path.read_text("utf-8")


def entry_of(row: Parameter) -> dict[str, Any]:
    """A row for the API and the exports: whole, so that an import can be held against it (CORE-33)."""
    return {
        "key": row.key,
        "scope": "agency" if row.agency_id else "node",
        "kind": row.kind,
        "value": row.value,
        "unit": row.unit,
        "valid_from": row.valid_from.isoformat(),
        "valid_to": row.valid_to.isoformat() if row.valid_to else None,
        "instrument": row.instrument,
        "article": row.article,
        "status": row.status,
        "source": row.origin,
        "note": row.note,
    }


def standing(agency: UUID | None) -> list[Parameter]:
    """Every row that stands (not replaced, not withdrawn) and that an agency may read, in the order of the export."""
    held = snapshot.current()
    rows = [
        row.row
        for known in held.parameters.values()
        for row in known
        if row.known(held.number) and row.row.agency_id in (None, agency)
    ]
    return sorted(rows, key=lambda r: (r.key, r.agency_id is not None, r.valid_from, r.origin))

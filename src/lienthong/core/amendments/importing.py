"""Parameters and yearly notices brought in from files: judged row by row first, then proposed (CORE-33, CORE-16)."""

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from lienthong.core.actions.errors import ActionError, Invalid
from lienthong.core.amendments.items import DayItem, Item, ParameterItem, YearItem
from lienthong.core.lawbook import book, snapshot
from lienthong.core.lawbook.models import CalendarEntry, Parameter
from lienthong.kit.tables import read_table
from lienthong.kit.workdays import DayKind

HEADS = (
    "key",
    "scope",
    "kind",
    "value",
    "unit",
    "valid_from",
    "valid_to",
    "instrument",
    "article",
    "status",
    "source",
    "note",
)
NOTICE_HEADS = ("year", "date", "kind", "reason", "source", "confirmed")
_GIVEN = ("kind", "value", "unit", "valid_to", "instrument", "article", "status", "note")


@dataclass(slots=True)
class Report:
    """What a file would do: changes to propose, rows as they stand already, rows that cannot be taken."""

    items: list[Item] = field(default_factory=list)
    unchanged: int = 0
    faults: list[tuple[int, str]] = field(default_factory=list)

    @property
    def rows(self) -> int:
        """All rows that were read."""
        return len(self.items) + self.unchanged + len(self.faults)


def table(rows: Sequence[Parameter]) -> str:
    """Rows of the law as CSV: the value as JSON, so that nothing is lost on the way back."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(HEADS)
    for row in rows:
        entry = book.entry_of(row)
        writer.writerow([json.dumps(entry[h], ensure_ascii=False) if h == "value" else entry[h] or "" for h in HEADS])
    return out.getvalue()


def document(rows: Sequence[Parameter]) -> dict[str, Any]:
    """The same rows as JSON, with the version of the parameter set that they are."""
    return {"law_version": snapshot.current().number, "parameters": [book.entry_of(row) for row in rows]}


def parameters(name: str, content: bytes, agency_id: UUID | None) -> Report:
    """Hold a file of the export's form against what stands; only the own rows may differ. Raises Invalid, Unreadable.

    The row of one key, scope and first day corrects the one that stands; where there is none it is a new row.
    """
    entries = _json(content) if name.lower().endswith(".json") else _csv(name, content, HEADS)
    return _judge(entries, agency_id)


def _judge(entries: Iterable[tuple[int, Mapping[str, Any]]], agency_id: UUID | None) -> Report:
    report = Report()
    # Of rows of one identity the later one rules, as in every look-up: local after release.
    standing: dict[tuple[str, str, str], Parameter] = {}
    known: dict[tuple[str, str, str], list[dict[str, Any]]] = {}
    for row in book.standing(agency_id):
        stated = book.entry_of(row)
        standing[_identity(stated)] = row
        known.setdefault(_identity(stated), []).append(stated)
    for number, entry in entries:
        try:
            identity = _identity(entry)
            if any(all(_same(entry[f], had[f]) for f in _GIVEN) for had in known.get(identity, ())):
                report.unchanged += 1
                continue
            if (entry["scope"] == "agency") != (agency_id is not None):
                raise Invalid("dòng này thuộc nơi khác, không sửa được từ vị trí đang làm việc")
            item = _item(entry, standing.get(identity))
            item.row(agency_id, "")
        except ActionError as error:
            report.faults.append((number, " ".join([error.message, *error_fields(error)])))
        except (KeyError, ValueError, TypeError) as error:
            report.faults.append((number, f"không đọc được: {error}"))
        else:
            report.items.append(item)
    return report


def error_fields(error: ActionError) -> list[str]:
    """What an error says of single fields."""
    return list(error.fields.values()) if isinstance(error, Invalid) else []


def _identity(entry: Mapping[str, Any]) -> tuple[str, str, str]:
    return entry["key"], entry["scope"], entry["valid_from"]


def _same(given: Any, had: Any) -> bool:
    return bool((given or None) == (had or None) if not isinstance(had, bool | int) else given == had)


def _item(entry: Mapping[str, Any], standing: Parameter | None) -> ParameterItem:
    until = entry.get("valid_to")
    return ParameterItem(
        key=entry["key"],
        value=entry["value"],
        valid_from=date.fromisoformat(entry["valid_from"]),
        valid_to=date.fromisoformat(until) if until else None,
        instrument=entry["instrument"],
        article=entry.get("article") or "",
        confirmed=entry.get("status") == Parameter.Status.CONFIRMED,
        note=entry.get("note") or "",
        replaces=standing.pk if standing else None,
    )


def _json(content: bytes) -> list[tuple[int, Mapping[str, Any]]]:
    try:
        rows = json.loads(content)["parameters"]
    except (ValueError, KeyError, TypeError) as error:
        raise Invalid("Tệp JSON không đúng mẫu xuất.", {"file": "Dùng tệp do trang này xuất ra."}) from error
    return list(enumerate(rows, 1))


def _csv(name: str, content: bytes, heads: Sequence[str]) -> list[tuple[int, Mapping[str, Any]]]:
    rows = read_table(name, content)
    if not rows or not set(heads) <= {cell.strip() for cell in rows[0]}:
        raise Invalid("Tệp không đúng mẫu.", {"file": f"Dòng đầu cần các cột: {', '.join(heads)}."})
    names = [cell.strip() for cell in rows[0]]
    found: list[tuple[int, Mapping[str, Any]]] = []
    for number, cells in enumerate(rows[1:], 2):
        if any(cell.strip() for cell in cells):
            entry: dict[str, Any] = {key: cell.strip() for key, cell in zip(names, cells, strict=False)}
            if "value" in entry:
                entry["value"] = _value(entry["value"])
            found.append((number, entry))
    return found


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        # A text typed by hand, without its quotes.
        return text


# What notices call their days, and the kinds of the calendar.
_KINDS = {
    "nghỉ lễ": DayKind.HOLIDAY,
    "nghỉ bù": DayKind.SUBSTITUTE,
    "off": DayKind.SUBSTITUTE,
    "nghỉ hoán đổi": DayKind.SWAP_OFF,
    "work": DayKind.MAKEUP_WORK,
    "làm bù": DayKind.MAKEUP_WORK,
    "nghỉ riêng": DayKind.LOCAL_CLOSURE,
} | {kind.value: kind for kind in DayKind}
_YES = {"yes", "có", "x", "1", "true"}


def notice(name: str, content: bytes, agency_id: UUID | None) -> Report:
    """A yearly notice: its days that the calendar lacks or has otherwise, and the year where all rows say confirmed.

    Columns year, date, kind, reason, source, confirmed. Raises Invalid, Unreadable.
    """
    report = Report()
    sources: dict[int, list[str]] = {}
    unsure: set[int] = set()
    rows = _csv(name, content, NOTICE_HEADS)
    held = snapshot.current()
    standing = {row.row.day: row.row for row in held.entries if row.known(held.number) and row.row.unit_id == agency_id}
    for number, entry in rows:
        try:
            day = _day(entry["date"])
            item = _day_item(entry, day, standing.get(day))
            year = int(entry["year"])
            if year != day.year:
                raise ValueError(f"ngày {day:%d/%m/%Y} không thuộc năm {year}")
            (sources.setdefault(year, []) if entry["confirmed"].lower() in _YES else []).append(item.source)
            if entry["confirmed"].lower() not in _YES:
                unsure.add(year)
            if _stands(item, standing.get(day)):
                report.unchanged += 1
                continue
            item.row(agency_id, "")
        except ActionError as error:
            report.faults.append((number, " ".join([error.message, *error_fields(error)])))
        except (KeyError, ValueError, TypeError) as error:
            report.faults.append((number, f"không đọc được: {error}"))
        else:
            report.items.append(item)
    if agency_id is None:
        confirmed = {row.row.year for row in held.years if row.known(held.number) and row.row.confirmed}
        for year in sorted(set(sources) - unsure - confirmed):
            report.items.append(YearItem(year=year, source="; ".join(dict.fromkeys(sources[year]))))
    return report


def _day(text: str) -> date:
    return datetime.strptime(text, "%d/%m/%Y").date() if "/" in text else date.fromisoformat(text)  # noqa: DTZ007


def _day_item(entry: Mapping[str, Any], day: date, standing: CalendarEntry | None) -> DayItem:
    kind = _KINDS.get(entry["kind"].lower())
    if kind is None:
        raise ValueError(f"loại ngày “{entry['kind']}”")
    if entry["kind"].lower() == "off" and entry["reason"].lower().startswith("hoán đổi"):
        kind = DayKind.SWAP_OFF
    return DayItem(
        day=day,
        day_kind=kind,
        reason=entry["reason"],
        source=entry["source"],
        replaces=standing.pk if standing else None,
    )


def _stands(item: DayItem, row: CalendarEntry | None) -> bool:
    return row is not None and (row.kind, row.reason, row.source) == (item.day_kind.value, item.reason, item.source)

"""The changes that a proposal holds: checked, told in words, turned into rows, carried out (CORE-32)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar
from uuid import UUID

from lienthong.contracts.actor import Actor
from lienthong.core.actions.errors import Conflict, Forbidden, Invalid
from lienthong.core.lawbook import actions as law
from lienthong.core.lawbook import rows, snapshot
from lienthong.core.lawbook.models import CalendarEntry, Parameter, Recorded
from lienthong.core.lawbook.words import in_words
from lienthong.kit.workdays import DayKind

KIND_WORDS = dict(CalendarEntry.KINDS)


@dataclass(frozen=True, slots=True, kw_only=True)
class ParameterItem:
    """A dated row of a parameter; with `replaces` it corrects a row that stands."""

    kind: ClassVar[str] = "parameter"
    key: str
    value: Any
    valid_from: date
    valid_to: date | None = None
    instrument: str
    article: str = ""
    confirmed: bool = True
    note: str = ""
    replaces: UUID | None = None

    def row(self, agency_id: UUID | None, _reason: str) -> Parameter:
        """The row as it would be written."""
        return rows.parameter(agency_id=agency_id, replaces=_present(Parameter, self.replaces), **self._facts())

    def apply(self, by: Actor, agency_id: UUID | None, reason: str) -> None:
        """Write it."""
        replaced = _present(Parameter, self.replaces)
        law.set_parameter(by=by, reason=reason, agency_id=agency_id, replaces=replaced, **self._facts())

    def _facts(self) -> dict[str, Any]:
        return {
            "key": self.key,
            "value": self.value,
            "valid_from": self.valid_from,
            "valid_to": self.valid_to,
            "instrument": self.instrument,
            "article": self.article,
            "confirmed": self.confirmed,
            "note": self.note,
        }

    def words(self) -> str:
        """One sentence."""
        known = snapshot.current().parameters.get(self.key, ())
        words = in_words(self.key, known[0].row.kind, self.value, known[0].row.unit) if known else str(self.value)
        until = f" đến hết {self.valid_to:%d/%m/%Y}" if self.valid_to else ""
        act = "Sửa" if self.replaces else "Đặt"
        return f"{act} {self.key} = {words}, từ {self.valid_from:%d/%m/%Y}{until} ({self.instrument})"

    def to_json(self) -> dict[str, Any]:
        """The stored form."""
        return {
            "kind": self.kind,
            **self._facts(),
            "valid_from": self.valid_from.isoformat(),
            "valid_to": self.valid_to and self.valid_to.isoformat(),
            "replaces": self.replaces and str(self.replaces),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class DayItem:
    """A date that differs from its weekday; with `replaces` it corrects an entry that stands."""

    kind: ClassVar[str] = "day"
    day: date
    day_kind: DayKind
    reason: str
    source: str
    replaces: UUID | None = None

    def row(self, agency_id: UUID | None, _reason: str) -> CalendarEntry:
        """The row as it would be written."""
        if (agency_id is None) == (self.day_kind is DayKind.LOCAL_CLOSURE):
            whose = "cả nước không ghi nghỉ riêng" if agency_id is None else "cơ quan chỉ ghi ngày nghỉ riêng của mình"
            raise Invalid("Loại ngày không đúng phạm vi.", {"day_kind": f"Lịch của {whose}."})
        if not self.reason.strip():
            raise Invalid("Cần ghi nội dung của ngày này.", {"reason": "Ghi tên ngày nghỉ hoặc lý do làm bù."})
        return rows.day(
            day=self.day,
            kind=self.day_kind,
            reason=self.reason,
            source=self.source,
            unit_id=agency_id,
            replaces=_present(CalendarEntry, self.replaces),
        )

    def apply(self, by: Actor, agency_id: UUID | None, reason: str) -> None:
        """Write it; its own words are what explanations print."""
        law.declare_day(
            by=by,
            reason=reason,
            title=self.reason,
            day=self.day,
            kind=self.day_kind,
            source=self.source,
            unit_id=agency_id,
            replaces=_present(CalendarEntry, self.replaces),
        )

    def words(self) -> str:
        """One sentence."""
        return f"{KIND_WORDS[self.day_kind.value]} ngày {self.day:%d/%m/%Y}: {self.reason} ({self.source})"

    def to_json(self) -> dict[str, Any]:
        """The stored form."""
        return {
            "kind": self.kind,
            "day": self.day.isoformat(),
            "day_kind": self.day_kind.value,
            "reason": self.reason,
            "source": self.source,
            "replaces": self.replaces and str(self.replaces),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawItem:
    """A date is taken out of the calendar."""

    kind: ClassVar[str] = "withdraw"
    entry: UUID

    def row(self, agency_id: UUID | None, _reason: str) -> CalendarEntry:
        """The row as it would be written."""
        found = self._entry()
        if found.unit_id != agency_id:
            raise Forbidden("rút ngày của nơi khác")
        return rows.withdrawal(found)

    def apply(self, by: Actor, agency_id: UUID | None, reason: str) -> None:
        """Write it."""
        self.row(agency_id, reason)
        law.withdraw_day(by=by, entry=self._entry(), reason=reason)

    def _entry(self) -> CalendarEntry:
        found = _present(CalendarEntry, self.entry)
        if found is None:
            raise Conflict("Không còn ngày này trong lịch; hãy tải lại trang.", "gone")
        return found

    def words(self) -> str:
        """One sentence."""
        found = CalendarEntry.objects.filter(pk=self.entry).first()
        return f"Rút ngày {found.day:%d/%m/%Y}: {found.reason}" if found else "Rút một ngày khỏi lịch"

    def to_json(self) -> dict[str, Any]:
        """The stored form."""
        return {"kind": self.kind, "entry": str(self.entry)}


@dataclass(frozen=True, slots=True, kw_only=True)
class YearItem:
    """The days off of a year are announced."""

    kind: ClassVar[str] = "year"
    year: int
    source: str

    def row(self, agency_id: UUID | None, _reason: str) -> Recorded:
        """The row as it would be written; a year is confirmed for everybody."""
        if agency_id is not None:
            raise Forbidden("xác nhận lịch của cả nước")
        return rows.confirmation(year=self.year, source=self.source)

    def apply(self, by: Actor, agency_id: UUID | None, reason: str) -> None:
        """Write it."""
        self.row(agency_id, reason)
        law.confirm_year(by=by, year=self.year, source=self.source, reason=reason)

    def words(self) -> str:
        """One sentence."""
        return f"Xác nhận lịch nghỉ năm {self.year} ({self.source})"

    def to_json(self) -> dict[str, Any]:
        """The stored form."""
        return {"kind": self.kind, "year": self.year, "source": self.source}


type Item = ParameterItem | DayItem | WithdrawItem | YearItem


def read(stored: Mapping[str, Any]) -> Item:
    """An item from its stored form. Raises Invalid."""
    try:
        return _read(stored)
    except (KeyError, ValueError, TypeError) as error:
        raise Invalid("Thay đổi đề xuất không đọc được.", {"items": str(error)}) from error


def _read(stored: Mapping[str, Any]) -> Item:
    match stored["kind"]:
        case ParameterItem.kind:
            facts = {name: stored[name] for name in ("key", "value", "instrument")}
            facts |= {name: stored[name] for name in ("article", "confirmed", "note") if name in stored}
            until, replaced = stored.get("valid_to"), stored.get("replaces")
            return ParameterItem(
                valid_from=date.fromisoformat(stored["valid_from"]),
                valid_to=date.fromisoformat(until) if until else None,
                replaces=UUID(replaced) if replaced else None,
                **facts,
            )
        case DayItem.kind:
            replaced = stored.get("replaces")
            return DayItem(
                day=date.fromisoformat(stored["day"]),
                day_kind=DayKind(stored["day_kind"]),
                reason=stored["reason"],
                source=stored["source"],
                replaces=UUID(replaced) if replaced else None,
            )
        case WithdrawItem.kind:
            return WithdrawItem(entry=UUID(stored["entry"]))
        case YearItem.kind:
            return YearItem(year=int(stored["year"]), source=stored["source"])
        case other:
            raise ValueError(f"không có loại thay đổi “{other}”")


def rows_for(items: Sequence[Item], agency_id: UUID | None, reason: str) -> list[Recorded]:
    """All rows of a proposal, each checked. Raises Invalid, Forbidden, Conflict."""
    return [item.row(agency_id, reason) for item in items]


def _present[R: Recorded](model: type[R], ident: UUID | None) -> R | None:
    if ident is None:
        return None
    found = model._default_manager.filter(pk=ident).first()
    if found is None:
        raise Conflict("Dòng cần sửa không còn; hãy tải lại trang.", "gone")
    return found

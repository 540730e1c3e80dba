"""Rows of the law as they would be written: checked against what stands, not yet recorded (CORE-29, CORE-32).

The actions that record a row and the preview of a proposal build it here, so that both mean the same row.
"""

from datetime import date
from typing import Any
from uuid import UUID

from lienthong.core.actions.errors import Conflict, Forbidden, Invalid
from lienthong.core.lawbook.errors import BadValue
from lienthong.core.lawbook.models import CalendarEntry, CalendarYear, Origin, Parameter, Recorded
from lienthong.core.lawbook.values import typed
from lienthong.kit.vietnamese import border_name
from lienthong.kit.workdays import DayKind


def parameter(
    *,
    key: str,
    value: Any,
    valid_from: date,
    instrument: str,
    article: str = "",
    valid_to: date | None = None,
    agency_id: UUID | None = None,
    confirmed: bool = True,
    note: str = "",
    replaces: Parameter | None = None,
) -> Parameter:
    """A dated local row of a known parameter; kind and unit are those of the release. Raises Invalid, Conflict."""
    model = Parameter.objects.filter(key=key).order_by("-change__number").first()
    if model is None:
        raise Invalid(f"Không có tham số “{key}”.", {"key": "Chọn một tham số trong danh sách."})
    try:
        typed(model.kind, value)
    except BadValue as error:
        raise Invalid("Giá trị không hợp lệ.", {"value": str(error)}) from error
    if not instrument.strip():
        raise Invalid("Cần ghi văn bản làm căn cứ.", {"instrument": "Ghi số, ký hiệu của văn bản."})
    if valid_to is not None and valid_to < valid_from:
        raise Invalid("Ngày áp dụng không đúng.", {"valid_to": "Ngày cuối không được trước ngày đầu."})
    return Parameter(
        key=key,
        agency_id=agency_id,
        kind=model.kind,
        value=value,
        unit=model.unit,
        valid_from=valid_from,
        valid_to=valid_to,
        instrument=border_name(instrument),
        article=border_name(article),
        status=Parameter.Status.CONFIRMED if confirmed else Parameter.Status.UNCONFIRMED,
        note=note,
        replaces=replaceable(replaces, agency_id),
        origin=Origin.LOCAL,
    )


def day(
    *,
    day: date,
    kind: DayKind,
    reason: str,
    source: str,
    unit_id: UUID | None = None,
    replaces: CalendarEntry | None = None,
) -> CalendarEntry:
    """A date of the calendar, of the node or of one agency; none without its source (F-CORE-13)."""
    if not source.strip():
        raise Invalid("Cần ghi căn cứ của ngày này.", {"source": "Ghi số, ký hiệu của thông báo hoặc quyết định."})
    return CalendarEntry(
        unit_id=unit_id,
        day=day,
        kind=kind.value,
        reason=reason,
        source=border_name(source),
        replaces=replaceable(replaces, unit_id),
        origin=Origin.LOCAL,
    )


def withdrawal(entry: CalendarEntry) -> CalendarEntry:
    """The row that takes a date out of the calendar."""
    return CalendarEntry(
        unit_id=entry.unit_id,
        day=entry.day,
        kind=entry.kind,
        reason=entry.reason,
        source=entry.source,
        replaces=replaceable(entry, entry.unit_id),
        origin=Origin.LOCAL,
        withdrawn=True,
    )


def confirmation(*, year: int, source: str) -> CalendarYear:
    """The row that declares the days off of a year announced (CORE-16)."""
    if not source.strip():
        raise Invalid("Cần ghi căn cứ của lịch năm.", {"source": "Ghi số, ký hiệu của thông báo."})
    return CalendarYear(year=year, confirmed=True, source=border_name(source), origin=Origin.LOCAL)


def replaceable[R: Recorded](row: R | None, owner: UUID | None) -> R | None:
    """The row that a correction replaces: of the same owner, and not replaced before. Raises Forbidden, Conflict."""
    if row is None:
        return None
    owned = row.agency_id if isinstance(row, Parameter) else getattr(row, "unit_id", None)
    if owned != owner:
        raise Forbidden("thay một dòng của nơi khác")
    if type(row)._default_manager.filter(replaces=row).exists():
        raise Conflict("Dòng này đã được thay bằng dòng mới hơn; hãy tải lại trang.", "replaced")
    return row

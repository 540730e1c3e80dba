"""Changes of the lawbook: each is one action, one numbered change, one journal entry (CORE-29, CORE-32).

An agency rules only its own parameters and closures. Rows for the whole node come from a release; changing them on
screen takes two persons (CORE-32).
"""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Max, QuerySet

from lienthong.contracts.actor import Actor
from lienthong.core.actions import Act, action
from lienthong.core.actions.errors import Conflict, Forbidden, Invalid
from lienthong.core.lawbook import snapshot
from lienthong.core.lawbook.errors import BadValue
from lienthong.core.lawbook.models import CalendarEntry, CalendarYear, LawChange, Origin, Parameter, Recorded
from lienthong.core.lawbook.values import typed
from lienthong.core.registry import Registry, Verb
from lienthong.kit import clock
from lienthong.kit.vietnamese import border_name
from lienthong.kit.workdays import DayKind

SET_PARAMETER = "lawbook:parameter:set"
DECLARE_DAY = "lawbook:calendar:declare"
WITHDRAW_DAY = "lawbook:calendar:withdraw"
CONFIRM_YEAR = "lawbook:calendar:confirm"
SYNC_RELEASE = "lawbook:release:sync"

CALENDAR_CHANGED = "lawbook.calendar.changed"
"""The message that open clocks wait for (CORE-25): {version, reason}."""

_VERBS = (
    Verb(SET_PARAMETER, "đặt tham số pháp lý", "Đặt tham số pháp lý"),
    Verb(DECLARE_DAY, "ghi ngày nghỉ hoặc làm bù vào lịch làm việc", "Ghi ngày vào lịch làm việc"),
    Verb(WITHDRAW_DAY, "rút một ngày khỏi lịch làm việc", "Rút ngày khỏi lịch làm việc"),
    Verb(CONFIRM_YEAR, "xác nhận lịch nghỉ của năm", "Xác nhận lịch của năm"),
    Verb(SYNC_RELEASE, "nạp căn cứ pháp lý của bản phát hành", "Nạp căn cứ pháp lý"),
)


class LawPolicy:
    """The law is read by everybody; who holds the verb changes what belongs to the own agency."""

    def scope(self, _actor: Actor, rows: QuerySet[Parameter]) -> QuerySet[Parameter]:
        """All rows: the law is public."""
        return rows

    def sees(self, _actor: Actor, _obj: Any) -> bool:
        """The law is public."""
        return True

    def allows(self, actor: Actor, verb: str, _obj: Any) -> bool:
        """The release is loaded by the system alone."""
        return actor.is_system or (verb != SYNC_RELEASE and actor.may(verb))


def declare(registry: Registry) -> None:
    """Verbs and policy, at start-up."""
    registry.add_verbs(*_VERBS)
    registry.add_policy(Parameter, LawPolicy(), [verb.code for verb in _VERBS])


@action(SET_PARAMETER, needs_reason=True)
def set_parameter(
    act: Act[None],
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
    """Add a dated local row of a known parameter, in place of `replaces` when it corrects one (CORE-29).

    Kind and unit are those of the release's rows. Raises Invalid for an unknown key or a value of another kind.
    """
    _may_rule(act.by, agency_id)
    model = Parameter.objects.filter(key=key).order_by("-change__number").first()
    if model is None:
        raise Invalid(f"Không có tham số “{key}”.", {"key": "Chọn một tham số trong danh sách."})
    try:
        typed(model.kind, value)
    except BadValue as error:
        raise Invalid("Giá trị không hợp lệ.", {"value": str(error)}) from error
    if not instrument.strip():
        raise Invalid("Cần ghi văn bản làm căn cứ.", {"instrument": "Ghi số, ký hiệu của văn bản."})
    row = Parameter(
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
        replaces=_replaceable(replaces, agency_id),
        origin=Origin.LOCAL,
    )
    _record(act, [row])
    act.note(key=key, value=value, valid_from=valid_from, valid_to=valid_to, instrument=row.instrument)
    if replaces is not None:
        act.was(value=replaces.value, valid_from=replaces.valid_from, valid_to=replaces.valid_to)
    if key.startswith("clock."):
        act.emit(CALENDAR_CHANGED, version=row.change.number, reason=act.reason)
    return row


@action(DECLARE_DAY, needs_reason=True)
def declare_day(
    act: Act[None],
    *,
    day: date,
    kind: DayKind,
    source: str,
    unit_id: UUID | None = None,
    replaces: CalendarEntry | None = None,
) -> CalendarEntry:
    """Write a date into the calendar, for the node or one agency; the reason is what explanations print (CORE-15)."""
    _may_rule(act.by, unit_id)
    if not source.strip():
        raise Invalid("Cần ghi căn cứ của ngày này.", {"source": "Ghi số, ký hiệu của thông báo hoặc quyết định."})
    row = CalendarEntry(
        unit_id=unit_id,
        day=day,
        kind=kind.value,
        reason=act.reason,
        source=border_name(source),
        replaces=_replaceable(replaces, unit_id),
        origin=Origin.LOCAL,
    )
    _calendar_change(act, row)
    act.note(day=day, kind=kind.value, source=row.source, unit=unit_id)
    return row


@action(WITHDRAW_DAY, needs_reason=True)
def withdraw_day(act: Act[None], *, entry: CalendarEntry) -> CalendarEntry:
    """Take a date out of the calendar; the row stays readable, replaced by its withdrawal."""
    _may_rule(act.by, entry.unit_id)
    row = CalendarEntry(
        unit_id=entry.unit_id,
        day=entry.day,
        kind=entry.kind,
        reason=entry.reason,
        source=entry.source,
        replaces=_replaceable(entry, entry.unit_id),
        origin=Origin.LOCAL,
        withdrawn=True,
    )
    _calendar_change(act, row)
    act.was(day=entry.day, kind=entry.kind, source=entry.source, unit=entry.unit_id)
    return row


@action(CONFIRM_YEAR, needs_reason=True)
def confirm_year(act: Act[None], *, year: int, source: str) -> CalendarYear:
    """Declare the days off of a year announced; provisional deadlines are counted anew (CORE-16)."""
    _may_rule(act.by, None)
    row = CalendarYear(year=year, confirmed=True, source=border_name(source), origin=Origin.LOCAL)
    _calendar_change(act, row)
    act.note(year=year, source=row.source)
    return row


@action(SYNC_RELEASE)
def add_release_rows(act: Act[None], *, rows: Sequence[Recorded]) -> int:
    """Add the rows that a release brings, as one change; returns its number (CORE-29)."""
    change = _record(act, rows)
    act.note(version=change.number, rows=len(rows))
    if any(not isinstance(row, Parameter) or row.key.startswith("clock.") for row in rows):
        act.emit(CALENDAR_CHANGED, version=change.number, reason=change.reason)
    return change.number


def _calendar_change(act: Act[None], row: Recorded) -> None:
    change = _record(act, [row])
    act.emit(CALENDAR_CHANGED, version=change.number, reason=act.reason)


def lock() -> None:
    """Let changes of the law follow one another: held until the commit, so that numbers grow in its order."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('lienthong.lawbook'))")


def _record(act: Act[None], rows: Sequence[Recorded]) -> LawChange:
    lock()
    number = (LawChange.objects.aggregate(newest=Max("number"))["newest"] or 0) + 1
    change = LawChange.objects.create(number=number, at=clock.now(), actor=act.by.key, reason=act.reason)
    snapshot.changing()
    for row in rows:
        row.change = change
    _add(Parameter, rows)
    _add(CalendarEntry, rows)
    _add(CalendarYear, rows)
    return change


def _add[R: Recorded](kind: type[R], rows: Sequence[Recorded]) -> None:
    kind._default_manager.bulk_create(row for row in rows if isinstance(row, kind))


def _may_rule(actor: Actor, agency_id: UUID | None) -> None:
    if not actor.is_system and (agency_id is None or agency_id != actor.agency_id):
        raise Forbidden("thay đổi căn cứ pháp lý ngoài cơ quan của mình")


def _replaceable[R: Recorded](row: R | None, owner: UUID | None) -> R | None:
    if row is None:
        return None
    owned = row.agency_id if isinstance(row, Parameter) else getattr(row, "unit_id", None)
    if owned != owner:
        raise Forbidden("thay một dòng của nơi khác")
    if type(row)._default_manager.filter(replaces=row).exists():
        raise Conflict("Dòng này đã được thay bằng dòng mới hơn; hãy tải lại trang.", "replaced")
    return row

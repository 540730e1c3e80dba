"""Changes of the lawbook: each is one action, one numbered change, one journal entry (CORE-29, CORE-32).

No person runs these: they are what an approved proposal (core/amendments) or a release brings about.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Max, QuerySet

from lienthong.contracts.actor import Actor
from lienthong.core.actions import Act, action
from lienthong.core.lawbook import rows as rows_of
from lienthong.core.lawbook import snapshot
from lienthong.core.lawbook.models import CalendarEntry, CalendarYear, LawChange, Parameter, Recorded
from lienthong.core.registry import Registry, Verb
from lienthong.kit import clock
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
    """The law is read by everybody; only an approved proposal of two persons or a release changes it (CORE-32)."""

    def scope(self, _actor: Actor, rows: QuerySet[Parameter]) -> QuerySet[Parameter]:
        """All rows: the law is public."""
        return rows

    def sees(self, _actor: Actor, _obj: Any) -> bool:
        """The law is public."""
        return True

    def allows(self, actor: Actor, _verb: str, _obj: Any) -> bool:
        """The system alone, on behalf of two persons or of a release."""
        return actor.is_system


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
    row = rows_of.parameter(
        key=key,
        value=value,
        valid_from=valid_from,
        valid_to=valid_to,
        instrument=instrument,
        article=article,
        agency_id=agency_id,
        confirmed=confirmed,
        note=note,
        replaces=replaces,
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
    title: str = "",
    unit_id: UUID | None = None,
    replaces: CalendarEntry | None = None,
) -> CalendarEntry:
    """Write a date into the calendar, for the node or one agency (CORE-15).

    `title` is what explanations print; without it the reason of the act is.
    """
    row = rows_of.day(day=day, kind=kind, reason=title or act.reason, source=source, unit_id=unit_id, replaces=replaces)
    _calendar_change(act, row)
    act.note(day=day, kind=kind.value, source=row.source, unit=unit_id)
    return row


@action(WITHDRAW_DAY, needs_reason=True)
def withdraw_day(act: Act[None], *, entry: CalendarEntry) -> CalendarEntry:
    """Take a date out of the calendar; the row stays readable, replaced by its withdrawal."""
    row = rows_of.withdrawal(entry)
    _calendar_change(act, row)
    act.was(day=entry.day, kind=entry.kind, source=entry.source, unit=entry.unit_id)
    return row


@action(CONFIRM_YEAR, needs_reason=True)
def confirm_year(act: Act[None], *, year: int, source: str) -> CalendarYear:
    """Declare the days off of a year announced; provisional deadlines are counted anew (CORE-16)."""
    row = rows_of.confirmation(year=year, source=source)
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

"""Numbers without gaps: drawn under the lock of their series, inside the transaction that registers (CORE-46..51)."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Q

from lienthong.core import golive, lawbook
from lienthong.core.actions.errors import Conflict, Invalid
from lienthong.core.orgs.models import IssuingBody
from lienthong.kit import clock
from lienthong.kit.numbering import BadFormat, DocumentNumber, Reset, SeriesFormat, reset_period
from lienthong.systems.office.models import (
    OpeningBalance,
    Register,
    RegisterClosing,
    RegisterLine,
    Series,
    SeriesCounter,
)


@dataclass(frozen=True, slots=True)
class Drawn:
    """A number that was just taken, with the instant and the legal date of its allocation (OF-31)."""

    series: Series
    number: int
    period: str
    at: datetime
    on: date


def counter_of(series: Series, period: str) -> SeriesCounter:
    """The counter of a series and period, locked until the commit: draws and balances wait here for one another."""
    SeriesCounter.objects.bulk_create([SeriesCounter(series=series, period=period)], ignore_conflicts=True)
    return SeriesCounter.objects.select_for_update().get(series=series, period=period)


def period_of(series: Series, day: date) -> str:
    """The period of a series on a date: its year, or the term that a Party register names."""
    return reset_period(Reset(series.reset), day)


def _demand_open(series: Series, period: str) -> None:
    """No number before the agency is live, in a closed book, or while a balance waits (CORE-105, CORE-107, OF-39)."""
    if not golive.is_live(series.agency_id):
        raise Conflict(
            "Cơ quan chưa mở sổ trên hệ thống nên chưa cấp số. Quản trị cơ quan hoàn tất phần “Chuẩn bị vận hành”, "
            "hai người xác nhận mở sổ, rồi làm lại.",
            "not_live",
        )
    if RegisterClosing.objects.filter(register_id=series.register_id, period__in=["", period]).exists():
        raise Conflict("Sổ đã khóa, không cấp số nữa. Chọn sổ của cơ quan kế thừa.", "register_closed")
    if OpeningBalance.objects.filter(series=series, period=period, state="proposed").exists():
        raise Conflict(
            "Dãy số này đang chờ xác nhận số cuối sổ trước nên chưa cấp số. Người thứ hai xác nhận hoặc rút đề nghị "
            "tại trang Sổ văn bản, rồi làm lại.",
            "balance_pending",
        )


def draw(series: Series, document: UUID) -> Drawn:
    """Take the next number of a series and write its register line; the caller's roll-back gives it back.

    The counter's row is the only lock: other series are not blocked, two clerks wait for each other (F-OF-1, F-OF-2).
    """
    period = period_of(series, clock.local_date())
    counter = counter_of(series, period)
    # The clock is read under the lock, so that numbers and times grow together (CORE-48); the year may just have
    # rolled.
    at = clock.now()
    if period_of(series, clock.local_date(at)) != period:
        return draw(series, document)
    _demand_open(series, period)
    if counter.last_at is not None and at < counter.last_at:
        raise Conflict(
            "Đồng hồ của máy chủ chạy lùi so với lần cấp số trước; chưa cấp số. "
            "Báo người vận hành kiểm tra giờ máy chủ.",
            "clock_backwards",
        )
    counter.last += 1
    counter.last_at = at
    counter.save(update_fields=["last", "last_at"])
    RegisterLine.objects.create(
        agency_id=series.agency_id,
        register_id=series.register_id,
        series=series,
        period=period,
        number=counter.last,
        drawn_at=at,
        document=document,
    )
    return Drawn(series=series, number=counter.last, period=period, at=at, on=clock.local_date(at))


def outgoing_series(body: IssuingBody, type_code: str) -> Series:
    """The series of an issuing body and type: its own where there is one, else the common one (OF-29).

    The numbers of a body go on through changes of its name or header (CORE-46), and stop when it issues no more.
    """
    if not IssuingBody.objects.filter(
        Q(pk=body.line_id) | Q(first_id=body.line_id), valid__contains=clock.local_date()
    ).exists():
        raise Conflict(f"{body.name} không còn là chủ thể ban hành; không cấp số nữa.", "body_ended")
    rows = {
        row.type_code: row
        for row in Series.objects.select_related("register").filter(
            register__kind=Register.Kind.OUTGOING, issuing_body_id=body.line_id, type_code__in=["", type_code]
        )
    }
    series = rows.get(type_code) or rows.get("")
    if series is None:
        raise Invalid(
            f"{body.name} chưa mở dãy số cho loại văn bản này. Quản trị của cơ quan mở dãy số trước khi phát hành.",
            code="no_series",
        )
    return series


def incoming_series(agency_id: UUID) -> Series:
    """The series of the agency's default incoming register."""
    series = (
        Series.objects.select_related("register")
        .filter(agency_id=agency_id, register__kind=Register.Kind.INCOMING, register__default=True)
        .first()
    )
    if series is None:
        raise Invalid("Cơ quan chưa mở sổ đăng ký văn bản đến. Quản trị của cơ quan mở sổ trước.", code="no_series")
    return series


def written(series: Series, drawn: Drawn, *, kind: str, organ: str, unit: str) -> DocumentNumber:
    """Số, ký hiệu as the series prints it: `15/QĐ-BNV`, `05/BNV-VP` (OF-30)."""
    pad = int(lawbook.get("number.pad", on=drawn.on))
    try:
        return SeriesFormat(series.pattern, pad).render(drawn.number, drawn.on, kind=kind, organ=organ, unit=unit)
    except BadFormat as error:
        raise Invalid(f"Chưa cấp được số: {error}", code="bad_format") from error

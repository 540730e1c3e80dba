"""Books and series of an agency, and how a series goes on from the book before (CORE-46, CORE-51, CORE-105)."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Max

from lienthong.contracts.actor import Actor
from lienthong.core import files, lawbook, notify
from lienthong.core.access.actors import positions_with
from lienthong.core.actions import Act, action, ref_of
from lienthong.core.actions.errors import Conflict, Forbidden, Invalid
from lienthong.core.files.models import StoredFile
from lienthong.core.files.reading import may_read
from lienthong.core.orgs.models import Holding, IssuingBody
from lienthong.core.orgs.queries import holdings_at
from lienthong.kit import clock, vietnamese
from lienthong.kit.numbering import BadFormat, Reset, SeriesFormat
from lienthong.systems.office import numbers, types
from lienthong.systems.office.book_policies import BELOW, CONFIRM
from lienthong.systems.office.models import HistoryLine, OpeningBalance, Register, RegisterLine, Series

PROPOSE = "office:balance:propose"
SCANS = ("application/pdf", "image/png", "image/jpeg", "image/tiff")
MOST = 1_000_000
"""No book of one year comes near; a slip of the keyboard does."""


@action("office:register:create")
def create_register(act: Act[None], *, kind: str, name: str, default: bool = False) -> Register:
    """Begin a book of the agency (OF-29); the first of its kind is the default one."""
    agency_id = _agency(act)
    name = vietnamese.border_name(name)
    faults = {}
    if kind not in Register.Kind.values:
        faults["kind"] = "Chọn loại sổ."
    if not name:
        faults["name"] = "Ghi tên sổ."
    elif Register.objects.filter(agency_id=agency_id, name=name).exists():
        faults["name"] = "Cơ quan đã có sổ tên này."
    if faults:
        raise Invalid("Chưa mở được sổ.", faults)
    present = Register.objects.filter(agency_id=agency_id, kind=kind, default=True)
    if default:
        present.update(default=False)
    row = Register.objects.create(agency_id=agency_id, kind=kind, name=name, default=default or not present.exists())
    act.about(row)
    act.note(kind=kind, name=name, default=row.default)
    return row


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesInput:
    """A series: of which book, body and type, how it writes its numbers, when it begins anew."""

    register_id: UUID
    pattern: str
    issuing_body_id: UUID | None = None
    type_code: str = ""
    reset: str = Reset.YEAR.value


@action("office:series:create", on=Series)
def create_series(act: Act[Series], *, facts: SeriesInput) -> Series:
    """Begin a series of numbers; its format stands before its first number (CORE-51)."""
    agency_id = _agency(act)
    register = Register.objects.filter(pk=facts.register_id, agency_id=agency_id).first()
    faults: dict[str, str] = {}
    if register is None:
        faults["register_id"] = "Chọn sổ của cơ quan."
    body = _body(agency_id, facts, register, faults)
    faults |= _format_faults(facts.pattern, facts.reset)
    if not faults and Series.objects.filter(register=register, issuing_body=body, type_code=facts.type_code).exists():
        faults["type_code"] = "Sổ đã có dãy số này."
    if faults or register is None:
        raise Invalid("Chưa mở được dãy số.", faults)
    row = Series.objects.create(
        agency_id=agency_id,
        register=register,
        issuing_body=body,
        type_code=facts.type_code,
        pattern=facts.pattern,
        reset=facts.reset,
    )
    act.about(row)
    act.note(register=register.name, body=body.name if body else None, type=facts.type_code, pattern=row.pattern)
    return row


def _body(agency_id: UUID, facts: SeriesInput, register: Register | None, faults: dict[str, str]) -> IssuingBody | None:
    """The issuing body of a series of outgoing papers; what an incoming book is not asked."""
    if register is None or register.kind == Register.Kind.INCOMING:
        if facts.type_code or facts.issuing_body_id:
            faults["issuing_body_id"] = "Sổ văn bản đến có một dãy số chung, không theo chủ thể ban hành hay loại."
        return None
    body = (
        facts.issuing_body_id
        and IssuingBody.objects.filter(
            pk=facts.issuing_body_id, agency_id=agency_id, valid__contains=clock.local_date()
        ).first()
    )
    if not body:
        faults["issuing_body_id"] = "Chọn chủ thể ban hành của cơ quan."
        return None
    if facts.type_code and facts.type_code not in types.by_code():
        faults["type_code"] = "Chọn loại văn bản, hoặc để trống cho dãy chung."
    # A series holds on to the body through all its rows.
    return body if body.first_id is None else IssuingBody.objects.get(pk=body.line_id)


def _format_faults(pattern: str, reset: str) -> dict[str, str]:
    faults = {}
    try:
        SeriesFormat(pattern, int(lawbook.get("number.pad")))
    except BadFormat as error:
        faults["pattern"] = str(error)
    if reset not in Reset:
        faults["reset"] = "Chọn đánh số lại theo năm hoặc theo nhiệm kỳ."
    return faults


@action("office:series:change", on=Series)
def change_series(act: Act[Series], *, pattern: str, reset: str) -> None:
    """Another format or reset, before the first number alone (CORE-51)."""
    row = act.target
    if RegisterLine.objects.filter(series=row).exists():
        raise Conflict("Dãy số đã cấp số nên không đổi dạng số được; mở dãy số khác nếu cần.", "series_used")
    if faults := _format_faults(pattern, reset):
        raise Invalid("Chưa đổi được dãy số.", faults)
    act.was(pattern=row.pattern, reset=row.reset)
    row.pattern, row.reset = pattern, reset
    act.note(pattern=pattern, reset=reset)


# --- the opening balance ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class BalanceInput:
    """What the last page of the book before says: its last number, the date of it, the name of the book, a scan."""

    last: int
    last_on: date
    book: str
    scan_id: UUID | None


@action(PROPOSE, on=OpeningBalance)
def propose_balance(act: Act[OpeningBalance], *, series: Series, facts: BalanceInput) -> OpeningBalance:
    """Say after which number the series goes on in this period; a second person confirms (CORE-105, V-NUM-4)."""
    series = _own(act.by, series)
    period = numbers.period_of(series, clock.local_date())
    numbers.counter_of(series, period)
    _demand_unused(series, period)
    if OpeningBalance.objects.filter(series=series, period=period, state="proposed").exists():
        raise Conflict("Dãy số này đã có số đang chờ xác nhận; xác nhận hoặc rút số đó trước.", "balance_pending")
    correcting = OpeningBalance.objects.filter(series=series, period=period, state="confirmed").first()
    faults: dict[str, str] = {}
    if not (0 if correcting else 1) <= facts.last <= MOST:
        faults["last"] = "Ghi số cuối đã dùng trong sổ trước, từ 1 trở lên."
    today = clock.local_date()
    if facts.last_on > today:
        faults["last_on"] = "Ngày của số cuối không sau hôm nay."
    elif series.reset == Reset.YEAR and str(facts.last_on.year) != period:
        faults["last_on"] = f"Số cuối phải là của năm {period}; dãy số đánh lại từ 01 mỗi năm."
    book = vietnamese.border_name(facts.book)
    if not book:
        faults["book"] = "Ghi tên sổ trước."
    scan = StoredFile.objects.filter(pk=facts.scan_id).first() if facts.scan_id else None
    if scan is None or not may_read(act.by, scan):
        faults["scan"] = "Đính kèm bản quét trang cuối của sổ trước."
    elif scan.content_type not in SCANS:
        faults["scan"] = "Bản quét là tệp PDF hoặc ảnh."
    if faults or scan is None:
        raise Invalid("Chưa ghi được số cuối sổ trước.", faults)
    _demand_above_history(series, period, facts.last)
    row = OpeningBalance.objects.create(
        agency_id=series.agency_id,
        series=series,
        period=period,
        last=facts.last,
        last_on=facts.last_on,
        book=book,
        scan=scan,
        proposed_by=act.by.person,
        proposed_name=act.by.name,
        proposed_at=clock.now(),
    )
    files.link(ref_of(row), "scan", scan, lock=True, by=act.by)
    act.about(row)
    act.note(series=str(series.pk), period=period, last=row.last, last_on=row.last_on, scan=scan.sha256)
    notify.tell(
        positions_with(CONFIRM, series.agency_id),
        event=f"{PROPOSE}:{row.pk}",
        kind="office.balance",
        text=f"Xác nhận số cuối sổ trước: {row.last}/{period} ({book})",
        ref=ref_of(row),
        besides=act.by.user_id,
    )
    return row


# A clerk of the superior agency may be the second person: the row lies in another agency (core/fence).
@action(CONFIRM, on=OpeningBalance)
def confirm_balance(act: Act[OpeningBalance]) -> None:
    """Let the series start after the balance: confirmed by another person, before the first draw (V-NUM-4, V-NUM-5)."""
    _confirm(act)


@action(BELOW, on=OpeningBalance, across=BELOW)
def confirm_below(act: Act[OpeningBalance]) -> None:
    """The same by the clerk of the superior unit, where the unit has one clerk alone (CORE-32)."""
    _confirm(act)


def _confirm(act: Act[OpeningBalance]) -> None:
    row = act.target
    if row.proposed_by in {act.by.user_id, act.by.on_behalf_of}:
        raise Forbidden("Xác nhận số do chính mình ghi")
    _demand_second(act.by, row.agency_id)
    series = row.series
    counter = numbers.counter_of(series, row.period)
    if numbers.period_of(series, clock.local_date()) != row.period:
        raise Conflict("Số cuối này thuộc kỳ đã qua; dãy số đã sang kỳ mới.", "balance_period")
    _demand_unused(series, row.period)
    _demand_above_history(series, row.period, row.last)
    if (old := OpeningBalance.objects.filter(series=series, period=row.period, state="confirmed").first()) is not None:
        act.was(last=old.last, last_on=old.last_on)
        replace_balance(by=act.by, target=old)
    row.confirmed_by = act.by.person
    row.confirmed_name = act.by.name
    row.confirmed_at = clock.now()
    # The guard of the counter asks for the confirmed row.
    row.save()
    counter.last = row.last
    counter.save(update_fields=["last"])
    act.note(
        series=str(series.pk),
        period=row.period,
        last=row.last,
        proposed_by=row.proposed_name,
        confirmed_by=row.confirmed_name,
        scan=row.scan.sha256,
    )


@action("office:balance:replace", on=OpeningBalance, across="office:balance:replace")
def replace_balance(act: Act[OpeningBalance]) -> None:
    """A confirmed balance gives way to its correction; it stays readable (CORE-105)."""
    act.note(last=act.target.last, period=act.target.period)


@action("office:balance:withdraw", on=OpeningBalance)
def withdraw_balance(act: Act[OpeningBalance]) -> None:
    """Take back or turn down a balance that nobody confirmed."""
    act.note(last=act.target.last, period=act.target.period)


def clerks_of(agency_id: UUID) -> set[UUID]:
    """The persons who keep the books of an agency now."""
    rows: list[Holding] = list(holdings_at().filter(position_id__in=list(positions_with(PROPOSE, agency_id))))
    return {row.person_id for row in rows}


def _demand_second(actor: Actor, agency_id: UUID) -> None:
    """Two clerks confirm each other; with one clerk the second is the leader or the superior's clerk (CORE-32)."""
    if actor.agency_id == agency_id and actor.may(PROPOSE):
        return
    if len(clerks_of(agency_id)) > 1:
        raise Forbidden("Xác nhận số cuối sổ trước (cơ quan có từ hai văn thư: văn thư thứ hai xác nhận)")


def _demand_unused(series: Series, period: str) -> None:
    if RegisterLine.objects.filter(series=series, period=period).exists():
        raise Conflict("Dãy số đã cấp số trong kỳ này nên không ghi hay sửa số cuối sổ trước được nữa.", "balance_late")


def _demand_above_history(series: Series, period: str, last: int) -> None:
    """The balance covers what old documents of the period already brought along (V-NUM-6)."""
    if not period.isdecimal():
        return
    most = HistoryLine.objects.filter(series=series, year=int(period)).aggregate(most=Max("place"))["most"]
    if most is not None and most > last:
        raise Conflict(
            f"Văn bản lịch sử đã nhập có số {most}/{period}, lớn hơn số cuối {last}; kiểm tra lại số cuối sổ trước.",
            "balance_below_history",
        )


def _own(actor: Actor, series: Series) -> Series:
    row = Series.objects.select_related("register").filter(pk=series.pk, agency_id=actor.agency_id).first()
    if row is None:
        raise Invalid("Không tìm thấy dãy số của cơ quan.", {"series": "Chọn dãy số của cơ quan."})
    return row


def _agency(act: Act[None] | Act[Series]) -> UUID:
    if act.by.agency_id is None:
        raise Invalid("Chọn một vị trí của cơ quan trước.", code="no_agency")
    return act.by.agency_id

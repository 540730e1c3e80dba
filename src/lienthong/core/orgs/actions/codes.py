"""Registering codes, and the published schemes of other codes (CORE-3..5; QĐ 20/2020/QĐ-TTg Đ4–Đ8)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import Max

from lienthong.core.actions import Act, action
from lienthong.core.actions.errors import Conflict, Invalid
from lienthong.core.orgs import codes, history
from lienthong.core.orgs.models import CodeScheme, LineageEvent, Unit, UnitCode, UnitVersion, code_key
from lienthong.core.orgs.policies import DirectoryPolicy
from lienthong.core.registry import Registry, Verb
from lienthong.kit import clock, vietnamese

PUBLISH_SCHEME = "orgs:scheme:publish"
AMEND_SCHEME = "orgs:scheme:amend"
END_SCHEME = "orgs:scheme:end"
LAST_SCHEME = 99
"""Z99: the code has two digits (QĐ 20/2020 Đ6)."""
FIXED = ("number", "issuer_id", "alphabet", "shortest", "longest")

VERBS = (
    Verb(PUBLISH_SCHEME, "công bố hệ thống mã khác", "Công bố hệ thống mã"),
    Verb(AMEND_SCHEME, "sửa đổi hệ thống mã đã công bố", "Sửa đổi hệ thống mã"),
    Verb(END_SCHEME, "ngừng dùng hệ thống mã", "Ngừng dùng hệ thống mã"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCode:
    """A code to be registered; an empty scheme is guessed, `confirmed` says that a suggested form was checked."""

    code: str
    scheme: str = ""
    primary: bool = False
    confirmed: bool = False


def declare(registry: Registry) -> None:
    """Verbs and policy, at start-up."""
    registry.add_verbs(*VERBS)
    registry.add_policy(CodeScheme, DirectoryPolicy(), [verb.code for verb in VERBS])


def register_code(unit: Unit, new: NewCode, effective: date, instrument: str, event: LineageEvent) -> UnitCode:
    """Write a code of a unit; raises Invalid for a wrong shape, Conflict when somebody else bears it (F-CORE-1)."""
    text = vietnamese.border_name(new.code).replace(" ", "")
    scheme = new.scheme or codes.guessed(text, effective)
    if scheme != UnitCode.Scheme.LEGACY:
        # The schemes know capitals only; what was met in practice is kept as it was met.
        text = code_key(text)
    if fault := codes.fault(text, scheme, effective, confirmed=new.confirmed, unit_id=unit.pk):
        raise Invalid("Chưa ghi được mã định danh.", {"code": fault})
    others = codes.bearers([code_key(text)], effective)
    if others:
        raise Conflict(_both(text, others[0]), "code_taken")
    return history.add_code(
        unit, text, scheme, DateRange(effective, None), source=instrument, primary=new.primary, event=event
    )


def _both(code: str, row: UnitCode) -> str:
    version = UnitVersion.objects.filter(unit=row.unit, recorded__upper_inf=True).order_by("-valid__startswith").first()
    name = version.official_name if version else "đơn vị khác"
    until = f" đến hết ngày {row.valid.upper:%d/%m/%Y}" if row.valid.upper else ""
    return (
        f"Mã “{code}” trùng với mã “{row.code}” của {name} (dùng từ {row.valid.lower:%d/%m/%Y}{until}). "
        "Một mã chỉ chỉ một đơn vị tại một thời điểm; kiểm tra lại quyết định ban hành mã."
    )


@action(PUBLISH_SCHEME)
def publish_scheme(
    act: Act[None],
    *,
    issuer_id: UUID,
    name: str,
    alphabet: str,
    shortest: int,
    longest: int,
    instrument: str,
    published_on: date,
    purpose: str = "",
) -> CodeScheme:
    """Publish a scheme under the next code Zxy: codes are used once, in sequence (QĐ 20/2020 Đ6.2, Đ8.1; CORE-5)."""
    faults = {}
    if not vietnamese.border_name(name):
        faults["name"] = "Nhập tên hệ thống mã."
    if not instrument.strip():
        faults["instrument"] = "Ghi số, ký hiệu của văn bản công bố."
    if alphabet not in CodeScheme.Alphabet.values:
        faults["alphabet"] = "Chọn ký tự của mã thành viên."
    shape = next((each for each in codes.shapes(published_on) if each.scheme == UnitCode.Scheme.QD20_OTHER), None)
    most = shape.longest - len("Z00") if shape is not None else 0
    if shape is None:
        faults["published_on"] = "Ngày này chưa có quy định về hệ thống mã khác."
    elif not 1 <= shortest <= longest <= most:
        faults["longest"] = f"Mã thành viên từ 1 đến {most} ký tự, số ít nhất không lớn hơn số nhiều nhất."
    if not Unit.objects.filter(pk=issuer_id).exists():
        faults["issuer_id"] = "Chọn cơ quan công bố."
    if faults:
        raise Invalid("Chưa công bố được hệ thống mã.", faults)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('lienthong.orgs.scheme'))")
    number = (CodeScheme.objects.aggregate(last=Max("number"))["last"] or 0) + 1
    if number > LAST_SCHEME:
        raise Conflict("Đã dùng hết mã từ Z01 đến Z99.", "no_scheme_left")
    row = CodeScheme.objects.create(
        number=number,
        issuer_id=issuer_id,
        alphabet=alphabet,
        shortest=shortest,
        longest=longest,
        name=vietnamese.border_name(name),
        purpose=vietnamese.border(purpose),
        instrument=vietnamese.border_name(instrument),
        published_on=published_on,
    )
    act.about(row)
    act.note(code=row.code, name=row.name, instrument=row.instrument, published_on=published_on)
    return row


@action(AMEND_SCHEME, on=CodeScheme, needs_reason=True)
def amend_scheme(act: Act[CodeScheme], *, changes: Mapping[str, Any]) -> None:
    """Amend name, purpose or instrument; code, issuer and structure stay for ever: another scheme is needed (Đ8.1)."""
    row = act.target
    for name in FIXED:
        if name in changes and changes[name] != getattr(row, name):
            raise Conflict(
                f"Mã, cơ quan công bố và cấu trúc của hệ thống mã {row.code} đã công bố thì không thay đổi. "
                "Nếu cần cấu trúc khác, công bố một hệ thống mã mới.",
                "scheme_fixed",
            )
    for name in ("name", "purpose", "instrument"):
        value = vietnamese.border(str(changes.get(name, getattr(row, name))))
        if value != getattr(row, name):
            act.was(**{name: getattr(row, name)})
            act.note(**{name: value})
            setattr(row, name, value)
    if not row.name or not row.instrument:
        raise Invalid("Chưa sửa đổi được.", {"name": "Tên và văn bản không được để trống."})


@action(END_SCHEME, on=CodeScheme, needs_reason=True)
def end_scheme(act: Act[CodeScheme], *, day: date | None = None) -> None:
    """A scheme is not used any more; its code Zxy is never given again (Đ6.2)."""
    if act.target.ended_on is not None:
        raise Conflict(f"Hệ thống mã {act.target.code} đã ngừng dùng.", "scheme_ended")
    act.target.ended_on = day or clock.local_date()
    act.note(code=act.target.code, ended_on=act.target.ended_on)

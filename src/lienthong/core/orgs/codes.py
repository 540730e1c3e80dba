"""Identifiers of units: guesses at a scheme, suggestions, and what a code must fulfil to be registered (CORE-3..5)."""

from datetime import date
from uuid import UUID

from django.db.models import Q

from lienthong.core import lawbook
from lienthong.core.orgs.models import CodeScheme, UnitCode, code_key
from lienthong.kit import clock
from lienthong.kit.org_codes import QCVN102, Shape, guess, suggest_qd20


def shapes(on: date | None = None) -> tuple[Shape, ...]:
    """The shapes that the code rules of a date give (QCVN 102:2016; QĐ 20/2020/QĐ-TTg Đ4–Đ6; CORE-34)."""
    rows = lawbook.get("org.code_shapes", on=on)
    return tuple(Shape(str(row["scheme"]), str(row["pattern"]), int(row["longest"])) for row in rows)


def guessed(code: str, on: date | None = None) -> str:
    """The scheme that a code looks like; a hint for forms and imports (V-ID-6)."""
    return guess(code_key(code), shapes(on)) or guess(code, shapes(on))


def suggestions(codes: list[UnitCode]) -> list[tuple[UnitCode, str]]:
    """For each code of QCVN 102 in force whose form under QĐ 20 nobody bears yet: the form to be confirmed (CORE-4)."""
    today = clock.local_date()
    live = [row for row in codes if row.valid.lower is None or row.valid.lower <= today]
    live = [row for row in live if row.valid.upper is None or row.valid.upper > today]
    if any(row.scheme == UnitCode.Scheme.QD20 for row in live):
        return []
    found = [(row, suggest_qd20(row.code)) for row in live if row.scheme == QCVN102]
    taken = set(
        UnitCode.objects.filter(
            code_key__in=[code_key(text) for _, text in found], recorded__upper_inf=True
        ).values_list("code_key", flat=True)
    )
    return [(row, text) for row, text in found if code_key(text) not in taken]


def fault(code: str, scheme: str, on: date, *, confirmed: bool, unit_id: UUID | None = None) -> str:
    """Why a code cannot be registered under a scheme; empty when it can (QĐ 20/2020 Đ4, Đ6)."""
    if not code:
        return "Nhập mã định danh."
    if scheme not in UnitCode.Scheme.values:
        return "Chọn hệ mã."
    shape = next((each for each in shapes(on) if each.scheme == scheme), None)
    if shape is None:
        return "Hệ mã này chưa có quy định ở ngày bắt đầu dùng."
    if not shape.fits(code):
        return f"Mã “{code}” không đúng dạng của {UnitCode.Scheme(scheme).label}."
    if scheme == UnitCode.Scheme.QD20_OTHER:
        return _member_fault(code, on)
    if scheme == UnitCode.Scheme.QD20 and not confirmed and _suggested(code, unit_id):
        return (
            f"Mã “{code}” là mã suy từ mã cũ, chỉ để gợi ý. "
            "Đối chiếu với quyết định ban hành mã rồi xác nhận trước khi ghi."
        )
    return ""


def _suggested(code: str, unit_id: UUID | None) -> bool:
    if unit_id is None:
        return False
    rows = UnitCode.objects.filter(unit_id=unit_id, scheme=QCVN102, recorded__upper_inf=True)
    return code_key(code) in {code_key(suggest_qd20(row.code)) for row in rows}


_ALPHABETS = {
    CodeScheme.Alphabet.DIGITS: "0123456789",
    CodeScheme.Alphabet.LETTERS: "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    CodeScheme.Alphabet.BOTH: "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ",
}


def _member_fault(code: str, on: date) -> str:
    """A code Zxy… belongs to a scheme that was published and is in use, and has the structure of its members."""
    found = CodeScheme.objects.filter(number=int(code[1:3])).filter(Q(ended_on=None) | Q(ended_on__gt=on)).first()
    if found is None or found.published_on > on:
        return f"Hệ thống mã {code[:3]} chưa được công bố hoặc đã ngừng dùng."
    member = code[3:]
    if not found.shortest <= len(member) <= found.longest or set(member) - set(_ALPHABETS[found.alphabet]):  # type: ignore[index]
        return (
            f"Mã thành viên của {found.code} gồm {found.get_alphabet_display().lower()}, "
            f"từ {found.shortest} đến {found.longest} ký tự."
        )
    return ""


def bearers(keys: list[str], start: date | None = None, end: date | None = None) -> list[UnitCode]:
    """The registered codes with these keys whose validity meets [start, end) (CORE-3, F-CORE-1)."""
    rows = UnitCode.objects.filter(code_key__in=keys, recorded__upper_inf=True).select_related("unit")
    if start is not None:
        rows = rows.filter(valid__overlap=(start, end))
    return list(rows.order_by("code_key", "valid__startswith"))

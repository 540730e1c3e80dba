"""What the office declares about books, what is brought along, and going live (CORE-105..107)."""

from uuid import UUID

from django.urls import reverse

from lienthong.contracts.actor import Actor
from lienthong.core.registry import RefKind, RoleSpec, Verb, registry

VERBS = (
    Verb("office:books:read", "xem sổ và dãy số", "Xem sổ và dãy số"),
    Verb("office:book:read_printed", "in sổ đăng ký văn bản", "In sổ"),
    Verb("office:register:create", "mở sổ", "Mở sổ"),
    Verb("office:series:create", "mở dãy số", "Mở dãy số"),
    Verb("office:series:change", "đổi dạng số của dãy số", "Đổi dạng số"),
    Verb("office:balance:propose", "ghi số cuối sổ trước", "Ghi số cuối sổ trước"),
    Verb("office:balance:confirm", "xác nhận số cuối sổ trước", "Xác nhận số cuối sổ trước"),
    Verb(
        "office:balance:confirm_below",
        "xác nhận số cuối sổ trước của đơn vị trực thuộc",
        "Xác nhận cho đơn vị trực thuộc",
    ),
    Verb("office:balance:replace", "thay số cuối sổ trước", "Thay số cuối sổ trước"),
    Verb("office:balance:withdraw", "rút số cuối sổ trước", "Rút số cuối sổ trước"),
    Verb("office:brought:read", "xem các lần nhập dữ liệu cũ", "Xem lần nhập dữ liệu cũ"),
    Verb("office:brought:begin", "tải lên dữ liệu cũ để chạy thử", "Chạy thử dữ liệu cũ"),
    Verb("office:brought:choose_encodings", "chọn bảng mã của dữ liệu cũ", "Chọn bảng mã"),
    Verb("office:brought:report", "chạy thử dữ liệu cũ", "Chạy thử"),
    Verb("office:brought:approve", "cho nhập dữ liệu cũ", "Nhập dữ liệu cũ"),
    Verb("office:brought:stop", "dừng nhập dữ liệu cũ", "Dừng nhập dữ liệu cũ"),
    Verb("office:document:import_history", "nhập văn bản lịch sử", "Nhập lịch sử"),
    Verb("office:document:import_open_work", "nhập việc đang làm dở", "Nhập việc đang làm dở"),
    Verb("office:carried:assign", "phân công việc chuyển từ sổ cũ", "Phân công việc từ sổ cũ"),
    Verb("office:carried:finish", "hoàn thành việc chuyển từ sổ cũ", "Hoàn thành việc từ sổ cũ"),
)

OF_CLERK = (
    "office:books:read",
    "office:balance:confirm_below",
    "office:book:read_printed",
    "office:balance:propose",
    "office:balance:confirm",
    "office:balance:replace",
    "office:balance:withdraw",
    "office:brought:read",
    "office:brought:begin",
    "office:brought:choose_encodings",
    "office:brought:approve",
    "office:brought:stop",
    "office:document:import_history",
    "office:document:import_open_work",
    "golive:opening:read",
)
OF_LEADER = (
    "office:books:read",
    "office:balance:confirm",
    "office:balance:replace",
    "golive:opening:read",
    "golive:opening:confirm",
)
OF_UNIT_HEAD = ("office:carried:assign", "office:carried:finish")
OF_SPECIALIST = ("office:carried:finish",)
ROLES = (
    RoleSpec(
        "office-books",
        "Quản trị sổ và dãy số văn bản",
        ("office:books:read", "office:register:create", "office:series:create", "office:series:change"),
    ),
)


def declare() -> None:
    """Fill the registry; called by the manifest of the office."""
    from lienthong.systems.office import book_work, going_live
    from lienthong.systems.office.book_policies import balance_policy, brought_policy, carried_policy, series_policy
    from lienthong.systems.office.models import BroughtAlong, Line, OpeningBalance, Series
    from lienthong.systems.office.states import BALANCE

    registry.add_verbs(*VERBS)
    registry.add_policy(Series, series_policy, series_policy.rules)
    registry.add_policy(OpeningBalance, balance_policy, balance_policy.rules)
    registry.add_policy(BroughtAlong, brought_policy, brought_policy.rules)
    registry.add_policy(Line, carried_policy, carried_policy.rules)
    registry.add_machine(OpeningBalance, BALANCE)
    registry.add_kind(_balance_kind())
    registry.add_kind(_brought_kind())
    registry.work["office.books"] = book_work.my_work
    registry.golive["office"] = going_live.steps


def _balance_kind() -> RefKind:
    from lienthong.systems.office.book_policies import balance_policy
    from lienthong.systems.office.models import OpeningBalance

    def title(ident: UUID) -> str:
        row = OpeningBalance.objects.filter(pk=ident).first()
        return f"Số cuối sổ trước {row}" if row else "Số cuối sổ trước"

    def may_see(actor: Actor, ident: UUID) -> bool:
        row = OpeningBalance.objects.filter(pk=ident).first()
        return bool(row and balance_policy.sees(actor, row))

    return RefKind(
        OpeningBalance.ref_kind,
        "Số cuối sổ trước",
        title,
        lambda ident: reverse("office:balance", args=[ident]),
        may_see,
    )


def _brought_kind() -> RefKind:
    from lienthong.systems.office.book_policies import brought_policy
    from lienthong.systems.office.models import BroughtAlong

    def title(ident: UUID) -> str:
        row = BroughtAlong.objects.filter(pk=ident).first()
        return f"Nhập dữ liệu cũ: {row}" if row else "Nhập dữ liệu cũ"

    def may_see(actor: Actor, ident: UUID) -> bool:
        row = BroughtAlong.objects.filter(pk=ident).first()
        return bool(row and brought_policy.sees(actor, row))

    return RefKind(
        BroughtAlong.ref_kind,
        "Lần nhập dữ liệu cũ",
        title,
        lambda ident: reverse("office:brought", args=[ident]),
        may_see,
    )

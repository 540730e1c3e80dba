"""What the office declares to the platform: verbs, roles, policies, machines, references, menu, work, search."""

from uuid import UUID

from django.urls import reverse

from lienthong.contracts import ports
from lienthong.contracts.actor import Actor
from lienthong.core.registry import MenuEntry, RefKind, RoleSpec, Verb, registry
from lienthong.systems.office import book_manifest


def declare() -> None:
    """Fill the registry; called once by `ready()`."""
    from lienthong.core.files.reading import readable_by
    from lienthong.systems.office import actions, live, work
    from lienthong.systems.office.leavings import OfficeLeavings
    from lienthong.systems.office.models import IncomingDocument, OutgoingDocument, Register
    from lienthong.systems.office.policies import incoming_policy, outgoing_policy, register_policy
    from lienthong.systems.office.ports import office_port, reads
    from lienthong.systems.office.states import INCOMING, OUTGOING

    assert actions.outgoing  # its actions were registered by the import
    assert live.of_inbox.__name__
    registry.add_verbs(*OUTGOING_VERBS, *INCOMING_VERBS, *REORGANISING_VERBS)
    registry.add_policy(OutgoingDocument, outgoing_policy, [*outgoing_policy.rules, *outgoing_policy.system])
    registry.add_policy(IncomingDocument, incoming_policy, [*incoming_policy.rules, *incoming_policy.system])
    registry.add_policy(Register, register_policy, register_policy.system)
    registry.add_hand_over("office", OfficeLeavings())
    registry.add_machine(OutgoingDocument, OUTGOING)
    registry.add_machine(IncomingDocument, INCOMING)
    book_manifest.declare()
    registry.add_roles(*ROLES, *book_manifest.ROLES)
    registry.add_kind(_kind("office:outgoing", "Văn bản đi", "office:outgoing", OutgoingDocument, outgoing_policy))
    registry.add_kind(_kind("office:incoming", "Văn bản đến", "office:incoming", IncomingDocument, incoming_policy))
    registry.add_menu(*MENU)
    registry.work["office"] = work.my_work
    registry.search["office"] = work.search
    ports.register("office", office_port)
    readable_by(reads)


def _kind(kind: str, label: str, url_name: str, model: type, policy: object) -> RefKind:
    def title(ident: UUID) -> str:
        row = model.objects.filter(pk=ident).first()  # type: ignore[attr-defined]
        return str(row) if row else label

    def url(ident: UUID) -> str:
        return reverse(url_name, args=[ident])

    def may_see(actor: Actor, ident: UUID) -> bool:
        row = model.objects.filter(pk=ident).first()  # type: ignore[attr-defined]
        return bool(row and policy.sees(actor, row))  # type: ignore[attr-defined]

    return RefKind(kind, label, title, url, may_see)


OUTGOING_VERBS = (
    Verb("office:outgoing:read", "xem văn bản đi", "Xem văn bản đi"),
    Verb("office:outgoing:read_unit", "xem văn bản đi của đơn vị", "Xem văn bản đi của đơn vị"),
    Verb("office:outgoing:read_agency", "xem văn bản đi của cơ quan", "Xem văn bản đi của cơ quan"),
    Verb("office:outgoing:create", "tạo dự thảo", "Soạn văn bản"),
    Verb("office:outgoing:edit", "sửa dự thảo", "Sửa dự thảo"),
    Verb("office:outgoing:submit", "trình đơn vị duyệt", "Trình đơn vị"),
    Verb("office:outgoing:review", "duyệt nội dung, ký nháy", "Duyệt nội dung"),
    Verb("office:outgoing:check_format", "xác nhận đạt thể thức, ký nháy", "Kiểm tra thể thức"),
    Verb("office:outgoing:approve", "duyệt văn bản", "Duyệt", signs=True),
    Verb("office:outgoing:unapprove", "bỏ duyệt", "Bỏ duyệt", signs=True),
    Verb("office:outgoing:sign", "ký số văn bản", "Ký", signs=True),
    Verb("office:outgoing:approve_and_sign", "duyệt và ký", "Duyệt và ký", signs=True),
    Verb("office:outgoing:return", "trả lại dự thảo", "Trả lại"),
    Verb("office:outgoing:redraft", "chuyển người soạn sửa", "Chuyển người soạn"),
    Verb("office:outgoing:issue", "phát hành văn bản", "Phát hành"),
    Verb("office:outgoing:number", "cấp số văn bản", "Cấp số"),
    Verb("office:outgoing:register", "đăng ký văn bản đi", "Đăng ký"),
    Verb("office:outgoing:seal", "ký số của cơ quan", "Ký cơ quan"),
    Verb("office:outgoing:dispatch", "gửi văn bản tới các nơi nhận", "Gửi"),
    Verb("office:outgoing:file", "lưu bản gốc", "Lưu"),
    Verb("office:outgoing:cancel_number", "hủy số văn bản", "Hủy số"),
)

INCOMING_VERBS = (
    Verb("office:incoming:read", "xem văn bản đến", "Xem văn bản đến"),
    Verb("office:incoming:read_unit", "xem văn bản đến của đơn vị", "Xem văn bản đến của đơn vị"),
    Verb("office:incoming:read_agency", "xem văn bản đến của cơ quan", "Xem văn bản đến của cơ quan"),
    Verb("office:incoming:receive", "nhận văn bản từ trục liên thông", "Nhận"),
    Verb("office:incoming:enter", "nhập văn bản đến", "Nhập văn bản đến"),
    Verb("office:incoming:return_to_sender", "trả lại nơi gửi", "Trả lại nơi gửi"),
    Verb("office:incoming:register", "vào sổ văn bản đến", "Vào sổ"),
    Verb("office:incoming:submit", "trình văn bản đến", "Trình"),
    Verb("office:incoming:send_back_clerk", "trả văn thư", "Trả văn thư"),
    Verb("office:incoming:direct", "chỉ đạo, giao việc", "Chỉ đạo, giao"),
    Verb("office:incoming:assign_within", "phân công trong đơn vị", "Phân công trong đơn vị"),
    Verb("office:incoming:take", "nhận việc", "Nhận việc"),
    Verb("office:incoming:bounce", "chuyển lại", "Chuyển lại"),
    Verb("office:incoming:reassign", "giao lại", "Giao lại"),
    Verb("office:incoming:change_lead", "đổi đơn vị chủ trì", "Đổi chủ trì"),
    Verb("office:incoming:comment", "góp ý", "Góp ý"),
    Verb("office:incoming:acknowledge", "xác nhận đã biết", "Đã biết"),
    Verb("office:incoming:finish", "hoàn thành giải quyết", "Hoàn thành"),
    Verb("office:incoming:reopen", "mở lại", "Mở lại"),
)

REORGANISING_VERBS = (
    Verb("office:incoming:hand_over", "bàn giao việc của văn bản đến khi sắp xếp đơn vị", "Bàn giao văn bản đến"),
    Verb("office:outgoing:hand_over", "bàn giao dự thảo khi sắp xếp đơn vị", "Bàn giao dự thảo"),
    Verb("office:register:close", "khóa sổ", "Khóa sổ"),
)

# Everybody may let a colleague do the own work while away (CORE-12).
_READ = ("office:outgoing:read", "office:incoming:read", "orgs:absence:open", "orgs:absence:close")
_WORK = (
    "office:incoming:take",
    "office:incoming:bounce",
    "office:incoming:comment",
    "office:incoming:acknowledge",
    "office:incoming:finish",
)
_DRAFT = ("office:outgoing:create", "office:outgoing:edit", "office:outgoing:submit")
_SIGN = (
    "office:outgoing:approve",
    "office:outgoing:unapprove",
    "office:outgoing:sign",
    "office:outgoing:approve_and_sign",
    "office:outgoing:return",
)

ROLES = (
    RoleSpec(
        "office-clerk",
        "Văn thư",
        (
            *_READ,
            "office:outgoing:read_agency",
            "office:incoming:read_agency",
            "office:incoming:enter",
            "office:incoming:return_to_sender",
            "office:incoming:register",
            "office:incoming:submit",
            "office:outgoing:issue",
            "office:outgoing:number",
            "office:outgoing:register",
            "office:outgoing:seal",
            "office:outgoing:dispatch",
            "office:outgoing:file",
            "office:outgoing:cancel_number",
            *book_manifest.OF_CLERK,
        ),
    ),
    RoleSpec(
        "office-leader",
        "Lãnh đạo cơ quan",
        (
            *_READ,
            *_SIGN,
            "office:outgoing:read_agency",
            "office:incoming:read_agency",
            "office:incoming:send_back_clerk",
            "office:incoming:direct",
            "office:incoming:reassign",
            "office:incoming:change_lead",
            "office:incoming:reopen",
            *book_manifest.OF_LEADER,
        ),
    ),
    RoleSpec(
        "office-unit-head",
        "Lãnh đạo đơn vị",
        (
            *_READ,
            *_WORK,
            *_DRAFT,
            *_SIGN,
            "office:outgoing:read_unit",
            "office:incoming:read_unit",
            "office:outgoing:review",
            "office:outgoing:redraft",
            "office:incoming:assign_within",
            *book_manifest.OF_UNIT_HEAD,
        ),
    ),
    RoleSpec("office-specialist", "Chuyên viên", (*_READ, *_WORK, *_DRAFT, *book_manifest.OF_SPECIALIST)),
    RoleSpec(
        "office-format-checker",
        "Kiểm tra thể thức",
        (*_READ, "office:outgoing:read_agency", "office:outgoing:check_format", "office:outgoing:return"),
    ),
)

MENU = (
    MenuEntry(
        "office.incoming", "Văn bản đến", "inbox", "office:incoming_list", "Văn phòng", "office:incoming:read", order=10
    ),
    MenuEntry(
        "office.outgoing", "Văn bản đi", "send", "office:outgoing_list", "Văn phòng", "office:outgoing:read", order=20
    ),
    MenuEntry(
        "office.draft", "Soạn văn bản", "file-plus", "office:draft_new", "Văn phòng", "office:outgoing:create", order=30
    ),
    MenuEntry("office.registers", "Sổ văn bản", "book", "office:registers", "Văn phòng", "office:books:read", order=40),
)

"""What the operator's pages declare: their places of the rail and their verbs."""

from lienthong.core.notify import announcements
from lienthong.core.operations import policies
from lienthong.core.registry import MenuEntry

ANNOUNCE = (announcements.PUBLISH, announcements.WITHDRAW)
OPERATE = (*policies.OF_OPERATOR, *ANNOUNCE)

MENU = (
    MenuEntry(
        "admin.operations", "Tình trạng hệ thống", "server", "admin:operations", "Quản trị", policies.READ, order=970
    ),
    MenuEntry("admin.jobs", "Việc nền", "list-details", "admin:jobs", "Quản trị", policies.READ, order=971),
    MenuEntry("admin.messages", "Thông điệp dừng", "mail-x", "admin:messages", "Quản trị", policies.READ, order=972),
    MenuEntry("admin.storage", "Kho tệp", "database", "admin:storage", "Quản trị", policies.READ, order=973),
    MenuEntry(
        "admin.announcements",
        "Thông báo chung",
        "speakerphone",
        "admin:announcements",
        "Quản trị",
        announcements.PUBLISH,
        order=974,
    ),
)

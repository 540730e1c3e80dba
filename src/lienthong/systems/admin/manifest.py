"""What the administration declares: the right to open it, its roles, its places of the rail.

The verbs of its pages belong to the parts of the core that own the actions; each is declared there.
"""

from lienthong.core.clients.actions import READ as READ_CLIENTS
from lienthong.core.golive.policies import CHECK as PREPARE
from lienthong.core.identity.support import END as END_SUPPORT
from lienthong.core.orgs.actions.people_signing import GIVE as GIVE_DELEGATION
from lienthong.core.orgs.actions.units import READ as READ_UNITS
from lienthong.core.orgs.people_policies import READ as READ_PEOPLE
from lienthong.core.registry import MenuEntry, registry
from lienthong.systems.admin import golive, law_area, operations_area, roles, unit_imports, unit_refs


def declare() -> None:
    """Fill the registry; called once by `ready()`, after every part of the core."""
    registry.add_verbs(*roles.VERBS)
    registry.add_roles(*roles.roles())
    registry.add_menu(*MENU, *law_area.MENU, *operations_area.MENU)
    assert unit_imports.__name__  # its jobs were registered by the import
    for kind in unit_refs.KINDS:
        registry.add_kind(kind)
    registry.add_kind(golive.opening_kind())
    registry.add_kind(law_area.proposal_kind())
    registry.add_kind(law_area.clock_kind())
    registry.work["admin.law"] = law_area.my_work
    registry.work["admin.golive"] = golive.my_work


MENU = (
    MenuEntry("admin.home", "Tổng quan", "settings", "admin:home", "Quản trị", roles.READ, order=910),
    MenuEntry("admin.golive", "Chuẩn bị vận hành", "checklist", "admin:golive", "Quản trị", PREPARE, order=915),
    MenuEntry("admin.clients", "Hệ thống kết nối", "plug", "admin:clients", "Quản trị", READ_CLIENTS, order=955),
    MenuEntry("admin.support", "Phiên hỗ trợ", "lifebuoy", "admin:support", "Quản trị", END_SUPPORT, order=960),
    MenuEntry("admin.units", "Đơn vị", "sitemap", "admin:units", "Quản trị", READ_UNITS, order=920),
    MenuEntry("admin.people", "Người", "users", "admin:people", "Quản trị", READ_PEOPLE, order=930),
    MenuEntry("admin.positions", "Vị trí, vai trò", "id-badge", "admin:positions", "Quản trị", READ_PEOPLE, order=931),
    MenuEntry(
        "admin.delegations", "Quyền ký", "writing-sign", "admin:delegations", "Quản trị", GIVE_DELEGATION, order=932
    ),
)

"""Who administers what: an agency's administrator rules the agency, the node's runs machines (CORE-108, OF-3).

The two never meet: the administrator of an agency holds no verb of the node, the node's none on an agency's papers.
"""

from lienthong.core.lawbook import actions as law
from lienthong.core.registry import RoleSpec, Verb

READ = "admin:area:read"
VERBS = (Verb(READ, "mở trang quản trị", "Mở trang quản trị"),)

AGENCY_ADMIN = "agency-admin"
NODE_ADMIN = "node-admin"

OF_AGENCY: tuple[str, ...] = (READ, law.SET_PARAMETER, law.DECLARE_DAY, law.WITHDRAW_DAY)
OF_NODE: tuple[str, ...] = (READ,)


def roles() -> tuple[RoleSpec, ...]:
    """The roles that this release ships."""
    return (
        RoleSpec(AGENCY_ADMIN, "Quản trị cơ quan", OF_AGENCY),
        RoleSpec(NODE_ADMIN, "Quản trị nút", OF_NODE),
    )

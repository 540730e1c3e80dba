"""Who administers what: an agency's administrator rules the agency, the node's runs machines (CORE-108, OF-3).

The two never meet: the administrator of an agency holds no verb of the node, the node's none on an agency's papers.
"""

from lienthong.core.access import actions as rights
from lienthong.core.access.people_import import IMPORT
from lienthong.core.clients import actions as clients
from lienthong.core.golive import actions as golive
from lienthong.core.identity import actions as accounts
from lienthong.core.identity import factors, passwords, support
from lienthong.core.identity.signing_in import ADMIN_VERBS
from lienthong.core.orgs import people_policies
from lienthong.core.orgs.actions import (
    bodies,
    cases,
    codes,
    imports,
    people,
    people_absence,
    people_signing,
    units,
)
from lienthong.core.registry import RoleSpec, Verb
from lienthong.systems.admin import law_area, operations_area

READ = "admin:area:read"
VERBS = (Verb(READ, "mở trang quản trị", "Mở trang quản trị"),)

AGENCY_ADMIN = "agency-admin"
NODE_ADMIN = "node-admin"
SUPPORT = "node-support"

# Units of the own agency for its administrator; of the directory, and agencies themselves, for the node's.
_UNITS = (
    *(verb.code for verb in units.VERBS),
    *(verb.code for verb in cases.VERBS if verb.code != cases.POSTPONE),
    *(verb.code for verb in imports.VERBS if verb.code not in {imports.CHECK, imports.LOAD}),
)
_BODIES = tuple(verb.code for verb in bodies.VERBS)
_SCHEMES = tuple(verb.code for verb in codes.VERBS)

# People, positions and rights of the own agency; for the node, of those who run it.
_PEOPLE = (
    people_policies.READ,
    *accounts.VERBS,
    *ADMIN_VERBS,
    support.END,
    people.CREATE_POSITION,
    people.EDIT_POSITION,
    people.RETIRE_POSITION,
    people.APPOINT,
    people.END_HOLDING,
    people_absence.OPEN,
    people_absence.CLOSE,
    rights.GIVE,
    rights.WITHDRAW,
)
_PEOPLE_OF_AGENCY = (
    support.READ,
    rights.COMPOSE,
    rights.CHANGE,
    rights.RETIRE,
    IMPORT,
    *(verb.code for verb in people_signing.VERBS),
)

OF_AGENCY: tuple[str, ...] = (
    READ,
    *law_area.OF_AGENCY,
    *_UNITS,
    *_BODIES,
    *_PEOPLE,
    *_PEOPLE_OF_AGENCY,
    *(verb.code for verb in golive.VERBS),
    *(verb.code for verb in clients.VERBS),
    *operations_area.ANNOUNCE,
)
OF_NODE: tuple[str, ...] = (
    READ,
    *_UNITS,
    *_SCHEMES,
    *_PEOPLE,
    support.OPEN,
    *law_area.OF_NODE,
    *operations_area.OPERATE,
)

# What the node's support may do inside an agency while a reasoned session lasts (CORE-84).
IN_SUPPORT: tuple[str, ...] = (
    READ,
    support.END,
    people_policies.READ,
    accounts.UNLOCK,
    passwords.UNLOCK,
    factors.RESET,
)


def roles() -> tuple[RoleSpec, ...]:
    """The roles that this release ships."""
    return (
        RoleSpec(AGENCY_ADMIN, "Quản trị cơ quan", OF_AGENCY),
        RoleSpec(NODE_ADMIN, "Quản trị nút", OF_NODE, of_node=True),
        law_area.SECOND,
        RoleSpec(SUPPORT, "Hỗ trợ trong phiên có lý do", IN_SUPPORT, of_node=True),
    )

"""Who prepares and opens an agency: positions of that agency alone (CORE-108)."""

from typing import Any, ClassVar

from django.db.models import QuerySet

from lienthong.contracts.actor import Actor
from lienthong.core.access import Policy
from lienthong.core.access.policy import anywhere
from lienthong.core.golive.models import Opening

READ = "golive:opening:read"
CHECK = "golive:step:check"
DECLARE = "golive:step:declare_nothing"
PROPOSE = "golive:opening:propose"
CONFIRM = "golive:opening:confirm"
WITHDRAW = "golive:opening:withdraw"


class OpeningPolicy(Policy[Opening]):
    """The opening of the own agency."""

    model = Opening
    rules: ClassVar[dict[str, Any]] = dict.fromkeys((READ, CHECK, DECLARE, PROPOSE, CONFIRM, WITHDRAW), anywhere)

    def scope(self, actor: Actor, rows: QuerySet[Opening]) -> QuerySet[Opening]:
        if actor.agency_id is None or not actor.may(READ):
            return rows.none()
        return rows.filter(agency_id=actor.agency_id)

    def sees(self, actor: Actor, obj: Opening) -> bool:
        return actor.agency_id is not None and obj.agency_id == actor.agency_id and actor.may(READ)


opening_policy = OpeningPolicy()

"""Scenes of the law changed by two persons (CORE-32)."""

from datetime import date, timedelta

from lienthong.contracts.actor import system_actor
from lienthong.core import lawbook
from lienthong.core.amendments import actions
from lienthong.core.amendments.items import DayItem
from lienthong.core.amendments.models import Amendment
from lienthong.demo.agencies import Agency
from lienthong.kit import clock
from lienthong.kit.workdays import DayKind
from tests.architecture.scenes import REASON, Stage, scene

CLOSURE = DayItem(day=date(2026, 12, 18), day_kind=DayKind.LOCAL_CLOSURE, reason="Chuyển trụ sở", source="TB 9/TB")


def propose(agency: Agency) -> Amendment:
    """By the agency's administrator."""
    admin = agency.seats["admin"].actor()
    return actions.propose(by=admin, items=[CLOSURE], source="TB 9/TB", reason=REASON)


@scene
def the_law_is_changed_by_two(stage: Stage) -> None:
    """Proposed, withdrawn, declined, approved by another, expired."""
    agency = stage.world.a
    admin, second = agency.seats["admin"].actor(), agency.seats["admin_2"].actor()
    actions.withdraw(by=admin, target=propose(agency), reason=REASON)
    actions.decline(by=second, target=propose(agency), reason=REASON)
    actions.approve(by=second, target=propose(agency), seen=lawbook.version())
    late = propose(agency)
    with clock.pinned(late.expires_at + timedelta(hours=1)):
        actions.expire(by=system_actor("amendments", agency_id=agency.id), target=late)
    propose(agency)

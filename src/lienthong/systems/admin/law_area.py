"""What the administration declares about the law and the calendar: rights, places of the rail, what waits (CORE-32)."""

from collections.abc import Iterator
from uuid import UUID

from django.urls import reverse

from lienthong.contracts.actor import Actor
from lienthong.contracts.ref import Ref
from lienthong.core.amendments.policies import PROPOSE, READ
from lienthong.core.amendments.states import APPROVE, DECLINE, WITHDRAW
from lienthong.core.clocks.actions import BRING_FORWARD, KEEP
from lienthong.core.clocks.drift import READ as READ_DRIFT
from lienthong.core.registry import MenuEntry, RefKind, RoleSpec, WorkItem

PROPOSALS = (READ, PROPOSE, APPROVE, DECLINE, WITHDRAW)
OF_AGENCY = (*PROPOSALS, BRING_FORWARD, KEEP)
OF_NODE = (*PROPOSALS, READ_DRIFT)
# For the leader of an agency that has one administrator: decides, proposes nothing (CORE-32).
SECOND = RoleSpec("law-second", "Người thứ hai duyệt căn cứ pháp lý", (READ, APPROVE, DECLINE))

MENU = (
    MenuEntry("admin.law", "Căn cứ pháp lý", "gavel", "admin:law", "Quản trị", None, order=940),
    MenuEntry("admin.calendar", "Lịch làm việc", "calendar", "admin:calendar", "Quản trị", None, order=941),
    MenuEntry("admin.recounts", "Tính lại hạn", "calendar-time", "admin:recounts", "Quản trị", KEEP, order=942),
    MenuEntry("admin.drift", "Đồng hồ hệ thống", "clock", "admin:drift", "Quản trị", READ_DRIFT, order=943),
)


def proposal_kind() -> RefKind:
    """How others show and open a proposal."""
    from lienthong.core.amendments.models import Amendment
    from lienthong.core.amendments.policies import amendment_policy

    def may_see(actor: Actor, ident: UUID) -> bool:
        row = Amendment.objects.filter(pk=ident).first()
        return bool(row and amendment_policy.sees(actor, row))

    def title(ident: UUID) -> str:
        row = Amendment.objects.filter(pk=ident).first()
        return row.title if row else "Đề xuất"

    return RefKind(
        Amendment.ref_kind,
        "Đề xuất thay đổi căn cứ pháp lý",
        title,
        lambda ident: reverse("admin:law_proposal", args=[ident]),
        may_see,
    )


def clock_kind() -> RefKind:
    """How due badges lead to why a date is that date (CORE-24)."""
    from lienthong.core.clocks.models import Clock
    from lienthong.core.registry import registry

    def may_see(actor: Actor, ident: UUID) -> bool:
        row = Clock.objects.filter(pk=ident).first()
        return bool(row and registry.policies[Clock].sees(actor, row))

    return RefKind(
        "clocks:clock",
        "Thời hạn",
        lambda _: "Vì sao ngày này",
        lambda ident: reverse("admin:clock", args=[ident]),
        may_see,
    )


def my_work(actor: Actor, limit: int) -> Iterator[WorkItem]:
    """The proposals that the actor may decide: not one's own."""
    from lienthong.core.amendments.models import Amendment
    from lienthong.core.amendments.policies import amendment_policy

    if not actor.may(APPROVE):
        return
    for row in amendment_policy.scope(actor, Amendment.objects.filter(state="proposed"))[:limit]:
        if amendment_policy.allows(actor, APPROVE, row):
            yield WorkItem(
                ref=Ref(Amendment.ref_kind, row.pk),
                kind="Căn cứ pháp lý",
                title=row.title,
                url=reverse("admin:law_proposal", args=[row.pk]),
                action="Duyệt",
                since=row.proposed_at,
                due_at=row.expires_at,
                source=row.proposed_name,
            )

"""What waits about going live: an opening that a second person confirms (CORE-107)."""

from collections.abc import Iterator
from uuid import UUID

from django.urls import reverse

from lienthong.contracts.actor import Actor
from lienthong.contracts.ref import Ref
from lienthong.core.golive.policies import CONFIRM
from lienthong.core.registry import RefKind, WorkItem


def opening_kind() -> RefKind:
    """How others show and open the opening of an agency."""
    from lienthong.core.golive.models import Opening
    from lienthong.core.golive.policies import opening_policy

    def may_see(actor: Actor, ident: UUID) -> bool:
        row = Opening.objects.filter(pk=ident).first()
        return bool(row and opening_policy.sees(actor, row))

    return RefKind(Opening.ref_kind, "Mở sổ", lambda _: "Mở sổ của cơ quan", lambda _: reverse("admin:golive"), may_see)


def my_work(actor: Actor, limit: int) -> Iterator[WorkItem]:
    """The proposal that the actor may confirm: not one's own."""
    from lienthong.core.golive.models import Opening
    from lienthong.core.golive.policies import opening_policy

    if not actor.may(CONFIRM):
        return
    rows = opening_policy.scope(actor, Opening.objects.filter(state="proposed"))
    for row in rows[:limit]:
        if row.proposed_by != actor.user_id:
            yield WorkItem(
                ref=Ref(Opening.ref_kind, row.pk),
                kind="Mở sổ",
                title="Xác nhận mở sổ của cơ quan",
                url=reverse("admin:golive"),
                action="Xác nhận",
                since=row.proposed_at,
                source=row.proposed_name,
            )

"""What the directory keeps of units that end: the units below them, and the posts, which end with them (CORE-103)."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from uuid import UUID

from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.db.models import Q

from lienthong.contracts.actor import Actor
from lienthong.contracts.handover import Item, Keep, Leaving, Taken
from lienthong.core.orgs.actions import units
from lienthong.core.orgs.models import Holding, Unit
from lienthong.core.orgs.queries import holdings_at, versions_at
from lienthong.kit import clock


class UnitLeavings:
    """Implements `contracts.handover.HandOverSource`."""

    def items(self, leaving: Leaving) -> Iterator[Item]:
        """The units below, each of which needs another superior."""
        rows = versions_at(leaving.day).filter(parent_id__in=leaving.units).exclude(unit_id__in=leaving.units)
        for version in rows.select_related("unit").order_by("sort_key"):
            above: UUID = version.parent_id  # type: ignore[assignment]
            yield Item(
                group="unit",
                label="Đơn vị trực thuộc",
                key=f"unit:{version.unit_id}",
                title=version.official_name,
                agency_id=version.unit.agency_id,
                unit_id=above,
                keep=Keep.WORK,
            )

    def close(self, *, by: Actor, leaving: Leaving, taken: Sequence[Taken], reason: str) -> Iterable[tuple[str, str]]:
        """The units below move under their taker and into its agency; who holds a post of a unit that ends holds it
        no more (CORE-12): sessions, delegations and keys close by the act that watches ended holdings.
        """
        end_posts(leaving)
        for each in taken:
            unit = Unit.objects.get(pk=each.item.key.partition(":")[2])
            taker = Unit.objects.get(pk=str(each.taker.unit_id))
            if taker.agency_id != unit.agency_id:
                _move_agency(unit, taker.agency_id, leaving)
            units.change(
                by=by,
                target=unit,
                changes={"parent_id": taker.pk},
                effective=leaving.day,
                instrument=leaving.instrument,
                note=reason,
            )
            yield each.item.key, f"Chuyển về {each.taker.name}."


def posts(leaving: Leaving) -> list[Holding]:
    """Who holds a post of the units that end: appointed elsewhere before the day, or without a post after it."""
    rows = holdings_at().filter(position__unit_id__in=leaving.units)
    return list(rows.order_by("position__order", "person__full_name"))


def end_posts(leaving: Leaving) -> int:
    """End the holdings of posts of units that end, now that their day has come; returns how many."""
    now: datetime = clock.now()
    rows = Holding.objects.filter(position__unit_id__in=leaving.units)
    rows = rows.filter(Q(held__endswith__isnull=True) | Q(held__endswith__gt=now))
    count = 0
    for row in rows:
        lower = min(row.held.lower, now) if row.held.lower else None
        Holding.objects.filter(pk=row.pk).update(held=DateTimeTZRange(lower, now))
        count += 1
    return count


def _move_agency(unit: Unit, agency_id: UUID | None, leaving: Leaving) -> None:
    """A unit and all below it come to belong to the agency of their new superior (CORE-108)."""
    moved, layer = {unit.pk}, {unit.pk}
    while layer:
        below = versions_at(leaving.day).filter(parent_id__in=layer).values_list("unit_id", flat=True)
        layer = set(below) - moved
        moved |= layer
    Unit.objects.filter(pk__in=moved).update(agency_id=agency_id)
    unit.agency_id = agency_id

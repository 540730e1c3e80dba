"""The directory as people look at it: lists and trees on a date, a unit with all that is known of it, places
(CORE-1, CORE-7, CORE-9).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import Count, QuerySet

from lienthong.core.orgs.models import LineageEvent, LineageLink, Place, PlaceLineage, UnitCode, UnitVersion, code_key
from lienthong.core.orgs.queries import recorded_at, versions_at
from lienthong.kit import clock, vietnamese


@dataclass(frozen=True, slots=True)
class Node:
    """A unit of a tree with its depth and its codes."""

    version: UnitVersion
    depth: int
    codes: tuple[str, ...]

    @property
    def indent(self) -> str:
        """Spaces that show the depth, also where nothing but text is shown."""
        return "\u2003" * (self.depth - 1) + "└ " if self.depth else ""


def search(rows: QuerySet[UnitVersion], query: str) -> QuerySet[UnitVersion]:
    """The versions whose name holds the words, marks or not, or whose unit bears the code (CORE-40, F-CORE-1)."""
    words = vietnamese.search_key(query)
    if not words:
        return rows
    coded = UnitCode.objects.filter(code_key__startswith=code_key(query), recorded__upper_inf=True).values("unit_id")
    return rows.filter(search_key__contains=words) | rows.filter(unit_id__in=coded)


def codes_on(unit_ids: Iterable[UUID], day: date, known: datetime | None = None) -> dict[UUID, tuple[str, ...]]:
    """The codes of units on a date, the one to send by first, in one query."""
    rows = UnitCode.objects.filter(recorded_at(known), unit_id__in=set(unit_ids), valid__contains=day)
    found: dict[UUID, list[str]] = {}
    for row in rows.order_by("-primary", "scheme", "code"):
        found.setdefault(row.unit_id, []).append(row.code)
    return {unit: tuple(texts) for unit, texts in found.items()}


def tree(agency_id: UUID, day: date, known: datetime | None = None) -> list[Node]:
    """The units of an agency as they stood on a date, as known at an instant: parents before children, in order."""
    rows = list(versions_at(day, known).filter(unit__agency_id=agency_id).order_by("sort_key", "unit_id"))
    codes = codes_on((row.unit_id for row in rows), day, known)
    ids = {row.unit_id for row in rows}
    children: dict[UUID | None, list[UnitVersion]] = {}
    for row in rows:
        above = row.parent_id if row.parent_id in ids and row.unit_id != agency_id else None
        children.setdefault(above, []).append(row)
    found: list[Node] = []

    def walk(above: UUID | None, depth: int) -> None:
        for row in children.get(above, []):
            found.append(Node(row, depth, codes.get(row.unit_id, ())))
            walk(row.unit_id, depth + 1)

    walk(None, 0)
    return found


def versions_of(unit_id: UUID) -> list[UnitVersion]:
    """All that was ever recorded of a unit, on both axes, the newest knowledge first (CORE-1)."""
    rows = UnitVersion.objects.filter(unit_id=unit_id).select_related("event")
    return sorted(rows, key=lambda row: (row.recorded.upper is not None, _day(row.valid.lower)), reverse=False)


def _day(day: date | None) -> date:
    return day or date.min


def all_codes_of(unit_id: UUID) -> list[UnitCode]:
    """All that was ever recorded of the codes of a unit."""
    return list(UnitCode.objects.filter(unit_id=unit_id).order_by("recorded__upper_inf", "valid__startswith", "code"))


def events_of(unit_id: UUID) -> list[LineageEvent]:
    """The events of a unit's life, the newest first, with their links."""
    links = LineageLink.objects.filter(predecessor_id=unit_id) | LineageLink.objects.filter(successor_id=unit_id)
    rows = LineageEvent.objects.filter(pk__in=links.values("event_id")).order_by("-effective", "-recorded_at")
    return list(rows.prefetch_related("links")[:200])


def find_unit(text: str, day: date | None = None, among: QuerySet[UnitVersion] | None = None) -> UnitVersion | None:
    """The unit that somebody typed: by a code of that day, or by its whole name where only one bears it."""
    on = day or clock.local_date()
    rows = versions_at(on) if among is None else among
    code = UnitCode.objects.filter(code_key=code_key(text), recorded__upper_inf=True, valid__contains=on).first()
    if code is not None and (found := rows.filter(unit_id=code.unit_id).first()) is not None:
        return found
    named = list(rows.filter(sort_key=vietnamese.sort_key(text))[:2]) if text.strip() else []
    return named[0] if len(named) == 1 else None


# --- places -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PlaceRow:
    """A place with what it was made of, and a figure under the boundaries that were asked for."""

    place: Place
    former: tuple[Place, ...] = field(default_factory=tuple)
    later: tuple[Place, ...] = field(default_factory=tuple)
    communes: int = 0
    partial: bool = False


def before_reshaping() -> date:
    """The day before the provinces were last rearranged, with which people compare; today where they never were."""
    newest = PlaceLineage.objects.order_by("-effective").values_list("effective", flat=True).first()
    return newest - timedelta(days=1) if newest else clock.local_date()


def places_on(day: date, level: str = Place.Level.PROVINCE) -> QuerySet[Place]:
    """The places of a level as they were on a date (CORE-9): 63 provinces and cities until 30/06/2025, 34 after."""
    return Place.objects.filter(level=level, valid__contains=day).order_by("sort_key", "pk")


def as_it_was(day: date) -> list[PlaceRow]:
    """The provinces of a date with their communes of that date: the default for papers and reports of the past."""
    rows = list(places_on(day))
    counts = communes_of(rows, day)
    later = _links(PlaceLineage.objects.filter(predecessor__in=rows).select_related("successor"), "predecessor")
    return [
        PlaceRow(row, later=tuple(link.successor for link in later.get(row.pk, [])), communes=counts.get(row.pk, 0))
        for row in rows
    ]


def todays_boundaries(day: date) -> list[PlaceRow]:
    """The provinces of today with the sums of what their predecessors had on that date; rewrites nothing (CORE-7)."""
    rows = list(places_on(clock.local_date()))
    former = list(places_on(day))
    sums = sum_by_successor(communes_of(former, day))
    links = _links(PlaceLineage.objects.filter(successor__in=rows).select_related("predecessor"), "successor")
    known = {place.pk for place in former}
    found = []
    for row in rows:
        sources = links.get(row.pk, [])
        stayed = row.pk in known
        found.append(
            PlaceRow(
                row,
                former=tuple(link.predecessor for link in sources if link.predecessor_id in known),
                communes=communes_of([row], day).get(row.pk, 0) if stayed else int(sums.get(row.pk, 0)),
                partial=any(link.partial for link in sources),
            )
        )
    return found


def communes_of(places: Sequence[Place], day: date) -> dict[UUID, int]:
    """How many communes places had on a date, those of their districts included (districts are history, CORE-9)."""
    ids = [place.pk for place in places]
    level = Place.Level
    direct = Place.objects.filter(level=level.COMMUNE, valid__contains=day, parent_id__in=ids)
    found: dict[UUID, int] = {}
    for above, count in direct.values_list("parent_id").annotate(n=Count("pk")):
        found[above] = found.get(above, 0) + count
    below = Place.objects.filter(level=level.COMMUNE, valid__contains=day, parent__parent_id__in=ids)
    for above, count in below.values_list("parent__parent_id").annotate(n=Count("pk")):
        found[above] = found.get(above, 0) + count
    return found


def sum_by_successor(values: Mapping[UUID, int]) -> dict[UUID, int]:
    """Figures of former places under today's boundaries: each successor has the sum of its predecessors (F-CORE-15).

    What a place of today reported under its own name counts with it. A place that was divided counts with its first
    successor alone, so that nothing is counted twice; `PlaceRow.partial` says where that is so.
    """
    found: dict[UUID, int] = {}
    seen: set[UUID] = set()
    links = PlaceLineage.objects.filter(predecessor_id__in=list(values)).order_by("partial", "pk")
    for link in links:
        if link.predecessor_id not in seen:
            seen.add(link.predecessor_id)
            found[link.successor_id] = found.get(link.successor_id, 0) + values[link.predecessor_id]
    for place, value in values.items():
        if place not in seen:
            found[place] = found.get(place, 0) + value
    return found


def find_places(query: str, limit: int = 50) -> list[Place]:
    """Places of any time by name, marks or not: abolished districts stay findable from old addresses (F-CORE-16)."""
    words = vietnamese.search_key(query)
    if not words:
        return []
    rows = Place.objects.filter(search_key__contains=words).select_related("parent", "parent__parent")
    return list(rows.order_by("sort_key", "-valid__startswith", "pk")[:limit])


def _links(rows: QuerySet[PlaceLineage], side: str) -> dict[UUID, list[PlaceLineage]]:
    found: dict[UUID, list[PlaceLineage]] = {}
    for row in rows.order_by("pk"):
        found.setdefault(getattr(row, f"{side}_id"), []).append(row)
    return found

"""The dry run of a case: what the ending units leave behind, and who may take it (CORE-103; TT 06/2025/TT-BNV)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from lienthong.contracts.handover import Item, Keep, Leaving, Taken, Taker, TakerKind
from lienthong.core import fence, lawbook
from lienthong.core.orgs.models import HandOver, Reorganisation, ReorganisedUnit, Unit, UnitVersion
from lienthong.core.orgs.queries import as_of, versions_at
from lienthong.core.registry import registry

ACROSS = "orgs.hand_over"
"""The name under which a case reaches the papers of all agencies that it ends (CORE-108)."""


@dataclass(frozen=True, slots=True)
class Line:
    """A thing that is left, its source, and its taker so far."""

    source: str
    item: Item
    taker: Taker | None
    allowed: tuple[TakerKind, ...]

    @property
    def group(self) -> str:
        """The name of its kind, over all sources."""
        return f"{self.source}.{self.item.group}"


@dataclass(frozen=True, slots=True)
class Group:
    """The things of one kind of one agency."""

    code: str
    label: str
    agency_id: UUID | None
    keep: Keep
    lines: tuple[Line, ...]

    @property
    def missing(self) -> int:
        """How many have no taker yet."""
        return sum(line.taker is None for line in self.lines)

    @property
    def takers(self) -> list[str]:
        """The names of the takers, each once."""
        return sorted({line.taker.name for line in self.lines if line.taker is not None})

    @property
    def allowed(self) -> tuple[TakerKind, ...]:
        """What kinds of takers the rule lets take it."""
        return self.lines[0].allowed


def leaving(case: Reorganisation) -> Leaving:
    """The units that end with a case."""
    units = [row.unit for row in case.units.all() if row.role == ReorganisedUnit.Role.ENDS]
    return Leaving(
        units=frozenset(unit.pk for unit in units),
        agencies=frozenset(unit.pk for unit in units if unit.is_agency),
        day=case.effective,
        instrument=case.instrument,
    )


def allowed_kinds(case: Reorganisation, keep: Keep) -> tuple[TakerKind, ...]:
    """Who may take what is kept so: vĩnh viễn only the historical archive (TT 06/2025/TT-BNV)."""
    rows = lawbook.get("org.hand_over_takers", on=case.effective)
    words = next((str(row["takers"]) for row in rows if row["keep"] == keep), "")
    return tuple(TakerKind(word) for word in words.split())


def dry_run(case: Reorganisation) -> list[Line]:
    """Everything that needs a taker, listed anew from every source; changes nothing (CORE-103)."""
    found = leaving(case)
    chosen = {(row.source, row.key): row for row in case.hand_overs.all()}
    kinds = {keep: allowed_kinds(case, keep) for keep in Keep}
    lines = []
    # A case of the node may end units of several agencies.
    for code, item in _left(found):
        row = chosen.get((code, item.key))
        taker = Taker(kind=TakerKind(row.taker_kind), name=row.taker_name, unit_id=row.taker_unit_id) if row else None
        lines.append(Line(code, item, taker, kinds[item.keep]))
    return lines


def _left(found: Leaving) -> list[tuple[str, Item]]:
    with fence.node(ACROSS):
        return [(code, item) for code, source in sorted(registry.hand_over.items()) for item in source.items(found)]


def taker_of(row: HandOver) -> Taker:
    """Who takes, as a line of the biên bản stores it."""
    return Taker(kind=TakerKind(row.taker_kind), name=row.taker_name, unit_id=row.taker_unit_id)


def groups(lines: Iterable[Line]) -> list[Group]:
    """The lines by kind and agency, in the order of their labels."""
    found: dict[tuple[str, UUID | None, Keep], list[Line]] = {}
    for line in lines:
        found.setdefault((line.group, line.item.agency_id, line.item.keep), []).append(line)
    return [
        Group(code, rows[0].item.label, agency, keep, tuple(rows))
        for (code, agency, keep), rows in sorted(
            found.items(), key=lambda pair: (pair[0][0], str(pair[0][1]), pair[0][2])
        )
    ]


def taker_units(case: Reorganisation) -> list[UnitVersion]:
    """The units that may take: successors first, then superiors; any unit where there is neither (by the instrument).

    As they are on the effective day.
    """
    rows = list(case.units.select_related("unit"))
    ends = {row.unit_id for row in rows if row.role == ReorganisedUnit.Role.ENDS}
    follows = [row.unit_id for row in rows if row.role == ReorganisedUnit.Role.FOLLOWS]
    before = case.effective - timedelta(days=1)
    above = [version.parent_id for unit in sorted(ends, key=str) if (version := as_of(unit, before)) is not None]
    wanted = list(dict.fromkeys(unit for unit in [*follows, *above] if unit is not None and unit not in ends))
    found = {version.unit_id: version for version in versions_at(case.effective).filter(unit_id__in=wanted)}
    return [found[unit] for unit in wanted if unit in found]


def may_take(case: Reorganisation, keep: Keep, taker: Taker) -> str:
    """Why somebody may not take what is kept so; empty when the rule lets it."""
    kinds = allowed_kinds(case, keep)
    if taker.kind not in kinds:
        if keep is Keep.PERMANENT:
            return "Tài liệu bảo quản vĩnh viễn chỉ giao nộp vào lưu trữ lịch sử."
        return "Loại nơi nhận này không nhận được mục đã chọn."
    if taker.kind is TakerKind.HISTORICAL_ARCHIVE:
        return "" if taker.name.strip() else "Ghi tên lưu trữ lịch sử nhận tài liệu."
    units = taker_units(case)
    if units and taker.unit_id not in {version.unit_id for version in units}:
        return "Nơi nhận phải là đơn vị kế thừa hoặc đơn vị cấp trên."
    if not units and (taker.unit_id is None or as_of(taker.unit_id, case.effective) is None):
        return "Chọn đơn vị đang hoạt động ở ngày hiệu lực."
    return ""


def taken(case: Reorganisation, lines: Iterable[Line]) -> dict[str, list[Taken]]:
    """By source, what is handed over; what appeared since the confirmation goes to the one taker of its kind."""
    found: dict[str, list[Taken]] = {}
    for line in lines:
        taker = line.taker or _of_kind(case, line)
        if taker is not None:
            found.setdefault(line.source, []).append(Taken(item=line.item, taker=taker))
    return found


def _of_kind(case: Reorganisation, line: Line) -> Taker | None:
    takers = {
        taker_of(row)
        for row in case.hand_overs.all()
        if row.source == line.source and row.group == line.item.group and row.agency_id == line.item.agency_id
    }
    return takers.pop() if len(takers) == 1 else None


def receivers(case: Reorganisation) -> list[tuple[str, list[HandOver]]]:
    """The takers of a case with what each takes: one biên bản each (NĐ 30/2020 Đ32)."""
    found: dict[str, list[HandOver]] = {}
    for row in case.hand_overs.select_related("unit").order_by("taker_name", "label", "title"):
        found.setdefault(row.taker_name, []).append(row)
    return list(found.items())


def open_case_of(unit: Unit) -> Reorganisation | None:
    """The case under way by which a unit ends."""
    row = ReorganisedUnit.objects.filter(
        unit=unit,
        role=ReorganisedUnit.Role.ENDS,
        case__state__in=[Reorganisation.State.PREPARED, Reorganisation.State.CONFIRMED],
    ).first()
    return row.case if row else None

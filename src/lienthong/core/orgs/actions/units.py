"""Creation and change of units: new versions with instrument and effective date, corrections (CORE-1, CORE-7)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from django.db.backends.postgresql.psycopg_any import DateRange

from lienthong.core.actions import Act, action
from lienthong.core.actions.errors import Conflict, Invalid
from lienthong.core.orgs import history
from lienthong.core.orgs.actions.codes import NewCode, register_code
from lienthong.core.orgs.models import LineageEvent, LineageLink, Unit, UnitVersion, code_key
from lienthong.core.orgs.policies import DirectoryPolicy, demand_remit
from lienthong.core.orgs.queries import as_of
from lienthong.core.registry import Registry, Verb
from lienthong.kit import clock, vietnamese

READ = "orgs:unit:read"
CREATE = "orgs:unit:create"
CHANGE = "orgs:unit:change"
CORRECT = "orgs:unit:correct"
ADD_CODE = "orgs:code:add"
REPLACE_CODE = "orgs:code:replace"
END_CODE = "orgs:code:end"

VERBS = (
    Verb(READ, "xem danh bạ đơn vị trong quản trị", "Xem đơn vị"),
    Verb(CREATE, "thành lập đơn vị", "Thêm đơn vị"),
    Verb(CHANGE, "ghi thay đổi của đơn vị", "Ghi thay đổi của đơn vị"),
    Verb(CORRECT, "đính chính dữ liệu của đơn vị", "Đính chính dữ liệu đơn vị"),
    Verb(ADD_CODE, "thêm mã định danh cho đơn vị", "Thêm mã định danh"),
    Verb(REPLACE_CODE, "đổi mã định danh của đơn vị", "Đổi mã định danh"),
    Verb(END_CODE, "ngừng dùng một mã định danh", "Ngừng dùng mã định danh"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitFacts:
    """What a unit is called and where it stands; names of any length, no silent cutting (CORE-13)."""

    official_name: str
    kind: str
    short_name: str = ""
    abbreviation: str = ""
    parent_id: UUID | None = None
    address: str = ""
    place: str = ""
    contacts: Mapping[str, str] = field(default_factory=dict)
    header_lines: Sequence[str] = ()


def declare(registry: Registry) -> None:
    """Verbs and policy, at start-up."""
    registry.add_verbs(*VERBS)
    registry.add_policy(Unit, DirectoryPolicy(CHANGE), [verb.code for verb in VERBS])


@action(CREATE)
def create(
    act: Act[None],
    *,
    facts: UnitFacts,
    effective: date,
    instrument: str,
    code: NewCode | None = None,
    as_agency: bool = False,
) -> Unit:
    """A unit begins on a date by an instrument, with its first code where it has one (CORE-7; NĐ 158/2018/NĐ-CP).

    An agency's administrator adds units of the own agency; the node adds units of the directory, and agencies
    (`as_agency`: a tenant of this node, CORE-108).
    """
    values = _clean(facts)
    faults = {**_faults(values), **_base_faults(instrument)}
    parent = Unit.objects.filter(pk=facts.parent_id).first() if facts.parent_id else None
    faults.update(_parent_faults(facts.parent_id, parent, effective))
    if act.by.agency_id is not None and parent is None:
        faults.setdefault("parent_id", "Chọn đơn vị cấp trên trong cơ quan.")
    if faults:
        raise Invalid("Chưa ghi được đơn vị mới.", faults)
    if act.by.agency_id is not None and parent is not None:
        demand_remit(act.by, parent)
    unit = Unit(created_at=clock.now(), agency_id=act.by.agency_id, version=1)
    unit.save()
    if as_agency:
        if act.by.agency_id is not None:
            raise Conflict("Cơ quan mới do quản trị nút lập.", "node_only")
        unit.agency = unit
        unit.save(update_fields=["agency"])
    event = record(act, LineageEvent.Kind.CREATE, instrument, effective, [(None, unit)])
    history.add_version(unit, values, DateRange(effective, None), event)
    if code is not None:
        register_code(unit, code, effective, instrument, event)
    act.about(unit)
    act.note(name=values["official_name"], effective=effective, instrument=event.instrument)
    return unit


@action(CHANGE, on=Unit)
def change(
    act: Act[Unit], *, changes: Mapping[str, Any], effective: date, instrument: str, note: str = ""
) -> list[UnitVersion]:
    """Rename, move under another superior, or change other facts from a date on, by an instrument (CORE-7).

    Only the named facts change, each until its own next change that is already known (F-CORE-16).
    """
    unit = act.target
    before = as_of(unit.pk, effective)
    if before is None:
        raise Invalid(
            "Ngày hiệu lực nằm ngoài thời gian hoạt động của đơn vị.",
            {"effective": "Chọn ngày trong thời gian hoạt động của đơn vị."},
        )
    values = _changed(before, changes)
    faults = {**_faults({**_facts_of(before), **values}), **_base_faults(instrument)}
    if "parent_id" in values:
        faults.update(_new_parent_faults(act, values["parent_id"], effective))
    if faults:
        raise Invalid("Chưa ghi được thay đổi.", faults)
    if not values:
        raise Invalid(
            "Chưa có gì thay đổi so với phiên bản đang hiệu lực ngày đó.", {"official_name": "Sửa mục cần đổi."}
        )
    event = record(act, _kind_of(values), instrument, effective, [(unit, unit)], note)
    if {"official_name", "parent_id"} <= values.keys():
        record(act, LineageEvent.Kind.REPARENT, instrument, effective, [(unit, unit)], note)
    rows = history.change(unit, effective, values, event)
    act.was(**{name: _told(getattr(before, name)) for name in values})
    act.note(**{name: _told(value) for name, value in values.items()})
    act.note(effective=effective, instrument=event.instrument)
    return rows


@action(CORRECT, on=Unit, needs_reason=True)
def correct(
    act: Act[Unit], *, changes: Mapping[str, Any], start: date, end: date | None = None, instrument: str = ""
) -> list[UnitVersion]:
    """Put right what had been recorded wrongly from `start` up to `end` (exclusive); what was known stays readable
    on the recorded axis (CORE-1, CORE-2).
    """
    unit = act.target
    before = as_of(unit.pk, start)
    if before is None:
        raise Invalid("Đơn vị chưa có dữ liệu ở ngày này.", {"start": "Chọn ngày trong thời gian hoạt động."})
    if end is not None and end <= start:
        raise Invalid("Khoảng thời gian chưa đúng.", {"end": "Ngày kết thúc phải sau ngày bắt đầu."})
    values = _changed(before, changes)
    faults = _faults({**_facts_of(before), **values})
    if "parent_id" in values:
        faults.update(_new_parent_faults(act, values["parent_id"], start))
    if faults:
        raise Invalid("Chưa đính chính được.", faults)
    if not values:
        raise Invalid("Chưa có gì khác với dữ liệu đã ghi.", {"official_name": "Sửa mục ghi sai."})
    event = record(act, LineageEvent.Kind.CORRECT, instrument or act.reason, start, [(unit, unit)], act.reason)
    rows = history.correct(unit, start, end, values, event)
    act.was(**{name: _told(getattr(before, name)) for name in values})
    act.note(**{name: _told(value) for name, value in values.items()}, start=start, end=end)
    return rows


@action(ADD_CODE, on=Unit)
def add_code(act: Act[Unit], *, code: NewCode, effective: date, instrument: str) -> None:
    """One more code of a unit: it may hold several at once, all resolve (CORE-4)."""
    if faults := _base_faults(instrument):
        raise Invalid("Chưa ghi được mã.", faults)
    event = record(act, LineageEvent.Kind.RECODE, instrument, effective, [(act.target, act.target)])
    row = register_code(act.target, code, effective, instrument, event)
    act.note(code=row.code, scheme=row.scheme, effective=effective, instrument=event.instrument)


@action(REPLACE_CODE, on=Unit)
def replace_code(act: Act[Unit], *, old: str, code: NewCode, effective: date, instrument: str) -> None:
    """The unit bears another code from a date on; within the grace the old one still leads to it (CORE-6, CORE-7)."""
    if faults := _base_faults(instrument):
        raise Invalid("Chưa đổi được mã.", faults)
    row = _own_code(act.target, old, effective)
    event = record(act, LineageEvent.Kind.RECODE, instrument, effective, [(act.target, act.target)])
    history.end_code(row, effective)
    made = register_code(act.target, code, effective, instrument, event)
    act.was(code=row.code, scheme=row.scheme)
    act.note(code=made.code, scheme=made.scheme, effective=effective, instrument=event.instrument)


@action(END_CODE, on=Unit, needs_reason=True)
def end_code(act: Act[Unit], *, code: str, effective: date) -> None:
    """A code is not used any more from a date on; the unit itself lives on."""
    row = _own_code(act.target, code, effective)
    record(act, LineageEvent.Kind.RECODE, act.reason, effective, [(act.target, act.target)], act.reason)
    history.end_code(row, effective)
    act.was(code=row.code, scheme=row.scheme)
    act.note(effective=effective)


def record(
    act: Act[Any],
    kind: str,
    instrument: str,
    effective: date,
    links: Sequence[tuple[Unit | None, Unit | None]],
    note: str = "",
    primary: Unit | None = None,
) -> LineageEvent:
    """Write a lineage event with its links (predecessor, successor); with `primary` only links to it are primary."""
    event = LineageEvent.objects.create(
        kind=kind,
        instrument=vietnamese.border_name(instrument),
        effective=effective,
        recorded_at=clock.now(),
        note=vietnamese.border(note),
        by=act.by.name,
    )
    LineageLink.objects.bulk_create(
        LineageLink(event=event, predecessor=old, successor=new, primary=primary is None or new == primary)
        for old, new in links
    )
    return event


def _own_code(unit: Unit, code: str, on: date) -> Any:
    wanted = code_key(code)
    for row in history.codes_of(unit):
        if row.code_key == wanted and (row.valid.upper is None or row.valid.upper > on):
            return row
    raise Conflict(f"Đơn vị không còn dùng mã “{code}” ở ngày này; hãy tải lại trang.", "no_code")


def _clean(facts: UnitFacts) -> dict[str, Any]:
    return {
        "official_name": vietnamese.border_name(facts.official_name),
        "short_name": vietnamese.border_name(facts.short_name),
        "abbreviation": vietnamese.border_name(facts.abbreviation),
        "kind": facts.kind,
        "parent_id": facts.parent_id,
        "address": vietnamese.border_name(facts.address),
        "place": vietnamese.border_name(facts.place),
        "contacts": dict(facts.contacts),
        "header_lines": [vietnamese.border_name(line) for line in facts.header_lines if line.strip()],
    }


def _facts_of(version: UnitVersion) -> dict[str, Any]:
    return {name: getattr(version, name) for name in history.FACTS}


def _changed(before: UnitVersion, changes: Mapping[str, Any]) -> dict[str, Any]:
    """The named facts that differ from what is so, over the border (CORE-35)."""
    unknown = changes.keys() - set(history.FACTS)
    if unknown:
        raise Invalid("Có mục không phải dữ liệu của đơn vị.", dict.fromkeys(sorted(unknown), "Không có mục này."))
    facts = _clean(UnitFacts(**{**_facts_of(before), **changes}))
    return {name: facts[name] for name in changes if facts[name] != getattr(before, name)}


def _kind_of(values: Mapping[str, Any]) -> str:
    if "official_name" in values:
        return LineageEvent.Kind.RENAME
    return LineageEvent.Kind.REPARENT if "parent_id" in values else LineageEvent.Kind.CHANGE


def _told(value: Any) -> Any:
    return str(value) if isinstance(value, UUID) else value


def _faults(values: Mapping[str, Any]) -> dict[str, str]:
    faults = {}
    if not values["official_name"]:
        faults["official_name"] = "Nhập tên chính thức."
    if values["kind"] not in UnitVersion.Kind.values:
        faults["kind"] = "Chọn loại đơn vị."
    longest = UnitVersion._meta.get_field("abbreviation").max_length or 0
    if len(values["abbreviation"]) > longest:
        faults["abbreviation"] = f"Chữ viết tắt dài tối đa {longest} ký tự."
    return faults


def _base_faults(instrument: str) -> dict[str, str]:
    return {} if instrument.strip() else {"instrument": "Ghi số, ký hiệu của văn bản làm căn cứ."}


def _parent_faults(parent_id: UUID | None, parent: Unit | None, on: date) -> dict[str, str]:
    if parent_id is None:
        return {}
    if parent is None or as_of(parent.pk, on) is None:
        return {"parent_id": "Đơn vị cấp trên không hoạt động ở ngày hiệu lực."}
    return {}


def _new_parent_faults(act: Act[Unit], parent_id: UUID | None, on: date) -> dict[str, str]:
    parent = Unit.objects.filter(pk=parent_id).first() if parent_id else None
    faults = _parent_faults(parent_id, parent, on)
    if faults:
        return faults
    if parent is None:
        inside = act.target.agency_id is not None and not act.target.is_agency
        return {"parent_id": "Chọn đơn vị cấp trên trong cơ quan."} if inside else {}
    if act.target.agency_id and not act.target.is_agency and parent.agency_id != act.target.agency_id:
        return {"parent_id": "Đơn vị cấp trên phải thuộc cùng cơ quan."}
    step: UUID | None = parent.pk
    seen: set[UUID] = set()
    while step is not None and step not in seen:
        if step == act.target.pk:
            return {"parent_id": "Đơn vị cấp trên không thể là chính đơn vị này hoặc đơn vị trực thuộc của nó."}
        seen.add(step)
        above = as_of(step, on)
        step = above.parent_id if above else None
    return {}

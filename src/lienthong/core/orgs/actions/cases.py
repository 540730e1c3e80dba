"""Merge, split and dissolution: opened, takers named, confirmed by a second person, carried out on the day
(CORE-7, CORE-103; TT 06/2025/TT-BNV; NĐ 30/2020/NĐ-CP Đ32).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from uuid import UUID

from django.db import transaction

from lienthong.contracts.actor import Actor, system_actor
from lienthong.contracts.handover import Taker, TakerKind
from lienthong.core import fence
from lienthong.core.actions import Act, action
from lienthong.core.actions.errors import ActionError, Conflict, Invalid
from lienthong.core.orgs import handover, history
from lienthong.core.orgs.actions import units
from lienthong.core.orgs.actions.codes import NewCode
from lienthong.core.orgs.leavings import UnitLeavings
from lienthong.core.orgs.models import (
    HandOver,
    LineageEvent,
    Reorganisation,
    ReorganisedUnit,
    Unit,
    UnitVersion,
)
from lienthong.core.orgs.policies import CasePolicy, demand_remit
from lienthong.core.orgs.queries import as_of, current
from lienthong.core.registry import Registry, Verb, registry
from lienthong.kit import clock, vietnamese

READ = "orgs:case:read"
OPEN = "orgs:case:open"
NAME_TAKER = "orgs:case:name_taker"
CONFIRM = "orgs:case:confirm"
CANCEL = "orgs:case:cancel"
CARRY_OUT = "orgs:case:carry_out"
POSTPONE = "orgs:case:postpone"

VERBS = (
    Verb(READ, "xem việc sắp xếp tổ chức", "Xem việc sắp xếp"),
    Verb(OPEN, "lập việc sắp xếp tổ chức", "Lập việc sắp xếp"),
    Verb(NAME_TAKER, "chọn nơi nhận bàn giao", "Chọn nơi nhận bàn giao"),
    Verb(CONFIRM, "xác nhận việc sắp xếp tổ chức", "Xác nhận việc sắp xếp"),
    Verb(CANCEL, "hủy việc sắp xếp tổ chức", "Hủy việc sắp xếp"),
    Verb(CARRY_OUT, "thực hiện việc sắp xếp tổ chức", "Thực hiện việc sắp xếp"),
    Verb(POSTPONE, "ghi lý do chưa thực hiện được việc sắp xếp", "Ghi lý do chưa thực hiện"),
)
State, Kind, Role = Reorganisation.State, Reorganisation.Kind, ReorganisedUnit.Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Successor:
    """A unit that follows: one that exists, or a new one that begins on the effective day."""

    unit_id: UUID | None = None
    facts: units.UnitFacts | None = None
    code: NewCode | None = None
    primary: bool = False


def declare(registry: Registry) -> None:
    """Verbs and policy, at start-up."""
    registry.add_verbs(*VERBS)
    registry.add_policy(Reorganisation, CasePolicy(READ, CARRY_OUT, POSTPONE), [verb.code for verb in VERBS])
    registry.add_hand_over("orgs", UnitLeavings())


@action(OPEN)
def open_case(
    act: Act[None],
    *,
    kind: str,
    ends: Sequence[UUID],
    follows: Sequence[Successor] = (),
    instrument: str,
    effective: date,
    note: str = "",
) -> Reorganisation:
    """Begin a merge n→1, a split 1→n with one primary successor, or a dissolution; nothing ends yet (CORE-7).

    New successors are recorded at once, to begin on the effective day, so that they can be named as takers.
    """
    _demand_shape(kind, ends, follows, instrument)
    ending = list(Unit.objects.select_for_update().filter(pk__in=ends).order_by("pk"))
    demand_remit(act.by, *ending)
    if len(ending) != len(set(ends)):
        raise Invalid("Có đơn vị không có trong danh bạ.", {"ends": "Chọn lại đơn vị."})
    before = effective - timedelta(days=1)
    for unit in ending:
        name = _name(unit, before)
        if not name:
            raise Invalid(
                "Có đơn vị không hoạt động ở ngày hiệu lực.",
                {"ends": "Chọn đơn vị đang hoạt động trước ngày hiệu lực."},
            )
        if handover.open_case_of(unit) is not None:
            raise Conflict(f"{name} đang có một việc sắp xếp chưa xong.", "case_open")
    case = Reorganisation.objects.create(
        agency_id=act.by.agency_id,
        kind=kind,
        instrument=vietnamese.border_name(instrument),
        effective=effective,
        note=vietnamese.border(note),
        opened_at=clock.now(),
        opened_by=act.by.user_id,
    )
    for order, unit in enumerate(ending):
        ReorganisedUnit.objects.create(case=case, unit=unit, role=Role.ENDS, order=order)
    first_named = any(each.primary for each in follows)
    for order, each in enumerate(follows):
        unit = _successor(act, each, ending, effective, instrument)
        ReorganisedUnit.objects.create(
            case=case,
            unit=unit,
            role=Role.FOLLOWS,
            primary=each.primary or (not first_named and order == 0),
            created=each.unit_id is None,
            order=order,
        )
    act.about(case)
    act.note(kind=kind, ends=[str(unit.pk) for unit in ending], effective=effective, instrument=case.instrument)
    return case


@action(NAME_TAKER, on=Reorganisation)
def name_taker(act: Act[Reorganisation], *, group: str, taker: Taker, keys: Sequence[str] = ()) -> int:
    """Say who takes the things of a kind, or those of it with `keys`; returns how many.

    Each agency names the takers of what is its own (CORE-108); the rule of CORE-103 says who may take what.
    """
    case = _in_state(act.target, State.PREPARED)
    lines = [
        line
        for line in handover.dry_run(case)
        if line.group == group and (not keys or line.item.key in keys) and _is_own(act.by, line.item.agency_id)
    ]
    if not lines:
        raise Conflict("Không còn mục nào của loại này; hãy tải lại trang.", "no_items")
    named = _with_name(taker, case)
    if fault := handover.may_take(case, lines[0].item.keep, named):
        raise Invalid("Chưa chọn được nơi nhận.", {"taker": fault})
    now = clock.now()
    for line in lines:
        HandOver.objects.update_or_create(
            case=case,
            source=line.source,
            key=line.item.key,
            defaults={
                "agency_id": line.item.agency_id,
                "unit_id": line.item.unit_id,
                "group": line.item.group,
                "label": line.item.label,
                "title": line.item.title,
                "keep": line.item.keep,
                "taker_kind": named.kind,
                "taker_unit_id": named.unit_id,
                "taker_name": named.name,
                "named_at": now,
            },
        )
    act.note(group=group, items=len(lines), taker=named.name)
    return len(lines)


@action(CONFIRM, on=Reorganisation)
def confirm(act: Act[Reorganisation]) -> None:
    """The second person's word; refused while one item has no taker (CORE-103, CORE-32)."""
    case = _in_state(act.target, State.PREPARED)
    if case.opened_by is not None and case.opened_by == act.by.user_id:
        raise Conflict("Người lập việc sắp xếp không tự xác nhận; cần người thứ hai.", "same_person")
    missing = [line for line in handover.dry_run(case) if line.taker is None]
    if missing:
        kinds = sorted({line.item.label.lower() for line in missing})
        raise Conflict(
            f"Còn {len(missing)} mục chưa có nơi nhận ({', '.join(kinds)}). Chọn nơi nhận cho từng loại rồi xác nhận.",
            "no_taker",
        )
    case.state, case.confirmed_at, case.confirmed_by = State.CONFIRMED, clock.now(), act.by.user_id
    act.note(effective=case.effective, items=case.hand_overs.count())


@action(CANCEL, on=Reorganisation, needs_reason=True)
def cancel(act: Act[Reorganisation]) -> None:
    """Nothing of the case happens; successors recorded for it are taken back on the recorded axis."""
    case = act.target
    if case.state not in {State.PREPARED, State.CONFIRMED}:
        raise Conflict(f"Việc sắp xếp {case.get_state_display().lower()}, không hủy được.", "case_state")
    for row in case.units.select_related("unit"):
        if row.created:
            history.void(row.unit)
    case.state, case.closed_at = State.CANCELLED, clock.now()
    act.note(state=case.state)


@action(CARRY_OUT, on=Reorganisation)
def carry_out(act: Act[Reorganisation]) -> LineageEvent:
    """On the effective day: every source hands over, registers close with a snapshot, certificates are revoked, seals
    withdrawn; then the units and their codes end and the lineage is written (CORE-7, CORE-103).
    """
    case = _in_state(act.target, State.CONFIRMED)
    if clock.local_date() < case.effective:
        raise Conflict(f"Chưa đến ngày hiệu lực {case.effective:%d/%m/%Y}.", "too_early")
    lines = handover.dry_run(case)
    taken = handover.taken(case, lines)
    if sum(map(len, taken.values())) < len(lines):
        raise Conflict("Có mục mới phát sinh chưa có nơi nhận; chọn nơi nhận rồi thực hiện.", "no_taker")
    found = handover.leaving(case)
    reason = f"{case.get_kind_display()} theo {case.instrument}"
    now = clock.now()
    for code, source in sorted(registry.hand_over.items()):
        with fence.node(handover.ACROSS):
            results = dict(source.close(by=_by_house(case), leaving=found, taken=taken.get(code, []), reason=reason))
        for each in taken.get(code, []):
            HandOver.objects.update_or_create(
                case=case,
                source=code,
                key=each.item.key,
                defaults={"result": results.get(each.item.key, ""), "done_at": now},
                create_defaults={
                    "agency_id": each.item.agency_id,
                    "unit_id": each.item.unit_id,
                    "group": each.item.group,
                    "label": each.item.label,
                    "title": each.item.title,
                    "keep": each.item.keep,
                    "taker_kind": each.taker.kind,
                    "taker_unit_id": each.taker.unit_id,
                    "taker_name": each.taker.name,
                    "named_at": now,
                    "result": results.get(each.item.key, ""),
                    "done_at": now,
                },
            )
    event = _write_lineage(act, case)
    case.state, case.closed_at, case.event, case.trouble = State.DONE, now, event, ""
    act.note(effective=case.effective, items=len(lines), instrument=case.instrument)
    return event


@action(POSTPONE, on=Reorganisation)
def postpone(act: Act[Reorganisation], *, trouble: str) -> None:
    """Why a case could not be carried out on its day: its page says so until somebody mends it."""
    act.target.trouble = trouble
    act.note(trouble=trouble)


def carry_out_due() -> int:
    """Carry out every confirmed case whose day has come; one in trouble says why and stops only itself."""
    done = 0
    due = Reorganisation.objects.filter(state=State.CONFIRMED, effective__lte=clock.local_date())
    for case in due.order_by("effective", "opened_at"):
        by = _by_house(case)
        try:
            with transaction.atomic():
                carry_out(by=by, target=case)
            done += 1
        except ActionError as error:
            if case.trouble != error.message:
                postpone(by=by, target=case, trouble=error.message)
    return done


def _by_house(case: Reorganisation) -> Actor:
    return system_actor("orgs", agency_id=case.agency_id)


def _write_lineage(act: Act[Reorganisation], case: Reorganisation) -> LineageEvent:
    rows = list(case.units.select_related("unit"))
    ends = [row.unit for row in rows if row.role == Role.ENDS]
    follows = [row for row in rows if row.role == Role.FOLLOWS]
    primary = next((row.unit for row in follows if row.primary), None)
    links: list[tuple[Unit | None, Unit | None]] = [(old, new.unit) for old in ends for new in follows]
    event = units.record(
        act,
        case.kind,
        case.instrument,
        case.effective,
        links or [(old, None) for old in ends],
        case.note,
        primary,
    )
    for unit in ends:
        history.end(unit, case.effective)
        history.end_bodies(unit, case.effective)
        Unit.objects.filter(pk=unit.pk).update(version=unit.version + 1)
    return event


def _demand_shape(kind: str, ends: Sequence[UUID], follows: Sequence[Successor], instrument: str) -> None:
    faults: dict[str, str] = {}
    new = sum(each.unit_id is None for each in follows)
    if kind == Kind.MERGE:
        if len(follows) != 1:
            faults["follows"] = "Hợp nhất, sáp nhập có đúng một đơn vị kế thừa."
        if len(ends) < 1 + new:
            faults["ends"] = "Chọn các đơn vị được hợp nhất, sáp nhập (hợp nhất thành đơn vị mới cần từ hai đơn vị)."
    elif kind == Kind.SPLIT:
        if len(ends) != 1:
            faults["ends"] = "Chia, tách một đơn vị mỗi lần."
        if len(follows) < 2:
            faults["follows"] = "Chia, tách có từ hai đơn vị kế thừa."
        if sum(each.primary for each in follows) > 1:
            faults["follows"] = "Chỉ một đơn vị kế thừa chính."
    elif kind == Kind.DISSOLVE:
        if not ends:
            faults["ends"] = "Chọn đơn vị giải thể."
        if follows:
            faults["follows"] = "Giải thể không có đơn vị kế thừa; chọn nơi nhận bàn giao ở bước sau."
    else:
        faults["kind"] = "Chọn hợp nhất, chia tách hoặc giải thể."
    if {each.unit_id for each in follows} & set(ends):
        faults["follows"] = "Đơn vị kế thừa không thể là đơn vị chấm dứt."
    if not instrument.strip():
        faults["instrument"] = "Ghi số, ký hiệu của văn bản làm căn cứ."
    if faults:
        raise Invalid("Chưa lập được việc sắp xếp.", faults)


def _successor(act: Act[None], each: Successor, ending: Sequence[Unit], effective: date, instrument: str) -> Unit:
    if each.unit_id is not None:
        unit = Unit.objects.filter(pk=each.unit_id).first()
        if unit is None or as_of(unit.pk, effective) is None:
            raise Invalid("Đơn vị kế thừa không hoạt động ở ngày hiệu lực.", {"follows": "Chọn lại đơn vị kế thừa."})
        demand_remit(act.by, unit)
        return unit
    if each.facts is None:
        raise Invalid("Thiếu đơn vị kế thừa.", {"follows": "Chọn đơn vị có sẵn hoặc nhập đơn vị mới."})
    above = as_of(ending[0].pk, effective - timedelta(days=1))
    facts = each.facts
    if facts.parent_id is None and above is not None:
        facts = replace(facts, parent_id=above.parent_id)
    return units.create(
        by=act.by,
        facts=facts,
        effective=effective,
        instrument=instrument,
        code=each.code,
        as_agency=any(unit.is_agency for unit in ending),
    )


def _name(unit: Unit, on: date) -> str:
    version = as_of(unit.pk, on)
    return version.official_name if version else ""


def _in_state(case: Reorganisation, state: str) -> Reorganisation:
    if case.state != state:
        raise Conflict(f"Việc sắp xếp đang ở trạng thái “{case.get_state_display()}”; hãy tải lại trang.", "case_state")
    return case


def _is_own(actor: Actor, agency_id: UUID | None) -> bool:
    return agency_id == actor.agency_id


def _with_name(taker: Taker, case: Reorganisation) -> Taker:
    if taker.unit_id is None:
        return Taker(kind=taker.kind, name=vietnamese.border_name(taker.name))
    version: UnitVersion | None = as_of(taker.unit_id, case.effective) or current([taker.unit_id]).get(taker.unit_id)
    name = version.official_name if version else ""
    archive = "Lưu trữ hiện hành của " if taker.kind is TakerKind.CURRENT_ARCHIVE else ""
    return Taker(kind=taker.kind, name=f"{archive}{name}", unit_id=taker.unit_id)

"""Positions of a unit and who holds them, from–to (CORE-10, CORE-12; NĐ 30/2020/NĐ-CP Đ31.3.đ)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.backends.postgresql.psycopg_any import DateRange, DateTimeTZRange
from django.db.models import Q

from lienthong.contracts.actor import Actor
from lienthong.core.actions import Act, action
from lienthong.core.actions.errors import Conflict, Invalid
from lienthong.core.identity import actions as accounts
from lienthong.core.identity.models import User
from lienthong.core.identity.signing_in import ADMIN_VERBS
from lienthong.core.orgs.models import Absence, BodySigner, Holding, Position, SigningDelegation, Unit
from lienthong.core.orgs.people_policies import (
    READ,
    UnitPolicy,
    demand_other,
    own,
    person_policy,
    position_policy,
    rules,
)
from lienthong.core.orgs.queries import holdings_at
from lienthong.core.registry import Registry, Verb
from lienthong.kit import clock
from lienthong.kit.vietnamese import border_name

CREATE_POSITION = "orgs:position:create"
EDIT_POSITION = "orgs:position:edit"
RETIRE_POSITION = "orgs:position:retire"
APPOINT = "orgs:holding:appoint"
END_HOLDING = "orgs:holding:end"
CLOSE_HOLDING = "orgs:holding:close"

HOLDING_ENDED = "orgs.holding.ended"
"""The message that sessions and keys wait for (CORE-12): {holding, person, position, agency, at, remaining}.

`remaining` counts the positions that the person still holds: with none, every session of the person ends.
"""

_VERBS = (
    Verb(READ, "xem người và vị trí của cơ quan", "Xem người và vị trí"),
    Verb(CREATE_POSITION, "lập vị trí", "Lập vị trí"),
    Verb(EDIT_POSITION, "sửa vị trí", "Sửa vị trí"),
    Verb(RETIRE_POSITION, "bỏ vị trí", "Bỏ vị trí"),
    Verb(APPOINT, "giao vị trí cho người giữ", "Giao vị trí"),
    Verb(END_HOLDING, "thôi giữ vị trí", "Thôi giữ vị trí"),
    Verb(CLOSE_HOLDING, "đóng quyền của vị trí đã hết thời gian giữ", "Đóng quyền"),
)
_SOLE = (Position.Rank.HEAD, Position.Rank.UNIT_HEAD)
_DEPUTY_OF = {Position.Rank.HEAD: Position.Rank.DEPUTY, Position.Rank.UNIT_HEAD: Position.Rank.UNIT_DEPUTY}
_DEPUTIES = (Position.Rank.DEPUTY, Position.Rank.UNIT_DEPUTY)
SCOPED_BY_AGENCY = "Chọn trong các đơn vị của cơ quan."


def declare(registry: Registry) -> None:
    """Verbs and policies, at start-up."""
    registry.add_verbs(*_VERBS)
    registry.add_policy(Position, position_policy, [CREATE_POSITION, EDIT_POSITION, RETIRE_POSITION, APPOINT])
    registry.add_policy(
        Holding,
        UnitPolicy(
            "position__unit",
            parties=("person",),
            rules={END_HOLDING: lambda actor, holding: actor.may(READ) and not own(actor, holding.person_id)},
            system=frozenset({CLOSE_HOLDING}),
        ),
        [END_HOLDING, CLOSE_HOLDING],
    )
    registry.add_policy(User, person_policy, [READ, *accounts.VERBS, *ADMIN_VERBS])


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionInput:
    """What a position is; `order` places it in lists, smaller first."""

    unit_id: UUID
    title: str
    rank: str
    valid_from: date
    order: int = 100


@action(CREATE_POSITION, on=Position)
def create_position(act: Act[Position], *, facts: PositionInput) -> Position:
    """Found a position in a unit of the own agency; rights are granted to it, never to a person (CORE-10)."""
    faults: dict[str, str] = {}
    unit = Unit.objects.filter(pk=facts.unit_id).first()
    if unit is None or not rules(act.by, unit):
        faults["unit"] = SCOPED_BY_AGENCY
    title = _title(facts.title, faults)
    if facts.rank not in Position.Rank.values:
        faults["rank"] = "Chọn một loại vị trí trong danh sách."
    if faults or unit is None:
        raise Invalid("Vị trí còn thiếu hoặc sai một số mục.", faults)
    row = Position.objects.create(
        unit=unit, title=title, rank=facts.rank, valid=DateRange(facts.valid_from, None), order=facts.order
    )
    act.about(row)
    act.note(unit=unit.pk, title=title, rank=row.rank, valid_from=facts.valid_from)
    return row


@action(EDIT_POSITION, on=Position, needs_reason=True)
def edit_position(act: Act[Position], *, title: str, order: int) -> Position:
    """Mend the title or the place of a position; papers already signed keep the title that they bear (CORE-8)."""
    row = act.target
    faults: dict[str, str] = {}
    cleaned = _title(title, faults)
    if faults:
        raise Invalid("Chức vụ chưa đúng.", faults)
    act.was(title=row.title, order=row.order)
    row.title, row.order = cleaned, order
    act.note(title=row.title, order=row.order)
    return row


@action(RETIRE_POSITION, on=Position, needs_reason=True)
def retire_position(act: Act[Position]) -> Position:
    """Give a position up: nobody may hold it any more; its authority to sign ends with it."""
    row, now, today = act.target, clock.now(), clock.local_date()
    if row.valid.upper is not None and row.valid.upper <= today:
        raise Conflict("Vị trí này đã bỏ.", "retired")
    holders = Holding.objects.filter(position=row).filter(Q(held__endswith__isnull=True) | Q(held__endswith__gt=now))
    if holders.exists():
        raise Conflict("Vị trí còn người giữ. Ghi thôi giữ vị trí cho từng người trước, rồi mới bỏ vị trí.", "held")
    row.valid = DateRange(min(row.valid.lower or today, today), today)
    act.note(valid_to=today)
    ended = _revoke(SigningDelegation.objects.filter(Q(giver=row) | Q(taker=row)), now)
    signers = _cut(BodySigner.objects.filter(position=row), now)
    act.note(delegations=ended, signers=signers)
    return row


@dataclass(frozen=True, slots=True, kw_only=True)
class AppointInput:
    """Who holds a position, how and from when (None: from now) to when; `instrument` is the decision."""

    person_id: UUID
    instrument: str
    mode: str = Holding.Mode.FULL
    since: datetime | None = None
    until: datetime | None = None
    main: bool = True


@action(APPOINT, on=Position)
def appoint(act: Act[Position], *, facts: AppointInput) -> Holding:
    """Let a person hold a position: chính thức, quyền or phụ trách, điều hành (CORE-10, CORE-11)."""
    position, now = act.target, clock.now()
    demand_other(act.by, facts.person_id)
    person = User.objects.filter(pk=facts.person_id).first()
    if person is None or not _known(act.by, person):
        raise Invalid("Chưa giao được vị trí.", {"person": "Không có người này trong phạm vi của bạn."})
    since = facts.since or now
    faults = _appoint_faults(position, person, facts, since, now)
    if faults:
        raise Invalid("Chưa giao được vị trí.", faults)
    holding = Holding.objects.create(
        position=position,
        person=person,
        mode=facts.mode,
        held=DateTimeTZRange(since, facts.until),
        main=facts.main,
        instrument=border_name(facts.instrument),
        closed_at=now if facts.until is not None and facts.until <= now else None,
    )
    act.note(
        person=person.pk,
        name=person.full_name,
        mode=holding.mode,
        since=since,
        until=facts.until,
        instrument=holding.instrument,
    )
    return holding


def _known(actor: Actor, person: User) -> bool:
    return actor.is_system or person_policy.sees(actor, person)


def _appoint_faults(
    position: Position, person: User, facts: AppointInput, since: datetime, now: datetime
) -> dict[str, str]:
    faults: dict[str, str] = {}
    if not border_name(facts.instrument):
        faults["instrument"] = "Ghi số, ký hiệu của quyết định giao vị trí."
    if facts.mode not in Holding.Mode.values:
        faults["mode"] = "Chọn cách giữ vị trí trong danh sách."
    if facts.until is not None and facts.until <= since:
        faults["until"] = "Ngày thôi giữ phải sau ngày bắt đầu."
    if clock.local_date(since) not in _Days(position.valid):
        faults["since"] = "Vị trí chưa lập hoặc đã bỏ vào ngày này."
    alive = facts.until is None or facts.until > now
    if alive and not person.is_active:
        faults["person"] = f"Tài khoản của {person.full_name} đang khóa hoặc đã ngừng dùng. Mở tài khoản trước."
    span = DateTimeTZRange(since, facts.until)
    others = Holding.objects.filter(position=position, held__overlap=span) if "until" not in faults else None
    if others is not None and others.filter(person=person).exists():
        faults["person"] = f"{person.full_name} đã giữ vị trí này trong thời gian đó."
    elif others is not None and position.rank in _SOLE and facts.mode != Holding.Mode.IN_CHARGE:
        sole = others.exclude(mode=Holding.Mode.IN_CHARGE).select_related("person").first()
        if sole is not None:
            faults["since"] = f"{sole.person.full_name} đang giữ vị trí này trong thời gian đó; ghi thôi giữ trước."
    if facts.mode == Holding.Mode.ACTING and position.rank not in _SOLE:
        faults["mode"] = "“Quyền” chỉ dùng cho người đứng đầu cơ quan hoặc đơn vị."
    if facts.mode == Holding.Mode.IN_CHARGE and not _may_be_in_charge(position, person, since):
        faults["mode"] = (
            "“Phụ trách, điều hành” chỉ giao cho cấp phó của chính đơn vị đó; người này ký thay (KT.), "
            "không ký như người đứng đầu."
        )
    return faults


def _may_be_in_charge(position: Position, person: User, since: datetime) -> bool:
    """A deputy is in charge (Đ13.1): in the own post, or in the head's while holding that of a deputy there."""
    if position.rank in _DEPUTIES:
        return True
    rank = _DEPUTY_OF.get(Position.Rank(position.rank))
    posts = holdings_at(since).filter(person=person, position__unit_id=position.unit_id, position__rank=rank)
    return rank is not None and posts.exists()


@dataclass(frozen=True, slots=True)
class _Days:
    span: DateRange

    def __contains__(self, day: date) -> bool:
        lower, upper = self.span.lower, self.span.upper
        return (lower is None or lower <= day) and (upper is None or day < upper)


@action(END_HOLDING, on=Holding, needs_reason=True)
def end_holding(act: Act[Holding], *, at: datetime | None = None) -> Holding:
    """End a holding at once, whatever work is open, or on a day that is announced (CORE-12; NĐ 30/2020 Đ31.3.đ).

    `at`: not before now. What the past signed stays signed: a holding is never ended backwards.
    """
    row, now = act.target, clock.now()
    moment = at or now
    if row.held.upper is not None and row.held.upper <= now:
        raise Conflict("Người này đã thôi giữ vị trí.", "ended")
    if moment < now:
        raise Invalid("Chưa ghi được.", {"at": "Không ghi lùi ngày thôi giữ: chọn ngay bây giờ hoặc một ngày sau."})
    if row.held.upper is not None and moment > row.held.upper:
        raise Invalid("Chưa ghi được.", {"at": "Ngày thôi giữ đã định sớm hơn ngày này."})
    act.was(until=row.held.upper)
    row.held = DateTimeTZRange(min(row.held.lower, moment) if row.held.lower else None, moment)
    act.note(person=row.person_id, position=row.position_id, until=moment)
    if moment <= now:
        _close(act, row, now)
    return row


@action(CLOSE_HOLDING, on=Holding)
def close_holding(act: Act[Holding]) -> Holding:
    """Close what hung on a holding whose announced end has come; run by the system every few seconds (CORE-12)."""
    row, now = act.target, clock.now()
    if row.closed_at is not None or row.held.upper is None or row.held.upper > now:
        raise Conflict("Thời gian giữ vị trí chưa hết.", "not_over")
    _close(act, row, now)
    return row


def over(limit: int = 200) -> list[Holding]:
    """Holdings that ended by their date and still await closing."""
    return list(Holding.objects.filter(closed_at__isnull=True, held__endswith__lte=clock.now())[:limit])


def _close(act: Act[Holding], row: Holding, now: datetime) -> None:
    """Authorisations of the person in the post end, absences end, and who keeps sessions and keys is told."""
    row.closed_at = now
    personal = SigningDelegation.objects.filter(kind=SigningDelegation.Kind.AUTHORISED)
    given = personal.filter(giver=row.position_id, given_by=row.person_id)
    others = holdings_at(now).filter(position_id=row.position_id).exclude(pk=row.pk)
    taken = personal.filter(taker=row.position_id) if not others.exists() else personal.none()
    ended = _revoke(given | taken, now)
    absences = Absence.objects.filter(ended_at__isnull=True, held__endswith__gt=now)
    away = absences.filter(holding=row)
    remaining = holdings_at(now).filter(person_id=row.person_id).exclude(pk=row.pk).count()
    if not remaining:
        away |= absences.filter(delegate=row.person_id)
    act.note(delegations_ended=ended, absences_ended=away.update(ended_at=now), remaining=remaining)
    act.emit(
        HOLDING_ENDED,
        holding=row.pk,
        person=row.person_id,
        position=row.position_id,
        agency=act.agency_id,
        at=row.held.upper,
        remaining=remaining,
    )


def _revoke(rows: "Iterable[SigningDelegation]", now: datetime) -> int:
    ids = [row.pk for row in rows if row.revoked_at is None and (row.held.upper is None or row.held.upper > now)]
    return SigningDelegation.objects.filter(pk__in=ids).update(revoked_at=now)


def _cut(rows: "Iterable[BodySigner]", now: datetime) -> int:
    cut = 0
    for row in rows:
        if row.held.upper is None or row.held.upper > now:
            row.held = DateTimeTZRange(min(row.held.lower or now, now), now)
            row.save(update_fields=["held"])
            cut += 1
    return cut


def _title(text: str, faults: dict[str, str]) -> str:
    title = border_name(text)
    if not title:
        faults["title"] = "Nhập tên chức vụ."
    return title

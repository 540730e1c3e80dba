"""Working delegation: a colleague does the work of who is away; the authority to sign does not move (CORE-12)."""

from datetime import datetime
from uuid import UUID

from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from lienthong.core.actions import Act, action
from lienthong.core.actions.errors import Conflict, Forbidden, Invalid
from lienthong.core.orgs.models import Absence, Holding
from lienthong.core.orgs.people_policies import READ, UnitPolicy, demand_other
from lienthong.core.orgs.queries import holdings_at
from lienthong.core.registry import Registry, Verb, registry
from lienthong.kit import clock
from lienthong.kit.vietnamese import border_name

OPEN = "orgs:absence:open"
CLOSE = "orgs:absence:close"

_VERBS = (
    Verb(OPEN, "giao người làm thay khi vắng mặt", "Giao người làm thay"),
    Verb(CLOSE, "kết thúc làm thay", "Kết thúc làm thay"),
)


def declare(book: Registry) -> None:
    """Verbs and policies, at start-up."""
    book.add_verbs(*_VERBS)
    book.add_policy(
        Absence,
        UnitPolicy(
            "holding__position__unit",
            parties=("holding__person", "delegate"),
            rules={CLOSE: lambda actor, row: actor.may(READ) or row.holding.person_id == actor.user_id},
        ),
        [OPEN, CLOSE],
    )


@action(OPEN, on=Absence)
def open_absence(
    act: Act[Absence], *, holding_id: UUID, delegate_id: UUID, until: datetime, note: str, since: datetime | None = None
) -> Absence:
    """Let a colleague do the work of a position while its holder is away; every entry then names both (CORE-12).

    The holder does so for the own position, an administrator for those of the agency, nobody for the own gain. Who
    works in another's place passes nothing on.
    """
    now = clock.now()
    if act.by.on_behalf_of is not None:
        raise Forbidden("giao tiếp việc đang làm thay người khác")
    begin = since or now
    holding = holdings_at(begin).filter(pk=holding_id).select_related("position__unit").first()
    if holding is None or not _may(act, holding):
        raise Invalid("Chưa giao được người làm thay.", {"holding": "Chọn vị trí đang có người giữ."})
    demand_other(act.by, delegate_id)
    colleague = holdings_at(now).filter(
        person_id=delegate_id, position__unit__agency_id=holding.position.unit.agency_id
    )
    faults: dict[str, str] = {}
    if delegate_id == holding.person_id or not colleague.exists():
        faults["delegate"] = "Chọn một đồng nghiệp đang giữ vị trí trong cơ quan."
    if until <= max(begin, now):
        faults["until"] = "Ngày hết làm thay phải sau ngày bắt đầu và sau hôm nay."
    elif holding.held.upper is not None and until > holding.held.upper:
        faults["until"] = "Người vắng mặt thôi giữ vị trí trước ngày này."
    if not border_name(note):
        faults["note"] = "Ghi vì sao vắng mặt: đi công tác, nghỉ phép, đi học."
    span = DateTimeTZRange(begin, until)
    if not faults and Absence.objects.filter(holding=holding, ended_at__isnull=True, held__overlap=span).exists():
        faults["since"] = "Trong thời gian này đã có người làm thay; kết thúc việc đó trước."
    if faults:
        raise Invalid("Chưa giao được người làm thay.", faults)
    row = Absence.objects.create(holding=holding, delegate_id=delegate_id, held=span, note=border_name(note))
    act.about(row)
    act.note(holder=holding.person_id, position=holding.position_id, delegate=delegate_id, since=begin, until=until)
    return row


def _may(act: Act[Absence], holding: Holding) -> bool:
    return registry.policies[Holding].sees(act.by, holding)


@action(CLOSE, on=Absence)
def close_absence(act: Act[Absence]) -> Absence:
    """End a working delegation before its day: the holder is back."""
    row, now = act.target, clock.now()
    if row.ended_at is not None or row.held.upper <= now:
        raise Conflict("Việc làm thay này đã kết thúc.", "ended")
    row.ended_at = now
    act.note(ended_at=now)
    return row

"""The acts of going live: dry runs, declarations, and the opening by two persons (CORE-107, CORE-32)."""

from uuid import UUID

from django.db import connection

from lienthong.core import notify
from lienthong.core.access.actors import positions_with
from lienthong.core.actions import Act, action, ref_of
from lienthong.core.actions.errors import Conflict, Forbidden, Invalid, NotSeen
from lienthong.core.golive import board
from lienthong.core.golive.models import Opening, StepCheck
from lienthong.core.golive.policies import CHECK, CONFIRM, DECLARE, PROPOSE, WITHDRAW
from lienthong.core.registry import Verb
from lienthong.kit import clock

VERBS = (
    Verb("golive:opening:read", "xem việc chuẩn bị vận hành", "Xem chuẩn bị vận hành"),
    Verb(CHECK, "chạy thử một bước chuẩn bị vận hành", "Chạy thử bước chuẩn bị"),
    Verb(DECLARE, "khai không có dữ liệu cần chuyển", "Khai không có dữ liệu"),
    Verb(PROPOSE, "đề nghị mở sổ của cơ quan", "Đề nghị mở sổ"),
    Verb(CONFIRM, "xác nhận mở sổ của cơ quan", "Xác nhận mở sổ"),
    Verb(WITHDRAW, "rút đề nghị mở sổ", "Rút đề nghị mở sổ"),
)


def _agency(act: Act[None]) -> UUID:
    if act.by.agency_id is None:
        raise Invalid("Chọn một vị trí của cơ quan trước.", code="no_agency")
    return act.by.agency_id


def _standing(agency_id: UUID, code: str) -> board.Standing:
    found = next((row for row in board.standing(agency_id) if row.step.code == code), None)
    if found is None:
        raise NotSeen("bước chuẩn bị này")
    return found


@action(CHECK)
def check(act: Act[None], *, code: str) -> board.Standing:
    """Run one step dry: what it would use stands listed, what is missing is named; nothing of it changes."""
    agency_id = _agency(act)
    found = _standing(agency_id, code)
    row, _ = StepCheck.objects.update_or_create(
        agency_id=agency_id,
        code=code,
        defaults={
            "checked_at": clock.now(),
            "by_name": act.by.name,
            "passed": found.ready,
            "findings": board.plain(found.finding),
        },
    )
    act.about(row)
    act.note(step=code, state=found.state, missing=[gap.text for gap in found.finding.gaps if gap.blocking])
    return board.Standing(step=found.step, finding=found.finding, last=row)


@action(DECLARE, needs_reason=True)
def declare_nothing(act: Act[None], *, code: str) -> None:
    """Say that a step has nothing to bring along: a new agency has no old register; the reason is kept."""
    agency_id = _agency(act)
    found = _standing(agency_id, code)
    if not found.step.optional:
        raise Conflict("Bước này không bỏ qua được; hãy bổ sung phần còn thiếu.", "step_needed")
    if not found.finding.empty:
        raise Conflict("Bước này đã có dữ liệu nên không khai “không có” được.", "step_not_empty")
    row, _ = StepCheck.objects.update_or_create(
        agency_id=agency_id,
        code=code,
        defaults={
            "checked_at": clock.now(),
            "by_name": act.by.name,
            "passed": True,
            "findings": board.plain(found.finding),
            "nothing": True,
            "reason": act.reason,
        },
    )
    act.about(row)
    act.note(step=code)


@action(PROPOSE, on=Opening)
def propose(act: Act[Opening]) -> Opening:
    """Ask for the opening when no step misses anything; a second person confirms (CORE-32)."""
    agency_id = act.by.agency_id
    if agency_id is None:
        raise Invalid("Chọn một vị trí của cơ quan trước.", code="no_agency")
    _one_at_a_time(agency_id)
    present = board.opening_of(agency_id)
    if present is not None:
        words = "đã mở sổ" if present.state == "opened" else "đã có đề nghị mở sổ đang chờ xác nhận"
        raise Conflict(f"Cơ quan {words}; hãy tải lại trang.", "opening_exists")
    found = _all_ready(agency_id)
    row = Opening.objects.create(
        agency_id=agency_id,
        proposed_by=act.by.user_id,
        proposed_name=act.by.name,
        proposed_at=clock.now(),
        findings=board.summary(found),
    )
    act.about(row)
    act.note(steps=row.findings)
    notify.tell(
        positions_with(CONFIRM, agency_id),
        event=f"golive:proposed:{row.pk}",
        kind="golive.opening",
        text=f"{act.by.name} đề nghị mở sổ của cơ quan; cần người thứ hai xác nhận",
        ref=ref_of(row),
        besides=act.by.user_id,
    )
    return row


@action(CONFIRM, on=Opening)
def confirm(act: Act[Opening]) -> None:
    """Open the registers: by another person than the one who proposed, every step looked at once more (CORE-107)."""
    row = act.target
    who = {act.by.user_id, act.by.on_behalf_of}
    if row.proposed_by in who:
        raise Forbidden("Xác nhận đề nghị của chính mình")
    _one_at_a_time(row.agency_id)
    found = _all_ready(row.agency_id)
    row.confirmed_by = act.by.user_id
    row.confirmed_name = act.by.name
    row.opened_at = clock.now()
    row.findings = board.summary(found)
    act.note(proposed_by=row.proposed_name, confirmed_by=row.confirmed_name, steps=row.findings)
    notify.tell(
        positions_with("golive:opening:read", row.agency_id),
        event=f"golive:opened:{row.pk}",
        kind="golive.opening",
        text="Cơ quan đã mở sổ trên hệ thống; từ nay cấp số được",
        ref=ref_of(row),
        besides=act.by.user_id,
    )


@action(WITHDRAW, on=Opening)
def withdraw(act: Act[Opening]) -> None:
    """Take a proposal back before it is confirmed, or turn it down, with the reason."""
    act.note(proposed_by=act.target.proposed_name)


def _all_ready(agency_id: UUID) -> list[board.Standing]:
    found = board.standing(agency_id)
    short = [row for row in found if not row.ready]
    if short:
        words = "; ".join(f"{row.step.title} ({board.STATE_WORDS[row.state][0].lower()})" for row in short)
        raise Conflict(f"Chưa mở sổ được, còn bước chưa xong: {words}.", "steps_missing")
    return found


def _one_at_a_time(agency_id: UUID) -> None:
    """Two proposals of one agency wait for each other until the commit."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"golive:{agency_id}"])

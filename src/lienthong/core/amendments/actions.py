"""The acts of a change by two persons: proposed, approved or declined by another, taken back, expired (CORE-32)."""

from collections.abc import Sequence
from datetime import timedelta

from lienthong.contracts.actor import system_actor
from lienthong.core import lawbook, notify
from lienthong.core.actions import Act, action, ref_of
from lienthong.core.actions.errors import Conflict, Forbidden, Invalid
from lienthong.core.amendments import items as changes
from lienthong.core.amendments import preview
from lienthong.core.amendments.items import Item
from lienthong.core.amendments.models import Amendment
from lienthong.core.amendments.policies import PROPOSE, READ, whom_to_ask
from lienthong.core.amendments.states import APPROVE, DECLINE, EXPIRE, WITHDRAW
from lienthong.core.lawbook.actions import lock
from lienthong.core.orgs.queries import holdings_at
from lienthong.core.registry import Verb
from lienthong.kit import clock
from lienthong.kit.vietnamese import border_name

VERBS = (
    Verb(READ, "xem đề xuất thay đổi căn cứ pháp lý", "Xem đề xuất"),
    Verb(PROPOSE, "đề xuất thay đổi căn cứ pháp lý", "Đề xuất thay đổi"),
    Verb(APPROVE, "duyệt thay đổi căn cứ pháp lý", "Duyệt"),
    Verb(DECLINE, "không duyệt thay đổi căn cứ pháp lý", "Không duyệt"),
    Verb(WITHDRAW, "rút đề xuất thay đổi căn cứ pháp lý", "Rút đề xuất"),
    Verb(EXPIRE, "cho hết hạn đề xuất thay đổi căn cứ pháp lý", "Hết hạn duyệt"),
)


@action(PROPOSE, needs_reason=True)
def propose(act: Act[None], *, items: Sequence[Item], source: str) -> Amendment:
    """Ask for one or more changes, with source and reason; another person decides (CORE-32).

    What binds the node is proposed by who acts for no agency; an administrator proposes for the own agency. Every
    change is checked now as it will be when it is carried out.
    """
    if not items:
        raise Invalid("Chưa có thay đổi nào để đề xuất.", {"items": "Thêm ít nhất một thay đổi."})
    if not source.strip():
        raise Invalid("Cần ghi căn cứ.", {"source": "Ghi số, ký hiệu của văn bản làm căn cứ."})
    agency_id = act.by.agency_id
    found = preview.of(changes.rows_for(items, agency_id, act.reason), agency_id)
    now = clock.now()
    title = items[0].words() if len(items) == 1 else f"{items[0].words()} và {len(items) - 1} thay đổi khác"
    row = Amendment.objects.create(
        agency_id=agency_id,
        title=title,
        items=[item.to_json() for item in items],
        source=border_name(source),
        reason=act.reason,
        preview=found.to_json(),
        proposed_by=act.by.person,
        proposed_name=act.by.name,
        proposed_at=now,
        expires_at=now + timedelta(days=lawbook.get("lawbook.proposal_days", agency=agency_id)),
    )
    act.about(row)
    act.note(title=title, source=row.source, items=row.items, cases=found.cases, clocks=len(found.touched))
    notify.tell(
        whom_to_ask(agency_id, act.by.user_id),
        event=f"lawbook:proposed:{row.pk}",
        kind="lawbook.proposal",
        text=f"{act.by.name} đề xuất: {title}. Ảnh hưởng {found.cases} hồ sơ đang mở",
        ref=ref_of(row),
        besides=act.by.user_id,
    )
    return row


@action(APPROVE, on=Amendment)
def approve(act: Act[Amendment], *, seen: int) -> None:
    """Carry out the changes: by another person than the proposer, on the law that the approver saw (CORE-32).

    `seen` is the parameter-set version under which the preview was shown; when the law has changed since, nothing
    happens (409) and the page shows the preview anew. The whole proposal is one transaction.
    """
    row = act.target
    if row.expires_at <= clock.now():
        raise Conflict("Đề xuất đã quá hạn duyệt; hãy đề xuất lại.", "expired")
    lock()
    if lawbook.version() != seen:
        raise Conflict("Căn cứ pháp lý vừa thay đổi; hãy xem lại ảnh hưởng rồi duyệt.", "stale_preview")
    wanted = [changes.read(stored) for stored in row.items]
    found = preview.of(changes.rows_for(wanted, row.agency_id, row.reason), row.agency_id)
    by = system_actor("lawbook", agency_id=row.agency_id, request_id=act.by.request_id)
    reason = f"{row.reason} (đề xuất: {row.proposed_name}; duyệt: {act.by.name}; căn cứ: {row.source})"
    for item in wanted:
        item.apply(by, row.agency_id, reason)
    _decide(act)
    row.decided_preview = found.to_json()
    row.law_version = lawbook.version()
    act.note(proposed_by=row.proposed_name, law_version=row.law_version, cases=found.cases, clocks=len(found.touched))
    _tell_proposer(act, f"{act.by.name} đã duyệt: {row.title}")


@action(DECLINE, on=Amendment)
def decline(act: Act[Amendment]) -> None:
    """Leave the law as it is, with the reason; the proposer is told."""
    _decide(act)
    act.note(proposed_by=act.target.proposed_name)
    _tell_proposer(act, f"{act.by.name} không duyệt: {act.target.title}. {act.reason}")


@action(WITHDRAW, on=Amendment)
def withdraw(act: Act[Amendment]) -> None:
    """The proposer takes the proposal back."""
    _decide(act)


@action(EXPIRE, on=Amendment)
def expire(act: Act[Amendment]) -> None:
    """Nobody decided in time; nothing changes, the proposer is told."""
    if act.target.expires_at > clock.now():
        raise Conflict("Đề xuất chưa quá hạn duyệt.", "not_expired")
    act.target.decided_at = clock.now()
    _tell_proposer(act, f"Đề xuất quá hạn duyệt: {act.target.title}")


def _decide(act: Act[Amendment]) -> None:
    if act.by.user_id is None:
        raise Forbidden("Quyết định đề xuất")
    row = act.target
    row.decided_by, row.decided_name, row.decided_at, row.answer = act.by.user_id, act.by.name, clock.now(), act.reason


def _tell_proposer(act: Act[Amendment], text: str) -> None:
    row = act.target
    posts = holdings_at().filter(person_id=row.proposed_by, main=True).values_list("position_id", flat=True)
    notify.tell(
        posts,
        event=f"lawbook:decided:{row.pk}",
        kind="lawbook.proposal",
        text=text,
        ref=ref_of(row),
        besides=act.by.user_id,
    )

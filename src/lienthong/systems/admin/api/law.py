"""The law, the calendar and deadlines by API: read by everybody signed in, changed by two persons (CORE-24…34)."""

import json
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import File, Form, Query, Router, Schema, Status
from ninja.files import UploadedFile

from lienthong.contracts.actor import Actor
from lienthong.core import clocks, lawbook
from lienthong.core.actions.errors import Forbidden, Invalid, NotSeen
from lienthong.core.amendments import actions, importing
from lienthong.core.amendments import items as changes
from lienthong.core.amendments import queries as proposals
from lienthong.core.amendments.models import Amendment
from lienthong.core.amendments.policies import PROPOSE, READ, amendment_policy
from lienthong.core.clocks import actions as clock_acts
from lienthong.core.clocks import queries
from lienthong.core.lawbook import book
from lienthong.core.lawbook import year as years
from lienthong.core.registry import registry
from lienthong.kit import clock
from lienthong.kit.tables import Unreadable

router = Router(tags=["admin"])


class ParameterOut(Schema):
    """One row of the law; `law_version` recorded it, `replaced_in` is the version that replaced it."""

    key: str
    scope: Literal["node", "agency"]
    kind: str
    value: Any
    words: str
    unit: str
    valid_from: date
    valid_to: date | None
    instrument: str
    article: str
    status: str
    source: str
    note: str
    rules: bool
    law_version: int
    replaced_in: int | None
    used_by: list[str]


class LawFilter(Schema):
    """What is looked for; `on` asks for the law of a day."""

    q: str = ""
    status: str = ""
    source: str = ""
    instrument: str = ""
    used_by: str = ""
    on: date | None = None


class RuleSetOut(Schema):
    """A body of rules with the version in force on the day asked for."""

    key: str
    name: str
    on: date
    in_force: ParameterOut | None
    versions: list[ParameterOut]


class DifferenceOut(Schema):
    """Where a row entered here rules in place of the release's."""

    key: str
    on: date
    local: Any
    release: Any
    local_source: str
    release_source: str


class ProposalIn(Schema):
    """One or more changes, with source and reason; each item as `items` of a proposal gives them back."""

    items: list[dict[str, Any]]
    source: str
    reason: str


class ProposalOut(Schema):
    """A proposal; `preview` of an open one is counted now, and its `law_version` is what an approval sends."""

    id: UUID
    state: str
    scope: Literal["node", "agency"]
    title: str
    items: list[dict[str, Any]]
    source: str
    reason: str
    preview: dict[str, Any]
    broken: str
    proposed_name: str
    proposed_at: datetime
    expires_at: datetime
    decided_name: str
    decided_at: datetime | None
    answer: str
    law_version: int | None


class DecisionIn(Schema):
    """Why; for an approval the version of the law that was seen."""

    reason: str = ""
    seen: int | None = None


class ImportOut(Schema):
    """What a file would do; `proposal` when it was sent on."""

    changes: list[str]
    unchanged: int
    faults: dict[int, str]
    proposal: UUID | None


class ImportIn(Schema):
    """Run dry unless `send`; the source and the reason are for the proposal."""

    send: bool = False
    source: str = ""
    reason: str = ""


class DayOut(Schema):
    """A date that differs from its weekday."""

    id: UUID
    day: date
    kind: str
    reason: str
    source: str
    scope: Literal["node", "agency"]


class YearOut(Schema):
    """A year of the calendar."""

    year: int
    working_days: int
    by_month: list[int]
    confirmed: bool
    source: str
    version: str
    weekly_rest: list[int]
    office_hours: list[list[str]]
    days: list[DayOut]


class AwaitingOut(Schema):
    """An earlier date that awaits a decision."""

    id: UUID
    clock_id: UUID
    subject: str
    title: str
    due_at: datetime | None
    first_due_at: datetime | None
    proposed_due_at: datetime
    cause: str


class MovedOut(Schema):
    """What a recount changed or proposed; `entry_id` is its line in the journal."""

    at: datetime
    subject: str
    title: str
    old: datetime | None
    new: datetime | None
    cause: str
    proposed: bool
    entry_id: UUID


@router.get("/law/parameters", response=list[ParameterOut], summary="Căn cứ pháp lý")
def list_parameters(request: HttpRequest, wanted: Query[LawFilter]) -> Any:
    """What rules on a day for the caller's agency; every item to be verified on top."""
    asked = book.Wanted(wanted.q, wanted.status, wanted.source, wanted.instrument, wanted.used_by, wanted.on)
    return [_line(line) for line in book.lines(_caller(request).agency_id, asked)]


@router.get("/law/parameters/{key}", response=list[ParameterOut], summary="Một tham số theo thời gian")
def get_parameter(request: HttpRequest, key: str) -> Any:
    """Every row of a key, replaced ones too."""
    rows = book.history(key, _caller(request).agency_id)
    if not rows:
        raise NotSeen("tham số này")
    return [_line(line) for line in rows]


@router.get("/law/export", summary="Xuất căn cứ pháp lý")
def export_law(request: HttpRequest) -> dict[str, Any]:
    """Every row that stands, in the form that the import reads back."""
    return importing.document(book.standing(_caller(request).agency_id))


@router.get("/law/rule-sets", response=list[RuleSetOut], summary="Bộ quy định theo thời gian")
def list_rule_sets(request: HttpRequest, on: date | None = None) -> Any:
    """Which instrument governs what on the day of the governing event."""
    day = on or clock.local_date()
    return [
        {
            "key": found.key,
            "name": found.name,
            "on": day,
            "in_force": _line(found.ruling) if found.ruling else None,
            "versions": [_line(line) for line in found.versions],
        }
        for found in book.rule_sets(day, _caller(request).agency_id)
    ]


@router.get("/law/differences", response=list[DifferenceOut], summary="Khác bản phát hành")
def list_differences(request: HttpRequest) -> Any:
    """Where the node or the caller's agency rules otherwise than the release."""
    own = {line.row.key for line in book.lines(_caller(request).agency_id) if line.local}
    return [
        {**_fields(found), "local": _plain(found.local), "release": _plain(found.release)}
        for found in lawbook.differences()
        if found.key in own
    ]


@router.post("/law/import", response=ImportOut, summary="Nạp tham số từ tệp")
def import_law(request: HttpRequest, body: Form[ImportIn], file: File[UploadedFile]) -> Any:
    """A file of the export's form: run dry, or proposed as one change."""
    actor = _proposer(request)
    try:
        report = importing.parameters(file.name or "", file.read(), actor.agency_id)
    except Unreadable as error:
        raise Invalid("Không đọc được tệp.", {"file": str(error)}) from error
    return _brought(actor, report, body)


@router.post("/law/notice", response=ImportOut, summary="Nạp thông báo nghỉ hằng năm")
def import_notice(request: HttpRequest, body: Form[ImportIn], file: File[UploadedFile]) -> Any:
    """A yearly notice: run dry, or proposed as one change."""
    actor = _proposer(request)
    try:
        report = importing.notice(file.name or "", file.read(), actor.agency_id)
    except Unreadable as error:
        raise Invalid("Không đọc được tệp.", {"file": str(error)}) from error
    return _brought(actor, report, body)


def _brought(actor: Actor, report: importing.Report, body: ImportIn) -> dict[str, Any]:
    made = None
    if body.send:
        if report.faults:
            raise Invalid("Tệp còn dòng lỗi.", {f"row_{number}": text for number, text in report.faults})
        made = actions.propose(by=actor, items=report.items, source=body.source, reason=body.reason)
    return {
        "changes": [item.words() for item in report.items],
        "unchanged": report.unchanged,
        "faults": dict(report.faults),
        "proposal": made.pk if made else None,
    }


@router.get("/law/proposals", response=list[ProposalOut], summary="Đề xuất thay đổi căn cứ pháp lý")
def list_proposals(request: HttpRequest, state: str = "") -> Any:
    """The newest proposals that the caller sees, each with the preview of its day."""
    actor = _reader(request)
    rows = amendment_policy.scope(actor, Amendment.objects.all())
    rows = rows.filter(state=state) if state else rows
    return [_proposal(row, row.decided_preview or row.preview, "") for row in rows[:100]]


@router.post("/law/proposals", response={201: ProposalOut}, summary="Đề xuất thay đổi")
def propose_change(request: HttpRequest, body: ProposalIn) -> Any:
    """Ask for changes of the own agency's rows, or of the node's; another person decides."""
    actor = _proposer(request)
    wanted = [changes.read(item) for item in body.items]
    row = actions.propose(by=actor, items=wanted, source=body.source, reason=body.reason)
    return Status(201, _proposal(row, row.preview, ""))


@router.get("/law/proposals/{ident}", response=ProposalOut, summary="Một đề xuất và ảnh hưởng hiện nay")
def get_proposal(request: HttpRequest, ident: UUID) -> Any:
    """What it changes and whom it touches on the law of now."""
    row = proposals.seen(_reader(request), ident)
    found, broken = proposals.present_preview(row)
    return _proposal(row, found.to_json() if found else row.decided_preview or row.preview, broken)


@router.post("/law/proposals/{ident}/acts/{act}", response=ProposalOut, summary="Duyệt, không duyệt, rút đề xuất")
def act_proposal(
    request: HttpRequest, ident: UUID, act: Literal["approve", "decline", "withdraw"], body: DecisionIn
) -> Any:
    """Decide, by another than the proposer; an approval names the version of the law that was seen (409 when stale)."""
    actor = _reader(request)
    row = proposals.seen(actor, ident)
    if act == "approve":
        if body.seen is None:
            raise Invalid("Xem ảnh hưởng trước khi duyệt.", {"seen": "Gửi law_version của phần preview."})
        actions.approve(by=actor, target=row, seen=body.seen, reason=body.reason)
    else:
        (actions.decline if act == "decline" else actions.withdraw)(by=actor, target=row, reason=body.reason)
    return _proposal(row, row.decided_preview or row.preview, "")


@router.get("/calendar/{year}", response=YearOut, summary="Lịch làm việc của năm")
def get_calendar(request: HttpRequest, year: int) -> Any:
    """Working days of the caller's agency, each special day with its source."""
    if not date.min.year <= year < date.max.year:
        raise NotSeen("lịch của năm này")
    view = years.of(year, _caller(request).agency_id)
    return {
        "year": year,
        "working_days": view.working,
        "by_month": [month.working for month in view.months],
        "confirmed": view.confirmed,
        "source": view.source,
        "version": view.calendar.version,
        "weekly_rest": sorted(view.calendar.weekly_rest),
        "office_hours": [[f"{a:%H:%M}", f"{b:%H:%M}"] for a, b in view.calendar.hours.spans],
        "days": [
            {
                "id": row.pk,
                "day": row.day,
                "kind": row.kind,
                "reason": row.reason,
                "source": row.source,
                "scope": "agency" if row.unit_id else "node",
            }
            for row in view.entries
        ],
    }


@router.get("/clocks/awaiting", response=list[AwaitingOut], summary="Hạn sớm hơn chờ quyết định")
def list_awaiting(request: HttpRequest) -> Any:
    """Earlier dates that a calendar change would give; none is applied by itself."""
    rows = queries.awaiting(_decider(request))
    return [
        {
            "id": row.pk,
            "clock_id": row.clock_id,
            "subject": str(row.clock.subject),
            "title": registry.title(row.clock.subject),
            "due_at": row.clock.due_at,
            "first_due_at": row.clock.first_due_at,
            "proposed_due_at": row.due_at,
            "cause": row.cause,
        }
        for row in rows[: queries.SHOWN]
    ]


@router.get("/clocks/recounts", response=list[MovedOut], summary="Các lần tính lại hạn")
def list_recounts(request: HttpRequest) -> Any:
    """What recounts changed or proposed, the newest first."""
    return [{**_fields(row), "subject": str(row.subject)} for row in queries.moved(_decider(request).agency_id)]


@router.post("/clocks/awaiting/{ident}/{act}", response={204: None}, summary="Quyết định một hạn sớm hơn")
def decide_awaiting(request: HttpRequest, ident: UUID, act: Literal["apply", "keep"], body: DecisionIn) -> Any:
    """Apply the earlier date, or keep the promised one."""
    actor = _decider(request)
    row = queries.awaiting(actor).filter(pk=ident).first()
    if row is None:
        raise NotSeen("đề xuất này")
    run = clock_acts.bring_forward if act == "apply" else clock_acts.keep
    run(by=actor, target=row.clock, reason=body.reason)
    return Status(204, None)


@router.get("/clocks/{ident}", summary="Vì sao hạn là ngày này")
def explain_clock(request: HttpRequest, ident: UUID) -> dict[str, Any]:
    """The stored explanation: every day counted or skipped, pauses, sentences, the first promise (CORE-24)."""
    row = queries.seen(_caller(request), ident)
    return {
        **clocks.explain(row),
        "law_version": row.law_version,
        "first_due_at": row.first_due_at,
        "state": row.state,
        "previous": row.previous_id,
    }


def _caller(request: HttpRequest) -> Actor:
    actor: Actor | None = getattr(request, "actor", None)
    if actor is None:
        raise Forbidden("Xem căn cứ pháp lý")
    return actor


def _with(request: HttpRequest, verb: str) -> Actor:
    actor = _caller(request)
    if not actor.may(verb):
        raise Forbidden(registry.verb(verb).label)
    return actor


def _reader(request: HttpRequest) -> Actor:
    return _with(request, READ)


def _proposer(request: HttpRequest) -> Actor:
    return _with(request, PROPOSE)


def _decider(request: HttpRequest) -> Actor:
    return _with(request, clock_acts.KEEP)


def _line(line: book.Line) -> dict[str, Any]:
    return {
        **book.entry_of(line.row),
        "words": line.words,
        "rules": line.rules,
        "law_version": line.since,
        "replaced_in": line.until,
        "used_by": list(book.users_of(line.row.key)),
    }


def _fields(row: Any) -> dict[str, Any]:
    return {name: getattr(row, name) for name in row.__slots__}


def _plain(value: Any) -> Any:
    return json.loads(json.dumps(value, default=str))


def _proposal(row: Amendment, preview: dict[str, Any], broken: str) -> dict[str, Any]:
    return {
        "id": row.pk,
        "state": row.state,
        "scope": "agency" if row.agency_id else "node",
        "title": row.title,
        "items": row.items,
        "source": row.source,
        "reason": row.reason,
        "preview": preview,
        "broken": broken,
        "proposed_name": row.proposed_name,
        "proposed_at": row.proposed_at,
        "expires_at": row.expires_at,
        "decided_name": row.decided_name,
        "decided_at": row.decided_at,
        "answer": row.answer,
        "law_version": row.law_version,
    }

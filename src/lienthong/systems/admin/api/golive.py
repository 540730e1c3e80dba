"""Going live by API: the steps, their dry runs, the opening by two persons (CORE-107)."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Schema, Status

from lienthong.contracts.actor import Actor
from lienthong.core.actions.errors import Forbidden, NotSeen
from lienthong.core.golive import actions, board
from lienthong.core.golive.models import Opening
from lienthong.core.golive.policies import READ, opening_policy
from lienthong.core.registry import registry

router = Router(tags=["admin"])


class GapOut(Schema):
    """Something missing; one that is not blocking is only told."""

    text: str
    blocking: bool


class StepOut(Schema):
    """A step as it stands now."""

    code: str
    title: str
    about: str
    state: Literal["done", "missing", "declare", "declared"]
    optional: bool
    facts: list[str]
    missing: list[GapOut]
    checked_at: datetime | None
    checked_by: str


class OpeningOut(Schema):
    """The opening in force, or the one that waits for the second person."""

    id: UUID
    state: str
    proposed_name: str
    proposed_at: datetime
    confirmed_name: str
    opened_at: datetime | None


class BoardOut(Schema):
    """All steps and the opening."""

    live: bool
    ready: bool
    steps: list[StepOut]
    opening: OpeningOut | None


class ReasonIn(Schema):
    """Why."""

    reason: str = ""


@router.get("/golive", response=BoardOut, summary="Các bước chuẩn bị vận hành")
def get_board(request: HttpRequest) -> Any:
    """Every step of the caller's agency, with what is missing."""
    actor = _caller(request)
    rows = board.standing(actor.agency)
    opening = board.opening_of(actor.agency)
    return {
        "live": opening is not None and opening.state == "opened",
        "ready": all(row.ready for row in rows),
        "steps": [_step(row) for row in rows],
        "opening": opening,
    }


@router.post("/golive/steps/{code}/check", response=StepOut, summary="Chạy thử một bước")
def check_step(request: HttpRequest, code: str) -> Any:
    """Run a step dry; nothing of it changes."""
    return _step(actions.check(by=_caller(request), code=code))


@router.post("/golive/steps/{code}/nothing", response={204: None}, summary="Khai không có dữ liệu cần chuyển")
def declare_nothing(request: HttpRequest, code: str, body: ReasonIn) -> Any:
    """Say that a step has nothing to bring along."""
    actions.declare_nothing(by=_caller(request), code=code, reason=body.reason)
    return Status(204, None)


@router.post("/golive/opening", response={201: OpeningOut}, summary="Đề nghị mở sổ")
def propose_opening(request: HttpRequest) -> Any:
    """Ask for the opening; another person confirms. Asking twice finds the first one (409)."""
    return Status(201, actions.propose(by=_caller(request)))


@router.post("/golive/opening/{ident}/acts/{act}", response=OpeningOut, summary="Xác nhận, rút đề nghị mở sổ")
def act_opening(request: HttpRequest, ident: UUID, act: Literal["confirm", "withdraw"], body: ReasonIn) -> Any:
    """Open the registers, by another person; or withdraw the proposal."""
    actor = _caller(request)
    row = Opening.objects.filter(pk=ident).first()
    if row is None or not opening_policy.sees(actor, row):
        raise NotSeen("đề nghị mở sổ")
    (actions.confirm if act == "confirm" else actions.withdraw)(by=actor, target=row, reason=body.reason)
    return row


def _caller(request: HttpRequest) -> Actor:
    actor: Actor | None = getattr(request, "actor", None)
    if actor is None or actor.agency_id is None or not actor.may(READ):
        raise Forbidden(registry.verb(READ).label)
    return actor


def _step(row: board.Standing) -> dict[str, Any]:
    return {
        "code": row.step.code,
        "title": row.step.title,
        "about": row.step.about,
        "state": row.state,
        "optional": row.step.optional,
        "facts": list(row.finding.facts),
        "missing": [{"text": gap.text, "blocking": gap.blocking} for gap in row.finding.gaps],
        "checked_at": row.last.checked_at if row.last else None,
        "checked_by": row.last.by_name if row.last else "",
    }

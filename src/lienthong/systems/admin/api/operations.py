"""The operator's work by API: state, jobs, dead letters, announcements; the same acts as the screens (CORE-90)."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Schema, Status

from lienthong.core import fence
from lienthong.core.actions.errors import Forbidden, NotSeen
from lienthong.core.jobs.models import JobRun
from lienthong.core.notify import announcements
from lienthong.core.notify.models import Announcement
from lienthong.core.operations import actions, policies, queries, state
from lienthong.core.registry import registry
from lienthong.systems.admin.api.people import KEY, Reasoned, actor_of, repeatable

router = Router(tags=["admin"])
_ACTS = {"requeue": actions.requeue_job, "discard": actions.discard_job, "cancel": actions.cancel_job}
_MESSAGE_ACTS = {"requeue": actions.requeue_message, "discard": actions.discard_message}


class FindingOut(Schema):
    """One point looked at: level 0 well, 1 to note, 2 faulty."""

    code: str
    level: int
    what: str
    why: str
    remedy: str


class LimitOut(Schema):
    """A limit and what is used of it."""

    code: str
    label: str
    used: float
    most: float
    unit: str
    share: float


class StateOut(Schema):
    """How the node is."""

    findings: list[FindingOut]
    limits: list[LimitOut]


class JobOut(Schema):
    """A run of a job; its arguments stay inside."""

    id: UUID
    name: str
    state: str
    done: int
    total: int | None
    attempts: int
    created_at: datetime
    finished_at: datetime | None
    error: str


class DeadMessageOut(Schema):
    """A message that gave up, without its content."""

    id: int
    kind: str
    handler: str
    attempts: int
    done_at: datetime | None
    error: str


class AnnouncementIn(Schema):
    """What to announce: severity 1 information, 2 to note, 3 an interruption."""

    text: str
    severity: int = 1
    starts_at: datetime
    ends_at: datetime


class AnnouncementOut(AnnouncementIn):
    """An announcement of one's agency, or of the node."""

    id: UUID
    made_by: str
    withdrawn_at: datetime | None


def _operator(request: HttpRequest, verb: str) -> Any:
    by = actor_of(request, verb)
    if by.agency_id is not None:
        raise Forbidden(registry.verb(verb).label)
    return by


@router.get("/operations/state", response=StateOut, summary="Xem tình trạng hệ thống")
def get_state(request: HttpRequest) -> dict[str, Any]:
    """Every check in words, the worst first, and the limits."""
    _operator(request, policies.READ)
    with fence.node("operations.state"):
        return {"findings": state.findings(), "limits": state.limits()}


@router.get("/operations/jobs", response=list[JobOut], summary="Xem việc nền theo trạng thái")
def get_jobs(request: HttpRequest, state: str = "dead", after: str = "") -> list[JobRun]:
    """Runs in a state, the newest first, at most 50; `after` is `<created_at>_<id>` of the last one seen."""
    by = _operator(request, policies.READ)
    return list(queries.before(queries.runs(by, queries.JobFilter(state=state)), after)[: queries.PAGE])


@router.post("/operations/jobs/{ident}/{act}", response={204: None}, summary="Chạy lại, bỏ hoặc dừng một việc nền")
def act_on_job(
    request: HttpRequest,
    ident: UUID,
    act: Literal["requeue", "discard", "cancel"],
    body: Reasoned,
    idempotency_key: str = KEY,
) -> Status[None]:
    """Run anew, give up or stop a run, with a reason."""
    run = _ACTS[act]
    by = _operator(request, run.verb)

    def work() -> dict[str, Any]:
        run(by=by, reason=body.reason, run_id=ident)
        return {}

    repeatable(by, idempotency_key, [str(ident), act, body.reason], work)
    return Status(204, None)


@router.get("/operations/messages", response=list[DeadMessageOut], summary="Xem thông điệp dừng vì lỗi")
def get_dead_messages(request: HttpRequest) -> list[dict[str, Any]]:
    """Messages that gave up, the newest 50."""
    by = _operator(request, policies.READ)
    return [
        {
            "id": row.pk,
            "kind": row.message.kind,
            "handler": row.handler,
            "attempts": row.attempts,
            "done_at": row.done_at,
            "error": row.error,
        }
        for row in queries.dead_messages(by)[: queries.PAGE]
    ]


@router.post("/operations/messages/{ident}/{act}", response={204: None}, summary="Giao lại hoặc bỏ một thông điệp")
def act_on_message(
    request: HttpRequest, ident: int, act: Literal["requeue", "discard"], body: Reasoned, idempotency_key: str = KEY
) -> Status[None]:
    """Deliver a message anew, or give it up, with a reason."""
    run = _MESSAGE_ACTS[act]
    by = _operator(request, run.verb)

    def work() -> dict[str, Any]:
        run(by=by, reason=body.reason, delivery_id=ident)
        return {}

    repeatable(by, idempotency_key, [ident, act, body.reason], work)
    return Status(204, None)


@router.get("/announcements", response=list[AnnouncementOut], summary="Xem thông báo chung đã đăng")
def get_announcements(request: HttpRequest) -> list[Announcement]:
    """Those of one's agency, or of the node, the newest 50."""
    by = actor_of(request, announcements.PUBLISH)
    rows = announcements.AnnouncementPolicy().scope(by, Announcement.objects.all())
    return list(rows.order_by("-made_at")[:50])


@router.post("/announcements", response={201: AnnouncementOut}, summary="Đăng thông báo chung")
def publish_announcement(
    request: HttpRequest, body: AnnouncementIn, idempotency_key: str = KEY
) -> Status[dict[str, Any]]:
    """Put up a banner for one's agency, or, by the node's operator, for everybody."""
    by = actor_of(request, announcements.PUBLISH)

    def work() -> dict[str, Any]:
        row = announcements.publish(by=by, words=announcements.Words(**body.dict()))
        return AnnouncementOut.from_orm(row).model_dump(mode="json")

    return Status(201, repeatable(by, idempotency_key, body.model_dump(mode="json"), work))


@router.post("/announcements/{ident}/withdraw", response={204: None}, summary="Rút thông báo chung")
def withdraw_announcement(request: HttpRequest, ident: UUID) -> Status[None]:
    """Take a banner down before its time."""
    by = actor_of(request, announcements.WITHDRAW)
    row = Announcement.objects.filter(pk=ident).first()
    if row is None:
        raise NotSeen("thông báo này")
    announcements.withdraw(by=by, target=row)
    return Status(204, None)

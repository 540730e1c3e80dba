"""What the operator does to jobs and messages that gave up: run anew, give up for good, stop (CORE-88)."""

from typing import Any
from uuid import UUID

from lienthong.contracts.ref import Ref
from lienthong.core import jobs, outbox
from lienthong.core.actions import Act, action
from lienthong.core.actions.errors import Conflict, NotSeen
from lienthong.core.jobs.models import JobRun
from lienthong.core.operations.policies import (
    CANCEL,
    DISCARD,
    DISCARD_MESSAGE,
    READ,
    REQUEUE,
    REQUEUE_MESSAGE,
)
from lienthong.core.outbox.models import OutboxDelivery
from lienthong.core.registry import Verb

VERBS = (
    Verb(READ, "xem tình trạng hệ thống", "Xem tình trạng hệ thống"),
    Verb(REQUEUE, "cho chạy lại một việc nền đã dừng vì lỗi", "Chạy lại việc nền"),
    Verb(DISCARD, "bỏ hẳn một việc nền đã dừng vì lỗi", "Bỏ việc nền"),
    Verb(CANCEL, "yêu cầu dừng một việc nền", "Dừng việc nền"),
    Verb(REQUEUE_MESSAGE, "giao lại một thông điệp nội bộ đã dừng vì lỗi", "Giao lại thông điệp"),
    Verb(DISCARD_MESSAGE, "bỏ hẳn một thông điệp nội bộ đã dừng vì lỗi", "Bỏ thông điệp"),
)
JOB_KIND, MESSAGE_KIND = "jobs:jobrun", "outbox:message"
_CHANGED = "Trạng thái vừa đổi, việc này không còn làm được. Tải lại trang để xem."


@action(REQUEUE, needs_reason=True)
def requeue_job(act: Act[None], *, run_id: UUID) -> None:
    """Run a dead letter anew with its full number of attempts."""
    _about_job(act, run_id)
    if not jobs.requeue(run_id):
        raise Conflict(_CHANGED, "state")


@action(DISCARD, needs_reason=True)
def discard_job(act: Act[None], *, run_id: UUID) -> None:
    """Give a dead letter up for good; the reason stays beside the fault."""
    _about_job(act, run_id)
    if not jobs.discard(run_id, act.reason):
        raise Conflict(_CHANGED, "state")


@action(CANCEL, needs_reason=True)
def cancel_job(act: Act[None], *, run_id: UUID) -> None:
    """Ask a run to stop: a waiting one at once, a running one at its next step."""
    _about_job(act, run_id)
    if not jobs.cancel(run_id):
        raise Conflict(_CHANGED, "state")


@action(REQUEUE_MESSAGE, needs_reason=True)
def requeue_message(act: Act[None], *, delivery_id: int) -> None:
    """Deliver a dead letter of the outbox anew."""
    _about_message(act, delivery_id)
    if not outbox.requeue(delivery_id):
        raise Conflict(_CHANGED, "state")


@action(DISCARD_MESSAGE, needs_reason=True)
def discard_message(act: Act[None], *, delivery_id: int) -> None:
    """Give a dead letter of the outbox up for good."""
    _about_message(act, delivery_id)
    if not outbox.discard(delivery_id, act.reason):
        raise Conflict(_CHANGED, "state")


def _about_job(act: Act[Any], run_id: UUID) -> None:
    run = JobRun.objects.filter(pk=run_id).first()
    if run is None:
        raise NotSeen("việc nền này")
    act.ref = Ref(JOB_KIND, run.pk)
    act.was(state=run.state)
    act.note(name=run.name)


def _about_message(act: Act[Any], delivery_id: int) -> None:
    delivery = OutboxDelivery.objects.select_related("message").filter(pk=delivery_id).first()
    if delivery is None:
        raise NotSeen("lượt giao này")
    act.was(state=delivery.state)
    act.note(kind=delivery.message.kind, handler=delivery.handler, delivery=delivery.pk)

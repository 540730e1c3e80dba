"""Scenes of operating the node: jobs and messages that gave up, announcements, what the commands record."""

from datetime import timedelta

from lienthong.core import jobs, outbox
from lienthong.core.jobs.models import JobRun
from lienthong.core.notify import announcements
from lienthong.core.operations import actions, policies, records
from lienthong.core.outbox.models import OutboxDelivery, OutboxMessage
from lienthong.kit import clock
from tests.architecture.scenes import REASON, Stage, admin, scene

WORDS = {"text": "Bảo trì 22 giờ", "severity": 2}


def dead_job(name: str = "files.sweep") -> JobRun:
    """A run that gave up."""
    run_id = jobs.enqueue(name)
    JobRun.objects.filter(pk=run_id).update(state="dead", finished_at=clock.now(), error="hỏng")
    return JobRun.objects.get(pk=run_id)


def dead_message() -> OutboxDelivery:
    """A delivery that gave up."""
    message = OutboxMessage.objects.get(pk=outbox.emit("thu.nghiem", {}, agency_id=None))
    return OutboxDelivery.objects.create(
        message=message, handler="thu", state="dead", run_at=clock.now(), done_at=clock.now(), error="hỏng"
    )


def words(**more: object) -> announcements.Words:
    """An announcement of four hours from now."""
    facts = {**WORDS, "starts_at": clock.now(), "ends_at": clock.now() + timedelta(hours=4), **more}
    return announcements.Words(**facts)  # type: ignore[arg-type]


@scene
def what_gave_up_is_run_anew_or_given_up(stage: Stage) -> None:
    """Jobs and messages, by the operator, with reasons."""
    by = admin(None, *policies.OF_OPERATOR)
    actions.requeue_job(by=by, run_id=dead_job().pk, reason=REASON)
    actions.discard_job(by=by, run_id=dead_job().pk, reason=REASON)
    actions.cancel_job(by=by, run_id=jobs.enqueue("files.sweep"), reason=REASON)
    actions.requeue_message(by=by, delivery_id=dead_message().pk, reason=REASON)
    actions.discard_message(by=by, delivery_id=dead_message().pk, reason=REASON)


@scene
def the_node_and_an_agency_announce(stage: Stage) -> None:
    """A banner for everybody, one for the agency; one is withdrawn."""
    verbs = (announcements.PUBLISH, announcements.WITHDRAW)
    row = announcements.publish(by=admin(None, *verbs), words=words())
    announcements.withdraw(by=admin(None, *verbs), target=row)
    announcements.publish(by=admin(stage.world.a.id, *verbs), words=words())


@scene
def the_commands_leave_their_lines(stage: Stage) -> None:
    """Backups, a restore, the keystore."""
    for record in (
        records.backed_up,
        records.backup_failed,
        records.restored,
        records.keys_sealed,
        records.keys_opened,
    ):
        record(by=records.OPERATOR, facts={"run": "20261125T000000Z"})

"""The operator's pages and API (CORE-98, CORE-108)."""

from lienthong.core.notify import announcements
from lienthong.core.operations import policies
from tests.architecture.routes.route import Route, Thing, page
from tests.architecture.scenes import Stage, admin
from tests.architecture.scenes.operations import dead_job, words

ROUTES: dict[str, Route] = {
    "admin:operations": page(policies.READ),
    "admin:jobs": page(policies.READ),
    "admin:job": page(policies.READ, things="job_run"),
    "admin:job_act": page(
        policies.REQUEUE, method="post", extra={"ident": "00000000-0000-4000-8000-000000000000", "act": "la"}
    ),
    "admin:messages": page(policies.READ),
    "admin:message_act": page(policies.REQUEUE_MESSAGE, method="post", extra={"ident": 0, "act": "la"}),
    "admin:storage": page(policies.READ),
    "api:get_state": page(policies.READ),
    "api:get_jobs": page(policies.READ),
    "api:act_on_job": page(
        policies.REQUEUE,
        method="post",
        json=True,
        extra={"ident": "00000000-0000-4000-8000-000000000000", "act": "requeue"},
    ),
    "api:get_dead_messages": page(policies.READ),
    "api:act_on_message": page(
        policies.REQUEUE_MESSAGE, method="post", json=True, extra={"ident": 0, "act": "requeue"}
    ),
    "api:get_announcements": page(announcements.PUBLISH),
    "api:publish_announcement": page(announcements.PUBLISH, method="post", json=True),
    "api:withdraw_announcement": page(announcements.WITHDRAW, method="post", things="announcement", json=True),
    "admin:announcements": page(announcements.PUBLISH),
    "admin:announcement_publish": page(announcements.PUBLISH, method="post"),
    "admin:announcement_withdraw": page(announcements.WITHDRAW, method="post", things="announcement"),
}


def _runs(stage: Stage) -> list[Thing]:
    row = dead_job()
    return [Thing(row, {"ident": row.pk})]


def _announcements(stage: Stage) -> list[Thing]:
    verbs = (announcements.PUBLISH, announcements.WITHDRAW)
    made = [
        announcements.publish(by=admin(stage.world.a.id, *verbs), words=words()),
        announcements.publish(by=admin(None, *verbs), words=words()),
    ]
    return [Thing(row, {"ident": row.pk}) for row in made]


THINGS = {"job_run": _runs, "announcement": _announcements}

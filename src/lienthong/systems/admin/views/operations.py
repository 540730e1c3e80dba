"""Pages of who runs the node: its state in words, jobs and dead letters, storage (CORE-98, CORE-88, CORE-60)."""

from collections.abc import Callable
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from lienthong.contracts.health import ALERT_SHARE, Level
from lienthong.core import fence
from lienthong.core.actions import Action
from lienthong.core.actions.errors import Forbidden, Invalid
from lienthong.core.jobs.models import JobRun
from lienthong.core.operations import actions, policies, queries, state
from lienthong.core.registry import registry
from lienthong.shell import messages
from lienthong.shell.components import FilterChip, Tab
from lienthong.shell.guard import actor_of, holding

LEVEL_WORDS = {Level.OK: ("Ổn", "ok"), Level.WARN: ("Lưu ý", "warn"), Level.FAULT: ("Cần xử lý ngay", "stop")}
STATE_TONES = {
    JobRun.State.WAITING: "neutral",
    JobRun.State.RUNNING: "info",
    JobRun.State.DONE: "ok",
    JobRun.State.CANCELLED: "neutral",
    JobRun.State.DEAD: "stop",
}
JOB_ACTS: dict[str, tuple[Action[None], str]] = {
    "chay-lai": (actions.requeue_job, "Việc được xếp hàng chạy lại."),
    "bo": (actions.discard_job, "Đã bỏ hẳn việc này."),
    "dung": (actions.cancel_job, "Đã yêu cầu dừng; việc đang chạy dừng ở bước kế tiếp."),
}
MESSAGE_ACTS: dict[str, tuple[Action[None], str]] = {
    "giao-lai": (actions.requeue_message, "Thông điệp được giao lại."),
    "bo": (actions.discard_message, "Đã bỏ hẳn thông điệp này."),
}


@holding(policies.READ)
def status(request: HttpRequest) -> HttpResponseBase:
    """Every check in words, the worst first; limits with their use; alerts that are open or ended today."""
    _of_node(request)
    with fence.node("operations.state"):
        found, limits = state.findings(), state.limits()
    context = {
        "findings": [(each, *LEVEL_WORDS[each.level]) for each in found],
        "worst": max((each.level for each in found), default=Level.OK),
        "bad": sum(each.level > Level.OK for each in found),
        "limits": [(each, min(100, round(each.share * 100)), each.share >= ALERT_SHARE) for each in limits],
        "alerts": queries.alerts(),
    }
    return render(request, "admin/operations.html", context)


@holding(policies.READ)
def jobs(request: HttpRequest) -> HttpResponseBase:
    """The runs of every queue, by state, the newest first."""
    _of_node(request)
    actor, got = actor_of(request), request.GET
    wanted = queries.JobFilter(state=got.get("trang-thai", "dead"), query=got.get("q", "").strip()[:100])
    counts = queries.run_counts(actor)
    rows = list(queries.before(queries.runs(actor, wanted), got.get("sau", ""))[: queries.PAGE + 1])
    shown = rows[: queries.PAGE]
    base = f"?trang-thai={wanted.state}" + (f"&q={wanted.query}" if wanted.query else "")
    last = shown[-1] if shown else None
    context = {
        "tabs": [
            Tab(str(label), f"?trang-thai={code}", counts.get(code, 0), code == wanted.state, code == "dead")
            for code, label in (("dead", "Dừng vì lỗi"), *(row for row in JobRun.State.choices if row[0] != "dead"))
        ],
        "rows": [(row, STATE_TONES[JobRun.State(row.state)]) for row in shown],
        "following": f"{base}&sau={last.created_at.isoformat()}_{last.pk}".replace("+", "%2B")
        if last and len(rows) > queries.PAGE
        else "",
        "first": base if got.get("sau") else "",
        "wanted": wanted,
        "chips": [FilterChip("Có", f"“{wanted.query}”", f"?trang-thai={wanted.state}")] if wanted.query else [],
        "clear": f"?trang-thai={wanted.state}",
    }
    return render(request, "admin/jobs.html", context)


@holding(policies.READ)
def job(request: HttpRequest, ident: UUID) -> HttpResponseBase:
    """One run: how far, since when, why it stopped, what may be done."""
    _of_node(request)
    row = policies.policy.scope(actor_of(request), JobRun.objects.all()).filter(pk=ident).first()
    if row is None:
        raise Http404
    return render(request, "admin/job.html", {"row": row, "tone": STATE_TONES[JobRun.State(row.state)]})


@require_POST
@holding(policies.REQUEUE)
def job_act(request: HttpRequest, ident: UUID, act: str) -> HttpResponseBase:
    """Run anew, give up or stop, with a reason."""
    if act not in JOB_ACTS:
        raise Http404
    run, said = JOB_ACTS[act]
    _do(request, said, lambda: run(by=actor_of(request), reason=request.POST.get("reason", ""), run_id=ident))
    return redirect("admin:job", ident)


@holding(policies.READ)
def dead_messages(request: HttpRequest) -> HttpResponseBase:
    """Messages between systems that gave up."""
    _of_node(request)
    rows = list(queries.dead_messages(actor_of(request))[: queries.PAGE])
    shown = [(row, f"giao-lai-{row.pk}", f"bo-{row.pk}") for row in rows]
    return render(request, "admin/messages.html", {"rows": shown, "most": queries.PAGE})


@require_POST
@holding(policies.REQUEUE_MESSAGE)
def message_act(request: HttpRequest, ident: int, act: str) -> HttpResponseBase:
    """Deliver anew or give up, with a reason."""
    if act not in MESSAGE_ACTS:
        raise Http404
    run, said = MESSAGE_ACTS[act]
    _do(request, said, lambda: run(by=actor_of(request), reason=request.POST.get("reason", ""), delivery_id=ident))
    return redirect("admin:messages")


@holding(policies.READ)
def storage(request: HttpRequest) -> HttpResponseBase:
    """Files by state, what the integrity job found, disks, the last backup."""
    _of_node(request)
    disks = [each for each in state.limits() if each.code.startswith("disk.")]
    context = {
        "figures": queries.storage(),
        "disks": [
            (each, round(each.share * 100), each.share >= ALERT_SHARE, int(each.most - each.used)) for each in disks
        ],
    }
    return render(request, "admin/storage.html", context)


def _of_node(request: HttpRequest) -> None:
    """The state of the node is no agency's business (CORE-108)."""
    if actor_of(request).agency_id is not None:
        raise Forbidden(registry.verb(policies.READ).label)


def _do(request: HttpRequest, said: str, work: Callable[[], None]) -> None:
    try:
        work()
    except Invalid as error:
        messages.refuse(request, " ".join([error.message, *error.fields.values()]))
    else:
        messages.done(request, said)

"""Deadlines: why this date, what recounts moved, earlier dates that await a decision, the clocks of the machines."""

from uuid import UUID

from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from lienthong.core import clocks, lawbook
from lienthong.core.actions.errors import Conflict, Invalid
from lienthong.core.clocks import actions, drift, queries
from lienthong.core.clocks.models import Clock
from lienthong.core.registry import registry
from lienthong.shell import messages
from lienthong.shell.guard import actor_of, holding

STATE_TONES = {Clock.State.RUNNING: "info", Clock.State.PAUSED: "warn", Clock.State.STOPPED: "neutral"}


@holding()
def clock(request: HttpRequest, ident: UUID) -> HttpResponseBase:
    """Why this date: every day counted or skipped, pauses, restarts, recounts, the first promise (CORE-22…25).

    `?dang=json` gives the stored explanation as data.
    """
    actor = actor_of(request)
    row = queries.seen(actor, ident)
    explanation = clocks.explain(row)
    if request.GET.get("dang") == "json":
        return JsonResponse(explanation, json_dumps_params={"ensure_ascii": False, "indent": 1})
    context = {
        "clock": row,
        "tone": STATE_TONES[Clock.State(row.state)],
        "title": registry.title(row.subject),
        "subject_url": registry.url(row.subject),
        "why": explanation["sentences"],
        "moved": row.first_due_at != row.due_at,
        "pauses": row.pauses.order_by("started_at"),
        "chain": queries.chain(row),
        "story": list(queries.story(row)),
    }
    return render(request, "admin/clock.html", context)


@holding(actions.KEEP, of_agency=True)
def recounts(request: HttpRequest) -> HttpResponseBase:
    """What the newest recounts moved, how far a running one is, and the earlier dates to decide about."""
    actor = actor_of(request)
    waiting = queries.awaiting(actor)
    context = {
        "runs": queries.runs(),
        "waiting": [
            (row, registry.title(row.clock.subject), registry.url(row.clock.subject))
            for row in waiting[: queries.SHOWN]
        ],
        "total": waiting.count(),
        "moved": list(queries.moved(actor.agency_id)),
    }
    return render(request, "admin/recounts.html", context)


@holding(actions.KEEP, actions.BRING_FORWARD, of_agency=True)
@require_POST
def decide(request: HttpRequest) -> HttpResponseBase:
    """Apply or keep the chosen dates, each for itself: one that fails stops no other."""
    actor, reason = actor_of(request), request.POST.get("reason", "")
    run = actions.bring_forward if request.POST.get("act") == "apply" else actions.keep
    done, refused = 0, []
    for row in queries.awaiting(actor).filter(pk__in=_idents(request.POST.getlist("chon"))):
        try:
            run(by=actor, target=row.clock, reason=reason)
        except (Conflict, Invalid) as error:
            refused.append(error.message)
        else:
            done += 1
    if done:
        messages.done(request, f"Đã quyết định {done} hạn.")
    if refused:
        messages.refuse(request, " ".join(dict.fromkeys(refused)))
    if not done and not refused:
        messages.warn(request, "Chưa chọn hạn nào.")
    return redirect("admin:recounts")


def _idents(values: list[str]) -> list[UUID]:
    found = []
    for value in values:
        try:
            found.append(UUID(value))
        except ValueError:
            continue
    return found


@holding(drift.READ)
def machine(request: HttpRequest) -> HttpResponseBase:
    """How far the clocks of application and database are apart now (CORE-99)."""
    apart = drift.measure()
    context = {
        "milliseconds": round(apart.total_seconds() * 1000),
        "most": lawbook.value("time.drift_seconds", int),
        "alarm": drift.alarming(apart),
    }
    return render(request, "admin/drift.html", context)

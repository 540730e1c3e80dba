"""The pages of everybody's day: "Việc của tôi", search, notices, profile."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import activate
from django.views.decorators.http import require_POST

from lienthong.contracts.actor import Actor
from lienthong.contracts.ref import Ref
from lienthong.core import notify
from lienthong.core.access.actors import seats
from lienthong.core.identity.models import User
from lienthong.core.notify.models import Notice
from lienthong.core.registry import SearchHit, WorkItem, registry
from lienthong.kit import clock
from lienthong.shell.middleware import person_of, safe_target

PER_SOURCE = 60
PER_KIND = 20
NOTICES_PAGE = 40


def actor_of(request: HttpRequest) -> Actor | None:
    """The actor that the middleware put on the request."""
    return getattr(request, "actor", None)


@login_required
def home(request: HttpRequest) -> HttpResponse:
    """ "Việc của tôi": three columns by urgency, each line with its one next action."""
    actor = actor_of(request)
    items: list[WorkItem] = []
    if actor is not None:
        for source in registry.work.values():
            items.extend(source(actor, PER_SOURCE))
    today = clock.local_date()
    week = today + timedelta(days=7 - today.isoweekday())
    columns = {"now": [], "week": [], "later": []}  # type: dict[str, list[WorkItem]]
    for item in sorted(items, key=_by_urgency):
        columns[_column(item, today, week)].append(item)
    context = {
        "columns": [
            ("now", "Quá hạn và hôm nay", columns["now"]),
            ("week", "Tuần này", columns["week"]),
            ("later", "Sau đó", columns["later"]),
        ],
        "total": len(items),
        "capped": len(items) >= PER_SOURCE,
        "late": sum(1 for item in items if item.due_at is not None and item.due_at <= clock.now()),
        "today": today,
        "news": Notice.objects.filter(person_id=request.user.pk).order_by("-created_at")[:6],
        "no_seat": actor is None,
    }
    return render(request, "shell/home.html", context)


def _by_urgency(item: WorkItem) -> tuple[bool, Any, int, Any]:
    return (item.due_at is None, item.due_at or item.since, -item.urgency, item.since)


def _column(item: WorkItem, today: date, week: date) -> str:
    if item.urgency > 0:
        return "now"
    if item.due_at is None:
        return "later"
    due = clock.local_date(item.due_at - timedelta(microseconds=1))
    if due <= today:
        return "now"
    return "week" if due <= week else "later"


@login_required
def search(request: HttpRequest) -> HttpResponse:
    """Global search by number and title, inside one's scope; kinds as tabs in the URL (CORE-87)."""
    query = request.GET.get("q", "").strip()
    wanted = request.GET.get("loai", "")
    actor = actor_of(request)
    groups: dict[str, list[SearchHit]] = {}
    if query and actor is not None:
        for source in registry.search.values():
            for hit in source(actor, query, PER_KIND):
                groups.setdefault(hit.kind, []).append(hit)
    if len(query) and len(groups) == 1 and "den-thang" in request.GET:
        only = next(iter(groups.values()))
        if len(only) == 1:
            return redirect(only[0].url)
    shown = {kind: hits for kind, hits in groups.items() if not wanted or kind == wanted}
    context = {
        "query": query,
        "groups": [(kind, hits, len(hits) >= PER_KIND) for kind, hits in shown.items()],
        "kinds": [(kind, len(hits)) for kind, hits in groups.items()],
        "wanted": wanted,
        "total": sum(len(hits) for hits in groups.values()),
    }
    return render(request, "shell/search.html", context)


@login_required
def notices(request: HttpRequest) -> HttpResponse:
    """One's notices, newest first."""
    rows = Notice.objects.filter(person_id=request.user.pk).order_by("-created_at", "-id")
    only_unread = request.GET.get("loc") == "chua-doc"
    if only_unread:
        rows = rows.filter(read_at__isnull=True)
    page = Paginator(rows, NOTICES_PAGE).get_page(request.GET.get("trang"))
    lines = [(row, registry.url(Ref.parse(row.ref)) if row.ref else "") for row in page.object_list]
    return render(request, "shell/notices.html", {"page": page, "lines": lines, "only_unread": only_unread})


@login_required
@require_POST
def read_notices(request: HttpRequest) -> HttpResponse:
    """Mark all, or one, of one's notices as read."""
    ident = request.POST.get("id")
    count = notify.mark_read(person_of(request), [_uuid(ident)] if ident else None)
    if not ident:
        messages.success(request, f"Đã đánh dấu đã đọc {count} thông báo.")
    return redirect(safe_target(request, reverse("shell:notices")))


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Http404 from None


@login_required
def profile(request: HttpRequest) -> HttpResponse:
    """One's own page: name, positions, theme, language."""
    user = User.objects.get(pk=person_of(request))
    if request.method == "POST":
        theme, language = request.POST.get("theme", user.theme), request.POST.get("language", user.language)
        if theme in User.Theme.values:
            user.theme = theme
        if language in {"vi", "en"}:
            user.language = language
        user.save(update_fields=["theme", "language", "full_name", "sort_key", "search_key"])
        activate(user.language)
        response = redirect("shell:profile")
        response.set_cookie("lt_theme", user.theme, max_age=365 * 86400, samesite="Lax")
        response.set_cookie("lt_lang", user.language, max_age=365 * 86400, samesite="Lax")
        messages.success(request, "Đã lưu giao diện và ngôn ngữ.")
        return response
    return render(request, "shell/profile.html", {"person": user, "seats": seats(user.pk)})

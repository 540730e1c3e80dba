"""Announcements: what stands, what stood, a new one, withdrawing one (CORE-86)."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from lienthong.core import lawbook
from lienthong.core.actions.errors import Invalid
from lienthong.core.notify import announcements
from lienthong.core.notify.models import Announcement
from lienthong.kit import clock
from lienthong.shell import messages
from lienthong.shell.guard import actor_of, holding

SHOWN = 50
TONES = {1: "info", 2: "warn", 3: "stop"}
_INPUT = "%Y-%m-%dT%H:%M"


class AnnouncementForm(forms.Form):
    """What to say, how grave, from when to when."""

    text = forms.CharField(
        label="Nội dung",
        max_length=announcements.LONGEST,
        widget=forms.Textarea({"rows": 2}),
        help_text="Một câu: chuyện gì, khi nào, người dùng cần làm gì.",
    )
    severity = forms.TypedChoiceField(label="Mức độ", choices=Announcement.Severity.choices, coerce=int, initial=1)
    starts_at = forms.DateTimeField(label="Hiện từ", widget=forms.DateTimeInput({"type": "datetime-local"}, _INPUT))
    ends_at = forms.DateTimeField(label="Đến", widget=forms.DateTimeInput({"type": "datetime-local"}, _INPUT))


@holding(announcements.PUBLISH)
def page(request: HttpRequest) -> HttpResponseBase:
    """The announcements of the own agency, or of the node, the newest first."""
    now = clock.local(clock.now()).replace(second=0, microsecond=0)
    shown = timedelta(hours=int(lawbook.get("ops.announcement_hours")))
    return _page(request, AnnouncementForm(initial={"starts_at": now, "ends_at": now + shown}))


def _page(request: HttpRequest, form: AnnouncementForm, status: int = 200) -> HttpResponse:
    actor, now = actor_of(request), clock.now()
    rows = announcements.AnnouncementPolicy().scope(actor, Announcement.objects.all()).order_by("-made_at")[:SHOWN]

    def standing(row: Announcement) -> tuple[str, str]:
        if row.withdrawn_at:
            return "Đã rút", "neutral"
        if row.ends_at <= now:
            return "Hết hạn", "neutral"
        return ("Đang hiện", "ok") if row.starts_at <= now else ("Sắp hiện", "info")

    context: dict[str, Any] = {
        "form": form,
        "rows": [(row, TONES[row.severity], *standing(row)) for row in rows],
        "of_node": actor.agency_id is None,
    }
    return render(request, "admin/announcements.html", context, status=status)


@require_POST
@holding(announcements.PUBLISH)
def publish(request: HttpRequest) -> HttpResponseBase:
    """Put up a banner."""
    form = AnnouncementForm(request.POST)
    if not form.is_valid():
        return _page(request, form, 422)
    try:
        announcements.publish(by=actor_of(request), words=announcements.Words(**form.cleaned_data))
    except Invalid as error:
        for name, text in error.fields.items():
            form.add_error(name, text)
        return _page(request, form, 422)
    messages.done(request, "Đã đăng thông báo chung.")
    return redirect("admin:announcements")


@require_POST
@holding(announcements.WITHDRAW)
def withdraw(request: HttpRequest, ident: UUID) -> HttpResponseBase:
    """Take a banner down."""
    row = Announcement.objects.filter(pk=ident).first()
    if row is None:
        raise Http404
    announcements.withdraw(by=actor_of(request), target=row)
    messages.done(request, "Đã rút thông báo chung.")
    return redirect("admin:announcements")

"""Support sessions: opened by the node's people with a reason, seen and ended by the agency (CORE-84)."""

from uuid import UUID

from django import forms
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from lienthong.core import lawbook
from lienthong.core.actions.errors import Invalid
from lienthong.core.identity import support
from lienthong.core.identity.models import SupportSession
from lienthong.core.orgs.models import Unit
from lienthong.core.orgs.queries import current
from lienthong.core.registry import registry
from lienthong.kit import clock
from lienthong.shell import messages
from lienthong.shell.guard import actor_of, holding
from lienthong.shell.middleware import SUPPORT

SHOWN = 100


class SupportForm(forms.Form):
    """Where, how long and why."""

    agency = forms.ChoiceField(label="Cơ quan cần hỗ trợ")
    minutes = forms.IntegerField(label="Số phút", min_value=1, initial=30)
    why = forms.CharField(
        label="Lý do",
        help_text="Cơ quan đọc được lý do này và kết thúc phiên được bất cứ lúc nào.",
        widget=forms.Textarea({"rows": 2}),
        max_length=1000,
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        agencies = current(Unit.objects.filter(agency_id__isnull=False).values_list("agency_id", flat=True).distinct())
        found = sorted((row.label, str(ident)) for ident, row in agencies.items())
        field = self.fields["agency"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [(ident, label) for label, ident in found]
        self.fields["minutes"].widget.attrs["max"] = int(lawbook.get("auth.support_minutes"))


@holding(support.END)
def page(request: HttpRequest) -> HttpResponseBase:
    """The sessions that one may see, newest first; the form for who supports."""
    actor = actor_of(request)
    form = SupportForm() if actor.may(support.OPEN) and actor.agency_id is None else None
    return _page(request, form)


def _page(request: HttpRequest, form: SupportForm | None, status: int = 200) -> HttpResponse:
    actor = actor_of(request)
    policy = registry.policies[SupportSession]
    rows = SupportSession.objects.select_related("person").all()
    seen = list(policy.scope(actor, rows)[:SHOWN])  # type: ignore[attr-defined]
    names = {ident: row.label for ident, row in current({row.agency_id for row in seen}).items()}
    now = clock.now()
    context = {
        "rows": [(row, names.get(row.agency_id, ""), row.ended_at is None and row.until > now) for row in seen],
        "form": form,
        "inside": bool(request.session.get(SUPPORT)),
    }
    return render(request, "admin/support.html", context, status=status)


@require_POST
@holding(support.OPEN)
def open_session(request: HttpRequest) -> HttpResponseBase:
    """Open one and work inside that agency from now on."""
    form = SupportForm(request.POST)
    if not form.is_valid():
        return _page(request, form, 422)
    try:
        row = support.open_session(
            by=actor_of(request),
            agency_id=UUID(form.cleaned_data["agency"]),
            minutes=form.cleaned_data["minutes"],
            why=form.cleaned_data["why"],
        )
    except Invalid as error:
        for name, text in error.fields.items():
            form.add_error(name, text)
        return _page(request, form, 422)
    request.session[SUPPORT] = str(row.pk)
    messages.done(request, f"Phiên hỗ trợ mở tới {clock.local(row.until):%H:%M}. Cơ quan đã được báo.")
    return redirect("admin:support")


@require_POST
@holding()
def end_session(request: HttpRequest, ident: UUID) -> HttpResponseBase:
    """End one: the agency any, who supports the own."""
    row = SupportSession.objects.filter(pk=ident).first()
    if row is None:
        raise Http404
    support.end_session(by=actor_of(request), target=row)
    if request.session.get(SUPPORT) == str(row.pk):
        del request.session[SUPPORT]
    messages.done(request, "Đã kết thúc phiên hỗ trợ.")
    return redirect("admin:support")

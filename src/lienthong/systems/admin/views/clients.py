"""Systems of the agency that call the API: made, given keys, ended; a secret is on one page only (CORE-85)."""

from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.views.decorators.http import require_POST

from lienthong.contracts.actor import Actor
from lienthong.core import lawbook
from lienthong.core.actions.errors import Invalid
from lienthong.core.clients import actions, keys, queries
from lienthong.core.clients.models import ClientKey, MachineClient
from lienthong.kit import clock
from lienthong.shell import messages
from lienthong.shell.components import Tab
from lienthong.shell.forms import add_faults, set_choices
from lienthong.shell.guard import actor_of, holding

STATES = (("active", "Đang dùng"), ("ended", "Đã ngừng"), ("", "Tất cả"))


class ClientForm(forms.Form):
    """What a new client is."""

    name = forms.CharField(label="Tên hệ thống", max_length=200, help_text="Ví dụ: Hệ thống quản lý cán bộ.")
    code = forms.CharField(
        label="Mã hệ thống",
        max_length=40,
        help_text="Hệ thống tự xưng bằng mã này: chữ thường không dấu, số, gạch nối, ví dụ quan-ly-can-bo.",
    )
    contact = forms.CharField(
        label="Đầu mối liên hệ", max_length=200, help_text="Ai trả lời khi hệ thống gọi sai hoặc gọi quá nhiều."
    )
    role = forms.ChoiceField(label="Vai trò", help_text="Hệ thống chỉ làm được những việc của vai trò, không ký số.")

    def __init__(self, actor: Actor, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        set_choices(self, "role", [("", "Chọn vai trò"), *((row.pk, row.name) for row in actions.roles_for(actor))])

    def facts(self) -> actions.ClientInput:
        """As the action takes it."""
        found = self.cleaned_data
        return actions.ClientInput(
            code=found["code"], name=found["name"], contact=found["contact"], role_id=UUID(found["role"])
        )


@holding(actions.READ, of_agency=True)
def listing(request: HttpRequest) -> HttpResponseBase:
    """The clients of the agency with their last use."""
    actor = actor_of(request)
    shown = request.GET.get("xem", "active")
    shown = shown if shown in dict(STATES) else "active"
    context = {
        "rows": queries.clients(actor, shown),
        "tabs": [Tab(label, f"?xem={code}", None, code == shown) for code, label in STATES],
        "may_create": actor.may(actions.CREATE),
    }
    return render(request, "admin/clients.html", context)


@holding(actions.CREATE, of_agency=True)
def new(request: HttpRequest) -> HttpResponseBase:
    """A new client; the answer to the form is the page that shows its secret."""
    actor = actor_of(request)
    form = ClientForm(actor, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            return _secret(request, actions.create(by=actor, facts=form.facts()))
        except Invalid as error:
            add_faults(form, error)
    context = {
        "form": form,
        "title": "Lập hệ thống kết nối",
        "lead": "Khóa hiện một lần ngay sau khi lập; chuẩn bị nơi cất trước khi bấm.",
        "submit": "Lập và cấp khóa",
        "back": reverse("admin:clients"),
    }
    return render(request, "admin/people_form.html", context, status=422 if form.errors else 200)


@holding(actions.READ, of_agency=True)
def detail(request: HttpRequest, ident: UUID) -> HttpResponseBase:
    """One client: its role, its keys and their last use."""
    actor = actor_of(request)
    row = queries.client(actor, ident)
    now = clock.now()
    good = set(keys.good(now).filter(client=row).values_list("pk", flat=True))
    context = {
        "client": row,
        "keys": [(key, _standing(key), key.pk in good) for key in row.keys.all()],
        "open_keys": len(good),
        "most_keys": actions.MOST_KEYS,
        "may": {
            "add_key": row.active and actor.may(actions.ADD_KEY) and len(good) < actions.MOST_KEYS,
            "revoke": actor.may(actions.REVOKE_KEY),
            "end": row.active and actor.may(actions.END),
        },
        "calls": int(lawbook.get("api.client_calls")),
        "minutes": int(lawbook.get("api.signature_minutes")),
        "verbs": len(row.role.verbs),
    }
    return render(request, "admin/client.html", context)


@require_POST
@holding(actions.ADD_KEY, of_agency=True)
def add_key(request: HttpRequest, ident: UUID) -> HttpResponseBase:
    """One more key; the answer shows it."""
    actor = actor_of(request)
    return _secret(request, actions.add_key(by=actor, target=queries.client(actor, ident)))


@require_POST
@holding(actions.REVOKE_KEY, of_agency=True)
def revoke_key(request: HttpRequest, ident: UUID, key_id: UUID) -> HttpResponseBase:
    """Take a key out of use at once."""
    actor = actor_of(request)
    row = queries.client(actor, ident)
    actions.revoke_key(by=actor, target=row, key_id=key_id, reason=request.POST.get("reason", ""))
    messages.done(request, "Đã thu hồi khóa. Mã truy cập lấy bằng khóa này cũng hết hiệu lực.")
    return redirect("admin:client", row.pk)


@require_POST
@holding(actions.END, of_agency=True)
def end(request: HttpRequest, ident: UUID) -> HttpResponseBase:
    """The client calls no more."""
    actor = actor_of(request)
    row = queries.client(actor, ident)
    actions.end(by=actor, target=row, reason=request.POST.get("reason", ""))
    messages.done(request, f"{row.name} đã ngừng kết nối.")
    return redirect("admin:client", row.pk)


def _secret(request: HttpRequest, fresh: actions.Fresh) -> HttpResponse:
    """The only page that shows a secret: never cached, never redirected to."""
    response = render(
        request, "admin/client_secret.html", {"client": fresh.client, "key": fresh.key, "secret": fresh.secret}
    )
    add_never_cache_headers(response)
    return response


def _standing(key: ClientKey) -> tuple[str, str]:
    if key.revoked_at is not None:
        return "Đã thu hồi", "neutral"
    if key.client.state != MachineClient.State.ACTIVE:
        return "Đã ngừng", "neutral"
    if key.until <= clock.now():
        return "Hết hạn", "stop"
    return "Còn hiệu lực", "ok"

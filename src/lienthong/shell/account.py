"""Signing in and out, and the position in which one acts."""

from urllib.parse import urlencode

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import authenticate, logout
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from lienthong.core.access.actors import seats
from lienthong.core.identity import providers, session_store
from lienthong.core.identity.backends import locked_until
from lienthong.core.identity.models import User
from lienthong.core.identity.throttle import throttle
from lienthong.core.orgs.models import Holding, Position
from lienthong.core.orgs.queries import current, holdings_at
from lienthong.kit import clock, vietnamese
from lienthong.shell.account_second import too_many
from lienthong.shell.components import Role
from lienthong.shell.middleware import SEAT, person_of, safe_target
from lienthong.shell.signing_in import Method, address, enter, first_step

DEMO_PREFIX = "demo."


class SignInForm(forms.Form):
    """User name and password."""

    username = forms.CharField(
        label="Tên đăng nhập", max_length=150, widget=forms.TextInput({"autocomplete": "username", "autofocus": True})
    )
    password = forms.CharField(
        label="Mật khẩu", max_length=500, widget=forms.PasswordInput({"autocomplete": "current-password"}), strip=False
    )


@never_cache
def sign_in(request: HttpRequest) -> HttpResponse:
    """The sign-in page; in the demo world it also offers each role by one click."""
    after = safe_target(request)
    if request.user.is_authenticated:
        return redirect(after)
    if request.method == "POST" and (wait := throttle.wait(address(request))):
        return too_many(request, wait)
    form = SignInForm(request.POST or None)
    status = 200
    if request.method == "POST" and form.is_valid():
        username = vietnamese.border(form.cleaned_data["username"]).lower()
        until = locked_until(username)
        user = authenticate(request, username=username, password=form.cleaned_data["password"]) if not until else None
        if user is not None:
            return first_step(request, user, method=Method.PASSWORD, after=after)
        status = 401
        if until:
            form.add_error(
                None,
                f"Đường mật khẩu của tài khoản này tạm khóa tới {clock.local(until):%H:%M ngày %d/%m/%Y} vì nhập sai "
                "nhiều lần. Khóa truy cập và tài khoản định danh vẫn dùng được; thư mở khóa gửi tới địa chỉ của bạn.",
            )
        else:
            form.add_error(None, "Tên đăng nhập hoặc mật khẩu chưa đúng. Kiểm tra bộ gõ và phím Caps Lock.")
    ended = "Phiên làm việc đã kết thúc vì lâu không thao tác. Nội dung đang viết được giữ trên máy này."
    context = {
        "form": form,
        "next": after,
        "intro": ended if "het-phien" in request.GET else "",
        "sso": [
            {"label": f"Đăng nhập bằng {each.label}", "url": _oidc_url(each.code, after), "down": each.down}
            for each in providers.all_of()
        ],
        "roles": demo_roles() if settings.DEMO else [],
        "role_url": reverse("shell:demo-sign-in") if settings.DEMO else "",
    }
    return render(request, "shell/signin.html", context, status=status)


def _oidc_url(code: str, after: str) -> str:
    return f"{reverse('shell:oidc', args=[code])}?{urlencode({'next': after})}"


ICONS = {
    Position.Rank.HEAD: "user-star",
    Position.Rank.DEPUTY: "user-star",
    Position.Rank.UNIT_HEAD: "users",
    Position.Rank.CLERK: "rubber-stamp",
    Position.Rank.SPECIALIST: "user",
}


def demo_roles() -> list[Role]:
    """The demo accounts in the order of the thread: who they are, in which position, of which agency."""
    rows = list(_demo_holdings().order_by("person__username"))
    units = {row.position.unit_id for row in rows} | {row.position.unit.agency_id for row in rows} - {None}
    versions = current(unit for unit in units if unit is not None)
    roles = []
    for row in rows:
        unit = versions.get(row.position.unit_id)
        agency = versions.get(row.position.unit.agency_id) if row.position.unit.agency_id else None
        places = [version.label for version in (unit, agency) if version is not None]
        roles.append(
            Role(
                code=str(row.pk),
                label=row.position.title,
                detail=" · ".join(
                    [row.person.full_name, *places[:-1]] if len(set(places)) > 1 else [row.person.full_name]
                ),
                group=places[-1] if places else "",
                icon=ICONS.get(Position.Rank(row.position.rank), "user"),
            )
        )
    return roles


def _demo_holdings() -> QuerySet[Holding]:
    return holdings_at().filter(person__username__startswith=DEMO_PREFIX, main=True).select_related("position__unit")


@require_POST
def demo_sign_in(request: HttpRequest) -> HttpResponse:
    """One click into a demo role; outside demo mode there is no such page."""
    if not settings.DEMO:
        raise Http404
    code = request.POST.get("role", "")
    holding = next((row for row in _demo_holdings() if str(row.pk) == code), None)
    if holding is None:
        raise Http404
    enter(request, User.objects.get(pk=holding.person_id), method=Method.DEMO)
    request.session[SEAT] = str(holding.pk)
    return redirect(safe_target(request))


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session."""
    session_store.close(request.session.session_key or "", "Đăng xuất")
    logout(request)
    return redirect("shell:sign-in")


@login_required
@require_POST
def act_as(request: HttpRequest) -> HttpResponse:
    """Act in another of one's positions from now on."""
    wanted = request.POST.get("seat", "")
    for seat in seats(person_of(request)):
        if seat.key == wanted:
            request.session[SEAT] = wanted
            messages.success(request, f"Từ nay làm việc với tư cách: {seat.label}.")
            return redirect("shell:home")
    raise Http404

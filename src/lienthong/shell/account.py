"""Signing in and out, and the position in which one acts."""

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import authenticate, login, logout
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from lienthong.core.access.actors import Seat, seats
from lienthong.core.identity.backends import locked_until
from lienthong.core.identity.models import User
from lienthong.core.orgs.models import Holding
from lienthong.core.orgs.queries import current, holdings_at
from lienthong.kit import clock, vietnamese
from lienthong.shell.middleware import SEAT

DEMO_PREFIX = "demo."


@never_cache
def sign_in(request: HttpRequest) -> HttpResponse:
    """The sign-in page; in the demo world it also offers each role by one click."""
    after = _after(request)
    if request.user.is_authenticated:
        return redirect(after)
    error = ""
    username = ""
    if request.method == "POST":
        username = vietnamese.border(request.POST.get("username", "")).lower()
        until = locked_until(username)
        user = authenticate(request, username=username, password=request.POST.get("password", "")) if not until else None
        if user is not None:
            login(request, user)
            return redirect(after)
        error = "Tên đăng nhập hoặc mật khẩu chưa đúng. Kiểm tra bộ gõ và phím Caps Lock rồi nhập lại."
        if until:
            error = (
                f"Đường mật khẩu của tài khoản này tạm khóa tới {clock.local(until):%H:%M ngày %d/%m/%Y} vì nhập sai "
                "nhiều lần. Liên hệ quản trị của cơ quan nếu không phải bạn."
            )
    context = {
        "next": after,
        "error": error,
        "username": username,
        "ended": "het-phien" in request.GET,
        "demo_agencies": demo_roles() if settings.DEMO else [],
    }
    return render(request, "shell/signin.html", context, status=401 if error else 200)


def _after(request: HttpRequest) -> str:
    target = request.POST.get("next") or request.GET.get("next") or "/"
    return target if url_has_allowed_host_and_scheme(target, {request.get_host()}) else "/"


def demo_roles() -> list[dict[str, object]]:
    """The demo accounts by agency: name, position, and the holding to act in."""
    rows = list(_demo_holdings().order_by("person__username"))
    versions = current({row.position.unit.agency_id for row in rows if row.position.unit.agency_id})
    units = current({row.position.unit_id for row in rows})
    groups: dict[UUID | None, dict[str, object]] = {}
    for row in rows:
        agency = versions.get(row.position.unit.agency_id) if row.position.unit.agency_id else None
        seat = Seat(row, units.get(row.position.unit_id), agency)
        group = groups.setdefault(row.position.unit.agency_id, {"name": agency.label if agency else "", "roles": []})
        group["roles"].append(  # type: ignore[attr-defined]
            {
                "holding": row.pk,
                "name": row.person.full_name,
                "title": row.position.title,
                "unit": seat.unit.label if seat.unit and seat.unit != agency else "",
                "rank": row.position.rank,
            }
        )
    return list(groups.values())


def _demo_holdings() -> QuerySet[Holding]:
    return holdings_at().filter(person__username__startswith=DEMO_PREFIX, main=True).select_related("position__unit")


@require_POST
def demo_sign_in(request: HttpRequest, holding_id: UUID) -> HttpResponse:
    """One click into a demo role; outside demo mode there is no such page."""
    if not settings.DEMO:
        raise Http404
    holding = _demo_holdings().filter(pk=holding_id).first()
    if holding is None:
        raise Http404
    login(request, User.objects.get(pk=holding.person_id), backend="lienthong.core.identity.backends.PasswordBackend")
    request.session[SEAT] = str(holding.pk)
    return redirect(_after(request))


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session."""
    logout(request)
    return redirect("shell:sign-in")


@login_required
@require_POST
def act_as(request: HttpRequest) -> HttpResponse:
    """Act in another of one's positions from now on."""
    wanted = request.POST.get("seat", "")
    for seat in seats(request.user.pk):
        if str(seat.holding.pk) == wanted:
            request.session[SEAT] = wanted
            messages.success(request, f"Từ nay làm việc với tư cách: {seat.label}.")
            return redirect("shell:home")
    raise Http404

"""Sign-in by an identity provider: the subject key that was linked opens the account, nothing else (CORE-79, CORE-80).

A provider that is down or slow ends on the sign-in page with a notice; nothing is tried again by itself.
"""

import dataclasses
import secrets

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache

from lienthong.contracts.identity import Errand, IdentityProvider, ProviderRefused, ProviderUnavailable
from lienthong.core.actions.errors import ActionError
from lienthong.core.identity import providers, session_store, subjects
from lienthong.core.identity.models import User
from lienthong.shell.middleware import person_of, safe_target
from lienthong.shell.signing_in import Method, first_step, own_actor

ERRAND, AFTER = "oidc", "oidc_after"


def _provider(code: str) -> IdentityProvider:
    provider = providers.find(code)
    if provider is None:
        raise Http404
    return provider


@never_cache
def begin(request: HttpRequest, code: str) -> HttpResponse:
    """Send the browser to the provider; signed in already, this links the identity or raises the level."""
    provider = _provider(code)
    level = 2 if request.GET.get("muc") == "2" else 1
    back = request.build_absolute_uri(reverse("shell:oidc-callback", args=[code]))
    try:
        url, errand = provider.begin(back, level)
    except (ProviderUnavailable, ProviderRefused):
        return _away(request, provider)
    request.session[ERRAND] = dataclasses.asdict(errand)
    request.session[AFTER] = safe_target(request)
    return redirect(url)


@never_cache
def callback(request: HttpRequest, code: str) -> HttpResponse:
    """The browser comes back with a code for the errand that this very session began."""
    provider = _provider(code)
    kept = request.session.pop(ERRAND, None)
    after = request.session.pop(AFTER, "/")
    errand = Errand(**kept) if kept else None
    same = errand is not None and errand.provider == code
    if errand is None or not same or not secrets.compare_digest(request.GET.get("state", ""), errand.state):
        return _refused(request, "Lần đăng nhập này không bắt đầu từ trang này, hoặc đã quá lâu. Bắt đầu lại.")
    if "code" not in request.GET:
        return _refused(request, "Bạn đã dừng đăng nhập bằng tài khoản định danh.")
    try:
        proven = provider.finish(errand, request.GET["code"])
    except ProviderUnavailable:
        return _away(request, provider)
    except ProviderRefused as error:
        return _refused(request, str(error))
    owner = subjects.owner(proven)
    if request.user.is_authenticated:
        person = User.objects.get(pk=person_of(request))
        try:
            subjects.link(by=own_actor(request, person), proven=proven)
        except ActionError as error:
            messages.error(request, error.message)
            return redirect("shell:security")
        session_store.raise_level(request.session.session_key or "", proven.level)
        messages.success(request, f"Đã liên kết với {provider.label}, mức {proven.level}.")
        return redirect(after if after != "/" else "shell:security")
    if owner is None:
        return render(request, "shell/no_account.html", {"provider": provider, "level": proven.level}, status=403)
    return first_step(request, owner, method=Method.OIDC, after=after, level=proven.level)


def _back(request: HttpRequest) -> str:
    return "shell:security" if request.user.is_authenticated else "shell:sign-in"


def _away(request: HttpRequest, provider: IdentityProvider) -> HttpResponse:
    messages.warning(
        request,
        f"{provider.label} đang không trả lời. Cán bộ đăng nhập bằng mật khẩu hoặc khóa truy cập; thử lại sau ít phút.",
    )
    return redirect(_back(request))


def _refused(request: HttpRequest, why: str) -> HttpResponse:
    messages.error(request, why)
    return redirect(_back(request))

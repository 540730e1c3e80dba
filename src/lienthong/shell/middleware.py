"""From a session to an actor, the idle end of sessions, and refusals of actions as pages."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit
from uuid import UUID, uuid4

from django.contrib.auth import logout
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from lienthong.contracts.actor import Actor
from lienthong.core import fence, lawbook
from lienthong.core.access.actors import acting, seats, supporting
from lienthong.core.actions.errors import ActionError, Invalid
from lienthong.core.identity import session_store
from lienthong.core.identity.models import User
from lienthong.core.identity.step_up import StepUpNeeded
from lienthong.kit import clock
from lienthong.shell.errors import problem_page
from lienthong.shell.signing_in import GATE, SEEN, STARTED

SEAT = "seat"
# A live stream is not activity (CORE-82); writing the mark at each request would cost a statement for nothing.
QUIET = ("/live/", "/static/")
SUPPORT = "support"
# What stays open while a gate asks for a new password or a second factor (CORE-81).
BEFORE_THE_GATE = (
    "/toi/bao-mat/",
    "/toi/xac-nhan/",
    "/dang-nhap/",
    "/dang-xuat/",
    "/giu-phien/",
    "/giao-dien/",
    "/ngon-ngu/",
)
MARK_EVERY = timedelta(seconds=30)


class ActorMiddleware:
    """Sets `request.actor`: the signed-in person in the position that the session names, with its rights of now."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.request_id = uuid4().hex[:12]  # type: ignore[attr-defined]
        request.actor = None  # type: ignore[attr-defined]
        request.seats = []  # type: ignore[attr-defined]
        if request.path.startswith("/static/"):
            return self.get_response(request)
        with fence.nobody():
            return self._inside(request)

    def _inside(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            if _ended(request):
                session_store.close(request.session.session_key or "", "Hết thời gian")
                logout(request)
                if request.path.startswith("/live/"):
                    return HttpResponse(status=401)
                return redirect(f"{reverse('shell:sign-in')}?next={request.get_full_path()}&het-phien=1")
            gate = request.session.get(GATE)
            if gate and not request.path.startswith(BEFORE_THE_GATE):
                return _at_the_gate(request, gate)
            request.actor = _actor(request)  # type: ignore[attr-defined]
        with fence.agency(request.actor.agency_id if request.actor else None):  # type: ignore[attr-defined]
            response = self.get_response(request)
            _keep_fence(response)
        response["X-Request-Id"] = request.request_id  # type: ignore[attr-defined]
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Pages meet the refusals of actions as pages; forms that can say it at their fields catch them first."""
        if not isinstance(exception, ActionError):
            return None
        if isinstance(exception, StepUpNeeded):
            return _confirm_first(request)
        what = exception.message
        if isinstance(exception, Invalid) and exception.fields:
            what = f"{what} {' '.join(exception.fields.values())}"
        status = 409 if exception.status == 422 else exception.status
        return problem_page(request, status, what=what, back_url=request.headers.get("Referer", ""))


def _keep_fence(response: HttpResponseBase) -> None:
    """The body of a stream is made after we are gone: it keeps the fence of its request (CORE-108)."""
    if not isinstance(response, StreamingHttpResponse) or isinstance(response, FileResponse):
        return
    body: Any = response.streaming_content
    response.streaming_content = fence.kept_async(body) if response.is_async else fence.kept(body)


def person_of(request: HttpRequest) -> UUID:
    """The person signed in; for pages that ask for a sign-in first."""
    ident = request.user.pk
    if ident is None:
        raise PermissionDenied
    return ident


def safe_target(request: HttpRequest, default: str = "/") -> str:
    """Where a form wants to go afterwards (`next`), unless that lies on another host (CORE-95)."""
    target = request.POST.get("next") or request.GET.get("next") or default
    allowed = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
    return target if allowed else default


def _ended(request: HttpRequest) -> bool:
    """Idle too long, or older than the longest session (CORE-82, V-AUTH-2); marks activity otherwise."""
    now = clock.now()
    session = request.session
    seen, started = session.get(SEEN), session.get(STARTED)
    if started is None or seen is None:
        session[STARTED] = session[SEEN] = now.isoformat()
        return False
    idle = timedelta(minutes=int(lawbook.get("auth.idle_minutes")))
    longest = timedelta(hours=int(lawbook.get("auth.max_hours")))
    last = datetime.fromisoformat(seen)
    if now - last >= idle or now - datetime.fromisoformat(started) >= longest:
        return True
    if now - last >= MARK_EVERY and not request.path.startswith(QUIET):
        session[SEEN] = now.isoformat()
        session_store.seen(session.session_key or "")
    return False


def _at_the_gate(request: HttpRequest, gate: str) -> HttpResponse:
    """Nothing but the demand of the gate goes on; programs are told so (CORE-81)."""
    if request.path.startswith("/api/"):
        words = "Đổi mật khẩu hoặc thêm phương tiện xác thực trên trang Bảo mật trước khi làm việc."
        body = {"type": "about:blank", "status": 403, "code": "gate", "title": words}
        return JsonResponse(body, status=403, content_type="application/problem+json")
    if request.path.startswith("/live/"):
        return HttpResponse(status=401)
    return redirect(gate)


def _confirm_first(request: HttpRequest) -> HttpResponse:
    """Ask for a second factor, then come back to the page on which the act was pressed (CORE-81)."""
    back = urlsplit(request.headers.get("Referer", ""))
    target = f"{reverse('shell:confirm')}?{urlencode({'next': back.path or '/'})}"
    if request.headers.get("HX-Request") == "true":
        return HttpResponse(status=204, headers={"HX-Redirect": target})
    return redirect(target)


def _actor(request: HttpRequest) -> Actor | None:
    if not isinstance(request.user, User):
        return None
    request.seats = seats(request.user.pk)  # type: ignore[attr-defined]
    if request.session.get(SUPPORT):
        helper = supporting(
            request.user,
            session=request.session.session_key or "",
            ip=request.META.get("REMOTE_ADDR", ""),
            request_id=request.request_id,  # type: ignore[attr-defined]
        )
        if helper is not None:
            return helper
        del request.session[SUPPORT]
    return acting(
        request.user,
        request.session.get(SEAT, ""),
        among=request.seats,  # type: ignore[attr-defined]
        session=request.session.session_key or "",
        ip=request.META.get("REMOTE_ADDR", ""),
        request_id=request.request_id,  # type: ignore[attr-defined]
    )

"""One's own sessions, listed and ended (CORE-82), and the one-click unlock of the password path."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache

from lienthong.core.actions.errors import ActionError
from lienthong.core.identity import alerts, passwords, session_store, sessions
from lienthong.core.identity.models import User
from lienthong.shell.middleware import person_of
from lienthong.shell.signing_in import own_actor


@login_required
@never_cache
def sessions_page(request: HttpRequest) -> HttpResponse:
    """ "Phiên làm việc": where one is signed in; end one, or all the others."""
    person = User.objects.get(pk=person_of(request))
    key = request.session.session_key or ""
    if request.method == "POST":
        by = own_actor(request, person)
        if ident := request.POST.get("id"):
            sessions.end(by=by, session_id=_uuid(ident), keep=key)
            messages.success(request, "Đã kết thúc phiên làm việc đó.")
        else:
            ended = sessions.end(by=by, keep=key)
            messages.success(request, f"Đã kết thúc {ended} phiên làm việc khác.")
        return redirect("shell:sessions")
    rows = list(session_store.live(person.pk))
    context = {"rows": [(row, row.key == key) for row in rows], "others": sum(row.key != key for row in rows)}
    return render(request, "shell/sessions.html", context)


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Http404 from None


@never_cache
def unlock(request: HttpRequest, token: str) -> HttpResponse:
    """The link of the alert: one press opens the password path, once (V-AUTH-1).

    A press and not the mere visit, for mail scanners visit links.
    """
    found = alerts.read(token)
    if found is None:
        return render(request, "shell/unlock.html", {"gone": True}, status=410)
    person, lock = found
    if request.method == "POST":
        try:
            passwords.unlock_own(by=own_actor(request, person), lock=lock)
        except ActionError:
            return render(request, "shell/unlock.html", {"gone": True}, status=410)
        messages.success(request, "Đã mở khóa đường mật khẩu. Đăng nhập lại.")
        return redirect("shell:sign-in")
    return render(request, "shell/unlock.html", {"person": person})

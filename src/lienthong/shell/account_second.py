"""The second step: a code, a recovery code or a passkey, at the sign-in and again before what matters (CORE-81)."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from lienthong.core.actions.errors import Invalid
from lienthong.core.identity import factors, passkeys, session_store
from lienthong.core.identity.models import Factor, User
from lienthong.core.identity.throttle import throttle
from lienthong.shell.errors import problem_page
from lienthong.shell.middleware import person_of, safe_target
from lienthong.shell.signing_in import Method, address, enter, pending


@require_POST
@never_cache
def passkey_options(request: HttpRequest) -> JsonResponse:
    """What the browser needs to ask for a passkey: of the person at the second step, or of anybody."""
    if request.user.is_authenticated:
        return JsonResponse(passkeys.begin_sign_in(request, person_of(request)))
    waiting = pending(request)
    return JsonResponse(passkeys.begin_sign_in(request, waiting[0].pk if waiting else None))


@require_POST
@never_cache
def passkey_sign_in(request: HttpRequest) -> HttpResponse:
    """A passkey is both factors; a locked password path does not concern it (CORE-82, V-AUTH-1)."""
    if wait := throttle.wait(address(request)):
        return too_many(request, wait)
    try:
        person = passkeys.finish_sign_in(request, request.POST.get("answer", ""))
    except Invalid as error:
        throttle.wrong(address(request))
        messages.error(request, error.message)
        return redirect("shell:sign-in")
    enter(request, person, method=Method.PASSKEY, factor=True)
    return redirect(safe_target(request))


@never_cache
def second_step(request: HttpRequest) -> HttpResponse:
    """Between the password and the session."""
    waiting = pending(request)
    if waiting is None:
        return redirect("shell:sign-in")
    person, kept = waiting
    answer = _judge(request, person)
    if isinstance(answer, HttpResponse):
        return answer
    if answer:
        enter(request, person, method=kept["method"], level=kept["level"], factor=True)
        return redirect(kept["after"])
    return _page(request, person, signing_in=True)


@login_required
@never_cache
def confirm(request: HttpRequest) -> HttpResponse:
    """Show a second factor again, before signing and before changing the ways of sign-in."""
    person = User.objects.get(pk=person_of(request))
    if not factors.has_any(person.pk):
        messages.warning(request, "Thêm ứng dụng tạo mã hoặc khóa truy cập để làm được việc vừa chọn.")
        return redirect("shell:security")
    answer = _judge(request, person)
    if isinstance(answer, HttpResponse):
        return answer
    if answer:
        session_store.confirm(request.session.session_key or "")
        messages.success(request, "Đã xác nhận. Làm lại việc vừa chọn.")
        return redirect(safe_target(request))
    return _page(request, person, signing_in=False)


def _judge(request: HttpRequest, person: User) -> bool | HttpResponse:
    """Whether the form shows a good factor; the refusal of too many tries."""
    if request.method != "POST":
        return False
    source, who = address(request), f"factor:{person.pk}"
    if wait := max(throttle.wait(source), throttle.wait(who)):
        return too_many(request, wait)
    if request.POST.get("answer"):
        try:
            passkeys.finish_sign_in(request, request.POST["answer"], person.pk)
        except Invalid as error:
            messages.error(request, error.message)
        else:
            return True
    elif factors.verify(person.pk, request.POST.get("code", "")[:40]):
        return True
    else:
        messages.error(request, "Mã chưa đúng hoặc đã dùng. Chờ mã mới trên ứng dụng rồi nhập lại.")
    throttle.wrong(source)
    throttle.wrong(who)
    return False


def _page(request: HttpRequest, person: User, *, signing_in: bool) -> HttpResponse:
    kinds = set(Factor.objects.filter(person=person).values_list("kind", flat=True))
    context = {
        "signing_in": signing_in,
        "has_code": Factor.Kind.TOTP in kinds,
        "has_passkey": Factor.Kind.PASSKEY in kinds,
        "next": safe_target(request),
    }
    return render(request, "shell/second_step.html", context, status=401 if request.method == "POST" else 200)


def too_many(request: HttpRequest, wait: int) -> HttpResponse:
    """429: tried too often from here; said before anything is computed (CORE-82, CORE-98)."""
    return problem_page(
        request,
        429,
        what="Đã nhập sai quá nhiều lần từ địa chỉ này; lần vừa rồi chưa được xét.",
        why="Hệ thống tạm ngừng nhận để ngăn việc dò mật khẩu.",
        after=f"Chờ {wait} giây rồi đăng nhập lại.",
        retry_after=wait,
    )

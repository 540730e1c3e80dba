"""The page "Bảo mật" of one's profile: password, code generator, passkeys, recovery codes, linked identities."""

import functools
from collections.abc import Callable
from uuid import UUID

import segno
from django import forms
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from lienthong.core.actions.errors import ActionError, Invalid
from lienthong.core.identity import factors, passkeys, passwords, providers, session_store, subjects
from lienthong.core.identity.models import Factor, RecoveryCode, SubjectLink, User
from lienthong.shell.middleware import person_of
from lienthong.shell.signing_in import GATE, fresh_factor, is_strong, own_actor, regate

SECRET = "totp"  # noqa: S105 - where the session keeps a secret that is not yet proven
CODE_WIDGET = {"autocomplete": "one-time-code", "inputmode": "numeric", "autofocus": True}

type View = Callable[..., HttpResponse]


def _own(view: View) -> View:
    """A signed-in person; who has a second factor showed it a short while ago."""

    @functools.wraps(view)
    @login_required
    @never_cache
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        person = User.objects.get(pk=person_of(request))
        if not fresh_factor(request, person):
            return redirect(f"{reverse('shell:confirm')}?next={reverse('shell:security')}")
        return view(request, person, *args, **kwargs)

    return guarded


@login_required
@never_cache
def security(request: HttpRequest) -> HttpResponse:
    """Everything by which one signs in, and what is missing."""
    person = User.objects.get(pk=person_of(request))
    linked = {row.provider: row for row in SubjectLink.objects.filter(person=person)}
    rows = list(Factor.objects.filter(person=person))
    context = {
        "person": person,
        "factors": rows,
        "has_totp": any(row.kind == Factor.Kind.TOTP for row in rows),
        "codes_left": RecoveryCode.objects.filter(person=person, used_at=None).count(),
        "state": passwords.state_of(person.pk),
        "providers": [(each, linked.get(each.code)) for each in providers.all_of()],
        "gated": request.session.get(GATE, ""),
        "strong": is_strong(person),
    }
    return render(request, "shell/security.html", context)


class PasswordForm(forms.Form):
    """The present password and the new one, twice."""

    old = forms.CharField(
        label="Mật khẩu đang dùng",
        strip=False,
        max_length=500,
        widget=forms.PasswordInput({"autocomplete": "current-password"}),
    )
    new = forms.CharField(
        label="Mật khẩu mới",
        strip=False,
        max_length=500,
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label="Nhập lại mật khẩu mới",
        strip=False,
        max_length=500,
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
    )

    def clean_again(self) -> str:
        """Typed twice alike."""
        if self.cleaned_data["again"] != self.cleaned_data.get("new", self.cleaned_data["again"]):
            raise forms.ValidationError("Hai lần nhập mật khẩu mới chưa giống nhau.")
        return str(self.cleaned_data["again"])


@_own
def password(request: HttpRequest, person: User) -> HttpResponse:
    """Change the own password; the other sessions end (CORE-82)."""
    form = PasswordForm(request.POST or None)
    form.fields["new"].help_text = passwords.LawfulPassword().get_help_text()
    if request.method == "POST" and form.is_valid():
        key = request.session.session_key or ""
        try:
            changed = passwords.change(
                by=own_actor(request, person), new=form.cleaned_data["new"], old=form.cleaned_data["old"]
            )
        except Invalid as error:
            for name, text in error.fields.items():
                form.add_error(name, text)
        else:
            update_session_auth_hash(request, changed)
            session_store.rekey(key, request.session.session_key or "")
            regate(request, changed)
            messages.success(request, "Đã đổi mật khẩu; các phiên làm việc khác đã kết thúc.")
            return redirect(request.session.get(GATE) or "shell:security")
    return render(
        request,
        "shell/password.html",
        {"form": form, "gated": request.session.get(GATE) == "shell:password"},
        status=422 if form.errors else 200,
    )


class CodeForm(forms.Form):
    """A code of the generator that is being added."""

    code = forms.CharField(label="Mã 6 chữ số trên ứng dụng", max_length=20, widget=forms.TextInput(CODE_WIDGET))


@_own
def totp(request: HttpRequest, person: User) -> HttpResponse:
    """Add a code generator: read the picture, prove it by a code."""
    if Factor.objects.filter(person=person, kind=Factor.Kind.TOTP).exists():
        return redirect("shell:security")
    secret = request.session.setdefault(SECRET, factors.new_secret())
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        step = factors.step_of(secret, form.cleaned_data["code"])
        if step is None:
            form.add_error("code", "Mã chưa đúng. Kiểm tra giờ của điện thoại rồi nhập mã mới.")
        else:
            facts = factors.NewFactor(kind=Factor.Kind.TOTP, name="Ứng dụng tạo mã", secret=secret, step=step)
            del request.session[SECRET]
            return _added(request, person, facts)
    context = {
        "form": form,
        "secret": " ".join(secret[place : place + 4] for place in range(0, len(secret), 4)),
        "picture": segno.make(factors.address(person, secret)).svg_data_uri(scale=5, border=2, light="white"),
    }
    return render(request, "shell/totp.html", context, status=422 if form.errors else 200)


@require_POST
@_own
def passkey_options(request: HttpRequest, person: User) -> JsonResponse:
    """What the browser needs to make a passkey."""
    return JsonResponse(passkeys.begin_registration(request, person))


@require_POST
@_own
def passkey(request: HttpRequest, person: User) -> HttpResponse:
    """Add the passkey that the browser made."""
    try:
        facts = passkeys.finish_registration(
            request, request.POST.get("answer", ""), request.POST.get("name", "") or "Khóa truy cập"
        )
    except Invalid as error:
        messages.error(request, error.message)
        return redirect("shell:security")
    return _added(request, person, facts)


def _added(request: HttpRequest, person: User, facts: factors.NewFactor) -> HttpResponse:
    first = not factors.has_any(person.pk)
    by = own_actor(request, person)
    try:
        factors.add(by=by, facts=facts)
    except ActionError as error:
        messages.error(request, error.message)
        return redirect("shell:security")
    session_store.confirm(request.session.session_key or "")
    regate(request, person)
    messages.success(request, f"Đã thêm {facts.name}.")
    if first:
        return _codes(request, person)
    return redirect("shell:security")


def _codes(request: HttpRequest, person: User) -> HttpResponse:
    codes = factors.renew_codes(by=own_actor(request, person))
    return render(request, "shell/recovery_codes.html", {"codes": codes})


@require_POST
@_own
def recovery_codes(request: HttpRequest, person: User) -> HttpResponse:
    """New recovery codes, shown once."""
    try:
        return _codes(request, person)
    except Invalid as error:
        messages.error(request, error.message)
        return redirect("shell:security")


@require_POST
@_own
def remove_factor(request: HttpRequest, person: User, ident: UUID) -> HttpResponse:
    """Remove an own factor."""
    factors.remove(by=own_actor(request, person), factor_id=ident, must_keep_one=is_strong(person))
    messages.success(request, "Đã bỏ phương tiện xác thực.")
    return redirect("shell:security")


@require_POST
@_own
def unlink(request: HttpRequest, person: User, ident: UUID) -> HttpResponse:
    """Take the link with an identity away."""
    subjects.unlink(by=own_actor(request, person), link_id=ident)
    messages.success(request, "Đã bỏ liên kết.")
    return redirect("shell:security")

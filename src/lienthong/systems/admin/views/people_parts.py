"""What the pages of people and positions share: a form that runs an act, acts by one button, lists as files."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any
from urllib.parse import quote

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from lienthong.core.actions.errors import ActionError, Conflict, Forbidden, Invalid
from lienthong.core.identity import actions as accounts
from lienthong.core.orgs.actions import people_absence, people_signing
from lienthong.core.orgs.people_policies import READ
from lienthong.shell import messages
from lienthong.shell.components import Tab
from lienthong.shell.exports import csv_lines
from lienthong.shell.forms import add_faults
from lienthong.shell.guard import actor_of


def form_page[F: forms.Form](
    request: HttpRequest,
    form: F,
    run: Callable[[F], tuple[str, str]],
    *,
    title: str,
    submit: str,
    back: str,
    lead: str = "",
    names: dict[str, str] | None = None,
    more: dict[str, Any] | None = None,
    template: str = "admin/people_form.html",
) -> HttpResponseBase:
    """A page with one form; `run` does the act and answers (what was done, where to go).

    Refusals of the act stand beside their fields and nothing typed is lost.
    """
    status = 200
    if request.method == "POST":
        if form.is_valid():
            try:
                said, target = run(form)
            except Invalid as error:
                add_faults(form, error, names)
            except (Conflict, Forbidden) as error:
                form.add_error(None, error.message)
            else:
                messages.done(request, said)
                return redirect(target)
        status = 422
    parts = {"form": form, "title": title, "submit": submit, "back": back, "lead": lead, **(more or {})}
    return render(request, template, parts, status=status)


OVER = "?xem=da-het"
AREAS = {
    "people": (
        ("people", "", "Danh sách người", READ),
        ("review", "", "Rà soát tài khoản", accounts.REVIEW),
    ),
    "positions": (
        ("positions", "", "Vị trí", READ),
        ("roles", "", "Vai trò", READ),
        ("absences", "", "Làm thay khi vắng mặt", people_absence.OPEN),
    ),
    "signing": (
        ("delegations", "", "Quyền ký còn hiệu lực", people_signing.GIVE),
        ("delegations", OVER, "Đã hết, đã thu hồi", people_signing.GIVE),
        ("signers", "", "Người ký của đơn vị", people_signing.NAME_SIGNER),
    ),
}


def area(request: HttpRequest, name: str, page: str, query: str = "") -> list[Tab]:
    """The pages of one area that the position may open; none where there is only one."""
    actor = actor_of(request)
    found = [
        Tab(label, reverse(f"admin:{url}") + tail, None, (url, tail) == (page, query))
        for url, tail, label, verb in AREAS[name]
        if actor.may(verb)
    ]
    return found if len(found) > 1 else []


def run_act(request: HttpRequest, act: Callable[[str], str], back: str) -> HttpResponseBase:
    """An act by one button, with the reason of its dialog; a refusal comes back as a message on the same page."""
    try:
        said = act(request.POST.get("reason", ""))
    except Invalid as error:
        messages.refuse(request, " ".join([error.message, *error.fields.values()]))
    except Conflict as error:
        messages.refuse(request, error.message)
    except ActionError:
        raise
    else:
        messages.done(request, said)
    wanted = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return redirect(wanted if safe else back)


def address(request: HttpRequest, **changes: str | None) -> str:
    """The list of this page with other filters; paging begins anew."""
    query: QueryDict = request.GET.copy()
    query.pop("sau", None)
    for name, value in changes.items():
        name = name.replace("_", "-")
        if value is None:
            query.pop(name, None)
        else:
            query[name] = value
    return f"?{query.urlencode()}"


def csv_file(request: HttpRequest, name: str, heads: Sequence[str], lines: Iterable[Sequence[object]]) -> HttpResponse:
    """A list as CSV (UTF-8 with BOM) that says who took it and when; formulas are disarmed (CORE-95, CORE-101)."""
    text = "".join(csv_lines(heads, lines, actor_of(request)))
    return attached(HttpResponse(text, content_type="text/csv; charset=utf-8"), f"{name}.csv")


def attached(response: HttpResponse, name: str) -> HttpResponse:
    """The response as a file of that name."""
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    return response

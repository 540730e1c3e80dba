"""What the pages of units share: a form that is rehearsed before it writes, dates of the URL, tabs of the area."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django import forms
from django.db import transaction
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.dateparse import parse_date

from lienthong.core.actions.errors import Conflict, Forbidden, Invalid
from lienthong.core.orgs import history
from lienthong.core.orgs.actions import bodies, cases, codes, imports, units
from lienthong.core.orgs.models import Unit
from lienthong.core.orgs.queries import latest
from lienthong.kit import clock
from lienthong.shell import messages
from lienthong.shell.components import Tab
from lienthong.shell.forms import add_faults
from lienthong.shell.guard import actor_of

TABS = (
    ("units", "Đơn vị", units.READ),
    ("unit_cases", "Hợp nhất, chia tách, giải thể", cases.READ),
    ("unit_bodies", "Chủ thể ban hành", bodies.READ),
    ("unit_schemes", "Hệ thống mã Zxy", codes.PUBLISH_SCHEME),
    ("unit_imports", "Nạp từ tệp", imports.READ),
    ("unit_places", "Đơn vị hành chính", units.READ),
)


class _Undo(Exception):
    """Ends a rehearsal."""


def tabs(request: HttpRequest, present: str) -> list[Tab]:
    """The pages of the area that the position may open."""
    actor = actor_of(request)
    return [
        Tab(label, reverse(f"admin:{name}"), None, name == present) for name, label, verb in TABS if actor.may(verb)
    ]


def day_of(text: str, default: date) -> date:
    """A day of the URL, as the browser or a person writes it; the default where it is none."""
    try:
        found = parse_date(text)
    except ValueError:
        found = None
    if found is None and text:
        try:
            day, month, year = (int(part) for part in text.split("/"))
            found = date(year, month, day)
        except ValueError:
            found = None
    return found or default


def known_of(text: str) -> datetime | None:
    """The instant up to which things were known: the end of a day of the URL; None for now."""
    day = day_of(text, date.max)
    return None if day == date.max else min(clock.end_of_day(day), clock.now())


def rehearsed[F: forms.Form](
    request: HttpRequest,
    form: F,
    run: Callable[[F], tuple[str, str]],
    preview: Callable[[], Sequence[Sequence[str]]],
    *,
    title: str,
    submit: str,
    back: str,
    heads: Sequence[str],
    lead: str = "",
    suggestions: Sequence[str] = (),
) -> HttpResponseBase:
    """A form in two steps: "Xem trước" runs the act and takes it back, showing what would stand; the second writes.

    Refusals stand beside their fields; a stale form answers 409 and nothing typed is lost.
    """
    status, rows = 200, None
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                if "ghi" in request.POST:
                    said, target = run(form)
                    messages.done(request, said)
                    return redirect(target)
                rows = _rehearse(form, run, preview)
                status = 200
            except Invalid as error:
                add_faults(form, error)
            except (Conflict, Forbidden) as error:
                form.add_error(None, error.message)
                status = error.status
    parts: dict[str, Any] = {
        "form": form,
        "title": title,
        "submit": submit,
        "back": back,
        "lead": lead,
        "rows": rows,
        "heads": heads,
        "suggestions": suggestions,
    }
    return render(request, "admin/unit_form.html", parts, status=status)


def _rehearse[F: forms.Form](
    form: F, run: Callable[[F], tuple[str, str]], preview: Callable[[], Sequence[Sequence[str]]]
) -> list[list[str]]:
    shown: list[list[str]] = []
    try:
        with transaction.atomic():
            run(form)
            shown = [list(row) for row in preview()]
            raise _Undo
    except _Undo:
        return shown


VERSION_HEADS = ("Từ ngày", "Đến trước ngày", "Tên chính thức", "Loại", "Đơn vị cấp trên", "Địa danh")


def version_rows(unit_id: UUID) -> list[list[str]]:
    """The versions of a unit as they stand now, for a preview."""
    rows = history.known_versions(Unit(pk=unit_id))
    above = latest(row.parent_id for row in rows if row.parent_id)
    return [
        [
            span(row.valid.lower, "từ đầu"),
            span(row.valid.upper, "nay"),
            row.official_name,
            row.get_kind_display(),
            above[row.parent_id].official_name if row.parent_id in above else "không có",
            row.place or "chưa ghi",
        ]
        for row in rows
    ]


CODE_HEADS = ("Mã định danh", "Hệ mã", "Từ ngày", "Đến trước ngày", "Dùng khi gửi")


def code_rows(unit_id: UUID) -> list[list[str]]:
    """The codes of a unit as they stand now, for a preview."""
    return [
        [
            row.code,
            row.get_scheme_display(),
            span(row.valid.lower, "từ đầu"),
            span(row.valid.upper, "nay"),
            "có" if row.primary else "không",
        ]
        for row in history.codes_of(Unit(pk=unit_id))
    ]


def span(day: date | None, open_end: str) -> str:
    """A bound of a validity in words."""
    return f"{day:%d/%m/%Y}" if day else open_end

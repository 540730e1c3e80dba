"""The working-day calendar: the year, its days and sources, proposals, files to take away, paper (CORE-15, CORE-16)."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse

from lienthong.core import lawbook
from lienthong.core.actions.errors import NotSeen
from lienthong.core.amendments import actions, importing
from lienthong.core.amendments.items import WithdrawItem
from lienthong.core.amendments.policies import PROPOSE
from lienthong.core.lawbook import year as years
from lienthong.core.lawbook.models import CalendarEntry
from lienthong.core.orgs.queries import current
from lienthong.kit import clock, ical
from lienthong.kit.workdays_words import WEEKDAYS
from lienthong.shell.components import Tab
from lienthong.shell.guard import actor_of, holding
from lienthong.systems.admin.forms import law as forms
from lienthong.systems.admin.views.law_changes import bring_file, proposed
from lienthong.systems.admin.views.people_parts import attached, csv_file, form_page

FIRST, LAST = 1900, 2200


@holding()
def present(_request: HttpRequest) -> HttpResponseBase:
    """The calendar of this year."""
    return redirect("admin:calendar_year", clock.local_date().year)


def _view(request: HttpRequest, year: int) -> years.YearView:
    if not FIRST <= year <= LAST:
        raise Http404
    return years.of(year, actor_of(request).agency_id)


@holding()
def of_year(request: HttpRequest, year: int) -> HttpResponseBase:
    """Twelve months with their working days, each special day with its source; `?xuat=csv|ics` takes it away."""
    view = _view(request, year)
    form = request.GET.get("xuat")
    if form == "csv":
        return _csv(request, view)
    if form == "ics":
        return _ics(view)
    return render(request, "admin/calendar.html", _context(request, view))


@holding()
def paper(request: HttpRequest, year: int) -> HttpResponseBase:
    """The year on one sheet of A4."""
    return render(request, "admin/calendar_print.html", _context(request, _view(request, year)))


def _context(request: HttpRequest, view: years.YearView) -> dict[str, object]:
    actor = actor_of(request)
    agency = current({actor.agency_id}).get(actor.agency_id) if actor.agency_id else None
    known = years.years()
    shown = sorted({*known, view.year})
    hours = view.calendar.hours.spans
    return {
        "view": view,
        "weekdays": ("T2", "T3", "T4", "T5", "T6", "T7", "CN"),
        "years": [
            Tab(str(each), reverse("admin:calendar_year", args=[each]), None, each == view.year) for each in shown
        ],
        "agency": agency.official_name if agency else "",
        "today": clock.local_date(),
        "hours": ", ".join(f"{opens:%H:%M}–{closes:%H:%M}" for opens, closes in hours),
        "rest": ", ".join(WEEKDAYS[day] for day in sorted(view.calendar.weekly_rest)),
        "swaps": lawbook.get("clock.swaps_bind", agency=actor.agency_id),
        "rows": [
            (entry, WEEKDAYS[entry.day.weekday()], actor.may(PROPOSE) and entry.unit_id == actor.agency_id)
            for entry in view.entries
        ],
        "may_propose": actor.may(PROPOSE),
        "may_confirm": actor.may(PROPOSE) and actor.agency_id is None and not view.confirmed,
    }


def _csv(request: HttpRequest, view: years.YearView) -> HttpResponse:
    sure = "yes" if view.confirmed else "no"
    rows = ((view.year, row.day.isoformat(), row.kind, row.reason, row.source, sure) for row in view.entries)
    return csv_file(request, f"Lịch làm việc {view.year}", importing.NOTICE_HEADS, rows)


def _ics(view: years.YearView) -> HttpResponse:
    unsure = "" if view.confirmed else "Tạm tính: chưa có thông báo. "
    events = (
        ical.DayEvent(
            uid=f"{row.pk}@lienthong",
            day=row.day,
            summary=f"{years.KIND_WORDS[row.kind]}: {row.reason}",
            description=f"{unsure}Căn cứ: {row.source}",
        )
        for row in view.entries
    )
    text = ical.calendar(f"Lịch làm việc {view.year}", events, clock.now())
    return attached(HttpResponse(text, content_type="text/calendar; charset=utf-8"), f"lich-lam-viec-{view.year}.ics")


@holding(PROPOSE)
def add_day(request: HttpRequest, year: int) -> HttpResponseBase:
    """Propose a day: an agency its own closure, the node a day for everybody."""
    actor = actor_of(request)

    def run(form: forms.DayForm) -> tuple[str, str]:
        item = form.item()
        reason = form.cleaned_data["reason"]
        return proposed(actions.propose(by=actor, items=[item], source=item.source, reason=reason))

    form = forms.DayForm(request.POST or None, of_agency=actor.agency_id is not None)
    lead = "Ngày nghỉ riêng của cơ quan." if actor.agency_id else "Ngày áp dụng cho mọi cơ quan của nút."
    return form_page(
        request,
        form,
        run,
        title="Đề xuất ngày nghỉ, làm bù",
        submit="Gửi đề xuất",
        back=reverse("admin:calendar_year", args=[year]),
        lead=f"{lead} Người khác duyệt thì lịch đổi và hạn đang tính được tính lại.",
    )


@holding(PROPOSE)
def withdraw(request: HttpRequest, ident: UUID) -> HttpResponseBase:
    """Propose to take a day out."""
    actor = actor_of(request)
    entry = CalendarEntry.objects.filter(pk=ident, unit_id=actor.agency_id).first()
    if entry is None:
        raise NotSeen("ngày này")

    def run(form: forms.WithdrawForm) -> tuple[str, str]:
        data = form.cleaned_data
        item = WithdrawItem(entry=ident)
        return proposed(actions.propose(by=actor, items=[item], source=data["source"], reason=data["reason"]))

    return form_page(
        request,
        forms.WithdrawForm(request.POST or None),
        run,
        title=f"Đề xuất rút ngày {entry.day:%d/%m/%Y}",
        submit="Gửi đề xuất",
        back=reverse("admin:calendar_year", args=[entry.day.year]),
        lead=f"{entry.get_kind_display()}: {entry.reason}. Hạn nào sẽ sớm hơn thì chờ quyết định từng việc.",
    )


@holding(PROPOSE)
def confirm(request: HttpRequest, year: int) -> HttpResponseBase:
    """Propose that the days off of a year are announced."""
    actor = actor_of(request)

    def run(form: forms.YearForm) -> tuple[str, str]:
        item = form.item(year)
        reason = form.cleaned_data["reason"]
        return proposed(actions.propose(by=actor, items=[item], source=item.source, reason=reason))

    return form_page(
        request,
        forms.YearForm(request.POST or None),
        run,
        title=f"Đề xuất xác nhận lịch năm {year}",
        submit="Gửi đề xuất",
        back=reverse("admin:calendar_year", args=[year]),
        lead="Xác nhận khi đã có thông báo và mọi ngày của năm đã đúng; các hạn “tạm tính” được tính lại.",
    )


@holding(PROPOSE)
def bring(request: HttpRequest, year: int) -> HttpResponseBase:
    """Bring in a yearly notice: run dry, then proposed as one."""
    actor = actor_of(request)
    return bring_file(
        request,
        lambda name, content: importing.notice(name, content, actor.agency_id),
        title="Nạp thông báo nghỉ hằng năm",
        lead=f"Tệp CSV hoặc XLSX có các cột {', '.join(importing.NOTICE_HEADS)}.",
        back=reverse("admin:calendar_year", args=[year]),
    )

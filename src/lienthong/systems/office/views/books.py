"""The registers on screen and on paper, their series, and how a series goes on from the book before (OF-34..39)."""

import re
from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from lienthong.contracts.actor import Actor
from lienthong.core import audit, files
from lienthong.core.actions import ref_of
from lienthong.core.actions.errors import Invalid, NotSeen
from lienthong.core.files import http as files_http
from lienthong.core.files.errors import NoSpace, SecretMark
from lienthong.kit import clock
from lienthong.shell import messages
from lienthong.shell.exports import csv_response
from lienthong.shell.forms import add_faults
from lienthong.shell.guard import actor_of, holding
from lienthong.systems.office import book_forms, book_pages, numbers, queries, types
from lienthong.systems.office.actions import books
from lienthong.systems.office.book_policies import BOOKS_READ, CONFIRM, PRINT, find_balance, series_policy
from lienthong.systems.office.models import Register, RegisterLine, Series
from lienthong.systems.office.states import BALANCE

LINES_PAGE = 100


@holding(BOOKS_READ, of_agency=True)
def registers(request: HttpRequest) -> HttpResponseBase:
    """The books of the agency with their series, last numbers and what waits for a second person."""
    actor = actor_of(request)
    rows = (
        Register.objects.filter(agency_id=actor.agency_id)
        .prefetch_related("series__counters", "series__balances", "series__issuing_body")
        .order_by("kind", "name")
    )
    names = {code: kind.name for code, kind in types.by_code().items()}
    shown = [(row, [_series_row(series, names) for series in row.series.all()]) for row in rows]
    context = {
        "books": shown,
        "may_create": actor.may("office:register:create"),
        "may_series": actor.may("office:series:create"),
        "may_bring": actor.may("office:brought:read"),
    }
    return render(request, "office/registers.html", context)


def _series_row(series: Series, names: dict[str, str]) -> dict[str, Any]:
    year = numbers.period_of(series, clock.local_date()) if series.reset == "year" else ""
    counter = next((row for row in series.counters.all() if row.period == year), None)
    balances = {row.state: row for row in series.balances.all() if row.period == year}
    return {
        "series": series,
        "what": _what(series, names),
        "last": counter.last if counter else 0,
        "year": year,
        "confirmed": balances.get("confirmed"),
        "proposed": balances.get("proposed"),
    }


def _what(series: Series, names: dict[str, str]) -> str:
    parts = [series.issuing_body.name] if series.issuing_body else []
    if series.issuing_body:
        parts.append(names.get(series.type_code, "mọi loại không có dãy riêng"))
    return ": ".join(parts) or "Văn bản đến"


@holding("office:register:create", of_agency=True)
def register_new(request: HttpRequest) -> HttpResponseBase:
    """Begin a book."""
    form = book_forms.RegisterForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            row = books.create_register(by=actor_of(request), **form.cleaned_data)
        except Invalid as error:
            add_faults(form, error)
        else:
            messages.done(request, f"Đã mở {row.name}. Mở tiếp dãy số cho sổ.")
            return redirect("office:series_new", row.pk)
    return _form(request, form, "Mở sổ", "Mở sổ", lead="Mỗi chiều đi, đến có một sổ mặc định.")


@holding("office:series:create", of_agency=True)
def series_new(request: HttpRequest, register_id: UUID) -> HttpResponseBase:
    """Begin a series of numbers in a book."""
    actor = actor_of(request)
    register = _register(actor, register_id)
    form = book_forms.SeriesForm(actor, register, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            row = books.create_series(by=actor, facts=form.facts())
        except Invalid as error:
            add_faults(form, error)
        else:
            messages.done(request, f"Đã mở dãy số {row.pattern}.")
            return redirect("office:series", row.pk)
    lead = "Dạng số cố định từ khi cấp số đầu tiên; sửa được trước đó."
    return _form(request, form, f"Mở dãy số trong {register.name}", "Mở dãy số", lead=lead)


@holding(BOOKS_READ, of_agency=True)
def series(request: HttpRequest, ident: UUID) -> HttpResponseBase:
    """One series: its format, its numbers by year, the book before."""
    return _series(request, _seen_series(actor_of(request), ident))


def _series(
    request: HttpRequest,
    row: Series,
    *,
    balance_form: book_forms.BalanceForm | None = None,
    format_form: book_forms.FormatForm | None = None,
    status: int = 200,
) -> HttpResponse:
    actor = actor_of(request)
    today = clock.local_date()
    period = numbers.period_of(row, today) if row.reset == "year" else ""
    used = RegisterLine.objects.filter(series=row).exists()
    drawn = RegisterLine.objects.filter(series=row, period=period).exists()
    balances = list(row.balances.select_related("scan"))
    open_ = not drawn and not any(b.state == "proposed" and b.period == period for b in balances) and period
    names = {code: kind.name for code, kind in types.by_code().items()}
    context = {
        "series": row,
        "what": _what(row, names),
        "period": period,
        "drawn": drawn,
        "counters": row.counters.order_by("-period"),
        "balances": [(balance, BALANCE.by_code[balance.state]) for balance in balances],
        "balance_form": (balance_form or book_forms.BalanceForm())
        if open_ and actor.may("office:balance:propose")
        else None,
        "format_form": (format_form or book_forms.FormatForm(initial={"pattern": row.pattern, "reset": row.reset}))
        if not used and actor.may("office:series:change")
        else None,
    }
    return render(request, "office/series.html", context, status=status)


@holding("office:series:change", of_agency=True)
@require_POST
def series_change(request: HttpRequest, ident: UUID) -> HttpResponseBase:
    """Another format before the first number."""
    actor = actor_of(request)
    row = _seen_series(actor, ident)
    form = book_forms.FormatForm(request.POST)
    if form.is_valid():
        try:
            books.change_series(by=actor, target=row, **form.cleaned_data)
        except Invalid as error:
            add_faults(form, error)
        else:
            messages.done(request, "Đã đổi dạng số của dãy số.")
            return redirect("office:series", row.pk)
    return _series(request, row, format_form=form, status=422)


@holding(books.PROPOSE, of_agency=True)
@require_POST
def balance_propose(request: HttpRequest, ident: UUID) -> HttpResponseBase:
    """Write down the last number of the book before, with the scan of its last page."""
    actor = actor_of(request)
    row = _seen_series(actor, ident)
    form = book_forms.BalanceForm(request.POST, request.FILES)
    if not form.is_valid():
        return _series(request, row, balance_form=form, status=422)
    upload = form.cleaned_data["scan"]
    try:
        scan = files.store(upload, upload.name, by=actor, agency_id=actor.agency_id, entry_point="số cuối sổ trước")
        books.propose_balance(by=actor, series=row, facts=form.facts(scan.pk))
    except Invalid as error:
        add_faults(form, error, {"file": "scan"})
        return _series(request, row, balance_form=form, status=422)
    except (NoSpace, SecretMark) as error:
        form.add_error("scan", error.message)
        return _series(request, row, balance_form=form, status=error.status)
    messages.done(request, "Đã ghi số cuối sổ trước; người thứ hai xác nhận thì dãy số mới nối tiếp.")
    return redirect("office:series", row.pk)


@holding(BOOKS_READ, CONFIRM, of_agency=True)
def balance(request: HttpRequest, ident: UUID) -> HttpResponseBase:
    """One balance with its scan: what the second person looks at before confirming."""
    actor = actor_of(request)
    row = find_balance(actor, ident)
    names = {code: kind.name for code, kind in types.by_code().items()}
    others = actor.may(CONFIRM) and row.state == "proposed" and row.proposed_by != actor.user_id
    context = {
        "balance": row,
        "state": BALANCE.by_code[row.state],
        "what": _what(row.series, names),
        "scan_url": reverse("office:balance_scan", args=[row.pk]),
        "is_pdf": row.scan.content_type == "application/pdf",
        "may_confirm": others,
        "own": row.state == "proposed" and row.proposed_by == actor.user_id,
        "may_withdraw": row.state == "proposed"
        and actor.may("office:balance:withdraw")
        and row.agency_id == actor.agency_id,
        "next": row.last + 1,
    }
    return render(request, "office/balance.html", context)


@holding(BOOKS_READ, CONFIRM, of_agency=True)
def balance_scan(request: HttpRequest, ident: UUID) -> HttpResponseBase:
    """The scan of the last page, for who sees the balance."""
    row = find_balance(actor_of(request), ident)
    return files_http.respond(request, files.open_file(row.scan), row.scan)


@holding(CONFIRM, "office:balance:withdraw", of_agency=True)
@require_POST
def balance_act(request: HttpRequest, ident: UUID, act: str) -> HttpResponseBase:
    """Confirm or withdraw."""
    actor = actor_of(request)
    row = find_balance(actor, ident)
    if act == "confirm":
        own = row.agency_id == actor.agency_id
        (books.confirm_balance if own else books.confirm_below)(by=actor, target=row)
        messages.done(request, f"Đã xác nhận. Số kế tiếp của dãy là {row.last + 1}.")
    else:
        books.withdraw_balance(by=actor, target=row, reason=request.POST.get("reason", ""))
        messages.done(request, "Đã rút số cuối sổ trước.")
    if row.agency_id == actor.agency_id and actor.may(BOOKS_READ):
        return redirect("office:series", row.series_id)
    return redirect("office:balance", row.pk)


# --- the book ---------------------------------------------------------------------------------------------------------


@holding(BOOKS_READ, of_agency=True)
def book(request: HttpRequest, register_id: UUID) -> HttpResponseBase:
    """One book in one year: a row for each number, hủy and thu hồi included, in the columns of the decree.

    `?lich-su=1` shows the old books apart; `?xuat=csv` and `?xuat=pdf` give the same rows.
    """
    actor = actor_of(request)
    register = _register(actor, register_id)
    year = request.GET.get("nam", str(clock.local_date().year))[:10]
    old = request.GET.get("lich-su") == "1"
    export = request.GET.get("xuat", "")
    if export in {"csv", "pdf"}:
        return _exported(request, actor, register, year, old=old, kind=export)
    heads = book_pages.heads(register)
    pages: Paginator[Any]
    if old:
        pages = Paginator(book_pages.old_lines(register, _year(year)), LINES_PAGE)
        shown = pages.get_page(request.GET.get("trang"))
        rows = list(book_pages.old_rows(register, shown.object_list))  # type: ignore[arg-type]
    else:
        pages = Paginator(queries.register_lines(actor, register.pk, year), LINES_PAGE)
        shown = pages.get_page(request.GET.get("trang"))
        lines = list(shown.object_list)
        documents = queries.documents_of(lines)
        rows = [book_pages.live_row(line, documents.get(line.document)) for line in lines]
    context = {
        "register": register,
        "year": year,
        "years": sorted({*book_pages.years(register), year}, reverse=True),
        "page": shown,
        "heads": heads,
        "rows": [(row, list(zip(heads, row.cells, strict=True))) for row in rows],
        "main": heads.index("Tên loại và trích yếu"),
        "notes": [] if old else book_pages.notes(register, year),
        "old": old,
        "has_old": register.history_lines.exists(),
        "may_print": actor.may(PRINT),
    }
    return render(request, "office/book.html", context)


def _exported(
    request: HttpRequest, actor: Actor, register: Register, year: str, *, old: bool, kind: str
) -> HttpResponseBase:
    if not actor.may(PRINT):
        raise NotSeen("bản in sổ")
    first, last = _number(request.GET.get("tu")), _number(request.GET.get("den"))
    said = [] if old else book_pages.notes(register, year)
    if old:
        rows = book_pages.old_rows(register, book_pages.old_lines(register, _year(year)))
    else:
        rows = book_pages.live_rows(actor, register, year, first=first, last=last)
    with transaction.atomic():
        audit.record(
            by=actor,
            verb=PRINT,
            ref=ref_of(register),
            after={"year": year, "kind": kind, "history": old, "from": first, "to": last},
            agency_id=register.agency_id,
        )
    name = f"so-{'cu-' if old else ''}{register.kind}-{re.sub(r'[^0-9A-Za-z-]', '-', year)}"
    if kind == "csv":
        top = [[text] for text in said]
        body = (row.cells for row in rows)
        return csv_response(name, book_pages.heads(register), _chained(top, body), actor)
    found = list(_at_most(rows, book_pages.PRINTED_AT_ONCE + 1))
    if len(found) > book_pages.PRINTED_AT_ONCE:
        most = f"{book_pages.PRINTED_AT_ONCE:,}".replace(",", ".")
        messages.warn(request, f"Mỗi lần in tối đa {most} dòng; chọn khoảng số “từ”, “đến” rồi in lại.")
        return redirect(f"{reverse('office:book', args=[register.pk])}?nam={year}{'&lich-su=1' if old else ''}")
    part = f"từ số {first or 1} đến số {last}" if first or last else ""
    pdf = book_pages.printed(register, year, found, said=said, part=part, old=old)
    response = HttpResponse(pdf, content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{name}.pdf"'
    return response


def _chained(*parts: Any) -> Any:
    for part in parts:
        yield from part


def _at_most(rows: Any, most: int) -> Any:
    for number, row in enumerate(rows, 1):
        yield row
        if number == most:
            return


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isdecimal() and len(text) < 8 else None


def _year(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) == 4 else 0


# --- helpers ----------------------------------------------------------------------------------------------------------


def _form(request: HttpRequest, form: Any, title: str, submit: str, *, lead: str = "") -> HttpResponse:
    context = {"form": form, "form_title": title, "submit": submit, "form_lead": lead}
    return render(request, "office/book_form.html", context, status=422 if form.errors else 200)


def _register(actor: Actor, ident: UUID) -> Register:
    row = Register.objects.filter(pk=ident, agency_id=actor.agency_id).first()
    if row is None:
        raise NotSeen("sổ")
    return row


def _seen_series(actor: Actor, ident: UUID) -> Series:
    row = Series.objects.select_related("register", "issuing_body").filter(pk=ident).first()
    if row is None or not series_policy.sees(actor, row):
        raise NotSeen("dãy số")
    return row

"""“Căn cứ pháp lý”: every parameter with its source, its history, its versions and differences (CORE-29, 33, 34)."""

import json
from datetime import date

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse

from lienthong.core import lawbook
from lienthong.core.amendments import importing
from lienthong.core.amendments.policies import PROPOSE, READ
from lienthong.core.lawbook import book
from lienthong.core.lawbook.models import Origin, Parameter
from lienthong.kit import clock
from lienthong.shell.components import FilterChip, Tab
from lienthong.shell.guard import actor_of, holding
from lienthong.systems.admin.views.people_parts import address, attached


def area(request: HttpRequest, page: str) -> list[Tab]:
    """The pages of the law; proposals only for who takes part in them."""
    pages = [("law", "Tham số"), ("law_rules", "Bộ quy định"), ("law_differences", "Khác bản phát hành")]
    if actor_of(request).may(READ):
        pages.append(("law_proposals", "Đề xuất thay đổi"))
    return [Tab(label, reverse(f"admin:{url}"), None, url == page) for url, label in pages]


def wanted_day(text: str) -> date | None:
    """A day typed by hand or by the date control; None for anything else."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        pass
    parts = text.split("/")
    try:
        day, month, year = (int(part) for part in parts)
        return date(year, month, day)
    except ValueError:
        return None


@holding()
def listing(request: HttpRequest) -> HttpResponseBase:
    """All parameters as they rule on a day, every item to be verified on top; `?xuat=csv|json` exports all rows."""
    actor, got = actor_of(request), request.GET
    if got.get("xuat") in {"csv", "json"}:
        return _export(got["xuat"], actor.agency_id)
    wanted = book.Wanted(
        query=got.get("q", ""),
        status=got.get("tinh-trang", ""),
        origin=got.get("nguon", ""),
        instrument=got.get("van-ban", ""),
        system=got.get("dung-o", ""),
        on=wanted_day(got.get("ngay", "")),
    )
    rows = book.lines(actor.agency_id, wanted)
    context = {
        "rows": rows,
        "unconfirmed": sum(line.unconfirmed for line in rows),
        "wanted": wanted,
        "day": wanted.on or clock.local_date(),
        "chips": _chips(request, wanted),
        "instruments": book.instruments(),
        "statuses": Parameter.Status.choices,
        "origins": Origin.choices,
        "version": lawbook.version(),
        "may_propose": actor.may(PROPOSE),
        "area": area(request, "law"),
    }
    return render(request, "admin/law.html", context)


def _chips(request: HttpRequest, wanted: book.Wanted) -> list[FilterChip]:
    chips = []
    if wanted.query:
        chips.append(FilterChip("Có", f"“{wanted.query}”", address(request, q=None)))
    if wanted.status in Parameter.Status.values:
        words = Parameter.Status(wanted.status).label
        chips.append(FilterChip("Tình trạng", words, address(request, tinh_trang=None)))
    if wanted.origin in Origin.values:
        chips.append(FilterChip("Nguồn", Origin(wanted.origin).label, address(request, nguon=None)))
    if wanted.instrument:
        chips.append(FilterChip("Văn bản", wanted.instrument, address(request, van_ban=None)))
    if wanted.system:
        chips.append(FilterChip("Dùng ở", wanted.system, address(request, dung_o=None)))
    if wanted.on:
        chips.append(FilterChip("Ngày", f"{wanted.on:%d/%m/%Y}", address(request, ngay=None)))
    return chips


def _export(form: str, agency_id: object) -> HttpResponse:
    rows = book.standing(agency_id)  # type: ignore[arg-type]
    if form == "json":
        text = json.dumps(importing.document(rows), ensure_ascii=False, indent=1)
        return attached(HttpResponse(text, content_type="application/json"), "can-cu-phap-ly.json")
    # No line of who and when in front: the file is read back by "Nạp" as it is (CORE-33).
    text = f"\ufeff{importing.table(rows)}"
    return attached(HttpResponse(text, content_type="text/csv; charset=utf-8"), "can-cu-phap-ly.csv")


@holding()
def key(request: HttpRequest, key: str) -> HttpResponseBase:
    """One parameter through time: each row, what replaced it, who uses it."""
    actor = actor_of(request)
    rows = book.history(key, actor.agency_id)
    if not rows:
        raise Http404
    ruling = next((line for line in rows if line.rules), None)
    value = (ruling or rows[0]).row.value
    context = {
        "key": key,
        "rows": rows,
        "ruling": ruling,
        "whole": json.dumps(value, ensure_ascii=False, indent=2) if isinstance(value, list | dict) else "",
        "users": book.users_of(key),
        "kind": rows[0].row.get_kind_display(),
        "may_propose": actor.may(PROPOSE),
        "area": area(request, "law"),
    }
    return render(request, "admin/law_key.html", context)


@holding()
def rules(request: HttpRequest) -> HttpResponseBase:
    """The bodies of rules with their versions, looked up by the day of the governing event (CORE-34)."""
    day = wanted_day(request.GET.get("ngay", "")) or clock.local_date()
    agency_id = actor_of(request).agency_id
    sets = book.rule_sets(day, agency_id)
    counts = {line.row.instrument for found in sets for line in found.versions}
    context = {
        "sets": [
            (found, [(line, line.row.valid_from > day) for line in found.versions], found.ruling) for found in sets
        ],
        "counts": {name: book.count_of(name, agency_id) for name in counts},
        "day": day,
        "area": area(request, "law_rules"),
    }
    return render(request, "admin/law_rules.html", context)


@holding()
def differences(request: HttpRequest) -> HttpResponseBase:
    """Where a row entered here rules in place of the release's (CORE-29)."""
    rows = []
    for found in lawbook.differences():
        lines = book.history(found.key, actor_of(request).agency_id)
        shown = {line.local: line for line in lines if line.rules or not line.local}
        if True in shown and False in shown:
            rows.append((found.key, shown[True], shown[False]))
    return render(request, "admin/law_differences.html", {"rows": rows, "area": area(request, "law_differences")})

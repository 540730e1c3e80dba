"""What both lists share: filters from the URL, tabs with counts, chips, keyset paging, export."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Literal
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.dateparse import parse_date

from lienthong.core.access.counts import capped_counts
from lienthong.kit import vietnamese
from lienthong.shell.components import FilterChip, Tab
from lienthong.systems.office import paging
from lienthong.systems.office.models.outgoing import Urgency
from lienthong.systems.office.queries import Filters

PAGE = 50
SCAN_WORDS: dict[str, Literal["clean", "waiting", "infected", "unchecked"]] = {
    "waiting": "unchecked",
    "clean": "clean",
    "infected": "infected",
    "failed": "unchecked",
}


def file_kind(name: str) -> str:
    """What the card of a file shows as its kind: the ending of its name, as people know it."""
    ending = name.rpartition(".")[2]
    return ending if 0 < len(ending) < 6 and "." in name else "tệp"


def version_of(request: HttpRequest) -> int | None:
    """The version that the page showed, from its form or from the address of its button; None when it names none."""
    text = request.POST.get("version") or request.GET.get("version", "")
    return int(text) if text.isdecimal() else None


def read(request: HttpRequest, default_tab: str) -> Filters:
    """The filters that the URL names; what it misspells is left out, never guessed."""
    got = request.GET
    urgency = got.get("khan", "")
    return Filters(
        tab=got.get("xem", default_tab),
        query=vietnamese.border(got.get("q", "")),
        state=got.get("trang-thai", ""),
        urgency=int(urgency) if urgency.isdecimal() and len(urgency) == 1 else None,
        unit=_uuid(got.get("don-vi", "")),
        type_code=got.get("loai", ""),
        since=_day(got.get("tu", "")),
        until=_day(got.get("den", "")),
        late=got.get("qua-han") == "1",
    )


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _day(text: str) -> date | None:
    try:
        return parse_date(text)
    except ValueError:
        return None


def counts(
    named: Iterable[tuple[str, str]], filters: Filters, rows: Callable[[Filters], QuerySet[Any]]
) -> dict[str, int]:
    """The capped counts of the present list and of every tab but "Tất cả", under the filters in force, in one
    statement.
    """
    codes = {filters.tab, *(code for code, _ in named if code)}
    return capped_counts({code: rows(replace(filters, tab=code)) for code in sorted(codes)})


def tabs(
    request: HttpRequest, named: Iterable[tuple[str, str]], filters: Filters, counts: Mapping[str, int], alarm: str = ""
) -> list[Tab]:
    """The tabs with their counts; each equals its list (CORE-94, F-OF-15)."""
    return [
        Tab(
            label,
            _url(request, {"xem": code}),
            counts[code] if code else None,
            code == filters.tab,
            code == alarm,
        )
        for code, label in named
    ]


def chips(request: HttpRequest, filters: Filters, states: dict[str, str]) -> list[FilterChip]:
    """The filters in force, each with the URL that drops it."""
    shown: list[tuple[str, str, str]] = []
    if filters.query:
        shown.append(("q", "Có", f"“{filters.query}”"))
    if filters.state:
        shown.append(("trang-thai", "Trạng thái", states.get(filters.state, filters.state)))
    if filters.urgency is not None and filters.urgency in Urgency.values:
        shown.append(("khan", "Độ khẩn", Urgency(filters.urgency).label))
    if filters.since:
        shown.append(("tu", "Từ ngày", f"{filters.since:%d/%m/%Y}"))
    if filters.until:
        shown.append(("den", "Đến ngày", f"{filters.until:%d/%m/%Y}"))
    if filters.late:
        shown.append(("qua-han", "Hạn", "quá hạn"))
    return [FilterChip(label, value, _url(request, {name: None})) for name, label, value in shown]


def _url(request: HttpRequest, changes: dict[str, str | None]) -> str:
    query = request.GET.copy()
    for name in ("sau", "truoc"):
        query.pop(name, None)
    for name, value in changes.items():
        if value is None:
            query.pop(name, None)
        else:
            query[name] = value
    return f"?{query.urlencode()}"


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list by keyset: its rows, and the URLs of the neighbours."""

    rows: Sequence[Any]
    previous: str
    following: str
    total: int


def page(request: HttpRequest, rows: QuerySet[Any], field: str, total: int) -> Page:
    """The page that the cursor in the URL names, newest first by `field`; as fast at any depth (keyset, no OFFSET).

    `total` is the capped count of the rows; `?dem=du` asks for the exact one.
    """
    after, before = paging.read(request.GET.get("sau", "")), paging.read(request.GET.get("truoc", ""))
    backwards = before is not None and after is None
    chosen = rows
    if (place := before if backwards else after) is not None:
        chosen = paging.beyond(rows, field, place, newer=backwards)
    if backwards:
        chosen = chosen.order_by(field, "id")
    found = list(chosen[: PAGE + 1])
    more = len(found) > PAGE
    found = found[:PAGE]
    if backwards:
        found.reverse()
    has_previous = more if backwards else after is not None
    has_following = True if backwards else more
    return Page(
        found,
        _url(request, {"truoc": paging.mark(found[0], field)}) if found and has_previous else "",
        _url(request, {"sau": paging.mark(found[-1], field)}) if found and has_following else "",
        rows.order_by().count() if request.GET.get("dem") == "du" else total,
    )

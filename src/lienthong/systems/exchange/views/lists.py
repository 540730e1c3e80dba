"""What the lists of the axis share: filters in the URL, chips, times, keyset paging, export."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from django.http import HttpRequest
from django.utils.dateparse import parse_date

from lienthong.kit import clock
from lienthong.shell.components import FilterChip
from lienthong.systems.exchange.queries.lists import Filters

PERIODS = (("hom-nay", "Hôm nay", 1), ("7-ngay", "7 ngày qua", 7), ("30-ngay", "30 ngày qua", 30))


def day(text: str) -> date | None:
    """A day of the URL; what is misspelt is left out, never guessed."""
    try:
        return parse_date(text)
    except ValueError:
        return None


def span(request: HttpRequest) -> tuple[date | None, date | None]:
    """The days `tu` and `den` of the URL, both included."""
    return day(request.GET.get("tu", "")), day(request.GET.get("den", ""))


def instants(since: date | None, until: date | None) -> tuple[datetime | None, datetime | None]:
    """The legal days as instants: from the first one's start up to the last one's end."""
    return clock.at_local(since) if since else None, clock.end_of_day(until) if until else None


def read(request: HttpRequest, states: Mapping[str, str], statuses: Mapping[str, str]) -> Filters:
    """The filters that the URL names (EX-51)."""
    since, until = instants(*span(request))
    state, status = request.GET.get("chuyen", ""), request.GET.get("trang-thai", "")
    return Filters(
        text=request.GET.get("q", "").strip(),
        state=state if state in states else "",
        status=status if status in statuses else "",
        since=since,
        until=until,
    )


def chips(request: HttpRequest, states: Mapping[str, str], statuses: Mapping[str, str]) -> list[FilterChip]:
    """The filters in force, each with the URL that drops it."""
    found = read(request, states, statuses)
    since, until = span(request)
    shown = [
        ("q", "Có", f"“{found.text}”" if found.text else ""),
        ("chuyen", "Chuyển gói tin", states.get(found.state, "")),
        ("trang-thai", "Ở bên nhận", statuses.get(found.status, "")),
        ("tu", "Từ ngày", f"{since:%d/%m/%Y}" if since else ""),
        ("den", "Đến ngày", f"{until:%d/%m/%Y}" if until else ""),
    ]
    return [FilterChip(label, value, url(request, **{name: ""})) for name, label, value in shown if value]


def url(request: HttpRequest, **changes: str) -> str:
    """The same list with other filters, from its first page; an empty value drops one (`_` stands for `-`)."""
    query = request.GET.copy()
    query.pop("sau", None)
    for key, value in changes.items():
        query.pop(key.replace("_", "-"), None)
        if value:
            query[key.replace("_", "-")] = value
    return f"?{query.urlencode()}"


def following(request: HttpRequest, cursor: str) -> str:
    """The URL of the next page; empty at the end."""
    if not cursor:
        return ""
    query = request.GET.copy()
    query["sau"] = cursor
    return f"?{query.urlencode()}"


def period(request: HttpRequest) -> tuple[str, date, date]:
    """The period of the board: its code, first and last legal day."""
    wanted = request.GET.get("ky", "")
    code, days = next(((code, days) for code, _, days in PERIODS if code == wanted), ("hom-nay", 1))
    today = clock.local_date()
    return code, today - timedelta(days=days - 1), today

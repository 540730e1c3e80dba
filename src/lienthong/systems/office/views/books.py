"""The registers on screen and on paper (OF-34, OF-35, OF-39)."""

from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render

from lienthong.core.actions.errors import NotSeen
from lienthong.core.orgs.queries import current
from lienthong.kit import clock
from lienthong.shell.guard import actor_of, holding
from lienthong.systems.office import queries, types
from lienthong.systems.office.models import IncomingDocument, OutgoingDocument, Register, RegisterLine

LINES_PAGE = 100


@holding("office:outgoing:register", of_agency=True)
def registers(request: HttpRequest) -> HttpResponseBase:
    """The books of the agency with their last numbers of this year."""
    actor = actor_of(request)
    books = (
        Register.objects.filter(agency_id=actor.agency_id).prefetch_related("series__counters").order_by("kind", "name")
    )
    return render(request, "office/registers.html", {"books": books, "year": clock.local_date().year})


@holding("office:outgoing:register", of_agency=True)
def book(request: HttpRequest, register_id: UUID) -> HttpResponseBase:
    """One book in one year: a row for each number, hủy and thu hồi included, in the columns of the decree."""
    actor = actor_of(request)
    register = Register.objects.filter(pk=register_id, agency_id=actor.agency_id).first()
    if register is None:
        raise NotSeen("sổ")
    year = request.GET.get("nam", str(clock.local_date().year))
    pages = Paginator(queries.register_lines(actor, register.pk, year), LINES_PAGE)
    shown = pages.get_page(request.GET.get("trang"))
    lines = list(shown.object_list)
    documents = queries.documents_of(lines)
    outgoing = register.kind == Register.Kind.OUTGOING
    rows = [_row(line, documents.get(line.document)) for line in lines]
    context = {
        "register": register,
        "year": year,
        "years": sorted(set(register.lines.values_list("period", flat=True).distinct()) | {year}, reverse=True),
        "page": shown,
        "rows": rows,
        "outgoing": outgoing,
    }
    return render(request, "office/book_outgoing.html" if outgoing else "office/book_incoming.html", context)


def _row(line: RegisterLine, document: IncomingDocument | OutgoingDocument | None) -> dict[str, Any]:
    row: dict[str, Any] = {"line": line, "document": document}
    if isinstance(document, OutgoingDocument):
        row["kind"] = types.by_code()[document.type_code].name
        row["receivers"] = [r.unit_version.label for r in document.receivers.all() if r.unit_version]
    elif isinstance(document, IncomingDocument):
        leads = [given for given in document.lines.all() if given.role == "lead"]
        units = current(given.unit_id for given in leads)
        row["to"] = [units[given.unit_id].label for given in leads if given.unit_id in units]
        row["given_at"] = leads[-1].given_at if leads else None
        row["taken_at"] = leads[-1].taken_at if leads else None
    return row

"""The files of documents: one access decision, that of their document (CORE-59)."""

from uuid import UUID

from django.http import HttpRequest, HttpResponseBase

from lienthong.core.actions.errors import NotSeen
from lienthong.core.files import http
from lienthong.systems.office import queries
from lienthong.systems.office.views.guard import seated
from lienthong.systems.office.views.lists import actor_of


@seated("office:incoming:read")
def incoming_file(request: HttpRequest, ident: UUID, file_id: UUID) -> HttpResponseBase:
    """A file of an incoming document that the actor sees; `?tai` downloads it."""
    document = queries.incoming(actor_of(request), ident)
    row = next((f for f in document.files.all() if f.file_id == file_id), None)
    if row is None:
        raise NotSeen("tệp")
    return http.serve(request, row.file, name=row.name, download="tai" in request.GET)


@seated("office:outgoing:read")
def outgoing_file(request: HttpRequest, ident: UUID, file_id: UUID) -> HttpResponseBase:
    """A file of an outgoing document, present or of an earlier revision."""
    document = queries.outgoing(actor_of(request), ident)
    row = next((f for f in document.files.all() if f.file_id == file_id), None)
    if row is None:
        raise NotSeen("tệp")
    return http.serve(request, row.file, name=row.name, download="tai" in request.GET)

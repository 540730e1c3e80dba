"""The files of documents: one access decision, that of their document (CORE-59)."""

from uuid import UUID

from django.http import HttpRequest, HttpResponseBase

from lienthong.core.actions.errors import NotSeen
from lienthong.core.files import http
from lienthong.shell.guard import actor_of, holding
from lienthong.systems.office import queries


@holding("office:incoming:read", of_agency=True)
def incoming_file(request: HttpRequest, ident: UUID, file_id: UUID) -> HttpResponseBase:
    """A file of an incoming document that the actor sees; `?inline=1` shows it in the page."""
    document = queries.incoming(actor_of(request), ident)
    if not any(row.file_id == file_id for row in document.files.all()):
        raise NotSeen("tệp")
    return http.download(request, file_id)


@holding("office:outgoing:read", of_agency=True)
def outgoing_file(request: HttpRequest, ident: UUID, file_id: UUID) -> HttpResponseBase:
    """A file of an outgoing document, present or of an earlier revision."""
    document = queries.outgoing(actor_of(request), ident)
    if not any(row.file_id == file_id for row in document.files.all()):
        raise NotSeen("tệp")
    return http.download(request, file_id)

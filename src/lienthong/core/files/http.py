"""Upload and download of files over HTTP, streamed, for others to mount (CORE-57, CORE-59).

`upload` (POST, field `file`), `download` (by id, for the signed-in), `by_link` (by a short-lived link bound to the
session), `begin`, `state`, `append` (an upload that can be taken up again).
"""

import asyncio
import hashlib
import re
from collections.abc import AsyncIterator, Iterator
from typing import Any, BinaryIO
from urllib.parse import quote
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.core.handlers.asgi import ASGIRequest
from django.core.signing import BadSignature, SignatureExpired, TimestampSigner
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse, StreamingHttpResponse
from django.views.decorators.http import require_http_methods

from lienthong.contracts.actor import Actor
from lienthong.contracts.ref import Ref
from lienthong.core import audit, lawbook
from lienthong.core.actions.errors import ActionError
from lienthong.core.files import blobs, kinds, resumable, storing
from lienthong.core.files.errors import SecretMark
from lienthong.core.files.models import StoredFile
from lienthong.core.files.reading import may_read

BLOCK = 1 << 18
_SIGNER = TimestampSigner(salt="lienthong.files")
_RANGE = re.compile(r"bytes=(\d*)-(\d*)$")


# --- download ---------------------------------------------------------------------------------------------------------


@login_required
@require_http_methods(["GET", "HEAD"])
def download(request: HttpRequest, file_id: UUID) -> HttpResponseBase:
    """The bytes of a file for who may read it; 404 for everybody else. `?inline=1` shows what a browser may show."""
    return _give(request, file_id)


@login_required
@require_http_methods(["GET", "HEAD"])
def by_link(request: HttpRequest, token: str) -> HttpResponseBase:
    """The bytes behind a link of `link_for`: for minutes, in the session it was made for, to who may read."""
    try:
        named = _SIGNER.unsign_object(token, max_age=60 * int(lawbook.get("file.link_minutes")))
        if named["s"] != _session(request):
            raise Http404
        return _give(request, UUID(named["f"]))
    except SignatureExpired:
        return HttpResponse("Đường dẫn tải tệp đã hết hạn. Hãy quay lại trang và bấm tải lại.", status=410)
    except (BadSignature, KeyError, TypeError, ValueError):
        raise Http404 from None


def link_for(request: HttpRequest, file: StoredFile) -> str:
    """The token of a link bound to the session; whether its holder may read is asked again on use (CORE-59)."""
    return _SIGNER.sign_object({"f": str(file.pk), "s": _session(request)})


def _session(request: HttpRequest) -> str:
    return hashlib.sha256((request.session.session_key or "").encode()).hexdigest()[:24]


def _give(request: HttpRequest, file_id: UUID) -> HttpResponseBase:
    actor = _actor(request)
    file = StoredFile.objects.filter(pk=file_id).first()
    if actor is None or file is None or not may_read(actor, file):
        raise Http404
    try:
        blob = blobs.open_blob(file.sha256)
    except FileNotFoundError:
        raise Http404 from None
    span = _span(request, file)
    if request.method == "GET" and (span is None or span[0] == 0):
        # Which version was read is an entry (CORE-54); further ranges of one reading are not.
        with transaction.atomic():
            audit.record(
                by=actor,
                verb="core:file:read",
                ref=Ref(StoredFile.ref_kind, file.pk),
                after={"sha256": file.sha256},
                agency_id=file.agency_id,
            )
    return respond(request, blob, file, span=span)


def respond(
    request: HttpRequest, blob: BinaryIO, file: StoredFile, *, span: tuple[int, int] | None = None
) -> HttpResponseBase:
    """Stream a file or the part of it that `span` (first, last byte) names; the caller has decided who may read."""
    if span is not None and span[0] >= file.size:
        blob.close()
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{file.size}"})
    first, last = span or (0, file.size - 1)
    length = max(last - first + 1, 0)
    inline = request.GET.get("inline") == "1" and kinds.shown_inline(file.content_type)
    headers = {
        "Content-Length": str(length),
        "Accept-Ranges": "bytes",
        "ETag": _etag(file),
        "Cache-Control": "private, no-cache",
        "X-Content-Type-Options": "nosniff",
        "Content-Disposition": _disposition(file.display_name, inline=inline),
    }
    if inline:
        headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'"
    status = 200
    if span is not None:
        headers["Content-Range"] = f"bytes {first}-{last}/{file.size}"
        status = 206
    elif request.headers.get("If-None-Match") == _etag(file):
        blob.close()
        return HttpResponse(status=304, headers={"ETag": _etag(file)})
    if request.method == "HEAD":
        blob.close()
        return HttpResponse(status=status, headers=headers, content_type=file.content_type)
    blob.seek(first)
    # An ASGI server would read a plain iterator to its end before sending: it gets an asynchronous one.
    parts = _Async if isinstance(request, ASGIRequest) else _Plain
    return StreamingHttpResponse(parts(blob, length), status=status, headers=headers, content_type=file.content_type)


class _Parts:
    """The next `length` bytes of a file in blocks; the response closes the file, read to the end or not."""

    def __init__(self, blob: BinaryIO, length: int) -> None:
        self._blob, self._length = blob, length
        self.close = blob.close

    def _next(self) -> bytes:
        block = self._blob.read(min(BLOCK, self._length))
        self._length -= len(block)
        return block


class _Plain(_Parts):
    def __iter__(self) -> Iterator[bytes]:
        while block := self._next():
            yield block


class _Async(_Parts):
    async def __aiter__(self) -> AsyncIterator[bytes]:
        while block := await asyncio.to_thread(self._next):
            yield block


def _span(request: HttpRequest, file: StoredFile) -> tuple[int, int] | None:
    """The one range that is asked for; several, a wrong one or a changed file give the whole (RFC 9110 §14)."""
    match = _RANGE.match(request.headers.get("Range", ""))
    condition = request.headers.get("If-Range")
    if match is None or (condition is not None and condition != _etag(file)) or match.group() == "bytes=-":
        return None
    first, last = match.groups()
    if not first:
        return max(file.size - int(last), 0), file.size - 1
    end = min(int(last), file.size - 1) if last else file.size - 1
    return (int(first), end) if int(first) <= end or int(first) >= file.size else None


def _etag(file: StoredFile) -> str:
    return f'"{file.sha256}"'


def _disposition(name: str, *, inline: bool) -> str:
    plain = re.sub(r"[^A-Za-z0-9._ -]", "_", name)
    return f"{'inline' if inline else 'attachment'}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


# --- upload -----------------------------------------------------------------------------------------------------------


@login_required
@require_http_methods(["POST"])
def upload(request: HttpRequest) -> HttpResponse:
    """Take one file (field `file`) in for the actor's agency; answers JSON, 201 with the row or the refusal."""
    actor = _actor(request)
    given = request.FILES.get("file")
    if actor is None or given is None:
        return _problem(422, "no_file", "Chưa chọn tệp để tải lên.")
    try:
        file = storing.store(given, given.name or "", by=actor, agency_id=actor.agency_id, entry_point="tải lên")
    except ActionError as refusal:
        return _refused(refusal)
    return JsonResponse(described(file), status=201)


@login_required
@require_http_methods(["POST"])
def begin(request: HttpRequest) -> HttpResponse:
    """Begin an upload that can be taken up again: fields `name` and `size`; answers its id."""
    actor = _actor(request)
    name, size = request.POST.get("name", ""), request.POST.get("size", "")
    if actor is None or not name or not size.isdigit():
        return _problem(422, "no_file", "Thiếu tên hoặc dung lượng của tệp.")
    try:
        return JsonResponse({"id": str(resumable.begin(actor, name, int(size)).pk), "offset": 0}, status=201)
    except ActionError as refusal:
        return _refused(refusal)


@login_required
@require_http_methods(["GET"])
def state(request: HttpRequest, upload_id: UUID) -> HttpResponse:
    """How many bytes of an upload have arrived."""
    actor = _actor(request)
    if actor is None:
        raise Http404
    try:
        return JsonResponse({"id": str(upload_id), "offset": resumable.offset(actor, upload_id)})
    except ActionError as refusal:
        return _refused(refusal)


@login_required
@require_http_methods(["PATCH", "POST"])
def append(request: HttpRequest, upload_id: UUID) -> HttpResponse:
    """Add the body at the byte that header `Upload-Offset` names; the last byte makes the file (201)."""
    actor, offset = _actor(request), request.headers.get("Upload-Offset", "")
    if actor is None:
        raise Http404
    if not offset.isdigit():
        return _problem(422, "no_offset", "Thiếu vị trí ghi tiếp (Upload-Offset).")
    try:
        arrived, file = resumable.append(actor, upload_id, int(offset), request)
    except ActionError as refusal:
        return _refused(refusal)
    if file is None:
        return JsonResponse({"id": str(upload_id), "offset": arrived})
    return JsonResponse(described(file), status=201)


def described(file: StoredFile) -> dict[str, Any]:
    """A stored file as JSON for pages and forms."""
    return {
        "id": str(file.pk),
        "name": file.display_name,
        "size": file.size,
        "content_type": file.content_type,
        "sha256": file.sha256,
        "scan_state": file.scan_state,
        "scan_label": file.get_scan_state_display(),
    }


def _refused(refusal: ActionError) -> HttpResponse:
    extra = {"quarantine": str(refusal.quarantine_id)} if isinstance(refusal, SecretMark) else {}
    return _problem(refusal.status, refusal.code, refusal.message, **extra)


def _problem(status: int, code: str, message: str, **extra: str) -> HttpResponse:
    return JsonResponse({"code": code, "message": message, **extra}, status=status)


def _actor(request: HttpRequest) -> Actor | None:
    found: Actor | None = getattr(request, "actor", None)
    return found

"""Admission to the stream: an ordinary request through all middleware; the server then takes the connection over."""

import json

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from lienthong.core.live.stream import HAND_OVER
from lienthong.core.live.topics import admitted

MOST_TOPICS = 50


@require_GET
def stream(request: HttpRequest) -> HttpResponse:
    """Check each topic's rule and hand over to the stream; topics outside the viewer's scope are as if they were not.

    `topics` may stand several times; `since` is the page's `live.cursor()`, overruled by the browser's Last-Event-ID.
    404 when none remains; 400 for more than 50 topics.
    """
    wanted = [part for value in request.GET.getlist("topics") for part in value.split(",") if part]
    if len(wanted) > MOST_TOPICS:
        return HttpResponse("Quá nhiều chủ đề trong một trang.", status=400, content_type="text/plain; charset=utf-8")
    allowed = {name: classes for name in wanted if (classes := admitted(request, name)) is not None}
    if not allowed:
        raise Http404("Không có nội dung trực tiếp trong phạm vi của bạn.")
    since = request.headers.get("Last-Event-ID") or request.GET.get("since", "")
    subjects = [f"user:{request.user.pk}"] if request.user.is_authenticated else []
    if request.session.session_key:
        subjects.append(f"session:{request.session.session_key}")
    ticket = {"topics": allowed, "subjects": subjects, "since": since}
    # Without a server that understands the header (Django's own), the browser hears nothing and asks again in a minute.
    response = HttpResponse("retry: 60000\n\n", content_type="text/event-stream")
    response["Cache-Control"] = "no-store"
    response["X-Accel-Buffering"] = "no"
    response[HAND_OVER] = json.dumps(ticket, separators=(",", ":"))
    return response

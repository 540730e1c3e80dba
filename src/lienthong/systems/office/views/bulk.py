"""Many documents by one press: each by its own act and transaction; one wrong item stops only itself (CORE-71)."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from lienthong.contracts.actor import Actor
from lienthong.core import lawbook
from lienthong.core.actions.errors import ActionError
from lienthong.shell import messages
from lienthong.shell.guard import actor_of, holding
from lienthong.shell.middleware import safe_target
from lienthong.systems.office import queries
from lienthong.systems.office.actions import incoming, outgoing

TOLD = 8
"""So many failures are told one by one; the rest stay in the list, where they were."""


@holding("office:incoming:register", of_agency=True)
@require_POST
def register(request: HttpRequest) -> HttpResponseBase:
    """ "Vào sổ" for the chosen arrivals, in the order in which they arrived."""

    def one(actor: Actor, ident: UUID, version: int | None) -> str:
        document = queries.incoming(actor, ident)
        incoming.register(by=actor, target=document, expected_version=version)
        return document.code

    return _run(request, one, "Đã vào sổ {} văn bản.", reverse("office:incoming_list"), oldest_first=True)


@holding("office:outgoing:issue", of_agency=True)
@require_POST
def issue(request: HttpRequest) -> HttpResponseBase:
    """ "Phát hành" for the chosen signed documents, at most `sign.batch_max` at once (CORE-71)."""

    def one(actor: Actor, ident: UUID, version: int | None) -> str:
        document = queries.outgoing(actor, ident)
        outgoing.issue(by=actor, target=document, expected_version=version)
        return document.code

    return _run(request, one, "Đã phát hành {} văn bản.", reverse("office:outgoing_list"), oldest_first=True)


def _run(
    request: HttpRequest,
    one: Callable[[Actor, UUID, int | None], str],
    said: str,
    back: str,
    *,
    oldest_first: bool,
) -> HttpResponseBase:
    actor = actor_of(request)
    chosen = request.POST.getlist("chon")
    most = int(lawbook.get("sign.batch_max"))
    answer = redirect(safe_target(request, back))
    if not chosen:
        messages.warn(request, "Chưa chọn văn bản nào. Đánh dấu các dòng cần làm rồi bấm lại.")
        return answer
    if len(chosen) > most:
        messages.warn(request, f"Chọn {len(chosen)} văn bản là quá nhiều; mỗi lần làm tối đa {most} văn bản.")
        return answer
    done, failed = 0, []
    # Lists show the newest first; numbers are drawn in the order of arrival.
    for text in reversed(chosen) if oldest_first else chosen:
        version: Any = request.POST.get(f"v-{text}", "")
        try:
            one(actor, UUID(text), int(version) if version.isdigit() else None)
        except (ActionError, ValueError) as error:
            failed.append(_told(actor, text, error))
        else:
            done += 1
    if done:
        messages.done(request, said.format(done))
    for line in failed[:TOLD]:
        messages.warn(request, line)
    if len(failed) > TOLD:
        messages.warn(request, f"Và {len(failed) - TOLD} văn bản khác chưa làm được; mở từng văn bản để xem lý do.")
    return answer


def _told(actor: Actor, text: str, error: Exception) -> str:
    """Which document did not go, and why."""
    why = "; ".join(getattr(error, "fields", {}).values()) or getattr(error, "message", "") or "mã văn bản không đúng."
    name = text
    for find in (queries.incoming, queries.outgoing):
        try:
            row = find(actor, UUID(text))
        except (ActionError, ValueError):
            continue
        name = row.code or row.subject
        break
    return f"Chưa làm được với {name}: {why}"

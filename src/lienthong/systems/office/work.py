"""The office's part of "Việc của tôi" and of the global search; always inside the actor's scope."""

from collections.abc import Iterable, Iterator

from django.db.models import Q, QuerySet
from django.urls import reverse

from lienthong.contracts.actor import Actor
from lienthong.contracts.ref import Ref
from lienthong.core.fence.searching import through_view
from lienthong.core.registry import SearchHit, WorkItem
from lienthong.kit import numbering, vietnamese
from lienthong.systems.office.models import IncomingDocument, Line, OutgoingDocument
from lienthong.systems.office.policies import incoming_policy, outgoing_policy

# What waits for whom: (verb, state of the document, whose step it is, what to do next).
_OUTGOING_STEPS = (
    ("office:outgoing:submit", "draft", "drafter_position_id", "Trình đơn vị"),
    ("office:outgoing:review", "unit_review", "unit_id", "Duyệt nội dung"),
    ("office:outgoing:redraft", "returned", "unit_id", "Chuyển người soạn"),
    ("office:outgoing:check_format", "format_check", "", "Kiểm tra thể thức"),
    ("office:outgoing:sign", "to_sign", "signer_position_id", "Duyệt và ký"),
    ("office:outgoing:sign", "approved", "signer_position_id", "Ký"),
    ("office:outgoing:issue", "signed", "", "Phát hành"),
)


def outgoing_waiting(actor: Actor) -> QuerySet[OutgoingDocument]:
    """The outgoing documents whose next step is the actor's."""
    mine = Q(pk__in=[])
    for verb, state, owner, _ in _OUTGOING_STEPS:
        if actor.may(verb):
            condition = Q(state=state)
            if owner == "unit_id":
                condition &= Q(unit_id=actor.unit_id)
            elif owner:
                condition &= Q(**{owner: actor.position_id})
            mine |= condition
    return outgoing_policy.scope(actor, OutgoingDocument.objects.all()).filter(mine)


def incoming_waiting(actor: Actor) -> QuerySet[IncomingDocument]:
    """The incoming documents whose next step is the actor's."""
    mine = Q(pk__in=[])
    if actor.may("office:incoming:register"):
        mine |= Q(state__in=["arrived", "registered"], copy_of__isnull=True)
    if actor.may("office:incoming:direct"):
        mine |= Q(state="submitted", submitted_to_id=actor.position_id)
    if actor.may("office:incoming:reassign"):
        mine |= Q(state="misrouted", submitted_to_id=actor.position_id)
    lines = Line.objects.filter(state__in=Line.OPEN)
    own = Q(position_id=actor.position_id)
    if actor.may("office:incoming:assign_within"):
        own |= Q(position__isnull=True, unit_id=actor.unit_id)
    if actor.may("office:incoming:take"):
        mine |= Q(state__in=["assigned", "processing"], pk__in=lines.filter(own).values("document"))
    return incoming_policy.scope(actor, IncomingDocument.objects.all()).filter(mine)


def _next_outgoing(actor: Actor, state: str) -> str:
    return next((label for verb, s, _, label in _OUTGOING_STEPS if s == state and actor.may(verb)), "Mở")


def _next_incoming(document: IncomingDocument) -> str:
    if document.state in {"submitted", "misrouted"}:
        return "Chỉ đạo, giao" if document.state == "submitted" else "Giao lại"
    if document.state in {"assigned", "processing"}:
        return "Hoàn thành" if document.state == "processing" else "Nhận việc"
    return "Vào sổ" if document.state == "arrived" else "Trình"


def my_work(actor: Actor, limit: int) -> Iterator[WorkItem]:
    """The open work of an actor, the most urgent first."""
    incoming = incoming_waiting(actor).order_by("due_at", "received_at")[:limit]
    for document in incoming:
        yield WorkItem(
            ref=Ref("office:incoming", document.pk),
            kind="Văn bản đến",
            title=f"{document.code}: {document.subject}",
            url=reverse("office:incoming", args=[document.pk]),
            action=_next_incoming(document),
            since=document.state_since,
            due_at=document.due_at,
            source=document.sender_name,
            urgency=document.urgency,
        )
    outgoing = outgoing_waiting(actor).select_related("drafter").order_by("-urgency", "state_since")[:limit]
    for row in outgoing:
        yield WorkItem(
            ref=Ref("office:outgoing", row.pk),
            kind="Văn bản đi",
            title=row.subject,
            url=reverse("office:outgoing", args=[row.pk]),
            action=_next_outgoing(actor, row.state),
            since=row.state_since,
            source=row.drafter.full_name,
            urgency=row.urgency,
        )


def matching[M: (IncomingDocument, OutgoingDocument)](rows: QuerySet[M], typed: str) -> QuerySet[M]:
    """Rows found by number or by words without accents: numbers through their key, words by the stored key
    (CORE-43).
    """
    found = Q(search_key__contains=vietnamese.search_key(typed))
    words = vietnamese.search_key(typed).split()
    if len(words) > 1:
        every = Q()
        for word in words:
            every &= Q(search_key__contains=word)
        found |= every
    looks_like_number = any(character.isdigit() or character in "/-" for character in typed)
    if looks_like_number and (number := numbering.number_query(typed)) is not None:
        found |= Q(number_key__regex=number.regex)
    return through_view(rows).filter(found)


def search(actor: Actor, query: str, limit: int) -> Iterable[SearchHit]:
    """Documents of the office by number or title, newest first."""
    if not query.strip():
        return
    incoming = matching(incoming_policy.scope(actor, IncomingDocument.objects.all()), query)
    for document in incoming.order_by("-received_at")[:limit]:
        yield SearchHit(
            ref=Ref("office:incoming", document.pk),
            kind="Văn bản đến",
            title=document.subject,
            url=reverse("office:incoming", args=[document.pk]),
            number=document.code,
            detail=f"{document.sender_name} · {document.get_state_display()}",
            at=document.received_at,
        )
    outgoing = matching(outgoing_policy.scope(actor, OutgoingDocument.objects.all()), query)
    for row in outgoing.order_by("-state_since")[:limit]:
        yield SearchHit(
            ref=Ref("office:outgoing", row.pk),
            kind="Văn bản đi",
            title=row.subject,
            url=reverse("office:outgoing", args=[row.pk]),
            number=row.code,
            detail=row.get_state_display(),
            at=row.issued_at or row.state_since,
        )

"""Lists, tabs and details of the office: one query for list, count and export (CORE-94), always scoped."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Prefetch, Q, QuerySet

from lienthong.contracts.actor import Actor
from lienthong.core import workflow
from lienthong.core.actions.errors import NotSeen
from lienthong.kit import clock
from lienthong.systems.office.models import IncomingDocument, Line, OutgoingDocument, RegisterLine
from lienthong.systems.office.policies import incoming_policy, outgoing_policy
from lienthong.systems.office.states import INCOMING
from lienthong.systems.office.work import incoming_waiting, matching, outgoing_waiting


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """The filters of a list as they stand in the URL."""

    tab: str = ""
    query: str = ""
    state: str = ""
    urgency: int | None = None
    unit: UUID | None = None
    type_code: str = ""
    since: date | None = None
    until: date | None = None
    late: bool = False


HISTORY_TAB = ("lich-su", "Lịch sử")


def incoming_tabs(actor: Actor) -> list[tuple[str, str]]:
    """The tabs of the incoming list that make sense for the actor's rights."""
    tabs = [("cho-toi", "Chờ tôi xử lý")]
    if actor.may("office:incoming:register"):
        tabs += [("da-den", "Chờ vào sổ"), ("da-dang-ky", "Chờ trình"), ("da-trinh", "Chờ chỉ đạo")]
    tabs += [
        ("dang-giai-quyet", "Đang giải quyết"),
        ("qua-han", "Quá hạn"),
        ("hoan-thanh", "Hoàn thành"),
        ("", "Tất cả"),
        HISTORY_TAB,
    ]
    return tabs


_INCOMING_TABS: dict[str, Q] = {
    "da-den": Q(state="arrived"),
    "da-dang-ky": Q(state="registered", copy_of__isnull=True),
    "da-trinh": Q(state__in=["submitted", "misrouted"]),
    "dang-giai-quyet": Q(state__in=["assigned", "processing"]),
    "hoan-thanh": Q(state="done"),
    "lich-su": Q(state="history"),
}


def incoming_list(actor: Actor, filters: Filters) -> QuerySet[IncomingDocument]:
    """The incoming documents that the actor may see under the filters, newest first."""
    if filters.tab == "cho-toi":
        rows = incoming_waiting(actor)
    else:
        rows = incoming_policy.scope(actor, IncomingDocument.objects.all())
        if filters.tab == "qua-han":
            rows = rows.filter(due_at__lte=clock.now())
        elif filters.tab in _INCOMING_TABS:
            rows = rows.filter(_INCOMING_TABS[filters.tab])
    rows = _common(rows, filters, "received_at")
    if filters.unit:
        rows = rows.filter(sender_unit_id=filters.unit)
    if filters.late:
        rows = rows.filter(due_at__lte=clock.now())
    return rows.order_by("-received_at", "-id")


def outgoing_tabs(actor: Actor) -> list[tuple[str, str]]:
    """The tabs of the outgoing list that make sense for the actor's rights."""
    tabs = [("cho-toi", "Chờ tôi xử lý")]
    if actor.may("office:outgoing:create"):
        tabs += [("du-thao", "Dự thảo"), ("dang-trinh", "Đang trình")]
    if actor.may("office:outgoing:issue"):
        tabs += [("cho-phat-hanh", "Chờ phát hành")]
    return [*tabs, ("da-phat-hanh", "Đã phát hành"), ("", "Tất cả"), HISTORY_TAB]


_OUTGOING_TABS: dict[str, Q] = {
    "du-thao": Q(state__in=["draft", "returned"]),
    "dang-trinh": Q(state__in=["unit_review", "format_check", "to_sign", "approved"]),
    "cho-phat-hanh": Q(state__in=["signed", "numbered", "registered", "sealed"]),
    "da-phat-hanh": Q(state__in=["issued", "filed"]),
    "lich-su": Q(state="history"),
}


def outgoing_list(actor: Actor, filters: Filters) -> QuerySet[OutgoingDocument]:
    """The outgoing documents that the actor may see under the filters, newest first."""
    if filters.tab == "cho-toi":
        rows = outgoing_waiting(actor)
    else:
        rows = outgoing_policy.scope(actor, OutgoingDocument.objects.all())
        if filters.tab in _OUTGOING_TABS:
            rows = rows.filter(_OUTGOING_TABS[filters.tab])
    rows = _common(rows, filters, "state_since")
    if filters.unit:
        rows = rows.filter(receivers__unit_id=filters.unit)
    if filters.type_code:
        rows = rows.filter(type_code=filters.type_code)
    return rows.select_related("drafter").order_by("-state_since", "-id")


def _common[M: (IncomingDocument, OutgoingDocument)](rows: QuerySet[M], filters: Filters, at: str) -> QuerySet[M]:
    if filters.query:
        rows = matching(rows, filters.query)
    elif filters.tab == "" and not filters.state:
        # History stands apart (CORE-106): found by looking for it, never among the living.
        rows = rows.exclude(state="history")
    if filters.state:
        rows = rows.filter(state=filters.state)
    if filters.urgency is not None:
        rows = rows.filter(urgency=filters.urgency)
    if filters.since:
        rows = rows.filter(**{f"{at}__gte": clock.at_local(filters.since)})
    if filters.until:
        rows = rows.filter(**{f"{at}__lt": clock.end_of_day(filters.until)})
    return rows


def incoming(actor: Actor, ident: UUID) -> IncomingDocument:
    """The only way from an id to an incoming document; raises NotSeen outside the scope."""
    row = (
        IncomingDocument.objects.select_related("submitted_to", "registered_by", "directed_by", "series", "copy_of")
        .prefetch_related("files__file", Prefetch("lines", Line.objects.select_related("position", "given_by_person")))
        .filter(pk=ident)
        .first()
    )
    if row is None or not incoming_policy.sees(actor, row):
        raise NotSeen("văn bản đến")
    return row


def incoming_offers(actor: Actor, document: IncomingDocument) -> list[workflow.Offer]:
    """What the actor may do now; of a document whose signature is invalid or altered only its return (EX-22, OF-70)."""
    offers = workflow.offers(actor, document, INCOMING)
    if document.verdict and not document.verdict.get("acceptable", True):
        return [offer for offer in offers if offer.verb != "office:incoming:register"]
    return offers


def outgoing(actor: Actor, ident: UUID) -> OutgoingDocument:
    """The only way from an id to an outgoing document; raises NotSeen outside the scope."""
    row = (
        OutgoingDocument.objects.select_related(
            "issuing_body", "drafter", "drafter_position", "signer_position", "series", "reviewer", "checker", "signer"
        )
        .prefetch_related("files__file", "receivers__unit_version", "drafts__by")
        .filter(pk=ident)
        .first()
    )
    if row is None or not outgoing_policy.sees(actor, row):
        raise NotSeen("văn bản đi")
    return row


def register_lines(actor: Actor, register_id: UUID, period: str) -> QuerySet[RegisterLine]:
    """The lines of one book in one period, in the order of their numbers, spoilt ones included (OF-39)."""
    return RegisterLine.objects.filter(agency_id=actor.agency_id, register_id=register_id, period=period).order_by(
        "series__pattern", "number"
    )


def documents_of(lines: Sequence[RegisterLine]) -> dict[UUID, IncomingDocument | OutgoingDocument]:
    """The documents behind the lines of a register page, in two queries."""
    ids = [line.document for line in lines]
    found: dict[UUID, IncomingDocument | OutgoingDocument] = dict(
        OutgoingDocument.objects.select_related("signer").prefetch_related("receivers__unit_version").in_bulk(ids)
    )
    found.update(IncomingDocument.objects.prefetch_related("lines__position").in_bulk(ids))
    return found

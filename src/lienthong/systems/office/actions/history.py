"""Old documents brought along as history: no clock, no transition, outside every live series (CORE-106)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from uuid import UUID

from lienthong.core.actions import Act, action
from lienthong.core.actions.errors import Invalid
from lienthong.kit import clock
from lienthong.systems.office.models import IncomingDocument, OutgoingDocument

BATCH = 500
NOON = time(12)


@dataclass(frozen=True, slots=True, kw_only=True)
class OldOutgoing:
    """An outgoing document as an old register wrote it."""

    code: str
    number: int
    issued_on: date
    type_code: str
    subject: str
    signer_name: str
    issuing_body_id: UUID
    unit_id: UUID
    drafter_id: UUID
    drafter_position_id: UUID
    signer_position_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class OldIncoming:
    """An incoming document as an old register wrote it."""

    code: str
    arrival_number: int
    arrival_on: date
    issued_on: date
    type_name: str
    subject: str
    sender_name: str


@action("office:document:import_history")
def import_history(
    act: Act[None], *, outgoing: Sequence[OldOutgoing] = (), incoming: Sequence[OldIncoming] = ()
) -> int:
    """Take old lines in as they were written, marked "lịch sử" for ever; the journal dates the act today."""
    agency_id = act.by.agency_id
    if agency_id is None:
        raise Invalid("Chọn vị trí văn thư của một cơ quan trước khi nhập văn bản lịch sử.")
    today = clock.local_date()
    late = [row.code for row in outgoing if row.issued_on > today] + [r.code for r in incoming if r.arrival_on > today]
    if late:
        raise Invalid(f"Có văn bản ghi ngày sau hôm nay: {', '.join(late[:5])}.", code="future_date")
    sent = [
        OutgoingDocument(
            agency_id=agency_id,
            state="history",
            created_at=_noon(row.issued_on),
            state_since=_noon(row.issued_on),
            issued_at=_noon(row.issued_on),
            issuing_body_id=row.issuing_body_id,
            type_code=row.type_code,
            subject=row.subject,
            unit_id=row.unit_id,
            drafter_id=row.drafter_id,
            drafter_position_id=row.drafter_position_id,
            signer_position_id=row.signer_position_id,
            signer_name=row.signer_name,
            number=row.number,
            code=row.code,
            issued_on=row.issued_on,
        )
        for row in outgoing
    ]
    got = [
        IncomingDocument(
            agency_id=agency_id,
            state="history",
            state_since=_noon(row.arrival_on),
            channel=IncomingDocument.Channel.PAPER,
            sender_name=row.sender_name,
            code=row.code,
            issued_on=row.issued_on,
            type_name=row.type_name,
            subject=row.subject,
            received_at=_noon(row.arrival_on),
            arrival_number=row.arrival_number,
            arrival_on=row.arrival_on,
        )
        for row in incoming
    ]
    for document in sent:
        document.normalise()
    for paper in got:
        paper.normalise()
    OutgoingDocument.objects.bulk_create(sent, batch_size=BATCH)
    IncomingDocument.objects.bulk_create(got, batch_size=BATCH)
    act.note(outgoing=len(sent), incoming=len(got))
    return len(sent) + len(got)


def _noon(day: date) -> datetime:
    """Old registers know dates, not hours."""
    return clock.at_local(day, NOON)

"""Old documents brought along as history: no clock, no transition, outside every live series (CORE-106)."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from itertools import batched
from typing import Any
from uuid import UUID

from django.db import IntegrityError

from lienthong.core.actions import Act, action
from lienthong.core.actions.errors import Conflict, Invalid
from lienthong.core.files.models import StoredFile
from lienthong.core.orgs.models import IssuingBody
from lienthong.kit import clock, vietnamese
from lienthong.systems.office.bringing import Limits, place_of
from lienthong.systems.office.models import (
    BroughtAlong,
    HistoryLine,
    IncomingDocument,
    IncomingFile,
    OutgoingDocument,
    OutgoingFile,
    Register,
    Series,
)

BATCH = 1000
NOON = time(12)
OLD_BOOK = "Sổ cũ"


@dataclass(frozen=True, slots=True, kw_only=True)
class OldOutgoing:
    """An outgoing document as an old register wrote it; who enters it stands in for drafters nobody knows any more."""

    code: str
    number: int | None
    issued_on: date
    type_code: str
    subject: str
    signer_name: str
    issuing_body_id: UUID
    unit_id: UUID
    drafter_id: UUID
    drafter_position_id: UUID
    signer_position_id: UUID
    facts: Mapping[str, Any] = field(default_factory=dict)
    scan: StoredFile | None = None
    row: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OldIncoming:
    """An incoming document as an old register wrote it; `arrival_written` is its number as written, "12a"."""

    code: str
    arrival_number: int | None
    arrival_on: date
    issued_on: date | None
    type_name: str
    subject: str
    sender_name: str
    arrival_written: str = ""
    signer: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    scan: StoredFile | None = None
    row: int | None = None

    @property
    def written(self) -> str:
        """The number as the old book wrote it."""
        return self.arrival_written or str(self.arrival_number)


@action("office:document:import_history", on=BroughtAlong)
def import_history(
    act: Act[BroughtAlong],
    *,
    outgoing: Iterable[OldOutgoing] = (),
    incoming: Iterable[OldIncoming] = (),
    source: str = OLD_BOOK,
) -> int:
    """Take old lines in as they were written, marked "lịch sử" for ever; the journal dates the act today (CORE-106).

    Whole or not at all; read in batches, so that a long book needs no memory. `target` names the checked file they come
    from. Raises Invalid for dates to come and numbers of the live series, Conflict for a line that is there already.
    """
    agency_id = act.by.agency_id
    if agency_id is None:
        raise Invalid("Chọn vị trí văn thư của một cơ quan trước khi nhập văn bản lịch sử.")
    brought: BroughtAlong | None = act.target
    if brought is not None:
        if brought.state != BroughtAlong.State.LOADING:
            raise Conflict("Lần nhập này không chờ nhập; hãy tải lại trang.", "import_state")
        source = brought.source
    book = _Book(agency_id, brought, vietnamese.border_name(source))
    try:
        sent = book.write(outgoing, Register.Kind.OUTGOING, book.outgoing)
        got = book.write(incoming, Register.Kind.INCOMING, book.incoming)
    except IntegrityError as error:
        if "history_number_once" not in str(error):
            raise
        raise Conflict(
            "Có số trong tệp đã được nhập từ cùng nguồn; chạy thử lại để xem dòng nào.", "history_twice"
        ) from error
    if brought is not None:
        brought.state = BroughtAlong.State.LOADED
        brought.loaded_at = clock.now()
        act.note(file=brought.file.sha256)
    act.note(outgoing=sent, incoming=got, source=book.source)
    return sent + got


type _Made = tuple[OutgoingDocument | IncomingDocument, HistoryLine]


class _Book:
    """Writes the lines of old books and their documents, a batch at a time."""

    def __init__(self, agency_id: UUID, brought: BroughtAlong | None, source: str) -> None:
        self.agency_id, self.brought, self.source = agency_id, brought, source
        self.limits = Limits()
        self.today = clock.local_date()
        self.series: dict[tuple[UUID | None, str], Series] = {}
        self.lines_of = dict[UUID, UUID]()

    def write[R: (OldOutgoing, OldIncoming)](
        self, rows: Iterable[R], kind: str, make: Callable[[R, Register], _Made]
    ) -> int:
        """All rows of one direction; returns how many."""
        done = 0
        register: Register | None = None
        for batch in batched(rows, BATCH):
            if register is None:
                register = self._register(kind)
            made = [make(row, register) for row in batch]
            documents = [document for document, _ in made]
            for document in documents:
                document.normalise()
            type(documents[0])._default_manager.bulk_create(documents)  # type: ignore[arg-type]
            HistoryLine.objects.bulk_create(line for _, line in made)
            self._scans(batch, documents)
            done += len(made)
        return done

    def _register(self, kind: str) -> Register:
        if self.brought is not None:
            register = self.brought.register
        else:
            found = Register.objects.filter(agency_id=self.agency_id, kind=kind, default=True).first()
            if found is None:
                raise Invalid("Cơ quan chưa mở sổ để nhập văn bản lịch sử.", code="no_register")
            register = found
        rows = Series.objects.filter(register=register)
        self.series = {(row.issuing_body_id, row.type_code): row for row in rows}
        bodies = IssuingBody.objects.filter(agency_id=self.agency_id)
        self.lines_of = {body.pk: body.line_id for body in bodies}
        return register

    def outgoing(self, row: OldOutgoing, register: Register) -> _Made:
        """An outgoing document and its line."""
        line_id = self.lines_of.get(row.issuing_body_id, row.issuing_body_id)
        series = self.series.get((line_id, row.type_code)) or self.series.get((line_id, ""))
        at = self._noon(row.issued_on, row.code)
        document = OutgoingDocument(
            agency_id=self.agency_id,
            state="history",
            created_at=at,
            state_since=at,
            issued_at=at,
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
        return document, self._line(document, register, series, row.issued_on.year, row.code, row)

    def incoming(self, row: OldIncoming, register: Register) -> _Made:
        """An incoming document and its line."""
        at = self._noon(row.arrival_on, row.written)
        document = IncomingDocument(
            agency_id=self.agency_id,
            state="history",
            state_since=at,
            channel=IncomingDocument.Channel.PAPER,
            sender_name=row.sender_name,
            code=row.code,
            issued_on=row.issued_on,
            type_name=row.type_name,
            subject=row.subject,
            signer=row.signer,
            received_at=at,
            arrival_number=row.arrival_number,
            arrival_on=row.arrival_on,
        )
        series = self.series.get((None, ""))
        return document, self._line(document, register, series, row.arrival_on.year, row.written, row)

    def _line(
        self,
        document: OutgoingDocument | IncomingDocument,
        register: Register,
        series: Series | None,
        year: int,
        number: str,
        row: OldOutgoing | OldIncoming,
    ) -> HistoryLine:
        place = place_of(number)
        most = self.limits.most(series, year)
        if most is not None and (place is None or place > most):
            raise Invalid(
                f"Số {number} năm {year} thuộc dãy số đang chạy trên hệ thống (số cuối sổ trước: {most or 'chưa có'}).",
                code="live_number",
            )
        return HistoryLine(
            agency_id=self.agency_id,
            register=register,
            series=series,
            year=year,
            number=number,
            place=place,
            source=self.source,
            document=document.pk,
            brought=self.brought,
            row=row.row,
            facts=dict(row.facts),
        )

    def _noon(self, day: date, number: str) -> datetime:
        """Old registers know dates, not hours."""
        if day > self.today:
            raise Invalid(f"Có văn bản ghi ngày sau hôm nay: {number}.", code="future_date")
        return clock.at_local(day, NOON)

    def _scans(
        self,
        rows: Iterable[OldOutgoing | OldIncoming],
        documents: Iterable[OutgoingDocument | IncomingDocument],
    ) -> None:
        sent: list[OutgoingFile] = []
        got: list[IncomingFile] = []
        for scan, document in _scanned(rows, documents):
            if isinstance(document, OutgoingDocument):
                sent.append(
                    OutgoingFile(
                        document=document,
                        role=OutgoingFile.Role.MAIN,
                        step="history",
                        name=scan.display_name,
                        file=scan,
                        created_at=clock.now(),
                    )
                )
            else:
                got.append(IncomingFile(document=document, name=scan.display_name, main=True, file=scan))
        OutgoingFile.objects.bulk_create(sent)
        IncomingFile.objects.bulk_create(got)


def _scanned(
    rows: Iterable[OldOutgoing | OldIncoming], documents: Iterable[OutgoingDocument | IncomingDocument]
) -> Iterator[tuple[StoredFile, OutgoingDocument | IncomingDocument]]:
    for row, document in zip(rows, documents, strict=True):
        if row.scan is not None:
            yield row.scan, document

"""What the office and the document axis say to each other: sending, arriving, statuses.

Systems register their ports at start-up (`ports.register`); a system that is not installed is a null port.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol
from uuid import UUID

from lienthong.contracts.actor import Actor
from lienthong.contracts.ref import Ref


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """An agency as a packet names it: code and name, with what else its header carries."""

    code: str
    name: str
    in_charge: str = ""
    address: str = ""
    email: str = ""
    telephone: str = ""
    fax: str = ""
    website: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file of a document: `file_id` names the stored version, `sha256` its bytes (lower-case hex)."""

    file_id: UUID
    name: str
    content_type: str
    sha256: str
    size: int
    main: bool = False
    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """The document that this one answers or acts on (ResponseFor)."""

    organ_code: str
    number: str
    document_id: str
    issued_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """The facts of a document that travel in the packet's header (exchange.md §3.1); dates are legal dates."""

    document_id: str
    number: str
    notation: str
    issued_on: date
    place: str
    type_code: int
    type_name: str
    subject: str
    signer_competence: str = ""
    signer_position: str = ""
    signer_name: str = ""
    due_on: date | None = None
    priority: int = 0
    steering: int | None = None
    pages: int | None = None
    copies: int | None = None
    to_places: tuple[str, ...] = ()
    answers: tuple[Answered, ...] = ()

    @property
    def code(self) -> str:
        """Số, ký hiệu as people write it: `16/UBND-VX`."""
        return f"{self.number}/{self.notation}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Staff:
    """Who handles a matter at the other end (StaffInfo)."""

    department: str = ""
    name: str = ""
    email: str = ""
    mobile: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the axis found about signatures and integrity of what arrived (EX-22, CORE-63..66).

    `level` is one of valid | valid_at_signing | copy_valid | annex_valid | indeterminate | invalid | altered |
    reference_only | unverified; `acceptable` False leaves only *Trả lại*; `needs_reason` asks one on acceptance.
    """

    level: str
    sentence: str
    acceptable: bool
    needs_reason: bool
    details: list[dict[str, object]] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A document that lies durably in the inbox of an agency's node and is handed to its Văn thư."""

    delivery_id: UUID
    agency_id: UUID
    sender: Party
    sender_unit_id: UUID | None
    letter: Letter
    business_type: int
    attachments: tuple[Attachment, ...]
    verdict: Verdict
    received_at: datetime
    addressed_as: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiverState:
    """How one receiver of a sent document stands: codes and times of exchange.md §3.5, in words."""

    delivery_id: UUID
    code: str
    name: str
    unit_id: UUID | None
    state: str
    state_label: str
    tone: str
    since: datetime
    reason: str = ""
    gap: str = ""
    receipt: bool = False
    attempts: int = 0
    next_attempt_at: datetime | None = None
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispatch:
    """An order to send: the document, its files, its receivers by unit, and under which business code."""

    source: Ref
    agency_id: UUID
    letter: Letter
    attachments: tuple[Attachment, ...]
    receiver_unit_ids: tuple[UUID, ...]
    staff: Staff = Staff()
    business_type: int = 0


class ExchangePort(Protocol):
    """What the axis offers; called in the transaction of the caller, so a rolled-back issue sends nothing."""

    def send(self, *, by: Actor, dispatch: Dispatch) -> UUID:
        """Queue one packet to all receivers; returns the message id. Raises actions.errors.Invalid with all faults."""
        ...

    def receivers(self, source: Ref) -> list[ReceiverState]:
        """The state of each receiver of a sent document, in the order of sending."""
        ...

    def tell(self, *, by: Actor, delivery_id: UUID, code: str, description: str = "", staff: Staff = Staff()) -> None:
        """Report a status (02…06) of a received document to its sender; illegal statuses raise Conflict."""
        ...

    def timeline(self, delivery_id: UUID) -> list[dict[str, object]]:
        """The statuses of one delivery, oldest first: code, label, at, by, description, flagged."""
        ...

    def reachable(self, unit_ids: Iterable[UUID]) -> set[UUID]:
        """Which of these units are connected to the axis now; the others get their documents by another way."""
        ...

    def undeliverable(self, unit_ids: Iterable[UUID]) -> dict[UUID, str]:
        """Which of these units a packet sent now could not reach, each with the reason in words."""
        ...


class IncomingPort(Protocol):
    """What a system that takes documents in (office) offers to the axis."""

    def arrived(self, *, by: Actor, arrival: Arrival) -> Ref:
        """Store a document in state "đã đến"; called in the inbox's transaction, once for each delivery."""
        ...

    def status_changed(self, *, source: Ref, receiver: ReceiverState) -> None:
        """A receiver of a sent document reported something; called in the transaction that recorded it."""
        ...

"""Document and status packets as typed values (exchange.md §3; QCVN 102:2016/BTTTT, amended by TT 01/2022/TT-BTTTT).

Every class names its XML element; `schema.py` ties the fields to the elements. Texts are as in the packet, without
white space at the ends; NFC copies for display and search are made by whoever stores them (CORE-35). What a packet
does not say is None: no value is ever invented (EX-14). `extra` holds what the profile does not know (EX-12).
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import IntEnum


class BusinessType(IntEnum):
    """BussinessDocType (2.2.1), stored by code, never by position (EX-34, F-EX-4)."""

    NEW = 0
    RECALL = 1
    UPDATE = 2
    REPLACE = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute:
    """An XML attribute that the profile does not know, kept as it came (EX-12)."""

    name: str
    value: str
    namespace: str = ""
    prefix: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Element:
    """Any XML element kept as it came: unknown ones, ones that cannot be read, and signatures (EX-12, EX-20, EX-21)."""

    name: str
    namespace: str = ""
    prefix: str = ""
    attributes: tuple[Attribute, ...] = ()
    content: "tuple[str | Element, ...]" = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Extra:
    """What stood in an element beside the profile's own fields (EX-12).

    `elements` pairs each with its index among all child elements; `leaf_attributes` holds (element, occurrence,
    attributes) of fields that are plain texts.
    """

    attributes: tuple[Attribute, ...] = ()
    elements: tuple[tuple[int, Element], ...] = ()
    leaf_attributes: tuple[tuple[str, int, tuple[Attribute, ...]], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """From (1.1), To (1.2): an agency that sends or receives. No length is enforced on telephone and the like."""

    organ_id: str
    organization_in_charge: str | None = None
    organ_name: str
    organ_add: str | None = None
    email: str | None = None
    telephone: str | None = None
    fax: str | None = None
    website: str | None = None
    extra: Extra | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """Code (1.3): số and ký hiệu apart, `16` and `UBND-VX`."""

    number: str
    notation: str
    extra: Extra | None = None

    def __str__(self) -> str:
        return f"{self.number}/{self.notation}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PromulgationInfo:
    """PromulgationInfo (1.4): place and date of issue."""

    place: str | None = None
    promulgation_date: date
    extra: Extra | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentType:
    """DocumentType (1.5). `type` is kept as received and never judged on receipt; `type_name` decides."""

    type: str
    type_detail: int | None = None
    type_name: str
    extra: Extra | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SignerInfo:
    """SignerInfo (1.8): quyền hạn such as `TL. BỘ TRƯỞNG`, chức vụ, họ tên."""

    competence: str | None = None
    position: str | None = None
    full_name: str | None = None
    extra: Extra | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Appendixes:
    """Appendixes: names of annexes."""

    appendixes: tuple[str, ...] = ()
    extra: Extra | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherInfo:
    """OtherInfo (1.11): Priority 0–4 (EX-33) and the rest of the document's particulars."""

    priority: int
    sphere_of_promulgation: str | None = None
    typer_notation: str | None = None
    promulgation_amount: int | None = None
    page_amount: int | None = None
    direction: bool | None = None
    reply_fors: str | None = None
    reference_codes: str | None = None
    appendixes: Appendixes | None = None
    extra: Extra | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseFor:
    """ResponseFor (1.12, and of a status): refers to another document; `code` is `số/kýhiệu` (EX-23)."""

    organ_id: str | None = None
    code: str | None = None
    document_id: str | None = None
    promulgation_date: date | None = None
    extra: Extra | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ToPlaces:
    """ToPlaces (1.10): free-text nơi nhận."""

    places: tuple[str, ...] = ()
    extra: Extra | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseForTask:
    """ResponseForTask: codes of the assigned tasks that this document answers."""

    task_codes: tuple[str, ...] = ()
    extra: Extra | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Agency:
    """Agency: a unit and its part in an assigned task; kept, shown, passed on."""

    organ_id: str | None = None
    organ_name: str | None = None
    department_id: str | None = None
    department_name: str | None = None
    execute_role: str | None = None
    extra: Extra | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageHeader:
    """MessageHeader (1) of a document packet (table 3.1)."""

    sender: Party
    receivers: tuple[Party, ...]
    document_id: str
    code: Code
    promulgation_info: PromulgationInfo
    document_type: DocumentType
    subject: str
    content: str | None = None
    signer_info: SignerInfo | None = None
    due_date: date | None = None
    other_info: OtherInfo
    response_for: tuple[ResponseFor, ...] = ()
    steering_type: int | None = None
    to_places: ToPlaces | None = None
    response_for_task: tuple[ResponseForTask, ...] = ()
    application_types: tuple[str, ...] = ()
    agencies: tuple[Agency, ...] = ()
    feedbacks: tuple[str, ...] = ()
    extra: Extra | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceHeader:
    """TraceHeader (2.1): one hop; `timestamp` is an aware UTC instant, its zone assumed (EX-10)."""

    organ_id: str
    timestamp: datetime
    extra: Extra | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiverChange:
    """Receiver of an update: 0 removed, 1 added by default [verify]; a proposal to confirm (2.2.3)."""

    organ_id: str
    receiver_type: int
    extra: Extra | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiverList:
    """ReceiverList (2.2.3): receivers that an update adds or removes."""

    receivers: tuple[ReceiverChange, ...] = ()
    extra: Extra | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BusinessDocumentInfo:
    """BussinessDocumentInfo (2.2.3), update only: 1 in `document_info` = metadata or damaged file resent (EX-31),
    1 in `document_receiver` = receiver list changed."""

    document_info: int | None = None
    document_receiver: int | None = None
    receiver_list: ReceiverList | None = None
    extra: Extra | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganIdList:
    """OrganIdList: the receivers for whom an old document is replaced."""

    organ_ids: tuple[str, ...] = ()
    extra: Extra | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplacementInfo:
    """ReplacementInfo: one old document and the receivers for whom the new one replaces it (2.2.8)."""

    document_id: str
    organ_ids: OrganIdList
    extra: Extra | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplacementInfoList:
    """ReplacementInfoList (2.2.8), replace only: one new document may replace many."""

    replacements: tuple[ReplacementInfo, ...] = ()
    extra: Extra | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffInfo:
    """StaffInfo (2.2.5, and of a status): who acts, with DepartmentId and StaffId as extensions."""

    department: str | None = None
    staff: str | None = None
    email: str | None = None
    mobile: str | None = None
    department_id: str | None = None
    staff_id: str | None = None
    extra: Extra | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Business:
    """Bussiness (2.2, this spelling): what the packet does with a document (EX-15)."""

    document_id: str | None = None
    type: BusinessType = BusinessType.NEW
    reason: str | None = None
    paper: int | None = None
    document_info: BusinessDocumentInfo | None = None
    replacements: ReplacementInfoList | None = None
    staff_info: StaffInfo | None = None
    extra: Extra | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceHeaderList:
    """TraceHeaderList (2). A packet of ours always writes `Bussiness`, for type 0 too (EX-20); absent means new."""

    headers: tuple[TraceHeader, ...]
    business: Business | None = Business()
    extra: Extra | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """Reference of edXMLManifest: `content_id` as written (`cid:…`), `digest` = SHA-256 of the decoded payload, hex
    (extension of EX-20)."""

    content_id: str
    content_type: str | None = None
    description: str | None = None
    attachment_name: str | None = None
    digest: str | None = None
    extra: Extra | None = None

    @property
    def key(self) -> str:
        """The id on which Reference and Attachment are joined (EX-16, V-CID-1)."""
        return content_key(self.content_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """Attachment without its payload, which is spooled apart (EX-17, EX-19). Only `name` names the file."""

    content_id: str | None
    name: str
    description: str | None = None
    content_type: str | None = None
    field_name: str | None = None
    mime_type: str | None = None
    format: str | None = None
    extra: Extra | None = None

    @property
    def key(self) -> str | None:
        """The id on which Reference and Attachment are joined (EX-16)."""
        return None if self.content_id is None else content_key(self.content_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Containers:
    """Unknown parts of the elements that only hold others: edXML, edXMLEnvelope, edXMLHeader, edXMLBody,
    edXMLManifest, AttachmentEncoded."""

    root: Extra | None = None
    envelope: Extra | None = None
    header: Extra | None = None
    body: Extra | None = None
    manifest: Extra | None = None
    attachments: Extra | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentPacket:
    """A packet that carries a document (exchange.md §3). `signature` is the header's Signature as it came."""

    header: MessageHeader
    trace: TraceHeaderList
    references: tuple[Reference, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    signature: Element | None = None
    containers: Containers = Containers()

    @property
    def business_type(self) -> BusinessType:
        """What the packet does; a packet without `Bussiness` is new (table 3.2)."""
        return BusinessType.NEW if self.trace.business is None else self.trace.business.type


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusHeader:
    """MessageHeader of a status packet (§3.5). `status_code` is the text received: unknown ones stay (EX-24)."""

    sender: Party
    response_for: ResponseFor
    staff_info: StaffInfo | None = None
    status_code: str
    description: str | None = None
    timestamp: datetime | None = None
    extra: Extra | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusPacket:
    """A packet that carries the state of a document at one receiver (§3.5); it has no To, trace or body."""

    header: StatusHeader
    signature: Element | None = None
    containers: Containers = Containers()


type Packet = DocumentPacket | StatusPacket


def content_key(content_id: str) -> str:
    """A content id without `cid:` and white space, on which the two sides are joined (EX-16, V-CID-1)."""
    text = content_id.strip()
    return text[4:].strip() if text[:4].lower() == "cid:" else text

"""Tables 3.1, 3.2, 3.3 and §3.5 of exchange.md as data: which element fills which field, in write order.

Lengths and the mandatory column are the working profile [verify]: the full text of QCVN 102 was not at hand. `Need`
says who insists on a field: everyone, only the strict profile (what we send), or nobody.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any, final

from lienthong.kit.edxml import model


class Kind(Enum):
    """How the text of a leaf is read and written (EX-10)."""

    TEXT = auto()
    INTEGER = auto()
    BOOLEAN = auto()
    DATE = auto()
    TIMESTAMP = auto()
    BUSINESS_TYPE = auto()
    PAYLOAD = auto()


class Need(Enum):
    """Who insists that a field is there."""

    NEVER = auto()
    STRICT = auto()
    ALWAYS = auto()


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """A field that is one text. `most` counts characters after NFC; `low`…`high` bounds a number, `wrong` is the letter
    of the error when it lies outside (M for a code, R for a quantity)."""

    element: str
    name: str
    label: str
    kind: Kind = Kind.TEXT
    need: Need = Need.NEVER
    many: bool = False
    most: int | None = None
    low: int = 0
    high: int | None = None
    wrong: str = "R"


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """A field that holds fields. `void` ones say nothing when empty: lenient passes over them (EX-13, F-EX-28)."""

    element: str
    name: str
    label: str
    shape: "Shape"
    need: Need = Need.NEVER
    many: bool = False
    void: bool = False


@dataclass(frozen=True, slots=True)
class Shape:
    """One class of `model`, its members in write order; `aliases` are names that lenient also reads (EX-13)."""

    of: type[Any]
    members: tuple[Leaf | Branch, ...]
    aliases: Mapping[str, str] = field(default_factory=dict)
    id: str | None = None
    by_element: dict[str, Leaf | Branch] = field(init=False)
    empty: dict[str, Any] = field(init=False)
    many: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        named = [member for member in self.members if member.name]
        object.__setattr__(self, "by_element", {member.element: member for member in self.members})
        object.__setattr__(self, "empty", {member.name: () if member.many else None for member in named})
        object.__setattr__(self, "many", tuple(member.name for member in named if member.many))


def _text(element: str, name: str, label: str, most: int | None = None, need: Need = Need.NEVER) -> Leaf:
    return Leaf(element=element, name=name, label=label, most=most, need=need)


def _texts(element: str, name: str, label: str, most: int | None = None, need: Need = Need.NEVER) -> Leaf:
    return Leaf(element=element, name=name, label=label, most=most, need=need, many=True)


def _code(element: str, name: str, label: str, high: int, need: Need = Need.NEVER) -> Leaf:
    return Leaf(element=element, name=name, label=label, kind=Kind.INTEGER, high=high, wrong="M", need=need)


def _amount(element: str, name: str, label: str) -> Leaf:
    return Leaf(element=element, name=name, label=label, kind=Kind.INTEGER, high=65_535)


def _date(element: str, name: str, label: str, need: Need = Need.NEVER) -> Leaf:
    return Leaf(element=element, name=name, label=label, kind=Kind.DATE, need=need)


_ALWAYS, _STRICT = Need.ALWAYS, Need.STRICT
_ORGAN_ID_LENGTH = 35
_DOCUMENT_ID_LENGTH = 255

PARTY = Shape(
    model.Party,
    (
        _text("OrganId", "organ_id", "Mã định danh cơ quan", _ORGAN_ID_LENGTH, _ALWAYS),
        _text("OrganizationInCharge", "organization_in_charge", "Cơ quan chủ quản", 500),
        _text("OrganName", "organ_name", "Tên cơ quan", 200, _ALWAYS),
        _text("OrganAdd", "organ_add", "Địa chỉ cơ quan", 500),
        _text("Email", "email", "Thư điện tử"),
        _text("Telephone", "telephone", "Điện thoại"),
        _text("Fax", "fax", "Fax"),
        _text("Website", "website", "Trang thông tin điện tử"),
    ),
)
CODE = Shape(
    model.Code,
    (
        _text("CodeNumber", "number", "Số văn bản", 11, _ALWAYS),
        _text("CodeNotation", "notation", "Ký hiệu văn bản", 30, _ALWAYS),
    ),
)
PROMULGATION_INFO = Shape(
    model.PromulgationInfo,
    (
        _text("Place", "place", "Nơi ban hành", 50),
        _date("PromulgationDate", "promulgation_date", "Ngày ban hành", _ALWAYS),
    ),
)
DOCUMENT_TYPE = Shape(
    model.DocumentType,
    (
        _text("Type", "type", "Mã loại văn bản", None, _STRICT),
        Leaf(element="TypeDetail", name="type_detail", label="Mã chi tiết loại văn bản", kind=Kind.INTEGER),
        _text("TypeName", "type_name", "Tên loại văn bản", 100, _ALWAYS),
    ),
)
SIGNER_INFO = Shape(
    model.SignerInfo,
    (
        _text("Competence", "competence", "Quyền hạn của người ký", 100),
        _text("Position", "position", "Chức vụ của người ký", 100),
        _text("FullName", "full_name", "Họ tên người ký", 255),
    ),
)
APPENDIXES = Shape(model.Appendixes, (_texts("Appendix", "appendixes", "Phụ lục"),))
OTHER_INFO = Shape(
    model.OtherInfo,
    (
        _code("Priority", "priority", "Mức độ khẩn", 4, _ALWAYS),
        _text("SphereOfPromulgation", "sphere_of_promulgation", "Phạm vi lưu hành", 100),
        _text("TyperNotation", "typer_notation", "Ký hiệu người soạn thảo", 10),
        _amount("PromulgationAmount", "promulgation_amount", "Số lượng bản phát hành"),
        _amount("PageAmount", "page_amount", "Số trang"),
        Leaf(element="Direction", name="direction", label="Văn bản chỉ đạo", kind=Kind.BOOLEAN),
        _text("ReplyFors", "reply_fors", "Trả lời các văn bản"),
        _text("ReferenceCodes", "reference_codes", "Mã tham chiếu"),
        Branch(element="Appendixes", name="appendixes", label="Danh sách phụ lục", shape=APPENDIXES),
    ),
)
RESPONSE_FOR = Shape(
    model.ResponseFor,
    (
        _text("OrganId", "organ_id", "Mã định danh cơ quan ban hành văn bản liên quan", _ORGAN_ID_LENGTH, _STRICT),
        _text("Code", "code", "Số, ký hiệu văn bản liên quan", 41, _STRICT),
        _text("DocumentId", "document_id", "Mã văn bản liên quan", _DOCUMENT_ID_LENGTH, _STRICT),
        _date("PromulgationDate", "promulgation_date", "Ngày ban hành văn bản liên quan"),
    ),
)
STATUS_RESPONSE_FOR = Shape(
    model.ResponseFor,
    (
        _text("OrganId", "organ_id", "Mã định danh cơ quan gửi văn bản", _ORGAN_ID_LENGTH, _ALWAYS),
        _text("Code", "code", "Số, ký hiệu văn bản", 41, _ALWAYS),
        _date("PromulgationDate", "promulgation_date", "Ngày ban hành văn bản"),
        _text("DocumentId", "document_id", "Mã văn bản", _DOCUMENT_ID_LENGTH, _ALWAYS),
    ),
)
MESSAGE_HEADER = Shape(
    model.MessageHeader,
    (
        Branch(element="From", name="sender", label="Bên gửi", shape=PARTY, need=_ALWAYS),
        Branch(element="To", name="receivers", label="Bên nhận", shape=PARTY, need=_ALWAYS, many=True),
        _text("DocumentId", "document_id", "Mã văn bản", _DOCUMENT_ID_LENGTH, _ALWAYS),
        Branch(element="Code", name="code", label="Số, ký hiệu", shape=CODE, need=_ALWAYS),
        Branch(
            element="PromulgationInfo",
            name="promulgation_info",
            label="Thông tin ban hành",
            shape=PROMULGATION_INFO,
            need=_ALWAYS,
        ),
        Branch(element="DocumentType", name="document_type", label="Loại văn bản", shape=DOCUMENT_TYPE, need=_ALWAYS),
        _text("Subject", "subject", "Trích yếu", 500, _ALWAYS),
        _text("Content", "content", "Nội dung", 500),
        Branch(element="SignerInfo", name="signer_info", label="Người ký", shape=SIGNER_INFO),
        _date("DueDate", "due_date", "Hạn trả lời"),
        Branch(element="OtherInfo", name="other_info", label="Thông tin khác", shape=OTHER_INFO, need=_ALWAYS),
        Branch(
            element="ResponseFor",
            name="response_for",
            label="Văn bản liên quan",
            shape=RESPONSE_FOR,
            many=True,
            void=True,
        ),
        _code("SteeringType", "steering_type", "Loại chỉ đạo", 2),
        Branch(
            element="ToPlaces",
            name="to_places",
            label="Nơi nhận",
            shape=Shape(model.ToPlaces, (_texts("Place", "places", "Nơi nhận", 150),)),
        ),
        Branch(
            element="ResponseForTask",
            name="response_for_task",
            label="Nhiệm vụ được trả lời",
            shape=Shape(model.ResponseForTask, (_texts("TaskCode", "task_codes", "Mã nhiệm vụ", None, _STRICT),)),
            many=True,
        ),
        _texts("ApplicationType", "application_types", "Loại ứng dụng"),
        Branch(
            element="Agency",
            name="agencies",
            label="Đơn vị thực hiện",
            shape=Shape(
                model.Agency,
                (
                    _text("OrganId", "organ_id", "Mã định danh cơ quan", _ORGAN_ID_LENGTH),
                    _text("OrganName", "organ_name", "Tên cơ quan", 200),
                    _text("DepartmentId", "department_id", "Mã đơn vị"),
                    _text("DepartmentName", "department_name", "Tên đơn vị"),
                    _text("ExecuteRole", "execute_role", "Vai trò thực hiện"),
                ),
            ),
            many=True,
        ),
        _texts("Feedback", "feedbacks", "Ý kiến phản hồi"),
    ),
    id="mh",
)
RECEIVER_LIST = Shape(
    model.ReceiverList,
    (
        Branch(
            element="Receiver",
            name="receivers",
            label="Bên nhận thay đổi",
            shape=Shape(
                model.ReceiverChange,
                (
                    _text("OrganId", "organ_id", "Mã định danh bên nhận", _ORGAN_ID_LENGTH, _ALWAYS),
                    _code("ReceiverType", "receiver_type", "Thêm hay bớt bên nhận", 1, _ALWAYS),
                ),
            ),
            many=True,
        ),
    ),
)
DOCUMENT_INFO = Shape(
    model.BusinessDocumentInfo,
    (
        _code("DocumentInfo", "document_info", "Thay đổi thông tin văn bản", 1),
        _code("DocumentReceiver", "document_receiver", "Thay đổi bên nhận", 1),
        Branch(element="ReceiverList", name="receiver_list", label="Danh sách bên nhận", shape=RECEIVER_LIST),
    ),
)
REPLACEMENTS = Shape(
    model.ReplacementInfoList,
    (
        Branch(
            element="ReplacementInfo",
            name="replacements",
            label="Văn bản bị thay thế",
            shape=Shape(
                model.ReplacementInfo,
                (
                    _text("DocumentId", "document_id", "Mã văn bản bị thay thế", _DOCUMENT_ID_LENGTH, _ALWAYS),
                    Branch(
                        element="OrganIdList",
                        name="organ_ids",
                        label="Bên nhận của văn bản bị thay thế",
                        shape=Shape(
                            model.OrganIdList,
                            (_texts("OrganId", "organ_ids", "Mã định danh bên nhận", _ORGAN_ID_LENGTH, _ALWAYS),),
                        ),
                        need=_ALWAYS,
                    ),
                ),
            ),
            need=_ALWAYS,
            many=True,
        ),
    ),
)
STAFF_INFO = Shape(
    model.StaffInfo,
    (
        _text("Department", "department", "Đơn vị xử lý"),
        _text("Staff", "staff", "Người xử lý"),
        _text("Email", "email", "Thư điện tử"),
        _text("Mobile", "mobile", "Điện thoại di động"),
        _text("DepartmentId", "department_id", "Mã đơn vị xử lý"),
        _text("StaffId", "staff_id", "Mã người xử lý"),
    ),
)
STATUS_STAFF_INFO = Shape(
    model.StaffInfo,
    tuple(STAFF_INFO.members[i] for i in (0, 1, 3, 2, 4, 5)),
)
BUSINESS = Shape(
    model.Business,
    (
        _text("DocumentId", "document_id", "Mã văn bản được cập nhật", _DOCUMENT_ID_LENGTH),
        Leaf(
            element="BussinessDocType",
            name="type",
            label="Loại nghiệp vụ",
            kind=Kind.BUSINESS_TYPE,
            need=_ALWAYS,
            high=3,
            wrong="M",
        ),
        _text("BussinessDocReason", "reason", "Lý do", 500),
        _code("Paper", "paper", "Gửi kèm bản giấy", 1),
        Branch(element="BussinessDocumentInfo", name="document_info", label="Nội dung cập nhật", shape=DOCUMENT_INFO),
        Branch(
            element="ReplacementInfoList",
            name="replacements",
            label="Danh sách văn bản bị thay thế",
            shape=REPLACEMENTS,
        ),
        Branch(element="StaffInfo", name="staff_info", label="Người xử lý", shape=STAFF_INFO),
    ),
    aliases={"BusinessCode": "BussinessDocType"},
    id="biz",
)
TRACE_HEADER_LIST = Shape(
    model.TraceHeaderList,
    (
        Branch(
            element="TraceHeader",
            name="headers",
            label="Vết chuyển tiếp",
            shape=Shape(
                model.TraceHeader,
                (
                    _text("OrganId", "organ_id", "Mã định danh nơi chuyển tiếp", _ORGAN_ID_LENGTH, _ALWAYS),
                    Leaf(
                        element="Timestamp",
                        name="timestamp",
                        label="Thời điểm chuyển tiếp",
                        kind=Kind.TIMESTAMP,
                        need=_ALWAYS,
                    ),
                ),
            ),
            need=_ALWAYS,
            many=True,
        ),
        Branch(element="Bussiness", name="business", label="Thông tin nghiệp vụ", shape=BUSINESS),
    ),
    aliases={"Business": "Bussiness"},
)
REFERENCE = Shape(
    model.Reference,
    (
        _text("ContentId", "content_id", "Mã tham chiếu tệp", None, _ALWAYS),
        _text("ContentType", "content_type", "Kiểu nội dung", None, _STRICT),
        _text("Description", "description", "Mô tả tệp"),
        _text("AttachmentName", "attachment_name", "Tên tệp", 500, _STRICT),
        _text("Digest", "digest", "Giá trị băm của tệp", 64),
    ),
)
ATTACHMENT = Shape(
    model.Attachment,
    (
        _text("ContentId", "content_id", "Mã tệp đính kèm", None, _STRICT),
        _text("AttachmentName", "name", "Tên tệp đính kèm", 500, _ALWAYS),
        _text("Description", "description", "Mô tả tệp đính kèm"),
        _text("ContentType", "content_type", "Kiểu nội dung", None, _STRICT),
        Leaf(
            element="ContentTransferEncoded",
            name="",
            label="Nội dung tệp đính kèm",
            kind=Kind.PAYLOAD,
        ),
        _text("FieldName", "field_name", "Tên trường"),
        _text("MimeType", "mime_type", "Kiểu MIME"),
        _text("Format", "format", "Định dạng"),
    ),
    aliases={"FileName": "AttachmentName", "FileType": "ContentType", "Content": "ContentTransferEncoded"},
)
STATUS_HEADER = Shape(
    model.StatusHeader,
    (
        Branch(element="From", name="sender", label="Bên gửi trạng thái", shape=PARTY, need=_ALWAYS),
        Branch(
            element="ResponseFor",
            name="response_for",
            label="Văn bản được báo trạng thái",
            shape=STATUS_RESPONSE_FOR,
            need=_ALWAYS,
        ),
        Branch(element="StaffInfo", name="staff_info", label="Người xử lý", shape=STATUS_STAFF_INFO),
        _text("StatusCode", "status_code", "Mã trạng thái", 2, _ALWAYS),
        _text("Description", "description", "Nội dung trạng thái"),
        Leaf(element="Timestamp", name="timestamp", label="Thời điểm trạng thái", kind=Kind.TIMESTAMP, need=_STRICT),
    ),
    id="mh",
)

LEGACY_NAMES = {
    element: alias for shape in (BUSINESS, TRACE_HEADER_LIST, ATTACHMENT) for alias, element in shape.aliases.items()
}
"""Element → the older name under which the lenient profile also reads it (EX-13)."""

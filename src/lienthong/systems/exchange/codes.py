"""Error codes as data: ours (RFC 9457), and the numbers of provincial platforms, mapped both ways (EX-36..38)."""

from dataclasses import dataclass
from enum import StrEnum

from lienthong.core.actions.errors import ActionError


class Class(StrEnum):
    """Whether trying again can help (EX-45): permanent errors go to the dead letters at once."""

    TRANSIENT = "transient"
    PERMANENT = "permanent"


@dataclass(frozen=True, slots=True)
class Problem:
    """A refusal of the axis: machine code, HTTP status, Vietnamese title, the number that legacy platforms know."""

    code: str
    status: int
    title: str
    number: str
    kind: Class = Class.PERMANENT


@dataclass(frozen=True, slots=True)
class Transport:
    """A numeric code of a provincial platform (EX-37) and the problem that it means for us; "" where it is success."""

    number: str
    meaning: str
    kind: Class | None
    problem: str


PROBLEMS: tuple[Problem, ...] = (
    Problem("malformed", 422, "Gói tin không đúng quy chuẩn", "22"),
    Problem("unreadable", 400, "Tệp gửi lên không đọc được thành gói tin", "10"),
    Problem("attachment_invalid", 422, "Tệp đính kèm trong gói tin không dùng được", "21"),
    Problem("structure", 422, "Cấu trúc hoặc không gian tên của gói tin không đúng", "1"),
    Problem("not_party", 403, "Bên gửi ghi trong gói tin không phải hệ thống đang kết nối", "19"),
    Problem("unknown_sender", 403, "Bên gửi chưa đăng ký trên trục", "19"),
    Problem("not_authenticated", 401, "Hệ thống kết nối chưa xác thực được", "15"),
    Problem("peer_locked", 403, "Kết nối của hệ thống đang bị khóa", "23"),
    Problem("unknown_receiver", 422, "Bên nhận không có trong danh bạ", "18"),
    Problem("receiver_dissolved", 422, "Bên nhận đã giải thể và hết thời gian chuyển tiếp", "18"),
    Problem("not_connected", 422, "Bên nhận chưa kết nối với trục", "18"),
    Problem("receiver_locked", 422, "Kết nối của bên nhận đang bị khóa", "23"),
    Problem("duplicate_receiver", 422, "Một bên nhận được ghi nhiều lần", "22"),
    Problem("duplicate_document", 409, "Văn bản này đã được gửi với nội dung khác", "22"),
    Problem("conflict_same_id", 409, "Mã giao dịch đã dùng cho một gói tin khác", "22"),
    Problem("unknown_document", 422, "Không tìm thấy văn bản mà trạng thái nói tới", "22"),
    Problem("illegal_status", 409, "Trạng thái không hợp lệ", "22"),
    Problem("too_large", 413, "Gói tin hoặc tệp đính kèm quá lớn", "10"),
    Problem("secret_refused", 422, "Tài liệu bí mật nhà nước không được gửi trên trục này", "22"),
    Problem("held", 202, "Gói tin được giữ lại chờ kiểm tra", "20", Class.TRANSIENT),
    Problem("clock_skew", 422, "Đồng hồ của hai hệ thống lệch nhau quá mức cho phép", "15", Class.TRANSIENT),
    Problem("signature_invalid", 422, "Chữ ký số của gói tin không hợp lệ", "22"),
    Problem("recalled", 409, "Văn bản đã được thu hồi", "22"),
    Problem("main_file_changed", 409, "Tệp chính của văn bản đã đổi; cần thay thế hoặc đính chính", "22"),
    Problem("loop", 422, "Gói tin đã đi qua hệ thống này", "22"),
    Problem("rate_limited", 429, "Gửi quá nhiều trong thời gian ngắn", "20", Class.TRANSIENT),
    Problem("unavailable", 503, "Hệ thống nhận tạm thời chưa xử lý được", "20", Class.TRANSIENT),
)
BY_CODE = {problem.code: problem for problem in PROBLEMS}

TRANSPORT: tuple[Transport, ...] = (
    Transport("0", "thành công", None, ""),
    Transport("1", "sai cấu trúc", Class.PERMANENT, "structure"),
    Transport("10", "file không hợp lệ", Class.PERMANENT, "unreadable"),
    Transport("15", "sai SystemId hoặc SecretKey", Class.PERMANENT, "not_authenticated"),
    Transport("18", "đơn vị nhận không tồn tại", Class.PERMANENT, "unknown_receiver"),
    Transport("19", "đơn vị gửi chưa đăng ký", Class.PERMANENT, "unknown_sender"),
    Transport("20", "lỗi hệ thống phía trục", Class.TRANSIENT, "unavailable"),
    Transport("21", "lỗi xử lý file", Class.PERMANENT, "attachment_invalid"),
    Transport("22", "edXML không đúng chuẩn", Class.PERMANENT, "malformed"),
    Transport("23", "đơn vị nhận đã khóa", Class.PERMANENT, "receiver_locked"),
    Transport("40", "sai không gian tên", Class.PERMANENT, "structure"),
)
BY_NUMBER = {row.number: row for row in TRANSPORT}


def problem_of_number(number: str) -> Problem:
    """What a platform's number means for us; an unknown number is the axis's own trouble and tried again (F-EX-22)."""
    row = BY_NUMBER.get(number)
    return BY_CODE[row.problem if row and row.problem else "unavailable"]


class Refused(ActionError):
    """The axis does not take a packet, or one copy of it; `errors` are the breaches of EX-36, each a JSON object."""

    def __init__(self, code: str, detail: str = "", errors: list[dict[str, object]] | None = None) -> None:
        self.problem = BY_CODE[code]
        self.detail = detail or self.problem.title
        self.errors = errors or []
        super().__init__(self.detail)
        self.status, self.code = self.problem.status, self.problem.code

    @property
    def permanent(self) -> bool:
        """Whether the sender must not try again with the same packet."""
        return self.problem.kind is Class.PERMANENT

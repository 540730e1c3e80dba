"""Why an action did not happen; each error knows its HTTP status, its machine code and its Vietnamese sentence."""

from typing import Any


class ActionError(Exception):
    """The base of all refusals; nothing was changed."""

    status = 400
    code = "refused"

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class Invalid(ActionError):
    """Input that cannot be accepted; `fields` maps the name of a field to what is wrong and how to mend it."""

    status = 422
    code = "invalid"

    def __init__(self, message: str, fields: dict[str, str] | None = None, code: str = "invalid") -> None:
        super().__init__(message)
        self.fields = fields or {}
        self.code = code


class NotSeen(ActionError):
    """The object lies outside the actor's scope, or does not exist: the answer is the same (CORE-83)."""

    status = 404
    code = "not_found"

    def __init__(self, what: object = "") -> None:
        super().__init__(f"Không tìm thấy {what or 'nội dung này'}, hoặc nội dung không thuộc phạm vi của bạn.")


class Forbidden(ActionError):
    """The actor sees the object but holds no right to this act."""

    status = 403
    code = "forbidden"

    def __init__(self, what: str) -> None:
        super().__init__(
            f"Vị trí bạn đang làm việc không có quyền “{what}”. "
            "Hãy chuyển vị trí, hoặc liên hệ quản trị của cơ quan để được cấp quyền."
        )


class Conflict(ActionError):
    """The act does not fit what is so now."""

    status = 409
    code = "conflict"

    def __init__(self, message: str, code: str = "conflict") -> None:
        super().__init__(message)
        self.code = code


class IllegalMove(Conflict):
    """The state machine knows no such transition from the present state (CORE-89)."""

    def __init__(self, obj: Any, verb: str) -> None:
        state = obj.get_state_display() if hasattr(obj, "get_state_display") else obj.state
        super().__init__(
            f"Không làm được việc này khi {obj._meta.verbose_name} đang ở trạng thái “{state}”. "
            "Có thể người khác vừa xử lý; hãy tải lại trang để xem trạng thái mới.",
            "illegal_move",
        )
        self.verb = verb


class StaleObject(Conflict):
    """The page showed an older version of the object."""

    status = 409

    def __init__(self, obj: Any) -> None:
        super().__init__(
            f"Trang bạn đang mở không còn mới: {obj._meta.verbose_name} đã được thay đổi sau khi bạn mở trang. "
            "Nội dung bạn nhập vẫn được giữ; hãy tải lại trang, xem thay đổi rồi làm lại.",
            "stale",
        )


class MissingReason(Invalid):
    """The act needs a reason long enough to be one (OF-7: a reason of dots is none, F-OF-5)."""

    def __init__(self, minimum: int) -> None:
        super().__init__(
            f"Cần ghi lý do bằng lời, từ {minimum} ký tự trở lên.",
            {"reason": f"Ghi rõ lý do bằng lời, ít nhất {minimum} ký tự; dấu chấm và khoảng trắng không phải lý do."},
            "reason",
        )

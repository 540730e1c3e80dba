"""Why a file was not taken; each message can be shown and says what to do."""

from uuid import UUID

from lienthong.core.actions.errors import ActionError, Conflict, Invalid


class FileRefused(Invalid):
    """The file is not what it says, cannot be read, or is too large (CORE-52, CORE-56)."""

    def __init__(self, message: str, code: str = "file_refused") -> None:
        super().__init__(message, {"file": message}, code)


class NoSpace(ActionError):
    """The disk is full: nothing was kept of the file."""

    status = 507
    code = "no_space"

    def __init__(self) -> None:
        super().__init__(
            "Máy chủ đã hết chỗ lưu tệp nên tệp chưa được nhận. Hãy báo quản trị hệ thống rồi tải lên lại; "
            "những gì bạn đã nhập vẫn còn."
        )


class SecretMark(Conflict):
    """Page 1 bears a mark of state secrecy: the file waits in quarantine, outside every list (CORE-58)."""

    def __init__(self, quarantine_id: UUID) -> None:
        super().__init__(
            "Trang đầu của tệp có dấu độ mật. Hệ thống này nối mạng nên không được chứa tài liệu bí mật nhà nước "
            "(Luật Bảo vệ bí mật nhà nước, Điều 5; Nghị định 30/2020/NĐ-CP). "
            "Tài liệu mật: đăng ký tại sổ giấy của Văn thư. Tệp đang bị giữ riêng; xác nhận để xóa và báo cáo.",
            "secret_mark",
        )
        self.quarantine_id = quarantine_id

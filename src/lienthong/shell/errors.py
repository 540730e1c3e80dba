"""Pages of refusal: what happened, why, what next (CORE-92); never a bare code, and no database behind them.

`handler400` … `handler500` go to the URL map; `problem_page` serves the other statuses (409, 413, 429, 503) and the
fragments of htmx; `csrf_failure` is CSRF_FAILURE_VIEW.
"""

from dataclasses import dataclass, replace

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string


@dataclass(frozen=True, slots=True)
class Problem:
    """The words of a refusal."""

    title: str
    what: str
    why: str
    after: str


PROBLEMS: dict[int, Problem] = {
    400: Problem(
        "Yêu cầu chưa hợp lệ",
        "Hệ thống không đọc được yêu cầu vừa gửi, nên chưa làm gì cả.",
        "Địa chỉ hoặc dữ liệu gửi lên bị thiếu, bị sửa hoặc không đúng khuôn dạng.",
        "Quay lại trang trước và làm lại từ đầu. Nếu vẫn gặp, báo cho quản trị của cơ quan kèm mã tra cứu bên dưới.",
    ),
    403: Problem(
        "Vị trí này không có quyền",
        "Vị trí bạn đang làm việc không được mở trang này hoặc làm việc này.",
        "Quyền gắn với vị trí công tác; có thể bạn đang làm việc với tư cách khác, hoặc quyền chưa được cấp.",
        "Chuyển sang vị trí khác ở góc trên bên phải, hoặc đề nghị quản trị của cơ quan cấp quyền.",
    ),
    404: Problem(
        "Không tìm thấy trang",
        "Địa chỉ này không có nội dung, hoặc nội dung nằm ngoài phạm vi của bạn.",
        "Đường dẫn có thể gõ sai, đã cũ, hoặc dẫn tới hồ sơ mà vị trí của bạn không được xem.",
        "Kiểm tra lại đường dẫn, tìm theo số ký hiệu hoặc trích yếu, hoặc hỏi người đã gửi đường dẫn cho bạn.",
    ),
    409: Problem(
        "Việc này không còn làm được",
        "Chưa có gì thay đổi: trạng thái hiện nay không cho phép việc bạn vừa chọn.",
        "Có thể người khác vừa xử lý, hoặc trang bạn mở đã cũ.",
        "Tải lại trang để xem trạng thái mới rồi làm tiếp. Nội dung đã nhập vẫn được giữ trên máy này.",
    ),
    413: Problem(
        "Tệp quá lớn",
        "Tệp vừa gửi vượt quá dung lượng cho phép, nên chưa được nhận.",
        "Mỗi cơ quan đặt giới hạn dung lượng cho một tệp và cho một lần gửi.",
        "Giảm dung lượng hoặc chia thành nhiều tệp, rồi gửi lại.",
    ),
    429: Problem(
        "Gửi quá nhiều lần",
        "Hệ thống tạm dừng nhận yêu cầu từ tài khoản hoặc địa chỉ này.",
        "Số yêu cầu trong một khoảng thời gian ngắn đã vượt giới hạn.",
        "Chờ ít phút rồi làm lại; những việc đã làm trước đó vẫn được giữ.",
    ),
    500: Problem(
        "Hệ thống gặp lỗi",
        "Việc vừa yêu cầu chưa hoàn thành và chưa có gì được ghi lại.",
        "Một lỗi phía máy chủ, không phải do thao tác của bạn. Lỗi đã được ghi lại cho bộ phận kỹ thuật.",
        "Thử lại sau ít phút. Nếu vẫn gặp, báo cho quản trị của cơ quan kèm mã tra cứu bên dưới.",
    ),
    503: Problem(
        "Hệ thống đang tạm nghỉ",
        "Hệ thống đang bảo trì hoặc chưa kết nối được cơ sở dữ liệu.",
        "Trong lúc này hệ thống không nhận thêm việc mới để giữ nguyên dữ liệu đã có.",
        "Thử lại sau ít phút. Nội dung đang viết dở vẫn được giữ trên máy này.",
    ),
}


def problem_page(
    request: HttpRequest,
    status: int,
    *,
    what: str = "",
    why: str = "",
    after: str = "",
    retry_after: int | None = None,
    back_url: str = "",
) -> HttpResponse:
    """The page of a refusal; an htmx request gets the same words as a notice; `retry_after` in seconds.

    The words that are given replace the general ones of that status.
    """
    problem = PROBLEMS.get(status, PROBLEMS[500])
    problem = replace(
        problem, what=what or problem.what, why=why or problem.why if not what else why, after=after or problem.after
    )
    parts = {
        "problem": problem,
        "status": status,
        "trace": getattr(request, "request_id", "") or request.headers.get("X-Request-Id", "")[:64],
        "back_url": back_url,
        "theme": request.COOKIES.get("lt_theme", ""),
    }
    name = "shell/errors/fragment.html" if request.headers.get("HX-Request") == "true" else "shell/errors/page.html"
    response = HttpResponse(render_to_string(name, parts), status=status)
    if retry_after is not None:
        response["Retry-After"] = str(retry_after)
    response["Cache-Control"] = "no-store"
    return response


def handler400(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """A request that could not be read; what was wrong stays in the log. A form above the limit says so (413)."""
    if isinstance(exception, RequestDataTooBig):
        return problem_page(request, 413, what="Nội dung vừa gửi quá lớn nên chưa được nhận; chưa có gì được ghi.")
    return problem_page(request, 400)


def handler403(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """A lacking right: the refusal's own sentence when it has one."""
    message = getattr(exception, "message", "")
    return problem_page(request, 403, what=message if isinstance(message, str) else "")


def handler404(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001
    """Nothing there, or outside one's scope: the answer is the same (CORE-83)."""
    return problem_page(request, 404)


def handler500(request: HttpRequest) -> HttpResponse:
    """An error of ours; the page needs neither database nor session."""
    return problem_page(request, 500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001
    """A form sent without its token: mostly a page left open past the end of its session."""
    return problem_page(
        request,
        403,
        what="Biểu mẫu vừa gửi chưa được nhận.",
        why="Trang đã mở quá lâu hoặc phiên làm việc đã kết thúc, nên mã bảo vệ của biểu mẫu không còn hiệu lực.",
        after="Tải lại trang, đăng nhập lại nếu được hỏi, rồi gửi lại. Nội dung đã nhập được giữ trên máy này.",
    )

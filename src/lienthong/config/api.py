"""The API: one OpenAPI document over the routers of all systems, problems by RFC 9457 (CORE-90)."""

from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.db import Error as DatabaseError
from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from ninja.openapi.schema import OpenAPISchema

from lienthong.config import machines
from lienthong.config.systems import SYSTEMS
from lienthong.core.actions.errors import ActionError, Invalid
from lienthong.core.clients.limits import TooMany
from lienthong.core.clients.proving import NotProven
from lienthong.shell.api import router as account

PROBLEMS = {
    401: "Chưa đăng nhập, hoặc phiên làm việc đã kết thúc.",
    403: "Vị trí đang làm việc không có quyền này.",
    404: "Không có nội dung này, hoặc nội dung nằm ngoài phạm vi của người gọi.",
    409: "Trạng thái hiện nay không cho phép việc này; chưa có gì được ghi.",
    422: "Dữ liệu gửi lên chưa đúng; mọi lỗi được nêu cùng lúc trong `fields`.",
    429: "Gọi quá nhiều lần; đầu mục Retry-After cho biết sau bao nhiêu giây gọi lại.",
}


class Api(NinjaAPI):
    """The API whose document also names the problems that its handlers below answer with (CORE-90)."""

    def get_openapi_schema(self, *args: Any, **kwargs: Any) -> OpenAPISchema:
        """The document, with the problems of each operation that says none itself."""
        schema = super().get_openapi_schema(*args, **kwargs)
        for path in schema["paths"].values():
            for operation in path.values():
                for status, words in PROBLEMS.items():
                    operation["responses"].setdefault(status, {"description": words, "content": _PROBLEM})
        return schema


_PROBLEM = {
    "application/problem+json": {
        "schema": {
            "type": "object",
            "required": ["type", "status", "code", "title"],
            "properties": {
                "type": {"type": "string"},
                "status": {"type": "integer"},
                "code": {"type": "string"},
                "title": {"type": "string"},
                "fields": {"type": "object", "additionalProperties": {"type": "string"}},
            },
        }
    }
}

api = Api(
    title="Liên Thông",
    version="1",
    description="API của Liên Thông. Thời điểm theo ISO 8601 có múi giờ; lỗi theo RFC 9457.",
    urls_namespace="api",
    # ninja's viewer loads its scripts from a public CDN, which a closed network and our CSP refuse.
    docs_url=None,
    auth=[machines.SignedIn(), machines.ByToken(), machines.BySignature()],
)


def problem(request: HttpRequest, status: int, code: str, title: str, **more: Any) -> HttpResponse:
    """A problem document: Vietnamese `title`, machine `code`, all field errors at once."""
    body = {"type": "about:blank", "status": status, "code": code, "title": title, **more}
    response = api.create_response(request, body, status=status)
    response["Content-Type"] = "application/problem+json"
    return response


@api.exception_handler(ActionError)
def refused(request: HttpRequest, error: ActionError) -> HttpResponse:
    """The refusals of actions keep their status, code and fields."""
    fields = error.fields if isinstance(error, Invalid) else {}
    return problem(request, error.status, error.code, error.message, **({"fields": fields} if fields else {}))


@api.exception_handler(ValidationError)
def malformed(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """Input that does not fit the schema: every fault with its place."""
    fields = {".".join(str(part) for part in fault["loc"][1:]): fault["msg"] for fault in error.errors}
    return problem(request, 422, "malformed", "Dữ liệu gửi lên chưa đúng khuôn dạng.", fields=fields)


@api.exception_handler(NotProven)
def not_proven(request: HttpRequest, error: NotProven) -> HttpResponse:
    """A machine whose proof does not hold (CORE-85)."""
    answer = problem(request, 401, "not_authenticated", str(error))
    answer["WWW-Authenticate"] = 'Bearer realm="lienthong"'
    return answer


@api.exception_handler(TooMany)
def too_many(request: HttpRequest, error: TooMany) -> HttpResponse:
    """A machine that calls too often: when to come back (CORE-90, CORE-98)."""
    answer = problem(request, 429, "too_many_requests", str(error))
    answer["Retry-After"] = str(error.seconds)
    return answer


@api.exception_handler(RequestDataTooBig)
def too_big(request: HttpRequest, error: RequestDataTooBig) -> HttpResponse:  # noqa: ARG001
    """A body above the limit of one request; files go by the upload of parts."""
    return problem(request, 413, "too_large", "Nội dung gửi lên quá lớn nên chưa được nhận; chưa có gì được ghi.")


@api.exception_handler(HttpError)
def http_error(request: HttpRequest, error: HttpError) -> HttpResponse:
    """Errors of the framework in the same form."""
    return problem(request, error.status_code, "http_error", str(error))


@api.exception_handler(DatabaseError)
def database_error(request: HttpRequest, error: DatabaseError) -> HttpResponse:
    """A guard of the database refused, or it is away: nothing was written, and no inner words leave the house."""
    illegal = getattr(getattr(error, "__cause__", None), "sqlstate", "") == "LT409"
    if illegal:
        return problem(request, 409, "illegal_move", "Trạng thái hiện nay không cho phép việc này.")
    return problem(request, 503, "database", "Cơ sở dữ liệu đang bận hoặc chưa sẵn sàng; chưa có gì được ghi.")


def mount() -> None:
    """Add the router of every system that has one under its code, and that of one's own account."""
    api.add_router("/me/", account)
    api.add_router("/oauth/", machines.router)
    for app in SYSTEMS:
        package = app.removesuffix(f".apps.{app.rpartition('.')[2]}")
        name = f"{package}.api"
        if find_spec(name) is not None:
            api.add_router(f"/{package.rpartition('.')[2]}/", import_module(name).router)


mount()

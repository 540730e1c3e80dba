"""The API for machine clients: bearer and signed calls beside the session, the token endpoint, 429 (CORE-85, CORE-98).

Order: session → bearer → signed. A request with a session is a person's, whatever else it carries.
"""

import base64
import binascii
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from ninja import Form, Router, Schema
from ninja.security import HttpBearer, SessionAuth
from ninja.security.base import AuthBase

from lienthong.contracts.actor import Actor
from lienthong.core import fence
from lienthong.core.clients import keys, proving
from lienthong.core.clients.models import ClientKey
from lienthong.core.clients.proving import Call, NotProven


class SignedIn(SessionAuth):
    """A signed-in person acting in a position; writes also need the CSRF token."""

    def __call__(self, request: HttpRequest) -> Any:
        """A machine has no session, so nothing can be forged in it and no CSRF token is asked for."""
        if getattr(request, "actor", None) is None and _is_machine(request):
            return None
        return super().__call__(request)

    def authenticate(self, request: HttpRequest, key: str | None) -> Any:  # noqa: ARG002
        return getattr(request, "actor", None)


class ByToken(HttpBearer):
    """A machine with a token from `/api/v1/oauth/token`."""

    def authenticate(self, request: HttpRequest, token: str) -> Any:
        return _admit(request, lambda: proving.bearer(token, address(request)))


class BySignature(AuthBase):
    """A machine that signs each request: LT-Client, LT-Time, LT-Nonce, LT-Digest, LT-Signature."""

    openapi_type = "apiKey"
    openapi_name = "LT-Signature"
    openapi_in = "header"

    def __call__(self, request: HttpRequest) -> Any:
        if not request.headers.get("LT-Client"):
            return None

        def prove() -> ClientKey:
            return proving.signed(
                Call(
                    method=request.method or "",
                    path=request.get_full_path(),
                    headers=request.headers,
                    body=request.body,
                    ip=address(request),
                )
            )

        return _admit(request, prove)


def _is_machine(request: HttpRequest) -> bool:
    return bool(request.headers.get("LT-Client")) or request.headers.get("Authorization", "").startswith("Bearer ")


def _admit(request: HttpRequest, prove: Callable[[], ClientKey]) -> Actor:
    """From now on the request is the client's: its actor, its agency's rows."""
    actor = keys.actor(prove(), ip=address(request), request_id=getattr(request, "request_id", ""))
    request.actor = actor  # type: ignore[attr-defined]
    assert actor.agency_id is not None
    fence.stay(actor.agency_id)
    return actor


def address(request: HttpRequest) -> str:
    """Where a request comes from."""
    return str(request.META.get("REMOTE_ADDR", ""))


# --- OAuth 2 client credentials (RFC 6749 §4.4) --------------------------------------------------------------------
router = Router(tags=["Hệ thống kết nối"])


class TokenIn(Schema):
    """The form of a token request; the client may also name itself by HTTP Basic."""

    grant_type: str = ""
    client_id: str = ""
    client_secret: str = ""


class TokenOut(Schema):
    """A bearer token."""

    access_token: str
    token_type: str = "Bearer"  # noqa: S105 the name of a scheme
    expires_in: int


@router.post(
    "/token", response=TokenOut, auth=None, url_name="oauth_token", summary="Lấy mã truy cập (client credentials)"
)
def token(request: HttpRequest, form: Form[TokenIn]) -> TokenOut | HttpResponse:
    """Buy a short-lived bearer token with a client's code and secret; errors as RFC 6749 §5.2 says."""
    code, secret = _basic(request) or (form.client_id, form.client_secret)
    if form.grant_type != "client_credentials":
        return _refusal("unsupported_grant_type", "Chỉ nhận grant_type=client_credentials.", 400)
    try:
        made = proving.buy_token(code, secret, address(request))
    except NotProven as refused:
        return _refusal("invalid_client", str(refused), 401)
    return TokenOut(access_token=made.text, expires_in=made.seconds)


def _basic(request: HttpRequest) -> tuple[str, str] | None:
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        code, _, secret = base64.b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return code, secret


def _refusal(error: str, words: str, status: int) -> HttpResponse:
    answer = JsonResponse({"error": error, "error_description": words}, status=status)
    if status == 401:
        answer["WWW-Authenticate"] = 'Basic realm="lienthong"'
    return answer

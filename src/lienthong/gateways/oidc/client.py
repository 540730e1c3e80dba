"""OpenID Connect: code flow with PKCE, state, nonce and `acr_values` (CORE-79; OpenID Connect Core 1.0, RFC 7636).

A provider that fails rests for REST_SECONDS, and at most CALLS requests wait for it at once: an outage or a slow
provider costs the people who chose it a few seconds and nobody else anything (CORE-80, F-CORE-24).
"""

import base64
import hashlib
import http.client
import json
import secrets
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import jwt

from lienthong.contracts.identity import Errand, Proven, ProviderRefused, ProviderUnavailable

SECONDS = 3.0
REST_SECONDS = 30.0
CALLS = 2
FRESH_SECONDS = 600.0
LARGEST = 256 * 1024
ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA"]
LEEWAY_SECONDS = 60
ERRORS = (OSError, http.client.HTTPException, urllib.error.URLError, ValueError)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Each address of a provider is named by its own document; being sent elsewhere is no answer."""

    def redirect_request(self, *_: object, **__: object) -> None:
        """Follow nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """How a provider is reached; `acr` maps the levels 1 and 2 to what the provider calls them, weakest first."""

    code: str
    label: str
    issuer: str
    client_id: str
    client_secret: str
    acr: Mapping[int, str]


@dataclass(slots=True)
class OidcProvider:
    """An `IdentityProvider` over HTTP."""

    facts: Facts
    seconds: float = SECONDS
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _calls: threading.BoundedSemaphore = field(default_factory=lambda: threading.BoundedSemaphore(CALLS))
    _rests_until: float = 0.0
    _document: tuple[float, dict[str, Any]] = (0.0, {})
    _keys: tuple[float, dict[str, Any]] = (0.0, {})

    @property
    def code(self) -> str:
        """The short name in addresses."""
        return self.facts.code

    @property
    def label(self) -> str:
        """What people call it."""
        return self.facts.label

    @property
    def down(self) -> bool:
        """Whether it rests after a failure."""
        return time.monotonic() < self._rests_until

    def begin(self, redirect_uri: str, level: int) -> tuple[str, Errand]:
        """Where to send the browser, and what to keep; raises ProviderUnavailable."""
        document = self._discover()
        errand = Errand(
            provider=self.code,
            state=secrets.token_urlsafe(24),
            nonce=secrets.token_urlsafe(24),
            verifier=secrets.token_urlsafe(48),
            redirect_uri=redirect_uri,
            level=level,
        )
        challenge = base64.urlsafe_b64encode(hashlib.sha256(errand.verifier.encode()).digest()).rstrip(b"=").decode()
        asked = {
            "response_type": "code",
            "client_id": self.facts.client_id,
            "redirect_uri": redirect_uri,
            "scope": "openid",
            "state": errand.state,
            "nonce": errand.nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
            "acr_values": " ".join(name for each, name in sorted(self.facts.acr.items()) if each >= level),
        }
        return f"{document['authorization_endpoint']}?{urlencode(asked)}", errand

    def finish(self, errand: Errand, code: str) -> Proven:
        """Exchange the code and check the token; raises ProviderUnavailable or ProviderRefused."""
        document = self._discover()
        body = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": errand.redirect_uri,
            "code_verifier": errand.verifier,
        }
        user = ":".join(quote(part, safe="") for part in (self.facts.client_id, self.facts.client_secret))
        headers = {"Authorization": f"Basic {base64.b64encode(user.encode()).decode()}"}
        answer = self._call(document["token_endpoint"], urlencode(body).encode(), headers)
        claims = self._claims(document, str(answer.get("id_token", "")))
        if not secrets.compare_digest(str(claims.get("nonce", "")), errand.nonce):
            raise ProviderRefused("Câu trả lời của nhà cung cấp không thuộc lần đăng nhập này.")
        level = max((each for each, name in self.facts.acr.items() if name == claims.get("acr")), default=0)
        if level < errand.level:
            raise ProviderRefused(f"Tài khoản định danh chưa đạt mức {errand.level} mà dịch vụ này cần.")
        return Proven(provider=self.code, subject=str(claims["sub"]), level=level)

    def _claims(self, document: dict[str, Any], token: str) -> dict[str, Any]:
        try:
            kid = jwt.get_unverified_header(token).get("kid")
            keys = self._key_set(document, renew=False)
            if kid not in {key.get("kid") for key in keys.get("keys", [])}:
                keys = self._key_set(document, renew=True)  # the provider changed its keys
            found = next(key for key in jwt.PyJWKSet.from_dict(keys).keys if key.key_id == kid)
            claims: dict[str, Any] = jwt.decode(
                token,
                found,
                algorithms=ALGORITHMS,
                audience=self.facts.client_id,
                issuer=self.facts.issuer,
                leeway=LEEWAY_SECONDS,
                options={"require": ["exp", "iat", "sub", "aud", "iss"]},
            )
        except (jwt.PyJWTError, StopIteration) as error:
            raise ProviderRefused("Thẻ định danh của nhà cung cấp không hợp lệ.") from error
        if claims.get("azp", self.facts.client_id) != self.facts.client_id:
            raise ProviderRefused("Thẻ định danh được cấp cho hệ thống khác.")
        return claims

    def _discover(self) -> dict[str, Any]:
        at, document = self._document
        if document and time.monotonic() - at < FRESH_SECONDS and not self.down:
            return document
        document = self._call(f"{self.facts.issuer.rstrip('/')}/.well-known/openid-configuration")
        if document.get("issuer") != self.facts.issuer:
            raise ProviderRefused("Nhà cung cấp định danh tự xưng khác với cấu hình của hệ thống.")
        self._document = (time.monotonic(), document)
        return document

    def _key_set(self, document: dict[str, Any], *, renew: bool) -> dict[str, Any]:
        at, keys = self._keys
        if renew or not keys or time.monotonic() - at >= FRESH_SECONDS:
            keys = self._call(document["jwks_uri"])
            self._keys = (time.monotonic(), keys)
        return keys

    def _call(self, url: str, body: bytes | None = None, headers: Mapping[str, str] | None = None) -> dict[str, Any]:
        if self.down:
            raise ProviderUnavailable(f"{self.label} đang tạm nghỉ sau lần không trả lời vừa rồi.")
        if urlsplit(url).scheme not in {"http", "https"}:
            raise ProviderRefused("Địa chỉ của nhà cung cấp định danh không hợp lệ.")
        if not self._calls.acquire(blocking=False):
            raise ProviderUnavailable(f"{self.label} đang quá tải.")
        request = urllib.request.Request(url, body, {"Accept": "application/json", **(headers or {})})  # noqa: S310
        try:
            with urllib.request.build_opener(_NoRedirect).open(request, timeout=self.seconds) as answer:
                found = json.loads(answer.read(LARGEST))
        except urllib.error.HTTPError as error:
            with error:
                if error.code < http.HTTPStatus.INTERNAL_SERVER_ERROR:
                    raise ProviderRefused("Nhà cung cấp định danh không chấp nhận lần đăng nhập này.") from error
            self._rest()
            raise ProviderUnavailable(f"{self.label}: {error.code}") from error
        except ERRORS as error:
            self._rest()
            raise ProviderUnavailable(f"{self.label}: {error}") from error
        finally:
            self._calls.release()
        if not isinstance(found, dict):
            raise ProviderRefused("Nhà cung cấp định danh trả lời không đúng khuôn dạng.")
        return found

    def _rest(self) -> None:
        with self._lock:
            self._rests_until = time.monotonic() + REST_SECONDS


def from_settings(rows: Iterable[Mapping[str, Any]]) -> list[OidcProvider]:
    """The providers of LIENTHONG_OIDC (docs/howto/sign-in.md)."""
    return [
        OidcProvider(
            Facts(
                code=str(row["code"]),
                label=str(row["label"]),
                issuer=str(row["issuer"]),
                client_id=str(row["client_id"]),
                client_secret=str(row["client_secret"]),
                acr={int(level): str(name) for level, name in row["acr"].items()},
            )
        )
        for row in rows
    ]

"""An RFC 3161 authority at an HTTP address; every failure is "no answer", so the next authority is asked (CORE-69)."""

import http.client
import urllib.error
import urllib.request
from dataclasses import dataclass
from urllib.parse import urlsplit

from lienthong.contracts.signing import TimeStampUnavailable

QUERY, REPLY = "application/timestamp-query", "application/timestamp-reply"
LARGEST_REPLY = 256 * 1024


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """An authority has one address; being sent elsewhere is no answer."""

    def redirect_request(self, *_: object, **__: object) -> None:
        """Follow nothing."""


@dataclass(frozen=True, slots=True)
class HttpTimeStampService:
    """A time-stamp authority over HTTP (`TimeStampService`); `seconds` bounds connecting and each read."""

    name: str
    url: str
    seconds: float = 3

    def respond(self, request: bytes) -> bytes:
        """Post a DER TimeStampReq and return the DER TimeStampResp; raises TimeStampUnavailable."""
        if urlsplit(self.url).scheme not in {"http", "https"}:
            raise TimeStampUnavailable(f"Địa chỉ dịch vụ dấu thời gian {self.name} không hợp lệ.")
        message = urllib.request.Request(self.url, request, {"Content-Type": QUERY, "Accept": REPLY})  # noqa: S310
        opener = urllib.request.build_opener(_NoRedirect)
        try:
            with opener.open(message, timeout=self.seconds) as answer:
                kind = answer.headers.get_content_type()
                content: bytes = answer.read(LARGEST_REPLY + 1)
        except (OSError, http.client.HTTPException, urllib.error.URLError, ValueError) as error:
            raise TimeStampUnavailable(f"{self.name}: {error}") from error
        if kind != REPLY or len(content) > LARGEST_REPLY:
            raise TimeStampUnavailable(f"{self.name}: câu trả lời không phải dấu thời gian.")
        return content


def services(urls: list[str]) -> list[HttpTimeStampService]:
    """The authorities of a setting, in order of preference."""
    return [HttpTimeStampService(urlsplit(url).hostname or url, url) for url in urls]

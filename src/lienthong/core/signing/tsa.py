"""RFC 3161 time stamps: a service in this process, and two authorities in order with a truthful outage (CORE-69)."""

import hashlib
import logging
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import cast

from asn1crypto import algos, cms, core, tsp
from asn1crypto import x509 as asn1_x509
from pyhanko.sign.timestamps import TimeStamper
from pyhanko.sign.timestamps.common_utils import TimestampRequestError, handle_tsp_response

from lienthong.contracts.signing import KeyHandle, TimeStampService, TimeStampUnavailable
from lienthong.core.signing.handles import HandleSigner, run_sync
from lienthong.kit import clock

logger = logging.getLogger(__name__)

# A policy identifier of our own under the UUID arc (ITU-T X.667): "stamps of a test authority".
DEMO_POLICY = "2.25.211950271305741264932571838716259035721"
ACCEPTED_HASHES = frozenset({"sha256", "sha384", "sha512"})


@dataclass(frozen=True, slots=True)
class LocalTimeStampService:
    """A time-stamp authority in this process (`TimeStampService`), for the demo world, tests and closed networks."""

    name: str
    key: KeyHandle
    policy: str = DEMO_POLICY
    now: Callable[[], datetime] = clock.now

    def respond(self, request: bytes) -> bytes:
        """Answer a DER TimeStampReq; what cannot be stamped is answered with a rejection, as RFC 3161 wants."""
        try:
            wanted = tsp.TimeStampReq.load(request, strict=True)
            algorithm = wanted["message_imprint"]["hash_algorithm"]["algorithm"].native
            imprint = wanted["message_imprint"]["hashed_message"].native
            nonce = wanted["nonce"].native
        except (ValueError, TypeError):
            return _rejection("bad_data_format")
        if algorithm not in ACCEPTED_HASHES or len(imprint) != hashlib.new(algorithm).digest_size:
            return _rejection("bad_alg")
        info: dict[str, object] = {
            "version": "v1",
            "policy": self.policy,
            "message_imprint": wanted["message_imprint"],
            "serial_number": secrets.randbits(120) | 1,
            "gen_time": self.now().replace(microsecond=0),
            "accuracy": tsp.Accuracy({"seconds": 1}),
            "tsa": asn1_x509.GeneralName(
                name="directory_name", value=asn1_x509.Certificate.load(self.key.certificate).subject
            ),
        }
        if nonce is not None:
            info["nonce"] = nonce
        content = cms.EncapsulatedContentInfo(
            {"content_type": "tst_info", "content": core.ParsableOctetString(tsp.TSTInfo(info).dump())}
        )
        signer = HandleSigner(self.key)
        token = run_sync(signer.async_sign_general_data(content, "sha256", detached=False))
        answer = tsp.TimeStampResp({"status": tsp.PKIStatusInfo({"status": "granted"}), "time_stamp_token": token})
        return cast(bytes, answer.dump())


@dataclass
class TimeStamps:
    """Two authorities in order: the second answers when the first does not; both silent is an outage (CORE-69).

    One that did not answer rests for `rest` seconds, so that an outage costs one wait and not one for each signature
    (F-EX-18); then it is asked again, and recovers without restart.
    """

    services: Sequence[TimeStampService]
    rest: float = 10
    used: str = field(default="", init=False)
    _rests_until: dict[str, float] = field(default_factory=dict, init=False, repr=False)

    @cached_property
    def library(self) -> "LibraryStamper":
        """These authorities for pyHanko; it keeps one answer to measure how much room a stamp needs."""
        return LibraryStamper(self)

    def response(self, digest: bytes, algorithm: str = "sha256") -> bytes:
        """The DER TimeStampResp over a digest, checked for status, nonce and imprint; raises TimeStampUnavailable."""
        causes = []
        for service in self.services:
            if time.monotonic() < self._rests_until.get(service.name, 0):
                causes.append(service.name)
                continue
            try:
                answer = _ask(service, digest, algorithm)
            except (TimeStampUnavailable, TimestampRequestError, ValueError, TypeError) as cause:
                logger.warning("time-stamp authority %s did not answer: %s", service.name, cause)
                self._rests_until[service.name] = time.monotonic() + self.rest
                causes.append(service.name)
                continue
            self.used = service.name
            return answer
        if causes:
            raise TimeStampUnavailable(f"Dịch vụ dấu thời gian không trả lời ({', '.join(causes)}).")
        raise TimeStampUnavailable("Chưa khai báo dịch vụ dấu thời gian.")

    def token(self, digest: bytes, algorithm: str = "sha256") -> bytes:
        """The DER time-stamp token over a digest."""
        answer = tsp.TimeStampResp.load(self.response(digest, algorithm))
        return cast(bytes, answer["time_stamp_token"].dump())

    def stamp(self, content: bytes) -> bytes:
        """The DER TimeStampResp over SHA-256 of content, as `openssl ts -verify -in` reads it."""
        return self.response(hashlib.sha256(content).digest())


class LibraryStamper(TimeStamper):
    """The authorities in the shape that pyHanko asks stamps from."""

    def __init__(self, stamps: TimeStamps) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._stamps = stamps

    async def async_timestamp(self, message_digest: bytes, md_algorithm: str) -> cms.ContentInfo:
        """A token over a digest; blocking is right, for the loop is the caller's own (`run_sync`)."""
        token = self._stamps.token(message_digest, md_algorithm)
        return cast(cms.ContentInfo, cms.ContentInfo.load(token))


def stamped_at(token: bytes) -> datetime:
    """The time inside a DER token; says nothing about its truth."""
    info = cms.ContentInfo.load(token)["content"]["encap_content_info"]["content"].parsed
    return cast(datetime, info["gen_time"].native)


def _request(digest: bytes, algorithm: str, nonce: int) -> bytes:
    imprint = tsp.MessageImprint(
        {"hash_algorithm": algos.DigestAlgorithm({"algorithm": algorithm}), "hashed_message": digest}
    )
    request = tsp.TimeStampReq(
        {"version": 1, "message_imprint": imprint, "cert_req": True, "nonce": core.Integer(nonce)}
    )
    return cast(bytes, request.dump())


def _ask(service: TimeStampService, digest: bytes, algorithm: str) -> bytes:
    """One checked answer."""
    nonce = secrets.randbits(63)
    answer = service.respond(_request(digest, algorithm, nonce))
    _check(answer, digest, nonce)
    return answer


def _check(answer: bytes, digest: bytes, nonce: int) -> None:
    token = handle_tsp_response(tsp.TimeStampResp.load(answer), None)
    info = token["content"]["encap_content_info"]["content"].parsed
    if info["nonce"].native != nonce or info["message_imprint"]["hashed_message"].native != digest:
        raise TimeStampUnavailable("Dấu thời gian nhận về không thuộc nội dung đã gửi.")


class _Refusal(core.Sequence):
    """A TimeStampResp without a token, which the library's own class does not allow."""

    _fields = [("status", tsp.PKIStatusInfo)]


def _rejection(cause: str) -> bytes:
    status = tsp.PKIStatusInfo({"status": "rejection", "fail_info": tsp.PKIFailureInfo({cause})})
    return cast(bytes, _Refusal({"status": status}).dump())  # type: ignore[no-untyped-call]

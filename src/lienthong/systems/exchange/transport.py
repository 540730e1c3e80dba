"""The wire to another node: the same packet bytes and answers as within one node, signed by a shared key (CORE-85).

One request is one packet with its message id, for the receivers named in the headers; the answer lists each receiver.
"""

import base64
import json
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Q

from lienthong.kit import clock
from lienthong.systems.exchange import receipts, secrets, storage
from lienthong.systems.exchange.actions.inbox import Answer, ReceiverAnswer
from lienthong.systems.exchange.codes import BY_CODE, Refused
from lienthong.systems.exchange.models import Delivery, Peer, PeerKey

TIMEOUT_SECONDS = 60
ANSWER_LIMIT = 16 << 20


@dataclass(frozen=True, slots=True)
class Slip:
    """What travels beside a packet: who hands it over, its id, its hash, for whom, when; the text that is signed."""

    system: str
    transport_id: UUID
    sha256: str
    claimed_from: str
    to: tuple[str, ...]
    seq: int | None
    sent_at: datetime

    def text(self) -> bytes:
        """The signed text: one member a line, so that no two slips read alike."""
        parts = (
            self.system,
            str(self.transport_id),
            self.sha256,
            self.claimed_from,
            ",".join(self.to),
            "" if self.seq is None else str(self.seq),
            self.sent_at.isoformat(),
        )
        return "\n".join(part.replace("\n", " ") for part in parts).encode()

    def headers(self, secret: str) -> dict[str, str]:
        """The request headers."""
        return {
            "Content-Type": "application/xml",
            "Idempotency-Key": str(self.transport_id),
            "LT-System": self.system,
            "LT-From": self.claimed_from,
            "LT-To": ",".join(self.to),
            "LT-Seq": "" if self.seq is None else str(self.seq),
            "LT-Time": self.sent_at.isoformat(),
            "LT-Digest": self.sha256,
            "LT-Signature": secrets.signature(secret, self.text()),
        }


def post(group: Sequence[Delivery]) -> Answer:
    """Hand one packet to another node; time-outs, resets and 5xx are transient (EX-37, EX-45)."""
    message, peer = group[0].message, group[0].peer
    slip = Slip(
        system=settings.NODE_NAME,
        transport_id=message.pk,
        sha256=message.packet_sha256,
        claimed_from=message.from_code,
        to=tuple(row.addressed_code for row in group),
        seq=message.seq,
        sent_at=clock.now(),
    )
    if settings.PRODUCTION and not peer.endpoint.startswith("https://"):
        raise Refused("unavailable", "Địa chỉ của kết nối không dùng https.")
    with storage.read(message.packet_sha256) as packet:
        request = urllib.request.Request(  # noqa: S310 the scheme is checked where an endpoint is stored
            f"{peer.endpoint.rstrip('/')}/api/v1/exchange/messages",
            data=packet,
            headers={**slip.headers(_secret(peer)), "Content-Length": str(message.packet_size)},
            method="POST",
        )
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as response:  # noqa: S310
                return answer_from(json.loads(response.read(ANSWER_LIMIT)))
        except urllib.error.HTTPError as error:
            raise _refused(error) from None
        except (OSError, ValueError) as error:
            raise Refused("unavailable", f"Không kết nối được với {peer.name}: {error}.") from None


def answer_json(answer: Answer) -> dict[str, Any]:
    """An answer as the API writes it; receipts in base64, byte-equal for the same packet (V-DUP-1)."""
    return {
        "message_id": str(answer.transport_id),
        "content_hash": answer.content_hash,
        "kind": answer.kind,
        "results": [
            {
                "code": each.code,
                "receipt": base64.b64encode(each.receipt.body).decode() if each.receipt else None,
                "signature": base64.b64encode(each.receipt.signature).decode() if each.receipt else None,
                "note": each.note,
                "problem": each.problem.code if each.problem else None,
                "detail": each.detail,
            }
            for each in answer.results
        ],
    }


def answer_from(data: dict[str, Any]) -> Answer:
    """An answer of another node; raises ValueError, KeyError or TypeError turned into `unavailable` for nonsense."""
    try:
        results = [
            ReceiverAnswer(
                code=str(each["code"]),
                receipt=receipts.Signed(base64.b64decode(each["receipt"]), base64.b64decode(each["signature"]))
                if each["receipt"]
                else None,
                note=str(each["note"]),
                problem=BY_CODE.get(each["problem"], BY_CODE["unavailable"]) if each["problem"] else None,
                detail=str(each["detail"]),
            )
            for each in data["results"]
        ]
        return Answer(
            transport_id=UUID(data["message_id"]),
            content_hash=str(data["content_hash"]),
            kind=str(data["kind"]),
            results=results,
        )
    except (KeyError, TypeError, ValueError):
        raise Refused("unavailable", "Câu trả lời của bên nhận không đọc được.") from None


def _secret(peer: Peer) -> str:
    now = clock.now()
    row = (
        PeerKey.objects.filter(peer=peer, valid__contains=now)
        .filter(Q(revoked_at__isnull=True) | Q(revoked_at__gt=now))
        .order_by("-valid__startswith")
        .first()
    )
    if row is None:
        raise Refused("unavailable", f"Kết nối {peer.name} chưa có khóa còn hiệu lực.")
    return secrets.unseal(bytes(row.sealed_secret))


def _refused(error: urllib.error.HTTPError) -> Refused:
    try:
        body = json.loads(error.read(ANSWER_LIMIT))
        code, detail = str(body["code"]), str(body.get("detail") or body["title"])
    except (ValueError, KeyError, TypeError, OSError):
        code, detail = "", f"Máy chủ của bên nhận trả lỗi {error.code}."
    if code not in BY_CODE:
        code = "unavailable" if error.code >= 500 or error.code in {408, 425, 429} else "malformed"
    return Refused(code, detail)

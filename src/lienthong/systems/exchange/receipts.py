"""Signed receipts: made by this node for an agency that received, and read where another node answered (EX-42)."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection

from lienthong.core.signing import cms
from lienthong.kit import clock, edxml
from lienthong.kit.hashing import canonical_json
from lienthong.systems.exchange import keys
from lienthong.systems.exchange.codes import Refused
from lienthong.systems.exchange.models import Message, Receipt


@dataclass(frozen=True, slots=True)
class Signed:
    """A receipt as it travels: canonical JSON, and the detached CMS signature over exactly those bytes (DER)."""

    body: bytes
    signature: bytes

    @property
    def facts(self) -> dict[str, Any]:
        """The members of the receipt."""
        members: dict[str, Any] = json.loads(self.body)
        return members


def of(row: Receipt) -> Signed:
    """A stored receipt as it travels, byte-equal each time (V-DUP-1)."""
    return Signed(bytes(row.body), bytes(row.signature))


def issue(
    *,
    agency_id: UUID,
    message_id: UUID,
    content_hash: str,
    sender: str,
    receiver: str,
    addressed_as: str,
    received_at: datetime,
) -> Receipt:
    """Sign and store the receipt of one hop; part of the transaction that stores what was received.

    `to` is the code of the agency that took the packet, `addressed_as` the code that the packet named (EX-53).
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('exchange_receipt_seq')")
        seq = cursor.fetchone()[0]
    body = canonical_json(
        {
            "addressed_as": addressed_as,
            "content_hash": content_hash,
            "from": sender,
            "message_id": str(message_id),
            "node": settings.NODE_NAME,
            "received_at": received_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            "seq": seq,
            "to": receiver,
        }
    )
    return Receipt.objects.create(
        agency_id=agency_id,
        role=Receipt.Role.ISSUED,
        message_id=message_id,
        body=body,
        signature=cms.sign(body, keys.of_node()),
        received_at=received_at,
        recorded_at=received_at,
    )


def hold(signed: Signed, *, agency_id: UUID, message: Message, addressed_code: str) -> Receipt:
    """Store the receipt that the other side gave, after checking that it verifies and speaks of this packet.

    The receipt of a repeat (V-DUP-3) names the message id of the first sending, so what the packet says decides.
    """
    try:
        facts = signed.facts
        said = (facts["content_hash"], facts["addressed_as"], facts["from"])
        fits = said == (message.content_hash, addressed_code, edxml.organ_key(message.from_code))
        received_at = datetime.fromisoformat(facts["received_at"])
        message_id = UUID(facts["message_id"])
    except (ValueError, KeyError, TypeError):
        raise Refused("unavailable", "Biên nhận của bên nhận không đọc được.") from None
    if not fits:
        raise Refused("unavailable", "Bên nhận trả biên nhận không khớp gói tin đã gửi.")
    verdict = cms.verify(signed.body, signed.signature, keys.trust())
    if not verdict.good:
        raise Refused("unavailable", f"Biên nhận của bên nhận không kiểm chứng được: {verdict.label}.")
    return Receipt.objects.create(
        agency_id=agency_id,
        role=Receipt.Role.HELD,
        message_id=message_id,
        body=signed.body,
        signature=signed.signature,
        received_at=received_at,
        recorded_at=clock.now(),
    )

"""The check of a packet under a chosen profile: errors, files, signatures; nothing of it is kept (EX-66)."""

from typing import Any, BinaryIO

from lienthong.core.signing import xmldsig
from lienthong.kit import clock, edxml
from lienthong.kit.edxml import model
from lienthong.systems.exchange import attachments, keys, limits
from lienthong.systems.exchange.inbound import error_json


def check(stream: BinaryIO, profile: edxml.Profile) -> dict[str, Any]:
    """What the axis would say of this packet (EX-36), its files and every signature verdict."""
    now = clock.now()
    with edxml.parse(stream, profile, limits=limits.of(None), today=clock.local_date(now)) as result:
        answer: dict[str, Any] = {
            "valid": result.packet is not None,
            "profile": profile.value,
            "kind": result.kind,
            "document_id": result.document_id,
            "sender": result.sender,
            "errors": [error_json(each) for each in result.errors],
            "warnings": [error_json(each) for each in result.warnings],
            "attachments": [],
            "signature": None,
            "content_hash": None,
        }
        if result.secret:
            # Of a document marked Mật nothing is shown back, not even its number (CORE-58).
            return {**answer, "document_id": None, "sender": None}
        if not result.skeleton:
            return answer
        verdicts = [attachments.signatures_in(each.file) for each in result.attachments]
        answer["attachments"] = [
            {
                "name": edxml.display_name(each.attachment.name or ""),
                "size": each.size,
                "sha256": each.sha256.hex(),
                "zipped": each.member_name is not None,
                "digest_matches": each.digest_matches,
                "signatures": [list(line.sentences) for line in verdict.signatures],
                "error": verdict.error,
            }
            for each, verdict in zip(result.attachments, verdicts, strict=True)
        ]
        if result.packet is not None:
            status = isinstance(result.packet, model.StatusPacket)
            parts = xmldsig.STATUS_PARTS if status else xmldsig.DOCUMENT_PARTS
            found = xmldsig.verify(result.tree(), keys.trust(), parts, now=now)
            answer["signature"] = {
                "kind": found.kind.value,
                "label": found.label,
                "detail": found.detail,
                "sentences": list(found.verdict.sentences) if found.verdict else [],
            }
            answer["content_hash"] = result.content_hash().hex()
        return answer

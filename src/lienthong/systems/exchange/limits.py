"""Bounds of a packet for a peer, from the lawbook (EX-18)."""

from lienthong.core import lawbook
from lienthong.kit.edxml import Limits
from lienthong.systems.exchange.models import Peer


def of(peer: Peer | None) -> Limits:
    """What may come from a peer, or (None) leave this node."""
    legacy = peer is not None and peer.kind == Peer.Kind.LEGACY
    key = "exchange.attachment_max_bytes_legacy" if legacy else "exchange.attachment_max_bytes"
    return Limits(
        attachment=int(lawbook.get(key)),
        attachments=int(lawbook.get("exchange.attachments_max")),
        elements=int(lawbook.get("exchange.elements_max")),
        depth=int(lawbook.get("exchange.depth_max")),
        ratio=int(lawbook.get("exchange.zip_ratio_max")),
    )


def packet_bytes(limits: Limits) -> int:
    """The most bytes that a packet within these limits can have: every payload in base64, and the rest."""
    return limits.attachments * (limits.attachment * 4 // 3 + 4) + limits.skeleton

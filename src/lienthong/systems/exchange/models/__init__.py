"""Tables of the document axis."""

from lienthong.systems.exchange.models.inbox import Held, Received
from lienthong.systems.exchange.models.outbox import Delivery, Message
from lienthong.systems.exchange.models.peers import Peer, PeerKey, PeerUnit
from lienthong.systems.exchange.models.proof import Receipt, StatusLine

__all__ = ["Delivery", "Held", "Message", "Peer", "PeerKey", "PeerUnit", "Receipt", "Received", "StatusLine"]

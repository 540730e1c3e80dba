"""What the axis keeps of agencies that end: the connections that speak for them (CORE-103, EX-11, EX-53)."""

from collections.abc import Iterable, Iterator, Sequence

from lienthong.contracts.actor import Actor
from lienthong.contracts.handover import Item, Leaving, Taken
from lienthong.kit import clock
from lienthong.systems.exchange.actions import peers
from lienthong.systems.exchange.models import Peer, PeerUnit


class ExchangeLeavings:
    """Implements `contracts.handover.HandOverSource`. Packets under way need no taker: within the grace the successor
    is served (EX-53).
    """

    def items(self, leaving: Leaving) -> Iterator[Item]:
        """The connections that may send or take traffic for a unit that ends."""
        rows = PeerUnit.objects.filter(
            unit_id__in=leaving.units, revoked_at__isnull=True, held__contains=clock.now()
        ).select_related("peer", "unit")
        for row in rows.order_by("peer__name", "pk"):
            yield Item(
                group="connection",
                label="Kết nối qua trục",
                key=f"connection:{row.peer_id}:{row.unit_id}",
                title=row.peer.name,
                agency_id=row.unit.agency_id,
                unit_id=row.unit_id,
            )

    def close(self, *, by: Actor, leaving: Leaving, taken: Sequence[Taken], reason: str) -> Iterable[tuple[str, str]]:  # noqa: ARG002
        """No connection speaks for the unit any more; its keys go on for the other units that they serve."""
        for each in taken:
            _, peer_id, _ = each.item.key.split(":")
            peers.revoke_unit(by=by, target=Peer.objects.get(pk=peer_id), unit_id=each.item.unit_id, reason=reason)
            yield each.item.key, "Thôi giao cho kết nối; trong thời gian chuyển tiếp, đơn vị kế thừa nhận văn bản."

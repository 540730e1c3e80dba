"""What the axis offers to other systems of this node (contracts.exchange.ExchangePort)."""

from collections.abc import Iterable
from dataclasses import replace
from uuid import UUID

from lienthong.contracts.actor import Actor
from lienthong.contracts.exchange import Dispatch, ReceiverState, Staff
from lienthong.contracts.ref import Ref
from lienthong.core.actions.errors import NotSeen
from lienthong.systems.exchange.actions import send, statuses
from lienthong.systems.exchange.models import Received
from lienthong.systems.exchange.policies import TELL_VERBS
from lienthong.systems.exchange.queries import routes, states_of


class Exchange:
    """The port: whoever calls it has judged the right by its own verb (issue, register, assign), so the actor is given
    the axis's verb for this one call; the agency is checked here all the same."""

    def send(self, *, by: Actor, dispatch: Dispatch) -> UUID:
        """Queue one packet to all receivers; returns the message id."""
        return send.send(by=_with(by, "exchange:message:send"), dispatch=dispatch).pk

    def receivers(self, source: Ref) -> list[ReceiverState]:
        """The state of each receiver of a sent document, in the order of sending."""
        return states_of.receivers(source)

    def tell(self, *, by: Actor, delivery_id: UUID, code: str, description: str = "", staff: Staff = Staff()) -> None:  # noqa: B008 the contract's default
        """Report a status (02…06) of a received document to its sender."""
        row = Received.objects.filter(pk=delivery_id, agency_id=by.agency_id).first()
        if row is None:
            raise NotSeen("văn bản nhận qua trục")
        statuses.tell(by=_with(by, *TELL_VERBS), row=row, code=code, description=description, staff=staff)

    def timeline(self, delivery_id: UUID) -> list[dict[str, object]]:
        """The statuses of one delivery, oldest first."""
        return states_of.timeline(delivery_id)

    def reachable(self, unit_ids: Iterable[UUID]) -> set[UUID]:
        """Which units are connected to the axis now."""
        return routes.reachable(unit_ids)

    def undeliverable(self, unit_ids: Iterable[UUID]) -> dict[UUID, str]:
        """Which of these units a packet sent now could not reach, each with the reason in words."""
        return send.undeliverable(tuple(unit_ids))


def _with(by: Actor, *verbs: str) -> Actor:
    return by if by.is_system else replace(by, verbs=by.verbs | set(verbs))

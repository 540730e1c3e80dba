"""Who sees what of the axis (CORE-83, CORE-108).

Văn thư and leaders of an agency see what it sent and received. The node's operator sees connections, queues and errors,
never a document.
"""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from django.db.models import Model, Q, QuerySet

from lienthong.contracts.actor import Actor
from lienthong.core.access import Policy
from lienthong.core.access.policy import anywhere
from lienthong.systems.exchange.models import Delivery, Held, Message, Peer, Received

type Rules = Mapping[str, Callable[[Actor, Any], bool]]

READ = "exchange:message:read"
OPERATE = "exchange:queue:operate"

TELL_VERBS = frozenset(
    {
        "exchange:received:refuse",
        "exchange:received:accept",
        "exchange:received:assign",
        "exchange:received:begin",
        "exchange:received:finish",
    }
)


class _OfAgency[M: Model](Policy[M]):
    """Rows of the actor's own agency, for who may read the axis there or acts on its documents."""

    readers: ClassVar[frozenset[str]] = frozenset({READ})

    def _reads(self, actor: Actor) -> bool:
        return actor.agency_id is not None and not self.readers.isdisjoint(actor.verbs)

    def scope(self, actor: Actor, rows: QuerySet[M]) -> QuerySet[M]:
        return rows.filter(agency_id=actor.agency_id) if self._reads(actor) else rows.none()

    def sees(self, actor: Actor, obj: M) -> bool:
        return self._reads(actor) and getattr(obj, "agency_id") == actor.agency_id  # noqa: B009 every model has it


class MessagePolicy(_OfAgency[Message]):
    """What the agency sent."""

    model = Message
    readers = frozenset({READ, "exchange:message:send"})
    rules: ClassVar[Rules] = {
        READ: anywhere,
        "exchange:message:send": anywhere,
        "exchange:message:export_evidence": anywhere,
    }


class ReceivedPolicy(_OfAgency[Received]):
    """What the agency received, and what it reports of it."""

    model = Received
    readers = frozenset({READ}) | TELL_VERBS
    rules: ClassVar[Rules] = {
        **dict.fromkeys(TELL_VERBS, anywhere),
        "exchange:received:read": anywhere,
        "exchange:received:export_evidence": anywhere,
    }
    system = frozenset({"exchange:received:store", "exchange:received:ask_back"})


class DeliveryPolicy(Policy[Delivery]):
    """The agency's own deliveries, and for the operator all of them: a row holds no content of the document."""

    model = Delivery
    rules: ClassVar[Rules] = {"exchange:delivery:requeue": anywhere, OPERATE: anywhere}
    system = frozenset(
        {
            "exchange:delivery:deliver",
            "exchange:delivery:postpone",
            "exchange:delivery:give_up",
            "exchange:delivery:repair",
            "exchange:delivery:hear",
        }
    )

    def scope(self, actor: Actor, rows: QuerySet[Delivery]) -> QuerySet[Delivery]:
        if actor.may(OPERATE):
            return rows
        if not actor.may(READ) or actor.agency_id is None:
            return rows.none()
        return rows.filter(Q(agency_id=actor.agency_id))

    def sees(self, actor: Actor, obj: Delivery) -> bool:
        if actor.may(OPERATE):
            return True
        return actor.may(READ) and actor.agency_id is not None and obj.agency_id == actor.agency_id


class _OfNode[M: Model](Policy[M]):
    """Rows of the node itself, for its operator."""

    def scope(self, actor: Actor, rows: QuerySet[M]) -> QuerySet[M]:
        return rows if actor.may(OPERATE) else rows.none()

    def sees(self, actor: Actor, obj: M) -> bool:  # noqa: ARG002 all rows of the node are alike
        return actor.may(OPERATE)


class PeerPolicy(_OfNode[Peer]):
    """Connections of the node (EX-54)."""

    model = Peer
    rules: ClassVar[Rules] = dict.fromkeys(
        (
            "exchange:peer:register",
            "exchange:peer:approve",
            "exchange:peer:lock",
            "exchange:peer:unlock",
            "exchange:peer:add_key",
            "exchange:peer:revoke_key",
            "exchange:peer:assign_unit",
            "exchange:peer:revoke_unit",
        ),
        anywhere,
    )
    # An agency that ends takes its connections with it (CORE-103).
    system = frozenset({"exchange:peer:revoke_unit"})


class HeldPolicy(_OfNode[Held]):
    """Packets in quarantine: the operator decides, and sees no content (EX-1, EX-11)."""

    model = Held
    rules: ClassVar[Rules] = dict.fromkeys(("exchange:held:release", "exchange:held:discard"), anywhere)
    system = frozenset({"exchange:held:hold", "exchange:held:refuse_secret"})

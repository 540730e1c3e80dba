"""How other systems name, open and guard the objects of the axis."""

from collections.abc import Callable
from uuid import UUID

from django.db.models import Model
from django.urls import reverse

from lienthong.contracts.actor import Actor
from lienthong.core.access import Policy
from lienthong.systems.exchange import policies
from lienthong.systems.exchange.models import Delivery, Held, Message, Peer, Received

type Kind = tuple[str, str, Callable[[UUID], str], Callable[[UUID], str], Callable[[Actor, UUID], bool]]


def _kind[M: Model](model: type[M], label: str, policy: Policy[M], view: str, *, listed: bool = False) -> Kind:
    def title(ident: UUID) -> str:
        row = model._default_manager.filter(pk=ident).first()
        return str(row) if row else label

    def url(ident: UUID) -> str:
        # Connections and packets in quarantine stand in a list, each at its own anchor.
        return f"{reverse(view)}#{ident}" if listed else reverse(view, args=[ident])

    def may_see(actor: Actor, ident: UUID) -> bool:
        return policy.scope(actor, model._default_manager.filter(pk=ident)).exists()

    kind: str = getattr(model, "ref_kind")  # noqa: B009 every model here names its kind
    return kind, label, title, url, may_see


KINDS: tuple[Kind, ...] = (
    _kind(Message, "Gói tin đã gửi", policies.MessagePolicy(), "exchange:message"),
    _kind(Received, "Văn bản nhận qua trục", policies.ReceivedPolicy(), "exchange:received_one"),
    _kind(Delivery, "Lượt gửi", policies.DeliveryPolicy(), "exchange:delivery"),
    _kind(Peer, "Kết nối", policies.PeerPolicy(), "exchange:peers", listed=True),
    _kind(Held, "Gói tin bị giữ lại", policies.HeldPolicy(), "exchange:queue", listed=True),
)

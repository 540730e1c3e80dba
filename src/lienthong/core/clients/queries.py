"""Clients as their administrator looks at them; always inside the actor's scope."""

from dataclasses import dataclass
from uuid import UUID

from lienthong.contracts.actor import Actor
from lienthong.core.actions.errors import NotSeen
from lienthong.core.clients import keys
from lienthong.core.clients.actions import client_policy
from lienthong.core.clients.models import ClientKey, MachineClient


@dataclass(frozen=True, slots=True)
class Row:
    """A client in the list: with its last use, and how many keys open now."""

    client: MachineClient
    last: ClientKey | None
    open_keys: int


def clients(actor: Actor, state: str = "") -> list[Row]:
    """The clients of the agency, newest first."""
    rows = client_policy.scope(actor, MachineClient.objects.select_related("role"))
    if state in MachineClient.State.values:
        rows = rows.filter(state=state)
    found = list(rows.order_by("-created_at"))
    ids = [client.pk for client in found]
    used = keys.last_use(ids)
    opening: dict[UUID, int] = {}
    for ident in keys.good().filter(client_id__in=ids).values_list("client_id", flat=True):
        opening[ident] = opening.get(ident, 0) + 1
    return [Row(client, used.get(client.pk), opening.get(client.pk, 0)) for client in found]


def row_of(client: MachineClient) -> Row:
    """One client as the list shows it."""
    return Row(client, keys.last_use([client.pk]).get(client.pk), keys.good().filter(client=client).count())


def client(actor: Actor, ident: UUID) -> MachineClient:
    """The only way from an id to a client; raises NotSeen outside the scope."""
    row = MachineClient.objects.select_related("role", "position").filter(pk=ident).first()
    if row is None or not client_policy.sees(actor, row):
        raise NotSeen("hệ thống kết nối")
    return row

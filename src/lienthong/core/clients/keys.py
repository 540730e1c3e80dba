"""Which keys are good now, and the actor that a key stands for (CORE-85)."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q, QuerySet

from lienthong.contracts.actor import Actor
from lienthong.core.access.actors import without_signing
from lienthong.core.clients.models import ClientKey, MachineClient
from lienthong.core.clients.signatures import Vault
from lienthong.kit import clock

vault = Vault(b"lienthong machine clients")
MARK_EVERY = timedelta(minutes=1)


def secret_of(key: ClientKey) -> str:
    """The secret of a key, for comparing and signing."""
    return vault.unseal(bytes(key.sealed))


def good(now: datetime | None = None) -> QuerySet[ClientKey]:
    """The keys that open now: neither over nor revoked, of a client that is in use."""
    moment = now or clock.now()
    open_ones = ClientKey.objects.filter(until__gt=moment, client__state=MachineClient.State.ACTIVE)
    return open_ones.filter(Q(revoked_at__isnull=True) | Q(revoked_at__gt=moment), client__account__is_active=True)


def of_client(code: str) -> list[ClientKey]:
    """The good keys of a client by its code, with all that the actor needs."""
    return list(with_client(good().filter(client__code=code)))


def with_client(rows: QuerySet[ClientKey]) -> QuerySet[ClientKey]:
    """The same keys with their clients, in one query."""
    return rows.select_related("client__account", "client__position", "client__role")


def actor(key: ClientKey, *, ip: str, request_id: str) -> Actor:
    """The client acting now: the verbs of its role without those that sign; the journal ties its entries to the key."""
    client = key.client
    verbs = client.role.verbs if client.role.retired_at is None and not client.role.of_node else []
    return Actor(
        user_id=client.account_id,
        name=client.name,
        position_id=client.position_id,
        position=client.position.title,
        unit_id=client.position.unit_id,
        agency_id=client.agency_id,
        session=f"client:{key.pk}",
        ip=ip,
        request_id=request_id,
        verbs=without_signing(verbs),
    )


def mark_used(key: ClientKey, ip: str) -> None:
    """Note the last use, at most once a minute: it is read by people, not by machines."""
    now = clock.now()
    if key.used_at is None or now - key.used_at >= MARK_EVERY or key.used_from != ip:
        ClientKey.objects.filter(pk=key.pk).update(used_at=now, used_from=ip)


def last_use(client_ids: list[UUID]) -> dict[UUID, ClientKey]:
    """The key that each client used last."""
    rows = ClientKey.objects.filter(client_id__in=client_ids, used_at__isnull=False).order_by("client", "-used_at")
    return {row.client_id: row for row in rows.distinct("client")}

"""Clients are made, given keys and ended by the administrator of their agency (CORE-85, CORE-108)."""

import re
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import QuerySet

from lienthong.contracts.actor import Actor
from lienthong.core.access.actions import grantable
from lienthong.core.access.models import Role
from lienthong.core.actions import Act, action
from lienthong.core.actions.errors import Conflict, Forbidden, Invalid
from lienthong.core.clients import keys
from lienthong.core.clients.models import ClientKey, ClientToken, MachineClient
from lienthong.core.clients.signatures import new_secret
from lienthong.core.identity.models import User
from lienthong.core.orgs.models import Position
from lienthong.core.registry import Registry, Verb, registry
from lienthong.kit import clock
from lienthong.kit.vietnamese import border_name

READ = "clients:client:read"
CREATE = "clients:client:create"
ADD_KEY = "clients:client:add_key"
REVOKE_KEY = "clients:client:revoke_key"
END = "clients:client:end"

VERBS = (
    Verb(READ, "xem các hệ thống kết nối qua API", "Xem hệ thống kết nối"),
    Verb(CREATE, "lập hệ thống kết nối qua API", "Lập hệ thống kết nối"),
    Verb(ADD_KEY, "cấp khóa cho hệ thống kết nối", "Cấp khóa"),
    Verb(REVOKE_KEY, "thu hồi khóa của hệ thống kết nối", "Thu hồi khóa"),
    Verb(END, "ngừng hệ thống kết nối", "Ngừng kết nối"),
)
MOST_KEYS = 2
_CODE = re.compile(r"[a-z][a-z0-9-]{2,39}")


class ClientPolicy:
    """The clients of the own agency, for who administers it (CORE-108)."""

    def scope(self, actor: Actor, rows: QuerySet[MachineClient]) -> QuerySet[MachineClient]:
        """Own ones."""
        return rows.filter(agency_id=actor.agency_id) if actor.may(READ) and actor.agency_id else rows.none()

    def sees(self, actor: Actor, obj: MachineClient) -> bool:
        """The same for one client."""
        return actor.may(READ) and actor.agency_id is not None and obj.agency_id == actor.agency_id

    def allows(self, actor: Actor, verb: str, obj: MachineClient | None) -> bool:
        """Holders of the verb; no machine gives itself a key."""
        if actor.is_system or actor.session.startswith("client:"):
            return False
        return actor.may(verb) and (obj is None or self.sees(actor, obj))


client_policy = ClientPolicy()


def declare(found: Registry) -> None:
    """Verbs and policy, at start-up."""
    found.add_verbs(*VERBS)
    found.add_policy(MachineClient, client_policy, [verb.code for verb in VERBS])


def roles_for(actor: Actor) -> QuerySet[Role]:
    """The roles that a client of the agency may hold."""
    return grantable(actor).order_by("name")


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientInput:
    """What a client is: the code it calls itself by, its name, whom to ask about it, and its role."""

    code: str
    name: str
    contact: str
    role_id: UUID


@dataclass(frozen=True, slots=True)
class Fresh:
    """A client with the secret of its new key, which nobody can read again."""

    client: MachineClient
    key: ClientKey
    secret: str


@action(CREATE)
def create(act: Act[None], *, facts: ClientInput) -> Fresh:
    """Let a system of the agency call the API; its first secret is in the answer and nowhere else (CORE-85)."""
    agency_id = act.by.agency_id
    if agency_id is None:
        raise Forbidden("lập hệ thống kết nối ngoài một cơ quan")
    code, name, contact = facts.code.strip().lower(), border_name(facts.name), border_name(facts.contact)
    role = roles_for(act.by).filter(pk=facts.role_id).first()
    faults: dict[str, str] = {}
    if not _CODE.fullmatch(code):
        faults["code"] = "Mã gồm 3 đến 40 chữ thường không dấu, số, gạch nối, bắt đầu bằng chữ."
    elif MachineClient.objects.filter(code=code).exists():
        faults["code"] = "Mã này đã có hệ thống khác dùng. Chọn mã khác."
    if not name:
        faults["name"] = "Nhập tên hệ thống."
    if not contact:
        faults["contact"] = "Nhập người hoặc đơn vị chịu trách nhiệm về hệ thống này."
    if role is None:
        faults["role"] = "Chọn vai trò mà cơ quan được trao."
    if faults or role is None:
        raise Invalid("Chưa lập được hệ thống kết nối.", faults)
    now = clock.now()
    account = User(username=f"may.{code}", full_name=name, agency_id=agency_id)
    account.set_unusable_password()
    account.save()
    position = Position.objects.create(
        unit_id=agency_id,
        title=f"Hệ thống {name}"[:200],
        rank=Position.Rank.OTHER,
        valid=DateRange(clock.local_date(now), None),
        order=900,
    )
    client = MachineClient.objects.create(
        agency_id=agency_id,
        code=code,
        name=name,
        contact=contact,
        account=account,
        position=position,
        role=role,
        created_at=now,
    )
    key, secret = _new_key(client)
    act.about(client)
    act.note(code=code, name=name, contact=contact, role=role.code, key=key.pk, until=key.until)
    return Fresh(client, key, secret)


@action(ADD_KEY, on=MachineClient)
def add_key(act: Act[MachineClient]) -> Fresh:
    """Give one more key; the old one stays good until it is revoked, so nothing stops meanwhile (CORE-85)."""
    _demand_active(act.target)
    if keys.good().filter(client=act.target).count() >= MOST_KEYS:
        raise Conflict("Hệ thống đang có hai khóa còn hiệu lực; thu hồi khóa cũ trước khi cấp khóa mới.", "two_keys")
    key, secret = _new_key(act.target)
    act.note(key=key.pk, until=key.until)
    return Fresh(act.target, key, secret)


@action(REVOKE_KEY, on=MachineClient, needs_reason=True)
def revoke_key(act: Act[MachineClient], *, key_id: UUID) -> None:
    """Take a key out of use at once, and the tokens that were bought with it."""
    key = ClientKey.objects.filter(pk=key_id, client=act.target, revoked_at__isnull=True).first()
    if key is None:
        raise Conflict("Khóa này đã thu hồi.", "no_key")
    _close(key)
    act.note(key=key.pk)


@action(END, on=MachineClient, needs_reason=True)
def end(act: Act[MachineClient]) -> None:
    """The system calls no more: its keys and tokens end in this instant, its account is out of use."""
    _demand_active(act.target)
    client = act.target
    open_keys = list(client.keys.filter(revoked_at__isnull=True))
    for key in open_keys:
        _close(key)
    User.objects.filter(pk=client.account_id).update(
        is_active=False, state=User.State.DISABLED, state_since=clock.now(), state_reason=act.reason
    )
    today = clock.local_date()
    position = client.position
    position.valid = DateRange(min(position.valid.lower or today, today), today)
    position.save(update_fields=["valid"])
    client.state, client.ended_at, client.end_reason = MachineClient.State.ENDED, clock.now(), act.reason
    act.note(keys=len(open_keys))


def _new_key(client: MachineClient) -> tuple[ClientKey, str]:
    secret = new_secret()
    now = clock.now()
    until = now + timedelta(days=int(registry.law("api.client_key_days")))
    return ClientKey.objects.create(client=client, sealed=keys.vault.seal(secret), created_at=now, until=until), secret


def _close(key: ClientKey) -> None:
    key.revoked_at = clock.now()
    key.save(update_fields=["revoked_at"])
    ClientToken.objects.filter(key=key).delete()


def _demand_active(client: MachineClient) -> None:
    if not client.active:
        raise Conflict("Hệ thống này đã ngừng kết nối.", "ended")

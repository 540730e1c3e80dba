"""Machine clients by API: the same acts as the screens; a secret is in one answer only (CORE-85, CORE-90)."""

from datetime import datetime
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Schema, Status

from lienthong.core.clients import actions, queries
from lienthong.core.clients.models import ClientKey
from lienthong.systems.admin.api.people import Reasoned, actor_of

router = Router(tags=["admin"])


class ClientIn(Schema):
    """A new client."""

    code: str
    name: str
    contact: str
    role_id: UUID


class ClientKeyOut(Schema):
    """A key, without its secret."""

    id: UUID
    created_at: datetime
    until: datetime
    revoked_at: datetime | None
    used_at: datetime | None
    used_from: str


class ClientOut(Schema):
    """A client of the agency."""

    id: UUID
    code: str
    name: str
    contact: str
    role: str
    state: str
    created_at: datetime
    ended_at: datetime | None
    last_used_at: datetime | None
    last_used_from: str


class ClientDetail(ClientOut):
    """One client with its keys."""

    keys: list[ClientKeyOut]


class FreshOut(Schema):
    """A new key: the secret is here and nowhere else."""

    client_id: str
    client_secret: str
    id: UUID
    key_id: UUID
    until: datetime


@router.get("/clients", response=list[ClientOut], summary="Hệ thống kết nối của cơ quan")
def list_clients(request: HttpRequest, state: str = "") -> list[ClientOut]:
    """The clients of the agency, newest first."""
    return [_out(row) for row in queries.clients(actor_of(request, actions.READ), state)]


@router.post("/clients", response={201: FreshOut}, summary="Lập hệ thống kết nối và cấp khóa đầu tiên")
def create_client(request: HttpRequest, body: ClientIn) -> Status[FreshOut]:
    """Make a client; the code is unique, so a repeat is refused and makes no second one."""
    by = actor_of(request, actions.CREATE)
    facts = actions.ClientInput(code=body.code, name=body.name, contact=body.contact, role_id=body.role_id)
    return Status(201, _fresh(actions.create(by=by, facts=facts)))


@router.get("/clients/{ident}", response=ClientDetail, summary="Một hệ thống kết nối và các khóa")
def get_client(request: HttpRequest, ident: UUID) -> ClientDetail:
    """One client with its keys."""
    by = actor_of(request, actions.READ)
    client = queries.client(by, ident)
    row = queries.row_of(client)
    return ClientDetail(**_out(row).dict(), keys=[_key(key) for key in client.keys.all()])


@router.post("/clients/{ident}/keys", response={201: FreshOut}, summary="Cấp thêm một khóa")
def add_client_key(request: HttpRequest, ident: UUID) -> Status[FreshOut]:
    """One more key; at most two are good at once, so a repeat cannot heap them up."""
    by = actor_of(request, actions.ADD_KEY)
    return Status(201, _fresh(actions.add_key(by=by, target=queries.client(by, ident))))


@router.post("/clients/{ident}/keys/{key_id}/revoke", response={204: None}, summary="Thu hồi một khóa")
def revoke_client_key(request: HttpRequest, ident: UUID, key_id: UUID, body: Reasoned) -> Status[None]:
    """Take a key out of use at once."""
    by = actor_of(request, actions.REVOKE_KEY)
    actions.revoke_key(by=by, target=queries.client(by, ident), key_id=key_id, reason=body.reason)
    return Status(204, None)


@router.post("/clients/{ident}/end", response={204: None}, summary="Ngừng một hệ thống kết nối")
def end_client(request: HttpRequest, ident: UUID, body: Reasoned) -> Status[None]:
    """The client calls no more."""
    by = actor_of(request, actions.END)
    actions.end(by=by, target=queries.client(by, ident), reason=body.reason)
    return Status(204, None)


def _out(row: queries.Row) -> ClientOut:
    client = row.client
    return ClientOut(
        id=client.pk,
        code=client.code,
        name=client.name,
        contact=client.contact,
        role=client.role.code,
        state=client.state,
        created_at=client.created_at,
        ended_at=client.ended_at,
        last_used_at=row.last.used_at if row.last else None,
        last_used_from=row.last.used_from if row.last else "",
    )


def _key(key: ClientKey) -> ClientKeyOut:
    return ClientKeyOut(
        id=key.pk,
        created_at=key.created_at,
        until=key.until,
        revoked_at=key.revoked_at,
        used_at=key.used_at,
        used_from=key.used_from,
    )


def _fresh(made: actions.Fresh) -> FreshOut:
    return FreshOut(
        client_id=made.client.code,
        client_secret=made.secret,
        id=made.client.pk,
        key_id=made.key.pk,
        until=made.key.until,
    )

"""The API of one's own account: sessions (CORE-82)."""

from datetime import datetime
from uuid import UUID

from django.http import HttpRequest
from ninja import Field, Router, Schema, Status

from lienthong.contracts.actor import Actor
from lienthong.core.identity import session_store, sessions
from lienthong.core.identity.models import User
from lienthong.shell.guard import actor_of
from lienthong.shell.signing_in import own_actor

router = Router(tags=["me"])


class SessionOut(Schema):
    """One session of the caller that goes on."""

    id: UUID
    method: str
    level: int
    device: str
    ip: str
    started_at: datetime
    seen_at: datetime
    current: bool = Field(description="Phiên đang gọi.")


class Ended(Schema):
    """How many sessions ended."""

    ended: int


def _own(request: HttpRequest) -> Actor:
    return own_actor(request, User.objects.get(pk=actor_of(request).person))


@router.get("/sessions", response=list[SessionOut], summary="Các phiên làm việc của mình")
def list_sessions(request: HttpRequest) -> list[SessionOut]:
    """The caller's sessions that go on, the newest activity first."""
    actor = actor_of(request)
    return [
        SessionOut(
            id=row.pk,
            method=row.method,
            level=row.level,
            device=row.device,
            ip=row.ip,
            started_at=row.started_at,
            seen_at=row.seen_at,
            current=row.key == actor.session,
        )
        for row in session_store.live(actor.person)
    ]


@router.delete("/sessions/{ident}", response={204: None}, summary="Kết thúc một phiên khác của mình")
def end_session(request: HttpRequest, ident: UUID) -> Status[None]:
    """End one of the caller's other sessions; 404 for any other."""
    by = _own(request)
    sessions.end(by=by, session_id=ident, keep=by.session)
    return Status(204, None)


@router.delete("/sessions", response=Ended, summary="Kết thúc mọi phiên khác của mình")
def end_others(request: HttpRequest) -> Ended:
    """End all of the caller's sessions but the calling one."""
    by = _own(request)
    return Ended(ended=sessions.end(by=by, keep=by.session))

"""Sessions of a person: begun by a way of sign-in, ended one by one or all at once (CORE-82)."""

from uuid import UUID

from lienthong.core import outbox
from lienthong.core.actions import Act, action
from lienthong.core.actions.errors import NotSeen
from lienthong.core.identity.actions import ACCOUNT_CLOSED
from lienthong.core.identity.models import SignInSession
from lienthong.core.identity.session_store import device_name, end_all, end_rows, live
from lienthong.core.registry import Verb
from lienthong.kit import clock

START = "identity:session:start"
END = "identity:session:end"

OWN_VERBS = (
    Verb(START, "đăng nhập", "Đăng nhập"),
    Verb(END, "kết thúc phiên làm việc", "Kết thúc phiên"),
)
HOLDING_ENDED = "orgs.holding.ended"
"""A message of core/orgs, which lies above: {person, remaining, …}."""


@action(START)
def start(
    act: Act[None], *, method: str, key: str, ip: str = "", device: str = "", factor: bool = False, level: int = 0
) -> SignInSession:
    """Note a sign-in: by which way, from where, on what; `factor`: a second factor was shown just now."""
    now = clock.now()
    row = SignInSession.objects.create(
        person_id=act.by.person,
        key=key,
        method=method,
        level=level,
        ip=ip,
        device=device_name(device),
        started_at=now,
        seen_at=now,
        factor_at=now if factor else None,
    )
    act.about(row)
    act.note(method=method, level=level, device=row.device)
    return row


@action(END)
def end(act: Act[None], *, session_id: UUID | None = None, keep: str = "") -> int:
    """End one of one's own sessions, or all but the one whose key is `keep`; returns how many ended."""
    rows = live(act.by.person).exclude(key=keep)
    if session_id is not None:
        rows = rows.filter(pk=session_id)
        row = rows.first()
        if row is None:
            raise NotSeen("phiên làm việc")
        act.about(row)
    ended = end_rows(rows, "Người dùng kết thúc")
    act.note(ended=ended)
    return ended


# --- ended by what happens elsewhere ----------------------------------------------------------------------------------


@outbox.handles(HOLDING_ENDED)
def holding_ended(message: outbox.Message) -> None:
    """A role ended: with no position left every session ends; otherwise the next request acts in another position."""
    if not message.payload.get("remaining"):
        end_all(UUID(message.payload["person"]), "Thôi giữ vị trí")


@outbox.handles(ACCOUNT_CLOSED)
def account_closed(message: outbox.Message) -> None:
    """The account was locked or put out of use."""
    end_all(UUID(message.payload["person"]), "Tài khoản bị khóa hoặc ngừng dùng")

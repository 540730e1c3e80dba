"""What the endpoints of the office share: problems, the caller, writes that happen once for each key (CORE-90)."""

from typing import Any

from django.http import HttpRequest
from ninja import File, Header, Schema

from lienthong.contracts.actor import Actor
from lienthong.core.actions.errors import Forbidden
from lienthong.core.actions.idempotency import once
from lienthong.core.registry import registry


class Problem(Schema):
    """RFC 9457: Vietnamese title, machine code, all field errors at once."""

    type: str = "about:blank"
    status: int
    code: str
    title: str
    fields: dict[str, str] = {}


ERRORS = {403: Problem, 404: Problem, 409: Problem, 422: Problem}
FILE: Any = File(...)  # type: ignore[type-arg]
KEY: Any = Header("", alias="Idempotency-Key", description="Khóa chống lặp: gửi lại cùng khóa cho cùng kết quả")  # type: ignore[type-arg]


def actor_of(request: HttpRequest, verb: str) -> Actor:
    """The caller, who must hold the verb."""
    actor: Actor | None = getattr(request, "actor", None)
    if actor is None or actor.agency_id is None or not actor.may(verb):
        raise Forbidden(registry.verb(verb).label)
    return actor


def run(actor: Actor, key: str, asked: dict[str, Any], work: Any) -> Any:
    """Run a write, once for each key when the caller gave one."""
    if not key:
        return work()
    answer, _ = once(by=actor, key=key, request=asked, run=work)
    return answer

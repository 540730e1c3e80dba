"""A crash may leave a write committed whose caller never heard: repeating it with one key does it once (CORE-90)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db import connection, transaction

from lienthong.contracts.actor import Actor
from lienthong.core.actions.errors import Conflict
from lienthong.core.actions.models import Repeatable
from lienthong.core.registry import registry
from lienthong.kit import clock
from lienthong.kit.hashing import canonical_json, sha256_hex


def once(*, by: Actor, key: str, request: Any, run: Callable[[], Any]) -> tuple[Any, bool]:
    """Run a write once for each (actor, key): (answer, whether it ran now).

    Parallel repeats wait on the unique index until the first one commits and then get its answer; if it rolled back,
    one of them runs. `request` is what was asked, as JSON; the same key with another request raises Conflict.
    """
    fingerprint = sha256_hex(canonical_json(request))
    with transaction.atomic():
        if _claim(by.key, key, fingerprint):
            answer = run()
            Repeatable.objects.filter(actor=by.key, key=key).update(answer=answer)
            return answer, True
        row = Repeatable.objects.get(actor=by.key, key=key)
        if row.fingerprint != fingerprint:
            raise Conflict(
                "Khóa chống lặp này đã dùng cho một yêu cầu khác nội dung. Dùng khóa mới cho yêu cầu mới.", "key_reused"
            )
        return row.answer, False


def _claim(actor: str, key: str, fingerprint: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO actions_repeatable (actor, key, fingerprint, created_at) VALUES (%s, %s, %s, %s) "
            "ON CONFLICT (actor, key) DO NOTHING RETURNING id",
            [actor, key, fingerprint, clock.now()],
        )
        return cursor.fetchone() is not None


def forget_old() -> int:
    """Drop answers older than the lawbook's hours; returns how many."""
    oldest = clock.now() - timedelta(hours=int(registry.law("api.idempotency_hours")))
    deleted, _ = Repeatable.objects.filter(created_at__lt=oldest).delete()
    return deleted

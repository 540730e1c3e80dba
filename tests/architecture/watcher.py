"""Watches every run of every action: refused to strangers without a trace, journalled when it happens."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection, transaction

from lienthong.contracts.actor import Actor
from lienthong.core.actions import Action
from lienthong.core.actions.errors import Forbidden, NotSeen
from lienthong.core.audit.models import JournalEntry

_WRITTEN = "SELECT coalesce(sum(n_tup_ins + n_tup_upd + n_tup_del), 0) FROM pg_stat_xact_user_tables"


@dataclass
class Watcher:
    """What was seen: how often each verb ran, and what was wrong with it."""

    runs: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    faults: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    _trying: bool = False

    def run(self, original: Any, action: Action[Any], by: Actor, target: Any, arguments: dict[str, Any]) -> Any:
        """One call: first as people who may not, then as the one who called."""
        if self._trying:
            return original(action, by=by, target=target, **arguments)
        for who, stranger in _strangers(action.verb, by, target):
            self._refused(original, action, who, stranger, target, arguments)
        before = self._lines(action.verb, by)
        entries = JournalEntry.objects.count()
        result = original(action, by=by, target=target, **arguments)
        lines = self._lines(action.verb, by) - before
        wanted = 0 if action.composite else 1
        if lines != wanted:
            self.faults[action.verb].append(f"left {lines} lines of its verb, not {wanted}")
        if JournalEntry.objects.count() == entries:
            self.faults[action.verb].append("left no line at all")
        self.runs[action.verb] += 1
        return result

    def _refused(
        self, original: Any, action: Action[Any], who: str, by: Actor, target: Any, arguments: dict[str, Any]
    ) -> None:
        """The same call by somebody without the right: refused, and not one row of any table was touched."""
        before = written()
        self._trying = True
        try:
            with transaction.atomic():
                original(action, by=by, target=target, **arguments)
                transaction.set_rollback(True)
            self.faults[action.verb].append(f"{who} may do it")
        except (Forbidden, NotSeen):
            if written() != before:
                self.faults[action.verb].append(f"refused to {who} only after rows were written")
        except Exception as fault:
            self.faults[action.verb].append(f"{who} got {type(fault).__name__} instead of a refusal")
        finally:
            self._trying = False

    @staticmethod
    def _lines(verb: str, by: Actor) -> int:
        return JournalEntry.objects.filter(verb=verb, actor=by.key).count()


def _strangers(verb: str, by: Actor, target: Any) -> Iterator[tuple[str, Actor]]:
    if by.is_system:
        yield "a person without rights", Actor(user_id=uuid4(), name="Người lạ", agency_id=by.agency_id)
        return
    yield "the same post without the verb", replace(by, verbs=by.verbs - {verb})
    yield "a person without rights", replace(by, user_id=uuid4(), verbs=frozenset())
    agency = getattr(target, "agency_id", None)
    if agency is not None and agency == by.agency_id:
        place = {"agency_id": uuid4(), "unit_id": uuid4(), "position_id": uuid4(), "user_id": uuid4()}
        yield "the same post of another agency", replace(by, **place)


def written() -> int:
    """How many row changes this transaction tried so far, in whatever table, undone ones included."""
    with connection.cursor() as cursor:
        cursor.execute(_WRITTEN)
        row = cursor.fetchone()
    assert row is not None
    return int(row[0])


@contextmanager
def watching() -> Iterator[Watcher]:
    """All actions run under a watcher's eyes."""
    watcher = Watcher()
    original = Action.__call__

    def watched(self: Action[Any], *, by: Actor, target: Any = None, **arguments: Any) -> Any:
        return watcher.run(original, self, by, target, arguments)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Action, "__call__", watched)
        yield watcher

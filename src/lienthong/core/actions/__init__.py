"""Every write is an action: lock → policy → transition → change → journal → emit, in one transaction.

An action is declared once and registered by its verb::

    @action("office:incoming:register", on=IncomingDocument)
    def register(act: Act[IncomingDocument], *, number_kind: str) -> Line: ...

and called by keyword: ``register(by=actor, target=document, reason=…, expected_version=…)``. The engine locks the
target, asks the policy of the verb, makes the transition that the machine of its model allows from its state, runs the
body (which changes fields and adds what the journal should know by ``act.note``), saves, journals and emits. A body
that calls other actions makes a composite: each part journals itself and the first failure undoes all.
"""

import functools
import inspect
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any, Protocol
from uuid import UUID

from django.core.exceptions import ObjectDoesNotExist
from django.db import connection, models, transaction

from lienthong.contracts.actor import Actor
from lienthong.contracts.ref import Ref
from lienthong.core import audit, fence, outbox
from lienthong.core.actions import reasons
from lienthong.core.actions.errors import Forbidden, IllegalMove, NotSeen, StaleObject
from lienthong.core.registry import registry
from lienthong.kit import clock, vietnamese

__all__ = ["Act", "Action", "action"]


@dataclass(slots=True)
class Act[M: models.Model | None]:
    """One run of an action: who, on what, and what the journal and the outbox will be told."""

    verb: str
    by: Actor
    target: M
    reason: str = ""
    ref: Ref | None = None
    agency_id: UUID | None = None
    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)
    events: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def note(self, **facts: Any) -> None:
        """Facts for the journal entry of this act (values of JSON, dates and ids are turned into text)."""
        self.after.update(facts)

    def was(self, **facts: Any) -> None:
        """What stood before, for the same entry."""
        self.before.update(facts)

    def about(self, obj: models.Model) -> None:
        """Name the object that a creating action made; the journal entry refers to it."""
        self.ref = ref_of(obj)
        self.agency_id = getattr(obj, "agency_id", None) or self.agency_id

    def emit(self, kind: str, **payload: Any) -> None:
        """Tell other parts through the outbox, in this transaction (CORE-88)."""
        self.events.append((kind, payload))


class Body[R](Protocol):
    """The shape of an action's body."""

    def __call__(self, act: Act[Any], /, **arguments: Any) -> R: ...


@dataclass
class Action[R]:
    """A registered write; calling it runs the whole sequence."""

    verb: str
    body: Callable[..., R]
    model: type[models.Model] | None
    needs_reason: bool = False
    composite: bool = False
    across: str = ""

    def __call__(
        self,
        *,
        by: Actor,
        target: Any = None,
        reason: str = "",
        expected_version: int | None = None,
        **arguments: Any,
    ) -> R:
        """Run the action; raises NotSeen (404), Forbidden (403), IllegalMove or StaleObject (409), MissingReason
        (422).
        """
        with self._fence(by), transaction.atomic():
            previous = _enter(self.verb)
            locked = self._lock(target)
            act = Act(verb=self.verb, by=by, target=locked, reason=vietnamese.border(reason))
            act.agency_id = getattr(locked, "agency_id", None) or by.agency_id
            self._check(act, expected_version)
            move = self._move(act)
            result = self.body(act, **arguments)
            if not self.composite:
                self._finish(act, move)
            for kind, payload in act.events:
                outbox.emit(kind, payload, agency_id=act.agency_id)
            _leave(previous)
        if target is not None and locked is not None:
            _copy_back(locked, target)
        return result

    def _fence(self, by: Actor) -> AbstractContextManager[None]:
        """An act sees the rows of its actor's agency; the node's operator acts on those of all (CORE-108)."""
        if self.across and by.may(self.across):
            return fence.node(self.verb)
        if by.agency_id is not None:
            return fence.agency(by.agency_id)
        # The system acting for no agency works in the scope of its job.
        return nullcontext() if by.is_system else fence.nobody()

    def _finish(self, act: Act[Any], move: Any) -> None:
        """Save the target and leave the journal line; a composite act leaves those of its parts instead."""
        if act.target is not None:
            act.ref = act.ref or ref_of(act.target)
            _save(act.target, move)
        audit.record(
            by=act.by,
            verb=self.verb,
            ref=act.ref,
            before=act.before or None,
            after=act.after or None,
            reason=act.reason,
            agency_id=act.agency_id,
        )

    def _lock(self, target: Any) -> Any:
        if target is None or self.model is None:
            return None
        rows = self.model._default_manager.all()
        try:
            # The app's role may not even lock rows that never change (CORE-73).
            return (rows if _unchanging(self.model) else rows.select_for_update()).get(pk=target.pk)
        except ObjectDoesNotExist:
            raise NotSeen(self.model._meta.verbose_name) from None

    def _check(self, act: Act[Any], expected_version: int | None) -> None:
        policy = registry.policy(self.verb)
        if act.target is not None and not act.by.is_system and not policy.sees(act.by, act.target):
            raise NotSeen(act.target._meta.verbose_name)
        if not policy.allows(act.by, self.verb, act.target):
            raise Forbidden(registry.verb(self.verb).label or registry.verb(self.verb).sentence)
        if expected_version is not None and act.target is not None and act.target.version != expected_version:
            raise StaleObject(act.target)

    def _move(self, act: Act[Any]) -> Any:
        machine = registry.machines.get(type(act.target)) if act.target is not None else None
        move = None
        if machine is not None and machine.has(self.verb):
            move = machine.move(self.verb, act.target.state)
            if move is None:
                raise IllegalMove(act.target, self.verb)
            act.was(state=act.target.state)
            act.target.state = move.to or act.target.state
            act.note(state=act.target.state)
        if self.needs_reason or (move is not None and move.needs_reason):
            reasons.demand(act.reason)
        return move


def action[R](
    verb: str,
    *,
    on: type[models.Model] | None = None,
    needs_reason: bool = False,
    composite: bool = False,
    across: str = "",
) -> Callable[[Callable[..., R]], Action[R]]:
    """Register a write under its verb; the body takes an `Act` first and keyword-only arguments after it.

    `across`: the verb of the node's operator, who with this act works on rows of any agency; its journal entry says so
    (CORE-108).
    """

    def wrap(body: Callable[..., R]) -> Action[R]:
        parameters = list(inspect.signature(body).parameters.values())[1:]
        if any(parameter.kind is not inspect.Parameter.KEYWORD_ONLY for parameter in parameters):
            raise TypeError(f"{body.__qualname__}: arguments of an action are keyword-only")
        if verb in registry.actions:
            raise ValueError(f"two actions carry the verb {verb}")
        made = Action(verb=verb, body=body, model=on, needs_reason=needs_reason, composite=composite, across=across)
        functools.update_wrapper(made, body, assigned=("__module__", "__name__", "__qualname__", "__doc__"), updated=())
        registry.actions[verb] = made
        return made

    return wrap


def ref_of(obj: models.Model) -> Ref:
    """The reference of an object: `ref_kind` of its class, or `app:model`."""
    kind = getattr(type(obj), "ref_kind", None) or f"{obj._meta.app_label}:{obj._meta.model_name}"
    return Ref(kind, obj.pk)


def _unchanging(model: type[models.Model]) -> bool:
    return bool(getattr(model, "append_only", False))


def _save(obj: models.Model, move: Any) -> None:
    if _unchanging(type(obj)):
        return
    if hasattr(obj, "version"):
        obj.version += 1
    if move is not None and hasattr(obj, "state_since"):
        obj.state_since = clock.now()
    obj.save()


def _copy_back(source: models.Model, target: models.Model) -> None:
    """Let the caller's instance show what the act made of it."""
    for f in source._meta.concrete_fields:
        setattr(target, f.attname, getattr(source, f.attname))
    target._state.fields_cache.clear()


def _enter(verb: str) -> str:
    """Tell the database that an action writes now, so that its guard need not journal a bare write (CORE-73)."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('lienthong.action', true), set_config('lienthong.action', %s, true)", [verb]
        )
        row = cursor.fetchone()
    return (row[0] or "") if row else ""


def _leave(previous: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lienthong.action', %s, true)", [previous])

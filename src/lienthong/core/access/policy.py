"""A policy says both who sees which rows and who may do what with one of them; a test proves that the two agree."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from django.db.models import Model, QuerySet

from lienthong.contracts.actor import Actor

type Rule[M] = Callable[[Actor, M], bool]


class Policy[M: Model]:
    """The base of all policies (CORE-83): out of scope is 404, in scope without the right is 403.

    A subclass gives `model`, `scope`, `sees` and `rules`: for each verb a condition on the object beside holding the
    verb. Verbs in `system` may also be run by the system itself (jobs, gateways).
    """

    model: ClassVar[type[Model]]
    rules: ClassVar[Mapping[str, Callable[[Any, Any], bool]]] = {}
    system: ClassVar[frozenset[str]] = frozenset()

    def scope(self, actor: Actor, rows: QuerySet[M]) -> QuerySet[M]:
        """The rows that the actor may see; the agency is always the first condition (CORE-108)."""
        raise NotImplementedError

    def sees(self, actor: Actor, obj: M) -> bool:
        """Whether one row is among those; written apart from `scope` for speed, proven equal by a test."""
        raise NotImplementedError

    def allows(self, actor: Actor, verb: str, obj: M | None) -> bool:
        """Whether the actor may do this to the object now (the state machine judges the state)."""
        rule = self.rules.get(verb)
        if actor.is_system:
            return verb in self.system
        if rule is None or not actor.may(verb):
            return False
        if obj is None:
            return rule(actor, None)
        return self.sees(actor, obj) and rule(actor, obj)


def anywhere(_actor: Actor, _obj: object) -> bool:
    """The rule of verbs that need no more than the right and the sight of the object."""
    return True

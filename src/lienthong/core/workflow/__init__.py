"""States are data: one table drives the buttons, the API, the diagram and a guard in the database (CORE-89)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import pgtrigger
from django.db import models

from lienthong.contracts.actor import Actor
from lienthong.core.registry import registry

__all__ = ["Machine", "Offer", "State", "Transition", "guards", "offers"]


@dataclass(frozen=True, slots=True)
class State:
    """A state: its code, the words of its badge, its tone (neutral, info, ok, warn, stop) and icon.

    `initial` states are the only ones a row may be born in; in a `final` one nothing is open any more.
    """

    code: str
    label: str
    tone: str = "neutral"
    icon: str = "point"
    initial: bool = False
    final: bool = False


@dataclass(frozen=True, slots=True)
class Transition:
    """A legal move. `to` empty means that the state stays; `clock` says what becomes of the clock (start, stop,
    pause).
    """

    verb: str
    sources: tuple[str, ...]
    to: str
    label: str
    hint: str = ""
    needs_reason: bool = False
    clock: str = ""
    system: bool = False
    danger: bool = False
    primary: bool = False


@dataclass(frozen=True)
class Machine:
    """The states and transitions of one kind of object."""

    name: str
    states: tuple[State, ...]
    transitions: tuple[Transition, ...]

    def __post_init__(self) -> None:
        codes = {state.code for state in self.states}
        for transition in self.transitions:
            unknown = ({transition.to} if transition.to else set()) | set(transition.sources)
            if unknown - codes:
                raise ValueError(f"{self.name}: {transition.verb} names unknown states {sorted(unknown - codes)}")
        seen: set[tuple[str, str]] = set()
        for transition in self.transitions:
            for source in transition.sources:
                if (transition.verb, source) in seen:
                    raise ValueError(f"{self.name}: two moves by {transition.verb} from {source}")
                seen.add((transition.verb, source))

    @cached_property
    def _moves(self) -> dict[tuple[str, str], Transition]:
        return {(t.verb, source): t for t in self.transitions for source in t.sources}

    @cached_property
    def _verbs(self) -> frozenset[str]:
        return frozenset(t.verb for t in self.transitions)

    @cached_property
    def by_code(self) -> dict[str, State]:
        """The states by their codes."""
        return {state.code: state for state in self.states}

    @property
    def choices(self) -> list[tuple[str, str]]:
        """For the choices of a model field."""
        return [(state.code, state.label) for state in self.states]

    def move(self, verb: str, state: str) -> Transition | None:
        """The transition that a verb makes from a state; None when it is illegal."""
        return self._moves.get((verb, state))

    def has(self, verb: str) -> bool:
        """Whether the verb moves (or is bound to states of) this machine."""
        return verb in self._verbs

    def pairs(self) -> set[tuple[str, str]]:
        """Every legal pair (from, to) with a change of state."""
        return {(s, t.to) for t in self.transitions for s in t.sources if t.to and t.to != s}

    def initial(self) -> tuple[str, ...]:
        """The states in which a row may be born."""
        return tuple(state.code for state in self.states if state.initial)

    def open_states(self) -> tuple[str, ...]:
        """The states in which work is left."""
        return tuple(state.code for state in self.states if not state.final)

    def mermaid(self) -> str:
        """The diagram of the docs."""
        lines = ["stateDiagram-v2"]
        lines += [f'    {state.code}: "{state.label}"' for state in self.states]
        lines += [f"    [*] --> {state.code}" for state in self.states if state.initial]
        lines += [f"    {s} --> {t.to or s}: {t.label}" for t in self.transitions for s in t.sources]
        return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class Offer:
    """An act that the actor may do now on an object: what a button shows."""

    transition: Transition
    verb: str
    label: str
    hint: str
    needs_reason: bool
    danger: bool
    primary: bool


def offers(actor: Actor, obj: models.Model, machine: Machine) -> list[Offer]:
    """The transitions that are legal from the object's state and allowed to the actor: buttons equal rights (OF-4)."""
    state = getattr(obj, "state")  # noqa: B009 - the field is the contract of every machine's model
    found = []
    for transition in machine.transitions:
        if transition.system or state not in transition.sources:
            continue
        if registry.policy(transition.verb).allows(actor, transition.verb, obj):
            found.append(
                Offer(
                    transition,
                    transition.verb,
                    transition.label,
                    transition.hint,
                    transition.needs_reason,
                    transition.danger,
                    transition.primary,
                )
            )
    return sorted(found, key=lambda offer: (not offer.primary, offer.danger))


def guards(machine: Machine, field: str = "state") -> list[pgtrigger.Trigger]:
    """Triggers by which the database itself refuses a birth in a later state and an illegal move (CORE-89).

    Raised as SQLSTATE LT409 so that bulk writes and raw SQL meet the same answer as the API.
    """

    def quoted(values: Iterable[str]) -> str:
        return ", ".join("'" + value.replace("'", "''") + "'" for value in values)

    pairs: Sequence[str] = [f"{a}>{b}" for a, b in sorted(machine.pairs())]
    born = (
        f"IF NEW.{field} NOT IN ({quoted(machine.initial())}) THEN "
        f"RAISE EXCEPTION 'a row of {machine.name} cannot be born as %', NEW.{field} USING ERRCODE = 'LT409'; "
        "END IF; RETURN NEW;"
    )
    moved = (
        f"IF NEW.{field} IS DISTINCT FROM OLD.{field} "
        f"AND (OLD.{field} || '>' || NEW.{field}) NOT IN ({quoted(pairs) or quoted(['-'])}) THEN "
        f"RAISE EXCEPTION '{machine.name}: illegal move from % to %', OLD.{field}, NEW.{field} "
        "USING ERRCODE = 'LT409'; END IF; RETURN NEW;"
    )
    return [
        pgtrigger.Trigger(name="born_in_initial_state", operation=pgtrigger.Insert, when=pgtrigger.Before, func=born),
        pgtrigger.Trigger(name="legal_moves_only", operation=pgtrigger.Update, when=pgtrigger.Before, func=moved),
    ]

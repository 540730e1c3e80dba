"""Every action checks a policy and leaves its journal line (ARCHITECTURE §3.2; CORE-72, CORE-83, F-CORE-18)."""

import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from django.db import transaction

from lienthong.core.registry import registry
from tests.architecture.scenes import build_stage, gather
from tests.architecture.watcher import Watcher, watching

VERBS = sorted(registry.actions)


@dataclass
class Played:
    """What came of all scenes."""

    watcher: Watcher
    broken: dict[str, str] = field(default_factory=dict)


class _Cut(Exception):
    """Ends a scene."""


@pytest.fixture(scope="module")
def played(module_db: None) -> Iterator[Played]:
    """Every scene on a fresh stage, watched."""
    stage = build_stage()
    with watching() as watcher:
        result = Played(watcher)
        for play in gather():
            try:
                with transaction.atomic():
                    play(stage)
                    raise _Cut
            except _Cut:
                continue
            except Exception as fault:
                result.broken[play.__name__] = f"{type(fault).__name__}: {fault}"
        yield result


def test_scenes_play_to_their_end(played: Played) -> None:
    assert played.broken == {}


@pytest.mark.parametrize("verb", VERBS)
def test_an_action_obeys_its_policy_and_leaves_its_line(played: Played, verb: str) -> None:
    """CORE-72, CORE-83, F-CORE-18: refused without touching a row, journalled once when it happens."""
    assert played.watcher.runs[verb], f"{verb} has no scene: add one to tests/architecture/scenes"
    assert played.watcher.faults[verb] == []


@pytest.mark.parametrize("verb", VERBS)
def test_an_action_is_declared(verb: str) -> None:
    """A verb of three parts with its sentence, a policy that judges it, keyword-only arguments, a docstring."""
    action = registry.actions[verb]
    declared = registry.verb(verb)
    assert re.fullmatch(r"[a-z]+:[a-z_]+:[a-z_]+", verb)
    assert declared.sentence.strip()
    assert declared.sentence[0].islower() or declared.sentence[0].isdigit()
    assert registry.policy(verb)
    assert action.__doc__
    first, *rest = inspect.signature(action.body).parameters.values()
    assert first.name == "act"
    assert all(parameter.kind is inspect.Parameter.KEYWORD_ONLY for parameter in rest)


def test_every_write_verb_has_its_action() -> None:
    """No button without a deed: what a role grants is either a right to read or an action."""
    reading = re.compile(r":(read|read_[a-z]+|operate)$")
    granted = {verb for role in registry.roles.values() for verb in role.verbs}
    nothing = {verb for verb in granted if verb not in registry.actions and not reading.search(verb)}
    assert nothing == set()


def test_what_a_machine_moves_is_an_action_on_its_model() -> None:
    """States name verbs; each is an action on that very model, judged by the policy of that model."""
    for model, machine in registry.machines.items():
        for transition in machine.transitions:  # type: ignore[attr-defined]
            action = registry.actions.get(transition.verb)
            assert action is not None, transition.verb
            assert action.model is model, transition.verb
            assert registry.policies[model] is registry.policy(transition.verb), transition.verb

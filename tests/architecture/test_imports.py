"""What import-linter cannot see: references between parts that hide in strings (ARCHITECTURE §2)."""

import ast
import configparser
import importlib
import re
from collections.abc import Callable, Iterator

from django.apps import apps

from lienthong.core.jobs import job_names
from lienthong.core.outbox.messages import handlers
from lienthong.core.registry import registry
from tests.architecture.source import ROOT, Module, called, modules, strings, templates

CONTRACTS = configparser.ConfigParser()
CONTRACTS.read(ROOT / ".importlinter", "utf-8")
URL_CALLS = {"reverse", "redirect", "reverse_lazy", "resolve_url"}


def layer_of(owner: str) -> int:
    """How high a part of the core, the shell or a system stands: the larger, the lower."""
    order = [re.sub(r"[()\s]", "", line) for line in CONTRACTS["importlinter:contract:core"]["layers"].split("\n")]
    core = [each for line in order if line for each in line.split("|")]
    if owner.startswith(("systems/", "gateways/")):
        return -2
    if owner.startswith("core/"):
        return core.index(owner.removeprefix("core/"))
    return -1


def owner_of(module_name: str) -> str:
    parts = module_name.split(".")
    if parts[0] != "lienthong":
        return ""
    return "/".join(parts[1:3]) if parts[1] in {"core", "systems", "gateways"} else parts[1]


def test_foreign_keys_stay_inside_a_system_or_point_down() -> None:
    """No foreign key from one system to another, nor from a lower part to a higher one: those meet by Ref."""
    wrong = []
    for model in apps.get_models(include_auto_created=True):
        here = owner_of(model.__module__)
        if not here:
            continue
        for field in model._meta.get_fields():
            if not field.is_relation or field.auto_created or field.related_model is None:
                continue
            there = owner_of(field.related_model.__module__)  # type: ignore[union-attr]
            if not there or there == here:
                continue
            if there.startswith("systems/") or layer_of(there) <= layer_of(here):
                wrong.append(f"{model._meta.label}.{field.name} → {there}")
    assert wrong == []


def test_templates_come_from_ones_own_system_or_the_shell() -> None:
    """No template of another system, in code or in templates."""
    systems = {template.name.split("/")[0] for template in templates() if template.owner.startswith("systems/")}
    assert systems
    wrong = []
    for module in modules():
        for line, text in strings(module):
            if re.fullmatch(r"[\w/-]+\.html(#\w+)?", text) and "/" in text and not _own(module.owner, text):
                wrong.append(f"{module.place}:{line} {text}")
    for template in templates():
        found = re.findall(r"{%-?\s*(?:extends|include)\s+[\"']([^\"']+)[\"']", template.text)
        wrong += [f"{template.name}: {text}" for text in found if not _own(template.owner, text)]
    assert wrong == []


def _own(owner: str, name: str) -> bool:
    first = name.split("/")[0]
    if owner.startswith("systems/"):
        return first in {owner.removeprefix("systems/"), "shell"}
    return first == "shell"


def test_url_names_are_ones_own_or_the_houses() -> None:
    """No address of another system by its name: other systems' objects open by `registry.url(ref)`."""
    systems = {module.owner.removeprefix("systems/") for module in modules() if module.owner.startswith("systems/")}
    wrong = []

    def check(owner: str, place: str, name: str) -> None:
        space = name.split(":")[0]
        if space in systems and owner != f"systems/{space}":
            wrong.append(f"{place} {name}")

    for module in modules():
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Call) and called(node) in URL_CALLS and node.args:
                match node.args[0]:
                    case ast.Constant(value=str() as name) if ":" in name:
                        check(module.owner, f"{module.place}:{node.lineno}", name)
    for template in templates():
        for name in re.findall(r"{%-?\s*url\s+[\"']([^\"']+)[\"']", template.text):
            check(template.owner, template.name, name)
    assert wrong == []


def test_lower_parts_know_no_system() -> None:
    """Core, shell, kit and contracts name no verb, path or module of a system, not even in strings."""
    systems = sorted({m.owner.removeprefix("systems/") for m in modules() if m.owner.startswith("systems/")})
    verb = re.compile(
        rf"({'|'.join(systems)}):[a-z_]+:[a-z_]+|lienthong\.systems\.|({'|'.join(systems)})/[a-z_]+\.html"
    )
    wrong = [
        f"{module.place}:{line} {text}"
        for module in modules()
        if module.owner.split("/")[0] in {"core", "shell", "kit", "contracts"}
        and not module.place.startswith("shell/gallery")
        for line, text in strings(module)
        if verb.search(text)
    ]
    assert wrong == []


def test_systems_name_no_verb_of_another() -> None:
    """A right of another system is that system's matter: it is asked by a port."""
    codes = {verb: f"systems/{verb.split(':')[0]}" for verb in registry.verbs}
    wrong = [
        f"{module.place}:{line} {text}"
        for module in modules()
        if module.owner.startswith("systems/")
        for line, text in strings(module)
        if text in codes and codes[text] != module.owner and (ROOT / "src/lienthong" / codes[text]).is_dir()
    ]
    assert wrong == []


def test_verbs_in_strings_are_declared() -> None:
    """A misspelt verb would be a right that nobody holds."""
    heads = {verb.rpartition(":")[0] for verb in registry.verbs}
    wrong = [
        f"{module.place}:{line} {text}"
        for module in modules()
        for line, text in strings(module)
        if re.fullmatch(r"[a-z]+:[a-z_]+:[a-z_]+", text)
        and text.rpartition(":")[0] in heads
        and text not in registry.verbs
    ]
    assert wrong == []


def test_jobs_in_strings_are_registered() -> None:
    """Every `enqueue("name")` names a job of this release."""
    named = {}
    for module in modules():
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Call) and called(node) == "enqueue" and node.args:
                match node.args[0]:
                    case ast.Constant(value=str() as name):
                        named[name] = f"{module.place}:{node.lineno}"
    assert named
    assert {name: place for name, place in named.items() if name not in job_names()} == {}


def test_messages_have_a_listener() -> None:
    """Every kind that is emitted is handled, and nobody waits for what never comes."""
    emitted = set(_emitted())
    assert emitted
    # Tests that ran before in this process may have handlers of their own.
    handled = {kind for kind, found in handlers().items() if any("tests" not in _home(each) for each in found)}
    assert emitted - handled == set()
    assert handled - emitted == set()


def _home(function: Callable[..., object]) -> list[str]:
    return function.__module__.split(".")


def _emitted() -> Iterator[str]:
    for module in modules():
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Call) and called(node) == "emit" and node.args:
                match node.args[0]:
                    case ast.Constant(value=str() as kind):
                        yield kind
                    case ast.Name(id=name) if name.isupper():
                        yield _value(module, name)


def _value(module: Module, name: str) -> str:
    return str(getattr(importlib.import_module(module.name), name))


def test_the_contracts_cover_every_part() -> None:
    """The contracts of import-linter name every folder of the house (their keeping is `make check`)."""
    top = CONTRACTS["importlinter:contract:layers"]
    named = set(re.findall(r"\w+", top["layers"] + top["exhaustive_ignores"]))
    present = {module.path.relative_to(ROOT / "src/lienthong").parts[0].removesuffix(".py") for module in modules()}
    assert present - {"__init__"} - named == set()
    assert CONTRACTS["importlinter:contract:core"].getboolean("exhaustive")

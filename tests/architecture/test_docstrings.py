"""Every public thing says what it is for, and no file grows past what one reads (ARCHITECTURE §2, §5)."""

import ast
from collections.abc import Iterator

from tests.architecture.source import Module, modules

LONGEST = 600
# Each with its reason; nothing may be added without one.
LONG = {
    "core/audit/verifier.py": "one stand-alone file by design: it is copied out and run without the platform",
}
# Methods whose meaning the framework gives.
FRAMEWORK = {"ready", "save", "clean", "get_context", "media", "handle", "add_arguments", "deconstruct"}


def public(module: Module) -> Iterator[tuple[str, ast.AST]]:
    """Public functions, classes and methods of public classes, nested ones left out."""
    for node in module.tree.body:
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) or node.name.startswith("_"):
            continue
        yield node.name, node
        if isinstance(node, ast.ClassDef):
            if _overloads(node):
                continue
            for inner in node.body:
                named = isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef) and not inner.name.startswith("_")
                if named and inner.name not in FRAMEWORK:  # type: ignore[union-attr]
                    yield f"{node.name}.{inner.name}", inner  # type: ignore[union-attr]


def _overloads(node: ast.ClassDef) -> bool:
    """A policy, a protocol, a form or a trigger repeats what its base says of each method."""
    bases = {ast.unparse(base).split("[")[0].split(".")[-1] for base in node.bases}
    return bool(bases - {"object"})


def test_public_things_have_docstrings() -> None:
    """The first line is the rule of business; without it nobody knows what may be changed."""
    missing = [
        f"{module.place}:{node.lineno} {name}"  # type: ignore[attr-defined]
        for module in modules()
        for name, node in public(module)
        if not ast.get_docstring(node)  # type: ignore[arg-type]
    ]
    assert missing == []


def test_modules_have_docstrings() -> None:
    missing = [m.place for m in modules() if m.tree.body and not ast.get_docstring(m.tree)]
    assert missing == []


def test_files_stay_short() -> None:
    """A file past 600 lines asks to become a folder of parts."""
    long = {module.place for module in modules() if module.text.count("\n") > LONGEST}
    assert long - set(LONG) == set()
    assert set(LONG) - long == set(), "no longer long: take it off the list"

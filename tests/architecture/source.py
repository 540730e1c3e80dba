"""The sources of the product as these tests read them: modules, their syntax trees, templates."""

import ast
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "lienthong"


@dataclass(frozen=True)
class Module:
    """One file of code: where it lies, what it says."""

    path: Path
    text: str
    tree: ast.Module

    @property
    def place(self) -> str:
        """Its path inside the package."""
        return self.path.relative_to(PACKAGE).as_posix()

    @property
    def name(self) -> str:
        """Its dotted name."""
        return ".".join(("lienthong", *self.path.relative_to(PACKAGE).with_suffix("").parts)).removesuffix(".__init__")

    @property
    def owner(self) -> str:
        """`systems/office`, `core/audit`, `shell`, …"""
        parts = self.path.relative_to(PACKAGE).parts
        return "/".join(parts[:2]) if parts[0] in {"systems", "core", "gateways"} else parts[0]


@cache
def modules() -> tuple[Module, ...]:
    """Every module of the product without tests and migrations."""
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        if {"tests", "migrations"} & set(path.relative_to(PACKAGE).parts):
            continue
        text = path.read_text("utf-8")
        found.append(Module(path, text, ast.parse(text)))
    assert len(found) > 100
    return tuple(found)


@cache
def migrations() -> tuple[Module, ...]:
    """Every migration."""
    paths = sorted(PACKAGE.rglob("migrations/[0-9]*.py"))
    return tuple(Module(path, text := path.read_text("utf-8"), ast.parse(text)) for path in paths)


@dataclass(frozen=True)
class Template:
    """One template: its name as code says it, its text, the part of the product that it belongs to."""

    path: Path
    text: str

    @property
    def name(self) -> str:
        """`office/incoming.html`."""
        return self.path.as_posix().partition("/templates/")[2]

    @property
    def owner(self) -> str:
        """`systems/office` or `shell`."""
        return Module(self.path, "", ast.Module([], [])).owner


@cache
def templates() -> tuple[Template, ...]:
    """Every template."""
    found = tuple(Template(path, path.read_text("utf-8")) for path in sorted(PACKAGE.rglob("templates/**/*.html")))
    assert len(found) > 20
    return found


def docstrings(tree: ast.Module) -> set[int]:
    """The ids of the nodes that are docstrings (also those under constants and attributes)."""
    found = set()
    for node in ast.walk(tree):
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant):
                found.add(id(child.value))
    return found


def strings(module: Module) -> list[tuple[int, str]]:
    """The texts that code uses, with their lines; docstrings are none."""
    skipped = docstrings(module.tree)
    return [
        (node.lineno, node.value)
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in skipped
    ]


def called(node: ast.Call) -> str:
    """The last name of what is called."""
    match node.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""

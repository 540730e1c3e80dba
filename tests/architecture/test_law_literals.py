"""No number of the law stands in code: domain layers name keys of the lawbook (CORE-29, ARCHITECTURE §3.4)."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[2] / "src" / "lienthong"

# The machinery that carries the domain: its retention and polling times come from nobody's decree.
MACHINERY = {"core/jobs", "core/outbox", "core/live", "core/registry", "core/actions", "core/audit"}
# The demo certificate authority: a prop whose certificates live as long as the demo likes.
PROPS = {"core/signing/pki.py"}

LEGAL = re.compile(
    r"(^|_)(days?|hours?|months?|weeks?|years?|quorum|majority|shares?|percent|percentage|ratio)(_|$)", re.IGNORECASE
)
# 0, 1 and -1 step through a calendar; no limit is hidden in them that `Duration` would not show.
STEPS = {0, 1, -1}
NOT_A_STEP = 0.5


def number(node: ast.expr | None) -> float | None:
    """The number that an expression writes out, also inside `timedelta(days=…)` or `Decimal("…")`."""
    match node:
        case ast.Constant(value=bool()):
            return None
        case ast.Constant(value=int() | float() as value):
            return value
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            inner = number(operand)
            return None if inner is None else -inner
        case ast.BinOp(left=left, right=right):
            # What matters is that numbers are written out, not what they come to.
            return None if number(left) is None or number(right) is None else NOT_A_STEP
        case ast.Call(func=ast.Name(id="Decimal" | "Fraction"), args=[ast.Constant(value=str() as text), *_]):
            return float(text) if re.fullmatch(r"-?\d+(\.\d+)?", text) else None
        case ast.Call(func=ast.Name(id="Fraction"), args=[above, below]):
            return number(ast.BinOp(above, ast.Div(), below))
        case ast.Call(func=ast.Name(id="Decimal" | "Fraction" | "int" | "float"), args=[inner, *_]):
            return number(inner)
        case _:
            return None


def name(node: ast.expr) -> str:
    """What a target, an attribute or a variable is called."""
    match node:
        case ast.Name(id=text) | ast.Attribute(attr=text):
            return text
        case ast.Subscript(slice=ast.Constant(value=str() as text)):
            return text
        case _:
            return ""


def pairs(tree: ast.AST) -> Iterator[tuple[str, ast.expr, int]]:
    """Every name or argument to which an expression is given, compared or bound."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=function, args=args, keywords=keywords):
                for keyword in keywords:
                    yield keyword.arg or "", keyword.value, keyword.value.lineno
                if name(function) == "Duration" and args:
                    # A limit of any size is a matter of the law, also one day.
                    yield "Duration", args[0], node.lineno
                if name(function) == "timedelta" and args:
                    yield "days", args[0], node.lineno
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    yield name(target), value, node.lineno
            case ast.AnnAssign(target=target, value=ast.expr() as value) | ast.AugAssign(target=target, value=value):
                yield name(target), value, node.lineno
            case ast.NamedExpr(target=target, value=value):
                yield name(target), value, node.lineno
            case ast.Compare(left=left, comparators=[right, *_]):
                yield name(left), right, node.lineno
                yield name(right), left, node.lineno
            case ast.arguments():
                positional = [*node.posonlyargs, *node.args]
                for argument, default in zip(reversed(positional), reversed(node.defaults), strict=False):
                    yield argument.arg, default, default.lineno
                for argument, keyword_default in zip(node.kwonlyargs, node.kw_defaults, strict=True):
                    if keyword_default is not None:
                        yield argument.arg, keyword_default, keyword_default.lineno
            case ast.Dict(keys=keys, values=values):
                for key, value in zip(keys, values, strict=True):
                    if isinstance(key, ast.Constant) and isinstance(key.value, str):
                        yield key.value, value, value.lineno


def breaches(source: str) -> list[int]:
    """The lines on which a legal number is written out."""
    found = []
    for label, value, line in pairs(ast.parse(source)):
        written = number(value)
        if written is None:
            continue
        if label == "Duration" or (LEGAL.search(label) and written not in STEPS):
            found.append(line)
    return found


def domain() -> list[Path]:
    """The modules of the domain layers: systems, and core without its machinery; tests and migrations are no rule."""
    files = [*(SOURCE / "systems").rglob("*.py"), *(SOURCE / "core").rglob("*.py")]
    return [path for path in files if not {"tests", "migrations"} & set(path.parts) and not _spared(path)]


def _spared(path: Path) -> bool:
    place = path.relative_to(SOURCE)
    return "/".join(place.parts[:2]) in MACHINERY or place.as_posix() in PROPS


def test_domain_layers_write_out_no_legal_number() -> None:
    """CORE-29"""
    files = domain()
    assert len(files) > 20
    found = [f"{p.relative_to(SOURCE)}:{line}" for p in files for line in breaches(p.read_text("utf-8"))]
    assert found == [], "đưa các số này vào lienthong/law/*.toml và hỏi lawbook:\n" + "\n".join(found)


@pytest.mark.parametrize(
    "source",
    [
        "add(days=5)",
        "timedelta(days=15)",
        "timedelta(15)",
        "GRACE_DAYS = 180",
        "grace_days: int = 180",
        "def f(*, hours: int = 24): ...",
        "def f(keep_months=12): ...",
        "if quorum >= 2 / 3: ...",
        "quorum = Decimal('0.5')",
        "majority = Fraction(1, 2)",
        "share = 0.33",
        "rule(percent=-20)",
        "if 30 < row.age_days: ...",
        "options = {'max_hours': 12}",
        "settings['idle_hours'] = 3",
        "Duration(1, Unit.WORKING_DAY, 'một ngày làm việc')",
    ],
)
def test_what_is_a_legal_number(source: str) -> None:
    """CORE-29: the test can fail."""
    assert breaches(source) == [1]


@pytest.mark.parametrize(
    "source",
    [
        "timedelta(days=1)",
        "timedelta(minutes=15)",
        "day + timedelta(days=days)",
        "days = lawbook.get('org.grace_days')",
        "def f(*, days: int): ...",
        "today = 5",
        "page_size = 50",
        "max_length = 500",
        "is_holidays = True",
        "hours = []",
        "year = date.today().year",
        "Duration(n, unit, words)",
    ],
)
def test_what_is_none(source: str) -> None:
    """CORE-29: other literals need no waiver."""
    assert breaches(source) == []

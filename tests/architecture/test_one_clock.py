"""One clock: nobody but `kit/clock.py` asks the machine or the database for the time (CORE-99, F-CORE-8)."""

import ast
import re
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[2] / "src" / "lienthong"
# The clock, and who compares it with the database's.
CLOCKS = {SOURCE / "kit" / "clock.py", SOURCE / "core" / "clocks" / "drift.py"}

ASKS = {"now", "utcnow", "today", "localtime", "gmtime", "localdate"}
OF_MACHINE = {"datetime", "date", "timezone", "time", "process_time"}
# Functions of PostgreSQL that give its own time, in a text that is SQL.
SQL = re.compile(
    r"\b(current_date|current_time(stamp)?|localtime(stamp)?|(clock|statement|transaction)_timestamp\s*\(|now\s*\(\s*\))",
    re.IGNORECASE,
)
IS_SQL = re.compile(r"\b(select|insert|update|delete|values|set|where)\b", re.IGNORECASE)


def breaches(source: str) -> list[int]:
    """The lines that ask for the time elsewhere."""
    tree = ast.parse(source)
    prose = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    found = []
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id=owner), attr=asked)):
                if owner in OF_MACHINE and asked in ASKS:
                    found.append(node.lineno)
            case ast.Call(func=ast.Attribute(value=ast.Attribute(attr=owner), attr=asked)):
                if owner in OF_MACHINE and asked in ASKS:
                    found.append(node.lineno)
            case ast.Call(func=ast.Name(id="Now")):
                found.append(node.lineno)
            case ast.Constant(value=str() as text):
                if id(node) not in prose and IS_SQL.search(text) and SQL.search(text):
                    found.append(node.lineno)
    return found


def test_only_the_clock_knows_the_time() -> None:
    """CORE-99"""
    files = [
        path for path in SOURCE.rglob("*.py") if path not in CLOCKS and not {"tests", "migrations"} & set(path.parts)
    ]
    found = [f"{p.relative_to(SOURCE)}:{line}" for p in files for line in breaches(p.read_text("utf-8"))]
    assert len(files) > 50
    assert found == []


@pytest.mark.parametrize(
    "source",
    [
        "datetime.now(UTC)",
        "date.today()",
        "timezone.now()",
        "datetime.datetime.now()",
        "Now()",
        "execute('UPDATE x SET at = now()')",
        "execute('SELECT current_date')",
        "execute('SELECT * FROM x WHERE at < clock_timestamp()')",
    ],
)
def test_what_asks_elsewhere(source: str) -> None:
    """CORE-99: the test can fail."""
    assert breaches(source) == [1]


@pytest.mark.parametrize("source", ["clock.now()", "local_date()", "'hôm nay: now()'", "time.monotonic()", "x.now"])
def test_what_does_not(source: str) -> None:
    """CORE-99"""
    assert breaches(source) == []

"""Every key of the lawbook that code names is shipped in `lienthong/law`, with its unit in its name (CORE-29)."""

import ast
import re
import tomllib
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any

SOURCE = Path(__file__).resolve().parents[2] / "src" / "lienthong"
LAW = sorted(path for path in (SOURCE / "law").glob("*.toml") if path.name != "calendar.toml")
KEY = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)?")


def shipped() -> list[dict[str, Any]]:
    return [row for path in LAW for row in tomllib.loads(path.read_text("utf-8"))["parameter"]]


def named() -> dict[str, str]:
    """Keys given as text to the lawbook's functions, with a place where each is named."""
    found: dict[str, str] = {}
    for path in SOURCE.rglob("*.py"):
        if {"tests", "migrations"} & set(path.parts):
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            match node:
                case ast.Call(
                    func=ast.Attribute(
                        value=ast.Name(id="lawbook" | "registry"), attr="get" | "value" | "rule" | "law"
                    ),
                    args=[ast.Constant(value=str() as key), *_],
                ):
                    found[key] = f"{path.relative_to(SOURCE)}:{node.lineno}"
    return found


def test_keys_that_code_names_are_law() -> None:
    """CORE-29: systems name keys; the release has a row for each."""
    known = {row["key"] for row in shipped()}
    missing = {key: place for key, place in named().items() if key not in known}
    assert named()
    assert missing == {}


def test_rows_are_whole_and_do_not_overlap() -> None:
    """CORE-29, CORE-31: each row has its article and validity; two rows of one key follow one another."""
    rows = shipped()
    assert not [row["key"] for row in rows if not KEY.fullmatch(row["key"]) or not row.get("article")]
    assert max(Counter((row["key"], row["valid_from"]) for row in rows).values()) == 1
    by_key: dict[str, list[dict[str, Any]]] = {}
    for row in sorted(rows, key=lambda r: r["valid_from"]):
        by_key.setdefault(row["key"], []).append(row)
    for key, versions in by_key.items():
        assert len({row["kind"] for row in versions}) == 1, key
        for earlier, later in pairwise(versions):
            assert "valid_to" in earlier, key
            assert earlier["valid_to"] < later["valid_from"], key


def test_whole_numbers_say_their_unit() -> None:
    """CORE-17: no bare number; a name that ends in a unit of time has that unit."""
    units = {"days": "ngày", "hours": "giờ", "minutes": "phút", "months": "tháng", "seconds": "giây", "years": "năm"}
    for row in shipped():
        if row["kind"] in {"integer", "numbers", "decimal"}:
            assert row.get("unit"), row["key"]
            ending = row["key"].rsplit("_", 1)[-1]
            if ending in units:
                assert row["unit"].startswith(units[ending]), row["key"]

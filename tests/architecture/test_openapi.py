"""The API as published: one document, snapshot-tested (ARCHITECTURE §1; CORE-90).

Renew the snapshot after a wanted change: `RENEW=1 .venv/bin/pytest -q tests/architecture/test_openapi.py`.
"""

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lienthong.config.api import api

SNAPSHOT = Path(__file__).with_name("openapi.json")
METHODS = {"get", "post", "put", "patch", "delete"}


def document() -> dict[str, Any]:
    """The document as the node serves it."""
    found: dict[str, Any] = json.loads(json.dumps(api.get_openapi_schema(), default=str))
    return found


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in document()["paths"].items():
        for method, operation in item.items():
            if method in METHODS:
                yield method, path, operation


def test_the_document_is_the_snapshot() -> None:
    """CORE-90: a change of the API is seen in review, never by surprise."""
    text = json.dumps(document(), ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    if os.environ.get("RENEW"):
        SNAPSHOT.write_text(text, "utf-8")
    assert SNAPSHOT.read_text("utf-8") == text, "renew it when the change is wanted (see the head of this file)"


def _name(value: object) -> str:
    return value if isinstance(value, str) else ""


@pytest.mark.parametrize(("method", "path", "operation"), list(operations()), ids=_name)
def test_an_operation_speaks_to_its_reader(method: str, path: str, operation: dict[str, Any]) -> None:
    """A Vietnamese summary, a description, a name of its own, words for what is answered."""
    summary = operation["summary"]
    assert re.search(r"[À-ỹĐđ]", summary), summary
    assert operation.get("description")
    assert operation["operationId"]
    assert path.startswith("/api/v1/")
    assert any(code.startswith("2") for code in map(str, operation["responses"]))


def test_names_of_operations_are_unique() -> None:
    names = [operation["operationId"] for _, _, operation in operations()]
    assert len(names) == len(set(names))


def test_refusals_are_described() -> None:
    """CORE-90: an operation of a signed-in person names the problems that it may answer (RFC 9457)."""
    missing = [
        f"{method} {path}"
        for method, path, operation in operations()
        if operation.get("security") and not any(str(code).startswith("4") for code in operation["responses"])
    ]
    assert missing == []

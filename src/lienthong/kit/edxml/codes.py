"""Code lists of the packet as data with versions 2016 and 2022 (EX-33…35); unknown values are kept and reported."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeList:
    """One list: code → Vietnamese name. `verify` codes were not checked against the full regulation; `not_offered` are
    read but never offered for sending; `reason_required` are statuses that need a reason (§3.5)."""

    name: str
    versions: tuple[str, ...]
    source: str
    values: Mapping[str, str]
    verify: frozenset[str] = frozenset()
    not_offered: frozenset[str] = frozenset()
    reason_required: frozenset[str] = frozenset()

    def label(self, code: object) -> str:
        """The name to show; an unknown code shows itself, never an invented meaning (EX-24)."""
        text = str(int(code)) if isinstance(code, int) else str(code)
        return self.values.get(text, f"Mã chưa biết: {text}")


@cache
def code_lists() -> Mapping[str, CodeList]:
    """All lists by name: priority, steering_type, paper, business_type, receiver_type, status, document_type_…"""
    data = tomllib.loads(resources.files(__package__).joinpath("codes.toml").read_text("utf-8"))
    return {
        name: CodeList(
            name=name,
            versions=tuple(row["versions"]),
            source=row["source"],
            values=row["values"],
            verify=frozenset(row["values"] if row.get("verify") else row.get("verify_values", ())),
            not_offered=frozenset(row.get("not_offered", ())),
            reason_required=frozenset(row.get("reason_required", ())),
        )
        for name, row in data.items()
    }

"""The layout rules and the 29 types of official paper, as dated data (OF-41..44; NĐ 30/2020/NĐ-CP PL I, III)."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

PARTS = ("number", "place", "type", "subject", "signature", "recipients")


@dataclass(frozen=True, slots=True)
class Template:
    """A sample of PL III: the parts that it does without and the fixed words that it prints (OF-42).

    `lenient` samples do not exist in the decree: missing parts give warnings only.
    """

    id: str
    name: str
    without: frozenset[str] = frozenset()
    enacting: str = ""
    salutation: str = ""
    lenient: bool = False

    def has(self, part: str) -> bool:
        """Whether the sample prints one of PARTS."""
        return part not in self.without


@dataclass(frozen=True, slots=True)
class DocumentType:
    """One of the 29 types (Đ7). `key` names it in data; `code` is its abbreviation in số, ký hiệu ("" for công văn)."""

    key: str
    code: str
    name: str
    template: Template


@dataclass(frozen=True, slots=True)
class Rules:
    """One version of the layout rules: lengths in mm, sizes in points, as `nd30.toml` states them."""

    version: str
    source: str
    page: Mapping[str, Any]
    sizes: Mapping[str, Any]
    text: Mapping[str, Any]
    signature: Mapping[str, Any]
    urgency: Mapping[str, tuple[int, int]]
    circulation: tuple[str, ...]
    templates: Mapping[str, Template]
    types: Mapping[str, DocumentType]
    copies: Mapping[str, str]

    @property
    def text_width(self) -> float:
        """Width of the text area, mm."""
        return float(self.page["width"] - self.page["left"] - self.page["right"])

    def type(self, key: str) -> DocumentType:
        """A type by its key, case and marks matter: QC ≠ QyĐ, DA ≠ ĐA (F-OF-11). Raises KeyError."""
        return self.types[key]


@lru_cache
def nd30() -> Rules:
    """The rules of NĐ 30/2020/NĐ-CP."""
    data = tomllib.loads((files(__package__) / "nd30.toml").read_text(encoding="utf-8"))
    templates = {
        row["id"]: Template(
            id=row["id"],
            name=row["name"],
            without=frozenset(row.get("without", ())),
            enacting=row.get("enacting", ""),
            salutation=row.get("salutation", ""),
            lenient=row.get("lenient", False),
        )
        for row in data["template"]
    }
    types: dict[str, DocumentType] = {}
    for row in data["type"]:
        key = row.get("key", row["code"])
        if key in types:
            raise ValueError(f"type {key} stands twice in nd30.toml")
        types[key] = DocumentType(key, row["code"], row["name"], templates[row["template"]])
    return Rules(
        version=data["version"],
        source=data["source"],
        page=data["page"],
        sizes=data["sizes"],
        text=data["text"],
        signature=data["signature"],
        urgency={word: (size[0], size[1]) for word, size in data["urgency"].items()},
        circulation=tuple(data["circulation"]["marks"]),
        templates=templates,
        types=types,
        copies={row["code"]: row["name"] for row in data["copy"]},
    )

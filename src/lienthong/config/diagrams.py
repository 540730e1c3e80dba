"""`lienthong docs-states`: writes the state diagrams of every machine into docs/systems, from the tables that rule."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from django.db.models import Model

BEGIN = "<!-- states: written by `lienthong docs-states`, do not edit by hand -->"
END = "<!-- states: end -->"
ROOT = Path(__file__).resolve().parents[3]


def pages() -> dict[str, str]:
    """For each system with a machine the text between the markers of its page."""
    from lienthong.core.registry import registry

    parts: dict[str, list[str]] = {}
    for model, machine in registry.machines.items():
        parts.setdefault(model._meta.app_label, []).append(_section(model, machine))
    return {label: "\n".join(sections) for label, sections in sorted(parts.items())}


def _section(model: "type[Model]", machine: Any) -> str:
    rows = [
        f"| {move.label} | `{move.verb}` | {_names(machine, move.sources)} | {_names(machine, [move.to])} "
        f"| {'có' if move.needs_reason else ''} |"
        for move in machine.transitions
    ]
    head = ["| Việc | Động từ | Từ | Đến | Cần lý do |", "|---|---|---|---|---|"]
    name = str(model._meta.verbose_name)
    return "\n".join(
        [f"### {name[0].upper()}{name[1:]}", "", "```mermaid", machine.mermaid(), "```", "", *head, *rows, ""]
    )


def _names(machine: Any, codes: Sequence[str]) -> str:
    return ", ".join(machine.by_code[code].label if code else "như cũ" for code in codes)


def written(text: str, section: str) -> str:
    """A page with its section renewed; a page without markers gets them at its end."""
    block = f"{BEGIN}\n\n{section}\n{END}"
    if BEGIN not in text:
        return f"{text.rstrip()}\n\n## States\n\n{block}\n"
    before, _, rest = text.partition(BEGIN)
    return f"{before}{block}{rest.partition(END)[2]}"


def main(arguments: Sequence[str]) -> int:
    """Renew all pages; `--check` only says which are stale (exit 1)."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lienthong.config.settings")
    django.setup()
    stale = []
    for label, section in pages().items():
        page = ROOT / "docs" / "systems" / f"{label}.md"
        old = page.read_text("utf-8") if page.exists() else f"# {label}\n"
        new = written(old, section)
        if new != old or not page.exists():
            stale.append(page)
            if "--check" not in arguments:
                page.parent.mkdir(parents=True, exist_ok=True)
                page.write_text(new, "utf-8")
    for page in stale:
        sys.stdout.write(f"{page.relative_to(ROOT)}\n")
    return 1 if stale and "--check" in arguments else 0

"""The text of a draft as a drafter types it, to and from the structured body that is stored and printed (OF-19).

Blank lines part paragraphs. A paragraph that begins with "Điều 1.", "1." or "a)" is an article, a clause or a point;
lines that begin with "- " make a list; "Chương I" and "Phần I" stand on a line of their own before their title.
"""

import re
from typing import Any

from lienthong.kit.vietnamese import DIEM_LETTERS
from lienthong.systems.office.rendering.body import run_text

_ARTICLE = re.compile(r"^Điều\s+(\d+)\s*\.\s*(.*)$", re.DOTALL)
_CLAUSE = re.compile(r"^(\d+)\s*\.\s+(.*)$", re.DOTALL)
_POINT = re.compile(rf"^([{''.join(DIEM_LETTERS)}])\)\s+(.*)$", re.DOTALL)
_CHAPTER = re.compile(r"^(Phần|Chương)\s+([IVXLC]+)\s*\n(.+)$", re.DOTALL)


def parse(text: str) -> dict[str, Any]:
    """The body that a typed text means; every word of the text is kept."""
    blocks: list[dict[str, Any]] = []
    for chunk in re.split(r"\n\s*\n", text.replace("\r\n", "\n").strip()):
        if chunk.strip():
            blocks += _blocks(chunk.strip("\n"))
    return {"version": 1, "blocks": blocks}


def _blocks(chunk: str) -> list[dict[str, Any]]:
    if found := _CHAPTER.match(chunk):
        kind = "part" if found[1] == "Phần" else "chapter"
        return [{"kind": kind, "number": found[2], "title": _one(found[3])}]
    lines = [line.strip() for line in chunk.split("\n") if line.strip()]
    if all(line.startswith("- ") for line in lines):
        return [{"kind": "list", "style": "dash", "items": [[line[2:].strip()] for line in lines]}]
    return [_block(line) for line in lines]


def _block(line: str) -> dict[str, Any]:
    if found := _ARTICLE.match(line):
        return {"kind": "article", "number": found[1], "title": "", "text": [found[2].strip()]}
    if found := _CLAUSE.match(line):
        return {"kind": "clause", "number": found[1], "text": [found[2].strip()]}
    if found := _POINT.match(line):
        return {"kind": "point", "number": found[1], "text": [found[2].strip()]}
    return {"kind": "paragraph", "text": [line]}


def _one(text: str) -> str:
    return " ".join(text.split())


def typed(body: dict[str, Any]) -> str:
    """The text that `parse` reads back to the same body; blocks that only the editor knows are shown as plain lines."""
    return "\n\n".join(_typed(block) for block in body.get("blocks", ()))


def _typed(block: dict[str, Any]) -> str:
    kind, number = block["kind"], block.get("number", "")
    text = run_text(block.get("text", []))
    title = block.get("title", "")
    words = f"{title}{text}" if isinstance(title, str) else f"{run_text(title)}{text}"
    match kind:
        case "part" | "chapter":
            return f"{'Phần' if kind == 'part' else 'Chương'} {number}\n{words}"
        case "article":
            return f"Điều {number}. {words}"
        case "clause":
            return f"{number}. {words}"
        case "point":
            return f"{number}) {words}"
        case "list":
            return "\n".join(f"- {run_text(item)}" for item in block["items"])
        case _:
            return words

"""`lienthong doctor`: everything that a part can say about its health, each with why and remedy (CORE-62, CORE-98)."""

import json
import sys

from lienthong.contracts.health import Finding, Level
from lienthong.core import fence
from lienthong.core.operations import state

MARKS = {Level.OK: "ổn", Level.WARN: "LƯU Ý", Level.FAULT: "HỎNG"}


def doctor(*, as_json: bool = False, outside: bool = True) -> int:
    """Print the findings, the worst first; 0 when all is well, 1 with warnings only, 2 with a fault."""
    with fence.node("operations.doctor"):
        found = state.findings(outside=outside)
    sys.stdout.write(_json(found) if as_json else _words(found))
    return int(max((each.level for each in found), default=Level.OK))


def _json(found: list[Finding]) -> str:
    rows = [
        {
            "code": each.code,
            "level": each.level.name.lower(),
            "what": each.what,
            "why": each.why,
            "remedy": each.remedy,
        }
        for each in found
    ]
    return json.dumps({"findings": rows}, ensure_ascii=False, indent=1) + "\n"


def _words(found: list[Finding]) -> str:
    lines = []
    for each in found:
        lines.append(f"[{MARKS[each.level]}] {each.what}")
        if each.level > Level.OK:
            lines += [f"    Vì sao: {each.why}", f"    Cần làm: {each.remedy}"]
    bad = sum(each.level > Level.OK for each in found)
    lines.append(f"{len(found)} mục đã xem, {bad} mục cần xử lý." if bad else f"{len(found)} mục đã xem, tất cả ổn.")
    return "\n".join(lines) + "\n"

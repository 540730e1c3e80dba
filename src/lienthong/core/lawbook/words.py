"""A parameter's value as people read it: in words, with its unit (CORE-33)."""

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from lienthong.kit.workdays_words import UNITS, WEEKDAYS

# Texts that are a choice among few, by the words of the spec (CORE-20, CORE-22).
CHOICES = {
    "event_day": "tính theo ngày xảy ra",
    "next_working_day": "coi như nhận ngày làm việc tiếp theo",
    "p_counts_r_not": "ngày tạm dừng vẫn tính, ngày tiếp tục không tính",
}


def in_words(key: str, kind: str, value: Any, unit: str) -> str:
    """One line for a table cell; long lists are cut with their count."""
    match kind:
        case "duration":
            return _duration(value)
        case "flag":
            return "bật" if value else "tắt"
        case "hours":
            return ", ".join(f"{begin[:5]}–{end[:5]}" for begin, end in value)
        case "date":
            return f"{date.fromisoformat(value):%d/%m/%Y}"
        case "time":
            return str(value)[:5]
        case "numbers" if key == "clock.weekly_rest":
            return ", ".join(WEEKDAYS[n] for n in value)
        case "numbers":
            return f"{'; '.join(str(n) for n in value)} {unit}".strip()
        case "words":
            return _short([str(word) for word in value])
        case "records":
            return _short([_record(row) for row in value])
        case "text":
            return f"{CHOICES.get(value, value)}"
        case _:
            return f"{value} {unit}".strip()


def _duration(value: Mapping[str, Any]) -> str:
    if value["words"]:
        return str(value["words"])
    return "không đặt thời hạn" if value["unit"] == "none" else f"{value['n']} {UNITS[value['unit']]}"


def _record(row: Mapping[str, Any]) -> str:
    return str(row.get("name") or row.get("code") or json.dumps(row, ensure_ascii=False))


SHOWN = 3


def _short(items: list[str]) -> str:
    if not items:
        return "không có"
    more = f"; … (tất cả {len(items)})" if len(items) > SHOWN else ""
    return "; ".join(items[:SHOWN]) + more

"""The sentences of a deadline: why this date, in Vietnamese, from the stored data of its explanation (CORE-24)."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

WEEKDAYS = ("thứ Hai", "thứ Ba", "thứ Tư", "thứ Năm", "thứ Sáu", "thứ Bảy", "Chủ nhật")
UNITS = {
    "working_day": "ngày làm việc",
    "day": "ngày",
    "working_hour": "giờ làm việc",
    "hour": "giờ",
    "minute": "phút",
    "month": "tháng",
    "year": "năm",
}


def sentences(data: Mapping[str, Any]) -> list[str]:
    """Rule and start, the days one by one, pauses, result; `data` is an explanation of `workdays.Result`."""
    duration = data["rule"]["duration"]
    start = data["start"]
    if duration["unit"] == "none":
        return [f"Tính từ {_moment(start)}: quy định không đặt thời hạn."]
    limit = f"{duration['n']} {UNITS[duration['unit']]}"
    words = f" (quy định ghi “{duration['words']}”)" if duration["words"] and duration["words"] != limit else ""
    text = [f"Thời hạn {limit}{words}, tính từ {_moment(start)}."]
    if data["steps"]:
        text.append(_capital("; ".join(_merged(data["steps"]))) + ".")
    for begin, end in data["pauses"]:
        until = f"đến {_moment(end)}" if end else "chưa kết thúc; tạm tính như kết thúc " + _moment(data["as_of"])
        text.append(f"Tạm dừng từ {_moment(begin)} {until}.")
    due = date.fromisoformat(data["due_date"])
    bound = datetime.fromisoformat(data["due_at"])
    hour = f"{bound:%H:%M} " if bound.date() == due else ""
    provisional = " (tạm tính: lịch nghỉ của năm chưa được xác nhận)" if data["provisional"] else ""
    text.append(f"Hạn: {hour}{'' if hour else 'hết '}ngày {_long(due)}{provisional}.")
    return text


def _merged(steps: list[dict[str, Any]]) -> list[str]:
    """Phrases of the steps; neighbours off or paused for one reason are told as one run."""
    runs: list[dict[str, Any]] = []
    for step in steps:
        last = runs[-1] if runs else None
        alike = last and step["verdict"] in _RUNS and all(last[k] == step[k] for k in ("verdict", "reason"))
        if last and alike:
            last["to"] = step["to"]
        else:
            runs.append(dict(step))
    return [_phrase(run, first=place == 0) for place, run in enumerate(runs)]


_RUNS = ("skipped", "paused", "rolled")


def _phrase(step: Mapping[str, Any], *, first: bool) -> str:
    verdict, reason = step["verdict"], step["reason"]
    if verdict == "span":
        opens, closes = (datetime.fromisoformat(step[k]) for k in ("from", "to"))
        closing = f"{closes:%H:%M}" if opens.date() == closes.date() else f"{closes:%H:%M} ngày {closes:%d/%m/%Y}"
        return f"từ {opens:%H:%M} ngày {opens:%d/%m/%Y} đến {closing}"
    begin, end = (date.fromisoformat(step[k]) for k in ("from", "to"))
    day = f"{begin:%d/%m/%Y}" if first or begin.month == 1 else f"{begin:%d/%m}"
    run = day if begin == end else f"{day} đến {end:%d/%m/%Y}"
    match verdict:
        case "first":
            return f"ngày {run} không tính"
        case "receipt":
            return f"ngày {run} nhận ngoài giờ làm việc, coi như nhận ngày làm việc tiếp theo"
        case "cutoff":
            return f"ngày {run} nhận sau giờ chốt, tính sang ngày làm việc tiếp theo"
        case "counted":
            if begin != end:
                return f"{run}: {step['number']} ngày"
            why = f" ({_made_up(begin, reason)})" if reason else ""
            return f"{run}{why} ngày {step['number']}"
        case "paused":
            return f"{run} không tính (tạm dừng)"
        case "rolled":
            return f"{run} là ngày nghỉ ({reason}), hạn chuyển sang ngày làm việc tiếp theo"
        case _:
            return f"{run} nghỉ ({reason})"


def _made_up(day: date, reason: str) -> str:
    weekday = WEEKDAYS[day.weekday()]
    if reason.lower().startswith(weekday.lower()):
        return weekday + reason[len(weekday) :]
    return f"{weekday}, {reason}"


def _moment(text: str) -> str:
    if len(text) == len("2026-01-01"):
        return f"ngày {_long(date.fromisoformat(text))}"
    moment = datetime.fromisoformat(text)
    return f"{moment:%H:%M} ngày {_long(moment.date())}"


def _long(day: date) -> str:
    return f"{day:%d/%m/%Y} ({WEEKDAYS[day.weekday()]})"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]

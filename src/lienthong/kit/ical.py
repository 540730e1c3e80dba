"""Whole-day events as an iCalendar file (RFC 5545), for the calendars that people already use."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

_MOST_OCTETS = 75


@dataclass(frozen=True, slots=True)
class DayEvent:
    """One whole day: a stable id, its title and what is told below it."""

    uid: str
    day: date
    summary: str
    description: str = ""


def calendar(name: str, events: Iterable[DayEvent], stamp: datetime) -> str:
    """The file, lines ended by CRLF and folded at 75 octets; `stamp` is an aware instant."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Lien Thong//Lich lam viec//VI", f"X-WR-CALNAME:{_text(name)}"]
    for event in events:
        lines += [
            "BEGIN:VEVENT",
            f"UID:{event.uid}",
            f"DTSTAMP:{stamp.astimezone(UTC):%Y%m%dT%H%M%SZ}",
            f"DTSTART;VALUE=DATE:{event.day:%Y%m%d}",
            f"DTEND;VALUE=DATE:{event.day + timedelta(days=1):%Y%m%d}",
            f"SUMMARY:{_text(event.summary)}",
        ]
        if event.description:
            lines.append(f"DESCRIPTION:{_text(event.description)}")
        lines += ["TRANSP:TRANSPARENT", "END:VEVENT"]
    lines.append("END:VCALENDAR")
    return "".join(f"{_folded(line)}\r\n" for line in lines)


def _text(text: str) -> str:
    for mark in ("\\", ";", ","):
        text = text.replace(mark, f"\\{mark}")
    return text.replace("\r\n", "\\n").replace("\n", "\\n")


def _folded(line: str) -> str:
    pieces, piece, room = [], "", _MOST_OCTETS
    for letter in line:
        size = len(letter.encode())
        if size > room:
            pieces.append(piece)
            # The blank that begins a further line counts too.
            piece, room = "", _MOST_OCTETS - 1
        piece += letter
        room -= size
    return "\r\n ".join([*pieces, piece])

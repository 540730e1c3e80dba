"""What views hand to the components of `templatetags/lt.py`: plain frozen values, no queries behind them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

Tone = Literal["neutral", "info", "ok", "warn", "stop"]
DueUnit = Literal["working_day", "day", "working_hour", "hour"]
Verdict = Literal["valid", "valid_at_signing", "valid_copy", "valid_attachment", "undetermined", "invalid"]


class DueLike(Protocol):
    """What a due badge reads from a clock; `left` is in whole units, negative when late, 0 on the last day."""

    @property
    def due_at(self) -> datetime | None: ...

    @property
    def left(self) -> int | None: ...

    @property
    def unit(self) -> str: ...

    @property
    def state(self) -> str: ...

    @property
    def provisional(self) -> bool: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A deadline as a badge shows it: `state` is open, paused, met, late_met (done, but late) or none."""

    due_at: datetime | None
    left: int | None = None
    unit: str = "working_day"
    state: str = "open"
    provisional: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One act that the reader may do now: its name, its effect in one line, and how it is started.

    `dialog` is the id of a dialog on the page; else `url` is opened, by POST when `post` is set.
    """

    label: str
    effect: str = ""
    url: str = ""
    dialog: str = ""
    icon: str = ""
    post: bool = False
    primary: bool = False
    danger: bool = False


@dataclass(frozen=True, slots=True)
class Tab:
    """A tab with its count; None shows no count, and more than the cap shows "1.000+" (CORE-94)."""

    label: str
    url: str
    count: int | None = None
    current: bool = False
    alarm: bool = False


@dataclass(frozen=True, slots=True)
class FilterChip:
    """A filter in force; `remove_url` is the same list without it."""

    label: str
    value: str
    remove_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineEntry:
    """Something that happened: when, who in which position, the sentence, and the words that they left."""

    at: datetime
    sentence: str
    who: str = ""
    position: str = ""
    on_behalf: str = ""
    icon: str = "point"
    tone: Tone = "neutral"
    quote: str = ""
    url: str = ""
    url_label: str = ""


@dataclass(frozen=True, slots=True)
class ThreadStep:
    """A step of the thread (mạch việc); the view passes only those that the reader may see."""

    label: str
    title: str = ""
    url: str = ""
    place: Literal["past", "now", "next"] = "past"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignStep:
    """A place in the order of signing, with what its signature was found to be."""

    who: str
    position: str = ""
    role: str = ""
    state: Literal["waiting", "now", "done", "refused"] = "waiting"
    at: datetime | None = None
    verdict: Verdict | None = None
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileView:
    """A file as its card shows it: `scan` is clean, waiting, infected or unchecked; `size` in bytes."""

    name: str
    url: str = ""
    kind: str = ""
    size: int | None = None
    pages: int | None = None
    scan: Literal["clean", "waiting", "infected", "unchecked"] = "clean"
    verdict: Verdict | None = None
    why: str = ""
    view_url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A figure of a board, opening its list; `trend` says the change and against what (CORE-94)."""

    label: str
    value: int | float | str
    url: str = ""
    unit: str = ""
    trend: str = ""
    way: Literal["", "up", "down", "flat"] = ""
    tone: Literal["", "warn", "stop"] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """A demonstration role that one press signs in as; neighbours of one `group` (its agency) stand together."""

    code: str
    label: str
    detail: str = ""
    icon: str = "user"
    group: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A chart and its twin table: `option` is an ECharts option without colours, `rows` the same figures."""

    code: str
    title: str
    option: dict[str, object]
    heads: Sequence[str]
    rows: Sequence[Sequence[object]]
    note: str = ""

    @property
    def data_id(self) -> str:
        """The id of the JSON that the script reads."""
        return f"chart-{self.code}"

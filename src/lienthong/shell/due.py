"""The words of a due badge (DESIGN §5): `còn 2 ngày làm việc`, `hôm nay 17:00`, `quá 3 ngày làm việc`."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext_lazy

from lienthong.kit import clock
from lienthong.kit.workdays import Calendar, count_working_days
from lienthong.shell.components import Due, DueLike, Tone
from lienthong.shell.formats import vndate, vnnumber, vntime

if TYPE_CHECKING:
    from lienthong.core.clocks.models import Clock

# Whole sentences, so that a translator can put the words in another order.
_LEFT = {
    "working_day": ngettext_lazy("còn %(n)s ngày làm việc", "còn %(n)s ngày làm việc", "count"),
    "day": ngettext_lazy("còn %(n)s ngày", "còn %(n)s ngày", "count"),
    "working_hour": ngettext_lazy("còn %(n)s giờ làm việc", "còn %(n)s giờ làm việc", "count"),
    "hour": ngettext_lazy("còn %(n)s giờ", "còn %(n)s giờ", "count"),
}
_LATE = {
    "working_day": ngettext_lazy("quá %(n)s ngày làm việc", "quá %(n)s ngày làm việc", "count"),
    "day": ngettext_lazy("quá %(n)s ngày", "quá %(n)s ngày", "count"),
    "working_hour": ngettext_lazy("quá %(n)s giờ làm việc", "quá %(n)s giờ làm việc", "count"),
    "hour": ngettext_lazy("quá %(n)s giờ", "quá %(n)s giờ", "count"),
}
SOON = {"working_day": 2, "day": 2, "working_hour": 8, "hour": 24}


@dataclass(frozen=True, slots=True)
class DueWords:
    """The text of a badge with its tone, icon, and the full date beside it."""

    text: str
    tone: Tone
    icon: str
    at: str


def due_words(due: DueLike, now: datetime | None = None) -> DueWords:
    """Say how a deadline stands; a count that was not given is taken in calendar days from `due_at` (CORE-27)."""
    at = due_date(due.due_at) if due.due_at else ""
    if due.state == "none" or due.due_at is None:
        return DueWords(_("không có hạn"), "neutral", "infinity", "")
    if due.state == "met":
        return DueWords(_("đúng hạn"), "ok", "check", at)
    if due.state == "late_met":
        return DueWords(_("xong, quá hạn"), "warn", "alert-triangle", at)
    if due.state == "paused":
        return DueWords(_("tạm dừng tính"), "neutral", "clock-pause", at)
    instant = now or clock.now()
    late = due.due_at <= instant
    unit = due.unit if due.left is not None else "day"
    left = due.left if due.left is not None else (_last_day(due.due_at) - clock.local_date(instant)).days
    tail = f" ({_('tạm tính')})" if due.provisional else ""
    if late:
        past = abs(left)
        text = _amount(_LATE[unit], past) if past else _("quá hạn lúc %(at)s") % {"at": vntime(due.due_at)}
        return DueWords(text + tail, "stop", "alert-circle", at)
    if _last_day(due.due_at) == clock.local_date(instant):
        moment = _("hết ngày") if vntime(due.due_at) == "00:00" else vntime(due.due_at)
        return DueWords(_("hôm nay %(at)s") % {"at": moment} + tail, "warn", "alarm", at)
    tone: Tone = "warn" if left <= SOON[unit] else "neutral"
    return DueWords(_amount(_LEFT[unit], max(left, 0)) + tail, tone, "clock", at)


def _amount(sentence: Any, count: int) -> str:
    return str(sentence % {"count": count, "n": vnnumber(count)})


def working_days_left(due_at: datetime, calendar: Calendar, now: datetime | None = None) -> int:
    """Working days from today, which is not counted, to the last day (BLDS Đ147.2); negative when it has passed."""
    today, last = clock.local_date(now), _last_day(due_at)
    if last >= today:
        return count_working_days(calendar, today, last)
    return -count_working_days(calendar, last, today)


def due_of(stored: "Clock", calendar: Calendar, now: datetime | None = None) -> Due:
    """How a stored clock stands (CORE-24, CORE-27): counted in working days unless its rule counts otherwise."""
    if stored.due_at is None:
        return Due(due_at=None, state="none")
    state = "paused" if stored.state == "paused" else "open"
    if stored.state == "stopped":
        state = "late_met" if stored.is_late() else "met"
    unit = str(stored.rule.get("duration", {}).get("unit", "working_day"))
    if state != "open" or unit not in {"working_day", "day"}:
        unit = "day"
    left = working_days_left(stored.due_at, calendar, now) if unit == "working_day" else None
    return Due(due_at=stored.due_at, left=left, unit=unit, state=state, provisional=stored.provisional)


def due_date(due_at: datetime) -> str:
    """The date that a person would say: a deadline at 24:00 belongs to the day that ends (CORE-14)."""
    day = vndate(_last_day(due_at))
    return day if vntime(due_at) == "00:00" else f"{day} {vntime(due_at)}"


def _last_day(due_at: datetime) -> date:
    return clock.local_date(due_at - timedelta(microseconds=1))

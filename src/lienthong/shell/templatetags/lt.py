"""The components as template tags: `{% load lt %}`; docs/design.md shows each in use.

Tags that hold content are blocks (`{% confirm_dialog … %}…{% endconfirm_dialog %}`); the others are single tags. The
markup stands in templates/shell/components, one file a family, one partial a component.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django import forms, template
from django.forms import BoundField
from django.http import HttpRequest
from django.template import Context
from django.template.loader import get_template
from django.templatetags.static import static
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lienthong.contracts.ref import Ref
from lienthong.core import lawbook
from lienthong.core.access.counts import COUNT_CAP
from lienthong.core.clocks.models import Clock
from lienthong.core.registry import registry
from lienthong.kit.workdays import Calendar
from lienthong.shell import formats
from lienthong.shell.components import (
    Action,
    Chart,
    Due,
    DueLike,
    Figure,
    FileView,
    FilterChip,
    SignStep,
    Tab,
    ThreadStep,
    TimelineEntry,
)
from lienthong.shell.context import address
from lienthong.shell.due import due_of, due_words, working_days_left
from lienthong.shell.messages import UNDO

register = template.Library()
Parts = dict[str, Any]
COMPONENTS = "shell/components/"

TONE_ICONS = {
    "neutral": "circle-dot",
    "info": "info-circle",
    "ok": "circle-check",
    "warn": "alert-triangle",
    "stop": "alert-circle",
}
# NĐ 30/2020/NĐ-CP PL I.II.6: the degrees of urgency; codes as in contracts, numbers as in the data.
URGENCIES = {
    "thuong": 0,
    "khan": 1,
    "thuong_khan": 2,
    "hoa_toc": 3,
}
URGENCY_WORDS = (gettext_lazy("Thường"), gettext_lazy("Khẩn"), gettext_lazy("Thượng khẩn"), gettext_lazy("Hỏa tốc"))
VERDICTS = {
    "valid": ("ok", "shield-check", gettext_lazy("Hợp lệ")),
    "valid_at_signing": ("ok", "shield-check", gettext_lazy("Hợp lệ lúc ký")),
    "valid_copy": ("ok", "certificate", gettext_lazy("Bản sao hợp lệ")),
    "valid_attachment": ("ok", "paperclip", gettext_lazy("Tệp kèm theo hợp lệ")),
    "undetermined": ("warn", "help-circle", gettext_lazy("Chưa xác định")),
    "invalid": ("stop", "shield-x", gettext_lazy("Không hợp lệ")),
}
# The levels of `contracts.exchange.Verdict` under the words of the component.
VERDICT_LEVELS = {
    "copy_valid": "valid_copy",
    "annex_valid": "valid_attachment",
    "indeterminate": "undetermined",
    "reference_only": "undetermined",
    "unverified": "undetermined",
    "altered": "invalid",
}
MESSAGE_TONES = {"success": "ok", "warning": "warn", "error": "stop"}
SCANS = {
    "clean": ("", ""),
    "waiting": ("clock", gettext_lazy("Đang quét mã độc")),
    "infected": ("alert-triangle", gettext_lazy("Có mã độc, đã chặn tải về")),
    "unchecked": ("help-circle", gettext_lazy("Chưa quét mã độc")),
}


def _render(name: str, parts: Parts, context: Context | None = None) -> SafeString:
    request = context.get("request") if context is not None else None
    return SafeString(get_template(COMPONENTS + name).render(parts, request))


# --- filters ----------------------------------------------------------------------------------------------------------
@register.filter
def vndate(value: date | datetime | None) -> str:
    """`05/11/2026`, on the legal wall clock."""
    return formats.vndate(value)


@register.filter
def vndatetime(value: datetime | None) -> str:
    """`05/11/2026 17:00`, on the legal wall clock."""
    return formats.vndatetime(value)


@register.filter
def vntime(value: datetime | None) -> str:
    """`17:00`, on the legal wall clock."""
    return formats.vntime(value)


@register.filter
def vnnumber(value: float | Decimal | None, places: int | None = None) -> str:
    """`1.234.567,89`; the argument fixes the digits after the comma."""
    return formats.vnnumber(value, places)


@register.filter
def capped(value: int | None, cap: int = COUNT_CAP) -> str:
    """`1.000+` above the cap (CORE-94)."""
    return formats.capped(value, cap)


@register.filter
def vnsize(value: int | None) -> str:
    """`1,4 MB`."""
    return formats.vnsize(value)


# --- small marks ------------------------------------------------------------------------------------------------------
@register.simple_tag
def icon(name: str, size: int = 20, label: str = "") -> SafeString:
    """An icon of the sprite (frontend/icons.txt); hidden from screen readers unless it carries a label."""
    return _icon(name, size, label)


@lru_cache(maxsize=2000)
def _icon(name: str, size: int, label: str = "") -> SafeString:
    href = f"{static('lt/icons.svg')}#{name}"
    if label:
        return format_html(
            '<svg class="lt-icon lt-icon--{}" role="img" aria-label="{}"><use href="{}"></use></svg>', size, label, href
        )
    return format_html('<svg class="lt-icon lt-icon--{}" aria-hidden="true"><use href="{}"></use></svg>', size, href)


@register.simple_tag
def brand_mark(css_class: str = "lt-brand__mark") -> SafeString:
    """Our mark: two links closing into a star of many points."""
    href = f"{static('lt/icons.svg')}#lt-mark"
    return format_html(
        '<svg class="{}" aria-hidden="true" viewBox="0 0 32 32"><use href="{}"></use></svg>', css_class, href
    )


@register.simple_tag
def url_or(name: str, *args: object, default: str = "") -> str:
    """The address of a view that may not be installed; else the default."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return default


@register.simple_tag
def state_badge(text: str, tone: str = "neutral", icon: str = "", url: str = "") -> SafeString:
    """A state: a word with an icon on a tint, never colour alone (CORE-91)."""
    mark = _icon(icon or TONE_ICONS[tone], 16)
    if url:
        return format_html('<a class="lt-badge lt-badge--{}" href="{}">{}{}</a>', tone, url, mark, text)
    return format_html('<span class="lt-badge lt-badge--{}">{}{}</span>', tone, mark, text)


@register.simple_tag(takes_context=True)
def due_badge(
    context: Context,
    clock: DueLike | Clock | None = None,
    due_at: datetime | None = None,
    left: int | None = None,
    unit: str = "working_day",
    state: str = "open",
    with_date: bool = False,
    url: str = "",
) -> SafeString:
    """How a deadline stands, from a stored clock, a `Due`, or `due_at` alone, counted in working days (CORE-27)."""
    due: DueLike
    if isinstance(clock, Clock):
        due = due_of(clock, _calendar(context, clock.agency_id))
        # Every shown deadline leads to why it is that day (CORE-24).
        url = url or registry.url(Ref("clocks:clock", clock.pk))
    elif clock is not None:
        due = clock
    else:
        if due_at is not None and left is None and state == "open" and unit == "working_day":
            left = working_days_left(due_at, _calendar(context, None))
        due = Due(due_at=due_at, left=left, unit=unit, state=state if due_at else "none")
    words = due_words(due)
    inner = format_html("{}{}", _icon(words.icon, 16), words.text)
    if with_date and words.at:
        inner = format_html('{} <span class="lt-due__at">· {}</span>', inner, words.at)
    title = format_html(' title="{}"', _("Hạn: %(at)s") % {"at": words.at}) if words.at else ""
    if url:
        return format_html('<a class="lt-badge lt-badge--{} lt-due" href="{}"{}>{}</a>', words.tone, url, title, inner)
    return format_html('<span class="lt-badge lt-badge--{} lt-due"{}>{}</span>', words.tone, title, inner)


def _calendar(context: Context, agency_id: UUID | None) -> Calendar:
    request = context.get("request")
    actor = getattr(request, "actor", None)
    return lawbook.calendar(agency_id or (actor.agency_id if actor else None))


@register.simple_tag(takes_context=True)
def live_address(context: Context) -> str:
    """Where the events of this page come from: its `live_topics` and the reader's own notices (ARCHITECTURE §4)."""
    frame, stream = context.get("frame"), address("live:stream")
    topics = list(context.get("live_topics") or ())
    if frame is None or not frame.signed_in or not stream:
        return ""
    topics.append(f"user:{frame.request.user.pk}")
    return f"{stream}?{urlencode({'topics': topics, 'since': frame.bell.cursor}, doseq=True)}"


@register.simple_tag
def urgency_badge(level: int | str) -> SafeString | str:
    """Khẩn, thượng khẩn or hỏa tốc (0 to 3 or its code); the ordinary degree shows nothing."""
    degree = URGENCIES[level] if isinstance(level, str) else level
    if not degree:
        return ""
    mark = _icon("flame" if degree == 3 else "bolt", 16)
    return format_html('<span class="lt-badge lt-badge--urgent-{}">{}{}</span>', degree, mark, URGENCY_WORDS[degree])


@register.simple_tag
def moment(value: datetime | None, past: str = "") -> SafeString | str:
    """An instant as `<time>`; `past` is put before it ("từ")."""
    if value is None:
        return ""
    lead = f"{past} " if past else ""
    return format_html('{}<time datetime="{}">{}</time>', lead, value.isoformat(), formats.vndatetime(value))


@register.simple_tag
def person_chip(name: str, position: str = "", unit: str = "", on_behalf: str = "") -> SafeString:
    """A person by name, position and unit; no photograph."""
    post = ", ".join(part for part in (position, unit) if part)
    instead = _("thay %(who)s") % {"who": on_behalf} if on_behalf else ""
    rest = " · ".join(part for part in (post, instead) if part)
    tail = format_html("<small>{}</small>", rest) if rest else ""
    return format_html('<span class="lt-chip"><span class="lt-chip__text">{}{}</span></span>', name, tail)


@register.simple_tag
def unit_chip(short: str, name: str = "", code: str = "") -> SafeString:
    """A unit by its short name; the full name and the code are its title."""
    title = " · ".join(part for part in (name, code) if part)
    return format_html('<span class="lt-chip lt-chip--unit" title="{}">{}</span>', title, short)


@register.simple_tag
def verdict_line(verdict: str, why: str = "", signer: str = "", at: datetime | None = None) -> SafeString:
    """What a signature was found to be, by whom and when, and why when it is not plain."""
    tone, mark, word = VERDICTS[VERDICT_LEVELS.get(verdict, verdict)]
    who = " · ".join(part for part in (signer, _("ký %(at)s") % {"at": formats.vndatetime(at)} if at else "") if part)
    rest = format_html(" · {}", who) if who else ""
    reason = format_html('<br><span class="lt-verdict__why">{}</span>', why) if why else ""
    return format_html(
        '<div class="lt-verdict lt-verdict--{}">{}<span><b>{}</b>{}{}</span></div>',
        tone,
        _icon(mark, 16),
        word,
        rest,
        reason,
    )


# --- forms ------------------------------------------------------------------------------------------------------------
@register.simple_tag
def field(bound: BoundField, wide: bool = False) -> SafeString:
    """A field: label, help where the doubt is, its errors, its control, all tied together for screen readers."""
    return _render("forms.html#field", field_parts(bound) | {"wide": wide})


def field_parts(bound: BoundField) -> Parts:
    """What the template of a field needs: the control drawn with the right class, and its kind."""
    widget = bound.field.widget
    grouped = isinstance(widget, forms.RadioSelect | forms.CheckboxSelectMultiple)
    single = isinstance(widget, forms.CheckboxInput)
    base = "form-check-input" if single else "form-select" if isinstance(widget, forms.Select) else "form-control"
    css = " ".join(part for part in (base, str(widget.attrs.get("class", ""))) if part)
    control = bound.as_widget() if grouped else bound.as_widget(attrs={"class": css})
    return {
        "field": bound,
        "control": control,
        "single": single,
        "fieldset": bound.use_fieldset,
        "grouped": grouped,
        "optional": not bound.field.required and not single,
        "wide": False,
    }


@register.simple_tag
def error_summary(*owners: "forms.BaseForm | forms.BaseFormSet[Any]") -> SafeString | str:
    """All errors of the forms of a page, linked to their fields, focused when the page comes back (CORE-91)."""
    rows: list[dict[str, str]] = []
    for owner in owners:
        members = list(owner.forms) if isinstance(owner, forms.BaseFormSet) else [owner]
        if isinstance(owner, forms.BaseFormSet) and owner.is_bound:
            rows += [{"href": "", "text": str(text)} for text in owner.non_form_errors()]
        for form in members:
            if not form.is_bound:
                continue
            rows += [{"href": "", "text": str(text)} for text in form.non_field_errors()]
            rows += [
                {"href": f"#{_target(bound)}", "text": f"{bound.label}: {text}"}
                for bound in form
                for text in bound.errors
            ]
    return _render("forms.html#errors", {"rows": rows}) if rows else ""


def _target(bound: BoundField) -> str:
    grouped = isinstance(bound.field.widget, forms.RadioSelect | forms.CheckboxSelectMultiple)
    return f"{bound.auto_id}_0" if grouped else str(bound.id_for_label or bound.auto_id)


@register.simple_tag
def save_state(at: datetime | None = None) -> SafeString:
    """Where a form says "Đã lưu 10:42"; scripts keep it up to date."""
    text = _("Đã lưu %(at)s") % {"at": formats.vntime(at)} if at else ""
    return format_html(
        '<span class="lt-savestate" role="status"><span data-save-state>{}</span></span>',
        text,
    )


@register.simple_tag
def draft_offer() -> SafeString:
    """Inside a form with `data-draft`: offers what was typed before the session was lost."""
    return _render("forms.html#draft_offer", {})


@register.simple_tag
def stepper(step: int, steps: int, title: str = "") -> SafeString:
    """`Bước 2/5` of a form for citizens."""
    return _render("forms.html#stepper", {"step": step, "steps": steps, "title": title})


@register.simple_block_tag
def notice(content: str, tone: str = "info", title: str = "", icon: str = "", live: bool = False) -> SafeString:
    """A message in the page: what happened, why, what next; `live` announces it when it appears."""
    parts = {"content": content, "tone": tone, "title": title, "mark": icon or TONE_ICONS[tone], "live": live}
    return _render("forms.html#notice", parts)


# --- page and lists ---------------------------------------------------------------------------------------------------
@register.simple_block_tag
def more_menu(content: str, label: str = "Việc khác") -> SafeString:
    """The "…" of a page head: everything past one primary and two secondary actions."""
    return _render("page.html#more", {"content": content, "label": label})


@register.simple_tag(takes_context=True)
def tabs(context: Context, items: Sequence[Tab], label: str = "Chế độ xem") -> SafeString:
    """Saved views or parts of a record, each with its capped count; the counts equal the lists (CORE-94)."""
    return _render("page.html#tabs", {"items": items, "label": label}, context)


@register.simple_tag
def empty_state(title: str, why: str = "", icon: str = "inbox", action: str = "", url: str = "") -> SafeString:
    """An empty list: what it is, why it is empty, what to do."""
    return _render("page.html#empty", {"title": title, "why": why, "mark": icon, "action": action, "url": url})


@register.simple_tag
def thread_rail(steps: Sequence[ThreadStep]) -> SafeString | str:
    """Mạch việc: the record's place in the chain; past steps linked, the present named, future ones hollow."""
    return _render("page.html#thread", {"steps": steps}) if steps else ""


@register.simple_tag(takes_context=True)
def progress(
    context: Context, value: int, most: int, label: str, cancel_url: str = "", note: str = "", job: str = ""
) -> SafeString:
    """Long work: how far it is, and the button that stops it; with `job` (its id) it follows the topic `job:<id>`."""
    parts = {"value": value, "most": most, "label": label, "cancel_url": cancel_url, "note": note, "job": job}
    return _render("page.html#progress", parts, context)


@register.simple_block_tag
def data_table(
    content: str, label: str, cards: bool = True, long: bool = True, id: str = "", columns: str = ""
) -> SafeString:
    """A list as a table with a sticky head and rows of 40 px; below 640 px each row reads as a card.

    The content is `<thead>` and `<tbody>`; cells take `data-label` for the card form, `is-num`, `is-tight`, `is-main`.
    `columns` (a key) lets the reader choose the columns; the choice is kept in the browser under that key.
    """
    parts = {"content": content, "label": label, "cards": cards, "long": long, "id": id, "columns": columns}
    return _render("tables.html#table", parts)


@register.simple_tag(takes_context=True)
def sort_head(context: Context, label: str, key: str, css_class: str = "", first: str = "asc") -> SafeString:
    """A heading that sorts by `key`: `?sort=key` up, `?sort=-key` down; the state lives in the URL."""
    request: HttpRequest = context["request"]
    present = request.GET.get("sort", "")
    state = {key: "ascending", f"-{key}": "descending"}.get(present, "")
    query = request.GET.copy()
    query.pop("after", None)
    query.pop("before", None)
    query["sort"] = f"-{key}" if state == "ascending" or (not state and first == "desc") else key
    parts = {"label": label, "state": state, "url": f"?{query.urlencode()}", "css_class": css_class}
    return _render("tables.html#sort", parts)


@register.simple_tag
def pager(
    previous: str = "", following: str = "", shown: int = 0, total: int | None = None, exact_url: str = ""
) -> SafeString:
    """Keyset paging: earlier and later, how many stand here, and the capped total with a link to the exact one."""
    parts = {
        "previous": previous,
        "following": following,
        "shown": shown,
        "total": total,
        "exact_url": exact_url if total is not None and total > COUNT_CAP else "",
    }
    return _render("tables.html#pager", parts)


@register.simple_block_tag(takes_context=True)
def filter_bar(
    context: Context,
    content: str,
    chips: Iterable[FilterChip] = (),
    clear_url: str = "",
    placeholder: str = "Lọc trong danh sách này",
    name: str = "q",
) -> SafeString:
    """The filters of a list, living in the URL: a word, the chips in force, and a panel with the fields (content)."""
    request: HttpRequest = context["request"]
    parts = {
        "content": content if content.strip() else "",
        "chips": list(chips),
        "clear_url": clear_url or request.path,
        "placeholder": placeholder,
        "name": name,
        "value": request.GET.get(name, ""),
    }
    return _render("tables.html#filters", parts)


@register.simple_block_tag
def bulk_bar(content: str, noun: str = "mục") -> SafeString:
    """Inside the form of a list: what may be done to the chosen rows; appears with the first choice."""
    return _render("tables.html#bulk", {"content": content, "noun": noun})


@register.simple_tag
def row_check(value: object, label: str, name: str = "chon") -> SafeString:
    """The box that chooses a row for the bulk bar."""
    return format_html(
        '<label><input type="checkbox" class="form-check-input" name="{}" value="{}" data-row-check aria-label="{}">'
        "</label>",
        name,
        str(value),
        _("Chọn %(what)s") % {"what": label},
    )


@register.simple_tag
def check_all() -> SafeString:
    """The box in the head that chooses every row of the page."""
    return format_html(
        '<label class="lt-js"><input type="checkbox" class="form-check-input" data-check-all aria-label="{}"></label>',
        _("Chọn cả trang"),
    )


# --- records ----------------------------------------------------------------------------------------------------------
@register.simple_tag
def timeline(entries: Sequence[TimelineEntry]) -> SafeString:
    """Everything that happened, newest first as the view gives it."""
    return _render("record.html#timeline", {"entries": entries})


@register.simple_tag
def file_card(file: FileView) -> SafeString:
    """A file: kind, size, pages, state of the scan, verdict of its signature."""
    mark, word = SCANS[file.scan]
    return _render("record.html#file", {"file": file, "scan_icon": mark, "scan_word": word})


@register.simple_tag
def sign_steps(steps: Sequence[SignStep]) -> SafeString:
    """The order of signing with what each signature was found to be."""
    return _render("record.html#signs", {"steps": steps})


@register.simple_tag(takes_context=True)
def action_panel(context: Context, actions: Sequence[Action], title: str = "Việc cần làm") -> SafeString | str:
    """What the reader may do now, each with its effect in one line; at most one is primary."""
    return _render("record.html#actions", {"actions": actions, "title": title}, context) if actions else ""


@register.simple_block_tag
def why_date(content: str, label: str = "Vì sao ngày này") -> SafeString:
    """Opens the counted days behind a deadline (CORE-24)."""
    return _render("record.html#why", {"content": content, "label": label})


@register.simple_tag
def document_view(url: str, name: str, pages: int | None = None, download_url: str = "") -> SafeString:
    """The document itself: drawn page by page, zoom and pages by keyboard; without scripts a link opens the file."""
    parts = {"url": url, "name": name, "pages": pages, "download_url": download_url or url}
    return _render("record.html#viewer", parts)


@register.simple_block_tag(takes_context=True)
def confirm_dialog(
    context: Context,
    content: str,
    id: str,
    title: str,
    submit: str,
    url: str = "",
    danger: bool = False,
    reason: bool = False,
    reason_label: str = "Lý do",
    cancel: str = "Thôi",
    wide: bool = False,
) -> SafeString:
    """Asks before an act: names the object and the effect (content); a dangerous one needs its reason typed.

    Opened by `<a class="btn" href="#id" data-dialog>`, which works without scripts too; posts to `url`.
    """
    parts = {
        "content": content,
        "id": id,
        "title": title,
        "submit": submit,
        "url": url,
        "danger": danger,
        "reason": reason,
        "reason_label": reason_label,
        "cancel": cancel,
        "wide": wide,
    }
    return _render("overlays.html#confirm", parts, context)


@register.simple_tag(takes_context=True)
def toasts(context: Context) -> SafeString:
    """The messages of the last act (shell/messages.py), with "Hoàn tác" where undo is true."""
    rows = [
        {
            "text": str(message),
            "tone": MESSAGE_TONES.get(message.level_tag, "info"),
            "undo": str(message.extra_tags or "").removeprefix(UNDO) if UNDO in str(message.extra_tags or "") else "",
        }
        for message in context.get("messages") or ()
    ]
    for row in rows:
        row["mark"] = TONE_ICONS[row["tone"]]
    return _render("overlays.html#toasts", {"rows": rows}, context)


# --- boards -----------------------------------------------------------------------------------------------------------
@register.simple_tag
def figure_card(figure: Figure) -> SafeString:
    """A figure of a board: its trend, its comparison, and the list behind it."""
    value = figure.value if isinstance(figure.value, str) else formats.vnnumber(figure.value)
    marks = {"up": "trending-up", "down": "trending-down", "flat": "equal"}
    return _render("boards.html#figure", {"figure": figure, "value": value, "mark": marks.get(figure.way, "")})


@register.simple_tag
def chart(data: Chart) -> SafeString:
    """A chart with its twin table: the table is what works without scripts."""
    return _render("boards.html#chart", {"chart": data})


@register.filter
def cell(value: object) -> object:
    """A figure in a table cell: numbers grouped as in Vietnamese, everything else as it is."""
    return formats.vnnumber(value) if isinstance(value, int | float | Decimal) else value

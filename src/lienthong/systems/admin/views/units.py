"""Units: the tree of the agency and the directory on any date, one unit on both axes, its changes (CORE-1..8)."""

from datetime import date
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse

from lienthong.core import lawbook
from lienthong.core.actions.errors import NotSeen
from lienthong.core.orgs import codes as coding
from lienthong.core.orgs import directory, handover, history
from lienthong.core.orgs.actions import units as acts
from lienthong.core.orgs.models import IssuingBody, LineageEvent, Unit, UnitCode, UnitVersion
from lienthong.core.orgs.policies import rules_over
from lienthong.core.orgs.queries import STATE_WORDS, as_of, latest, resolve, versions_at
from lienthong.kit import clock
from lienthong.shell.components import TimelineEntry
from lienthong.shell.guard import actor_of, holding
from lienthong.systems.admin.forms import units as forms
from lienthong.systems.admin.views.people_parts import csv_file
from lienthong.systems.admin.views.units_parts import (
    CODE_HEADS,
    VERSION_HEADS,
    code_rows,
    day_of,
    known_of,
    rehearsed,
    tabs,
    version_rows,
)

PAGE = 50
EVENT_ICONS = {
    LineageEvent.Kind.CREATE: "plus",
    LineageEvent.Kind.MERGE: "git-merge",
    LineageEvent.Kind.SPLIT: "git-branch",
    LineageEvent.Kind.DISSOLVE: "circle-x",
    LineageEvent.Kind.RECODE: "hash",
    LineageEvent.Kind.CORRECT: "eraser",
}


@holding(acts.READ)
def listing(request: HttpRequest) -> HttpResponseBase:
    """The units as they stood on a date, as known on a day: the agency's tree, or the whole directory."""
    actor, got = actor_of(request), request.GET
    day, known = day_of(got.get("ngay", ""), clock.local_date()), known_of(got.get("biet-den", ""))
    query = got.get("q", "").strip()
    own = actor.agency_id is not None and got.get("xem") != "danh-ba"
    following = ""
    if own and not query:
        nodes = directory.tree(actor.agency, day, known)
    else:
        rows = versions_at(day, known)
        rows = rows.filter(unit__agency_id=actor.agency_id) if own else rows
        rows = directory.search(rows, query).order_by("sort_key", "unit_id").distinct()
        if got.get("xuat") != "csv":
            after, _, last = got.get("sau", "").partition("|")
            if after:
                rows = rows.filter(sort_key__gte=after).exclude(sort_key=after, unit_id__lte=_uuid(last))
            found = list(rows[: PAGE + 1])
            if len(found) > PAGE:
                following = _address(request, sau=f"{found[PAGE - 1].sort_key}|{found[PAGE - 1].unit_id}")
            rows = found[:PAGE]  # type: ignore[assignment]
        rows = list(rows)  # type: ignore[assignment]
        codes = directory.codes_on((row.unit_id for row in rows), day, known)
        nodes = [directory.Node(row, 0, codes.get(row.unit_id, ())) for row in rows]
    above = latest(node.version.parent_id for node in nodes if node.version.parent_id)
    if got.get("xuat") == "csv":
        heads = ["Mã định danh", "Tên chính thức", "Tên gọi tắt", "Loại", "Đơn vị cấp trên", "Hiệu lực từ", "đến trước"]
        lines = ([" ".join(node.codes), *_cells(node.version, above)] for node in nodes)
        return csv_file(request, f"Danh sách đơn vị ngày {day:%d-%m-%Y}", heads, lines)
    context = {
        "tabs": tabs(request, "units"),
        "nodes": [(node, above.get(node.version.parent_id or node.version.unit_id)) for node in nodes],
        "own": own,
        "may_own": actor.agency_id is not None,
        "query": query,
        "day": day,
        "today": day == clock.local_date(),
        "known": got.get("biet-den", ""),
        "export": _address(request, xuat="csv"),
        "following": following,
        "shown": len(nodes),
        "may_create": actor.may(acts.CREATE),
    }
    return render(request, "admin/units.html", context)


def _cells(version: UnitVersion, above: dict[UUID, UnitVersion]) -> list[object]:
    parent = above.get(version.parent_id) if version.parent_id else None
    return [
        version.official_name,
        version.short_name,
        version.get_kind_display(),
        parent.official_name if parent else "",
        version.valid.lower and f"{version.valid.lower:%d/%m/%Y}",
        version.valid.upper and f"{version.valid.upper:%d/%m/%Y}",
    ]


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotSeen("trang này") from None


def _address(request: HttpRequest, **changes: str) -> str:
    query = request.GET.copy()
    query.pop("sau", None)
    for name, value in changes.items():
        query[name] = value
    return f"?{query.urlencode()}"


def unit_of(ident: UUID) -> Unit:
    """A unit of the directory; raises NotSeen."""
    found = Unit.objects.filter(pk=ident).first()
    if found is None:
        raise NotSeen("đơn vị")
    return found


@holding(acts.READ)
def detail(request: HttpRequest, ident: UUID) -> HttpResponseBase:
    """A unit as it was on a date: versions on both axes, codes, issuing bodies, lineage."""
    actor, unit = actor_of(request), unit_of(ident)
    day, known = day_of(request.GET.get("ngay", ""), clock.local_date()), known_of(request.GET.get("biet-den", ""))
    shown = as_of(unit.pk, day, known)
    rows = directory.versions_of(unit.pk)
    events = directory.events_of(unit.pk)
    linked = {link.predecessor_id for e in events for link in e.links.all()}
    linked |= {link.successor_id for e in events for link in e.links.all()}
    names = latest(
        unit_id
        for unit_id in {*linked, *(row.parent_id for row in rows), *([shown.parent_id] if shown else [])}
        if unit_id
    )
    code_list = directory.all_codes_of(unit.pk)
    live = [row for row in code_list if row.recorded.upper is None]
    mine = rules_over(actor, unit)
    grace = int(lawbook.get("org.grace_days"))
    ended = shown is None and known is None
    context = {
        "unit": unit,
        "shown": shown,
        "name": (shown or rows[0]).official_name if rows else "Đơn vị",
        "parent": names.get(shown.parent_id) if shown and shown.parent_id else None,
        "day": day,
        "today": day == clock.local_date(),
        "known": request.GET.get("biet-den", ""),
        "versions": [(row, names.get(row.parent_id) if row.parent_id else None) for row in rows],
        "codes": code_list,
        "suggestions": coding.suggestions(live) if mine else [],
        "resolution": resolve(live[0].code, day, grace_days=grace) if ended and live else None,
        "state_words": {state.value: words for state, words in STATE_WORDS.items()},
        "bodies": IssuingBody.objects.filter(agency_id=unit.pk, valid__contains=day).order_by("-default", "name")
        if unit.is_agency
        else [],
        "timeline": [_entry(event, unit.pk, names) for event in events],
        "case": handover.open_case_of(unit),
        "below": versions_at(day, known).filter(parent_id=unit.pk).order_by("sort_key")[:100],
        "may": {
            "change": mine and actor.may(acts.CHANGE),
            "correct": mine and actor.may(acts.CORRECT),
            "code": mine and actor.may(acts.ADD_CODE),
        },
        "has_code": any(_in_use(row, day) for row in live),
    }
    return render(request, "admin/unit.html", context)


def _in_use(row: UnitCode, day: date) -> bool:
    return (row.valid.lower is None or row.valid.lower <= day) and (row.valid.upper is None or row.valid.upper > day)


def _entry(event: LineageEvent, unit_id: UUID, names: dict[UUID, UnitVersion]) -> TimelineEntry:
    """An event of a unit's life in one sentence: what, from whom to whom, by what paper, from when."""
    kind = LineageEvent.Kind(event.kind)
    links = list(event.links.all())
    others = [link.successor_id for link in links if link.predecessor_id == unit_id and link.successor_id != unit_id]
    came = [link.predecessor_id for link in links if link.successor_id == unit_id and link.predecessor_id != unit_id]
    told = [
        f"{words} {', '.join(names[i].official_name if i in names else 'đơn vị khác' for i in ids if i)}"
        for words, ids in (("kế thừa là", others), ("từ", came))
        if any(ids)
    ]
    sentence = f"{kind.label} từ {event.effective:%d/%m/%Y}{': ' if told else ''}{'; '.join(told)}. {event.instrument}"
    return TimelineEntry(
        at=event.recorded_at,
        sentence=sentence,
        who=event.by,
        icon=EVENT_ICONS.get(kind, "pencil"),
        tone="stop" if others and kind == LineageEvent.Kind.DISSOLVE else "neutral",
        quote=event.note,
    )


@holding(acts.CREATE)
def new(request: HttpRequest) -> HttpResponseBase:
    """A unit begins; `?cap-tren=` proposes its superior."""
    actor = actor_of(request)
    above = request.GET.get("cap-tren", "")
    parent = forms.typed(_uuid(above)) if above else forms.typed(actor.agency_id)
    initial = {"effective": clock.local_date(), "parent_id": parent, "kind": UnitVersion.Kind.DIVISION}
    made: dict[str, UUID] = {}

    def run(form: forms.NewUnitForm) -> tuple[str, str]:
        data = form.cleaned_data
        unit = acts.create(
            by=actor,
            facts=form.unit_facts(),
            effective=data["effective"],
            instrument=data["instrument"],
            code=form.new_code(),
            as_agency=data.get("as_agency", False),
        )
        made["unit"] = unit.pk
        return f"Đã ghi {data['official_name']}.", reverse("admin:unit", args=[unit.pk])

    return rehearsed(
        request,
        forms.NewUnitForm(actor, request.POST or None, initial=initial),
        run,
        lambda: version_rows(made["unit"]),
        title="Thêm đơn vị",
        submit="Ghi đơn vị mới",
        back=reverse("admin:units"),
        heads=VERSION_HEADS,
    )


@holding(acts.CHANGE)
def change(request: HttpRequest, ident: UUID) -> HttpResponseBase:
    """Rename, move, or change other facts from a date on."""
    actor, unit = actor_of(request), unit_of(ident)
    version = as_of(unit.pk) or _last(unit)
    initial = {**forms.FactsForm.of(version), "effective": clock.local_date(), "version": unit.version}

    def run(form: forms.ChangeForm) -> tuple[str, str]:
        data = form.cleaned_data
        acts.change(
            by=actor,
            target=unit,
            changes=_changed(form.facts(), version),
            effective=data["effective"],
            instrument=data["instrument"],
            note=data["note"],
            expected_version=data["version"],
        )
        return "Đã ghi thay đổi; dữ liệu cũ giữ nguyên cho các ngày trước.", reverse("admin:unit", args=[unit.pk])

    return rehearsed(
        request,
        forms.ChangeForm(request.POST or None, initial=initial),
        run,
        lambda: version_rows(unit.pk),
        title=f"Ghi thay đổi: {version.official_name}",
        submit="Ghi thay đổi",
        back=reverse("admin:unit", args=[unit.pk]),
        heads=VERSION_HEADS,
        lead="Sửa mục cần đổi; mục giữ nguyên thì không ghi lại.",
    )


@holding(acts.CORRECT)
def correct(request: HttpRequest, ident: UUID) -> HttpResponseBase:
    """Put right what was recorded wrongly."""
    actor, unit = actor_of(request), unit_of(ident)
    version = as_of(unit.pk) or _last(unit)
    initial = {**forms.FactsForm.of(version), "start": version.valid.lower, "version": unit.version}

    def run(form: forms.CorrectForm) -> tuple[str, str]:
        data = form.cleaned_data
        acts.correct(
            by=actor,
            target=unit,
            changes=_changed(form.facts(), version),
            start=data["start"],
            end=data["end"],
            instrument=data["instrument"],
            reason=data["reason"],
            expected_version=data["version"],
        )
        return "Đã đính chính; điều đã biết trước đó vẫn xem lại được.", reverse("admin:unit", args=[unit.pk])

    return rehearsed(
        request,
        forms.CorrectForm(request.POST or None, initial=initial),
        run,
        lambda: version_rows(unit.pk),
        title=f"Đính chính: {version.official_name}",
        submit="Ghi đính chính",
        back=reverse("admin:unit", args=[unit.pk]),
        heads=VERSION_HEADS,
        lead="Chỉ dùng khi dữ liệu đã ghi sai. Đổi tên hay chuyển cấp trên theo văn bản thì chọn “Ghi thay đổi”.",
    )


def _changed(facts: dict[str, Any], version: UnitVersion) -> dict[str, Any]:
    """What was typed anew; the other facts are not named, so that they stay as they are on each day (F-CORE-16)."""
    return {name: value for name, value in facts.items() if value != getattr(version, name)}


def _last(unit: Unit) -> UnitVersion:
    found = latest([unit.pk]).get(unit.pk)
    if found is None:
        raise NotSeen("đơn vị")
    return found


@holding(acts.ADD_CODE)
def code(request: HttpRequest, ident: UUID) -> HttpResponseBase:
    """One more code, or another in place of one; `?ma=` proposes a suggested form, which needs confirmation."""
    actor, unit = actor_of(request), unit_of(ident)
    proposed = request.GET.get("ma", "")
    initial = {"code": proposed, "effective": clock.local_date(), "version": unit.version, "primary": bool(proposed)}

    def run(form: forms.CodeForm) -> tuple[str, str]:
        data = form.cleaned_data
        more: dict[str, Any] = {"effective": data["effective"], "instrument": data["instrument"]}
        more |= {"by": actor, "target": unit, "code": form.new_code(), "expected_version": data["version"]}
        if data["old"]:
            acts.replace_code(old=data["old"], **more)
            grace = int(lawbook.get("org.grace_days"))
            said = f"Đã đổi mã; mã cũ còn chuyển tiếp {grace} ngày."
        else:
            acts.add_code(**more)
            said = "Đã thêm mã."
        return said, reverse("admin:unit", args=[unit.pk])

    return rehearsed(
        request,
        forms.CodeForm(_live_codes(unit), request.POST or None, initial=initial),
        run,
        lambda: code_rows(unit.pk),
        title=f"Mã định danh: {_last(unit).official_name}",
        submit="Ghi mã",
        back=reverse("admin:unit", args=[unit.pk]),
        heads=CODE_HEADS,
    )


@holding(acts.END_CODE)
def code_end(request: HttpRequest, ident: UUID) -> HttpResponseBase:
    """A code is not used any more."""
    actor, unit = actor_of(request), unit_of(ident)

    def run(form: forms.EndCodeForm) -> tuple[str, str]:
        data = form.cleaned_data
        acts.end_code(
            by=actor,
            target=unit,
            code=data["code"],
            effective=data["effective"],
            reason=data["reason"],
            expected_version=data["version"],
        )
        return f"Đã ngừng dùng mã {data['code']}.", reverse("admin:unit", args=[unit.pk])

    initial = {"effective": clock.local_date(), "version": unit.version}
    return rehearsed(
        request,
        forms.EndCodeForm(_live_codes(unit), request.POST or None, initial=initial),
        run,
        lambda: code_rows(unit.pk),
        title=f"Ngừng dùng mã: {_last(unit).official_name}",
        submit="Ngừng dùng mã",
        back=reverse("admin:unit", args=[unit.pk]),
        heads=CODE_HEADS,
    )


def _live_codes(unit: Unit) -> list[str]:
    day = clock.local_date()
    return [row.code for row in history.codes_of(unit) if row.valid.upper is None or row.valid.upper > day]


@holding(acts.READ)
def places(request: HttpRequest) -> HttpResponseBase:
    """Provinces "as it was" on a date, or under today's boundaries with the sums of what they were made of (CORE-7)."""
    day = day_of(request.GET.get("ngay", ""), directory.before_reshaping())
    today = request.GET.get("cach") == "hien-nay"
    query = request.GET.get("q", "").strip()
    rows = directory.todays_boundaries(day) if today else directory.as_it_was(day)
    context = {
        "tabs": tabs(request, "unit_places"),
        "rows": rows,
        "day": day,
        "today": today,
        "query": query,
        "found": directory.find_places(query),
        "total": sum(row.communes for row in rows),
        "as_was": f"?ngay={day:%Y-%m-%d}",
        "as_today": f"?ngay={day:%Y-%m-%d}&cach=hien-nay",
    }
    if request.GET.get("xuat") == "csv":
        heads = ["Mã", "Tên", "Loại", "Số đơn vị cấp xã", "Gồm các đơn vị trước đây", "Nay thuộc"]
        lines = (
            [
                row.place.code,
                row.place.name,
                row.place.kind,
                row.communes,
                "; ".join(each.name for each in row.former),
                "; ".join(each.name for each in row.later),
            ]
            for row in rows
        )
        return csv_file(request, "Đơn vị hành chính", heads, lines)
    return render(request, "admin/unit_places.html", context)

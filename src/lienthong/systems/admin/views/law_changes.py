"""Changes of the law by two persons: proposing, the list, the preview, the decision, bringing in files (CORE-32)."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST

from lienthong.contracts.actor import Actor
from lienthong.contracts.ref import Ref
from lienthong.core.actions.errors import Invalid
from lienthong.core.amendments import actions, importing, queries
from lienthong.core.amendments import items as changes
from lienthong.core.amendments.models import Amendment
from lienthong.core.amendments.policies import PROPOSE, READ, amendment_policy
from lienthong.core.amendments.states import AMENDMENT, APPROVE, DECLINE, WITHDRAW
from lienthong.core.lawbook import book
from lienthong.core.orgs.queries import current
from lienthong.core.registry import registry
from lienthong.kit.tables import Unreadable
from lienthong.shell.components import FilterChip
from lienthong.shell.formats import vndatetime
from lienthong.shell.forms import add_faults
from lienthong.shell.guard import actor_of, holding
from lienthong.systems.admin.forms import law as forms
from lienthong.systems.admin.views.law import area
from lienthong.systems.admin.views.people_parts import address, form_page, run_act

MOST = 200
NAMED = 20
"""How many of the touched cases are named on the page; all are counted."""

WAYS = {
    "later": ("Hạn lùi, áp dụng khi duyệt", "info", "arrow-right"),
    "earlier": ("Hạn sớm hơn, chờ quyết định từng việc", "warn", "arrow-left"),
    "kept": ("Giữ quy định cũ đã ghim", "neutral", "pin"),
    "same": ("Hạn không đổi, chỉ đổi tình trạng tạm tính", "neutral", "equal"),
}


def proposed(row: Amendment) -> tuple[str, str]:
    """What was done, and where to go."""
    said = f"Đã đề xuất. Ảnh hưởng {row.preview['cases']} hồ sơ đang mở; người khác duyệt thì có hiệu lực."
    return said, reverse("admin:law_proposal", args=[row.pk])


@holding(PROPOSE)
def change(request: HttpRequest, key: str) -> HttpResponseBase:
    """Propose a value of one parameter, new or corrected."""
    actor = actor_of(request)
    lines = book.history(key, actor.agency_id)
    line = next((each for each in lines if each.rules), lines[0] if lines else None)
    if line is None:
        raise Http404
    # Only a row of the own scope can be corrected; any other is overruled by a row of one's own.
    own = line.row.agency_id == actor.agency_id

    def run(form: forms.ParameterForm) -> tuple[str, str]:
        data = form.cleaned_data
        return proposed(
            actions.propose(by=actor, items=[form.item()], source=data["instrument"], reason=data["reason"])
        )

    initial = {"article": line.row.article, "instrument": line.row.instrument, "note": line.row.note}
    form = forms.ParameterForm(request.POST or None, row=line.row, own=own, initial=initial)
    return form_page(
        request,
        form,
        run,
        title=f"Đề xuất: {key}",
        submit="Gửi đề xuất",
        back=reverse("admin:law_key", args=[key]),
        lead=f"Hiện nay: {line.words}. Người khác duyệt thì giá trị mới có hiệu lực; hồ sơ đã mở giữ giá trị cũ.",
    )


@holding(READ)
def listing(request: HttpRequest) -> HttpResponseBase:
    """The proposals that the position sees, the newest first; those that wait by default."""
    actor, state, words = actor_of(request), request.GET.get("trang-thai", ""), request.GET.get("tim", "").strip()
    rows = amendment_policy.scope(actor, Amendment.objects.all())
    if words:
        rows = rows.filter(Q(title__icontains=words) | Q(reason__icontains=words))
    if state in AMENDMENT.by_code:
        rows = rows.filter(state=state)
    chips = []
    if state in AMENDMENT.by_code:
        chips.append(FilterChip("Trạng thái", AMENDMENT.by_code[state].label, address(request, trang_thai=None)))
    context = {
        "rows": [(row, AMENDMENT.by_code[row.state]) for row in rows[:MOST]],
        "state": state,
        "states": AMENDMENT.choices,
        "chips": chips,
        "area": area(request, "law_proposals"),
    }
    return render(request, "admin/law_proposals.html", context)


@holding(READ)
def proposal(request: HttpRequest, ident: UUID) -> HttpResponseBase:
    """One proposal: what, why, whom it touches now, and what one may do with it."""
    actor = actor_of(request)
    row = queries.seen(actor, ident)
    found, broken = queries.present_preview(row)
    shown = found.to_json() if found else row.decided_preview or row.preview
    may = {
        name: row.state == "proposed" and amendment_policy.allows(actor, verb, row)
        for name, verb in (("approve", APPROVE), ("decline", DECLINE), ("withdraw", WITHDRAW))
    }
    context = {
        "row": row,
        "state": AMENDMENT.by_code[row.state],
        "changes": [changes.read(stored).words() for stored in row.items],
        "shown": shown,
        "touched": named(actor, shown["listed"][:NAMED]),
        "ways": [(shown[way], *words) for way, words in WAYS.items() if shown[way]],
        "moved_on": found is not None and (shown["cases"], shown["clocks"]) != _counts(row),
        "broken": broken,
        "own": row.proposed_by == actor.user_id,
        "may": may,
        "agency": current({row.agency_id}).get(row.agency_id) if row.agency_id else None,
        "area": area(request, "law_proposals"),
    }
    return render(request, "admin/law_proposal.html", context)


def _counts(row: Amendment) -> tuple[int, int]:
    return row.preview["cases"], row.preview["clocks"]


def named(actor: Actor, listed: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The touched cases with the titles that the reader may see; of others only whose they are."""
    agencies = current({UUID(each["agency"]) for each in listed})
    rows = []
    for each in listed:
        subject = Ref.parse(each["subject"])
        open_to = registry.may_see(actor, subject)
        agency = agencies.get(UUID(each["agency"]))
        rows.append(
            {
                **each,
                "title": registry.title(subject)
                if open_to
                else f"Hồ sơ của {agency.label if agency else 'cơ quan khác'}",
                "url": registry.url(subject) if open_to else "",
                "why": reverse("admin:clock", args=[each["clock"]]) if UUID(each["agency"]) == actor.agency_id else "",
                "badge": WAYS[each["way"]],
                "old_words": _words(each["old"]),
                "new_words": _words(each["new"]),
            }
        )
    return rows


def _words(text: str | None) -> str:
    return vndatetime(datetime.fromisoformat(text)) if text else "không còn quy định"


@holding(READ)
@require_POST
def act(request: HttpRequest, ident: UUID, act: str) -> HttpResponseBase:
    """Approve, decline, withdraw."""
    actor = actor_of(request)
    row = queries.seen(actor, ident)

    def run(reason: str) -> str:
        if act == "approve":
            seen = request.POST.get("seen", "")
            if not seen.isdigit():
                raise Invalid("Xem ảnh hưởng trước khi duyệt.", {"seen": "Tải lại trang."})
            actions.approve(by=actor, target=row, seen=int(seen), reason=reason)
            return "Đã duyệt. Thay đổi có hiệu lực; thời hạn đang tính được tính lại ở trang Tính lại hạn."
        if act == "decline":
            actions.decline(by=actor, target=row, reason=reason)
            return "Đã trả lời không duyệt; căn cứ pháp lý giữ nguyên."
        if act == "withdraw":
            actions.withdraw(by=actor, target=row, reason=reason)
            return "Đã rút đề xuất."
        raise Http404

    return run_act(request, run, reverse("admin:law_proposal", args=[ident]))


@holding(PROPOSE)
def bring(request: HttpRequest) -> HttpResponseBase:
    """Bring in a file of the export's form: run dry, then proposed as one."""
    actor = actor_of(request)
    return bring_file(
        request,
        lambda name, content: importing.parameters(name, content, actor.agency_id),
        title="Nạp tham số từ tệp",
        lead="Tệp CSV hoặc JSON do trang Căn cứ pháp lý xuất ra, đã sửa. Chạy thử trước; gửi thì thành một đề xuất.",
        back=reverse("admin:law"),
    )


def bring_file(request: HttpRequest, judge: Any, *, title: str, lead: str, back: str) -> HttpResponseBase:
    """A page that takes a file, shows what it would do, and proposes it when asked."""
    actor, report = actor_of(request), None
    form = forms.FileForm(request.POST or None, request.FILES or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            file = form.cleaned_data["file"]
            try:
                report = judge(file.name, file.read())
                status = 200
                if "send" in request.POST and not report.faults:
                    data = form.cleaned_data
                    return _send(request, actor, report, data["source"], data["reason"])
            except Unreadable as error:
                form.add_error("file", str(error))
            except Invalid as error:
                add_faults(form, error, None)
                status = 422
    shown = [item.words() for item in report.items[:MOST]] if report else []
    parts = {"form": form, "title": title, "lead": lead, "back": back, "report": report, "changes": shown}
    return render(request, "admin/law_import.html", parts, status=status)


def _send(request: HttpRequest, actor: Actor, report: importing.Report, source: str, reason: str) -> HttpResponseBase:
    target = [reverse("admin:law_proposals")]

    def run(_reason: str) -> str:
        said, target[0] = proposed(actions.propose(by=actor, items=report.items, source=source, reason=reason))
        return said

    response = run_act(request, run, target[0])
    response["Location"] = target[0]
    return response

"""Incoming documents on screen: the list, the record, its acts, paper typed in."""

from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from lienthong.contracts import ports
from lienthong.contracts.actor import Actor
from lienthong.contracts.ref import Ref
from lienthong.core import files, workflow
from lienthong.core.actions.errors import Invalid
from lienthong.core.files.errors import NoSpace, SecretMark
from lienthong.core.orgs.queries import current
from lienthong.core.registry import registry
from lienthong.shell.components import Action, FileView
from lienthong.shell.exports import csv_response
from lienthong.shell.forms import add_faults
from lienthong.shell.guard import actor_of, holding
from lienthong.systems.office import deadlines, forms, queries
from lienthong.systems.office.actions import incoming as acts
from lienthong.systems.office.book_forms import AssignForm
from lienthong.systems.office.book_policies import carried_policy
from lienthong.systems.office.models import IncomingDocument, Line
from lienthong.systems.office.states import INCOMING
from lienthong.systems.office.views import lists, threads, timeline
from lienthong.systems.office.views.lists import SCAN_WORDS, version_of

FIELD_NAMES = {"position_id": "position", "lines": "co", "copy_of": "duplicate"}


@holding("office:incoming:read", of_agency=True)
def listing(request: HttpRequest) -> HttpResponseBase:
    """The incoming documents under the filters of the URL; `?xuat=csv` exports the same list."""
    actor = actor_of(request)
    named = queries.incoming_tabs(actor)
    filters = lists.read(request, named[0][0])
    rows = queries.incoming_list(actor, filters)
    if request.GET.get("xuat") == "csv":
        return _export(actor, rows.iterator(chunk_size=500))
    counts = lists.counts(named, filters, lambda chosen: queries.incoming_list(actor, chosen))
    page = lists.page(request, rows, "received_at", counts[filters.tab])
    context = {
        "tabs": lists.tabs(request, named, filters, counts, "qua-han"),
        "chips": lists.chips(request, filters, dict(INCOMING.choices)),
        "page": page,
        "rows": [(row, INCOMING.by_code[row.state]) for row in page.rows],
        "filters": filters,
        "states": INCOMING.choices,
        "may_enter": actor.may("office:incoming:enter"),
        "may_bulk": actor.may("office:incoming:register") and any(row.state == "arrived" for row in page.rows),
        "live_topics": [f"office.inbox:{actor.agency_id}"] if actor.may("office:incoming:read_agency") else [],
    }
    return render(request, "office/incoming_list.html", context)


def _export(actor: Actor, rows: Iterator[IncomingDocument]) -> HttpResponseBase:
    heads = [
        "Số đến",
        "Ngày đến",
        "Tác giả",
        "Số, ký hiệu",
        "Ngày văn bản",
        "Tên loại",
        "Trích yếu",
        "Độ khẩn",
        "Trạng thái",
    ]
    lines = (
        [
            row.arrival_number,
            row.arrival_on and f"{row.arrival_on:%d/%m/%Y}",
            row.sender_name,
            row.code,
            row.issued_on and f"{row.issued_on:%d/%m/%Y}",
            row.type_name,
            row.subject,
            row.urgency,
            row.get_state_display(),
        ]
        for row in rows
    )
    return csv_response("van-ban-den", heads, lines, actor)


@holding("office:incoming:read", of_agency=True)
def detail(request: HttpRequest, ident: UUID) -> HttpResponseBase:
    """The record of one incoming document; opening it is no official act (OF-16)."""
    return _record(request, queries.incoming(actor_of(request), ident))


def _record(
    request: HttpRequest, document: IncomingDocument, failed: tuple[str, Form] | None = None, status: int = 200
) -> HttpResponse:
    actor = actor_of(request)
    offers = {offer.verb.rpartition(":")[2]: offer for offer in queries.incoming_offers(actor, document)}
    opened = {name: make(document, actor) for name, make in _FORMS.items() if name in offers}
    if failed is not None:
        opened[failed[0]] = failed[1]
    lines = list(document.lines.all())
    units = forms.unit_names({line.unit_id for line in lines})
    context = {
        "document": document,
        "state": INCOMING.by_code[document.state],
        "actions": [_action(offer, name) for name, offer in offers.items() if not _open_form(name, offers)],
        "main_form": next(
            ((n, opened[n], offers[n]) for n in ("register", "submit", "direct", "finish") if n in opened), None
        ),
        "dialogs": [(name, offer, opened.get(name)) for name, offer in offers.items() if not _open_form(name, offers)],
        "failed": failed[0] if failed else "",
        "files": [
            FileView(
                name=row.name,
                url=reverse("office:incoming_file", args=[document.pk, row.file_id]),
                view_url=reverse("office:incoming_file", args=[document.pk, row.file_id]) + "?inline=1",
                kind=lists.file_kind(row.name),
                size=row.file.size,
                scan=SCAN_WORDS[row.file.scan_state],
            )
            for row in document.files.all()
        ],
        "main_file": next((row for row in document.files.all() if row.main), None),
        "lines": [(line, units.get(line.unit_id, "")) for line in lines],
        "carried": _carried(actor, document, lines),
        "entries": timeline.of(document),
        "axis": _axis(document),
        "sender": current([document.sender_unit_id]).get(document.sender_unit_id) if document.sender_unit_id else None,
        "may_answer": actor.may("office:outgoing:create") and document.state in {"assigned", "processing"},
        "packet_url": _packet_url(document, actor),
        "thread": threads.of_incoming(document, actor),
        "why": deadlines.why(document),
        "live_topics": [f"office.incoming:{document.pk}"],
    }
    return render(request, "office/incoming.html", context, status=status)


def _carried(actor: Actor, document: IncomingDocument, lines: list[Line]) -> dict[UUID, dict[str, Any]]:
    """What the reader may do with each open line of an old document (CORE-107)."""
    if document.state != "history":
        return {}
    found: dict[UUID, dict[str, Any]] = {}
    for line in lines:
        # The policy asks the line for its document: give it the one that is here.
        line.document = document
        if line.state in Line.OPEN:
            found[line.pk] = {
                "finish": carried_policy.allows(actor, "office:carried:finish", line),
                "assign": AssignForm(line) if carried_policy.allows(actor, "office:carried:assign", line) else None,
            }
    return found


def _packet_url(document: IncomingDocument, actor: Actor) -> str:
    """Where the packet opens that brought the document; empty without one, or for who may not see it."""
    if document.delivery_id is None:
        return ""
    packet = Ref("exchange:received", document.delivery_id)
    return registry.url(packet) if registry.may_see(actor, packet) else ""


def _open_form(name: str, offers: dict[str, Any]) -> bool:
    """The first of these that may be done stands open on the page; the others are dialogs."""
    return name == next((n for n in ("register", "submit", "direct", "finish") if n in offers), None)


def _action(offer: workflow.Offer, name: str) -> Action:
    return Action(
        label=offer.label, effect=offer.hint, dialog=f"viec-{name}", primary=offer.primary, danger=offer.danger
    )


def _axis(document: IncomingDocument) -> list[dict[str, object]]:
    exchange = ports.get("exchange")
    if exchange is None or document.delivery_id is None:
        return []
    return list(exchange.timeline(document.delivery_id))


def _receipt(document: IncomingDocument, actor: Actor, data: Any = None) -> Form:
    return forms.ReceiptForm(document, actor, list(acts.duplicates_of(document)), data)


_FORMS: dict[str, Callable[..., Form]] = {
    "register": _receipt,
    "submit": lambda _document, actor, data=None: forms.SubmitForm(actor, data),
    "direct": lambda _document, actor, data=None: forms.DirectForm(actor, data),
    "reassign": lambda _document, actor, data=None: forms.DirectForm(actor, data),
    "change_lead": lambda _document, actor, data=None: forms.DirectForm(actor, data),
    "assign_within": lambda _document, actor, data=None: forms.WithinForm(actor, data),
    "finish": lambda document, _actor, data=None: forms.FinishForm(document, data),
}


@holding("office:incoming:read", of_agency=True)
@require_POST
def act(request: HttpRequest, ident: UUID, act: str) -> HttpResponseBase:
    """Do one act on a document; what was typed stays when it is refused."""
    actor = actor_of(request)
    document = queries.incoming(actor, ident)
    if act not in _ACTS:
        raise Http404
    form = _FORMS[act](document, actor, request.POST) if act in _FORMS else None
    if form is not None and not form.is_valid():
        return _record(request, document, (act, form), 422)
    try:
        said = _ACTS[act](actor, document, form, _common(request))
    except Invalid as error:
        if form is None:
            raise
        add_faults(form, error, FIELD_NAMES)
        return _record(request, document, (act, form), 422)
    messages.success(request, said)
    return redirect("office:incoming", ident)


def _common(request: HttpRequest) -> dict[str, Any]:
    return {"reason": request.POST.get("reason", ""), "expected_version": version_of(request)}


def _register(actor: Actor, document: IncomingDocument, form: Any, common: dict[str, Any]) -> str:
    data = form.cleaned_data
    duplicate = data.get("duplicate") or ""
    acts.register(
        by=actor,
        target=document,
        accept_reason=data.get("accept_reason") or "",
        copy_of=UUID(duplicate) if duplicate not in {"", "new"} else None,
        new_anyway=duplicate == "new",
        **common,
    )
    if document.copy_of_id is not None:
        return "Đã ghi nhận là bản khác của văn bản đã đăng ký; nơi gửi được báo đã tiếp nhận."
    said = f"Đã vào sổ, số đến {document.arrival_number}."
    if data.get("submit_to"):
        acts.submit(by=actor, target=document, position_id=UUID(data["submit_to"]))
        said = f"Đã vào sổ, số đến {document.arrival_number}, và trình lãnh đạo."
    return said


def _submit(actor: Actor, document: IncomingDocument, form: Any, common: dict[str, Any]) -> str:
    data = form.cleaned_data
    acts.submit(by=actor, target=document, position_id=UUID(data["position"]), note=data["note"], **common)
    return "Đã trình lãnh đạo cho ý kiến chỉ đạo."


def _direct(actor: Actor, document: IncomingDocument, form: Any, common: dict[str, Any]) -> str:
    acts.direct(by=actor, target=document, content=form.cleaned_data["content"], lines=form.lines(), **common)
    return "Đã giao; các đơn vị nhận được thông báo, nơi gửi biết văn bản đã được phân công."


def _reassign(actor: Actor, document: IncomingDocument, form: Any, common: dict[str, Any]) -> str:
    acts.reassign(by=actor, target=document, content=form.cleaned_data["content"], lines=form.lines(), **common)
    return "Đã giao lại."


def _change_lead(actor: Actor, document: IncomingDocument, form: Any, common: dict[str, Any]) -> str:
    common["reason"] = common["reason"] or form.cleaned_data["content"]
    acts.change_lead(by=actor, target=document, lines=form.lines(), **common)
    return "Đã đổi đơn vị chủ trì; hai đơn vị đều được báo."


def _within(actor: Actor, document: IncomingDocument, form: Any, common: dict[str, Any]) -> str:
    data = form.cleaned_data
    acts.assign_within(
        by=actor,
        target=document,
        position_id=UUID(data["position"]),
        inner_due_on=data["inner_due_on"],
        note=data["note"],
        **common,
    )
    return "Đã phân công trong đơn vị."


def _finish(actor: Actor, document: IncomingDocument, form: Any, common: dict[str, Any]) -> str:
    data = form.cleaned_data
    answer = UUID(data["answer"]) if data["answer"] else None
    acts.finish(by=actor, target=document, kind=data["kind"], result=data["result"], answer=answer, **common)
    return "Đã hoàn thành; nơi gửi được báo."


def _plain(action: Any, said: str) -> Callable[..., str]:
    def run(actor: Actor, document: IncomingDocument, _form: Any, common: dict[str, Any]) -> str:
        action(by=actor, target=document, **common)
        return said

    return run


def _comment(actor: Actor, document: IncomingDocument, _form: Any, common: dict[str, Any]) -> str:
    opinion = common.pop("reason")
    acts.comment(by=actor, target=document, opinion=opinion, **common)
    return "Đã gửi ý kiến phối hợp." if opinion.strip() else "Đã ghi nhận không có ý kiến."


_ACTS: dict[str, Callable[..., str]] = {
    "register": _register,
    "submit": _submit,
    "direct": _direct,
    "reassign": _reassign,
    "change_lead": _change_lead,
    "assign_within": _within,
    "finish": _finish,
    "return_to_sender": _plain(acts.return_to_sender, "Đã trả lại nơi gửi kèm lý do."),
    "send_back_clerk": _plain(acts.send_back_clerk, "Đã trả văn thư."),
    "take": _plain(acts.take, "Đã nhận việc; nơi gửi biết văn bản đang được xử lý."),
    "bounce": _plain(acts.bounce, "Đã chuyển lại cho người giao."),
    "acknowledge": _plain(acts.acknowledge, "Đã ghi nhận."),
    "reopen": _plain(acts.reopen, "Đã mở lại."),
    "comment": _comment,
}


@holding("office:incoming:enter", of_agency=True)
def enter(request: HttpRequest) -> HttpResponseBase:
    """Type in a document that came on paper or by e-mail."""
    actor = actor_of(request)
    form = forms.PaperForm(request.POST or None, request.FILES or None)
    status = 200
    if request.method == "POST" and form.is_valid():
        upload = form.cleaned_data["file"]
        try:
            stored = files.store(
                upload, upload.name, by=actor, agency_id=actor.agency_id, entry_point="nhập văn bản giấy"
            )
            document = acts.enter(by=actor, facts=form.facts(stored.pk, stored.display_name))
        except Invalid as error:
            add_faults(form, error, {"files": "file", "file_names": "file"})
        except (NoSpace, SecretMark) as error:
            # What was typed stays on the page; the words say where a secret paper is registered (CORE-58).
            form.add_error("file", error.message)
            status = error.status
        else:
            messages.success(request, "Đã nhập văn bản đến; bước tiếp theo là vào sổ.")
            return redirect("office:incoming", document.pk)
    if form.errors and status == 200:
        status = 422
    return render(request, "office/paper_form.html", {"form": form}, status=status)

"""Outgoing documents on screen: the list, drafting, the record, its acts."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from lienthong.contracts import ports
from lienthong.contracts.actor import Actor
from lienthong.contracts.ref import Ref
from lienthong.core import workflow
from lienthong.core.actions import ref_of
from lienthong.core.actions.errors import Forbidden, IllegalMove, Invalid
from lienthong.core.orgs.queries import current, holdings_at
from lienthong.core.registry import registry
from lienthong.shell.components import Action, FileView, SignStep
from lienthong.shell.exports import csv_response
from lienthong.shell.forms import add_faults
from lienthong.shell.guard import actor_of, holding
from lienthong.systems.office import forms, paper, queries, types
from lienthong.systems.office.actions import outgoing as acts
from lienthong.systems.office.models import IncomingDocument, OutgoingDocument, OutgoingFile, Receiver
from lienthong.systems.office.policies import outgoing_policy
from lienthong.systems.office.states import OUTGOING
from lienthong.systems.office.views import lists, threads, timeline
from lienthong.systems.office.views.lists import SCAN_WORDS, version_of

WAITING = ("signed", "numbered", "registered", "sealed")
FIELD_NAMES = {"content": "text", "issuing_body_id": "issuing_body", "signer_position_id": "signer"}


@holding("office:outgoing:read", of_agency=True)
def listing(request: HttpRequest) -> HttpResponseBase:
    """The outgoing documents under the filters of the URL; `?xuat=csv` exports the same list."""
    actor = actor_of(request)
    named = queries.outgoing_tabs(actor)
    filters = lists.read(request, named[0][0])
    rows = queries.outgoing_list(actor, filters)
    kinds = types.by_code()
    if request.GET.get("xuat") == "csv":
        heads = ["Số, ký hiệu", "Ngày văn bản", "Tên loại", "Trích yếu", "Người ký", "Người soạn", "Trạng thái"]
        lines = (
            [
                row.code,
                row.issued_on and f"{row.issued_on:%d/%m/%Y}",
                kinds[row.type_code].name,
                row.subject,
                row.signer_name,
                row.drafter.full_name if row.state != "history" else "",
                row.get_state_display(),
            ]
            for row in rows.iterator(chunk_size=500)
        )
        return csv_response("van-ban-di", heads, lines, actor)
    counts = lists.counts(named, filters, lambda chosen: queries.outgoing_list(actor, chosen))
    page = lists.page(request, rows, "state_since", counts[filters.tab])
    context = {
        "tabs": lists.tabs(request, named, filters, counts),
        "chips": lists.chips(request, filters, dict(OUTGOING.choices)),
        "page": page,
        "rows": [(row, OUTGOING.by_code[row.state], kinds[row.type_code].name) for row in page.rows],
        "filters": filters,
        "states": OUTGOING.choices,
        "kinds": [(kind.code, kind.name) for kind in kinds.values()],
        "may_create": actor.may("office:outgoing:create"),
        "may_issue": actor.may("office:outgoing:issue") and any(row.state in WAITING for row in page.rows),
        "waiting": WAITING,
    }
    return render(request, "office/outgoing_list.html", context)


@holding("office:outgoing:create", of_agency=True)
def draft_new(request: HttpRequest) -> HttpResponseBase:
    """Begin a draft; `?tra-loi=` answers an incoming document."""
    actor = actor_of(request)
    initial: dict[str, Any] = {"type_code": "cong_van"}
    answered: IncomingDocument | None = None
    if wanted := request.GET.get("tra-loi"):
        answered = queries.incoming(actor, _uuid(wanted))
        initial = {
            "type_code": "cong_van",
            "answers": answered.pk,
            "receivers": [str(answered.sender_unit_id)] if answered.sender_unit_id else [],
            "subject": f"Trả lời {answered.type_name.lower()} số {answered.code} về {answered.subject[:1].lower()}"
            f"{answered.subject[1:]}",
        }
    form = forms.DraftForm(actor, request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            document = acts.create(by=actor, facts=form.facts())
            if "trinh" in request.POST:
                acts.submit(by=actor, target=document)
        except Invalid as error:
            add_faults(form, error, FIELD_NAMES)
        else:
            return _saved(request, document)
    context = {"form": form, "answered": answered, "document": None}
    return render(request, "office/draft_form.html", context, status=422 if form.errors else 200)


def _saved(request: HttpRequest, document: OutgoingDocument) -> HttpResponseBase:
    """Say what was done; who asked for a preview goes on writing beside it."""
    said = "Đã trình lãnh đạo đơn vị." if document.state != "draft" else "Đã lưu dự thảo."
    messages.success(request, said)
    if "xem-truoc" in request.POST and document.state == "draft":
        return redirect(f"{reverse('office:draft_edit', args=[document.pk])}#xem-truoc")
    return redirect("office:outgoing", document.pk)


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Http404 from None


@holding("office:outgoing:edit", of_agency=True)
def draft_edit(request: HttpRequest, ident: UUID) -> HttpResponseBase:
    """Change a draft."""
    actor = actor_of(request)
    document = queries.outgoing(actor, ident)
    if not outgoing_policy.allows(actor, acts.edit.verb, document):
        raise Forbidden("Sửa dự thảo")
    if OUTGOING.move(acts.edit.verb, document.state) is None:
        raise IllegalMove(document, acts.edit.verb)
    form = forms.DraftForm(actor, request.POST or None, initial=forms.DraftForm.of(document))
    if request.method == "POST" and form.is_valid():
        try:
            acts.edit(by=actor, target=document, facts=form.facts(), expected_version=version_of(request))
            if "trinh" in request.POST:
                acts.submit(by=actor, target=document)
        except Invalid as error:
            add_faults(form, error, FIELD_NAMES)
        else:
            return _saved(request, document)
    context = {"form": form, "document": document, "answered": None}
    return render(request, "office/draft_form.html", context, status=422 if form.errors else 200)


@holding("office:outgoing:read", of_agency=True)
def preview(request: HttpRequest, ident: UUID) -> HttpResponseBase:
    """The draft as it would be printed now; nothing is stored."""
    document = queries.outgoing(actor_of(request), ident)
    pdf = paper.preview(document, acts.line_of(document))
    response = HttpResponse(pdf, content_type="application/pdf")
    response["Content-Disposition"] = "inline; filename=xem-truoc.pdf"
    return response


@holding("office:outgoing:read", of_agency=True)
def detail(request: HttpRequest, ident: UUID) -> HttpResponseBase:
    """The record of one outgoing document."""
    actor = actor_of(request)
    document = queries.outgoing(actor, ident)
    offers = workflow.offers(actor, document, OUTGOING)
    # The composite acts cover their parts: a clerk presses "Phát hành", a signer "Duyệt và ký".
    names = {offer.verb.rpartition(":")[2] for offer in offers}
    receivers = _receivers(document)
    hidden: set[str] = set()
    if "issue" in names:
        hidden |= {"number", "register", "seal", "dispatch", "file"}
    if "approve_and_sign" in names:
        hidden |= {"sign"}
    offers = [offer for offer in offers if offer.verb.rpartition(":")[2] not in hidden]
    main = next((row for row in document.files.all() if row.role == OutgoingFile.Role.MAIN and row.current), None)
    context = {
        "document": document,
        "kind": types.by_code()[document.type_code],
        "state": OUTGOING.by_code[document.state],
        "actions": [_action(document, offer) for offer in offers],
        "dialogs": [
            (offer.verb.rpartition(":")[2], offer) for offer in offers if not offer.verb.endswith((":edit", ":submit"))
        ],
        "unreachable": _unreachable(document) if "issue" in names else [],
        "main": main,
        "view_url": _view_url(document, main),
        "signs": _signs(document),
        "receivers": receivers,
        "thread": threads.of_outgoing(document, actor, len(receivers)),
        "packet_url": _packet_url(document, actor),
        "files": [_file(document, row) for row in document.files.all() if row.current],
        "drafts": sorted(document.drafts.all(), key=lambda draft: -draft.number),
        "entries": timeline.of(document),
        "answered": IncomingDocument.objects.filter(pk=document.answers, agency_id=document.agency_id).first()
        if document.answers
        else None,
        "unit": current([document.unit_id]).get(document.unit_id),
        "live_topics": [f"office.outgoing:{document.pk}"],
    }
    return render(request, "office/outgoing.html", context)


def _action(document: OutgoingDocument, offer: workflow.Offer) -> Action:
    name = offer.verb.rpartition(":")[2]
    if name == "edit":
        return Action(label=offer.label, effect=offer.hint, url=reverse("office:draft_edit", args=[document.pk]))
    if name == "submit":
        return Action(
            label=offer.label,
            effect=offer.hint,
            # The version travels with the button, so that a stale tab submits nothing that its reader did not see.
            url=f"{reverse('office:outgoing_act', args=[document.pk, name])}?version={document.version}",
            post=True,
            primary=True,
        )
    return Action(
        label=offer.label, effect=offer.hint, dialog=f"viec-{name}", primary=offer.primary, danger=offer.danger
    )


def _packet_url(document: OutgoingDocument, actor: Actor) -> str:
    """Where the packet opens that carried the document; empty without one, or for who may not see it."""
    if document.message_id is None:
        return ""
    packet = Ref("exchange:message", document.message_id)
    return registry.url(packet) if registry.may_see(actor, packet) else ""


def _view_url(document: OutgoingDocument, main: OutgoingFile | None) -> str:
    if document.state in {"draft", "returned"} or main is None:
        return reverse("office:preview", args=[document.pk]) if document.content else ""
    return reverse("office:outgoing_file", args=[document.pk, main.file_id]) + "?inline=1"


def _file(document: OutgoingDocument, row: OutgoingFile) -> FileView:
    url = reverse("office:outgoing_file", args=[document.pk, row.file_id])
    return FileView(
        name=row.name,
        url=url,
        view_url=f"{url}?inline=1",
        kind=lists.file_kind(row.name),
        size=row.file.size,
        pages=document.pages if row.role == OutgoingFile.Role.MAIN else None,
        scan=SCAN_WORDS[row.file.scan_state],
    )


_STEPS = (
    "draft",
    "unit_review",
    "format_check",
    "to_sign",
    "approved",
    "signed",
    "numbered",
    "registered",
    "sealed",
    "issued",
    "filed",
)


def _signs(document: OutgoingDocument) -> list[SignStep]:
    """Who has signed and who is still to sign, in order: ký nháy, competent person, agency (Đ10–12, Đ32.2.d)."""
    at = _STEPS.index(document.state) if document.state in _STEPS else 0
    holder = holdings_at().filter(position_id=document.signer_position_id).first()

    def step(who: str, position: str, role: str, done_after: int, signed_at: datetime | None = None) -> SignStep:
        state = "done" if at > done_after else "now" if at == done_after else "waiting"
        return SignStep(who=who, position=position, role=role, state=state, at=signed_at)  # type: ignore[arg-type]

    return [
        step(
            document.reviewer.full_name if document.reviewer else "Lãnh đạo đơn vị soạn thảo", "", "Ký nháy nội dung", 1
        ),
        step(document.checker.full_name if document.checker else "Người kiểm tra thể thức", "", "Ký nháy thể thức", 2),
        step(
            document.signer_name or (holder.person.full_name if holder else "Người có thẩm quyền"),
            document.signer_position.title,
            "Ký số người có thẩm quyền",
            4 if at >= 4 else 3,
            document.signed_at,
        ),
        step(document.issuing_body.name, "Văn thư", "Ký số của cơ quan", 7 if at >= 7 else 5),
    ]


def _unreachable(document: OutgoingDocument) -> list[str]:
    """Why some receivers cannot be sent to any more; the clerk then issues with a reason."""
    exchange = ports.get("exchange")
    axis = [row.unit_id for row in document.receivers.all() if row.channel == Receiver.Channel.AXIS]
    return list(exchange.undeliverable(axis).values()) if exchange is not None else []


def _receivers(document: OutgoingDocument) -> list[dict[str, Any]]:
    """Each receiver with its own state: from the axis where it carried the document, else as drafted (OF-24)."""
    rows = list(document.receivers.all())
    names = {unit: version.official_name for unit, version in current(row.unit_id for row in rows).items()}
    exchange = ports.get("exchange")
    states = {}
    if exchange is not None and document.message_id:
        states = {state.unit_id: state for state in exchange.receivers(ref_of(document))}
    return [
        {
            "receiver": row,
            "name": row.unit_version.official_name if row.unit_version else names.get(row.unit_id, ""),
            "state": states.get(row.unit_id),
        }
        for row in rows
    ]


@holding("office:outgoing:read", of_agency=True)
@require_POST
def act(request: HttpRequest, ident: UUID, act: str) -> HttpResponseBase:
    """Do one act on a document."""
    actor = actor_of(request)
    document = queries.outgoing(actor, ident)
    if act not in _ACTS:
        raise Http404
    action, said = _ACTS[act]
    action(by=actor, target=document, reason=request.POST.get("reason", ""), expected_version=version_of(request))
    messages.success(request, said(document))
    return redirect("office:outgoing", ident)


def _sent(document: OutgoingDocument) -> str:
    return f"Đã phát hành {document.code} tới {document.receivers.count()} nơi nhận."


_ACTS: dict[str, tuple[Any, Callable[[OutgoingDocument], str]]] = {
    "submit": (acts.submit, lambda _: "Đã trình lãnh đạo đơn vị."),
    "review": (acts.review, lambda _: "Đã duyệt nội dung; chuyển kiểm tra thể thức."),
    "check_format": (acts.check_format, lambda _: "Đạt thể thức; đã trình ký."),
    "approve": (acts.approve, lambda _: "Đã duyệt; phiên bản được khóa."),
    "unapprove": (acts.unapprove, lambda _: "Đã bỏ duyệt."),
    "sign": (acts.sign, lambda _: "Đã ký; văn thư cấp số và phát hành."),
    "approve_and_sign": (acts.approve_and_sign, lambda _: "Đã duyệt và ký; văn thư cấp số và phát hành."),
    "return": (acts.return_, lambda _: "Đã trả lại đơn vị soạn thảo kèm lý do."),
    "redraft": (acts.redraft, lambda _: "Đã chuyển người soạn sửa."),
    "issue": (acts.issue, _sent),
    "number": (acts.number, lambda d: f"Đã cấp số {d.code}."),
    "register": (acts.register, lambda _: "Đã đăng ký."),
    "seal": (acts.seal, lambda _: "Đã ký số của cơ quan."),
    "dispatch": (acts.dispatch, _sent),
    "file": (acts.file_, lambda _: "Đã lưu bản gốc."),
    "cancel_number": (acts.cancel_number, lambda d: f"Đã hủy số {d.code}; số vẫn nằm trong sổ."),
}

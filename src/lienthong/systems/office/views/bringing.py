"""Old documents and open work on screen: upload, dry run, encodings side by side, import with progress (CORE-106)."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from lienthong.contracts.actor import Actor
from lienthong.core import files
from lienthong.core.actions.errors import Invalid, NotSeen
from lienthong.core.files.errors import NoSpace, SecretMark
from lienthong.core.jobs.models import JobRun
from lienthong.kit.legacy_text import Encoding
from lienthong.kit.tables import write_xlsx
from lienthong.shell import messages
from lienthong.shell.exports import csv_response
from lienthong.shell.forms import add_faults
from lienthong.shell.guard import actor_of, holding
from lienthong.systems.office import book_forms
from lienthong.systems.office.actions import bringing as acts
from lienthong.systems.office.book_policies import brought_policy, carried_policy
from lienthong.systems.office.bringing import COLUMNS
from lienthong.systems.office.models import BroughtAlong, Line

READ = "office:brought:read"
SHOWN = 50
TONES = {
    "checking": ("info", "progress"),
    "ask": ("warn", "help-circle"),
    "faulty": ("stop", "alert-circle"),
    "ready": ("info", "circle-check"),
    "loading": ("info", "progress"),
    "loaded": ("ok", "circle-check"),
}


@holding(READ, of_agency=True)
def listing(request: HttpRequest) -> HttpResponseBase:
    """The files that were brought along, newest first, and the templates to fill."""
    actor = actor_of(request)
    rows = brought_policy.scope(actor, BroughtAlong.objects.select_related("register", "file"))[:SHOWN]
    context = {
        "rows": [(row, *TONES[row.state]) for row in rows],
        "kinds": BroughtAlong.Kind.choices,
        "may_begin": actor.may("office:brought:begin"),
    }
    return render(request, "office/brought_list.html", context)


@holding("office:brought:begin", of_agency=True)
def new(request: HttpRequest) -> HttpResponseBase:
    """Upload a file for its dry run."""
    actor = actor_of(request)
    form = book_forms.BringForm(actor, request.POST or None, request.FILES or None)
    status = 200
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            row = acts.begin(
                by=actor,
                kind=data["kind"],
                register_id=UUID(data["register_id"]),
                source=data["source"],
                file_id=_stored(actor, data["file"]),
                scans_id=_stored(actor, data["scans"]) if data["scans"] else None,
            )
        except Invalid as error:
            add_faults(form, error)
        except (NoSpace, SecretMark) as error:
            form.add_error("file", error.message)
            status = error.status
        else:
            messages.done(request, "Đã nhận tệp và đang chạy thử; chưa dòng nào được nhập.")
            return redirect("office:brought", row.pk)
    context = {
        "form": form,
        "form_title": "Nhập dữ liệu cũ",
        "submit": "Tải lên và chạy thử",
        "form_lead": "Chạy thử chỉ đọc và báo lỗi. Bạn xem kết quả rồi mới cho nhập.",
        "templates": BroughtAlong.Kind.choices,
    }
    return render(request, "office/book_form.html", context, status=422 if form.errors and status == 200 else status)


def _stored(actor: Actor, upload: Any) -> UUID:
    return files.store(upload, upload.name, by=actor, agency_id=actor.agency_id, entry_point="nhập dữ liệu cũ").pk


@holding(READ, of_agency=True)
def template(request: HttpRequest, kind: str, form: str) -> HttpResponseBase:  # noqa: ARG001 the guard takes it
    """The empty table of a kind of data, with a row of examples; CSV or XLSX."""
    columns = COLUMNS.get(kind)
    if columns is None or form not in {"csv", "xlsx"}:
        raise Http404
    heads = [column.head for column in columns]
    examples = [column.example for column in columns]
    name = f"mau-{kind}.{form}"
    if form == "xlsx":
        content = write_xlsx([heads, examples], [max(14, len(head) + 4) for head in heads])
        response = HttpResponse(
            content, content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        )
    else:
        cells = [",".join(f'"{cell}"' for cell in line) for line in (heads, examples)]
        response = HttpResponse("\ufeff" + "\r\n".join(cells) + "\r\n", content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@holding(READ, of_agency=True)
def detail(request: HttpRequest, ident: UUID) -> HttpResponseBase:
    """One file: what its dry run found, and the next step."""
    row = _seen(actor_of(request), ident)
    if request.GET.get("xuat") == "csv":
        heads = ["Dòng", "Cột", "Lỗi"]
        lines = ([fault["row"], fault["column"], fault["message"]] for fault in row.report.get("faults", []))
        return csv_response(f"loi-{row.kind}", heads, lines, actor_of(request))
    return _page(request, row)


def _page(
    request: HttpRequest, row: BroughtAlong, *, form: book_forms.ApproveForm | None = None, status: int = 200
) -> HttpResponse:
    actor = actor_of(request)
    run = JobRun.objects.filter(pk=row.run_id).first() if row.run_id else None
    columns = row.report.get("columns", [])
    tone, icon = TONES[row.state]
    context = {
        "brought": row,
        "tone": tone,
        "icon": icon,
        "run": run,
        "stuck": row.busy and run is not None and not run.unfinished,
        "columns": columns,
        "asked": [column for column in columns if column["detected"] or column["chosen"]],
        "others": [column for column in columns if not column["detected"] and not column["chosen"]],
        "encodings": [e.value for e in Encoding],
        "doubts": row.report.get("doubts", [])[:SHOWN],
        "faults": row.report.get("faults", [])[:SHOWN],
        "warnings": row.report.get("warnings", [])[:SHOWN],
        "invisible": row.report.get("invisible", {}).items(),
        "form": form or book_forms.ApproveForm(),
        "may_act": actor.may("office:brought:approve"),
        "live_topics": [f"job:{run.pk}"] if run is not None and run.unfinished and run.user_id == actor.user_id else [],
    }
    return render(request, "office/brought.html", context, status=status)


@holding("office:brought:approve", of_agency=True)
@require_POST
def act(request: HttpRequest, ident: UUID, act: str) -> HttpResponseBase:
    """Choose encodings, approve, or stop."""
    actor = actor_of(request)
    row = _seen(actor, ident)
    if act == "encodings":
        chosen = {
            name.removeprefix("ma-"): str(value) for name, value in request.POST.items() if name.startswith("ma-")
        }
        acts.choose_encodings(by=actor, target=row, encodings=chosen)
        messages.done(request, "Đang chạy thử lại với bảng mã đã chọn.")
    elif act == "approve":
        form = book_forms.ApproveForm(request.POST)
        form.is_valid()
        try:
            acts.approve(by=actor, target=row, doubts_seen=form.cleaned_data.get("doubts_seen", False))
        except Invalid as error:
            add_faults(form, error)
            return _page(request, row, form=form, status=422)
        messages.done(request, "Đang nhập; bạn có thể rời trang, việc vẫn tiếp tục.")
    elif act == "stop":
        rests = acts.stop(by=actor, brought_id=row.pk)
        messages.done(
            request, "Đã dừng; không dòng nào được nhập." if rests else "Đã yêu cầu dừng; tải lại sau ít giây."
        )
    else:
        raise Http404
    return redirect("office:brought", row.pk)


@holding("office:carried:finish", "office:carried:assign", of_agency=True)
@require_POST
def line_act(request: HttpRequest, ident: UUID, act: str) -> HttpResponseBase:
    """Name who does a line that came along, or end it with its result."""
    actor = actor_of(request)
    line = Line.objects.select_related("document").filter(pk=ident).first()
    if line is None or not carried_policy.sees(actor, line):
        raise NotSeen("việc này")
    if act == "assign":
        form = book_forms.AssignForm(line, request.POST)
        if form.is_valid():
            data = form.cleaned_data
            acts.assign(by=actor, target=line, position_id=UUID(data["position_id"]), inner_due_on=data["inner_due_on"])
            messages.done(request, "Đã phân công.")
        else:
            messages.warn(request, "Chưa phân công: chọn người giải quyết trong đơn vị.")
    elif act == "finish":
        try:
            acts.finish(by=actor, target=line, result=request.POST.get("result", ""))
        except Invalid as error:
            messages.warn(request, next(iter(error.fields.values()), error.message))
        else:
            messages.done(request, "Đã hoàn thành việc chuyển từ sổ cũ.")
    else:
        raise Http404
    return redirect(reverse("office:incoming", args=[line.document_id]))


def _seen(actor: Actor, ident: UUID) -> BroughtAlong:
    row = BroughtAlong.objects.select_related("register", "file", "scans").filter(pk=ident).first()
    if row is None or not brought_policy.sees(actor, row):
        raise NotSeen("lần nhập này")
    return row

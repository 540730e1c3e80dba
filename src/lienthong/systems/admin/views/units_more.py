"""Beside units: issuing bodies, schemes of other codes, files of units (CORE-5, CORE-13, CORE-102)."""

from uuid import UUID

from django import forms as django_forms
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST

from lienthong.contracts.actor import Actor
from lienthong.core.actions.errors import NotSeen
from lienthong.core.orgs import importing
from lienthong.core.orgs.actions import bodies, codes, imports
from lienthong.core.orgs.models import CodeScheme, IssuingBody, UnitImport
from lienthong.core.orgs.queries import latest
from lienthong.core.registry import registry
from lienthong.kit import clock
from lienthong.kit.tables import write_xlsx
from lienthong.shell.guard import actor_of, holding
from lienthong.systems.admin import unit_imports
from lienthong.systems.admin.forms import units as forms
from lienthong.systems.admin.views.people_parts import attached, csv_file, form_page, run_act
from lienthong.systems.admin.views.units_parts import rehearsed, span, tabs

BODY_HEADS = ("Từ ngày", "Đến trước ngày", "Tên", "Chữ viết tắt", "Dòng trên văn bản", "Địa danh", "Dấu")


def body_of(actor: Actor, ident: UUID) -> IssuingBody:
    """An issuing body that the actor sees; raises NotSeen."""
    found = IssuingBody.objects.filter(pk=ident).first()
    if found is None or not registry.policies[IssuingBody].sees(actor, found):
        raise NotSeen("chủ thể ban hành")
    return found


@holding(bodies.READ, of_agency=True)
def body_list(request: HttpRequest) -> HttpResponseBase:
    """Who issues papers from this desk, now, before and to come (CORE-102)."""
    actor = actor_of(request)
    today = clock.local_date()
    rows = list(IssuingBody.objects.filter(agency_id=actor.agency).order_by("-default", "name", "-valid"))
    past = request.GET.get("xem") == "tat-ca"
    shown = [row for row in rows if past or row.valid.upper is None or row.valid.upper > today]
    if request.GET.get("xuat") == "csv":
        heads = ["Loại", *BODY_HEADS]
        return csv_file(
            request, "Chủ thể ban hành", heads, ([row.get_kind_display(), *_body_cells(row)] for row in shown)
        )
    context = {
        "tabs": tabs(request, "unit_bodies"),
        "rows": [(row, row.valid.upper is None) for row in shown],
        "past": past,
        "more": len(rows) - len(shown),
        "today": today,
        "may_create": actor.may(bodies.CREATE),
        "may_change": actor.may(bodies.CHANGE),
    }
    return render(request, "admin/unit_bodies.html", context)


def _body_cells(row: IssuingBody) -> list[str]:
    return [
        span(row.valid.lower, "từ đầu"),
        span(row.valid.upper, "nay"),
        row.name,
        row.abbreviation,
        " / ".join(row.header_lines),
        row.place,
        "có hình Quốc huy" if row.seal_with_emblem else "không có hình Quốc huy",
    ]


def _bodies_now(actor: Actor) -> list[list[str]]:
    rows = IssuingBody.objects.filter(agency_id=actor.agency, valid__endswith__isnull=True)
    return [_body_cells(row) for row in rows.order_by("-default", "name")]


@holding(bodies.CREATE, of_agency=True)
def body_new(request: HttpRequest) -> HttpResponseBase:
    """The agency issues under one more name."""
    actor = actor_of(request)

    def run(form: forms.BodyForm) -> tuple[str, str]:
        data = form.cleaned_data
        bodies.create(by=actor, facts=form.facts(), effective=data["effective"], instrument=data["instrument"])
        said = f"Đã thêm {data['name']}. Mở dãy số cho chủ thể này trước khi phát hành."
        return said, reverse("admin:unit_bodies")

    return rehearsed(
        request,
        forms.BodyForm(request.POST or None, initial={"effective": clock.local_date()}),
        run,
        lambda: _bodies_now(actor),
        title="Thêm chủ thể ban hành",
        submit="Ghi chủ thể mới",
        back=reverse("admin:unit_bodies"),
        heads=BODY_HEADS,
    )


@holding(bodies.CHANGE, of_agency=True)
def body_change(request: HttpRequest, ident: UUID) -> HttpResponseBase:
    """What a body prints from a date on."""
    actor = actor_of(request)
    body = body_of(actor, ident)

    def run(form: forms.BodyForm) -> tuple[str, str]:
        data = form.cleaned_data
        bodies.change(
            by=actor, target=body, facts=form.facts(), effective=data["effective"], instrument=data["instrument"]
        )
        return "Đã ghi; văn bản đã có giữ nguyên, dãy số chạy tiếp.", reverse("admin:unit_bodies")

    initial = {**forms.BodyForm.of(body), "effective": clock.local_date()}
    return rehearsed(
        request,
        forms.BodyForm(request.POST or None, initial=initial),
        run,
        lambda: _bodies_now(actor),
        title=f"Đổi chủ thể: {body.name}",
        submit="Ghi thay đổi",
        back=reverse("admin:unit_bodies"),
        heads=BODY_HEADS,
        lead="Văn bản đã ban hành giữ nguyên; số văn bản chạy tiếp trong cùng dãy.",
    )


class EndForm(django_forms.Form):
    """From when, and why."""

    effective = forms.day_field("Ngừng từ ngày")
    reason = django_forms.CharField(label="Lý do", widget=django_forms.Textarea({"rows": 2}))


@holding(bodies.END, of_agency=True)
def body_end(request: HttpRequest, ident: UUID) -> HttpResponseBase:
    """A body issues nothing any more."""
    actor = actor_of(request)
    body = body_of(actor, ident)

    def run(form: EndForm) -> tuple[str, str]:
        data = form.cleaned_data
        bodies.end(by=actor, target=body, effective=data["effective"], reason=data["reason"])
        return f"{body.name} ngừng ban hành từ {data['effective']:%d/%m/%Y}.", reverse("admin:unit_bodies")

    return form_page(
        request,
        EndForm(request.POST or None, initial={"effective": clock.local_date()}),
        run,
        title=f"Ngừng chủ thể: {body.name}",
        submit="Ngừng dùng",
        back=reverse("admin:unit_bodies"),
        lead="Văn bản và sổ của chủ thể này giữ nguyên; không cấp số mới.",
    )


# --- schemes ----------------------------------------------------------------------------------------------------------


@holding(codes.PUBLISH_SCHEME)
def scheme_list(request: HttpRequest) -> HttpResponseBase:
    """The published schemes Z01…Z99, in sequence (CORE-5)."""
    rows = list(CodeScheme.objects.all())
    names = latest(row.issuer_id for row in rows)
    context = {"tabs": tabs(request, "unit_schemes"), "rows": [(row, names.get(row.issuer_id)) for row in rows]}
    return render(request, "admin/unit_schemes.html", context)


@holding(codes.PUBLISH_SCHEME)
def scheme_new(request: HttpRequest) -> HttpResponseBase:
    """Publish a scheme under the next code."""
    actor = actor_of(request)

    def run(form: forms.SchemeForm) -> tuple[str, str]:
        row = codes.publish_scheme(by=actor, **form.cleaned_data)
        return f"Đã công bố hệ thống mã {row.code}.", reverse("admin:unit_schemes")

    return form_page(
        request,
        forms.SchemeForm(request.POST or None, initial={"published_on": clock.local_date()}),
        run,
        title="Công bố hệ thống mã khác",
        submit="Công bố",
        back=reverse("admin:unit_schemes"),
        lead="Hệ thống cấp mã Zxy tiếp theo. Mã, cơ quan công bố và cấu trúc không đổi được sau khi công bố.",
    )


def scheme_of(ident: UUID) -> CodeScheme:
    """A published scheme; raises NotSeen."""
    found = CodeScheme.objects.filter(pk=ident).first()
    if found is None:
        raise NotSeen("hệ thống mã")
    return found


@holding(codes.AMEND_SCHEME)
def scheme_amend(request: HttpRequest, ident: UUID) -> HttpResponseBase:
    """Amend what may be amended."""
    actor, row = actor_of(request), scheme_of(ident)

    def run(form: forms.AmendSchemeForm) -> tuple[str, str]:
        data = dict(form.cleaned_data)
        codes.amend_scheme(by=actor, target=row, reason=data.pop("reason"), changes=data)
        return f"Đã sửa đổi hệ thống mã {row.code}.", reverse("admin:unit_schemes")

    initial = {"name": row.name, "purpose": row.purpose, "instrument": row.instrument}
    return form_page(
        request,
        forms.AmendSchemeForm(request.POST or None, initial=initial),
        run,
        title=f"Sửa đổi hệ thống mã {row.code}",
        submit="Ghi sửa đổi",
        back=reverse("admin:unit_schemes"),
        lead="Cần cấu trúc khác thì công bố một hệ thống mã mới.",
    )


@holding(codes.END_SCHEME)
@require_POST
def scheme_end(request: HttpRequest, ident: UUID) -> HttpResponseBase:
    """A scheme is not used any more."""
    actor, row = actor_of(request), scheme_of(ident)

    def run(reason: str) -> str:
        codes.end_scheme(by=actor, target=row, reason=reason)
        return f"Hệ thống mã {row.code} ngừng dùng; mã này không cấp lại."

    return run_act(request, run, reverse("admin:unit_schemes"))


# --- imports ----------------------------------------------------------------------------------------------------------


def import_of(actor: Actor, ident: UUID) -> UnitImport:
    """An import that the actor sees; raises NotSeen."""
    found = UnitImport.objects.defer("original").filter(pk=ident).first()
    if found is None or not registry.policies[UnitImport].sees(actor, found):
        raise NotSeen("lần nạp")
    return found


@holding(imports.READ)
def import_list(request: HttpRequest) -> HttpResponseBase:
    """The files of units so far, and a new one."""
    actor = actor_of(request)

    def run(form: forms.ImportForm) -> tuple[str, str]:
        data = form.cleaned_data
        with transaction.atomic():
            row = unit_imports.begin(
                by=actor,
                name=data["file"].name,
                content=data["file"].read(),
                instrument=data["instrument"],
                effective=data["effective"],
            )
        return "Đã nhận tệp; hệ thống đang kiểm tra, chưa nạp gì.", reverse("admin:unit_import", args=[row.pk])

    rows = registry.policies[UnitImport].scope(actor, UnitImport.objects.defer("original"))  # type: ignore[attr-defined]
    return form_page(
        request,
        forms.ImportForm(request.POST or None, request.FILES or None, initial={"effective": clock.local_date()}),
        run,
        title="Nạp đơn vị từ tệp",
        submit="Kiểm tra tệp",
        back=reverse("admin:units"),
        template="admin/unit_imports.html",
        more={"tabs": tabs(request, "unit_imports"), "rows": rows[:50], "columns": importing.COLUMNS},
    )


@holding(imports.READ)
def import_one(request: HttpRequest, ident: UUID) -> HttpResponseBase:
    """What the dry run found: faults and warnings by row, invisible characters by column."""
    actor = actor_of(request)
    row = import_of(actor, ident)
    context = {
        "row": row,
        "waiting": row.state in {UnitImport.State.CHECKING, UnitImport.State.LOADING},
        "invisible": sorted(row.invisible.items()),
        "may_load": row.state == UnitImport.State.READY and actor.may(imports.APPROVE),
    }
    return render(request, "admin/unit_import.html", context)


@holding(imports.APPROVE)
@require_POST
def import_load(request: HttpRequest, ident: UUID) -> HttpResponseBase:
    """Load a checked file."""
    actor = actor_of(request)
    row = import_of(actor, ident)

    def run(_reason: str) -> str:
        with transaction.atomic():
            unit_imports.approve(by=actor, row=row)
        return "Hệ thống đang nạp; tải lại trang để xem kết quả."

    return run_act(request, run, reverse("admin:unit_import", args=[row.pk]))


@holding(imports.READ)
def template(_request: HttpRequest, kind: str) -> HttpResponseBase:
    """The template to fill in: XLSX with all cells as texts, or CSV (CORE-13)."""
    rows = [[column.head for column in importing.COLUMNS], [column.example for column in importing.COLUMNS]]
    if kind == "csv":
        text = "\ufeff" + "\n".join(",".join(f'"{cell}"' for cell in row) for row in rows) + "\n"
        return attached(HttpResponse(text, content_type="text/csv; charset=utf-8"), "mau-nap-don-vi.csv")
    if kind != "xlsx":
        raise NotSeen("tệp mẫu")
    book = write_xlsx(rows, [column.width for column in importing.COLUMNS])
    xlsx = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    return attached(HttpResponse(book, content_type=xlsx), "mau-nap-don-vi.xlsx")

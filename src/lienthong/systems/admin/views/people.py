"""People of the agency: the list, the person, accounts, the quarterly review, people from a table."""

import json
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from lienthong.core.access import people_import
from lienthong.core.actions import ref_of
from lienthong.core.actions.errors import Invalid
from lienthong.core.audit.models import JournalEntry
from lienthong.core.identity import actions as acts
from lienthong.core.identity.models import AccountReview, PersonalNumber, User
from lienthong.core.orgs import people_queries as queries
from lienthong.core.orgs.models import Holding
from lienthong.core.orgs.people_policies import READ
from lienthong.core.orgs.queries import current
from lienthong.core.registry import registry
from lienthong.core.signing import signers
from lienthong.kit import clock, personal_id
from lienthong.kit.tables import Unreadable
from lienthong.shell import messages
from lienthong.shell.components import FilterChip
from lienthong.shell.guard import actor_of, holding
from lienthong.systems.admin.forms import people as forms
from lienthong.systems.admin.views.people_parts import address, area, attached, csv_file, form_page, run_act

STATE_TONES = {User.State.ACTIVE: "ok", User.State.LOCKED: "warn", User.State.DISABLED: "neutral"}
READERS = 20


@holding(READ)
def listing(request: HttpRequest) -> HttpResponseBase:
    """The people of the agency under the filters of the URL; `?xuat=csv` exports the same list."""
    actor, got = actor_of(request), request.GET
    wanted = queries.PeopleFilter(
        query=got.get("q", ""),
        unit_id=_uuid(got.get("don-vi", "")),
        state=got.get("trang-thai", ""),
        free=got.get("khong-vi-tri") == "1",
    )
    rows = queries.with_positions(queries.people(actor, wanted))
    if got.get("xuat") == "csv":
        return _export(request, rows)
    page = queries.page(rows, got.get("sau", ""))
    units = queries.units(actor)
    names = _unit_names([held for row in page.rows for held in vars(row)["now"]])
    context = {
        "rows": [
            (
                row,
                [(held, names.get(held.position.unit_id, "")) for held in vars(row)["now"]],
                STATE_TONES[User.State(row.state)],
            )
            for row in page.rows
        ],
        "following": f"{address(request)}&sau={page.after}" if page.after else "",
        "first": address(request) if got.get("sau") else "",
        "filters": wanted,
        "units": units,
        "states": User.State.choices,
        "chips": _chips(request, wanted, dict(units)),
        "total": rows.order_by().count(),
        "may_create": actor.may(acts.CREATE),
        "may_import": actor.may(people_import.IMPORT),
        "area": area(request, "people", "people"),
    }
    return render(request, "admin/people.html", context)


def _unit_names(held: list[Holding]) -> dict[UUID, str]:
    return {ident: row.label for ident, row in current({each.position.unit_id for each in held}).items()}


def _chips(request: HttpRequest, wanted: queries.PeopleFilter, units: dict[UUID, str]) -> list[FilterChip]:
    chips = []
    if wanted.query:
        chips.append(FilterChip("Có", f"“{wanted.query}”", address(request, q=None)))
    if wanted.unit_id:
        chips.append(FilterChip("Đơn vị", units.get(wanted.unit_id, "khác"), address(request, don_vi=None)))
    if wanted.state in User.State.values:
        chips.append(FilterChip("Tài khoản", User.State(wanted.state).label, address(request, trang_thai=None)))
    if wanted.free:
        chips.append(FilterChip("Vị trí", "không giữ vị trí nào", address(request, khong_vi_tri=None)))
    return chips


def _export(request: HttpRequest, rows: Any) -> HttpResponseBase:
    heads = ["Họ và tên", "Tên đăng nhập", "Vị trí đang giữ", "Trạng thái", "Đăng nhập gần nhất"]
    lines = (
        [
            row.full_name,
            row.username,
            "; ".join(held.position.title for held in vars(row)["now"]),
            row.get_state_display(),
            row.last_login and f"{clock.local(row.last_login):%d/%m/%Y %H:%M}",
        ]
        for row in rows
    )
    return csv_file(request, "Danh sách người", heads, lines)


@holding(acts.CREATE)
def new(request: HttpRequest) -> HttpResponseBase:
    """A new account."""
    actor = actor_of(request)

    def run(form: forms.AccountForm) -> tuple[str, str]:
        made = acts.create_account(by=actor, facts=form.facts(), another_person=form.cleaned_data["another_person"])
        said = f"Đã lập tài khoản {made.username} cho {made.full_name}. Giao vị trí để người này làm việc được."
        return said, reverse("admin:person", args=[made.pk])

    form = forms.AccountForm(request.POST or None)
    return form_page(
        request,
        form,
        run,
        title="Thêm người",
        submit="Lập tài khoản",
        back=reverse("admin:people"),
        lead="Mỗi người một tài khoản. Quyền gắn với vị trí, giao sau khi lập tài khoản.",
    )


@holding(READ)
def person(request: HttpRequest, ident: UUID) -> HttpResponseBase:
    """One person: positions through time, certificates, how the account stands, and what one may do with it."""
    actor = actor_of(request)
    row = queries.person(actor, ident)
    return _show(request, row)


def _show(request: HttpRequest, row: User, number: str = "") -> HttpResponseBase:
    actor = actor_of(request)
    kept = PersonalNumber.objects.filter(person=row).first()
    allowed = {
        verb.rpartition(":")[2]: registry.policy(verb).allows(actor, verb, row)
        for verb in (acts.EDIT, acts.LOCK, acts.UNLOCK, acts.DISABLE, acts.ENABLE)
    }
    now = clock.now()
    context = {
        "person": row,
        "state_tone": STATE_TONES[User.State(row.state)],
        "career": [
            (held, unit, queries.standing(held.held.lower, held.held.upper)) for held, unit in queries.career(row.pk)
        ],
        "certificates": [(each, _certificate_word(each, now)) for each in signers.certificates_of(row.pk)],
        "may": allowed,
        "may_number": registry.policy(acts.RECORD_NUMBER).allows(actor, acts.RECORD_NUMBER, row),
        "number": kept,
        "masked": personal_id.masked(kept.number) if kept else "",
        "shown": number,
        "readers": _readers(row),
        "own": actor.user_id == row.pk,
    }
    response = render(request, "admin/person.html", context)
    if number:
        response["Cache-Control"] = "no-store"
    return response


def _certificate_word(certificate: Any, now: Any) -> tuple[str, str]:
    if certificate.revoked_at is not None:
        return "Đã thu hồi", "stop"
    if certificate.valid_to <= now:
        return "Hết hạn", "neutral"
    return ("Còn hiệu lực", "ok") if certificate.valid_from <= now else ("Chưa tới ngày", "info")


def _readers(row: User) -> list[tuple[JournalEntry, str]]:
    """Who read the personal number: the journal is the reader log (CORE-97)."""
    found = JournalEntry.objects.filter(ref=str(ref_of(row)), verb=acts.READ_NUMBER).order_by("-at")[:READERS]
    entries = list(found)
    ids = {UUID(entry.actor.removeprefix("u:")) for entry in entries if entry.actor.startswith("u:")}
    names = {f"u:{ident}": name for ident, name in User.objects.filter(pk__in=ids).values_list("pk", "full_name")}
    return [(entry, names.get(entry.actor, entry.actor)) for entry in entries]


@holding(acts.EDIT)
def edit(request: HttpRequest, ident: UUID) -> HttpResponseBase:
    """Mend an account."""
    actor = actor_of(request)
    row = queries.person(actor, ident)
    back = reverse("admin:person", args=[ident])
    _demand(actor, acts.EDIT, row)

    def run(form: forms.AccountForm) -> tuple[str, str]:
        made = acts.edit_account(by=actor, target=row, facts=form.facts())
        return f"Đã sửa tài khoản của {made.full_name}.", back

    initial = {name: getattr(row, name) for name in ("full_name", "username", "email", "phone")}
    form = forms.AccountForm(request.POST or None, initial=initial)
    del form.fields["another_person"]
    return form_page(request, form, run, title=f"Sửa tài khoản: {row.full_name}", submit="Lưu thay đổi", back=back)


def _demand(actor: Any, verb: str, row: Any) -> None:
    from lienthong.core.actions.errors import Forbidden

    if not registry.policy(verb).allows(actor, verb, row):
        raise Forbidden(registry.verb(verb).label)


ACTS = {
    "lock": (acts.lock, "Đã khóa tài khoản của {}; phiên làm việc đang mở kết thúc ngay."),
    "unlock": (acts.unlock, "Đã mở khóa tài khoản của {}."),
    "disable": (acts.disable, "Tài khoản của {} đã ngừng dùng."),
    "enable": (acts.enable, "Tài khoản của {} dùng lại được."),
    "erase_number": (acts.erase_number, "Đã xóa số định danh của {}."),
}


@holding(READ)
@require_POST
def account_act(request: HttpRequest, ident: UUID, act: str) -> HttpResponseBase:
    """Lock, unlock, put out of use, bring back, erase the personal number."""
    if act not in ACTS:
        raise Http404
    row = queries.person(actor_of(request), ident)
    body, said = ACTS[act]

    def run(reason: str) -> str:
        body(by=actor_of(request), target=row, reason=reason)
        return said.format(row.full_name)

    return run_act(request, run, reverse("admin:person", args=[ident]))


@holding(acts.READ_NUMBER)
@require_POST
def read_number(request: HttpRequest, ident: UUID) -> HttpResponseBase:
    """Show the personal number once; the journal keeps who read it and why."""
    actor = actor_of(request)
    row = queries.person(actor, ident)
    try:
        number = acts.read_number(by=actor, target=row, reason=request.POST.get("reason", ""))
    except Invalid as error:
        messages.refuse(request, " ".join([error.message, *error.fields.values()]))
        return redirect("admin:person", ident)
    return _show(request, row, number)


@holding(acts.RECORD_NUMBER)
def record_number(request: HttpRequest, ident: UUID) -> HttpResponseBase:
    """Keep a personal number for a purpose."""
    actor = actor_of(request)
    row = queries.person(actor, ident)
    back = reverse("admin:person", args=[ident])
    _demand(actor, acts.RECORD_NUMBER, row)

    def run(form: forms.NumberForm) -> tuple[str, str]:
        acts.record_number(by=actor, target=row, facts=form.facts())
        return f"Đã ghi số định danh của {row.full_name}.", back

    return form_page(
        request,
        forms.NumberForm(request.POST or None),
        run,
        title=f"Ghi số định danh: {row.full_name}",
        submit="Ghi số định danh",
        back=back,
        lead="Chỉ ghi khi có việc cần, ví dụ xin cấp chứng thư số. Danh sách luôn che số; mỗi lần xem đều ghi nhật ký.",
    )


# --- review -----------------------------------------------------------------------------------------------------------


@holding(acts.REVIEW)
def review(request: HttpRequest) -> HttpResponseBase:
    """The accounts of the agency with what to look at, quarter by quarter; `?xuat=csv` exports the list."""
    actor = actor_of(request)
    lines = queries.review(actor)
    if request.GET.get("xuat") == "csv":
        heads = ["Họ và tên", "Tên đăng nhập", "Trạng thái", "Vị trí", "Đăng nhập gần nhất", "Cần xem"]
        return csv_file(
            request,
            "Rà soát tài khoản",
            heads,
            (
                [
                    line.person.full_name,
                    line.person.username,
                    line.person.get_state_display(),
                    "; ".join(held.position.title for held in line.positions),
                    line.person.last_login and f"{clock.local(line.person.last_login):%d/%m/%Y %H:%M}",
                    "; ".join(line.remarks),
                ]
                for line in lines
            ),
        )
    if request.method == "POST":
        unused = sum("Lâu ngày không đăng nhập" in line.remarks for line in lines)

        def run(_reason: str) -> str:
            acts.review(by=actor, accounts=len(lines), dormant=unused)
            return "Đã ghi kết quả rà soát tài khoản của quý."

        return run_act(request, run, reverse("admin:review"))
    today = clock.local_date()
    past = list(AccountReview.objects.filter(agency_id=actor.agency_id).select_related("reviewer").order_by("-quarter"))
    context = {
        "lines": lines,
        "area": area(request, "people", "review"),
        "remarked": sum(bool(line.remarks) for line in lines),
        "quarter": queries.quarter_name(today),
        "past": [(row, queries.quarter_name(row.quarter)) for row in past[:8]],
        "done": any(row.quarter == acts.quarter_start(today) for row in past),
    }
    return render(request, "admin/people_review.html", context)


# --- people from a table ----------------------------------------------------------------------------------------------


@holding(people_import.IMPORT)
def bring(request: HttpRequest) -> HttpResponseBase:
    """A table checked whole, then loaded whole or not at all; what was checked is loaded, not another file."""
    actor = actor_of(request)
    if request.GET.get("mau") == "xlsx":
        response = HttpResponse(
            people_import.template(),
            content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        )
        return attached(response, "Mẫu người và vị trí.xlsx")
    context: dict[str, Any] = {"form": forms.ImportForm(), "columns": people_import.COLUMNS.values()}
    status = 200
    if request.method == "POST":
        try:
            if request.POST.get("rows"):
                rows = _rows(request.POST["rows"])
                found = people_import.bring(by=actor, rows=rows)
                messages.done(
                    request,
                    f"Đã nạp {found.people} người, {found.positions} vị trí mới, {found.holdings} lần giao vị trí.",
                )
                return redirect("admin:people")
            upload = request.FILES.get("file")
            if upload is None:
                raise Unreadable("Chọn tệp cần nạp.")
            table = people_import.parse(upload.name or "", upload.read())
            found = people_import.check(actor, table)
            packed = json.dumps([[row.number, row.cells] for row in table.rows], ensure_ascii=False)
            context |= {"found": found, "name": upload.name, "packed": packed, "invisible": table.invisible}
            status = 422 if found.faults else 200
        except Unreadable as error:
            context["why"] = str(error)
            status = 422
        except Invalid as error:
            context["why"] = error.message
            status = 422
    return render(request, "admin/people_import.html", context, status=status)


def _rows(packed: str) -> list[people_import.Row]:
    try:
        return [
            people_import.Row(int(number), {key: str(cells.get(key, "")) for key in people_import.COLUMNS})
            for number, cells in json.loads(packed)
        ]
    except (ValueError, TypeError, AttributeError) as error:
        raise Unreadable("Nội dung đã kiểm tra không còn nguyên; chọn lại tệp.") from error


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None

"""Positions of the agency: who holds them through time, what they may do; roles of the agency's own."""

from datetime import datetime
from uuid import UUID

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_POST

from lienthong.contracts.actor import Actor
from lienthong.core.access import actions as rights
from lienthong.core.access.actors import actor_for, verbs_of
from lienthong.core.access.models import Grant, Role
from lienthong.core.actions.errors import NotSeen
from lienthong.core.orgs import people_queries as queries
from lienthong.core.orgs.actions import people as acts
from lienthong.core.orgs.models import Holding
from lienthong.core.orgs.people_policies import READ, holds
from lienthong.core.orgs.queries import current, delegations_to, holdings_at
from lienthong.core.registry import WorkItem, registry
from lienthong.kit import clock
from lienthong.shell.components import FilterChip
from lienthong.shell.guard import actor_of, holding
from lienthong.systems.admin.forms import people as forms
from lienthong.systems.admin.views.people_parts import address, area, csv_file, form_page, run_act

OPEN_WORK = 20


@holding(READ)
def listing(request: HttpRequest) -> HttpResponseBase:
    """The positions of the agency under the filters of the URL."""
    actor, got = actor_of(request), request.GET
    wanted = queries.PositionFilter(
        query=got.get("q", ""),
        unit_id=_uuid(got.get("don-vi", "")),
        empty=got.get("trong") == "1",
        retired=got.get("da-bo") == "1",
    )
    rows = list(queries.positions(actor, wanted))
    names = current({row.unit_id for row in rows})
    rows.sort(key=lambda row: (names[row.unit_id].sort_key if row.unit_id in names else "", row.order))
    shown = [(row, names[row.unit_id].label if row.unit_id in names else "", vars(row)["now"]) for row in rows]
    if got.get("xuat") == "csv":
        heads = ["Chức vụ", "Đơn vị", "Loại", "Người giữ"]
        lines = (
            [row.title, unit, row.get_rank_display(), "; ".join(held.person.full_name for held in now)]
            for row, unit, now in shown
        )
        return csv_file(request, "Danh sách vị trí", heads, lines)
    units = queries.units(actor)
    chips = []
    if wanted.query:
        chips.append(FilterChip("Có", f"“{wanted.query}”", address(request, q=None)))
    if wanted.unit_id:
        chips.append(FilterChip("Đơn vị", dict(units).get(wanted.unit_id, "khác"), address(request, don_vi=None)))
    if wanted.empty:
        chips.append(FilterChip("Người giữ", "đang trống", address(request, trong=None)))
    if wanted.retired:
        chips.append(FilterChip("Vị trí", "đã bỏ", address(request, da_bo=None)))
    context = {
        "rows": shown,
        "filters": wanted,
        "units": units,
        "chips": chips,
        "may_create": actor.may(acts.CREATE_POSITION),
        "area": area(request, "positions", "positions"),
    }
    return render(request, "admin/positions.html", context)


@holding(acts.CREATE_POSITION)
def new(request: HttpRequest) -> HttpResponseBase:
    """A new position."""
    actor = actor_of(request)

    def run(form: forms.PositionForm) -> tuple[str, str]:
        made = acts.create_position(by=actor, facts=form.facts())
        return f"Đã lập vị trí {made.title}. Trao vai trò và giao người giữ.", reverse("admin:position", args=[made.pk])

    initial = {"unit": request.GET.get("don-vi", ""), "valid_from": clock.local_date()}
    return form_page(
        request,
        forms.PositionForm(actor, request.POST or None, initial=initial),
        run,
        title="Lập vị trí",
        submit="Lập vị trí",
        back=reverse("admin:positions"),
    )


@holding(READ)
def position(request: HttpRequest, ident: UUID) -> HttpResponseBase:
    """One position: holders through time (`?luc=` asks who held it then), roles, rights in words, open work."""
    actor = actor_of(request)
    row = queries.position(actor, ident)
    at = _instant(request.GET.get("luc", ""))
    grants = list(Grant.objects.filter(position=row).select_related("role").order_by("-held__startswith"))
    unit = current([row.unit_id]).get(row.unit_id)
    retired = row.valid.upper is not None and row.valid.upper <= clock.local_date()
    history = queries.history(row.pk)
    context = {
        "position": row,
        "unit": unit,
        "history": [
            (
                held,
                queries.standing(held.held.lower, held.held.upper),
                held.held.upper is None or held.held.upper > clock.now(),
            )
            for held in history
        ],
        "at": at,
        "asked": request.GET.get("luc", ""),
        "then": list(holdings_at(at).filter(position=row)) if at else [],
        "grants": [
            (
                grant,
                queries.standing(grant.held.lower, grant.held.upper),
                grant.held.upper is None or grant.held.upper > clock.now(),
            )
            for grant in grants
        ],
        "rights": queries.in_words(verbs_of(row.pk)),
        "delegations": delegations_to(row).select_related("giver", "parent"),
        "work": _open_work(history),
        "retired": retired,
        "mine": holds(actor, row.pk),
        "may": {
            "edit": actor.may(acts.EDIT_POSITION) and not retired,
            "retire": actor.may(acts.RETIRE_POSITION) and not retired,
            "appoint": actor.may(acts.APPOINT) and not retired,
            "end": actor.may(acts.END_HOLDING),
            "grant": actor.may(rights.GIVE) and not retired and not holds(actor, row.pk),
            "withdraw": actor.may(rights.WITHDRAW) and not holds(actor, row.pk),
        },
    }
    return render(request, "admin/position.html", context)


def _open_work(history: list[Holding]) -> list[WorkItem]:
    """The work that waits in a position, from every part of the house; what its last holder leaves (OF-59)."""
    if not history:
        return []
    newest = Holding.objects.select_related("position__unit", "person").get(pk=history[0].pk)
    actor: Actor = actor_for(newest)
    found = [item for source in registry.work.values() for item in source(actor, OPEN_WORK)]
    return found[:OPEN_WORK]


def _instant(text: str) -> datetime | None:
    """An instant typed as dd/mm/yyyy hh:mm or as the browser's calendar writes it; None when it is none."""
    try:
        found = parse_datetime(text)
    except ValueError:
        return None
    if found is None:
        for shape in ("%d/%m/%Y %H:%M", "%d/%m/%Y"):
            try:
                found = datetime.strptime(text.strip(), shape)  # noqa: DTZ007 - given its zone below
                break
            except ValueError:
                continue
    return clock.at_local(found.date(), found.time()) if found is not None and found.tzinfo is None else found


@holding(acts.EDIT_POSITION)
def edit(request: HttpRequest, ident: UUID) -> HttpResponseBase:
    """Mend title and order."""
    row = queries.position(actor_of(request), ident)
    back = reverse("admin:position", args=[ident])

    def run(form: forms.PositionEditForm) -> tuple[str, str]:
        acts.edit_position(by=actor_of(request), target=row, **form.cleaned_data)
        return "Đã sửa vị trí.", back

    initial = {"title": row.title, "order": row.order}
    form = forms.PositionEditForm(request.POST or None, initial=initial)
    return form_page(request, form, run, title=f"Sửa vị trí: {row.title}", submit="Lưu thay đổi", back=back)


@holding(acts.RETIRE_POSITION)
@require_POST
def retire(request: HttpRequest, ident: UUID) -> HttpResponseBase:
    """Give a position up."""
    row = queries.position(actor_of(request), ident)

    def run(reason: str) -> str:
        acts.retire_position(by=actor_of(request), target=row, reason=reason)
        return f"Đã bỏ vị trí {row.title}."

    return run_act(request, run, reverse("admin:position", args=[ident]))


@holding(acts.APPOINT)
def appoint(request: HttpRequest, ident: UUID) -> HttpResponseBase:
    """Let a person hold the position."""
    row = queries.position(actor_of(request), ident)
    back = reverse("admin:position", args=[ident])

    def run(form: forms.AppointForm) -> tuple[str, str]:
        held = acts.appoint(by=actor_of(request), target=row, facts=form.facts())
        return f"Đã giao vị trí {row.title} cho {held.person.full_name}.", back

    return form_page(
        request,
        forms.AppointForm(actor_of(request), request.POST or None),
        run,
        title=f"Giao vị trí: {row.title}",
        submit="Giao vị trí",
        back=back,
        lead="Quyền của vị trí có hiệu lực với người giữ từ ngày bắt đầu. Không tự giao vị trí cho mình.",
    )


@holding(acts.END_HOLDING)
def end(request: HttpRequest, ident: UUID) -> HttpResponseBase:
    """End a holding now or on a day that is announced."""
    actor = actor_of(request)
    row = Holding.objects.filter(pk=ident).select_related("position__unit", "person").first()
    if row is None or not registry.policies[Holding].sees(actor, row):
        raise NotSeen(Holding._meta.verbose_name)
    back = reverse("admin:position", args=[row.position_id])

    def run(form: forms.EndForm) -> tuple[str, str]:
        data = form.cleaned_data
        acts.end_holding(by=actor, target=row, at=forms.midnight(data["at"]), reason=data["reason"])
        when = f"từ ngày {data['at']:%d/%m/%Y}" if data["at"] else "ngay bây giờ"
        return f"{row.person.full_name} thôi giữ vị trí {row.position.title} {when}.", back

    work = _open_work([row])
    lead = (
        f"Có hiệu lực ngay, dù còn {len(work)} việc đang dở: quyền, phiên làm việc, ủy quyền ký và việc làm thay của "
        "vị trí này kết thúc; việc dở chờ bàn giao."
    )
    return form_page(
        request,
        forms.EndForm(request.POST or None),
        run,
        title=f"Thôi giữ vị trí: {row.person.full_name} — {row.position.title}",
        submit="Ghi thôi giữ vị trí",
        back=back,
        lead=lead,
        more={"work": work},
    )


@holding(rights.GIVE)
def grant(request: HttpRequest, ident: UUID) -> HttpResponseBase:
    """Give the position a role."""
    row = queries.position(actor_of(request), ident)
    back = reverse("admin:position", args=[ident])

    def run(form: forms.GrantForm) -> tuple[str, str]:
        data = form.cleaned_data
        made = rights.give(
            by=actor_of(request),
            position_id=row.pk,
            role_id=UUID(data["role"]),
            until=forms.midnight(data["until"]),
        )
        return f"Đã trao vai trò {made.role.name} cho {row.title}.", back

    return form_page(
        request,
        forms.GrantForm(actor_of(request), request.POST or None),
        run,
        title=f"Trao vai trò: {row.title}",
        submit="Trao vai trò",
        back=back,
        lead="Vai trò trao cho vị trí, không cho người; ai giữ vị trí thì có quyền đó.",
    )


@holding(rights.WITHDRAW)
@require_POST
def withdraw(request: HttpRequest, ident: UUID) -> HttpResponseBase:
    """Take a role from a position."""
    actor = actor_of(request)
    row = Grant.objects.filter(pk=ident).select_related("position__unit", "role").first()
    if row is None or not registry.policies[Grant].sees(actor, row):
        raise NotSeen(Grant._meta.verbose_name)

    def run(reason: str) -> str:
        rights.withdraw(by=actor, target=row, reason=reason)
        return f"Đã rút vai trò {row.role.name} của {row.position.title}."

    return run_act(request, run, reverse("admin:position", args=[row.position_id]))


# --- roles ------------------------------------------------------------------------------------------------------------


@holding(READ)
def roles(request: HttpRequest) -> HttpResponseBase:
    """The roles that may be given, with what each allows in words and how many positions have it."""
    actor = actor_of(request)
    now = clock.now()
    rows = list(rights.grantable(actor))
    held: dict[UUID, int] = {}
    for role_id in Grant.objects.filter(
        held__contains=now, position__in=queries.positions(actor, queries.PositionFilter()).values("pk")
    ).values_list("role_id", flat=True):
        held[role_id] = held.get(role_id, 0) + 1
    context = {
        "rows": [(row, queries.in_words(frozenset(row.verbs)), held.get(row.pk, 0)) for row in rows],
        "area": area(request, "positions", "roles"),
        "may_compose": actor.may(rights.COMPOSE) and actor.agency_id is not None,
    }
    return render(request, "admin/people_roles.html", context)


@holding(rights.COMPOSE)
def role_new(request: HttpRequest) -> HttpResponseBase:
    """A role of the agency's own."""

    def run(form: forms.RoleForm) -> tuple[str, str]:
        data = form.cleaned_data
        made = rights.compose(by=actor_of(request), name=data["name"], verbs=tuple(data["verbs"]))
        return f"Đã lập vai trò {made.name}.", reverse("admin:roles")

    return form_page(
        request,
        forms.RoleForm(request.POST or None),
        run,
        title="Lập vai trò riêng",
        submit="Lập vai trò",
        back=reverse("admin:roles"),
        lead="Ghép từ các quyền của vai trò có sẵn dành cho cơ quan.",
    )


@holding(rights.CHANGE)
def role_edit(request: HttpRequest, ident: UUID) -> HttpResponseBase:
    """Change a role of the agency's own."""
    row = _role(actor_of(request), ident)

    def run(form: forms.RoleForm) -> tuple[str, str]:
        data = form.cleaned_data
        rights.change(
            by=actor_of(request),
            target=row,
            name=data["name"],
            verbs=tuple(data["verbs"]),
            reason=data["reason"],
        )
        return "Đã sửa vai trò; mọi vị trí có vai trò này theo ngay.", reverse("admin:roles")

    form = forms.RoleForm(request.POST or None, changing=True, initial={"name": row.name, "verbs": row.verbs})
    return form_page(
        request, form, run, title=f"Sửa vai trò: {row.name}", submit="Lưu thay đổi", back=reverse("admin:roles")
    )


@holding(rights.RETIRE)
@require_POST
def role_retire(request: HttpRequest, ident: UUID) -> HttpResponseBase:
    """Give a role of the agency's own up."""
    row = _role(actor_of(request), ident)

    def run(reason: str) -> str:
        rights.retire(by=actor_of(request), target=row, reason=reason)
        return f"Đã bỏ vai trò {row.name}; các vị trí có vai trò này mất quyền đó ngay."

    return run_act(request, run, reverse("admin:roles"))


def _role(actor: Actor, ident: UUID) -> Role:
    row = Role.objects.filter(pk=ident).first()
    if row is None or not registry.policies[Role].sees(actor, row):
        raise NotSeen(Role._meta.verbose_name)
    return row


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None

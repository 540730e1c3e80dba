"""Merge, split, dissolution as a case: the dry run, the takers, two persons, the biên bản (CORE-103)."""

from uuid import UUID

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from lienthong.contracts.actor import Actor
from lienthong.core.actions.errors import Conflict, Invalid, NotSeen
from lienthong.core.orgs import handover
from lienthong.core.orgs.actions import cases as acts
from lienthong.core.orgs.leavings import posts
from lienthong.core.orgs.models import Reorganisation, ReorganisedUnit, UnitVersion
from lienthong.core.orgs.policies import CasePolicy
from lienthong.core.orgs.queries import latest
from lienthong.core.registry import registry
from lienthong.kit import clock
from lienthong.shell import messages
from lienthong.shell.guard import actor_of, holding
from lienthong.systems.admin.forms import units as forms
from lienthong.systems.admin.views.people_parts import run_act
from lienthong.systems.admin.views.units_parts import rehearsed, tabs

TONES = {
    Reorganisation.State.PREPARED: ("info", "pencil"),
    Reorganisation.State.CONFIRMED: ("warn", "hourglass"),
    Reorganisation.State.DONE: ("ok", "circle-check"),
    Reorganisation.State.CANCELLED: ("neutral", "ban"),
}
LISTED = 200


def policy_of_cases() -> CasePolicy:
    """The policy of cases."""
    policy = registry.policies[Reorganisation]
    assert isinstance(policy, CasePolicy)
    return policy


def case_of(actor: Actor, ident: UUID) -> Reorganisation:
    """A case that the actor sees; raises NotSeen."""
    rows = policy_of_cases().scope(actor, Reorganisation.objects.all())
    found = rows.prefetch_related("units__unit").filter(pk=ident).first()
    if found is None:
        raise NotSeen("việc sắp xếp tổ chức")
    return found


@holding(acts.READ)
def listing(request: HttpRequest) -> HttpResponseBase:
    """The cases of the agency or the node, the newest first."""
    actor = actor_of(request)
    rows = list(policy_of_cases().scope(actor, Reorganisation.objects.prefetch_related("units"))[:LISTED])
    names = latest(each.unit_id for row in rows for each in row.units.all())
    shown = [(row, TONES[Reorganisation.State(row.state)], _names(row, names, "ends")) for row in rows]
    context = {"tabs": tabs(request, "unit_cases"), "rows": shown, "may_open": actor.may(acts.OPEN)}
    return render(request, "admin/unit_cases.html", context)


def _names(case: Reorganisation, names: dict[UUID, UnitVersion], role: str) -> list[str]:
    return [
        names[each.unit_id].official_name for each in case.units.all() if each.role == role and each.unit_id in names
    ]


@holding(acts.OPEN)
def new(request: HttpRequest) -> HttpResponseBase:
    """Begin a case; the rehearsal lists what the units would leave."""
    actor = actor_of(request)
    initial = {
        "kind": request.GET.get("viec", Reorganisation.Kind.MERGE),
        "ends": request.GET.get("don-vi", ""),
        "effective": clock.local_date(),
    }
    made: dict[str, Reorganisation] = {}

    def run(form: forms.CaseForm) -> tuple[str, str]:
        data = form.cleaned_data
        case = acts.open_case(
            by=actor,
            kind=data["kind"],
            ends=data["ends"],
            follows=form.successors(),
            instrument=data["instrument"],
            effective=data["effective"],
            note=data["note"],
        )
        made["case"] = case
        said = "Đã lập việc sắp xếp. Chọn nơi nhận cho từng loại, rồi nhờ người thứ hai xác nhận."
        return said, reverse("admin:unit_case", args=[case.pk])

    def preview() -> list[list[str]]:
        found = handover.groups(handover.dry_run(made["case"]))
        return [[group.label, str(len(group.lines))] for group in found] or [["Không để lại gì cần bàn giao", "0"]]

    return rehearsed(
        request,
        forms.CaseForm(request.POST or None, initial=initial),
        run,
        preview,
        title="Lập việc hợp nhất, chia tách, giải thể",
        submit="Lập việc sắp xếp",
        back=reverse("admin:unit_cases"),
        heads=("Để lại", "Số lượng"),
        lead="Chưa có gì thay đổi cho tới khi người thứ hai xác nhận và đến ngày hiệu lực.",
    )


@holding(acts.READ)
def detail(request: HttpRequest, ident: UUID) -> HttpResponseBase:
    """A case: who ends, who follows, everything that is left with its taker, what is still missing."""
    actor = actor_of(request)
    case = case_of(actor, ident)
    names = latest(each.unit_id for each in case.units.all())
    running = case.state in {Reorganisation.State.PREPARED, Reorganisation.State.CONFIRMED}
    prepared = case.state == Reorganisation.State.PREPARED
    groups = []
    for group in handover.groups(handover.dry_run(case)) if running else []:
        own = group.agency_id == actor.agency_id
        form = forms.TakerForm(case, group) if own and prepared and actor.may(acts.NAME_TAKER) else None
        groups.append((group, own, form))
    tone, mark = TONES[Reorganisation.State(case.state)]
    context = {
        "case": case,
        "tone": tone,
        "mark": mark,
        "ends": [
            (each, names.get(each.unit_id)) for each in case.units.all() if each.role == ReorganisedUnit.Role.ENDS
        ],
        "follows": [
            (each, names.get(each.unit_id)) for each in case.units.all() if each.role == ReorganisedUnit.Role.FOLLOWS
        ],
        "groups": groups,
        "missing": sum(group.missing for group, _, _ in groups),
        "receivers": [
            (name, [row for row in rows if row.agency_id == actor.agency_id], len(rows))
            for name, rows in handover.receivers(case)
        ],
        "posts": posts(handover.leaving(case)) if running and case.agency_id == actor.agency_id else [],
        "mine": case.opened_by is not None and case.opened_by == actor.user_id,
        "due": case.effective <= clock.local_date(),
        "may": {
            "confirm": prepared and actor.may(acts.CONFIRM) and case.agency_id == actor.agency_id,
            "cancel": running and actor.may(acts.CANCEL) and case.agency_id == actor.agency_id,
            "run": case.state == Reorganisation.State.CONFIRMED and actor.may(acts.CARRY_OUT),
        },
    }
    return render(request, "admin/unit_case.html", context)


@holding(acts.NAME_TAKER)
@require_POST
def take(request: HttpRequest, ident: UUID) -> HttpResponseBase:
    """Name the taker of a kind, or of the ticked things of it."""
    actor = actor_of(request)
    case = case_of(actor, ident)
    back = reverse("admin:unit_case", args=[case.pk])
    wanted = (request.POST.get("group", ""), request.POST.get("keep", ""))
    found = [
        group
        for group in handover.groups(handover.dry_run(case))
        if (group.code, group.keep) == wanted and group.agency_id == actor.agency_id
    ]

    def act(_reason: str) -> str:
        if not found:
            raise Conflict("Không còn mục nào của loại này; hãy tải lại trang.", "no_items")
        form = forms.TakerForm(case, found[0], request.POST)
        if not form.is_valid():
            raise Invalid("Chưa chọn được nơi nhận.", {k: " ".join(map(str, v)) for k, v in form.errors.items()})
        keys = request.POST.getlist("chon")
        count = acts.name_taker(by=actor, target=case, group=found[0].code, taker=form.chosen(), keys=keys)
        return f"Đã chọn nơi nhận cho {count} mục: {found[0].label.lower()}."

    return run_act(request, act, back)


ACTS = {"xac-nhan": acts.CONFIRM, "huy": acts.CANCEL, "thuc-hien": acts.CARRY_OUT}


@holding(acts.READ)
@require_POST
def act(request: HttpRequest, ident: UUID, act: str) -> HttpResponseBase:
    """Confirm, cancel, or carry out what is due."""
    actor = actor_of(request)
    case = case_of(actor, ident)
    back = reverse("admin:unit_case", args=[case.pk])

    def run(reason: str) -> str:
        if act == "xac-nhan":
            acts.confirm(by=actor, target=case)
            if case.effective <= clock.local_date():
                acts.carry_out(by=actor, target=case)
                return "Đã xác nhận và thực hiện; biên bản bàn giao in được ở dưới."
            return f"Đã xác nhận. Hệ thống thực hiện vào ngày {case.effective:%d/%m/%Y}."
        if act == "huy":
            acts.cancel(by=actor, target=case, reason=reason)
            return "Đã hủy việc sắp xếp."
        acts.carry_out(by=actor, target=case)
        return "Đã thực hiện; biên bản bàn giao in được ở dưới."

    if act not in ACTS:
        raise NotSeen("việc này")
    return run_act(request, run, back)


@holding(acts.READ)
def minutes(request: HttpRequest, ident: UUID) -> HttpResponseBase:
    """The hand-over record (biên bản) of one taker, for paper; `?noi-nhan=` is its place in the list."""
    actor = actor_of(request)
    case = case_of(actor, ident)
    found = handover.receivers(case)
    wanted = request.GET.get("noi-nhan", "1")
    number = int(wanted) - 1 if wanted.isdecimal() else -1
    if not 0 <= number < len(found):
        if request.GET.get("noi-nhan"):
            raise NotSeen("biên bản")
        return redirect("admin:unit_case", case.pk)
    name, rows = found[number]
    rows = [row for row in rows if row.agency_id == actor.agency_id]
    names = latest(each.unit_id for each in case.units.all())
    if not rows:
        messages.warn(request, "Nơi nhận này không có mục nào của cơ quan bạn.")
        return redirect("admin:unit_case", case.pk)
    context = {"case": case, "taker": name, "rows": rows, "ends": _names(case, names, "ends")}
    return render(request, "admin/unit_minutes.html", context)

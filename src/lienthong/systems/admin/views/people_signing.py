"""Authority to sign, who signs for which body, units with one living signer, working delegation."""

from uuid import UUID

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST

from lienthong.contracts.actor import Actor
from lienthong.core.actions.errors import NotSeen
from lienthong.core.orgs import people_queries as queries
from lienthong.core.orgs.actions import people_absence as absence
from lienthong.core.orgs.actions import people_signing as acts
from lienthong.core.orgs.models import Absence, BodySigner, SigningDelegation
from lienthong.core.orgs.people_policies import READ
from lienthong.core.orgs.queries import current
from lienthong.core.registry import registry
from lienthong.core.signing import signers as alive
from lienthong.kit import clock
from lienthong.shell.guard import actor_of, holding
from lienthong.systems.admin.forms import people as forms
from lienthong.systems.admin.views.people_parts import OVER, area, csv_file, form_page, run_act


@holding(acts.GIVE, of_agency=True)
def delegations(request: HttpRequest) -> HttpResponseBase:
    """Authority to sign of the agency: what stands, the soonest to end first; what is over."""
    actor = actor_of(request)
    over = request.GET.get("xem") == "da-het"
    rows = list(queries.delegations(actor, over=over))
    types = dict(forms.document_types())
    units = current({row.taker.unit_id for row in rows})
    context = {
        "rows": [
            (
                row,
                queries.standing(row.held.lower, row.held.upper, row.revoked_at),
                units[row.taker.unit_id].label if row.taker.unit_id in units else "",
                ", ".join(types.get(code, code) for code in row.document_types),
            )
            for row in rows
        ],
        "over": over,
        "area": area(request, "signing", "delegations", OVER if over else ""),
    }
    return render(request, "admin/people_delegations.html", context)


@holding(acts.GIVE, of_agency=True)
def delegation_new(request: HttpRequest) -> HttpResponseBase:
    """Record an authority to sign."""
    actor = actor_of(request)

    def run(form: forms.DelegationForm) -> tuple[str, str]:
        made = acts.give(by=actor, facts=form.facts())
        return f"Đã ghi quyền ký {made.kind}.", reverse("admin:delegation", args=[made.pk])

    return form_page(
        request,
        forms.DelegationForm(actor, request.POST or None),
        run,
        title="Giao quyền ký",
        submit="Ghi quyền ký",
        back=reverse("admin:delegations"),
        lead="Thừa lệnh (TL.) theo quy chế; thừa ủy quyền (TUQ.) bằng văn bản, có thời hạn, có nội dung, không ủy "
        "quyền lại. Hệ thống kiểm tra lại đúng lúc ký.",
        names={"fields": "fields_of"},
    )


@holding(acts.GIVE, of_agency=True)
def delegation(request: HttpRequest, ident: UUID) -> HttpResponseBase:
    """One authority to sign, and what was given on from it."""
    actor = actor_of(request)
    row = _delegation(actor, ident)
    types = dict(forms.document_types())
    stands = queries.standing(row.held.lower, row.held.upper, row.revoked_at)
    own = registry.policy(acts.REVOKE).allows(actor, acts.REVOKE, row)
    alive_now = stands.tone != "neutral"
    below = SigningDelegation.objects.filter(parent=row).select_related("taker").order_by("-held__startswith")
    context = {
        "row": row,
        "standing": stands,
        "types": ", ".join(types.get(code, code) for code in row.document_types),
        "below": [(each, queries.standing(each.held.lower, each.held.upper, each.revoked_at)) for each in below],
        "units": {ident: unit.label for ident, unit in current({row.giver.unit_id, row.taker.unit_id}).items()},
        "may_give_on": own and alive_now and row.kind == "TL" and row.parent_id is None,
        "may_revoke": own and alive_now,
    }
    return render(request, "admin/people_delegation.html", context)


def _delegation(actor: Actor, ident: UUID) -> SigningDelegation:
    rows = SigningDelegation.objects.select_related("giver__unit", "taker__unit", "given_by", "parent__giver")
    row = rows.filter(pk=ident).first()
    if row is None or not registry.policies[SigningDelegation].sees(actor, row):
        raise NotSeen(SigningDelegation._meta.verbose_name)
    return row


@holding(acts.GIVE_ON)
def give_on(request: HttpRequest, ident: UUID) -> HttpResponseBase:
    """Give a TL. on to the own deputy."""
    actor = actor_of(request)
    row = _delegation(actor, ident)
    back = reverse("admin:delegation", args=[ident])

    def run(form: forms.GiveOnForm) -> tuple[str, str]:
        data = form.cleaned_data
        acts.give_on(
            by=actor,
            target=row,
            taker_id=UUID(data["taker"]),
            instrument=data["instrument"],
            document_types=tuple(data["document_types"]),
            until=data["until"],
        )
        return "Đã giao lại quyền ký cho cấp phó; cấp phó ký KT.", back

    return form_page(
        request,
        forms.GiveOnForm(actor, row, request.POST or None),
        run,
        title=f"Giao lại cho cấp phó: {row.taker.title}",
        submit="Giao lại",
        back=back,
    )


@holding(acts.REVOKE)
@require_POST
def revoke(request: HttpRequest, ident: UUID) -> HttpResponseBase:
    """Take an authority to sign back."""
    actor = actor_of(request)
    row = _delegation(actor, ident)

    def run(reason: str) -> str:
        acts.revoke(by=actor, target=row, reason=reason)
        return "Đã thu hồi quyền ký; có hiệu lực từ giây này."

    return run_act(request, run, reverse("admin:delegation", args=[ident]))


@holding(acts.NAME_SIGNER, of_agency=True)
def signers(request: HttpRequest) -> HttpResponseBase:
    """Units by how many people can sign now, those with one first; who is named to sign for which body."""
    actor = actor_of(request)
    units = alive.units_by_signers(actor.agency)
    if request.GET.get("xuat") == "csv":
        heads = ["Đơn vị", "Số người ký còn hiệu lực", "Người ký", "Ký với tư cách", "Chủ thể", "Ký được ngay"]
        lines = (
            [
                each.unit.official_name if each.unit else "",
                each.alive,
                signer.holding.person.full_name,
                signer.line,
                signer.body,
                "có" if signer.ready else signer.why,
            ]
            for each in units
            for signer in each.signers
        )
        return csv_file(request, "Người ký của các đơn vị", heads, lines)
    context = {
        "units": units,
        "single": sum(each.alive == 1 for each in units),
        "none": sum(each.alive == 0 for each in units),
        "named": queries.signers(actor),
        "area": area(request, "signing", "signers"),
    }
    return render(request, "admin/people_signers.html", context)


@holding(acts.NAME_SIGNER, of_agency=True)
def signer_new(request: HttpRequest) -> HttpResponseBase:
    """Name who signs for a body by office."""
    actor = actor_of(request)

    def run(form: forms.SignerForm) -> tuple[str, str]:
        made = acts.name_signer(by=actor, facts=form.facts())
        return f"Đã ghi {made.title} là người ký.", reverse("admin:signers")

    return form_page(
        request,
        forms.SignerForm(actor, request.POST or None),
        run,
        title="Ghi người ký của chủ thể ban hành",
        submit="Ghi người ký",
        back=reverse("admin:signers"),
        lead="Dùng cho Hội đồng, Ban Chỉ đạo, tập thể, hoặc khi một văn thư phục vụ nhiều chủ thể. Chủ thể có người ký "
        "được ghi ở đây thì chỉ những người này ký theo chức danh.",
    )


@holding(acts.WITHDRAW_SIGNER)
@require_POST
def signer_withdraw(request: HttpRequest, ident: UUID) -> HttpResponseBase:
    """End what a position may sign for a body."""
    actor = actor_of(request)
    row = BodySigner.objects.filter(pk=ident).select_related("position__unit").first()
    if row is None or not registry.policies[BodySigner].sees(actor, row):
        raise NotSeen(BodySigner._meta.verbose_name)

    def run(reason: str) -> str:
        acts.withdraw_signer(by=actor, target=row, reason=reason)
        return f"{row.title} không còn là người ký."

    return run_act(request, run, reverse("admin:signers"))


# --- absence ----------------------------------------------------------------------------------------------------------


@holding(absence.OPEN)
def absences(request: HttpRequest) -> HttpResponseBase:
    """Who works in whose place: one's own, and for administrators those of the agency."""
    actor = actor_of(request)
    now = clock.now()
    rows = [
        (
            row,
            queries.standing(row.held.lower, row.held.upper, row.ended_at),
            row.ended_at is None
            and row.held.upper > now
            and registry.policy(absence.CLOSE).allows(actor, absence.CLOSE, row),
        )
        for row in queries.absences(actor)
    ]
    return render(
        request,
        "admin/people_absences.html",
        {"rows": rows, "all": actor.may(READ), "area": area(request, "positions", "absences")},
    )


@holding(absence.OPEN)
def absence_new(request: HttpRequest) -> HttpResponseBase:
    """Let a colleague work in one's place."""
    actor = actor_of(request)

    def run(form: forms.AbsenceForm) -> tuple[str, str]:
        made = absence.open_absence(by=actor, **form.facts())
        return f"{made.delegate.full_name} làm thay đến {clock.local(made.held.upper):%H:%M ngày %d/%m/%Y}.", reverse(
            "admin:absences"
        )

    return form_page(
        request,
        forms.AbsenceForm(actor, request.POST or None),
        run,
        title="Giao người làm thay khi vắng mặt",
        submit="Giao làm thay",
        back=reverse("admin:absences"),
        lead="Chỉ chuyển việc, không chuyển quyền ký. Người làm thay chọn tư cách “thay …” ở góc trên; nhật ký ghi tên "
        "cả hai người.",
    )


@holding(absence.CLOSE)
@require_POST
def absence_close(request: HttpRequest, ident: UUID) -> HttpResponseBase:
    """The holder is back."""
    actor = actor_of(request)
    rows = Absence.objects.select_related("holding__position__unit", "holding__person", "delegate")
    row = rows.filter(pk=ident).first()
    if row is None or not registry.policies[Absence].sees(actor, row):
        raise NotSeen(Absence._meta.verbose_name)

    def run(_reason: str) -> str:
        absence.close_absence(by=actor, target=row)
        return f"{row.delegate.full_name} thôi làm thay {row.holding.person.full_name}."

    return run_act(request, run, reverse("admin:absences"))

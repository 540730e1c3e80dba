"""Going live, step by step: what stands, what is missing and where it is mended, the opening (CORE-107)."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.views.decorators.http import require_POST

from lienthong.contracts.golive import Gap
from lienthong.core.actions.errors import Invalid, NotSeen
from lienthong.core.golive import actions, board
from lienthong.core.golive.models import Opening
from lienthong.core.golive.policies import CHECK, CONFIRM, DECLARE, PROPOSE, READ, WITHDRAW, opening_policy
from lienthong.core.golive.states import OPENING
from lienthong.core.orgs.queries import as_of
from lienthong.shell import messages
from lienthong.shell.context import address
from lienthong.shell.guard import actor_of, holding

# Where the steps of the core are mended: pages of the administration, as far as this release has them.
PLACES = {
    "units": "admin:units",
    "positions": "admin:positions",
    "people": "admin:people",
    "codes": "admin:units",
    "certificates": "admin:certificates",
    "seals": "admin:certificates",
    "templates": "admin:unit_bodies",
}


@dataclass(frozen=True, slots=True)
class StepView:
    """A step as the page shows it."""

    row: board.Standing
    label: str
    tone: str
    icon: str
    url: str
    gaps: list[tuple[Gap, str]]

    @property
    def declares(self) -> bool:
        """Whether a person may say that there is nothing to bring along."""
        return self.row.step.optional and self.row.state == "declare"


def _gap_url(gap: Gap) -> str:
    if not gap.url_name:
        return ""
    try:
        return reverse(gap.url_name, args=gap.url_args)
    except NoReverseMatch:
        return ""


def _views(rows: list[board.Standing]) -> list[StepView]:
    return [
        StepView(
            row,
            *board.STATE_WORDS[row.state],
            address(row.step.url_name or PLACES.get(row.step.code, "")),
            [(gap, _gap_url(gap)) for gap in row.finding.gaps],
        )
        for row in rows
    ]


@holding(READ, of_agency=True)
def page(request: HttpRequest) -> HttpResponseBase:
    """All steps of the agency as they stand now; whoever comes back goes on where the work stopped."""
    actor = actor_of(request)
    agency_id = actor.agency
    opening = board.opening_of(agency_id)
    live = opening is not None and opening.state == "opened"
    rows = board.standing(agency_id)
    ready = sum(row.ready for row in rows)
    version = as_of(agency_id)
    waiting = opening if opening is not None and opening.state == "proposed" else None
    context: dict[str, Any] = {
        "agency": version.official_name if version else "",
        "steps": _views(rows),
        "ready": ready,
        "total": len(rows),
        "all_ready": ready == len(rows),
        "opening": opening,
        "state": OPENING.by_code[opening.state] if opening else None,
        "live": live,
        "may_check": actor.may(CHECK) and not live,
        "may_declare": actor.may(DECLARE) and not live,
        "may_propose": actor.may(PROPOSE) and opening is None,
        "may_confirm": waiting is not None and actor.may(CONFIRM) and waiting.proposed_by != actor.user_id,
        "own": waiting is not None and waiting.proposed_by == actor.user_id,
        "may_withdraw": waiting is not None and actor.may(WITHDRAW),
    }
    return render(request, "admin/golive.html", context)


@holding(CHECK, of_agency=True)
@require_POST
def check(request: HttpRequest, code: str) -> HttpResponseBase:
    """Run a step dry; its result is kept with time and name."""
    found = actions.check(by=actor_of(request), code=code)
    missing = sum(gap.blocking for gap in found.finding.gaps)
    if found.ready:
        messages.done(request, f"Bước “{found.step.title}” đủ.")
    else:
        words = f"còn thiếu {missing} điểm" if missing else "chưa có dữ liệu; nhập hoặc khai không có"
        messages.warn(request, f"Bước “{found.step.title}” {words}.")
    return redirect(f"{reverse('admin:golive')}#buoc-{code}")


@holding(DECLARE, of_agency=True)
@require_POST
def declare(request: HttpRequest, code: str) -> HttpResponseBase:
    """Say that a step has nothing to bring along, with the reason."""
    try:
        actions.declare_nothing(by=actor_of(request), code=code, reason=request.POST.get("reason", ""))
    except Invalid as error:
        messages.warn(request, error.message)
    else:
        messages.done(request, "Đã ghi nhận không có dữ liệu cần chuyển.")
    return redirect(f"{reverse('admin:golive')}#buoc-{code}")


@holding(PROPOSE, of_agency=True)
@require_POST
def propose(request: HttpRequest) -> HttpResponseBase:
    """Ask for the opening; another person confirms."""
    actions.propose(by=actor_of(request))
    messages.done(request, "Đã đề nghị mở sổ; người thứ hai xác nhận thì sổ mở.")
    return redirect("admin:golive")


@holding(CONFIRM, WITHDRAW, of_agency=True)
@require_POST
def act(request: HttpRequest, ident: UUID, act: str) -> HttpResponseBase:
    """Confirm or withdraw the opening."""
    actor = actor_of(request)
    row = Opening.objects.filter(pk=ident).first()
    if row is None or not opening_policy.sees(actor, row):
        raise NotSeen("đề nghị mở sổ")
    if act == "confirm":
        actions.confirm(by=actor, target=row)
        messages.done(request, "Đã mở sổ. Từ lúc này văn thư cấp số được.")
    else:
        actions.withdraw(by=actor, target=row, reason=request.POST.get("reason", ""))
        messages.done(request, "Đã rút đề nghị mở sổ.")
    return redirect("admin:golive")

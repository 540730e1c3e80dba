"""The pages and the API of the law, the calendar and deadlines."""

from collections.abc import Callable
from uuid import uuid4

from django.core.files.uploadedfile import SimpleUploadedFile

from lienthong.contracts.ref import Ref
from lienthong.core import clocks
from lienthong.core.amendments.models import Amendment
from lienthong.core.amendments.policies import PROPOSE, READ
from lienthong.core.clocks.actions import KEEP
from lienthong.core.clocks.models import Clock
from lienthong.kit import clock
from tests.architecture.routes.route import Route, Thing, page
from tests.architecture.scenes import Stage
from tests.architecture.scenes import law_changes as law

KEY = {"key": "clock.office_hours"}
YEAR = {"year": 2026}
NOTHING = "00000000-0000-0000-0000-000000000000"
FILE = {"file": SimpleUploadedFile("luat.csv", b"key\n")}
ROUTES: dict[str, Route] = {
    "admin:law": page(),
    "admin:law_rules": page(),
    "admin:law_differences": page(),
    "admin:law_key": page(extra=KEY),
    "admin:law_import": page(PROPOSE),
    "admin:law_change": page(PROPOSE, extra=KEY),
    "admin:law_proposals": page(READ),
    "admin:law_proposal": page(READ, things="amendment"),
    "admin:law_proposal_act": page(READ, method="post", things="amendment", extra={"act": "withdraw"}),
    "admin:calendar": page(),
    "admin:calendar_year": page(extra=YEAR),
    "admin:calendar_print": page(extra=YEAR),
    "admin:calendar_day": page(PROPOSE, extra=YEAR),
    "admin:calendar_confirm": page(PROPOSE, extra=YEAR),
    "admin:calendar_import": page(PROPOSE, extra=YEAR),
    "admin:calendar_withdraw": page(PROPOSE, things="no_day"),
    "admin:clock": page(things="clock"),
    "admin:recounts": page(KEEP),
    "admin:recount_decide": page(KEEP, method="post"),
    "admin:drift": page("clocks:drift:read"),
    "api:list_parameters": page(),
    "api:get_parameter": page(extra=KEY),
    "api:export_law": page(),
    "api:list_rule_sets": page(),
    "api:list_differences": page(),
    "api:import_law": page(PROPOSE, method="post", data=FILE),
    "api:import_notice": page(PROPOSE, method="post", data=FILE),
    "api:list_proposals": page(READ),
    "api:propose_change": page(
        PROPOSE, method="post", json=True, data={"items": [], "source": "TB 9", "reason": law.REASON}
    ),
    "api:get_proposal": page(READ, things="amendment"),
    "api:act_proposal": page(READ, method="post", things="amendment", json=True, extra={"act": "withdraw"}),
    "api:get_calendar": page(extra=YEAR),
    "api:list_awaiting": page(KEEP),
    "api:list_recounts": page(KEEP),
    "api:decide_awaiting": page(KEEP, method="post", things="no_awaiting", json=True, extra={"act": "keep"}),
    "api:explain_clock": page(things="clock"),
}


def _amendments(stage: Stage) -> list[Thing]:
    row = Amendment.objects.filter(state="proposed").first() or law.propose(stage.world.b)
    return [Thing(row, {"ident": row.pk})]


def _clocks(stage: Stage) -> list[Thing]:
    agency = stage.world.a.id
    row = Clock.objects.filter(agency_id=agency).first() or clocks.start(
        Ref("test:thing", uuid4()), "review_legal", clock.now(), agency_id=agency
    )
    return [Thing(row, {"ident": row.pk})]


def _nothing(_stage: Stage) -> list[Thing]:
    return [Thing(None, {"ident": NOTHING})]


def _nobody(_actor: object, _row: object) -> bool:
    return False


THINGS: dict[str, Callable[[Stage], list[Thing]]] = {
    "amendment": _amendments,
    "clock": _clocks,
    "no_day": _nothing,
    "no_awaiting": _nothing,
}
SEES = {"no_day": _nobody, "no_awaiting": _nobody}

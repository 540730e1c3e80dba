"""The pages of the office."""

from collections.abc import Callable
from datetime import date

from lienthong.kit import clock
from lienthong.systems.office.actions import history
from lienthong.systems.office.models import BroughtAlong, IncomingDocument, Line, OpeningBalance, Series
from tests.architecture.routes.route import Route, Thing, page
from tests.architecture.scenes import Stage, golive

OUT, IN = "outgoing", "incoming"
BOOKS = "office:books:read"
ROUTES: dict[str, Route] = {
    # office, pages
    "office:incoming_list": page("office:incoming:read"),
    "office:paper_new": page("office:incoming:enter"),
    "office:incoming": page("office:incoming:read", things=IN),
    "office:incoming_act": page(
        "office:incoming:read", method="post", things=IN, verb_on="office:incoming:reopen", extra={"act": "reopen"}
    ),
    "office:incoming_file": page("office:incoming:read", things="incoming_file"),
    "office:outgoing_list": page("office:outgoing:read"),
    "office:draft_new": page("office:outgoing:create"),
    "office:outgoing": page("office:outgoing:read", things=OUT),
    "office:draft_edit": page("office:outgoing:edit", things=OUT, verb_on="office:outgoing:edit"),
    "office:preview": page("office:outgoing:read", things=OUT),
    "office:outgoing_act": page(
        "office:outgoing:read", method="post", things=OUT, verb_on="office:outgoing:submit", extra={"act": "submit"}
    ),
    "office:outgoing_file": page("office:outgoing:read", things="outgoing_file"),
    "office:incoming_bulk": page("office:incoming:register", method="post"),
    "office:outgoing_bulk": page("office:outgoing:issue", method="post"),
    "office:registers": page(BOOKS),
    "office:book": page(BOOKS, things="register"),
    "office:register_new": page("office:register:create"),
    "office:series_new": page("office:series:create", things="register"),
    "office:series": page(BOOKS, things="series"),
    "office:series_change": page("office:series:change", method="post", things="series"),
    "office:balance_propose": page("office:balance:propose", method="post", things="series"),
    "office:balance": page(BOOKS, things="balance"),
    "office:balance_scan": page(BOOKS, things="balance"),
    "office:balance_act": page("office:balance:withdraw", method="post", things="balance", extra={"act": "withdraw"}),
    "office:brought_list": page("office:brought:read"),
    "office:brought_new": page("office:brought:begin"),
    "office:brought_template": page("office:brought:read", extra={"kind": "incoming", "form": "csv"}),
    "office:brought": page("office:brought:read", things="brought"),
    "office:brought_act": page("office:brought:approve", method="post", things="brought", extra={"act": "stop"}),
    "office:line_act": page("office:carried:finish", method="post", things="carried", extra={"act": "finish"}),
}


def _series(stage: Stage) -> list[Thing]:
    return [Thing(row, {"ident": row.pk}) for row in Series.objects.filter(agency_id=stage.world.b.id)[:1]]


def _balances(stage: Stage) -> list[Thing]:
    series = Series.objects.filter(agency_id=stage.world.b.id, type_code="", register__kind="outgoing").get()
    present = OpeningBalance.objects.filter(series=series, state="proposed").first()
    row = present or golive.propose(stage.world.b, series, 3)
    return [Thing(row, {"ident": row.pk})]


def _brought(stage: Stage) -> list[Thing]:
    row = BroughtAlong.objects.filter(agency_id=stage.world.b.id).first() or golive.brought(stage.world.b, "incoming")
    return [Thing(row, {"ident": row.pk})]


def _carried(stage: Stage) -> list[Thing]:
    agency = stage.world.b
    line = Line.objects.filter(agency_id=agency.id, document__state="history").first()
    if line is None:
        clerk = agency.seats["clerk"]
        old = history.OldIncoming(
            code="9/CV",
            arrival_number=9,
            arrival_on=date(2020, 3, 2),
            issued_on=date(2020, 3, 1),
            type_name="Công văn",
            subject="V/v lịch sử",
            sender_name="Cơ quan cũ",
        )
        history.import_history(by=clerk.actor(), incoming=[old])
        line = Line.objects.create(
            document=IncomingDocument.objects.get(agency_id=agency.id, state="history"),
            agency_id=agency.id,
            role="lead",
            unit_id=agency.divisions[1].pk,
            given_by=clerk.position,
            given_by_person=clerk.user,
            given_at=clock.now(),
        )
    return [Thing(line, {"ident": line.pk})]


THINGS: dict[str, Callable[[Stage], list[Thing]]] = {
    "series": _series,
    "balance": _balances,
    "brought": _brought,
    "carried": _carried,
}

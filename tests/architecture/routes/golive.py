"""The pages and the API of going live."""

from collections.abc import Callable

from lienthong.core.golive import actions
from lienthong.core.golive.models import Opening
from lienthong.demo.agencies import build
from lienthong.demo.names import Names
from lienthong.systems.office.models import Register
from tests.architecture.routes.route import Route, Thing, page
from tests.architecture.scenes import Stage, golive

READ = "golive:opening:read"
BOOKS = "office:books:read"
NOTHING = "00000000-0000-0000-0000-000000000000"
BOOK = {"kind": "internal", "name": "Sổ thử"}
SERIES = {"register_id": NOTHING, "pattern": "{n}/LOẠI-CQ"}
FORMAT = {"pattern": "{n}/LOẠI-CQ"}
LAST = {"last": 1, "last_on": "2026-01-02", "book": "Sổ giấy", "scan_id": NOTHING}
FILE = {"kind": "incoming", "register_id": NOTHING, "source": "Sổ", "file_id": NOTHING}
ROUTES: dict[str, Route] = {
    "admin:golive": page(READ),
    "admin:golive_check": page("golive:step:check", method="post", extra={"code": "units"}),
    "admin:golive_declare": page("golive:step:declare_nothing", method="post", extra={"code": "history"}),
    "admin:golive_propose": page("golive:opening:propose", method="post"),
    "admin:golive_act": page("golive:opening:confirm", method="post", things="opening", extra={"act": "withdraw"}),
    "api:get_board": page(READ),
    "api:check_step": page("golive:step:check", method="post", extra={"code": "units"}),
    "api:declare_nothing": page("golive:step:declare_nothing", method="post", extra={"code": "history"}, json=True),
    "api:propose_opening": page("golive:opening:propose", method="post"),
    "api:act_opening": page(READ, method="post", things="opening", extra={"act": "withdraw"}, json=True),
    "api:list_registers": page(BOOKS),
    "api:create_register": page("office:register:create", method="post", json=True, data=BOOK),
    "api:read_book": page(BOOKS, things="book", data={"year": "2026"}),
    "api:create_series": page("office:series:create", method="post", json=True, data=SERIES),
    "api:change_series": page("office:series:change", method="put", things="series", json=True, data=FORMAT),
    "api:propose_balance": page("office:balance:propose", method="post", things="series", json=True, data=LAST),
    "api:get_balance": page(things="balance"),
    "api:act_balance": page(
        method="post", things="balance", verb_on="office:balance:withdraw", extra={"act": "withdraw"}, json=True
    ),
    "api:list_brought": page("office:brought:read"),
    "api:begin_brought": page("office:brought:begin", method="post", json=True, data=FILE),
    "api:get_brought": page("office:brought:read", things="brought"),
    "api:act_brought": page(
        "office:brought:approve", method="post", things="brought", extra={"act": "stop"}, json=True
    ),
    "api:act_carried": page(
        method="post", things="carried", verb_on="office:carried:finish", extra={"act": "finish"}, json=True
    ),
}


def _openings(_stage: Stage) -> list[Thing]:
    row = Opening.objects.filter(state="proposed").first()
    if row is None:
        agency = build(golive.PREPARING, Names(13))
        golive.prepare(agency)
        row = actions.propose(by=agency.seats["admin"].actor())
    return [Thing(row, {"ident": row.pk})]


def _books(stage: Stage) -> list[Thing]:
    return [Thing(row, {"ident": row.pk}) for row in Register.objects.filter(agency_id=stage.world.b.id)[:1]]


THINGS: dict[str, Callable[[Stage], list[Thing]]] = {"opening": _openings, "book": _books}
SEES = {"book": lambda actor, book: book.agency_id == actor.agency_id}

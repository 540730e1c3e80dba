"""Support sessions (CORE-84)."""

from lienthong.core.identity import support
from lienthong.core.identity.models import SupportSession
from lienthong.demo.agencies import Agency
from tests.architecture.routes.route import Route, Thing, page
from tests.architecture.scenes import Stage, admin

ROUTES: dict[str, Route] = {
    "admin:support": page(support.END),
    "admin:support_open": page(support.OPEN, method="post"),
    "admin:support_end": Route(method="post", things="support", verb_on=support.END),
}


def _open(agency: Agency, helper: Agency) -> SupportSession:
    by = admin(None, support.OPEN)
    return support.open_session(
        by=type(by)(user_id=helper.seats["head"].user.pk, name=by.name, verbs=by.verbs),
        agency_id=agency.id,
        minutes=30,
        why="Xem lỗi mở sổ",
    )


def _sessions(stage: Stage) -> list[Thing]:
    row = _open(stage.world.a, stage.world.c)
    return [Thing(row, {"ident": row.pk})]


THINGS = {"support": _sessions}

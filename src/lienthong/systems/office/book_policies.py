"""Who keeps books, begins series and brings old documents along (CORE-105..107)."""

from typing import Any, ClassVar
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from lienthong.contracts.actor import Actor
from lienthong.core import fence
from lienthong.core.access import Policy
from lienthong.core.access.policy import anywhere
from lienthong.core.actions.errors import NotSeen
from lienthong.core.orgs.models import UnitVersion
from lienthong.core.orgs.queries import recorded_at
from lienthong.kit import clock
from lienthong.systems.office.models import BroughtAlong, Line, OpeningBalance, Series

BOOKS_READ = "office:books:read"
CONFIRM = "office:balance:confirm"
BELOW = "office:balance:confirm_below"
PRINT = "office:book:read_printed"


class SeriesPolicy(Policy[Series]):
    """Series of the own agency, for who keeps its books or rules them."""

    model = Series
    rules: ClassVar[dict[str, Any]] = dict.fromkeys(
        (BOOKS_READ, "office:register:create", "office:series:create", "office:series:change", PRINT),
        anywhere,
    )

    def scope(self, actor: Actor, rows: QuerySet[Series]) -> QuerySet[Series]:
        if actor.agency_id is None or not actor.may(BOOKS_READ):
            return rows.none()
        return rows.filter(agency_id=actor.agency_id)

    def sees(self, actor: Actor, obj: Series) -> bool:
        return actor.agency_id is not None and obj.agency_id == actor.agency_id and actor.may(BOOKS_READ)


def superior_of(agency_id: UUID) -> UUID | None:
    """The unit that stands directly above an agency today; its clerk may be the second person (CORE-32)."""
    rows = UnitVersion.objects.filter(recorded_at(None), unit_id=agency_id, valid__contains=clock.local_date())
    return rows.values_list("parent_id", flat=True).first()


def below(actor: Actor) -> Q:
    """Balances in question of the units directly below the actor's agency."""
    versions = UnitVersion.objects.filter(
        recorded_at(None),
        unit_id=OuterRef("agency_id"),
        parent_id=actor.agency_id,
        valid__contains=clock.local_date(),
    )
    return Q(Exists(versions), state__in=["proposed", "confirmed"])


def balances_below(actor: Actor) -> list[OpeningBalance]:
    """The same rows, which lie beyond the fence of the actor's own agency."""
    if actor.agency_id is None or not actor.may(BELOW):
        return []
    with fence.node(BELOW):
        rows = OpeningBalance.objects.select_related("series__register", "series__issuing_body", "scan")
        return list(rows.filter(below(actor)))


def find_balance(actor: Actor, ident: UUID) -> OpeningBalance:
    """The only way from an id to a balance; raises NotSeen outside the scope."""
    rows = OpeningBalance.objects.select_related("series__register", "series__issuing_body", "scan")
    row = rows.filter(pk=ident).first() or next((row for row in balances_below(actor) if row.pk == ident), None)
    if row is None or not balance_policy.sees(actor, row):
        raise NotSeen("số cuối sổ trước")
    return row


class BalancePolicy(Policy[OpeningBalance]):
    """Balances of the own agency; those in question are seen by the clerk of the superior unit (CORE-32, CORE-105)."""

    model = OpeningBalance
    rules: ClassVar[dict[str, Any]] = {
        "office:balance:propose": anywhere,
        CONFIRM: lambda actor, balance: balance is None or balance.agency_id == actor.agency_id,
        BELOW: lambda actor, balance: balance is None or superior_of(balance.agency_id) == actor.agency_id,
        "office:balance:withdraw": lambda actor, balance: balance.agency_id == actor.agency_id,
        "office:balance:replace": anywhere,
    }

    def scope(self, actor: Actor, rows: QuerySet[OpeningBalance]) -> QuerySet[OpeningBalance]:
        if actor.agency_id is None:
            return rows.none()
        seen = Q(pk__in=[])
        if actor.may(BOOKS_READ):
            seen |= Q(agency_id=actor.agency_id)
        if actor.may(BELOW):
            seen |= below(actor)
        return rows.filter(seen)

    def sees(self, actor: Actor, obj: OpeningBalance) -> bool:
        if actor.agency_id is None:
            return False
        if obj.agency_id == actor.agency_id and actor.may(BOOKS_READ):
            return True
        in_question = obj.state in {"proposed", "confirmed"}
        return in_question and actor.may(BELOW) and superior_of(obj.agency_id) == actor.agency_id


class BroughtPolicy(Policy[BroughtAlong]):
    """Files of old documents, for the Văn thư of the agency."""

    model = BroughtAlong
    READ: ClassVar[str] = "office:brought:read"
    rules: ClassVar[dict[str, Any]] = dict.fromkeys(
        (
            READ,
            "office:brought:begin",
            "office:brought:choose_encodings",
            "office:brought:approve",
            "office:brought:report",
            "office:brought:stop",
            "office:document:import_history",
            "office:document:import_open_work",
        ),
        anywhere,
    )
    system: ClassVar[frozenset[str]] = frozenset({"office:brought:report", "office:brought:stop"})

    def scope(self, actor: Actor, rows: QuerySet[BroughtAlong]) -> QuerySet[BroughtAlong]:
        if actor.agency_id is None or not actor.may(self.READ):
            return rows.none()
        return rows.filter(agency_id=actor.agency_id)

    def sees(self, actor: Actor, obj: BroughtAlong) -> bool:
        return actor.agency_id is not None and obj.agency_id == actor.agency_id and actor.may(self.READ)


class CarriedPolicy(Policy[Line]):
    """Lines of work that came along with an old document: whose they are, and the Văn thư (CORE-107)."""

    model = Line
    rules: ClassVar[dict[str, Any]] = {
        "office:carried:finish": lambda actor, line: line.position_id == actor.position_id,
        "office:carried:assign": lambda actor, line: (
            line.unit_id == actor.unit_id and actor.may("office:incoming:assign_within")
        ),
    }

    def scope(self, actor: Actor, rows: QuerySet[Line]) -> QuerySet[Line]:
        if actor.agency_id is None or not actor.may("office:incoming:read"):
            return rows.none()
        mine = Q(position_id=actor.position_id)
        if actor.may("office:incoming:read_unit"):
            mine |= Q(unit_id=actor.unit_id)
        if actor.may("office:incoming:read_agency"):
            mine = Q()
        return rows.filter(mine, agency_id=actor.agency_id, document__state="history")

    def sees(self, actor: Actor, obj: Line) -> bool:
        if actor.agency_id is None or obj.agency_id != actor.agency_id or not actor.may("office:incoming:read"):
            return False
        if obj.document.state != "history":
            return False
        return (
            actor.may("office:incoming:read_agency")
            or obj.position_id == actor.position_id
            or (actor.may("office:incoming:read_unit") and obj.unit_id == actor.unit_id)
        )


series_policy = SeriesPolicy()
balance_policy = BalancePolicy()
brought_policy = BroughtPolicy()
carried_policy = CarriedPolicy()

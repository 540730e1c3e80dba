"""How a demo agency is put up: unit, code, desk, positions, people, rights, books."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from uuid import UUID

from django.db.backends.postgresql.psycopg_any import DateRange, DateTimeTZRange

from lienthong.contracts.actor import Actor
from lienthong.core import fence, lawbook
from lienthong.core.access.actors import actor_for
from lienthong.core.access.models import Grant, Role
from lienthong.core.golive.models import Opening
from lienthong.core.identity.models import User
from lienthong.core.orgs.models import Holding, IssuingBody, Position, SigningDelegation, Unit, UnitCode, UnitVersion
from lienthong.demo.names import Names, ascii_name
from lienthong.systems.office.models import Register, Series

START = datetime(2020, 1, 1, tzinfo=UTC)
SINCE = date(2020, 1, 1)
ALWAYS = DateTimeTZRange(START, None)


@dataclass(slots=True)
class Seat:
    """A person in a position of a demo agency."""

    user: User
    position: Position
    holding: Holding

    def actor(self) -> Actor:
        """The person acting in the position now."""
        return actor_for(self.holding)


@dataclass(slots=True)
class Agency:
    """A demo agency with its people by role name."""

    unit: Unit
    name: str
    code: str
    body: IssuingBody
    divisions: list[Unit] = field(default_factory=list)
    seats: dict[str, Seat] = field(default_factory=dict)

    @property
    def id(self) -> UUID:
        """The agency's id."""
        return self.unit.pk


def make_unit(
    name: str,
    kind: str,
    *,
    short: str = "",
    abbreviation: str = "",
    parent: Unit | None = None,
    agency: Unit | None = None,
) -> Unit:
    """A unit with one version, valid since 2020."""
    unit = Unit(agency=agency, created_at=START)
    unit.save()
    UnitVersion(
        unit=unit,
        official_name=name,
        short_name=short,
        abbreviation=abbreviation,
        kind=kind,
        parent=parent,
        valid=DateRange(SINCE, None),
        recorded=ALWAYS,
    ).save()
    return unit


def make_code(unit: Unit, code: str, scheme: str = UnitCode.Scheme.QD20, *, primary: bool = True) -> None:
    """A code of a unit, valid since 2020; demo codes are X01–X99, which no real unit bears."""
    UnitCode(
        unit=unit,
        scheme=scheme,
        code=code,
        primary=primary,
        valid=DateRange(SINCE, None),
        recorded=ALWAYS,
        source="Dữ liệu mẫu",
    ).save()


@dataclass(frozen=True, slots=True)
class Plan:
    """What an agency is made of."""

    name: str
    short: str
    abbreviation: str
    code: str
    kind: str
    place: str
    head: str
    deputy: str
    superior: str = ""
    divisions: tuple[tuple[str, str], ...] = (("Vụ Pháp chế", "PC"), ("Vụ Khoa giáo - Văn xã", "VX"))
    division_head: str = "Vụ trưởng"
    password: str = ""
    live: bool = True
    """Whether its books are open; else it stands before its first step of going live (CORE-107)."""


@fence.node("demo")
def build(plan: Plan, names: Names, *, prefix: str = "demo") -> Agency:
    """Put an agency up; user names start with `prefix`. The seats: head, deputy, clerk, checker, unit_head,
    specialist, admin, admin_2.
    """
    unit = make_unit(plan.name, plan.kind, short=plan.short, abbreviation=plan.abbreviation)
    unit.agency = unit
    unit.save()
    make_code(unit, plan.code)
    header = [plan.superior.upper(), plan.name.upper()] if plan.superior else [plan.name.upper()]
    body = IssuingBody.objects.create(
        agency=unit,
        kind=IssuingBody.Kind.UNIT,
        name=plan.name,
        abbreviation=plan.abbreviation,
        header_lines=header,
        place=plan.place,
        default=True,
        valid=DateRange(SINCE, None),
    )
    agency = Agency(unit=unit, name=plan.name, code=plan.code, body=body)
    office = make_unit("Văn phòng", UnitVersion.Kind.DIVISION, abbreviation="VP", parent=unit, agency=unit)
    divisions = [
        make_unit(name, UnitVersion.Kind.DIVISION, abbreviation=short, parent=unit, agency=unit)
        for name, short in plan.divisions
    ]
    agency.divisions = [office, *divisions]
    people = _People(agency, names, prefix, plan.password)
    people.seat("head", unit, plan.head, Position.Rank.HEAD, "office-leader")
    people.seat("deputy", unit, plan.deputy, Position.Rank.DEPUTY, "office-leader")
    people.seat("clerk", office, "Văn thư", Position.Rank.CLERK, "office-clerk", "exchange-reader")
    people.seat("checker", office, "Chuyên viên kiểm tra thể thức", Position.Rank.SPECIALIST, "office-format-checker")
    people.seat("unit_head", divisions[0], plan.division_head, Position.Rank.UNIT_HEAD, "office-unit-head")
    people.seat("specialist", divisions[0], "Chuyên viên", Position.Rank.SPECIALIST, "office-specialist")
    for number, division in enumerate(divisions[1:], 2):
        people.seat(f"unit_head_{number}", division, plan.division_head, Position.Rank.UNIT_HEAD, "office-unit-head")
        people.seat(f"specialist_{number}", division, "Chuyên viên", Position.Rank.SPECIALIST, "office-specialist")
    people.seat("admin", office, "Quản trị hệ thống", Position.Rank.OTHER, "agency-admin", "office-books")
    people.seat(
        "admin_2", office, "Quản trị hệ thống (người duyệt)", Position.Rank.OTHER, "agency-admin", "office-books"
    )
    SigningDelegation.objects.create(
        giver=agency.seats["head"].position,
        taker=agency.seats["unit_head"].position,
        kind=SigningDelegation.Kind.BY_ORDER,
        document_types=["cong_van"],
        instrument="Quy chế làm việc của cơ quan (dữ liệu mẫu), Điều 8",
        held=ALWAYS,
    )
    if plan.live:
        _books(agency)
        _open(agency)
    return agency


class _People:
    def __init__(self, agency: Agency, names: Names, prefix: str, password: str) -> None:
        self.agency, self.names, self.prefix, self.password = agency, names, prefix, password

    def seat(self, role: str, unit: Unit, title: str, rank: str, *grants: str) -> Seat:
        """One position with its holder and rights; keys are issued by the demo authority at first use."""
        name = self.names.person()
        label = f"{self.agency.code.split('.')[0].lower()}.{len(self.agency.seats) + 1:02}.{ascii_name(name)}"
        user = User(username=f"{self.prefix}.{label}", full_name=name, agency_id=self.agency.id)
        if self.password:
            user.set_password(self.password)
        else:
            user.set_unusable_password()
        user.save()
        position = Position.objects.create(
            unit=unit, title=title, rank=rank, valid=DateRange(SINCE, None), order=len(self.agency.seats) * 10
        )
        holding = Holding.objects.create(position=position, person=user, held=DateTimeTZRange(START, None))
        for grant in grants:
            role_of = Role.objects.get(code=grant)
            Grant.objects.create(position=position, role=role_of, held=DateTimeTZRange(START, None))
        seat = Seat(user, position, holding)
        self.agency.seats[role] = seat
        return seat


def operators(names: Names, *, prefix: str = "demo") -> list[Seat]:
    """Who run the node: machines, connections and queues, no paper of any agency (CORE-108, OF-3).

    Two, for what the node changes takes a second person (CORE-32).
    """
    unit = make_unit("Trung tâm vận hành nút mẫu", UnitVersion.Kind.OTHER, short="Vận hành nút")
    roles = list(Role.objects.filter(code__in=("exchange-operator", "node-admin")))
    seats = []
    for order, title in enumerate(("Người vận hành nút", "Người vận hành nút (người duyệt)"), 1):
        name = names.person()
        user = User(username=f"{prefix}.zz.{order:02}.{ascii_name(name)}", full_name=name)
        user.set_unusable_password()
        user.save()
        position = Position.objects.create(
            unit=unit, title=title, rank=Position.Rank.OTHER, valid=DateRange(SINCE, None), order=order
        )
        holding = Holding.objects.create(position=position, person=user, held=ALWAYS)
        Grant.objects.bulk_create(Grant(position=position, role=role, held=ALWAYS) for role in roles)
        seats.append(Seat(user, position, holding))
    return seats


def _open(agency: Agency) -> None:
    """The demo's agencies have been at work for long."""
    row = Opening.objects.create(agency=agency.unit, origin=Opening.Origin.DEMO, proposed_at=START)
    row.state, row.opened_at = "opened", START
    row.save()


def _books(agency: Agency) -> None:
    outgoing = Register.objects.create(
        agency=agency.unit, kind=Register.Kind.OUTGOING, name="Sổ đăng ký văn bản đi", default=True
    )
    incoming = Register.objects.create(
        agency=agency.unit, kind=Register.Kind.INCOMING, name="Sổ đăng ký văn bản đến", default=True
    )
    named, letters = lawbook.get("number.format_named"), lawbook.get("number.format_letter")
    Series.objects.create(
        agency=agency.unit, register=outgoing, issuing_body=agency.body, type_code="cong_van", pattern=letters
    )
    Series.objects.create(agency=agency.unit, register=outgoing, issuing_body=agency.body, type_code="", pattern=named)
    Series.objects.create(agency=agency.unit, register=incoming, pattern="{n}/ĐẾN")

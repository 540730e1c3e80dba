"""What time left in the positions of a demo agency: gaps and overlaps, an authorisation that ran out, a colleague who
stands in (spec §14).
"""

from datetime import UTC, datetime, timedelta

from django.db.backends.postgresql.psycopg_any import DateRange, DateTimeTZRange

from lienthong.core.access.models import Grant, Role
from lienthong.core.identity.actions import suggest
from lienthong.core.identity.models import User
from lienthong.core.orgs.models import Absence, Holding, Position, SigningDelegation, Unit
from lienthong.demo.agencies import ALWAYS, SINCE, START, Agency
from lienthong.demo.names import Names
from lienthong.kit import clock

DECISION = "QĐ {number}/QĐ-{agency} (dữ liệu mẫu)"
AWAY_DAYS = 5


def history(agency: Agency, names: Names) -> None:
    """Former holders, deputies, a free account, delegations; nobody of them may be signed in as by one press."""
    life = _Life(agency, names)
    office, first = agency.divisions[0], agency.divisions[1]
    head = agency.seats["unit_head"].position.title
    assistant = life.post(office, "Phó Chánh Văn phòng", Position.Rank.UNIT_DEPUTY, "office-specialist")
    life.held(assistant, _day(2021, 3), _day(2023, 6))
    life.held(assistant, _day(2024, 2))  # nobody held it for eight months
    deputy = life.post(first, f"Phó {head}", Position.Rank.UNIT_DEPUTY, "office-specialist")
    life.held(deputy, _day(2020, 1), _day(2022, 9))
    life.held(deputy, _day(2022, 6))  # three months of handing over
    life.held(agency.seats["specialist_2"].position, _day(2020, 1), _day(2021, 1))
    life.post(office, "Kế toán trưởng", Position.Rank.OTHER)
    life.person(User.State.DISABLED, "Đã nghỉ hưu.")
    _delegations(agency, deputy)
    now = clock.now()
    Absence.objects.create(
        holding=agency.seats["unit_head"].holding,
        delegate=agency.seats["specialist"].user,
        held=DateTimeTZRange(now - timedelta(days=1), now + timedelta(days=AWAY_DAYS)),
        note="Đi công tác cơ sở (dữ liệu mẫu)",
    )


def _delegations(agency: Agency, deputy: Position) -> None:
    """A TL. given on to a deputy, and a TUQ. that ran out three weeks ago."""
    seats, now = agency.seats, clock.now()
    by_order = SigningDelegation.objects.get(giver=seats["head"].position, kind="TL")
    if by_order.taker.unit_id == deputy.unit_id:
        SigningDelegation.objects.create(
            giver=by_order.taker,
            taker=deputy,
            kind=SigningDelegation.Kind.BY_ORDER,
            document_types=by_order.document_types,
            instrument="Phân công trong đơn vị (dữ liệu mẫu)",
            held=ALWAYS,
            parent=by_order,
        )
    SigningDelegation.objects.create(
        giver=seats["head"].position,
        taker=seats["unit_head_2"].position,
        kind=SigningDelegation.Kind.AUTHORISED,
        document_types=["bao_cao"],
        instrument="Văn bản ủy quyền số 15/UQ (dữ liệu mẫu)",
        content="Ký báo cáo tháng của đơn vị",
        given_by=seats["head"].user,
        held=DateTimeTZRange(now - timedelta(days=82), now - timedelta(days=21)),
    )


def _day(year: int, month: int) -> datetime:
    return datetime(year, month, 1, tzinfo=UTC)


class _Life:
    def __init__(self, agency: Agency, names: Names) -> None:
        self.agency, self.names, self.number = agency, names, 0

    def person(self, state: str = User.State.ACTIVE, reason: str = "") -> User:
        """An account that only its own user name opens."""
        name = self.names.person()
        user = User(username=suggest(name), full_name=name, agency_id=self.agency.id, state=state, state_reason=reason)
        user.is_active = state == User.State.ACTIVE
        user.state_since = START
        user.set_unusable_password()
        user.save()
        return user

    def post(self, unit: Unit, title: str, rank: str, *roles: str) -> Position:
        """A position with its roles."""
        row = Position.objects.create(unit=unit, title=title, rank=rank, valid=DateRange(SINCE, None), order=200)
        for role in roles:
            Grant.objects.create(position=row, role=Role.objects.get(code=role), held=ALWAYS)
        return row

    def held(self, position: Position, since: datetime, until: datetime | None = None) -> Holding:
        """Somebody new holds a position from–to."""
        self.number += 1
        code = self.agency.code.split(".")[0]
        return Holding.objects.create(
            position=position,
            person=self.person(),
            held=DateTimeTZRange(since, until),
            instrument=DECISION.format(number=self.number, agency=code),
            closed_at=until,
        )

"""Scenes of people and positions: accounts, holdings, roles, authority to sign, absence."""

from datetime import date, timedelta
from uuid import UUID

from lienthong.contracts.actor import Actor
from lienthong.core.access import actions as rights
from lienthong.core.access import people_import
from lienthong.core.access.models import Role
from lienthong.core.identity import actions as accounts
from lienthong.core.identity.models import User
from lienthong.core.orgs.actions import people, people_absence, people_signing
from lienthong.core.orgs.models import Holding, Position
from lienthong.demo.agencies import Agency
from lienthong.kit import clock
from tests.architecture.scenes import REASON, SYSTEM, Stage, scene

NUMBER = "001099000000"


def keeper(agency: Agency) -> Actor:
    """The agency's administrator."""
    return agency.seats["admin"].actor()


def person(agency: Agency, name: str = "Đặng Thị Ánh Hồng") -> User:
    """A new account."""
    return accounts.create_account(by=keeper(agency), facts=accounts.AccountInput(full_name=name))


def post(agency: Agency, title: str, rank: str, unit_id: UUID | None = None) -> Position:
    """A new position in the first division."""
    facts = people.PositionInput(
        unit_id=unit_id or agency.divisions[0].pk, title=title, rank=rank, valid_from=date(2025, 1, 1)
    )
    return people.create_position(by=keeper(agency), facts=facts)


def hold(agency: Agency, position: Position, who: User, **more: object) -> Holding:
    """The person holds the position from now on."""
    facts = people.AppointInput(person_id=who.pk, instrument="QĐ 1/QĐ-BTN", **more)  # type: ignore[arg-type]
    return people.appoint(by=keeper(agency), target=position, facts=facts)


@scene
def a_person_comes_and_goes(stage: Stage) -> None:
    """Account, position, holding, role; locked and opened; the holding ends, the position is given up."""
    agency = stage.world.a
    by = keeper(agency)
    who = person(agency)
    accounts.edit_account(by=by, target=who, facts=accounts.AccountInput(full_name=who.full_name, username="anh.hong"))
    place = post(agency, "Chuyên viên chính", Position.Rank.SPECIALIST)
    people.edit_position(by=by, target=place, title="Chuyên viên cao cấp", order=5, reason=REASON)
    held = hold(agency, place, who)
    role = Role.objects.get(code="office-specialist")
    grant = rights.give(by=by, position_id=place.pk, role_id=role.pk)
    rights.withdraw(by=by, target=grant, reason=REASON)
    accounts.lock(by=by, target=who, reason=REASON)
    accounts.unlock(by=by, target=who)
    people.end_holding(by=by, target=held, reason=REASON)
    people.retire_position(by=by, target=place, reason=REASON)
    accounts.disable(by=by, target=who, reason=REASON)
    accounts.enable(by=by, target=who, reason=REASON)
    accounts.review(by=by, accounts=9, dormant=1)


@scene
def a_holding_runs_out(stage: Stage) -> None:
    """Its end was announced; the system closes what hung on it."""
    agency = stage.world.a
    held = hold(agency, post(agency, "Cố vấn", Position.Rank.OTHER), person(agency))
    people.end_holding(by=keeper(agency), target=held, at=clock.now() + timedelta(hours=1), reason=REASON)
    with clock.pinned(clock.now() + timedelta(hours=2)):
        people.close_holding(by=SYSTEM, target=held)


@scene
def a_role_is_composed(stage: Stage) -> None:
    """Made, changed, given up."""
    by = keeper(stage.world.a)
    role = rights.compose(by=by, name="Đọc văn bản", verbs=("office:incoming:read",))
    rights.change(by=by, target=role, name="Đọc văn bản đến", verbs=("office:incoming:read",), reason=REASON)
    rights.retire(by=by, target=role, reason=REASON)


@scene
def authority_to_sign_is_given(stage: Stage) -> None:
    """By order, given on to the deputy, taken back; a council's signers named and withdrawn."""
    agency = stage.world.a
    by, seats = keeper(agency), agency.seats
    row = people_signing.give(
        by=by,
        facts=people_signing.DelegationInput(
            giver_id=seats["head"].position.pk,
            taker_id=seats["unit_head_2"].position.pk,
            kind="TL",
            instrument="Quy chế làm việc, Điều 9",
        ),
    )
    deputy = post(agency, "Phó Vụ trưởng", Position.Rank.UNIT_DEPUTY, agency.divisions[2].pk)
    people_signing.give_on(by=by, target=row, taker_id=deputy.pk, instrument="Phân công của Vụ, mục 2")
    people_signing.revoke(by=by, target=row, reason=REASON)
    signer = people_signing.name_signer(
        by=by,
        facts=people_signing.SignerInput(
            body_id=agency.body.pk,
            position_id=seats["head"].position.pk,
            role="head",
            title="Bộ trưởng",
            instrument="QĐ 2/QĐ-BTN",
        ),
    )
    people_signing.withdraw_signer(by=by, target=signer, reason=REASON)


@scene
def a_colleague_stands_in(stage: Stage) -> None:
    """The specialist is away; the unit's head does the work; the specialist is back."""
    seats = stage.world.a.seats
    row = people_absence.open_absence(
        by=seats["specialist"].actor(),
        holding_id=seats["specialist"].holding.pk,
        delegate_id=seats["unit_head"].user.pk,
        until=clock.now() + timedelta(days=3),
        note="Đi công tác",
    )
    people_absence.close_absence(by=seats["specialist"].actor(), target=row)


@scene
def a_personal_number_is_kept(stage: Stage) -> None:
    """Recorded for a purpose, read, erased."""
    agency = stage.world.a
    by, who = keeper(agency), person(agency)
    facts = accounts.NumberInput(
        number=NUMBER, purpose="Xin cấp chứng thư số", kept_until=clock.local_date() + timedelta(days=30)
    )
    accounts.record_number(by=by, target=who, facts=facts)
    assert accounts.read_number(by=by, target=who, reason=REASON) == NUMBER
    accounts.erase_number(by=by, target=who, reason=REASON)


@scene
def people_come_from_a_table(stage: Stage) -> None:
    """A file of one row."""
    agency = stage.world.a
    line = dict.fromkeys(people_import.COLUMNS, "") | {
        "full_name": "Lê Thị Hoà Bình",
        "unit": "Văn phòng",
        "title": "Chuyên viên tổng hợp",
        "rank": "Chuyên viên",
        "roles": "Chuyên viên",
        "instrument": "QĐ 3/QĐ-BTN",
    }
    found = people_import.bring(by=keeper(agency), rows=[people_import.Row(2, line)])
    assert (found.people, found.positions, found.holdings, found.grants) == (1, 1, 1, 1)

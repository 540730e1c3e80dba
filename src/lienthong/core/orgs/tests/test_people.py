"""Positions, holders and authority to sign (CORE-10, CORE-11, CORE-12, CORE-67)."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateRange, DateTimeTZRange

from lienthong.contracts.actor import Actor
from lienthong.core import outbox
from lienthong.core.access import jobs
from lienthong.core.access.actors import STAND_IN, acting, actor_for, seats
from lienthong.core.access.models import Grant, Role
from lienthong.core.actions.errors import Conflict, Forbidden, Invalid, NotSeen
from lienthong.core.audit.models import JournalEntry
from lienthong.core.identity.models import User
from lienthong.core.notify.models import Notice
from lienthong.core.orgs.actions import people, people_absence, people_signing
from lienthong.core.orgs.authority import NoAuthority, holder_of, printed_title, signing_line
from lienthong.core.orgs.models import (
    Absence,
    BodySigner,
    Holding,
    IssuingBody,
    Position,
    SigningDelegation,
    Unit,
    UnitVersion,
)
from lienthong.demo.agencies import ALWAYS, SINCE, Agency, Plan, build
from lienthong.demo.names import Names
from lienthong.kit import clock

pytestmark = pytest.mark.django_db
T0 = datetime(2026, 11, 25, 2, tzinfo=UTC)
SECOND = timedelta(seconds=1)
REASON = "Lý do thử nghiệm đủ dài"
MINISTRY = Plan(
    name="Bộ Thử nghiệm Một",
    short="Bộ TN1",
    abbreviation="BTN1",
    code="X01",
    kind=UnitVersion.Kind.MINISTRY,
    place="Hà Nội",
    head="Bộ trưởng",
    deputy="Thứ trưởng Thường trực",
)
GOVERNMENT = Plan(
    name="Chính phủ thử nghiệm",
    short="CP TN",
    abbreviation="CPTN",
    code="X09",
    kind=UnitVersion.Kind.GOVERNMENT,
    place="Hà Nội",
    head="Thủ tướng",
    deputy="Phó Thủ tướng",
)


@pytest.fixture
def house() -> Agency:
    return build(MINISTRY, Names(3))


def admin(agency: Agency) -> Actor:
    return agency.seats["admin"].actor()


def post(agency: Agency, title: str, rank: str, unit: Unit | None = None) -> Position:
    facts = people.PositionInput(
        unit_id=(unit or agency.divisions[1]).pk, title=title, rank=rank, valid_from=date(2020, 1, 1)
    )
    return people.create_position(by=admin(agency), facts=facts)


def newcomer(agency: Agency, name: str = "Hoàng Văn Mới") -> User:
    user = User(username=f"moi.{User.objects.count()}", full_name=name, agency_id=agency.id)
    user.set_unusable_password()
    user.save()
    return user


def hold(agency: Agency, position: Position, who: User, **more: object) -> Holding:
    facts = people.AppointInput(person_id=who.pk, instrument="QĐ 1/QĐ-BTN", **more)  # type: ignore[arg-type]
    return people.appoint(by=admin(agency), target=position, facts=facts)


def give(agency: Agency, taker: Position, kind: str = "TL", **more: object) -> SigningDelegation:
    facts = {"giver_id": agency.seats["head"].position.pk, "taker_id": taker.pk, "kind": kind} | more
    facts.setdefault("instrument", "Quy chế làm việc, Điều 9")
    return people_signing.give(by=admin(agency), facts=people_signing.DelegationInput(**facts))  # type: ignore[arg-type]


def tuq(agency: Agency, taker: Position, **more: object) -> SigningDelegation:
    facts: dict[str, object] = {
        "kind": "TUQ",
        "instrument": "Văn bản ủy quyền số 5/UQ-BTN",
        "content": "Ký báo cáo quý",
        "until": T0 + timedelta(days=10),
    }
    return give(agency, taker, **(facts | more))  # type: ignore[arg-type]


def faults(error: pytest.ExceptionInfo[Invalid]) -> set[str]:
    return set(error.value.fields)


# --- who held what ----------------------------------------------------------------------------------------------------


def test_who_held_a_position_at_an_instant(house: Agency) -> None:
    """CORE-10: holders are dated rows with gaps and overlaps; one query answers for any instant."""
    position = post(house, "Trưởng phòng", Position.Rank.OTHER)
    first, second = newcomer(house, "Nguyễn Văn Trước"), newcomer(house, "Nguyễn Văn Sau")
    hold(house, position, first, since=datetime(2021, 1, 1, tzinfo=UTC), until=datetime(2022, 1, 1, tzinfo=UTC))
    hold(house, position, second, since=datetime(2022, 3, 1, tzinfo=UTC))

    def holder(at: datetime) -> User | None:
        row = holder_of(position, at)
        return row.person if row else None

    assert holder(datetime(2021, 6, 1, tzinfo=UTC)) == first
    assert holder(datetime(2022, 1, 1, tzinfo=UTC) - SECOND) == first
    assert holder(datetime(2022, 2, 1, tzinfo=UTC)) is None
    assert holder(clock.now()) == second
    with pytest.raises(Invalid) as refused:
        hold(house, position, second, since=datetime(2023, 1, 1, tzinfo=UTC))
    assert faults(refused) == {"person"}


def test_rights_belong_to_the_position(house: Agency) -> None:
    """CORE-10: the next holder has what the position has; the person keeps nothing."""
    position = post(house, "Chuyên viên", Position.Rank.SPECIALIST)
    Grant.objects.create(position=position, role=Role.objects.get(code="office-specialist"), held=ALWAYS)
    who = newcomer(house)
    holding = hold(house, position, who)
    assert actor_for(holding).may("office:outgoing:create")
    people.end_holding(by=admin(house), target=holding, reason=REASON)
    assert acting(who, "") is None
    assert actor_for(hold(house, position, newcomer(house, "Trần Thị Kế"))).may("office:outgoing:create")


def test_a_head_is_one_person(house: Agency) -> None:
    """CORE-10: two people never hold the same head's position at once; a deputy in charge may stand beside."""
    head, other = house.seats["head"].position, newcomer(house)
    for mode in (Holding.Mode.FULL, Holding.Mode.ACTING):
        with pytest.raises(Invalid) as refused:
            hold(house, head, other, mode=mode)
        assert faults(refused) == {"since"}
    assert hold(house, head, house.seats["deputy"].user, mode=Holding.Mode.IN_CHARGE)


def test_nobody_appoints_or_dismisses_himself(house: Agency) -> None:
    """CORE-83: no administrator takes a position, ends an own holding or decides in the own case."""
    me = house.seats["admin"]
    with pytest.raises(Forbidden, match="chính mình"):
        hold(house, post(house, "Cố vấn", Position.Rank.OTHER), me.user)
    with pytest.raises(Forbidden):
        people.end_holding(by=admin(house), target=me.holding, reason=REASON)
    people.end_holding(by=house.seats["admin_2"].actor(), target=me.holding, reason=REASON)


def test_positions_of_another_agency_are_out_of_reach(house: Agency) -> None:
    """CORE-108: neither founding nor appointing beyond the own agency."""
    other = build(GOVERNMENT, Names(4))
    with pytest.raises(NotSeen):
        people.appoint(
            by=admin(house),
            target=other.seats["head"].position,
            facts=people.AppointInput(person_id=newcomer(house).pk, instrument="QĐ 1"),
        )
    with pytest.raises(Invalid) as refused:
        post(house, "Vụ trưởng", Position.Rank.UNIT_HEAD, other.divisions[0])
    assert faults(refused) == {"unit"}
    with pytest.raises(Invalid) as refused:
        hold(house, post(house, "Cố vấn", Position.Rank.OTHER), other.seats["specialist"].user)
    assert faults(refused) == {"person"}


def test_a_position_is_given_up_only_when_empty(house: Agency) -> None:
    """CORE-10: first the holder, then the position; authority to sign falls with it."""
    post_of = house.seats["unit_head"].position
    with pytest.raises(Conflict):
        people.retire_position(by=admin(house), target=post_of, reason=REASON)
    people.end_holding(by=admin(house), target=house.seats["unit_head"].holding, reason=REASON)
    people.retire_position(by=admin(house), target=post_of, reason=REASON)
    assert not SigningDelegation.objects.filter(taker=post_of, revoked_at__isnull=True).exists()
    with pytest.raises(Invalid):
        hold(house, post_of, newcomer(house))


# --- the end of a holding ---------------------------------------------------------------------------------------------


def test_the_end_of_a_holding_takes_effect_at_once(house: Agency) -> None:
    """CORE-12: whatever work is open, rights, authorisations and absences end with the holding, and who keeps sessions
    and keys is told.
    """
    seat, colleague = house.seats["unit_head"], house.seats["specialist"]
    with clock.pinned(T0):
        authority = tuq(house, seat.position)
        away = people_absence.open_absence(
            by=seat.actor(),
            holding_id=seat.holding.pk,
            delegate_id=colleague.user.pk,
            until=T0 + timedelta(days=5),
            note="Nghỉ phép",
        )
        people.end_holding(by=admin(house), target=seat.holding, reason=REASON)
        assert acting(seat.user, "") is None
        assert [each.key for each in seats(colleague.user.pk)] == [str(colleague.holding.pk)]
    authority.refresh_from_db()
    away.refresh_from_db()
    assert authority.revoked_at == T0
    assert away.ended_at == T0
    entry = JournalEntry.objects.filter(verb=people.END_HOLDING).latest("at")
    assert entry.after is not None
    assert (entry.after["delegations_ended"], entry.after["absences_ended"], entry.after["remaining"]) == (1, 1, 0)
    outbox.drain()
    assert Notice.objects.filter(event=f"holding-ended:{seat.holding.pk}").count() == 0  # nobody else heads the unit


def test_an_announced_end_comes_by_itself(house: Agency) -> None:
    """CORE-12: at its second rights are gone; what hung on the holding is closed by the next round, within 60 s."""
    seat = house.seats["specialist"]
    with clock.pinned(T0):
        end = T0 + timedelta(days=1)
        people.end_holding(by=admin(house), target=seat.holding, at=end, reason=REASON)
        assert jobs.close_holdings() == 0
        with pytest.raises(Conflict):
            people.close_holding(by=Actor(user_id=None, name="orgs"), target=seat.holding)
    with clock.pinned(end - SECOND):
        assert acting(seat.user, "")
    with clock.pinned(end):
        assert acting(seat.user, "") is None
        assert jobs.close_holdings() == 1
        assert jobs.close_holdings() == 0
    with clock.pinned(end), pytest.raises(Conflict):
        people.end_holding(by=admin(house), target=seat.holding, reason=REASON)


def test_a_holding_is_not_ended_backwards(house: Agency) -> None:
    """CORE-8, CORE-67: what was signed in the past keeps its signer."""
    with clock.pinned(T0), pytest.raises(Invalid) as refused:
        people.end_holding(
            by=admin(house), target=house.seats["specialist"].holding, at=T0 - timedelta(days=3), reason=REASON
        )
    assert faults(refused) == {"at"}


# --- lines of signing -------------------------------------------------------------------------------------------------


def line(holding: Holding, body: IssuingBody, at: datetime = T0, kind: str = "cong_van") -> tuple[str, ...]:
    holding = Holding.objects.select_related("position", "person").get(pk=holding.pk)
    return signing_line(holding, body, kind, at).lines


def test_head_and_deputy(house: Agency) -> None:
    """CORE-11: the head signs as such, a deputy KT.; no "thường trực" is printed (PL I.II.7.b)."""
    assert line(house.seats["head"].holding, house.body) == ("BỘ TRƯỞNG",)
    assert line(house.seats["deputy"].holding, house.body) == ("KT. BỘ TRƯỞNG", "THỨ TRƯỞNG")
    assert printed_title("Phó Chủ tịch Thường trực UBND tỉnh") == "Phó Chủ tịch"
    assert printed_title("Phó Giám đốc phụ trách") == "Phó Giám đốc"


def test_an_acting_head_signs_q(house: Agency) -> None:
    """CORE-11: Q. before the post."""
    people.end_holding(by=admin(house), target=house.seats["head"].holding, reason=REASON)
    held = hold(house, house.seats["head"].position, newcomer(house), mode=Holding.Mode.ACTING)
    assert line(held, house.body, clock.now()) == ("Q. BỘ TRƯỞNG",)


def test_a_deputy_in_charge_gets_the_kt_line(house: Agency) -> None:
    """CORE-11 (Đ13.1): phụ trách, điều hành signs KT., never as the head, in whichever row it is written."""
    deputy = house.seats["deputy"]
    people.end_holding(by=admin(house), target=house.seats["head"].holding, reason=REASON)
    in_charge = hold(house, house.seats["head"].position, deputy.user, mode=Holding.Mode.IN_CHARGE)
    assert line(in_charge, house.body, clock.now()) == ("KT. BỘ TRƯỞNG", "THỨ TRƯỞNG")
    Holding.objects.filter(pk=deputy.holding.pk).update(mode=Holding.Mode.IN_CHARGE)
    assert line(deputy.holding, house.body, clock.now()) == ("KT. BỘ TRƯỞNG", "THỨ TRƯỞNG")
    with pytest.raises(Invalid) as refused:
        hold(house, house.seats["unit_head"].position, newcomer(house), mode=Holding.Mode.IN_CHARGE)
    assert faults(refused) == {"mode"}


def test_a_collective_and_a_council(house: Agency) -> None:
    """CORE-11: TM. stacks over KT.; in a Ban Chỉ đạo the title in it stands in 7a, the agency post in 7b."""
    house.body.kind = IssuingBody.Kind.COLLECTIVE
    assert line(house.seats["deputy"].holding, house.body) == (
        "TM. BỘ THỬ NGHIỆM MỘT",
        "KT. BỘ TRƯỞNG",
        "THỨ TRƯỞNG",
    )
    council = IssuingBody.objects.create(
        agency=house.unit,
        kind=IssuingBody.Kind.COUNCIL,
        name="Ban Chỉ đạo thử nghiệm",
        abbreviation="BCĐTN",
        header_lines=["BAN CHỈ ĐẠO THỬ NGHIỆM"],
        place="Hà Nội",
        valid=DateRange(SINCE, None),
    )
    with pytest.raises(NoAuthority):
        line(house.seats["head"].holding, council)
    with clock.pinned(T0 - SECOND):
        for seat, role, title in (("head", "head", "Trưởng ban"), ("deputy", "deputy", "Phó Trưởng ban Thường trực")):
            people_signing.name_signer(
                by=admin(house),
                facts=people_signing.SignerInput(
                    body_id=council.pk,
                    position_id=house.seats[seat].position.pk,
                    role=role,
                    title=title,
                    instrument="QĐ thành lập",
                ),
            )
    head = Holding.objects.select_related("position", "person").get(pk=house.seats["head"].holding.pk)
    signed = signing_line(head, council, at=T0)
    assert (signed.lines, signed.post) == (("TRƯỞNG BAN",), "Bộ trưởng")
    deputy = Holding.objects.select_related("position", "person").get(pk=house.seats["deputy"].holding.pk)
    signed = signing_line(deputy, council, at=T0)
    assert (signed.lines, signed.post) == (("KT. TRƯỞNG BAN", "PHÓ TRƯỞNG BAN THƯỜNG TRỰC"), "Thứ trưởng")
    second = BodySigner.objects.get(body=council, role="deputy")
    people_signing.withdraw_signer(by=admin(house), target=second, reason=REASON)
    with pytest.raises(NoAuthority):
        line(house.seats["deputy"].holding, council, clock.now())


def test_one_desk_signs_for_several_bodies(house: Agency) -> None:
    """CORE-11, CORE-102: the Prime Minister and a minister sign for different bodies of one Văn thư."""
    pm = post(house, "Thủ tướng", Position.Rank.OTHER)
    held = hold(house, pm, newcomer(house))
    body = IssuingBody.objects.create(
        agency=house.unit,
        kind=IssuingBody.Kind.COLLECTIVE,
        name="Chính phủ",
        abbreviation="CP",
        header_lines=["CHÍNH PHỦ"],
        place="Hà Nội",
        valid=DateRange(SINCE, None),
    )
    BodySigner.objects.create(
        body=body, position=pm, role="head", title="Thủ tướng", instrument="Luật TCCP", held=ALWAYS
    )
    BodySigner.objects.create(
        body=body,
        position=house.seats["deputy"].position,
        role="deputy",
        title="Phó Thủ tướng Thường trực",
        instrument="Luật TCCP",
        held=ALWAYS,
    )
    now = clock.now()
    assert line(held, body, now) == ("TM. CHÍNH PHỦ", "THỦ TƯỚNG")
    assert line(house.seats["deputy"].holding, body, now) == ("TM. CHÍNH PHỦ", "KT. THỦ TƯỚNG", "PHÓ THỦ TƯỚNG")
    with pytest.raises(NoAuthority):
        line(house.seats["head"].holding, body, now)


def test_by_order_needs_its_regulation(house: Agency) -> None:
    """CORE-11: TL. without a cited regulation is refused, by the act and by the database; it needs no end."""
    taker = house.seats["unit_head_2"].position
    with pytest.raises(Invalid) as refused:
        give(house, taker, instrument=" ​ ")
    assert faults(refused) == {"instrument"}
    with pytest.raises(IntegrityError), transaction.atomic():
        SigningDelegation.objects.create(
            giver=house.seats["head"].position, taker=taker, kind="TL", instrument="", held=ALWAYS
        )
    with pytest.raises(Invalid) as refused:
        give(house, house.seats["specialist_2"].position)
    assert faults(refused) == {"taker"}
    row = give(house, taker, document_types=("cong_van",))
    assert row.held.upper is None
    assert line(house.seats["unit_head_2"].holding, house.body, clock.now()) == ("TL. BỘ TRƯỞNG", "VỤ TRƯỞNG")
    with pytest.raises(NoAuthority):
        line(house.seats["unit_head_2"].holding, house.body, clock.now(), "quyet_dinh")


def test_by_order_is_given_on_to_the_own_deputy(house: Agency) -> None:
    """CORE-11 (Đ13.4): TL. BỘ TRƯỞNG / KT. VỤ TRƯỞNG / PHÓ VỤ TRƯỞNG; it falls with what it came from."""
    parent = give(house, house.seats["unit_head_2"].position, document_types=("cong_van", "thong_bao"))
    deputy = post(house, "Phó Vụ trưởng", Position.Rank.UNIT_DEPUTY, house.divisions[2])
    held = hold(house, deputy, newcomer(house))
    elsewhere = post(house, "Phó Vụ trưởng", Position.Rank.UNIT_DEPUTY, house.divisions[1])

    def on(taker: Position, *kinds: str) -> SigningDelegation:
        return people_signing.give_on(
            by=admin(house), target=parent, taker_id=taker.pk, instrument="Phân công của Vụ", document_types=kinds
        )

    with pytest.raises(Invalid) as refused:
        on(elsewhere, "cong_van")
    assert faults(refused) == {"taker"}
    with pytest.raises(Invalid) as refused:
        on(deputy, "quyet_dinh")
    assert faults(refused) == {"document_types"}
    row = on(deputy, "cong_van")
    now = clock.now()
    assert line(held, house.body, now) == ("TL. BỘ TRƯỞNG", "KT. VỤ TRƯỞNG", "PHÓ VỤ TRƯỞNG")
    with pytest.raises(NoAuthority):
        line(held, house.body, now, "thong_bao")
    with pytest.raises(Conflict):
        people_signing.give_on(by=admin(house), target=row, taker_id=deputy.pk, instrument="Giao tiếp")
    people_signing.revoke(by=admin(house), target=parent, reason=REASON)
    with pytest.raises(NoAuthority):
        line(held, house.body, clock.now())


def test_an_authorisation_is_never_passed_on(house: Agency) -> None:
    """CORE-11 (Đ13.3): TUQ. re-delegation is refused as giving on, as a new giving and by the database."""
    chief = house.seats["unit_head_2"].position
    deputy = post(house, "Phó Vụ trưởng", Position.Rank.UNIT_DEPUTY, house.divisions[2])
    with clock.pinned(T0):
        row = tuq(house, chief)
        with pytest.raises(Conflict, match="không được ủy quyền lại"):
            people_signing.give_on(by=admin(house), target=row, taker_id=deputy.pk, instrument="Giao lại")
        for kind in ("TL", "TUQ"):
            with pytest.raises(Invalid) as refused:
                tuq(house, house.seats["unit_head"].position, giver_id=chief.pk, kind=kind)
            assert "giver" in faults(refused)
    with pytest.raises(IntegrityError), transaction.atomic():
        SigningDelegation.objects.create(
            giver=chief,
            taker=deputy,
            kind="TUQ",
            instrument="Giao lại",
            held=DateTimeTZRange(T0, T0 + timedelta(days=1)),
            parent=row,
        )


def test_an_authorisation_is_limited_in_time_and_content(house: Agency) -> None:
    """CORE-11: in writing, with its end and its content."""
    taker = house.seats["unit_head_2"].position
    with clock.pinned(T0):
        for missing, value in (("until", None), ("content", ""), ("instrument", "")):
            with pytest.raises(Invalid) as refused:
                tuq(house, taker, **{missing: value})
            assert faults(refused) == {missing}


def test_delegations_end_to_the_second(house: Agency) -> None:
    """CORE-11, CORE-67: expired or revoked is refused to the second, whatever was true when the paper was begun."""
    holding = house.seats["unit_head_2"].holding
    with clock.pinned(T0):
        row = tuq(house, house.seats["unit_head_2"].position)
    end = T0 + timedelta(days=10)
    assert line(holding, house.body, T0) == ("TUQ. BỘ TRƯỞNG", "VỤ TRƯỞNG")
    assert line(holding, house.body, end - SECOND) == ("TUQ. BỘ TRƯỞNG", "VỤ TRƯỞNG")
    for moment in (T0 - SECOND, end):
        with pytest.raises(NoAuthority):
            line(holding, house.body, moment)
    with clock.pinned(T0 + timedelta(days=1)):
        people_signing.revoke(by=admin(house), target=row, reason=REASON)
    assert line(holding, house.body, T0 + timedelta(days=1) - SECOND)
    with pytest.raises(NoAuthority):
        line(holding, house.body, T0 + timedelta(days=1))


def test_an_authorisation_ends_with_who_gave_it(house: Agency) -> None:
    """CORE-11, CORE-12: TUQ. is given by a person in the post; the next holder has to give anew."""
    holding = house.seats["unit_head_2"].holding
    with clock.pinned(T0):
        tuq(house, house.seats["unit_head_2"].position)
        people.end_holding(
            by=admin(house), target=house.seats["head"].holding, at=T0 + timedelta(days=2), reason=REASON
        )
    with clock.pinned(T0 + timedelta(days=2)):
        hold(house, house.seats["head"].position, newcomer(house))
    assert line(holding, house.body, T0 + timedelta(days=2) - SECOND)
    with pytest.raises(NoAuthority):
        line(holding, house.body, T0 + timedelta(days=2))


def test_who_left_signs_no_more(house: Agency) -> None:
    """CORE-67: the holder at that very instant, not the one of the draft."""
    holding = house.seats["head"].holding
    with clock.pinned(T0):
        people.end_holding(by=admin(house), target=holding, reason=REASON)
    holding = Holding.objects.select_related("position", "person").get(pk=holding.pk)
    assert signing_line(holding, house.body, at=T0 - SECOND)
    with pytest.raises(NoAuthority, match="không giữ vị trí"):
        signing_line(holding, house.body, at=T0)


def test_the_prime_minister_authorises_a_minister(house: Agency) -> None:
    """CORE-11 (NĐ 191/2026 Đ5.2.i): across agencies from the Government alone, to a head, for its own body."""
    government = build(GOVERNMENT, Names(5))
    minister = house.seats["head"]
    with clock.pinned(T0):
        with pytest.raises(Invalid) as refused:
            tuq(house, government.seats["head"].position)
        assert faults(refused) == {"taker"}
        with pytest.raises(Invalid):
            tuq(government, house.seats["unit_head"].position)
        tuq(government, minister.position, content="Ký Quyết định phê duyệt Đề án X")
    assert line(minister.holding, government.body) == ("TUQ. THỦ TƯỚNG", "BỘ TRƯỞNG")
    assert line(minister.holding, house.body) == ("BỘ TRƯỞNG",)


def test_nobody_gets_authority_by_his_own_hand(house: Agency) -> None:
    """CORE-83: an administrator who heads a unit is given authority by another one."""
    seat = house.seats["unit_head_2"]
    by = Actor(
        user_id=seat.user.pk,
        name="Quản trị kiêm Vụ trưởng",
        position_id=house.seats["admin"].position.pk,
        agency_id=house.id,
        verbs=admin(house).verbs,
    )
    facts = people_signing.DelegationInput(
        giver_id=house.seats["head"].position.pk, taker_id=seat.position.pk, kind="TL", instrument="Điều 9"
    )
    with pytest.raises(Forbidden):
        people_signing.give(by=by, facts=facts)


def test_warnings_before_authority_ends(house: Agency) -> None:
    """CORE-11: giver and taker hear 30, 7 and 1 days before, each threshold once."""
    with clock.pinned(T0):
        tuq(house, house.seats["unit_head_2"].position, until=T0 + timedelta(days=40))
    heard = []
    for day in range(41):
        with clock.pinned(T0 + timedelta(days=day, minutes=1)):
            if day < 40:
                jobs.warn_delegations()
                outbox.drain()
        heard.append(Notice.objects.filter(kind="delegation", person=house.seats["head"].user).count())
    assert [heard.index(n) for n in (1, 2, 3)] == [10, 33, 39]
    assert heard[-1] == 3


# --- absence ----------------------------------------------------------------------------------------------------------


def away(agency: Agency, absent: str, delegate: str, **more: object) -> Absence:
    facts = {"until": T0 + timedelta(days=3), "note": "Đi công tác"} | more
    return people_absence.open_absence(
        by=agency.seats[absent].actor(),
        holding_id=agency.seats[absent].holding.pk,
        delegate_id=agency.seats[delegate].user.pk,
        **facts,
    )


def test_absence_moves_work_but_no_authority_to_sign(house: Agency) -> None:
    """CORE-12: the colleague has a seat "thay …" with the rights of the work and without those of signing."""
    with clock.pinned(T0):
        row = away(house, "head", "deputy")
        colleague = house.seats["deputy"].user
        found = seats(colleague.pk)
        assert [seat.key for seat in found] == [str(house.seats["deputy"].holding.pk), f"{STAND_IN}{row.pk}"]
        assert found[1].label.startswith(f"thay {house.seats['head'].user.full_name}: Bộ trưởng")
        actor = acting(colleague, found[1].key)
        assert actor is not None
        assert (actor.user_id, actor.on_behalf_of) == (colleague.pk, house.seats["head"].user.pk)
        assert actor.may("office:incoming:direct")
        for verb in ("sign", "approve", "approve_and_sign"):
            assert house.seats["head"].actor().may(f"office:outgoing:{verb}")
            assert not actor.may(f"office:outgoing:{verb}")
    with clock.pinned(T0 + timedelta(days=3)):
        assert len(seats(colleague.pk)) == 1
        fallen = acting(colleague, found[1].key)
        assert fallen is not None
        assert fallen.on_behalf_of is None


def test_every_entry_of_a_stand_in_carries_both_names(house: Agency) -> None:
    """CORE-12: who did it and in whose place."""
    with clock.pinned(T0):
        row = away(house, "admin", "specialist")
        actor = acting(house.seats["specialist"].user, f"{STAND_IN}{row.pk}")
        assert actor is not None
        people.create_position(
            by=actor,
            facts=people.PositionInput(
                unit_id=house.divisions[1].pk, title="Trợ lý", rank=Position.Rank.OTHER, valid_from=T0.date()
            ),
        )
        entry = JournalEntry.objects.filter(verb=people.CREATE_POSITION).latest("at")
        assert entry.actor == f"u:{house.seats['specialist'].user.pk}"
        assert entry.on_behalf_of == house.seats["admin"].user.pk
        with pytest.raises(Forbidden):
            people.end_holding(by=actor, target=house.seats["admin"].holding, reason=REASON)
        with pytest.raises(Forbidden, match="giao tiếp"):
            people_absence.open_absence(
                by=actor,
                holding_id=house.seats["admin"].holding.pk,
                delegate_id=house.seats["clerk"].user.pk,
                until=T0 + timedelta(days=1),
                note="Chuyển tiếp",
            )


def test_who_may_let_whom_stand_in(house: Agency) -> None:
    """CORE-12, CORE-83: the holder for the own position, an administrator for others but never for the own gain."""
    with clock.pinned(T0):
        seats_of = house.seats
        with pytest.raises(Invalid) as refused:
            people_absence.open_absence(
                by=seats_of["specialist"].actor(),
                holding_id=seats_of["head"].holding.pk,
                delegate_id=seats_of["clerk"].user.pk,
                until=T0 + timedelta(days=1),
                note="Không phải việc của mình",
            )
        assert faults(refused) == {"holding"}
        with pytest.raises(Forbidden):
            people_absence.open_absence(
                by=admin(house),
                holding_id=seats_of["head"].holding.pk,
                delegate_id=seats_of["admin"].user.pk,
                until=T0 + timedelta(days=1),
                note="Tự giao cho mình",
            )
        with pytest.raises(Invalid) as refused:
            away(house, "head", "deputy", note=" ", until=T0)
        assert faults(refused) == {"note", "until"}
        row = away(house, "head", "deputy")
        with pytest.raises(Invalid) as refused:
            away(house, "head", "clerk", until=T0 + timedelta(days=1))
        assert faults(refused) == {"since"}
        people_absence.close_absence(by=seats_of["head"].actor(), target=row)
        assert len(seats(seats_of["deputy"].user.pk)) == 1
        assert away(house, "head", "clerk")

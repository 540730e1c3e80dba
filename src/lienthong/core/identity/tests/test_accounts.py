"""Accounts and personal numbers (CORE-45, CORE-81, CORE-82, CORE-97, F-CORE-4, F-CORE-5)."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session

from lienthong.contracts.actor import Actor
from lienthong.core import outbox
from lienthong.core.actions.errors import Conflict, Forbidden, Invalid, NotSeen
from lienthong.core.audit.models import JournalEntry
from lienthong.core.identity import actions, jobs
from lienthong.core.identity.models import AccountReview, PersonalNumber, User
from lienthong.core.orgs import people_queries
from lienthong.core.orgs.actions import people
from lienthong.core.orgs.models import UnitVersion
from lienthong.demo.agencies import Agency, Plan, build
from lienthong.demo.names import Names
from lienthong.kit import clock

pytestmark = pytest.mark.django_db
T0 = datetime(2026, 11, 25, 2, tzinfo=UTC)
REASON = "Lý do thử nghiệm đủ dài"
NUMBER = "001099000000"


@pytest.fixture
def house() -> Agency:
    plan = Plan(
        name="Bộ Thử nghiệm Một",
        short="Bộ TN1",
        abbreviation="BTN1",
        code="X01",
        kind=UnitVersion.Kind.MINISTRY,
        place="Hà Nội",
        head="Bộ trưởng",
        deputy="Thứ trưởng",
    )
    return build(plan, Names(3))


def admin(agency: Agency) -> Actor:
    return agency.seats["admin"].actor()


def account(agency: Agency, name: str, **more: str) -> User:
    return actions.create_account(by=admin(agency), facts=actions.AccountInput(full_name=name, **more))


def test_a_user_name_comes_from_the_name(house: Agency) -> None:
    """F-CORE-4, CORE-81: đ becomes d, a taken name gets the next number, one name one account."""
    assert account(house, "Đỗ Thị Đào").username == "daodt"
    again = actions.AccountInput(full_name="Đỗ Thị Đào")
    assert actions.create_account(by=admin(house), facts=again, another_person=True).username == "daodt2"
    with pytest.raises(Invalid) as refused:
        account(house, "Người Khác", username="DAODT")
    assert set(refused.value.fields) == {"username"}
    with pytest.raises(Invalid) as refused:
        account(house, "Đào", username="tên có dấu", email="không phải thư", phone="gọi tôi")
    assert set(refused.value.fields) == {"full_name", "username", "email", "phone"}


@pytest.mark.parametrize("written", ["Lê Thị Hoà", "LÊ THỊ HÒA", "Lê Thị Hoa\u0300", "Lê  Thị\u200b Hoà"])
def test_one_person_is_not_entered_twice(house: Agency, written: str) -> None:
    """F-CORE-5: "Hòa" and "Hoà" are one name; a namesake has to be said to be another person."""
    account(house, "Lê Thị Hòa")
    with pytest.raises(Invalid) as refused:
        account(house, written)
    assert refused.value.code == "namesake"
    other = actions.create_account(by=admin(house), facts=actions.AccountInput(full_name=written), another_person=True)
    assert other.username == "hoalt2"
    assert account(house, "Lê Thị Hoa").username == "hoalt3"  # no tone: another name


def test_the_search_is_blind_to_accents_and_tones(house: Agency) -> None:
    """F-CORE-4, F-CORE-5: "do dinh hoa" finds "Đỗ Đình Hoà"."""
    who = account(house, "Đỗ Đình Hoà")
    for typed in ("do dinh hoa", "ĐỖ ĐÌNH HÒA", "hoadd"):
        found = people_queries.people(admin(house), people_queries.PeopleFilter(query=typed))
        assert list(found) == [who]


def test_an_account_is_locked_opened_and_put_out_of_use(house: Agency) -> None:
    """CORE-82: each turn from its own state, at once for open sessions, never one's own."""
    who, other = account(house, "Đỗ Thị Đào"), account(house, "Bùi Văn Ba")
    kept = []
    for person in (who, other):
        store = SessionStore()
        store[SESSION_KEY] = str(person.pk)
        store.save()
        kept.append(store.session_key)
    with pytest.raises(Conflict):
        actions.unlock(by=admin(house), target=who)
    actions.lock(by=admin(house), target=who, reason=REASON)
    who.refresh_from_db()
    assert (who.state, who.is_active) == ("locked", False)
    outbox.drain()
    assert list(Session.objects.values_list("pk", flat=True)) == [kept[1]]
    actions.unlock(by=admin(house), target=who)
    actions.disable(by=admin(house), target=who, reason=REASON)
    with pytest.raises(Conflict):
        actions.lock(by=admin(house), target=who, reason=REASON)
    actions.enable(by=admin(house), target=who, reason=REASON)
    assert User.objects.get(pk=who.pk).is_active
    with pytest.raises(Forbidden):
        actions.lock(by=admin(house), target=house.seats["admin"].user, reason=REASON)


def test_sessions_in_an_ended_position_end(house: Agency) -> None:
    """CORE-12: with another position left only the sessions of the ended seat end, with none all of them."""
    seat = house.seats["specialist"]
    post = house.seats["checker"].position
    second = people.appoint(
        by=admin(house), target=post, facts=people.AppointInput(person_id=seat.user.pk, instrument="QĐ 1", main=False)
    )
    stores = {}
    for chosen in (str(seat.holding.pk), str(second.pk)):
        store = SessionStore()
        store[SESSION_KEY], store["seat"] = str(seat.user.pk), chosen
        store.save()
        stores[chosen] = store.session_key
    people.end_holding(by=admin(house), target=second, reason=REASON)
    outbox.drain()
    assert list(Session.objects.values_list("pk", flat=True)) == [stores[str(seat.holding.pk)]]
    people.end_holding(by=admin(house), target=seat.holding, reason=REASON)
    outbox.drain()
    assert not Session.objects.exists()


def test_dormant_accounts_are_put_out_of_use(house: Agency) -> None:
    """CORE-82: after 45 days without use; bringing one back starts the count anew."""
    who = account(house, "Đỗ Thị Đào")
    User.objects.exclude(pk=who.pk).update(last_login=T0 + timedelta(days=60))
    User.objects.filter(pk=who.pk).update(last_login=T0, created_at=T0, state_since=T0)
    with clock.pinned(T0 + timedelta(days=45)):
        assert jobs.disable_dormant() == 0
    with clock.pinned(T0 + timedelta(days=45, seconds=1)):
        assert jobs.disable_dormant() == 1
        who.refresh_from_db()
        assert (who.state, who.is_active) == ("disabled", False)
        assert JournalEntry.objects.filter(verb=actions.DISABLE, actor="system:identity").count() == 1
        actions.enable(by=admin(house), target=who, reason=REASON)
        assert jobs.disable_dormant() == 0


def test_the_quarterly_review_is_signed_off_once(house: Agency) -> None:
    """CORE-82: a list with what to look at; one person signs it off, once a quarter, and cannot change it."""
    lost = account(house, "Đỗ Thị Đào")
    lines = people_queries.review(admin(house))
    assert len(lines) == User.objects.filter(agency_id=house.id).count()
    marked = {line.person.pk: line.remarks for line in lines}
    assert "Đang dùng nhưng không giữ vị trí nào" in marked[lost.pk]
    actions.review(by=admin(house), accounts=len(lines), dormant=0)
    with pytest.raises(Conflict):
        actions.review(by=house.seats["admin_2"].actor(), accounts=1, dormant=0)
    assert AccountReview.objects.get().quarter == actions.quarter_start(clock.local_date())


# --- personal numbers -------------------------------------------------------------------------------------------------


def number(**more: object) -> actions.NumberInput:
    facts: dict[str, object] = {
        "number": NUMBER,
        "purpose": "Xin cấp chứng thư số",
        "kept_until": T0.date() + timedelta(days=30),
    }
    return actions.NumberInput(**(facts | more))  # type: ignore[arg-type]


def test_a_number_needs_purpose_and_end(house: Agency) -> None:
    """CORE-45, CORE-97, V-ID-5: wrong, contradicted, without purpose or past its day: each told at its field."""
    who = account(house, "Đỗ Thị Đào")
    with clock.pinned(T0):
        for wrong, field in (
            ({"number": "003099000000"}, "number"),
            ({"sex": "nữ"}, "sex"),
            ({"birth_year": 1998}, "birth_year"),
            ({"purpose": " "}, "purpose"),
            ({"kept_until": T0.date() - timedelta(days=1)}, "kept_until"),
            ({"old_number": "12345"}, "old_number"),
        ):
            with pytest.raises(Invalid) as refused:
                actions.record_number(by=admin(house), target=who, facts=number(**wrong))
            assert set(refused.value.fields) == {field}
        actions.record_number(
            by=admin(house), target=who, facts=number(sex="nam", birth_year=1999, old_number="012345678")
        )
    assert str(PersonalNumber.objects.get(person=who)) == "•••••••••000"


def test_reading_a_number_leaves_its_line(house: Agency) -> None:
    """CORE-97: whoever reads says why and stands in the journal; no entry, whatever its verb, bears the number."""
    who = account(house, "Đỗ Thị Đào")
    with clock.pinned(T0):
        actions.record_number(by=admin(house), target=who, facts=number())
        with pytest.raises(Invalid):
            actions.read_number(by=admin(house), target=who)
        assert actions.read_number(by=admin(house), target=who, reason=REASON) == NUMBER
        entry = JournalEntry.objects.get(verb=actions.READ_NUMBER)
        assert (entry.reason, entry.actor) == (REASON, f"u:{house.seats['admin'].user.pk}")
        with pytest.raises(NotSeen):
            actions.read_number(by=house.seats["clerk"].actor(), target=who, reason=REASON)
        actions.erase_number(by=admin(house), target=who, reason=REASON)
        with pytest.raises(NotSeen):
            actions.read_number(by=admin(house), target=who, reason=REASON)
    text = "".join(
        json.dumps([row.before, row.after]) + bytes(row.canonical).decode() for row in JournalEntry.objects.all()
    )
    assert NUMBER not in text


def test_a_number_is_erased_after_its_day(house: Agency) -> None:
    """CORE-97: retention acts by itself."""
    who = account(house, "Đỗ Thị Đào")
    with clock.pinned(T0):
        actions.record_number(by=admin(house), target=who, facts=number())
    with clock.pinned(T0 + timedelta(days=30)):
        assert jobs.erase_numbers() == 0
    with clock.pinned(T0 + timedelta(days=31)):
        assert jobs.erase_numbers() == 1
    assert not PersonalNumber.objects.exists()

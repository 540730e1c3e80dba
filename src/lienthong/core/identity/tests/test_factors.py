"""Second factors, sessions, linked identities, support (CORE-79, CORE-81, CORE-82, CORE-84)."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.db import Error as DatabaseError
from django.db import transaction

from lienthong.contracts.actor import Actor, system_actor
from lienthong.contracts.identity import Proven
from lienthong.core import lawbook
from lienthong.core.actions.errors import Conflict, Forbidden, Invalid, NotSeen
from lienthong.core.audit.models import JournalEntry
from lienthong.core.identity import actions, factors, sessions, step_up, subjects, support, vault
from lienthong.core.identity.models import Factor, OldPassword, SignInSession, SupportSession, User
from lienthong.core.identity.signing_in import own_actor
from lienthong.core.lawbook import actions as law
from lienthong.core.outbox import Message
from lienthong.kit import clock

pytestmark = pytest.mark.django_db
SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"  # RFC 6238, appendix B
NODE = Actor(user_id=None, name="x")


def person(name: str = "van.thu") -> User:
    return User.objects.create_user(name, "Văn Thị Thư")


def own(who: User, session: str = "") -> Actor:
    return own_actor(who, session=session)


def code_at(secret: str) -> str:
    import base64

    return TOTP(base64.b32decode(secret), 6, SHA1(), 30).generate(int(clock.now().timestamp())).decode()


def add_totp(who: User, secret: str = SECRET) -> Factor:
    facts = factors.NewFactor(kind=Factor.Kind.TOTP, name="Điện thoại", secret=secret)
    return factors.add(by=own(who), facts=facts)


def begin(who: User, **more: object) -> SignInSession:
    store = SessionStore()
    store.create()
    return sessions.start(by=own(who), method="password", key=store.session_key, **more)


def test_core_81_a_code_is_that_of_rfc_6238() -> None:
    """CORE-81: the vector of RFC 6238 at 59 s (94287082), in six digits."""
    with time_machine.travel(59, tick=False):
        assert factors.step_of(SECRET, "287 082") == 1
        assert factors.step_of(SECRET, "287083") is None
        assert factors.step_of(SECRET, "٢٨٧٠٨٢") is None


def test_core_81_a_code_works_once_and_for_a_minute_and_a_half() -> None:
    who = person()
    with time_machine.travel(clock.now(), tick=False) as traveller:
        add_totp(who)
        code = code_at(SECRET)
        assert factors.verify(who.pk, code)
        assert not factors.verify(who.pk, code)
        traveller.shift(timedelta(minutes=2))
        assert not factors.verify(who.pk, code)
        assert factors.verify(who.pk, code_at(SECRET))


def test_core_81_the_secret_is_not_readable_in_the_database() -> None:
    row = add_totp(person())
    assert SECRET not in row.secret
    assert vault.opened(row.secret) == SECRET


def test_core_81_recovery_codes_work_once_and_new_ones_void_the_old() -> None:
    who = person()
    add_totp(who)
    first = factors.renew_codes(by=own(who))
    assert len(set(first)) == 10
    assert factors.verify(who.pk, first[0].upper().replace("-", " "))
    assert not factors.verify(who.pk, first[0])
    factors.renew_codes(by=own(who))
    assert not factors.verify(who.pk, first[1])
    assert not factors.verify(person("nguoi.khac").pk, first[2])


def test_core_81_the_last_factor_of_an_administrator_stays() -> None:
    who = person()
    row = add_totp(who)
    with pytest.raises(Conflict):
        factors.remove(by=own(who), factor_id=row.pk, must_keep_one=True)
    with pytest.raises(NotSeen):
        factors.remove(by=own(person("nguoi.khac")), factor_id=row.pk, must_keep_one=False)
    factors.remove(by=own(who), factor_id=row.pk, must_keep_one=False)
    with pytest.raises(Invalid):
        factors.renew_codes(by=own(who))


def test_core_81_nobody_adds_a_factor_for_another() -> None:
    """Who stands in for a colleague, and the system, have no say in how the colleague signs in."""
    who = person()
    facts = factors.NewFactor(kind=Factor.Kind.TOTP, name="x", secret=SECRET)
    for by in (system_actor("x"), replace(own(who), on_behalf_of=uuid4())):
        with pytest.raises(Forbidden):
            factors.add(by=by, facts=facts)


def test_core_81_old_passwords_cannot_be_removed() -> None:
    row = OldPassword.objects.create(person=person(), hash="x", at=clock.now())
    with pytest.raises(DatabaseError), transaction.atomic():
        row.delete()


# --- sessions ---------------------------------------------------------------------------------------------------------


def test_core_82_sessions_end_one_by_one_and_all_others_at_once() -> None:
    who = person()
    kept, one, other = (begin(who) for _ in range(3))
    sessions.end(by=own(who), session_id=one.pk, keep=kept.key)
    assert not Session.objects.filter(session_key=one.key).exists()
    assert sessions.end(by=own(who), keep=kept.key) == 1
    assert not Session.objects.filter(session_key=other.key).exists()
    assert Session.objects.filter(session_key=kept.key).exists()
    with pytest.raises(NotSeen):
        sessions.end(by=own(who), session_id=one.pk, keep=kept.key)


def test_core_82_nobody_ends_the_session_of_another() -> None:
    row = begin(person())
    with pytest.raises(NotSeen):
        sessions.end(by=own(person("nguoi.khac")), session_id=row.pk)
    assert Session.objects.filter(session_key=row.key).exists()


@pytest.mark.parametrize(("remaining", "alive"), [(0, False), (1, True)])
def test_core_82_the_end_of_the_last_role_ends_every_session(remaining: int, alive: bool) -> None:
    who = person()
    row = begin(who)
    facts = {"person": str(who.pk), "remaining": remaining}
    sessions.holding_ended(Message(1, sessions.HOLDING_ENDED, facts, None, "", clock.now()))
    assert Session.objects.filter(session_key=row.key).exists() is alive


def test_core_82_a_lock_of_the_account_ends_every_session() -> None:
    who = person()
    row = begin(who)
    facts = {"person": str(who.pk), "state": "locked"}
    sessions.account_closed(Message(1, actions.ACCOUNT_CLOSED, facts, None, "", clock.now()))
    row.refresh_from_db()
    assert not row.key
    assert "khóa" in row.ended_why


def test_core_82_a_device_is_named_as_people_know_it() -> None:
    edge = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0"
    phone = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile/15E148 Safari/604.1"
    assert sessions.device_name(edge) == "Edge trên Windows"
    assert sessions.device_name(phone) == "Safari trên iPhone"
    assert sessions.device_name("") == "Trình duyệt khác"


# --- signing ----------------------------------------------------------------------------------------------------------


def test_core_81_signing_needs_a_factor_shown_just_now() -> None:
    """CORE-81: `auth.signing_step_up`; ten minutes after the factor it is asked again."""
    who = person()
    without, with_factor = begin(who), begin(who, factor=True)
    with pytest.raises(step_up.StepUpNeeded):
        step_up.demand(own(who, without.key))
    with pytest.raises(step_up.StepUpNeeded):
        step_up.demand(own(who, "khong-co-phien"))
    step_up.demand(own(who, with_factor.key))
    with time_machine.travel(clock.now() + timedelta(minutes=10), tick=False), pytest.raises(step_up.StepUpNeeded):
        step_up.demand(own(who, with_factor.key))


def test_core_81_the_parameter_switches_the_step_off_and_the_demonstration_is_exempt() -> None:
    who = person()
    demo = begin(who)
    SignInSession.objects.filter(pk=demo.pk).update(method="demo")
    step_up.demand(own(who, demo.key))
    plain = begin(who)
    law.set_parameter(
        by=system_actor("test"),
        key="auth.signing_step_up",
        value=False,
        valid_from=clock.local_date(),
        instrument="QĐ 1/2026",
        reason="Cơ quan dùng thẻ ký riêng",
    )
    assert lawbook.get("auth.signing_step_up") is False
    step_up.demand(own(who, plain.key))


# --- linked identities ------------------------------------------------------------------------------------------------


def test_core_79_the_subject_key_alone_decides_the_account() -> None:
    """CORE-79: the same e-mail or telephone opens nothing; a subject opens one account, while it is on."""
    who = User.objects.create_user("van.thu", "Văn Thị Thư", email="a@x.vn", phone="0900")
    other = User.objects.create_user("nguoi.khac", "Người Thứ Hai", email="a@x.vn", phone="0900")
    proven = Proven("vneid", "chu-the-1", 2)
    assert subjects.owner(proven) is None
    subjects.link(by=own(who), proven=proven)
    assert subjects.owner(proven) == who
    assert subjects.owner(Proven("khac", "chu-the-1", 2)) is None
    with pytest.raises(Conflict):
        subjects.link(by=own(other), proven=proven)
    who.is_active = False
    who.save()
    assert subjects.owner(proven) is None


# --- support ----------------------------------------------------------------------------------------------------------


def helper(who: User) -> Actor:
    return replace(own(who), verbs=frozenset({support.OPEN, support.END}))


def test_core_84_support_is_reasoned_limited_and_journalled() -> None:
    """CORE-84: no reason, no session; an hour at most; its line stands in the journal of the agency."""
    by, agency = helper(person()), uuid4()
    with pytest.raises(Invalid):
        support.open_session(by=by, agency_id=agency, minutes=30, why="...")
    with pytest.raises(Invalid):
        support.open_session(by=by, agency_id=agency, minutes=61, why="Xem lỗi mở sổ")
    row = support.open_session(by=by, agency_id=agency, minutes=60, why="Xem lỗi mở sổ")
    entry = JournalEntry.objects.get(verb=support.OPEN)
    assert (entry.agency_id, entry.after["why"]) == (agency, "Xem lỗi mở sổ")
    assert support.of_person(by.person) == row
    with time_machine.travel(clock.now() + timedelta(minutes=60), tick=False):
        assert support.of_person(by.person) is None


def test_core_84_the_agency_sees_it_and_ends_it_and_no_other_does() -> None:
    by, agency = helper(person()), uuid4()
    row = support.open_session(by=by, agency_id=agency, minutes=30, why="Xem lỗi mở sổ")
    verbs = frozenset({support.READ, support.END})
    theirs = Actor(user_id=uuid4(), name="Quản trị", agency_id=agency, verbs=verbs)
    stranger = replace(theirs, agency_id=uuid4())
    policy = support.SupportPolicy()
    assert list(policy.scope(theirs, SupportSession.objects.all())) == [row]
    assert list(policy.scope(stranger, SupportSession.objects.all())) == []
    with pytest.raises(NotSeen):
        support.end_session(by=stranger, target=row)
    support.end_session(by=theirs, target=row)
    assert support.of_person(by.person) is None


def test_core_84_nobody_of_an_agency_opens_support_in_another() -> None:
    by = replace(helper(person()), agency_id=uuid4())
    with pytest.raises(Forbidden):
        support.open_session(by=by, agency_id=uuid4(), minutes=30, why="Xem lỗi mở sổ")

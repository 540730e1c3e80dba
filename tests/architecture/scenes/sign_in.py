"""Scenes of signing in: sessions, passwords, factors, linked identities, support."""

from dataclasses import replace

from lienthong.contracts.actor import Actor
from lienthong.contracts.identity import Proven
from lienthong.core.identity import alerts, factors, passwords, sessions, signing_in, subjects, support
from lienthong.core.identity.models import Factor, SignInAttempt, SubjectLink
from lienthong.demo.agencies import Agency
from lienthong.kit import clock
from tests.architecture.scenes import REASON, Stage, admin, scene
from tests.architecture.scenes.people import keeper, person

GOOD = "Mat-khau-moi-2026"


def self_actor(agency: Agency, role: str = "specialist") -> Actor:
    """A person of the agency at work in a session."""
    return signing_in.own_actor(agency.seats[role].user, session="phien-thu")


@scene
def a_person_signs_in_and_out(stage: Stage) -> None:
    """A session begins and ends; factors come and go; an identity is linked and unlinked."""
    by = self_actor(stage.world.a)
    row = sessions.start(by=by, method="password", key="phien-khac", ip="10.0.0.1")
    sessions.end(by=by, session_id=row.pk)
    secret = factors.new_secret()
    added = factors.add(by=by, facts=factors.NewFactor(kind=Factor.Kind.TOTP, name="Điện thoại", secret=secret))
    factors.renew_codes(by=by)
    factors.remove(by=by, factor_id=added.pk, must_keep_one=False)
    subjects.link(by=by, proven=Proven("dinh-danh", "chu-the-1", 2))
    subjects.unlink(by=by, link_id=SubjectLink.objects.get(person_id=by.person).pk)
    passwords.change(by=by, new=GOOD)


@scene
def an_administrator_helps(stage: Stage) -> None:
    """A first password, a lock lifted by the administrator and by the holder, lost factors removed."""
    agency = stage.world.a
    who = person(agency)
    by = keeper(agency)
    passwords.issue(by=by, target=who)
    passwords.unlock(by=by, target=who)
    factors.reset(by=by, target=who, reason=REASON)
    for _ in range(5):
        SignInAttempt.objects.create(username=who.username, right=False, at=clock.now())
    passwords.unlock_own(by=signing_in.own_actor(who), lock=alerts.lock_of(who))


@scene
def support_comes_and_goes(stage: Stage) -> None:
    """Opened with a reason, ended by the agency."""
    node = replace(admin(None, support.OPEN, support.END), user_id=stage.world.c.seats["head"].user.pk)
    row = support.open_session(by=node, agency_id=stage.world.a.id, minutes=30, why="Xem lỗi mở sổ")
    support.end_session(by=admin(stage.world.a.id, support.READ, support.END), target=row)

"""Declares what the ways of sign-in are: verbs and their policies, at start-up (CORE-79…84)."""

from typing import Any

from django.db.models import QuerySet

from lienthong.contracts.actor import Actor
from lienthong.core.identity import alerts, factors, passwords, sessions, subjects, support  # noqa: F401 - handlers
from lienthong.core.identity.models import SignInSession, SupportSession, User
from lienthong.core.registry import Registry

OWN = (*sessions.OWN_VERBS, *passwords.OWN_VERBS, *factors.OWN_VERBS, *subjects.OWN_VERBS)
ADMIN = (*passwords.ADMIN_VERBS, *factors.ADMIN_VERBS)
ADMIN_VERBS = tuple(verb.code for verb in ADMIN)
"""What an administrator does to another's ways of sign-in; `core/orgs` judges them, for it knows who works where."""


OWN_VERBS = frozenset(verb.code for verb in OWN)


def own_actor(person: User, *, session: str = "", ip: str = "", request_id: str = "") -> Actor:
    """A person who acts on the own account: whatever the position and with none; the only holder of these verbs."""
    return Actor(
        user_id=person.pk,
        name=person.full_name,
        agency_id=person.agency_id,
        session=session,
        ip=ip,
        request_id=request_id,
        verbs=OWN_VERBS,
    )


class OwnPolicy:
    """Everybody rules the own sign-in and nobody another's: the actions take the person from the actor."""

    def scope(self, actor: Actor, rows: QuerySet[SignInSession]) -> QuerySet[SignInSession]:
        """The own sessions."""
        return rows.filter(person_id=actor.user_id) if actor.user_id else rows.none()

    def sees(self, actor: Actor, obj: SignInSession) -> bool:
        """The same for one."""
        return actor.user_id is not None and obj.person_id == actor.user_id

    def allows(self, actor: Actor, verb: str, obj: Any) -> bool:  # noqa: ARG002 - the policy's shape
        """Every person as oneself (`own_actor`); no position carries these verbs, and no stand-in gets them."""
        return not actor.is_system and actor.on_behalf_of is None and actor.may(verb)


def declare(registry: Registry) -> None:
    """Verbs and policies."""
    registry.add_verbs(*OWN, *ADMIN, *support.VERBS)
    registry.add_policy(SignInSession, OwnPolicy(), sorted(OWN_VERBS))
    registry.add_policy(SupportSession, support.SupportPolicy(), [verb.code for verb in support.VERBS])

"""The subject key of an identity provider opens the account that its holder linked, and no other (CORE-79)."""

from uuid import UUID

from lienthong.contracts.identity import Proven
from lienthong.core.actions import Act, action
from lienthong.core.actions.errors import Conflict, NotSeen
from lienthong.core.identity.models import SubjectLink, User
from lienthong.core.registry import Verb
from lienthong.kit import clock

LINK = "identity:subject:link"
UNLINK = "identity:subject:unlink"
OWN_VERBS = (
    Verb(LINK, "liên kết tài khoản định danh", "Liên kết tài khoản định danh"),
    Verb(UNLINK, "bỏ liên kết tài khoản định danh", "Bỏ liên kết"),
)


def owner(proven: Proven) -> User | None:
    """The person whose account the subject opens, while the account is on."""
    link = SubjectLink.objects.filter(provider=proven.provider, subject=proven.subject).select_related("person").first()
    return link.person if link is not None and link.person.is_active else None


@action(LINK)
def link(act: Act[None], *, proven: Proven) -> SubjectLink:
    """Link the identity that was just proven to the own account; one subject opens one account."""
    person = User.objects.select_for_update().get(pk=act.by.person)
    taken = SubjectLink.objects.filter(provider=proven.provider, subject=proven.subject).exclude(person=person)
    if taken.exists():
        raise Conflict("Tài khoản định danh này đã liên kết với một tài khoản khác.", "taken")
    row, _ = SubjectLink.objects.update_or_create(
        person=person, provider=proven.provider, defaults={"subject": proven.subject, "linked_at": clock.now()}
    )
    act.about(person)
    act.note(provider=proven.provider)
    return row


@action(UNLINK)
def unlink(act: Act[None], *, link_id: UUID) -> None:
    """Take the link away; the other ways of sign-in stay."""
    row = SubjectLink.objects.filter(pk=link_id, person_id=act.by.person).first()
    if row is None:
        raise NotSeen("liên kết")
    act.about(row.person)
    act.was(provider=row.provider)
    row.delete()

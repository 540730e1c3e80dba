"""Announcements: a banner on every page from–to, for one agency or for the whole node (CORE-86, CORE-98)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from lienthong.contracts.actor import Actor
from lienthong.core.actions import Act, action
from lienthong.core.actions.errors import Conflict, Invalid
from lienthong.core.notify.models import Announcement
from lienthong.core.registry import Registry, Verb
from lienthong.kit import clock
from lienthong.kit.vietnamese import border

PUBLISH = "notify:announcement:publish"
WITHDRAW = "notify:announcement:withdraw"
LONGEST = 300

VERBS = (
    Verb(PUBLISH, "đăng thông báo chung", "Đăng thông báo chung"),
    Verb(WITHDRAW, "rút thông báo chung", "Rút thông báo chung"),
)


class AnnouncementPolicy:
    """The node's operator speaks to everybody, an agency's administrator to the own agency (CORE-108)."""

    def scope(self, actor: Actor, rows: QuerySet[Announcement]) -> QuerySet[Announcement]:
        """Those that the actor's place made."""
        return rows.filter(agency_id=actor.agency_id) if actor.may(PUBLISH) else rows.none()

    def sees(self, actor: Actor, obj: Announcement) -> bool:
        """The same for one row."""
        return actor.may(PUBLISH) and obj.agency_id == actor.agency_id

    def allows(self, actor: Actor, verb: str, obj: Any) -> bool:
        """Whether the actor may publish, or withdraw what the own place published."""
        return not actor.is_system and actor.may(verb) and (obj is None or self.sees(actor, obj))


def declare(registry: Registry) -> None:
    """Verbs and policy, at start-up."""
    registry.add_verbs(*VERBS)
    registry.add_policy(Announcement, AnnouncementPolicy(), [verb.code for verb in VERBS])


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What is announced, how grave it is, from when to when."""

    text: str
    severity: int
    starts_at: datetime
    ends_at: datetime


@action(PUBLISH)
def publish(act: Act[None], *, words: Words) -> Announcement:
    """Show a banner to one's agency, or, by who runs the node, to everybody."""
    text = border(words.text)
    wrong = {}
    if not text:
        wrong["text"] = "Ghi nội dung thông báo."
    elif len(text) > LONGEST:
        wrong["text"] = f"Nội dung dài nhất {LONGEST} chữ; viết ngắn lại."
    if words.severity not in Announcement.Severity.values:
        wrong["severity"] = "Chọn mức độ."
    if words.ends_at <= words.starts_at:
        wrong["ends_at"] = "Giờ kết thúc phải sau giờ bắt đầu."
    elif words.ends_at <= clock.now():
        wrong["ends_at"] = "Giờ kết thúc đã qua."
    if wrong:
        raise Invalid("Chưa đăng được thông báo.", wrong)
    row = Announcement.objects.create(
        agency_id=act.by.agency_id,
        text=text,
        severity=words.severity,
        starts_at=words.starts_at,
        ends_at=words.ends_at,
        made_by=act.by.name,
        made_at=clock.now(),
    )
    act.about(row)
    act.note(text=row.text, severity=row.severity, starts_at=row.starts_at, ends_at=row.ends_at)
    return row


@action(WITHDRAW, on=Announcement)
def withdraw(act: Act[Announcement]) -> Announcement:
    """Take a banner down before its time."""
    row = act.target
    if row.withdrawn_at is not None or row.ends_at <= clock.now():
        raise Conflict("Thông báo này đã hết hạn hoặc đã rút.", "ended")
    row.withdrawn_at = clock.now()
    return row


def standing(agency_id: Any) -> QuerySet[Announcement]:
    """What a person of an agency (None: of the node) is shown now, the gravest first."""
    now = clock.now()
    rows = Announcement.objects.filter(starts_at__lte=now, ends_at__gt=now, withdrawn_at=None)
    return rows.filter(Q(agency_id=None) | Q(agency_id=agency_id)).order_by("-severity", "starts_at")

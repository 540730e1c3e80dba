"""What lower parts of the core want people to hear: it reaches them through the outbox (CORE-69, CORE-70)."""

from datetime import datetime
from uuid import UUID

from lienthong.contracts.ref import Ref
from lienthong.core import notify, outbox
from lienthong.core.access.actors import positions_with
from lienthong.core.access.jobs import DELEGATION_EXPIRING
from lienthong.core.identity.models import User
from lienthong.core.identity.support import OPENED as SUPPORT_OPENED
from lienthong.core.identity.support import READ as READ_SUPPORT
from lienthong.core.orgs.actions.people import HOLDING_ENDED
from lienthong.core.orgs.actions.people_signing import GIVE as GIVE_DELEGATION
from lienthong.core.orgs.models import Position
from lienthong.core.orgs.queries import positions_of
from lienthong.core.signing.actions import REGISTER_CERTIFICATE
from lienthong.core.signing.expiry import CERTIFICATE_EXPIRING, STAMP_OVERDUE, thresholds
from lienthong.kit import clock
from lienthong.kit.vietnamese import short_date


@outbox.handles(CERTIFICATE_EXPIRING)
def certificate_expiring(message: outbox.Message) -> None:
    """Warn the holder of a certificate, and who keeps the certificates of the agency, before it ends (CORE-70)."""
    facts = message.payload
    end = clock.local_date(datetime.fromisoformat(facts["valid_to"]))
    holders = [holding.position_id for holding in positions_of(UUID(facts["user"]))] if facts["user"] else []
    notify.tell(
        [*holders, *_keepers(message)],
        event=f"certificate:{facts['certificate']}:{facts['days']}",
        kind="certificate",
        text=f"Chứng thư số của {facts['name']} hết hạn ngày {short_date(end)}, còn không quá {facts['days']} ngày; "
        "hãy xin cấp mới.",
        urgent=facts["days"] in thresholds()[-2:],
    )


@outbox.handles(STAMP_OVERDUE)
def stamp_overdue(message: outbox.Message) -> None:
    """Tell who keeps the certificates that a signed file still waits for its time stamp (CORE-69)."""
    facts = message.payload
    due = clock.local(datetime.fromisoformat(facts["due_at"]))
    notify.tell(
        _keepers(message),
        event=f"stamp:{facts['ref']}:{facts['sha256']}",
        kind="stamp",
        text=f"Một tệp đã ký còn chờ dấu thời gian; cần có trước {due:%H:%M ngày %d/%m/%Y}. "
        "Kiểm tra kết nối tới dịch vụ cấp dấu thời gian.",
        ref=Ref.parse(facts["ref"]),
        urgent=True,
    )


def _keepers(message: outbox.Message) -> list[UUID]:
    return list(positions_with(REGISTER_CERTIFICATE, message.agency_id)) if message.agency_id else []


@outbox.handles(DELEGATION_EXPIRING)
def delegation_expiring(message: outbox.Message) -> None:
    """Tell giver, taker and who keeps authority to sign that one is about to end (CORE-11)."""
    facts = message.payload
    end = clock.local(datetime.fromisoformat(facts["until"]))
    keepers = positions_with(GIVE_DELEGATION, message.agency_id) if message.agency_id else ()
    notify.tell(
        [UUID(facts["giver"]), UUID(facts["taker"]), *keepers],
        event=f"delegation:{facts['delegation']}:{facts['days']}",
        kind="delegation",
        text=f"Quyền ký {facts['kind']}. {facts['giver_title']} giao {facts['taker_title']} hết hiệu lực lúc "
        f"{end:%H:%M ngày %d/%m/%Y}; văn bản cần ký sau đó phải có quyền ký mới.",
        ref=Ref("orgs:signingdelegation", UUID(facts["delegation"])),
        urgent=facts["days"] <= 1,
    )


@outbox.handles(HOLDING_ENDED)
def holding_ended(message: outbox.Message) -> None:
    """Tell the heads of the unit that a position fell free, so that its open work is taken over (CORE-12, OF-59)."""
    facts = message.payload
    position = Position.objects.get(pk=facts["position"])
    heads = Position.objects.filter(unit_id=position.unit_id, rank__in=(Position.Rank.UNIT_HEAD, Position.Rank.HEAD))
    person = User.objects.get(pk=facts["person"])
    notify.tell(
        [row.pk for row in heads if row.pk != position.pk],
        event=f"holding-ended:{facts['holding']}",
        kind="position",
        text=f"{person.full_name} thôi giữ vị trí {position.title}; việc đang dở của vị trí này chờ bàn giao.",
        ref=Ref("orgs:position", position.pk),
    )


@outbox.handles(SUPPORT_OPENED)
def support_opened(message: outbox.Message) -> None:
    """The agency hears at once that the node's support works inside it, why and until when (CORE-84)."""
    facts = message.payload
    until = clock.local(datetime.fromisoformat(facts["until"]))
    person = User.objects.get(pk=facts["person"])
    notify.tell(
        list(positions_with(READ_SUPPORT, UUID(facts["agency"]))),
        event=f"support:{facts['support']}",
        kind="support",
        text=f"{person.full_name} mở phiên hỗ trợ trong cơ quan tới {until:%H:%M}. Lý do: {facts['reason']}",
        ref=Ref("identity:supportsession", UUID(facts["support"])),
        urgent=True,
    )

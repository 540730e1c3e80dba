"""What lower parts of the core want people to hear: it reaches them through the outbox (CORE-69, CORE-70)."""

from datetime import datetime
from uuid import UUID

from lienthong.contracts.ref import Ref
from lienthong.core import notify, outbox
from lienthong.core.access.actors import positions_with
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

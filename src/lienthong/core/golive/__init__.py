"""Going live of an agency: prepared step by step, opened once by two persons; no number before it (CORE-107)."""

from uuid import UUID


def is_live(agency_id: UUID) -> bool:
    """Whether the registers of an agency are open; the database asks the same before every line (CORE-107)."""
    from lienthong.core.golive.models import Opening

    return Opening.objects.filter(agency_id=agency_id, state="opened").exists()

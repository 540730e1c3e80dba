"""Background work of units: cases whose effective day has come."""

from lienthong.core.jobs import periodic
from lienthong.core.orgs.actions import cases


@periodic("orgs.carry_out_due", seconds=60)
def carry_out_due() -> None:
    """Carry out confirmed merges, splits and dissolutions on their effective day (CORE-103)."""
    cases.carry_out_due()

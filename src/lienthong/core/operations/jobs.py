"""Watching the node without anybody asking."""

from lienthong.core.jobs import periodic
from lienthong.core.operations import alerts


@periodic("operations.watch", seconds=60, of_node=True)
def watch() -> None:
    """Tell the operators of what began since the last look (CORE-98)."""
    alerts.watch()

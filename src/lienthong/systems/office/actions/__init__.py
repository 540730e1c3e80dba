"""Every write of the office."""

from lienthong.systems.office.actions import incoming, outgoing

__all__ = ["incoming", "outgoing"]

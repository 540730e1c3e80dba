"""Every write of the office."""

from lienthong.systems.office.actions import history, incoming, outgoing

__all__ = ["history", "incoming", "outgoing"]

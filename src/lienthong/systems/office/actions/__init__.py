"""Every write of the office."""

from lienthong.systems.office.actions import books, bringing, history, incoming, outgoing

__all__ = ["books", "bringing", "history", "incoming", "outgoing"]

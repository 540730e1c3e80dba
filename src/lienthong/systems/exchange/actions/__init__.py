"""The writes of the axis; each module holds the acts on one kind of object."""

from lienthong.systems.exchange.actions import deliveries, evidence, inbox, peers, send, statuses

__all__ = ["deliveries", "evidence", "inbox", "peers", "send", "statuses"]

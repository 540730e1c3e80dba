"""Draining beside the jobs of every worker, and cleaning up."""

import logging
import threading
from datetime import time

from django.db import connection

from lienthong.core.jobs import companion, periodic
from lienthong.core.jobs.wake import Listener
from lienthong.core.jobs.worker import DATABASE_FAULTS, POLL_SECONDS
from lienthong.core.outbox.delivery import drain, purge
from lienthong.core.outbox.messages import CHANNEL

logger = logging.getLogger("lienthong.outbox")


@companion
def drain_until(stop: threading.Event) -> None:
    """Deliver what is due, wait for a wake-up or the next poll, again; outlives a database that goes away."""
    listener = Listener(CHANNEL)
    pause = POLL_SECONDS
    while not stop.is_set():
        try:
            if not drain(stop=stop):
                listener.wait(POLL_SECONDS)
            pause = POLL_SECONDS
        except DATABASE_FAULTS as fault:
            logger.warning("outbox: the database is away (%s)", fault)
            listener.close()
            connection.close()
            stop.wait(pause)
            pause = min(pause * 2, 5.0)
    listener.close()
    connection.close()


@periodic("outbox.purge", at=time(2, 40))
def purge_delivered() -> None:
    """Delete messages that all handlers have had for long."""
    purge()

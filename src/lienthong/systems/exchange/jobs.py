"""Background work of the axis: the courier beside every worker, alerts, and the sweep of half-written packets."""

from datetime import timedelta

from lienthong.core.jobs import periodic
from lienthong.core.jobs.worker import companion
from lienthong.systems.exchange import alerts, courier, storage

companion(courier.run)


@periodic("exchange.alerts", seconds=60, of_node=True)
def alert() -> None:
    """Tell the people concerned of deliveries that stay without an answer (EX-28); each is told once."""
    alerts.tell_silent()


@periodic("exchange.sweep", seconds=3600)
def sweep() -> None:
    """Remove packets that a killed process left half written."""
    storage.sweep(timedelta(days=1))

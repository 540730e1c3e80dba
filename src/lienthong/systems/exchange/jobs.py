"""Background work of the axis: the courier runs beside the job threads of every worker."""

from lienthong.core.jobs.worker import companion
from lienthong.systems.exchange import courier

companion(courier.run)

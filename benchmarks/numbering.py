"""Numbers per second on one series, and on two at once (CORE-50: at least 50 a second for each series).

`make bench-numbering`: on a database of its own, copied from the template of the tests. Prints machine and method,
then one line of JSON; fails below the floor.
"""

import json
import os
import platform
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import django

from lienthong.testing import reset_database

django.setup()

from django.db import connection, transaction  # noqa: E402

from lienthong.core import fence  # noqa: E402
from lienthong.systems.office import numbers  # noqa: E402
from lienthong.systems.office.models import Series  # noqa: E402

CLERKS, EACH, FLOOR = 16, 50, 50


@fence.node("bench")
def clerk(series: Series) -> None:
    """Draw numbers one after another, each in a transaction of its own."""
    try:
        for _ in range(EACH):
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SELECT set_config('lienthong.action', 'bench', true)")
                numbers.draw(series, uuid4())
    finally:
        connection.close()


def measure(*series: Series) -> float:
    """Numbers per second over all clerks."""
    start = time.perf_counter()
    with ThreadPoolExecutor(CLERKS) as pool:
        list(pool.map(lambda n: clerk(series[n % len(series)]), range(CLERKS)))
    return CLERKS * EACH / (time.perf_counter() - start)


def main() -> int:
    """Measure and print."""
    from tests.thread.conftest import make_world

    reset_database()
    world = make_world()
    one, other = Series.objects.filter(agency_id=world.a.id, register__kind="outgoing").order_by("type_code")
    connection.close()
    alone, both = measure(one), measure(one, other)
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    print(f"{machine}, load {os.getloadavg()[0]:.1f}; {CLERKS} clerks, {EACH} numbers each, one commit a number")
    print(f"two series at once: {both:.0f} numbers/s together")
    found = {
        "bar": f"một dãy số ≥ {FLOOR} số/giây",
        "value": round(alone),
        "unit": "số/giây",
        "reference": FLOOR,
        "ratio": round(alone / FLOOR, 1),
        "holds": alone >= FLOOR,
    }
    print(json.dumps(found, ensure_ascii=False))
    return 0 if found["holds"] else 1


if __name__ == "__main__":
    sys.exit(main())

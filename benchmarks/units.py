"""The directory at full size: 111,339 units load below 30 s, resolve below 5 ms at p99 (CORE-13).

`make bench-units`: on a database of its own, copied from the template of the tests. A CSV is judged first (dry run);
what counts is the load, which judges it once more and writes all rows in one transaction. QUICK=1 loads a tenth.
Prints machine and method, then one line of JSON; fails beyond a bar.
"""

import csv
import io
import json
import os
import platform
import random
import statistics
import sys
import time
from datetime import date
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import django

from lienthong.testing import reset_database

django.setup()

from django.db import connection, transaction  # noqa: E402

from lienthong.contracts.actor import system_actor  # noqa: E402
from lienthong.core import lawbook  # noqa: E402
from lienthong.core.orgs import importing  # noqa: E402
from lienthong.core.orgs.actions import imports  # noqa: E402
from lienthong.core.orgs.queries import resolve  # noqa: E402
from lienthong.core.orgs.tests.world import node  # noqa: E402
from lienthong.kit.tables import read_table  # noqa: E402

WHOLE = 111_339
LOAD_BAR, P99_BAR = 30.0, 5.0
ASKED = 5_000
SINCE = date(2025, 7, 1)
SYSTEM = system_actor("bench")


def table(size: int) -> tuple[bytes, list[str]]:
    """A CSV of three levels with long Vietnamese names, and its codes."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([column.head for column in importing.COLUMNS])
    codes = []
    for n in range(size):
        province, rest = divmod(n, 3_300)
        top = f"X{51 + province}"
        code = top if rest == 0 else f"{top}.{rest:04}" if rest < 60 else f"{top}.{rest % 59 + 1:04}.{rest:04}"
        parent = "" if rest == 0 else top if rest < 60 else f"{top}.{rest % 59 + 1:04}"
        name = f"Ủy ban nhân dân xã Thử nghiệm {n}, tỉnh Thử nghiệm {province} (đơn vị sự nghiệp công lập)"
        writer.writerow([code, "QD20", name, f"Xã TN {n}", f"X{n}", "Tổ chức khác", parent, "Thử nghiệm", "", "", ""])
        codes.append(code)
    return out.getvalue().encode(), codes


def main() -> int:
    """Measure and print."""
    size = WHOLE // 10 if os.environ.get("QUICK") else WHOLE
    content, codes = table(size)
    reset_database()
    start = time.perf_counter()
    with transaction.atomic():
        row = imports.begin(by=node(), name="don-vi.csv", content=content, instrument="Đo tải", effective=SINCE)
        rows = read_table(row.name, content)
        report = imports.check(by=SYSTEM, target=row, table=rows)
        checked = time.perf_counter() - start
        if report.fault_count:
            print(report.faults[:3])
            return 1
        imports.approve(by=node(), target=row)
        start = time.perf_counter()
        loaded = imports.load(by=SYSTEM, target=row, table=rows)
    took = time.perf_counter() - start
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE orgs_unit, orgs_unitcode, orgs_unitversion")
    grace = int(lawbook.get("org.grace_days"))
    rng = random.Random(7)
    times = []
    for _ in range(ASKED):
        code = rng.choice(codes) if rng.random() < 0.9 else f"X99.{rng.randrange(10**6)}"
        begin = time.perf_counter()
        resolve(code, grace_days=grace)
        times.append((time.perf_counter() - begin) * 1000)
    p99 = statistics.quantiles(times, n=100)[98]
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    print(f"{machine}, load {os.getloadavg()[0]:.1f}; {loaded:,} units from a CSV of {len(content) / 2**20:.1f} MB")
    print(f"dry run {checked:.1f} s, load with its own check {took:.1f} s; resolve p99 {p99:.2f} ms of {ASKED:,}")
    whole = took * WHOLE / size
    found = {
        "bar": f"nạp {WHOLE:,} đơn vị ≤ {LOAD_BAR:.0f} s; tra mã p99 ≤ {P99_BAR:.0f} ms".replace(",", "."),
        "value": round(whole, 1),
        "unit": "giây",
        "reference": LOAD_BAR,
        "ratio": round(LOAD_BAR / whole, 1),
        "p99_ms": round(p99, 2),
        "holds": whole <= LOAD_BAR and p99 <= P99_BAR and loaded == size,
    }
    print(json.dumps(found, ensure_ascii=False))
    return 0 if found["holds"] else 1


if __name__ == "__main__":
    sys.exit(main())

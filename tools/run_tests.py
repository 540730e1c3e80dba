"""Runs the suite in its parts: in parallel, in a browser, on Debian's PostgreSQL; `--full` adds time zones and
long runs.
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tools"))

import pgserver  # noqa: E402 - a sibling script

PYTEST = [sys.executable, "-m", "pytest", "-q"]
ALONE = "journey or fault"
ZONES = ("UTC", "America/Los_Angeles", "Asia/Ho_Chi_Minh")


def parts(full: bool) -> Iterator[tuple[str, list[str], dict[str, str]]]:
    """Name, arguments and environment of each part."""
    workers = str(os.cpu_count() or 2)
    yield "song song", ["-n", workers, "--dist", "loadfile", "-m", f"not ({ALONE})"], {}
    yield "lỗi hạ tầng", ["-m", "fault and not journey"], {}
    yield "trình duyệt", ["-m", "journey"], {}
    for zone in ZONES:
        if full:
            yield f"múi giờ {zone}", ["-n", workers, "--dist", "loadfile", "-m", f"not ({ALONE})"], {"TZ": zone}
        else:
            yield f"múi giờ {zone}", ["-m", "timezone"], {"TZ": zone}


def run(name: str, arguments: list[str], environment: dict[str, str], extra: list[str]) -> bool:
    """One part; an empty selection is no failure."""
    started = time.monotonic()
    print(f"== {name}", flush=True)
    code = subprocess.run(
        [*PYTEST, *arguments, *extra], cwd=ROOT, env={**os.environ, **environment}, check=False
    ).returncode
    print(f"== {name}: {'đạt' if code in {0, 5} else 'KHÔNG ĐẠT'} ({time.monotonic() - started:.0f} giây)", flush=True)
    return code in {0, 5}


def main() -> int:
    """All parts; 1 when any failed."""
    full = "--full" in sys.argv
    extra = [argument for argument in sys.argv[1:] if argument != "--full"]
    environment = {"LIENTHONG_FULL": "1"} if full else {}
    good = [run(name, arguments, {**environment, **more}, extra) for name, arguments, more in parts(full)]
    with pgserver.debian() as url:
        if url is None:
            print("== máy chủ PostgreSQL của Debian: bỏ qua, chưa cài được gói postgresql")
        else:
            good.append(run("PostgreSQL của Debian", ["-m", "pgserver"], {"LIENTHONG_TEST_SERVER": url}, extra))
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())

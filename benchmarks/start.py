"""From a fresh clone to the first served page, demo world included, and a later start (`start`).

A clone of HEAD in an empty folder runs `make run` with the packages in the local cache; the clock stops when the
sign-in page answers. The quick form measures a later start only: a first one does not fit into its time.
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FIRST_SECONDS, LATER_SECONDS = 180, 8
QUICK = bool(os.environ.get("QUICK"))


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def served(command: list[str], folder: Path, port: int, limit: float, environment: dict[str, str]) -> float:
    """Seconds until the sign-in page answers; the server is stopped afterwards."""
    begun = time.monotonic()
    process = subprocess.Popen(
        command, cwd=folder, env={**os.environ, **environment}, start_new_session=True, stdout=subprocess.DEVNULL
    )
    try:
        while time.monotonic() - begun < limit:
            if process.poll() is not None:
                raise SystemExit(f"{' '.join(command)} ended with {process.returncode}")
            try:
                urllib.request.urlopen(f"http://localhost:{port}/dang-nhap/", timeout=5).close()
            except OSError:
                time.sleep(0.1)
            else:
                return time.monotonic() - begun
        return limit
    finally:
        os.killpg(process.pid, signal.SIGINT)
        try:
            process.wait(timeout=40)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)


def main() -> int:
    """Measure, print the JSON line, exit 0 when both bars hold."""
    with tempfile.TemporaryDirectory(prefix="lt-start-") as name:
        clone = Path(name) / "clone"
        port = free_port()
        first = None
        if QUICK:
            # The checkout itself with an empty world: the database is made, then started anew.
            data = {"LIENTHONG_DATA": str(Path(name) / "data")}
            command = [sys.executable, "-m", "lienthong.cli", "run", "--no-demo", "--port", str(port)]
            served(command, ROOT, port, 60, data)
            later = served(command, ROOT, port, 60, data)
        else:
            subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
            command = ["make", "run", f"PORT={port}"]
            first = served(command, clone, port, FIRST_SECONDS * 4, {})
            later = served(command, clone, port, FIRST_SECONDS, {})
            shutil.rmtree(clone, ignore_errors=True)
    holds = later <= LATER_SECONDS and (first is None or first <= FIRST_SECONDS)
    if first is not None:
        print(f"first page from a fresh clone: {first:.1f} s; a later start: {later:.1f} s")
    bar = (
        f"a later start ≤ {LATER_SECONDS} s"
        if first is None
        else f"first ≤ {FIRST_SECONDS} s, later ≤ {LATER_SECONDS} s"
    )
    value = round(later if first is None else first, 1)
    reference = f"{LATER_SECONDS if first is None else FIRST_SECONDS} s"
    ratio = round(value / (LATER_SECONDS if first is None else FIRST_SECONDS), 2)
    print(
        json.dumps(
            {"bar": bar, "value": value, "unit": "s", "reference": reference, "ratio": ratio, "holds": holds},
            ensure_ascii=False,
        )
    )
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main())

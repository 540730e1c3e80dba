"""Worker processes on the test's database."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

from lienthong.core.jobs.models import JobRun


class WorkerProcess:
    """One process of such a module."""

    def __init__(self, lease: float, module: str) -> None:
        command = [sys.executable, "-m", module, str(lease)]
        self.process = subprocess.Popen(
            command, env={**os.environ, "DJANGO_SETTINGS_MODULE": "lienthong.core.jobs.tests.settings"}
        )

    def kill(self) -> None:
        """`kill -9`."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self, timeout: float = 60) -> int:
        """An orderly stop; returns the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout)


@contextlib.contextmanager
def worker(lease: float = 2.0, module: str = "lienthong.core.jobs.tests.process") -> Iterator[WorkerProcess]:
    """A worker that does not outlive the test."""
    started = WorkerProcess(lease, module)
    try:
        yield started
    finally:
        if started.process.poll() is None:
            started.kill()


def eventually(condition: Callable[[], bool], seconds: float = 90) -> None:
    """Wait until a condition holds; fails when it never does."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.05)


def effects(periodic: bool = False) -> list[str]:
    """What the handlers of tests/process.py have left, committed, in order; the periodic one's only when asked."""
    rows = JobRun.objects.filter(name="effect").values_list("message", flat=True)
    return sorted(row for row in rows if (row == "often") == periodic)

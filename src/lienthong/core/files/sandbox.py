"""Untrusted files are parsed in a child process with limits of CPU, memory and time (CORE-109, F-CORE-31).

A nursery process, started once and empty of secrets, has the parsers loaded and forks a child for each file: reading
one costs milliseconds where a fresh interpreter cost most of a second. The child has no inherited environment, no
network where the system lets it go without, no open files of the parent, and answers in JSON, so that a conquered
parser cannot speak to the parent in anything richer.
"""

import atexit
import contextlib
import importlib
import json
import os
import pickle
import resource
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

_SOURCE = Path(__file__).resolve().parents[3]
_parsers: list[str] = []
_BLOCK = 1 << 16
_NO_NEW_NETWORK = 0x10000000 | 0x40000000  # CLONE_NEWUSER | CLONE_NEWNET


class SandboxFailure(Exception):
    """The file could not be read within the limits; the message says which, in Vietnamese."""


def preload(module: str) -> None:
    """Have a module loaded in the nursery; its users say so when they are imported."""
    if module not in _parsers:
        _parsers.append(module)


def run_limited(
    function: str,
    *arguments: Any,
    seconds: float = 30,
    cpu_seconds: int = 20,
    memory_mb: int = 768,
    output_mb: int = 64,
) -> Any:
    """Call `package.module:function` with these arguments in a limited child and return its JSON answer.

    Raises SandboxFailure when the child runs out of time or memory, dies, or answers with an error.
    """
    limits = (seconds, cpu_seconds, memory_mb * 2**20, output_mb * 2**20)
    request = pickle.dumps((function, arguments, limits))
    with _nursery.child() as line:
        answer = _converse(line, request, seconds + 1)
    try:
        outcome = json.loads(answer)
    except ValueError:
        raise SandboxFailure("trình đọc tệp dừng bất thường") from None
    if "error" in outcome:
        raise SandboxFailure(outcome["error"])
    return outcome["result"]


def _converse(line: socket.socket, request: bytes, seconds: float) -> bytes:
    """Send the request, read the answer to its end; a child that outlives its time is given up."""
    line.settimeout(seconds)
    ends = time.monotonic() + seconds
    parts: list[bytes] = []
    try:
        line.sendall(request)
        line.shutdown(socket.SHUT_WR)
        while part := line.recv(_BLOCK):
            parts.append(part)
            line.settimeout(max(ends - time.monotonic(), 0.001))
    except TimeoutError:
        raise SandboxFailure("xử lý quá thời gian cho phép") from None
    except OSError:
        raise SandboxFailure("trình đọc tệp dừng bất thường") from None
    return b"".join(parts)


class _Nursery:
    """The process that forks the children, seen from the parent: started at first use, anew when it died."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._owner = 0

    @contextlib.contextmanager
    def child(self) -> Iterator[socket.socket]:
        """A line to a fresh child."""
        ours, theirs = socket.socketpair()
        with ours:
            with theirs:
                self._hand_over(theirs)
            yield ours

    def _hand_over(self, line: socket.socket) -> None:
        with self._lock:
            for _ in range(2):
                try:
                    socket.send_fds(self._alive(), [b"c"], [line.fileno()])
                except OSError:
                    self._drop()
                else:
                    return
        raise SandboxFailure("không khởi động được trình đọc tệp")

    def _alive(self) -> socket.socket:
        running = self._process is not None and self._process.poll() is None and self._owner == os.getpid()
        if not running or self._control is None:
            self._start()
        assert self._control is not None
        return self._control

    def _start(self) -> None:
        self._drop()
        ours, theirs = socket.socketpair()
        environment = {"PATH": os.defpath, "LANG": "C.UTF-8", "PYTHONPATH": str(_SOURCE)}
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "lienthong.core.files.sandbox", str(theirs.fileno()), *_parsers],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=environment,
                pass_fds=(theirs.fileno(),),
                start_new_session=True,
            )
        self._control, self._owner = ours, os.getpid()
        # Reaped when the parent ends: the nursery leaves by itself when this line closes.
        atexit.register(self._drop)

    def _drop(self) -> None:
        if self._control is not None:
            self._control.close()
        if self._process is not None and self._owner == os.getpid():
            with contextlib.suppress(OSError, subprocess.TimeoutExpired):
                self._process.wait(timeout=5)
        self._control, self._process = None, None


_nursery = _Nursery()


def _tend(control: socket.socket, parsers: list[str]) -> None:
    """The nursery's life: load the parsers, then fork a keeper for each line that comes; end when the parent does."""
    for name in parsers:
        importlib.import_module(name)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        select.select([control], [], [])
        word, lines, _, _ = socket.recv_fds(control, 1, 1)
        if not word:
            return
        if os.fork() == 0:
            control.close()
            with socket.socket(fileno=lines[0]) as line:
                _keep(line)
            os._exit(0)
        os.close(lines[0])


def _keep(line: socket.socket) -> None:
    """Watch over one child: say what became of it when it cannot answer itself."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.setsid()
    parts: list[bytes] = []
    while part := line.recv(_BLOCK):
        parts.append(part)
    function, arguments, limits = pickle.loads(b"".join(parts))  # noqa: S301 written by the parent
    child = os.fork()
    if child == 0:
        _answer(line, function, arguments, limits)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        late = os.WTERMSIG(status) in {signal.SIGXCPU, signal.SIGKILL, signal.SIGALRM}
        words = "xử lý quá thời gian cho phép" if late else "trình đọc tệp dừng bất thường"
        _say(line, {"error": words})


def _say(line: socket.socket, outcome: dict[str, Any]) -> None:
    with contextlib.suppress(OSError):
        line.sendall(json.dumps(outcome, ensure_ascii=True).encode())


def _answer(
    line: socket.socket, function: str, arguments: tuple[Any, ...], limits: tuple[float, int, int, int]
) -> None:
    seconds, *resources = limits
    signal.setitimer(signal.ITIMER_REAL, seconds)
    _restrict(*resources)
    module, _, name = function.partition(":")
    try:
        target: Callable[..., Any] = getattr(importlib.import_module(module), name)
        _leave_network()
        outcome = {"result": target(*arguments)}
    except MemoryError:
        outcome = {"error": "xử lý quá bộ nhớ cho phép"}
    except RecursionError:
        outcome = {"error": "cấu trúc tệp lồng quá sâu"}
    except Exception as problem:
        outcome = {"error": f"lỗi {type(problem).__name__}"}
    _say(line, outcome)


def _restrict(cpu_seconds: int, memory: int, output: int) -> None:
    for what, limit in (
        (resource.RLIMIT_CPU, cpu_seconds),
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_FSIZE, output),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (limit, limit))


def _leave_network() -> None:
    """Leave the network's namespace where the system allows it, and refuse sockets in any case."""
    if hasattr(os, "unshare"):
        try:
            os.unshare(_NO_NEW_NETWORK)
        except OSError:
            pass
    sys.addaudithook(_refuse_sockets)


def _refuse_sockets(event: str, _: tuple[Any, ...]) -> None:
    if event in {"socket.connect", "socket.bind", "socket.getaddrinfo", "socket.sendto", "subprocess.Popen", "os.exec"}:
        raise PermissionError(event)


if __name__ == "__main__":
    with socket.socket(fileno=int(sys.argv[1])) as parent:
        _tend(parent, sys.argv[2:])

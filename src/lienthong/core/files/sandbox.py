"""Untrusted files are parsed in a child process with limits of CPU, memory and time (CORE-109, F-CORE-31).

The child has no inherited environment, no network where the system lets it go without, no open files of the parent,
and answers in JSON, so that a conquered parser cannot speak to the parent in anything richer.
"""

import importlib
import json
import os
import pickle
import resource
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

_SOURCE = Path(__file__).resolve().parents[3]
_NO_NEW_NETWORK = 0x10000000 | 0x40000000  # CLONE_NEWUSER | CLONE_NEWNET


class SandboxFailure(Exception):
    """The file could not be read within the limits; the message says which, in Vietnamese."""


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
    limits = (cpu_seconds, memory_mb * 2**20, output_mb * 2**20)
    request = pickle.dumps((function, arguments, limits))
    environment = {"PATH": os.defpath, "LANG": "C.UTF-8", "PYTHONPATH": str(_SOURCE), "PYTHONDONTWRITEBYTECODE": "1"}
    with subprocess.Popen(
        [sys.executable, "-m", "lienthong.core.files.sandbox"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
        close_fds=True,
        start_new_session=True,
    ) as child:
        try:
            answer, _ = child.communicate(request, timeout=seconds)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            raise SandboxFailure("xử lý quá thời gian cho phép") from None
    if child.returncode == -signal.SIGXCPU or child.returncode == -signal.SIGKILL:
        raise SandboxFailure("xử lý quá thời gian cho phép")
    try:
        outcome = json.loads(answer)
    except ValueError:
        raise SandboxFailure("trình đọc tệp dừng bất thường") from None
    if "error" in outcome:
        raise SandboxFailure(outcome["error"])
    return outcome["result"]


def _serve() -> None:
    function, arguments, limits = pickle.load(sys.stdin.buffer)  # noqa: S301 written by the parent
    _restrict(*limits)
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
    sys.stdout.write(json.dumps(outcome, ensure_ascii=True))


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
    _serve()

"""Hostile files meet limits of CPU, memory and time, without network or secrets (CORE-109, F-CORE-31)."""

import os
import socket
import threading
import time

import pytest

from lienthong.core.files.sandbox import SandboxFailure, run_limited

HERE = "lienthong.core.files.tests.test_sandbox"


def add(left: int, right: int) -> int:
    return left + right


def eat_memory() -> int:
    return len(b"x" * 2**32)


def spin() -> None:
    while True:
        pass


def sleep() -> None:
    time.sleep(60)


def crash() -> None:
    os.abort()


def nest(depth: int = 0) -> int:
    return nest(depth + 1)


def fail() -> None:
    raise ValueError("secret text of the file")


def environment() -> list[str]:
    return sorted(os.environ)


def connect(port: int) -> str:
    with socket.create_connection(("127.0.0.1", port), timeout=2) as link:
        return str(link.getpeername())


def write_much(path: str) -> None:
    with open(path, "wb") as target:
        target.write(b"x" * 2**21)


def test_core_109_answers_as_if_called() -> None:
    assert run_limited(f"{HERE}:add", 2, 3) == 5


@pytest.mark.parametrize(
    ("function", "message"),
    [
        ("eat_memory", "bộ nhớ"),
        ("spin", "quá thời gian"),
        ("sleep", "quá thời gian"),
        ("crash", "dừng bất thường"),
        ("nest", "lồng quá sâu"),
        ("fail", "lỗi ValueError"),
    ],
)
def test_f_core_31_a_bad_file_is_an_answer(function: str, message: str) -> None:
    started = time.monotonic()
    with pytest.raises(SandboxFailure, match=message) as failure:
        run_limited(f"{HERE}:{function}", seconds=6, cpu_seconds=2, memory_mb=512)
    assert time.monotonic() - started < 12
    assert "secret" not in str(failure.value)


def test_f_core_31_others_go_on_meanwhile() -> None:
    """One file that hangs its child does not keep the next from being read."""
    caught: list[str] = []

    def hang() -> None:
        with pytest.raises(SandboxFailure) as failure:
            run_limited(f"{HERE}:sleep", seconds=5)
        caught.append(str(failure.value))

    stuck = threading.Thread(target=hang)
    stuck.start()
    assert run_limited(f"{HERE}:add", 1, 1, seconds=4) == 2
    assert stuck.is_alive()
    stuck.join()
    assert caught == ["xử lý quá thời gian cho phép"]


def test_core_109_no_credentials_in_the_child(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://secret")
    names = run_limited(f"{HERE}:environment")
    assert "DATABASE_URL" not in names
    assert not {name for name in names if "SECRET" in name or "LIENTHONG" in name}


def test_core_109_no_network_in_the_child() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert connect(port)
        with pytest.raises(SandboxFailure):
            run_limited(f"{HERE}:connect", port)


def test_core_109_output_files_are_limited(tmp_path: os.PathLike[str]) -> None:
    with pytest.raises(SandboxFailure):
        run_limited(f"{HERE}:write_much", str(tmp_path) + "/big", output_mb=1)

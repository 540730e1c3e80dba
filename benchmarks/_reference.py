"""The environment of references that we compare with, from `requirements/bench.txt`, apart from our own."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
HOME = ROOT / "build" / "bench-venv"
LOCK = ROOT / "requirements" / "bench.txt"


def python() -> Path:
    """The interpreter of the references; its environment is made at the first call and when the lock changes."""
    mark = HOME / ".synced"
    wanted = hashlib.sha256(LOCK.read_bytes()).hexdigest()
    if not mark.exists() or mark.read_text() != wanted:
        uv = ROOT / ".tools" / "bin" / "uv"
        environment = {**os.environ, "UV_PYTHON_DOWNLOADS": "never"}
        interpreter = str(HOME / "bin" / "python")
        for command in (
            ["venv", "--clear", "--python", str(Path(sys.executable).resolve()), str(HOME)],
            ["pip", "sync", "--require-hashes", "--python", interpreter, str(LOCK)],
        ):
            subprocess.run([str(uv), "--quiet", *command], check=True, stdout=subprocess.DEVNULL, env=environment)
        mark.write_text(wanted)
    return HOME / "bin" / "python"


def run(script: str, *arguments: object) -> dict[str, Any]:
    """Run a script of this folder with the references; the JSON object of its last line. Raises with its words."""
    ran = subprocess.run(
        [str(python()), str(ROOT / "benchmarks" / script), *(str(each) for each in arguments)],
        capture_output=True,
        text=True,
        check=False,
    )
    if ran.returncode:
        raise RuntimeError(f"{script} {arguments[:1]}: {ran.stderr[-2000:]}")
    found: dict[str, Any] = json.loads(ran.stdout.strip().splitlines()[-1])
    return found

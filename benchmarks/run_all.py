"""`make bench`: runs every benchmark of this folder and prints one table; exit 1 when a bar does not hold."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent


def result(script: Path) -> dict[str, Any]:
    """The JSON object of a script's last line, with its exit code."""
    ran = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, check=False)
    lines = ran.stdout.strip().splitlines()
    try:
        found: dict[str, Any] = json.loads(lines[-1])
    except (IndexError, ValueError):
        sys.stderr.write(ran.stderr[-2000:])
        found = {"bar": "?", "value": None, "unit": "", "reference": "", "ratio": None, "holds": False}
    return {**found, "holds": bool(found.get("holds")) and ran.returncode == 0}


def main() -> int:
    """Run all and print the table."""
    scripts = sorted(path for path in FOLDER.glob("*.py") if path.stem != "run_all" and not path.stem.startswith("_"))
    rows = [(script.stem, result(script)) for script in scripts]
    print(f"{'tên':<18}{'giá trị':>14} {'đơn vị':<14}{'tỷ lệ':>8}  đạt  ngưỡng")
    for name, row in rows:
        holds = "có" if row["holds"] else "KHÔNG"
        print(f"{name:<18}{row['value']!s:>14} {row['unit']!s:<14}{row['ratio']!s:>8}  {holds:<5}{row['bar']}")
    return 0 if all(row["holds"] for _, row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())

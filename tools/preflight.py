"""Names the system packages that are missing and installs them when it may (as root on Debian)."""

import ctypes.util
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Need:
    """A system package: what it is for, and how to see that it is there."""

    package: str
    purpose: str
    present: bool


def needs(*, tests: bool) -> list[Need]:
    """What this machine needs; `tests` adds the programs that check our work."""
    rows = [
        Need("libpango-1.0-0", "dàn trang PDF", ctypes.util.find_library("pango-1.0") is not None),
        Need("libpangoft2-1.0-0", "dàn trang PDF", ctypes.util.find_library("pangoft2-1.0") is not None),
        Need("libharfbuzz-subset0", "phông chữ trong PDF", ctypes.util.find_library("harfbuzz-subset") is not None),
        Need("openssl", "kiểm chứng dấu thời gian", shutil.which("openssl") is not None),
    ]
    if tests:
        rows += [
            Need("chromium", "kiểm thử bằng trình duyệt", shutil.which("chromium") is not None),
            Need("poppler-utils", "kiểm tra chữ ký và chữ trong PDF", shutil.which("pdfsig") is not None),
            Need("xmlsec1", "kiểm tra chữ ký XML", shutil.which("xmlsec1") is not None),
            Need(
                "postgresql",
                "kiểm thử với máy chủ PostgreSQL của Debian",
                any(Path("/usr/lib/postgresql").glob("*/bin/initdb")),
            ),
        ]
    return rows


def main() -> int:
    """Exit 0 when all is there (or was installed), 1 with the command to type otherwise."""
    missing = [need for need in needs(tests="--tests" in sys.argv) if not need.present]
    if not missing:
        return 0
    packages = [need.package for need in missing]
    command = ["apt-get", "install", "--yes", "--no-install-recommends", *packages]
    for need in missing:
        print(f"Thiếu gói {need.package} ({need.purpose}).")
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        print(f"Cài bằng quyền quản trị máy: sudo {' '.join(command)}")
        # Optional checks are skipped by their tests with the same words; only rendering cannot do without.
        return 1 if any(need.package.startswith("lib") for need in missing) else 0
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    # Debian's postgresql would start a cluster of its own; the tests start theirs.
    Path("/etc/postgresql-common").mkdir(parents=True, exist_ok=True)
    conf = Path("/etc/postgresql-common/createcluster.conf")
    if "postgresql" in packages and not conf.exists():
        conf.write_text("create_main_cluster = false\n", encoding="utf-8")
    subprocess.run(["apt-get", "update", "--quiet"], env=environment, check=False, stdout=subprocess.DEVNULL)
    return subprocess.run(command, env=environment, check=False, stdout=subprocess.DEVNULL).returncode


if __name__ == "__main__":
    sys.exit(main())

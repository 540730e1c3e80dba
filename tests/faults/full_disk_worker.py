"""A process whose files lie on a file system of one megabyte (used by test_uploads; exit 77: nobody may mount here)."""

import ctypes
import json
import os
import sys
import tempfile
from pathlib import Path

folder = tempfile.mkdtemp(prefix="lt-full-")
libc = ctypes.CDLL(None, use_errno=True)
_CLONE_NEWNS, _MS_REC_PRIVATE = 0x20000, 0x44000
# A mount namespace of its own: the small file system is gone with the process.
if (
    libc.unshare(_CLONE_NEWNS)
    or libc.mount(b"none", b"/", None, _MS_REC_PRIVATE, None)
    or libc.mount(b"tmpfs", folder.encode(), b"tmpfs", 0, b"size=1m")
):
    sys.exit(77)

import django  # noqa: E402

django.setup()

from django.conf import settings  # noqa: E402
from django.core.files.uploadedfile import SimpleUploadedFile  # noqa: E402
from django.test import Client  # noqa: E402

from lienthong.core.identity.models import User  # noqa: E402
from lienthong.systems.exchange.tests.world import PDF  # noqa: E402

FULL = PDF + b"%" + os.urandom(3_000_000).replace(b"\n", b"") + b"\n%%EOF\n"


def main() -> None:
    """Send a file that does not fit, then one that does."""
    plan = json.load(sys.stdin)
    settings.FILES_DIR = folder
    client = Client()
    client.force_login(User.objects.get(pk=plan["user"]))
    page = client.post("/van-ban-den/nhap/", {**plan["typed"], "file": SimpleUploadedFile("a.pdf", FULL)})
    text = page.content.decode()
    answer = client.post("/api/v1/office/files", {"file": SimpleUploadedFile("a.pdf", FULL)})
    left = [str(path) for path in Path(folder).rglob("*") if path.is_file()]
    small = client.post("/api/v1/office/files", {"file": SimpleUploadedFile("a.pdf", PDF)})
    facts = {
        "page": [page.status_code, "hết chỗ" in text, plan["typed"]["subject"] in text],
        "api": [answer.status_code, answer.json()["code"]],
        "left": left,
        "small": small.status_code,
    }
    json.dump(facts, sys.stdout)


if __name__ == "__main__":
    main()

"""Hostile uploads on the paper form and by API: refused readably, nothing kept, what was typed stays (CORE-52..58)."""

import io
import json
import os
import struct
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from lienthong.core.audit.models import JournalEntry
from lienthong.core.files import blobs
from lienthong.core.files.models import Quarantined, StoredFile
from lienthong.core.files.tests.conftest import pdf
from lienthong.kit import clock
from lienthong.systems.exchange.tests.world import PDF
from lienthong.systems.office.models import IncomingDocument
from tests.faults.conftest import World, browser, start

pytestmark = pytest.mark.django_db(transaction=True)

SECRET = '<p>BỘ THỬ NGHIỆM</p><p style="border: 1px solid red; width: 3cm">MẬT</p><p>Nội dung</p>'
TYPED = "Trích yếu đã gõ rất công phu"


def bomb() -> bytes:
    """A zip of a few kilobytes that says it holds gigabytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", b"0" * 200_000_000)
    content = bytearray(out.getvalue())
    place = content.rfind(b"PK\x01\x02")
    content[place + 24 : place + 28] = struct.pack("<I", 4_000_000_000)
    return bytes(content)


@pytest.fixture(autouse=True)
def own_folder(settings: Any, tmp_path: Path) -> None:
    """A folder of files that no other test writes to."""
    settings.FILES_DIR = tmp_path


def typed(**changes: Any) -> dict[str, Any]:
    return {
        "channel": "paper",
        "sender_name": "Cơ quan ngoài hệ thống",
        "code": "12/CV",
        "issued_on": (clock.local_date() - timedelta(days=1)).isoformat(),
        "type_name": "Công văn",
        "subject": TYPED,
        "urgency": "0",
        **changes,
    }


def send(world: World, name: str, content: bytes) -> tuple[Any, Any]:
    """The answers of the screen and of the API to one file."""
    client = browser(world.a.seats["clerk"])
    page = client.post("/van-ban-den/nhap/", typed(file=SimpleUploadedFile(name, content)))
    answer = client.post("/api/v1/office/files", {"file": SimpleUploadedFile(name, content)})
    return page, answer


HOSTILE = {
    "not what it says": ("cong-van.pdf", b"PK\x03\x04 this is no PDF at all"),
    "program as PDF": ("cong-van.pdf", b"MZ" + b"\x00" * 400),
    "empty": ("cong-van.pdf", b""),
    "cut off": ("cong-van.pdf", PDF[:200]),
    "zip bomb": ("cong-van.docx", bomb()),
    "PDF called DOCX": ("cong-van.docx", PDF),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_core_52_hostile_files_are_refused_at_the_field_and_what_was_typed_stays(committed: World, kind: str) -> None:
    """CORE-52, CORE-56, F-CORE-31: by content, with words; no row, no bytes, no document."""
    page, answer = send(committed, *HOSTILE[kind])
    text = page.content.decode()
    assert page.status_code == 422
    assert TYPED in text
    assert "cong-van" in text or "trống" in text or "rỗng" in text
    assert answer.status_code == 422, answer.content
    assert answer.json()["title"]
    assert not StoredFile.objects.filter(display_name__startswith="cong-van").exists()
    assert not IncomingDocument.objects.exists()
    assert not [path for path in blobs.root().rglob("*") if path.is_file()]


def test_core_58_a_secret_paper_stops_and_the_clerk_is_told_where_it_goes(committed: World) -> None:
    """CORE-58, V-SEC-1, F-CORE-28: the page keeps what was typed and names the paper register, as the API does."""
    page, answer = send(committed, "ke-hoach-x.pdf", pdf(SECRET).getvalue())
    text = page.content.decode()
    assert page.status_code == 409
    assert "sổ giấy của Văn thư" in text
    assert TYPED in text
    assert (answer.status_code, answer.json()["code"]) == (409, "secret_mark")
    assert "sổ giấy của Văn thư" in answer.json()["title"]
    assert Quarantined.objects.count() == 2, "the row of the quarantine is committed"
    assert not StoredFile.objects.filter(display_name__contains="ke-hoach").exists()
    assert not IncomingDocument.objects.exists()
    entries = JournalEntry.objects.filter(verb="core:secret:stop").order_by("at")
    assert [entry.after["entry_point"] for entry in entries] == ["nhập văn bản giấy", "API văn phòng"]


@pytest.mark.fault
def test_core_57_a_full_disk_is_said_and_nothing_is_half_kept(committed: World) -> None:
    """CORE-57: a tiny file system of its own fills up; screen and API answer 507 with words, the node goes on."""
    if os.geteuid() != 0:
        pytest.skip("mounting a tiny file system needs root")
    plan = {"user": str(committed.a.seats["clerk"].user.pk), "typed": typed()}
    process = start("tests.faults.full_disk_worker", plan)
    said, errors = process.communicate(timeout=120)
    if process.returncode == 77:
        pytest.skip("this machine lets nobody mount")
    assert process.returncode == 0, errors[-3000:]
    answer = json.loads(said)
    assert answer["page"] == [507, True, True]
    assert answer["api"] == [507, "no_space"]
    assert answer["left"] == []
    assert answer["small"] == 201, "a file that fits is taken afterwards"
    assert not IncomingDocument.objects.exists()

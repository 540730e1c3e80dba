"""Files in: type by content, names, dedupe, versions, locks, erasure, a full disk."""

import errno
import io
import os
import tracemalloc
import unicodedata
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
import time_machine
from django.db import DatabaseError, connection, transaction

from lienthong.contracts.actor import Actor
from lienthong.contracts.ref import Ref
from lienthong.core import files
from lienthong.core.actions.errors import Conflict
from lienthong.core.audit.models import JournalEntry
from lienthong.core.files import blobs, integrity, storing
from lienthong.core.files.errors import FileRefused, NoSpace
from lienthong.core.files.models import FileLink, ScanState, StoredFile, Tombstone
from lienthong.core.files.names import display_name
from lienthong.kit import clock
from lienthong.kit.hashing import sha256_hex

from .conftest import docx, pdf

pytestmark = pytest.mark.django_db

REF = Ref("office:outgoing", uuid4())


def keep(actor: Actor, content: bytes = b"noi dung\n", name: str | bytes = "ghi chú.txt") -> StoredFile:
    return files.store(io.BytesIO(content), name, by=actor, agency_id=actor.agency_id)


def raw(statement: str, arguments: list[object]) -> None:
    """A statement of somebody who even asks pgtrigger to look away."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL pgtrigger.ignore = '{files_filelink:locked_stays,files_storedfile:stored_once}'")
        cursor.execute(statement, arguments)


def on_disk(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_core_52_a_stored_file_says_what_it_is(clerk: Actor, store_folder: Path) -> None:
    """CORE-52: hash, size, type by content, name as it came, who and when; the disk name is the hash."""
    content = pdf("<p>Báo cáo</p>").getvalue()
    file = keep(clerk, content, "Báo cáo.pdf")
    assert (file.sha256, file.size, file.content_type) == (sha256_hex(content), len(content), "application/pdf")
    assert bytes(file.original_name).decode() == file.display_name == "Báo cáo.pdf"
    assert (file.uploader_id, file.agency_id, file.scan_state) == (clerk.user_id, clerk.agency_id, ScanState.WAITING)
    assert [path.name for path in on_disk(store_folder)] == [file.sha256]
    with files.open_file(file) as stream:
        assert stream.read() == content
    entry = JournalEntry.objects.get(verb="core:file:store")
    assert entry.after["sha256"] == file.sha256


def test_v_tx_9_f_core_3_one_name_for_nfd_and_nfc(clerk: Actor) -> None:
    """V-TX-9, F-CORE-3: "Báo cáo.docx" in NFD and in NFC shows one name; each row keeps the bytes of its own."""
    composed = "Báo cáo.docx"
    decomposed = unicodedata.normalize("NFD", composed)
    assert composed != decomposed
    first = keep(clerk, docx("Một").getvalue(), composed)
    second = keep(clerk, docx("Một").getvalue(), decomposed)
    assert first.display_name == second.display_name == composed
    assert bytes(second.original_name) == decomposed.encode()
    with files.open_file(second) as stream:
        assert stream.read(2) == b"PK"


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("../../etc/passwd", "etc-passwd"),
        ("C:\\tep\\a.pdf", "C--tep-a.pdf"),
        ("hoa\u202efdp.exe.pdf", "hoafdp.exe.pdf"),
        ("a\x00b\nc.txt", "a b c.txt"),
        ("  Tờ   trình .pdf ", "Tờ trình .pdf"),
        ("con.txt", "tep-khong-ten.con.txt"),
        ("...", "tep-khong-ten"),
        (b"\xff\xfe.txt", "\ufffd\ufffd.txt"),
    ],
)
def test_core_56_names_are_cleaned(given: str | bytes, shown: str) -> None:
    assert display_name(given, longest=255) == shown


def test_core_56_a_long_name_keeps_its_extension() -> None:
    assert display_name("ă" * 400 + ".pdf", longest=60) == "ă" * 56 + ".pdf"


@pytest.mark.parametrize(
    ("content", "name", "says"),
    [
        (docx("a").getvalue(), "bang.pdf", "đuôi .pdf nhưng nội dung là văn bản Word"),
        (b"%PDF-1.7\nrac", "a.pdf", "không đọc được"),
        (b"MZ\x90\x00\x03\x00\x00\x00", "cai-dat.txt", "không nhận"),
        (b"<!doctype html><script>alert(1)</script>", "trang.txt", "không nhận"),
        (b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "a.xml", "không hợp lệ"),
        (b"", "rong.txt", "rỗng"),
        (b"PK\x03\x04rac", "a.docx", "hỏng"),
    ],
)
def test_core_52_mismatch_and_damage_are_refused_readably(
    clerk: Actor, store_folder: Path, content: bytes, name: str, says: str
) -> None:
    """CORE-52: what the extension says and the content is must agree; nothing is left of a refused file."""
    with pytest.raises(FileRefused, match=says):
        keep(clerk, content, name)
    assert not StoredFile.objects.exists()
    assert not on_disk(store_folder)


@pytest.mark.parametrize(
    ("content", "name", "kind"),
    [
        (b"a,b\n1,2\n", "so-lieu.csv", "text/csv"),
        (b'{"a": 1}', "goi.json", "application/json"),
        (b"<?xml version='1.0'?><edXML/>", "goi.edxml", "application/xml"),
        (b"\x30\x82\x01\x00" + bytes(256), "chu-ky.p7s", "application/pkcs7-signature"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "cu.doc", "application/msword"),
    ],
)
def test_core_52_type_by_content(clerk: Actor, content: bytes, name: str, kind: str) -> None:
    assert keep(clerk, content, name).content_type == kind


def test_core_52_a_place_may_ask_for_one_type(clerk: Actor) -> None:
    with pytest.raises(FileRefused, match="cần tài liệu PDF"):
        files.store(io.BytesIO(b"chu"), "a.txt", by=clerk, agency_id=clerk.agency_id, kind_hint="application/pdf")


def test_core_52_same_bytes_lie_once_on_disk(clerk: Actor, stranger: Actor, store_folder: Path) -> None:
    first, second = keep(clerk), keep(stranger, name="khác.txt")
    assert first.pk != second.pk
    assert len(on_disk(store_folder)) == 1


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
def test_core_52_a_full_disk_says_so_and_leaves_nothing(
    clerk: Actor, store_folder: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    """The operating system refuses the flush as a full disk does."""

    def full(_: int) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(NoSpace, match="hết chỗ") as refused:
        keep(clerk)
    assert refused.value.status == 507
    assert not on_disk(store_folder)
    assert not StoredFile.objects.exists()


def test_core_52_above_the_limit_nothing_is_kept(clerk: Actor, store_folder: Path) -> None:
    with pytest.raises(FileRefused, match="lớn hơn"), blobs.spool(io.BytesIO(bytes(3 << 20)), most=2 << 20):
        pass
    assert not on_disk(store_folder)


def test_core_57_a_large_file_passes_in_blocks(store_folder: Path) -> None:
    """CORE-57: 192 MB through the store with a peak of Python memory below 16 MB."""

    class Zeros:
        left = 192 << 20

        def read(self, size: int, /) -> bytes:
            size = min(size, self.left)
            self.left -= size
            return bytes(size)

    tracemalloc.start()
    try:
        with blobs.spool(Zeros(), most=1 << 30) as written:
            assert written.size == 192 << 20
        assert tracemalloc.get_traced_memory()[1] < 16 << 20
    finally:
        tracemalloc.stop()


# --- versions and locks -----------------------------------------------------------------------------------------------


def test_core_54_replacing_makes_the_next_version(clerk: Actor) -> None:
    first, second = keep(clerk, b"mot"), keep(clerk, b"hai")
    files.link(REF, "main", first, by=clerk)
    row = files.link(REF, "main", second, by=clerk)
    assert (row.version, row.sha256) == (2, second.sha256)
    assert [link.file_id for link in files.links(REF)] == [second.pk]
    assert files.link(REF, "main", second).pk == row.pk


def test_f_core_20_an_issued_object_never_shows_another_file(clerk: Actor) -> None:
    """F-CORE-20, CORE-54, CORE-55: after the lock neither API, ORM nor raw SQL moves, replaces or removes the file."""
    issued, draft = keep(clerk, b"ban phat hanh"), keep(clerk, b"ban nhap moi")
    row = files.link(REF, "main", issued, lock=True)
    with pytest.raises(Conflict, match="không thay được"):
        files.link(REF, "main", draft)
    attempts = [
        ("UPDATE files_filelink SET file_id = %s", [draft.pk]),
        ("UPDATE files_filelink SET locked = false", []),
        ("DELETE FROM files_filelink", []),
        ("UPDATE files_storedfile SET sha256 = %s", ["0" * 64]),
        (
            'INSERT INTO files_filelink(id, ref, role, "order", version, file_id, sha256, locked, linked_at, linked_by)'
            " SELECT gen_random_uuid(), ref, role, \"order\", 2, %s, sha256, false, now(), '' FROM files_filelink",
            [draft.pk],
        ),
    ]
    for statement, arguments in attempts:
        with pytest.raises(DatabaseError, match="khóa"):
            raw(statement, arguments)
    with pytest.raises(Conflict):
        storing.erase(issued, by=clerk, reason="dọn dẹp bản nháp cũ")
    row.refresh_from_db()
    assert (row.file_id, row.sha256, row.locked) == (issued.pk, issued.sha256, True)


def test_core_55_lock_takes_the_newest_of_each_place(clerk: Actor) -> None:
    old, new, annex = keep(clerk, b"cu"), keep(clerk, b"moi"), keep(clerk, b"phu luc")
    for file in (old, new):
        files.link(REF, "main", file)
    files.link(REF, "annex", annex)
    assert files.lock(REF) == 2
    assert set(FileLink.objects.filter(locked=True).values_list("file_id", flat=True)) == {new.pk, annex.pk}


# --- end of life ------------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_core_55_erasure_leaves_a_tombstone_and_shared_bytes_stay(
    clerk: Actor, stranger: Actor, store_folder: Path
) -> None:
    first, second = keep(clerk), keep(stranger)
    ident, sha256 = first.pk, first.sha256
    storing.erase(first, by=clerk, reason="hết thời hạn lưu trữ")
    assert Tombstone.objects.get(pk=ident).sha256 == sha256
    assert len(on_disk(store_folder)) == 1
    storing.erase(second, by=stranger, reason="hết thời hạn lưu trữ")
    assert not on_disk(store_folder)
    assert JournalEntry.objects.filter(verb="core:file:erase").count() == 2
    with pytest.raises(DatabaseError):
        Tombstone.objects.all().delete()


@pytest.mark.django_db(transaction=True)
def test_core_52_bytes_of_a_rolled_back_act_are_swept(clerk: Actor, store_folder: Path) -> None:
    class Undone(Exception):
        pass

    def act() -> None:
        with transaction.atomic():
            keep(clerk)
            raise Undone

    with pytest.raises(Undone):
        act()
    kept = keep(clerk, b"con day")
    assert len(on_disk(store_folder)) == 2
    with time_machine.travel(clock.now() + timedelta(days=2)):
        assert storing.sweep() == 1
    assert [path.name for path in on_disk(store_folder)] == [kept.sha256]


def test_core_60_changed_bytes_are_found(clerk: Actor) -> None:
    good, bad = keep(clerk, b"tot"), keep(clerk, b"hong")
    blobs.path_of(bad.sha256).write_bytes(b"da doi")
    assert integrity.check() == (2, [str(bad.pk)])
    good.refresh_from_db()
    assert good.checked_at is not None

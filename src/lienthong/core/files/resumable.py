"""Uploads that survive a broken connection: bytes are added at a known offset until all are there (CORE-57)."""

import os
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from django.db import transaction

from lienthong.contracts.actor import Actor
from lienthong.core import lawbook
from lienthong.core.actions.errors import Conflict, NotSeen
from lienthong.core.files import blobs, names, storing
from lienthong.core.files.errors import FileRefused
from lienthong.core.files.models import PendingUpload, StoredFile
from lienthong.kit import clock


def begin(by: Actor, name: str, size: int) -> PendingUpload:
    """Announce a file of `size` bytes; refused at once when it is too large."""
    most = int(lawbook.get("file.max_mb", agency=by.agency_id)) << 20
    if not 0 < size <= most:
        raise FileRefused(f"Tệp rỗng hoặc lớn hơn {most >> 20} MB là mức lớn nhất được nhận.", "too_large")
    shown = names.display_name(name, longest=int(lawbook.get("file.name_max_chars")))
    if by.user_id is None:
        raise NotSeen("lượt tải lên")
    return PendingUpload.objects.create(user_id=by.user_id, name=shown, size=size, started_at=clock.now())


def offset(by: Actor, ident: UUID) -> int:
    """How many bytes have arrived."""
    path = _path(_row(by, ident).pk)
    return path.stat().st_size if path.exists() else 0


def append(by: Actor, ident: UUID, at: int, body: blobs.Readable) -> tuple[int, StoredFile | None]:
    """Add bytes at offset `at`; with the last one the file is stored and the upload ends.

    Raises Conflict when `at` is not what has arrived: the sender asks the offset and goes on from there.
    """
    with transaction.atomic():
        row = _row(by, ident, lock=True)
        path = _path(row.pk)
        arrived = path.stat().st_size if path.exists() else 0
        if at != arrived:
            raise Conflict(f"Đã nhận {arrived} byte; hãy gửi tiếp từ vị trí đó.", "wrong_offset")
        with blobs.full_disk_said():
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("ab") as out:
                while block := body.read(blobs.BLOCK):
                    arrived += len(block)
                    if arrived > row.size:
                        raise FileRefused("Tệp gửi lên dài hơn dung lượng đã báo.", "too_long")
                    out.write(block)
                out.flush()
                os.fsync(out.fileno())
    if arrived < row.size:
        return arrived, None
    try:
        with path.open("rb") as whole:
            file = storing.store(whole, row.name, by=by, agency_id=by.agency_id, entry_point="tải lên")
    finally:
        row.delete()
        path.unlink(missing_ok=True)
    return arrived, file


def drop_stale() -> int:
    """Forget uploads that nobody finished within `file.unfinished_days`."""
    older_than = timedelta(days=lawbook.value("file.unfinished_days", int))
    rows = list(PendingUpload.objects.filter(started_at__lt=clock.now() - older_than))
    for row in rows:
        _path(row.pk).unlink(missing_ok=True)
        row.delete()
    return len(rows)


def _path(ident: UUID) -> Path:
    return blobs.root() / "partial" / ident.hex


def _row(by: Actor, ident: UUID, *, lock: bool = False) -> PendingUpload:
    rows = PendingUpload.objects.select_for_update() if lock else PendingUpload.objects.all()
    row = rows.filter(pk=ident, user_id=by.user_id).first() if by.user_id is not None else None
    if row is None:
        raise NotSeen("lượt tải lên")
    return row

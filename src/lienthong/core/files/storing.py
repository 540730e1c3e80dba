"""Taking files in, opening, linking, locking and erasing them (CORE-52…55, CORE-58)."""

from datetime import timedelta
from typing import BinaryIO
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Max

from lienthong.contracts.actor import Actor
from lienthong.contracts.ref import Ref
from lienthong.core import audit, lawbook
from lienthong.core.actions.errors import Conflict, Forbidden, MissingReason, NotSeen
from lienthong.core.files import blobs, kinds, names
from lienthong.core.files.errors import FileRefused, SecretMark
from lienthong.core.files.inspect import Inspection, look
from lienthong.core.files.models import FileLink, Quarantined, ScanState, Sensitivity, StoredFile, Tombstone
from lienthong.kit import clock


def store(
    stream: blobs.Readable,
    name: str | bytes,
    *,
    by: Actor,
    agency_id: UUID | None,
    kind_hint: str = "",
    made_here: bool = False,
    sensitivity: int = Sensitivity.INTERNAL,
    entry_point: str = "",
    inspection: Inspection | None = None,
) -> StoredFile:
    """Keep one file and say what it is (CORE-52); returns the row of this version.

    `made_here`: the platform rendered it, so its type follows from the name and it needs no scan. `kind_hint`: a
    content type that the content must have ("application/pdf"). `entry_point`: where it came in, for the quarantine.
    `inspection`: what was found in these very bytes a moment ago, so that many receivers of one file look once.
    Raises FileRefused (readable: type, extension, size, damage), NoSpace, SecretMark (CORE-58).
    """
    shown = names.display_name(name, longest=int(lawbook.get("file.name_max_chars")))
    with blobs.spool(stream, most=int(lawbook.get("file.max_mb", agency=agency_id)) << 20) as written:
        content_type = (
            _type_made_here(shown) if made_here else _type_by_content(inspection or look(written.path), shown)
        )
        if isinstance(content_type, Inspection):
            raise SecretMark(_quarantine(written, by=by, agency_id=agency_id, entry_point=entry_point))
        if kind_hint and content_type != kind_hint:
            wanted = kinds.BY_TYPE[kind_hint].label if kind_hint in kinds.BY_TYPE else kind_hint
            raise FileRefused(f"Chỗ này cần {wanted}; tệp “{shown}” là {_label(content_type)}.", "wrong_kind")
        with transaction.atomic():
            _lock(written.sha256)
            blobs.settle(written)
            file = StoredFile.objects.create(
                agency_id=agency_id,
                sha256=written.sha256,
                size=written.size,
                content_type=content_type,
                original_name=names.original_bytes(name),
                display_name=shown,
                uploader_id=by.user_id,
                stored_by=by.key,
                stored_at=clock.now(),
                made_here=made_here,
                scan_state=ScanState.CLEAN if made_here else ScanState.WAITING,
                sensitivity=sensitivity,
            )
            audit.record(
                by=by,
                verb="core:file:store",
                ref=Ref(StoredFile.ref_kind, file.id),
                after={"sha256": file.sha256, "size": file.size, "name": shown},
                agency_id=agency_id,
            )
            if not made_here:
                _ask_for_scan(file)
    return file


def open_file(file: StoredFile | UUID) -> BinaryIO:
    """The bytes of a stored file, from the beginning; close it. Who may read is asked elsewhere (`may_read`)."""
    return blobs.open_blob(file.sha256 if isinstance(file, StoredFile) else StoredFile.objects.get(pk=file).sha256)


# --- links ------------------------------------------------------------------------------------------------------------


def link(
    ref: Ref | str, role: str, file: StoredFile, *, order: int = 0, lock: bool = False, by: Actor | None = None
) -> FileLink:
    """Let an object hold this version of a file; a new file in a held place makes version n+1 (CORE-54).

    With `lock` the link never moves again (CORE-55): call it in the transaction that issues, signs or receives. The
    same file in the same place again is the same link, locked if it is asked now. Raises Conflict for another file in
    a locked place (F-CORE-20).
    """
    where = {"ref": str(ref), "role": role, "order": order}
    with transaction.atomic():
        _lock(f"{ref} {role} {order}")
        last = FileLink.objects.filter(**where).order_by("-version").first()
        if last is not None and last.file_id == file.pk:
            if lock and not last.locked:
                last.locked = True
                last.save(update_fields=["locked"])
            return last
        if last is not None and last.locked:
            raise Conflict(
                f"Tệp “{last.file.display_name}” thuộc văn bản đã ký, đã phát hành hoặc đã nhận nên không thay được. "
                "Cần sửa thì ban hành văn bản thay thế hoặc đính chính.",
                "locked",
            )
        return FileLink.objects.create(
            **where,
            version=last.version + 1 if last else 1,
            file=file,
            sha256=file.sha256,
            locked=lock,
            linked_at=clock.now(),
            linked_by=by.key if by else "",
        )


def links(ref: Ref | str, role: str = "") -> list[FileLink]:
    """The newest version in each place of an object, in order."""
    rows = FileLink.objects.select_related("file").filter(ref=str(ref), **({"role": role} if role else {}))
    newest = {(row.role, row.order): row for row in rows.order_by("role", "order", "version")}
    return list(newest.values())


def lock(ref: Ref | str) -> int:
    """Lock the newest version in each place of an object, when it is issued, signed or received; how many."""
    chosen = [row.pk for row in links(ref) if not row.locked]
    return FileLink.objects.filter(pk__in=chosen).update(locked=True)


def versions(ref: Ref | str, role: str, order: int = 0) -> int:
    """How many versions a place of an object has seen."""
    found = FileLink.objects.filter(ref=str(ref), role=role, order=order).aggregate(last=Max("version"))["last"]
    return found or 0


# --- end of life ------------------------------------------------------------------------------------------------------


def erase(file: StoredFile, *, by: Actor, reason: str) -> None:
    """Erase a file at the end of its retention, leaving a tombstone (CORE-55, CORE-100). Raises Conflict when held.

    Only the retention job and clean-up of drafts call this; a locked link makes it impossible in any case.
    """
    minimum = int(lawbook.get("action.reason_min_chars"))
    if len(reason.strip()) < minimum:
        raise MissingReason(minimum)
    with transaction.atomic():
        _lock(file.sha256)
        if FileLink.objects.filter(file=file).exists():
            raise Conflict("Tệp đang thuộc một văn bản hoặc hồ sơ nên không hủy được.", "file_in_use")
        Tombstone.objects.create(
            id=file.pk,
            agency_id=file.agency_id,
            sha256=file.sha256,
            size=file.size,
            display_name=file.display_name,
            erased_at=clock.now(),
            erased_by=by.key,
            reason=reason.strip(),
        )
        audit.record(
            by=by,
            verb="core:file:erase",
            ref=Ref(StoredFile.ref_kind, file.pk),
            before={"sha256": file.sha256, "name": file.display_name},
            reason=reason.strip(),
            agency_id=file.agency_id,
        )
        sha256 = file.sha256
        file.delete()
        if not StoredFile.objects.filter(sha256=sha256).exists():
            transaction.on_commit(lambda: _remove_unless_back(sha256))


def _remove_unless_back(sha256: str) -> None:
    """After the commit of an erasure: the same bytes may have come in again meanwhile."""
    with transaction.atomic():
        _lock(sha256)
        if not StoredFile.objects.filter(sha256=sha256).exists():
            blobs.remove(sha256)


def sweep(*, older_than: timedelta = timedelta(days=1)) -> int:
    """Remove bytes that no row names: what a rolled-back transaction or a killed process left; how many."""
    limit = (clock.now() - older_than).timestamp()
    removed = 0
    for path in blobs.root().glob("tmp/*"):
        if path.stat().st_mtime < limit:
            path.unlink(missing_ok=True)
            removed += 1
    for path in blobs.root().glob("[0-9a-f][0-9a-f]/[0-9a-f][0-9a-f]/*"):
        if path.stat().st_mtime < limit and not StoredFile.objects.filter(sha256=path.name).exists():
            _remove_unless_back(path.name)
            removed += not path.exists()
    return removed


# --- quarantine (CORE-58) ---------------------------------------------------------------------------------------------


def wipe_quarantined(ident: UUID, *, by: Actor) -> None:
    """The person confirmed: the bytes are wiped, the journal keeps time, actor and entry point only."""
    with transaction.atomic():
        row = _quarantined(ident, by)
        audit.record(by=by, verb="core:secret:wipe", after={"entry_point": row.entry_point}, agency_id=row.agency_id)
        row.delete()
        transaction.on_commit(lambda: blobs.wipe(blobs.quarantined(ident)))


def release_quarantined(ident: UUID, name: str, *, by: Actor, reason: str) -> StoredFile:
    """A second person found that the mark is none of state secrecy (a form, a lesson): the file is taken in.

    Raises Forbidden for whoever brought it in, MissingReason.
    """
    minimum = int(lawbook.get("action.reason_min_chars"))
    if len(reason.strip()) < minimum:
        raise MissingReason(minimum)
    with transaction.atomic():
        row = _quarantined(ident, by)
        if row.stopped_by == by.key:
            raise Forbidden("Trả lại tệp bị giữ do chính mình tải lên")
        shown = names.display_name(name, longest=int(lawbook.get("file.name_max_chars")))
        with blobs.quarantined(ident).open("rb") as kept, blobs.spool(kept, most=2**63) as written:
            found = look(written.path)
            _lock(written.sha256)
            blobs.settle(written)
        file = StoredFile.objects.create(
            agency_id=row.agency_id,
            sha256=written.sha256,
            size=written.size,
            content_type=found.content_type,
            original_name=names.original_bytes(name),
            display_name=shown,
            uploader_id=by.user_id,
            stored_by=by.key,
            stored_at=clock.now(),
        )
        ref = Ref(StoredFile.ref_kind, file.pk)
        audit.record(by=by, verb="core:secret:release", ref=ref, reason=reason.strip(), agency_id=row.agency_id)
        row.delete()
        transaction.on_commit(lambda: blobs.quarantined(ident).unlink(missing_ok=True))
        _ask_for_scan(file)
    return file


def _quarantined(ident: UUID, by: Actor) -> Quarantined:
    row = Quarantined.objects.select_for_update().filter(pk=ident).first()
    if row is None or (row.agency_id is not None and row.agency_id != by.agency_id):
        raise NotSeen("tệp bị giữ riêng")
    return row


def _quarantine(written: blobs.Written, *, by: Actor, agency_id: UUID | None, entry_point: str) -> UUID:
    with transaction.atomic():
        row = Quarantined.objects.create(
            agency_id=agency_id, stopped_at=clock.now(), stopped_by=by.key, entry_point=entry_point or "upload"
        )
        audit.record(by=by, verb="core:secret:stop", after={"entry_point": row.entry_point}, agency_id=agency_id)
        blobs.quarantine(written, row.pk)
    return row.pk


# --- helpers ----------------------------------------------------------------------------------------------------------


def _type_made_here(shown: str) -> str:
    kind = kinds.BY_EXTENSION.get(kinds.extension_of(shown))
    if kind is None:
        raise FileRefused(f"Không rõ loại của tệp “{shown}”.", "wrong_kind")
    return kinds.content_type(kind, shown)


def _type_by_content(found: Inspection, shown: str) -> str | Inspection:
    """The type to store, or the inspection that found a secrecy mark. Raises FileRefused."""
    if found.fault or found.kind is None:
        raise FileRefused(f"Không nhận tệp “{shown}”: {found.fault or 'loại tệp này hệ thống không nhận'}.")
    if found.secret:
        return found
    kind = kinds.settle(found.kind, shown)
    if kind is None:
        raise FileRefused(
            f"Tệp “{shown}” có đuôi .{kinds.extension_of(shown)} nhưng nội dung là {found.kind.label} "
            f"(.{found.kind.extensions[0]}). Hãy kiểm tra lại tệp, hoặc đổi đuôi cho đúng nội dung.",
            "wrong_extension",
        )
    return kinds.content_type(kind, shown)


def _label(content_type: str) -> str:
    kind = kinds.BY_TYPE.get(content_type)
    return kind.label if kind else content_type


def _ask_for_scan(file: StoredFile) -> None:
    from lienthong.core.files import scanning

    scanning.ask(file)


def _lock(name: str) -> None:
    """One at a time for a hash or a place, until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"files:{name}"])

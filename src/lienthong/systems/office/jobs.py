"""Long work of the office: dry runs and imports of old documents (CORE-13, CORE-106)."""

import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from uuid import UUID

from django.db import OperationalError, connection, transaction

from lienthong.contracts.actor import Actor, system_actor
from lienthong.core import files
from lienthong.core.access.actors import actor_for
from lienthong.core.actions.errors import ActionError
from lienthong.core.files import blobs, kinds
from lienthong.core.files.models import StoredFile
from lienthong.core.jobs import Cancelled, JobContext, LeaseLost, PermanentFailure, job
from lienthong.core.orgs.queries import worked_by
from lienthong.kit.edxml.archive import ArchiveRefused, decode_member_name, members
from lienthong.kit.edxml.profiles import DEFAULT_LIMITS
from lienthong.kit.tables import Unreadable
from lienthong.systems.office import bringing, sheets
from lienthong.systems.office.actions import bringing as acts
from lienthong.systems.office.actions.history import OldIncoming, OldOutgoing, import_history
from lienthong.systems.office.models import BroughtAlong

LONGEST = 3600
"""A hundred thousand rows take minutes."""
UTF8_FLAG = 0x800


@job(acts.CHECK_JOB, retries=2, timeout=LONGEST, atomic=False)
def check_brought(context: JobContext, brought_id: UUID) -> None:
    """The dry run of one file."""
    brought = BroughtAlong.objects.select_related("file", "scans", "register").get(pk=brought_id)
    if brought.state != BroughtAlong.State.CHECKING or brought.run_id != context.run_id:
        return
    by = system_actor("office", agency_id=brought.agency_id)
    report = bringing.Report()
    try:
        with _table(context, brought) as table:
            scans = frozenset(_members(brought)) if brought.scans else None
            for _ in bringing.judge(
                table, brought, report, scans=scans, progress=lambda line: context.progress(line, table.lines)
            ):
                pass
    except (Unreadable, ArchiveRefused) as fault:
        report.fault(1, "", str(fault))
    except Cancelled:
        _stop(brought, by)
        raise
    acts.report(by=by, target=brought, found=report)


@job(acts.LOAD_JOB, retries=2, timeout=LONGEST, atomic=False)
def load_brought(context: JobContext, brought_id: UUID) -> None:
    """Take one checked file in, whole or not at all; progress is shown from beside the one transaction."""
    brought = BroughtAlong.objects.select_related("file", "scans", "register").get(pk=brought_id)
    if brought.state != BroughtAlong.State.LOADING or brought.run_id != context.run_id:
        return
    by = system_actor("office", agency_id=brought.agency_id)
    report = bringing.Report()
    try:
        with _table(context, brought) as table, _beside(context, table.lines) as progress:
            scans = _scans(brought, _clerk(context))
            # The rows are judged again: the books may have changed since the dry run.
            with transaction.atomic():
                rows = bringing.judge(
                    table, brought, report, scans=frozenset(scans) if brought.scans else None, progress=progress
                )
                _write(_clerk(context), brought, rows, scans)
                if report.fault_count:
                    raise _Faulty
                progress(table.lines)
    except _Faulty:
        acts.report(by=by, target=brought, found=report)
        raise PermanentFailure(f"Có {report.fault_count} lỗi khi nhập; không dòng nào được ghi.") from None
    except Cancelled:
        _stop(brought, by)
        raise
    except (LeaseLost, OperationalError):
        # Another worker takes the run up anew; nothing of this attempt was kept.
        raise
    except (ActionError, Unreadable, ArchiveRefused, PermanentFailure) as refused:
        _stop(brought, by)
        raise PermanentFailure(str(refused)) from refused
    except Exception as fault:
        _stop(brought, by)
        raise PermanentFailure(f"Lỗi của hệ thống, không dòng nào được ghi: {type(fault).__name__}") from fault


class _Faulty(Exception):
    """Rows that held in the dry run hold no more."""


def _stop(brought: BroughtAlong, by: Actor) -> None:
    brought.refresh_from_db()
    if brought.busy:
        acts.stop(by=by, brought_id=brought.pk)


def _clerk(context: JobContext) -> Actor:
    """Who approved the import, in the position of that moment, with the rights of now."""
    held = worked_by(context.user_id) if context.user_id is not None else []
    row = next((row for row in held if row.position_id == context.position_id), None)
    if row is None:
        raise PermanentFailure("Người yêu cầu không còn giữ vị trí văn thư; người khác yêu cầu nhập lại.")
    return actor_for(row)


@contextmanager
def _table(context: JobContext, brought: BroughtAlong) -> Iterator[sheets.Table]:
    context.progress(0, None, "Đang mở tệp")
    xlsx = brought.file.content_type == kinds.XLSX.content_type
    with sheets.opened(blobs.path_of(brought.file.sha256), xlsx=xlsx) as table:
        yield table


@contextmanager
def _beside(context: JobContext, total: int) -> Iterator[Callable[[int], None]]:
    """Progress and cancel by another connection: inside the one transaction nobody would see them."""
    with ThreadPoolExecutor(1, thread_name_prefix="progress") as pool:
        try:
            yield lambda done: pool.submit(context.progress, done, total).result()
        finally:
            # The proxy means another connection in each thread: it is closed by the thread that opened it.
            pool.submit(lambda: connection.close()).result()


def _write(by: Actor, brought: BroughtAlong, rows: Iterator[bringing.Row], scans: dict[str, StoredFile]) -> None:
    def scan(row: bringing.Row) -> StoredFile | None:
        return scans.get(bringing.scan_key(row.text.get("scan", "")))

    match brought.kind:
        case BroughtAlong.Kind.WORK:
            acts.import_open_work(by=by, target=brought, rows=rows)
        case BroughtAlong.Kind.OUTGOING:
            import_history(by=by, target=brought, outgoing=(_outgoing(row, by, scan(row)) for row in rows))
        case _:
            import_history(by=by, target=brought, incoming=(_incoming(row, scan(row)) for row in rows))


def _outgoing(row: bringing.Row, by: Actor, scan: StoredFile | None) -> OldOutgoing:
    assert row.body is not None
    assert by.position_id is not None
    return OldOutgoing(
        code=row.text["code"],
        number=row.place,
        issued_on=row.days["issued_on"],
        type_code=row.type_code,
        subject=row.text["subject"],
        signer_name=row.text.get("signer", ""),
        issuing_body_id=row.body.pk,
        unit_id=row.unit_id or by.agency,
        drafter_id=by.person,
        drafter_position_id=by.position_id,
        signer_position_id=by.position_id,
        facts=_facts(row, "receivers", "unit", "copies", "note"),
        scan=scan,
        row=row.line,
    )


def _incoming(row: bringing.Row, scan: StoredFile | None) -> OldIncoming:
    return OldIncoming(
        code=row.text.get("code", ""),
        arrival_number=row.place,
        arrival_written=row.number,
        arrival_on=row.days["arrival_on"],
        issued_on=row.days.get("issued_on"),
        type_name=row.type_name,
        subject=row.text["subject"],
        sender_name=row.text["sender"],
        signer=row.text.get("signer", ""),
        facts=_facts(row, "unit", "note"),
        scan=scan,
        row=row.line,
    )


def _facts(row: bringing.Row, *names: str) -> dict[str, str]:
    return {name: row.text[name] for name in names if row.text.get(name)}


# --- scans ------------------------------------------------------------------------------------------------------------


def _members(brought: BroughtAlong) -> dict[str, zipfile.ZipInfo]:
    """The members of the archive of scans by their keys; raises ArchiveRefused (CORE-56)."""
    assert brought.scans is not None
    with blobs.open_blob(brought.scans.sha256) as file:
        members(file, brought.scans.size, DEFAULT_LIMITS)
        with zipfile.ZipFile(file) as archive:
            return {_key(entry): entry for entry in archive.infolist() if not entry.is_dir()}


def _key(entry: zipfile.ZipInfo) -> str:
    utf8 = bool(entry.flag_bits & UTF8_FLAG)
    raw = entry.orig_filename.encode("utf-8" if utf8 else "cp437", "surrogateescape")
    return bringing.scan_key(decode_member_name(raw, utf8=utf8))


def _scans(brought: BroughtAlong, by: Actor) -> dict[str, StoredFile]:
    """Every member stored as a file of the agency, judged by content like any upload (CORE-52)."""
    if brought.scans is None:
        return {}
    found = _members(brought)
    stored: dict[str, StoredFile] = {}
    with blobs.open_blob(brought.scans.sha256) as file, zipfile.ZipFile(file) as archive:
        for key, entry in found.items():
            with archive.open(entry) as member:
                stored[key] = files.store(
                    member,
                    key.rpartition("/")[2],
                    by=by,
                    agency_id=brought.agency_id,
                    entry_point="Nhập bản quét văn bản cũ",
                )
    return stored

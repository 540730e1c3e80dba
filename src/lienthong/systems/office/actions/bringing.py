"""Bringing old documents and open work along: a file is run dry, approved, and taken in whole (CORE-106, CORE-107)."""

from collections.abc import Iterable, Mapping
from datetime import date
from uuid import UUID

from lienthong.contracts.actor import Actor
from lienthong.core import files, jobs
from lienthong.core.actions import Act, action, ref_of
from lienthong.core.actions.errors import Conflict, Invalid, NotSeen
from lienthong.core.files import kinds
from lienthong.core.files.models import StoredFile
from lienthong.core.files.reading import may_read
from lienthong.core.jobs.models import JobRun
from lienthong.core.orgs.models import Position
from lienthong.kit import clock, vietnamese
from lienthong.kit.legacy_text import Encoding
from lienthong.systems.office import bringing
from lienthong.systems.office.book_policies import brought_policy
from lienthong.systems.office.models import BroughtAlong, Line, Register

CHECK_JOB = "office.check_brought"
LOAD_JOB = "office.load_brought"
State = BroughtAlong.State
WANTED = {
    BroughtAlong.Kind.OUTGOING: Register.Kind.OUTGOING,
    BroughtAlong.Kind.INCOMING: Register.Kind.INCOMING,
    BroughtAlong.Kind.WORK: Register.Kind.INCOMING,
}
TABLES = (kinds.CSV.content_type, kinds.XLSX.content_type, kinds.TEXT.content_type)


@action("office:brought:begin", on=BroughtAlong)
def begin(
    act: Act[BroughtAlong],
    *,
    kind: str,
    register_id: UUID,
    source: str,
    file_id: UUID | None,
    scans_id: UUID | None = None,
) -> BroughtAlong:
    """Keep the file as it came and start its dry run; nothing of it is taken in (CORE-13, CORE-37)."""
    agency_id = act.by.agency_id
    if agency_id is None:
        raise Invalid("Chọn một vị trí của cơ quan trước.", code="no_agency")
    faults: dict[str, str] = {}
    if kind not in BroughtAlong.Kind.values:
        faults["kind"] = "Chọn loại dữ liệu."
    register = Register.objects.filter(pk=register_id, agency_id=agency_id).first()
    if register is None or (kind in WANTED and register.kind != WANTED[BroughtAlong.Kind(kind)]):
        faults["register_id"] = "Chọn sổ của cơ quan, đúng chiều đi hoặc đến."
    source = vietnamese.border_name(source)
    if not source:
        faults["source"] = "Ghi nguồn: tên sổ hoặc phần mềm cũ."
    table = _named(act.by, file_id)
    if table is None:
        faults["file"] = "Chọn tệp CSV hoặc XLSX."
    elif table.content_type not in TABLES:
        faults["file"] = "Chỉ nhận tệp CSV hoặc XLSX theo mẫu."
    scans = _named(act.by, scans_id)
    if scans_id is not None and (scans is None or scans.content_type != kinds.ZIP.content_type):
        faults["scans"] = "Gói bản quét là một tệp ZIP."
    if faults or register is None or table is None:
        raise Invalid("Chưa nhận được tệp.", faults)
    row = BroughtAlong.objects.create(
        agency_id=agency_id,
        kind=kind,
        register=register,
        source=source,
        file=table,
        scans=scans,
        created_at=clock.now(),
        created_by=act.by.person,
        by_name=act.by.name,
    )
    files.link(ref_of(row), "table", table, lock=True, by=act.by)
    if scans is not None:
        files.link(ref_of(row), "scans", scans, lock=True, by=act.by)
    _run(row, CHECK_JOB, act.by)
    row.save(update_fields=["run_id"])
    act.about(row)
    act.note(kind=kind, source=source, register=register.name, sha256=table.sha256, size=table.size)
    return row


@action("office:brought:choose_encodings", on=BroughtAlong)
def choose_encodings(act: Act[BroughtAlong], *, encodings: Mapping[str, str]) -> None:
    """Say for each column whether it is converted and from what; then it is run dry again (CORE-38, F-CORE-7).

    Values are TCVN3, VNI, or empty for "leave as it is".
    """
    row = act.target
    _demand(row, State.ASK, State.FAULTY, State.READY)
    known = {column.key for column in bringing.COLUMNS[row.kind]}
    wrong = [key for key, name in encodings.items() if key not in known or name not in {"", *Encoding}]
    if wrong:
        raise Invalid("Chọn bảng mã chưa đúng.", dict.fromkeys(wrong, "Chọn TCVN3, VNI hoặc giữ nguyên."))
    act.was(encodings=row.encodings)
    row.encodings = {**row.encodings, **encodings}
    row.state = State.CHECKING
    _run(row, CHECK_JOB, act.by)
    act.note(encodings=row.encodings)


@action("office:brought:report", on=BroughtAlong)
def report(act: Act[BroughtAlong], *, found: bringing.Report) -> None:
    """Keep what the dry run found; it changed nothing else (CORE-13)."""
    row = act.target
    _demand(row, State.CHECKING, State.LOADING)
    row.report = found.plain()
    row.rows, row.fault_count = found.rows, found.fault_count
    if found.fault_count == 0 and not found.asks:
        row.state = State.READY
    else:
        row.state = State.ASK if found.asks else State.FAULTY
    act.note(
        rows=row.rows,
        faults=row.fault_count,
        invisible=dict(found.invisible),
        doubts=found.doubt_count,
        state=row.state,
    )


@action("office:brought:approve", on=BroughtAlong)
def approve(act: Act[BroughtAlong], *, doubts_seen: bool = False) -> None:
    """Let a checked file be taken in; a fault refuses it whole, doubtful letters are acknowledged (CORE-13, 38)."""
    row = act.target
    _demand(row, State.READY)
    if row.report.get("doubt_count") and not doubts_seen:
        raise Invalid(
            "Có chữ không chắc hoa hay thường sau khi chuyển mã.",
            {"doubts_seen": "Xem danh sách chữ chưa chắc và đánh dấu đã xem, hoặc sửa tệp rồi tải lại."},
            "doubts",
        )
    row.state = State.LOADING
    _run(row, LOAD_JOB, act.by)
    act.note(rows=row.rows, doubts=row.report.get("doubt_count"))


@action("office:brought:stop")
def stop(act: Act[None], *, brought_id: UUID) -> bool:
    """Stop a dry run or an import; a running one undoes all it wrote and the file waits as before. True when it rests.

    The row is not locked before the run has let go of it: an import holds it to its end.
    """
    row = BroughtAlong.objects.filter(pk=brought_id).first()
    if row is None or (not act.by.is_system and not brought_policy.sees(act.by, row)):
        raise NotSeen("lần nhập này")
    _demand(row, State.CHECKING, State.LOADING)
    act.about(row)
    act.note(state=row.state)
    if not act.by.is_system and row.run_id is not None:
        jobs.cancel(row.run_id)
        if JobRun.objects.filter(pk=row.run_id, state=JobRun.State.RUNNING).exists():
            return False
    row = BroughtAlong.objects.select_for_update().get(pk=brought_id)
    if row.state == State.LOADING:
        row.state = State.READY
    elif row.state == State.CHECKING:
        row.state = State.FAULTY
        row.report = {"faults": [{"row": 1, "column": "", "message": "Lần chạy thử đã dừng giữa chừng."}]}
        row.fault_count = 1
    row.version += 1
    row.save()
    return True


@action("office:document:import_open_work", on=BroughtAlong)
def import_open_work(act: Act[BroughtAlong], *, rows: Iterable[bringing.Row]) -> int:
    """Open work of the old books: a line with its true deadline that points to the old document, without a number.

    The old document itself takes no transition (CORE-106, CORE-107).
    """
    brought = act.target
    _demand(brought, State.LOADING)
    if act.by.position_id is None:
        raise Invalid("Chọn một vị trí của cơ quan trước.", code="no_agency")
    now = clock.now()
    lines = []
    for row in rows:
        # What the judge let pass has both.
        assert row.document is not None
        assert row.unit_id is not None
        line = Line(
            document_id=row.document,
            agency_id=brought.agency_id,
            role=Line.Role.LEAD,
            unit_id=row.unit_id,
            position_id=row.position_id,
            task=row.text["task"],
            due_on=row.days["due_on"],
            given_by_id=act.by.position_id,
            given_by_person_id=act.by.person,
            given_at=now,
        )
        lines.append(line)
    Line.objects.bulk_create(lines)
    brought.state = State.LOADED
    brought.loaded_at = now
    act.note(lines=len(lines), source=brought.source)
    return len(lines)


# --- the work itself --------------------------------------------------------------------------------------------------


@action("office:carried:assign", on=Line)
def assign(act: Act[Line], *, position_id: UUID, inner_due_on: date | None = None) -> None:
    """The head of a unit names the person for a line that came along (OF-70)."""
    line = _open(act)
    if not Position.objects.filter(pk=position_id, unit_id=line.unit_id).exists():
        raise Invalid("Chọn người trong đơn vị.", {"position_id": "Chọn một người của đơn vị."})
    act.was(position=str(line.position_id) if line.position_id else None)
    line.position_id = position_id
    line.inner_due_on = inner_due_on
    act.note(position=str(position_id))


@action("office:carried:finish", on=Line)
def finish(act: Act[Line], *, result: str) -> None:
    """End a line that came along, with its result; the old document stays as it is (CORE-106)."""
    line = _open(act)
    line.opinion = vietnamese.border(result)
    if not line.opinion:
        raise Invalid("Chưa kết thúc được việc.", {"result": "Ghi kết quả giải quyết."})
    line.state = Line.State.DONE
    line.closed_at = clock.now()
    act.note(result=line.opinion)


def _open(act: Act[Line]) -> Line:
    line = act.target
    if line.document.state != "history":
        raise Conflict("Việc này thuộc một văn bản đang giải quyết; làm tại trang của văn bản.", "not_carried")
    if line.state not in Line.OPEN:
        raise Conflict("Việc này đã kết thúc.", "line_closed")
    return line


# --- helpers ----------------------------------------------------------------------------------------------------------


def _named(actor: Actor, ident: UUID | None) -> StoredFile | None:
    file = StoredFile.objects.filter(pk=ident).first() if ident else None
    return file if file is not None and may_read(actor, file) else None


def _demand(row: BroughtAlong, *states: str) -> None:
    if row.state not in states:
        raise Conflict(
            f"Lần nhập này đang ở trạng thái “{row.get_state_display()}”; hãy tải lại trang.", "import_state"
        )


def _run(row: BroughtAlong, job: str, by: Actor) -> None:
    row.run_id = jobs.enqueue(job, by=by, brought_id=row.pk)

"""Import of units: begun with a file, checked whole, loaded whole after somebody approved (CORE-13)."""

from collections.abc import Sequence
from datetime import date

from lienthong.core.actions import Act, action
from lienthong.core.actions.errors import Conflict, Invalid
from lienthong.core.orgs import importing
from lienthong.core.orgs.models import UnitImport
from lienthong.core.orgs.policies import ImportPolicy
from lienthong.core.registry import Registry, Verb
from lienthong.kit import clock, vietnamese
from lienthong.kit.hashing import sha256_hex

READ = "orgs:import:read"
BEGIN = "orgs:import:begin"
CHECK = "orgs:import:check"
APPROVE = "orgs:import:approve"
LOAD = "orgs:import:load"
LARGEST = 64 * 2**20

VERBS = (
    Verb(READ, "xem các lần nạp đơn vị", "Xem lần nạp"),
    Verb(BEGIN, "tải lên tệp đơn vị để kiểm tra", "Kiểm tra tệp đơn vị"),
    Verb(CHECK, "kiểm tra tệp đơn vị", "Kiểm tra tệp"),
    Verb(APPROVE, "cho nạp tệp đơn vị", "Nạp tệp đơn vị"),
    Verb(LOAD, "nạp đơn vị từ tệp", "Nạp đơn vị"),
)
State = UnitImport.State


def declare(registry: Registry) -> None:
    """Verbs and policy, at start-up."""
    registry.add_verbs(*VERBS)
    registry.add_policy(UnitImport, ImportPolicy(READ, CHECK, LOAD), [verb.code for verb in VERBS])


@action(BEGIN)
def begin(act: Act[None], *, name: str, content: bytes, instrument: str, effective: date) -> UnitImport:
    """Keep the file as it came (CORE-37) and wait for its dry run; nothing of it is loaded."""
    faults = {}
    if not content:
        faults["file"] = "Chọn tệp CSV hoặc XLSX có dữ liệu."
    elif len(content) > LARGEST:
        faults["file"] = "Tệp quá lớn; chia thành nhiều tệp."
    elif not name.lower().endswith((".csv", ".xlsx")):
        faults["file"] = "Chỉ nhận tệp .csv hoặc .xlsx."
    if not instrument.strip():
        faults["instrument"] = "Ghi văn bản hoặc nguồn của dữ liệu."
    if faults:
        raise Invalid("Chưa nhận được tệp.", faults)
    row = UnitImport.objects.create(
        agency_id=act.by.agency_id,
        name=vietnamese.border_name(name),
        original=content,
        sha256=sha256_hex(content),
        instrument=vietnamese.border_name(instrument),
        effective=effective,
        created_at=clock.now(),
        created_by=act.by.user_id,
        by_name=act.by.name,
    )
    act.about(row)
    act.note(name=row.name, sha256=row.sha256, size=len(content))
    return row


@action(CHECK, on=UnitImport)
def check(act: Act[UnitImport], *, table: Sequence[Sequence[str]] | None, unreadable: str = "") -> importing.Report:
    """The dry run: all faults with row numbers, invisible characters by column; changes no unit (CORE-13, CORE-37)."""
    row = act.target
    if row.state not in {State.CHECKING, State.FAULTY, State.READY}:
        raise Conflict(f"Lần nạp {row.get_state_display().lower()}; không kiểm tra lại.", "import_state")
    if table is None:
        report = importing.Report()
        report.fault(1, "", unreadable or "Không đọc được tệp.")
    else:
        report = importing.check(table, effective=row.effective, agency_id=row.agency_id)
    _keep(row, report)
    act.note(rows=row.rows, faults=row.fault_count, invisible=row.invisible)
    return report


@action(APPROVE, on=UnitImport)
def approve(act: Act[UnitImport]) -> None:
    """Let a checked file be loaded; a file with one fault is refused whole (CORE-3, CORE-13)."""
    if act.target.state != State.READY:
        raise Conflict("Chỉ nạp được tệp đã kiểm tra và không còn lỗi; hãy tải lại trang.", "import_state")
    act.target.state = State.LOADING
    act.note(rows=act.target.rows)


@action(LOAD, on=UnitImport)
def load(act: Act[UnitImport], *, table: Sequence[Sequence[str]]) -> int:
    """Load all rows or none: the table is judged once more, for the directory may have changed since (CORE-13)."""
    row = act.target
    if row.state != State.LOADING:
        raise Conflict("Lần nạp này không chờ nạp.", "import_state")
    report = importing.check(table, effective=row.effective, agency_id=row.agency_id)
    if report.fault_count:
        _keep(row, report)
        act.note(rows=0, faults=row.fault_count)
        return 0
    count = importing.load(
        report.rows, instrument=row.instrument, effective=row.effective, agency_id=row.agency_id, by=row.by_name
    )
    row.state, row.loaded_at = State.LOADED, clock.now()
    act.note(rows=count, instrument=row.instrument)
    return count


def _keep(row: UnitImport, report: importing.Report) -> None:
    row.rows, row.fault_count = len(report.rows), report.fault_count
    row.faults, row.warnings, row.invisible = report.faults, report.warnings, dict(report.invisible)
    row.state = State.FAULTY if report.fault_count else State.READY

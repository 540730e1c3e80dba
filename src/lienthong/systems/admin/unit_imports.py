"""Files of units: read in a limited child process, checked and loaded by jobs (CORE-13, CORE-109)."""

from datetime import date
from uuid import UUID

from lienthong.contracts.actor import Actor, system_actor
from lienthong.core import jobs
from lienthong.core.files import sandbox
from lienthong.core.orgs.actions import imports
from lienthong.core.orgs.models import UnitImport
from lienthong.kit import tables

SECONDS, MEMORY_MB, OUTPUT_MB = 240, 1536, 256
sandbox.preload(tables.__name__)


def begin(*, by: Actor, name: str, content: bytes, instrument: str, effective: date) -> UnitImport:
    """Keep the file and ask for its dry run, in the caller's transaction."""
    row = imports.begin(by=by, name=name, content=content, instrument=instrument, effective=effective)
    jobs.enqueue("admin.check_units", ident=row.pk)
    return row


def approve(*, by: Actor, row: UnitImport, expected_version: int | None = None) -> None:
    """Let a checked file be loaded, in the caller's transaction."""
    imports.approve(by=by, target=row, expected_version=expected_version)
    jobs.enqueue("admin.load_units", ident=row.pk)


def read(row: UnitImport) -> list[list[str]]:
    """The rows of the file; a file of strangers is parsed with limits. Raises SandboxFailure with why not."""
    found: list[list[str]] = sandbox.run_limited(
        f"{tables.__name__}:read_table",
        row.name,
        bytes(row.original),
        seconds=SECONDS,
        cpu_seconds=SECONDS,
        memory_mb=MEMORY_MB,
        output_mb=OUTPUT_MB,
    )
    return found


@jobs.job("admin.check_units", retries=1)
def check_units(ident: UUID) -> None:
    """The dry run of a file of units: all faults with row numbers; changes no unit."""
    row = UnitImport.objects.get(pk=ident)
    by = system_actor("admin", agency_id=row.agency_id)
    try:
        table = read(row)
    except sandbox.SandboxFailure as error:
        imports.check(by=by, target=row, table=None, unreadable=f"Không đọc được tệp: {error}")
    else:
        imports.check(by=by, target=row, table=table)


@jobs.job("admin.load_units", retries=1)
def load_units(ident: UUID) -> None:
    """Load an approved file of units whole, or not at all."""
    row = UnitImport.objects.get(pk=ident)
    imports.load(by=system_actor("admin", agency_id=row.agency_id), target=row, table=read(row))

"""Agencies that go live: one at work, one in preparation, their last pages and old books."""

import io
from collections.abc import Callable, Iterable
from datetime import date
from uuid import UUID

import pytest

from lienthong.contracts.actor import Actor
from lienthong.core import files
from lienthong.core.files.models import StoredFile
from lienthong.core.jobs import run_pending
from lienthong.core.orgs.models import UnitVersion
from lienthong.demo.agencies import Agency, Plan, build
from lienthong.demo.names import Names
from lienthong.kit import clock
from lienthong.systems.exchange.tests.world import PDF
from lienthong.systems.office.actions import books, bringing
from lienthong.systems.office.models import BroughtAlong, OpeningBalance, Register, Series
from tests.thread.conftest import World, world

__all__ = ["world"]

PREPARING = Plan(
    name="Sở Thử nghiệm",
    short="Sở TN",
    abbreviation="STN",
    code="X52.01",
    kind=UnitVersion.Kind.DEPARTMENT,
    place="Thử nghiệm",
    head="Giám đốc",
    deputy="Phó Giám đốc",
    live=False,
)


@pytest.fixture
def preparing(world: World) -> Agency:
    """An agency without books."""
    return build(PREPARING, Names(11))


def stored(by: Actor, name: str = "Trang cuối.pdf", content: bytes = PDF) -> StoredFile:
    """A file of the actor's."""
    return files.store(io.BytesIO(content), name, by=by, agency_id=by.agency_id)


def series_of(agency: Agency, type_code: str = "") -> Series:
    """A series of outgoing papers."""
    return Series.objects.select_related("register").get(
        agency_id=agency.id, type_code=type_code, register__kind=Register.Kind.OUTGOING
    )


def incoming_series(agency: Agency) -> Series:
    """The series of incoming papers."""
    return Series.objects.get(agency_id=agency.id, register__kind=Register.Kind.INCOMING)


def balance(agency: Agency, series: Series, last: int = 1233, *, confirm: bool = True) -> OpeningBalance:
    """Proposed by the clerk, confirmed by the head."""
    clerk = agency.seats["clerk"].actor()
    facts = books.BalanceInput(last=last, last_on=clock.local_date(), book="Sổ giấy", scan_id=stored(clerk).pk)
    row = books.propose_balance(by=clerk, series=series, facts=facts)
    if confirm:
        books.confirm_balance(by=agency.seats["head"].actor(), target=row)
    return row


def make_books(agency: Agency) -> None:
    """Books and series by the acts of the administrator."""
    admin = agency.seats["admin"].actor()
    incoming = books.create_register(by=admin, kind="incoming", name="Sổ văn bản đến")
    outgoing = books.create_register(by=admin, kind="outgoing", name="Sổ văn bản đi")
    books.create_series(by=admin, facts=books.SeriesInput(register_id=incoming.pk, pattern="{n}/ĐẾN"))
    books.create_series(
        by=admin,
        facts=books.SeriesInput(register_id=outgoing.pk, pattern="{n}/LOẠI-CQ", issuing_body_id=agency.body.pk),
    )


def csv_of(heads: Iterable[str], rows: Iterable[Iterable[str]], encoding: str = "utf-8-sig") -> bytes:
    """A table as a spreadsheet saves it."""
    lines = [heads, *rows]
    return "\r\n".join(",".join(f'"{cell}"' for cell in line) for line in lines).encode(encoding)


def bring(
    agency: Agency,
    kind: str,
    content: bytes,
    *,
    name: str = "so-cu.csv",
    source: str = "Sổ giấy",
    scans: UUID | None = None,
) -> BroughtAlong:
    """A file begun by the clerk and run dry by the worker."""
    clerk = agency.seats["clerk"].actor()
    wanted = bringing.WANTED[BroughtAlong.Kind(kind)]
    register = Register.objects.get(agency_id=agency.id, kind=wanted, default=True)
    row = bringing.begin(
        by=clerk,
        kind=kind,
        register_id=register.pk,
        source=source,
        file_id=stored(clerk, name, content).pk,
        scans_id=scans,
    )
    run_pending()
    row.refresh_from_db()
    return row


def load(agency: Agency, row: BroughtAlong, *, doubts_seen: bool = False) -> BroughtAlong:
    """Approved by the clerk and taken in by the worker."""
    bringing.approve(by=agency.seats["clerk"].actor(), target=row, doubts_seen=doubts_seen)
    run_pending()
    row.refresh_from_db()
    return row


type Days = Callable[[int], date]

"""Scenes of going live: the book before, old documents, open work, the opening (CORE-105..107)."""

import io
from datetime import date

from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from lienthong.contracts.actor import system_actor
from lienthong.core import files, lawbook
from lienthong.core.files.models import StoredFile
from lienthong.core.golive import actions as golive
from lienthong.core.golive.models import Opening
from lienthong.core.orgs.models import UnitVersion
from lienthong.demo.agencies import Agency, Plan, build
from lienthong.demo.names import Names
from lienthong.kit import clock
from lienthong.systems.exchange.tests.world import PDF
from lienthong.systems.office import bringing as judging
from lienthong.systems.office.actions import books, bringing, history
from lienthong.systems.office.models import BroughtAlong, IncomingDocument, OpeningBalance, Register, Series
from tests.architecture.scenes import REASON, Stage, scene

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


def scan(agency: Agency) -> StoredFile:
    """The last page of a book."""
    clerk = agency.seats["clerk"].actor()
    return files.store(io.BytesIO(PDF), "Trang cuối.pdf", by=clerk, agency_id=agency.id)


def propose(agency: Agency, series: Series, last: int) -> OpeningBalance:
    """Written down by the clerk."""
    facts = books.BalanceInput(last=last, last_on=clock.local_date(), book="Sổ giấy", scan_id=scan(agency).pk)
    return books.propose_balance(by=agency.seats["clerk"].actor(), series=series, facts=facts)


@scene
def series_go_on_from_paper_books(stage: Stage) -> None:
    """Proposed, withdrawn, proposed anew, confirmed, corrected; a further book with a series."""
    agency = stage.world.a
    admin, head = agency.seats["admin"].actor(), agency.seats["head"].actor()
    series = Series.objects.filter(agency_id=agency.id, register__kind="outgoing").first()
    assert series is not None
    books.withdraw_balance(by=agency.seats["clerk"].actor(), target=propose(agency, series, 7), reason=REASON)
    books.confirm_balance(by=head, target=propose(agency, series, 8))
    books.confirm_balance(by=head, target=propose(agency, series, 9))
    book = books.create_register(by=admin, kind="internal", name="Sổ văn bản nội bộ")
    named = lawbook.get("number.format_named")
    facts = books.SeriesInput(register_id=book.pk, pattern=named, issuing_body_id=agency.body.pk)
    made = books.create_series(by=admin, facts=facts)
    books.change_series(by=admin, target=made, pattern="{n}/{yyyy}/LOẠI-CQ", reset="year")


def brought(agency: Agency, kind: str) -> BroughtAlong:
    """A file begun and found good, without the worker."""
    clerk = agency.seats["clerk"].actor()
    table = files.store(io.BytesIO("Số đến,Năm\n1,2024\n".encode()), "so.csv", by=clerk, agency_id=agency.id)
    register = Register.objects.get(agency_id=agency.id, kind=bringing.WANTED[BroughtAlong.Kind(kind)], default=True)
    row = bringing.begin(by=clerk, kind=kind, register_id=register.pk, source=f"Sổ {kind}", file_id=table.pk)
    _report(row)
    return row


def _report(row: BroughtAlong) -> None:
    bringing.report(by=system_actor("office", agency_id=row.agency_id), target=row, found=judging.Report(rows=1))


@scene
def old_books_and_open_work_are_brought_along(stage: Stage) -> None:
    """Run dry, encodings chosen, approved, stopped, approved again, taken in; the work is named and done."""
    agency = stage.world.a
    seats = agency.seats
    clerk = seats["clerk"].actor()
    row = brought(agency, "incoming")
    bringing.choose_encodings(by=clerk, target=row, encodings={"subject": "TCVN3"})
    _report(row)
    bringing.approve(by=clerk, target=row)
    bringing.stop(by=clerk, brought_id=row.pk)
    row.refresh_from_db()
    bringing.approve(by=clerk, target=row)
    old = [
        history.OldIncoming(
            code="12/CV",
            arrival_number=number,
            arrival_on=date(2020, 3, 2),
            issued_on=date(2020, 3, 1),
            type_name="Công văn",
            subject="V/v lịch sử",
            sender_name="Cơ quan cũ",
        )
        for number in (1, 2)
    ]
    history.import_history(by=clerk, target=row, incoming=old)
    documents = list(IncomingDocument.objects.filter(agency_id=agency.id, state="history"))
    work = brought(agency, "work")
    bringing.approve(by=clerk, target=work)
    due = date(2020, 4, 1)
    rows = [
        judging.Row(2, {"task": "Trả lời"}, {"due_on": due}, unit_id=agency.divisions[1].pk, document=document.pk)
        for document in documents
    ]
    bringing.import_open_work(by=clerk, target=work, rows=rows)
    line = documents[0].lines.get()
    bringing.assign(by=seats["unit_head"].actor(), target=line, position_id=seats["specialist"].position.pk)
    bringing.finish(by=seats["specialist"].actor(), target=line, result="Đã trả lời.")


def prepare(agency: Agency) -> None:
    """Books, and nothing to bring along."""
    admin = agency.seats["admin"].actor()
    incoming = books.create_register(by=admin, kind="incoming", name="Sổ văn bản đến")
    outgoing = books.create_register(by=admin, kind="outgoing", name="Sổ văn bản đi")
    books.create_series(by=admin, facts=books.SeriesInput(register_id=incoming.pk, pattern="{n}/ĐẾN"))
    facts = books.SeriesInput(register_id=outgoing.pk, pattern="{n}/LOẠI-CQ", issuing_body_id=agency.body.pk)
    books.create_series(by=admin, facts=facts)
    for code in ("history", "open_work"):
        golive.declare_nothing(by=admin, code=code, reason=REASON)


@scene
def an_agency_goes_live(stage: Stage) -> None:
    """Steps looked at, declared, the opening proposed, withdrawn, proposed anew, confirmed by another."""
    agency = build(PREPARING, Names(12))
    admin, second = agency.seats["admin"].actor(), agency.seats["admin_2"].actor()
    golive.check(by=admin, code="series")
    prepare(agency)
    golive.withdraw(by=second, target=golive.propose(by=admin), reason=REASON)
    golive.confirm(by=second, target=golive.propose(by=admin))
    assert Opening.objects.filter(agency_id=agency.id, state="opened").exists()


def put_below(agency: Agency, superior: Agency) -> None:
    """Let a unit stand below another from now on."""
    old = UnitVersion.objects.get(unit_id=agency.id, recorded__upper_inf=True)
    now = clock.now()
    UnitVersion.objects.filter(pk=old.pk).update(recorded=DateTimeTZRange(old.recorded.lower, now))
    UnitVersion(
        unit_id=agency.id,
        official_name=old.official_name,
        short_name=old.short_name,
        abbreviation=old.abbreviation,
        kind=old.kind,
        parent_id=superior.id,
        valid=old.valid,
        recorded=DateTimeTZRange(now, None),
    ).save()


@scene
def the_superior_confirms(stage: Stage) -> None:
    """A unit with one clerk: the clerk above is the second person."""
    agency = stage.world.c
    put_below(agency, stage.world.b)
    series = Series.objects.get(agency_id=agency.id, type_code="", register__kind="outgoing")
    books.confirm_below(by=stage.world.b.seats["clerk"].actor(), target=propose(agency, series, 5))

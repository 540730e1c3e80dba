"""Imported history: old documents as they were written, outside every live series, for ever still (CORE-106)."""

import io
import zipfile
from uuid import uuid4

import pytest
from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.db.utils import Error as DatabaseError
from django.test import Client

from lienthong.core.actions.errors import Conflict, Invalid
from lienthong.core.jobs import run_pending
from lienthong.core.jobs.models import JobRun
from lienthong.demo.agencies import Agency
from lienthong.kit import clock
from lienthong.kit.tables import write_xlsx
from lienthong.systems.exchange.tests.world import PDF
from lienthong.systems.office import book_work, numbers, queries, work
from lienthong.systems.office import bringing as judging
from lienthong.systems.office.actions import bringing
from lienthong.systems.office.actions.incoming import Give
from lienthong.systems.office.api import INCOMING_ACTS, OUTGOING_ACTS
from lienthong.systems.office.models import (
    BroughtAlong,
    HistoryLine,
    IncomingDocument,
    OutgoingDocument,
    SeriesCounter,
)
from tests.golive.conftest import balance, bring, csv_of, incoming_series, load, series_of, stored
from tests.thread.conftest import World

pytestmark = pytest.mark.django_db(transaction=True)

OUT = ("Số, ký hiệu", "Ngày tháng văn bản", "Tên loại", "Trích yếu", "Người ký", "Nơi nhận", "Tên tệp quét")
IN = ("Ngày đến", "Số đến", "Tác giả", "Số, ký hiệu", "Ngày tháng văn bản", "Tên loại", "Trích yếu")


def out_row(number: str = "15/QĐ-BTN1", day: str = "05/03/2024", **more: str) -> tuple[str, ...]:
    given = {"type": "Quyết định", "subject": "Về việc kiện toàn tổ chức", "signer": "Nguyễn Văn Mẫu"} | more
    return (
        number,
        day,
        given["type"],
        given["subject"],
        given["signer"],
        given.get("receivers", "Các đơn vị"),
        given.get("scan", ""),
    )


def in_row(number: str = "128", day: str = "06/03/2024", subject: str = "V/v phối hợp") -> tuple[str, ...]:
    return (day, number, "Bộ Thử nghiệm Hai", "77/BTN2-VP", "04/03/2024", "Công văn", subject)


def faults(row: BroughtAlong) -> list[tuple[int, str]]:
    return [(fault["row"], fault["column"]) for fault in row.report["faults"]]


def test_core_106_old_documents_enter_as_written(world: World) -> None:
    """Number, date and signer stay as written; the journal dates the act today; the line stands in the old book."""
    row = bring(
        world.a, "outgoing", csv_of(OUT, [out_row(), out_row("16a/QĐ-BTN1"), out_row("7/BTN1-VP", type="Công văn")])
    )
    assert (row.state, row.rows, row.report["faults"]) == ("ready", 3, [])
    assert not OutgoingDocument.objects.exists()
    load(world.a, row)
    assert row.state == "loaded"
    found = OutgoingDocument.objects.get(code="15/QĐ-BTN1")
    assert (found.state, found.number, found.signer_name) == ("history", 15, "Nguyễn Văn Mẫu")
    assert f"{found.issued_on:%d/%m/%Y}" == "05/03/2024"
    line = HistoryLine.objects.get(document=found.pk)
    assert (line.year, line.number, line.source, line.row) == (2024, "15/QĐ-BTN1", "Sổ giấy", 2)
    assert line.facts == {"receivers": "Các đơn vị"}
    assert HistoryLine.objects.get(number="16a/QĐ-BTN1").place == 16


def test_core_106_v_num_6_the_live_numbers_are_not_history(world: World) -> None:
    """V-NUM-6: balance 1233 of this year → history 1233 accepted, 1234 refused."""
    year = clock.local_date().year
    day = f"02/01/{year}"
    balance(world.a, series_of(world.a))
    assert bring(world.a, "outgoing", csv_of(OUT, [out_row("1233/QĐ-BTN1", day)])).state == "ready"
    refused = bring(world.a, "outgoing", csv_of(OUT, [out_row("1234/QĐ-BTN1", day)]))
    assert (refused.state, faults(refused)) == ("faulty", [(2, "Số, ký hiệu")])
    # A series without a balance numbers all of this year itself.
    refused = bring(world.a, "incoming", csv_of(IN, [in_row("1", day)]))
    assert faults(refused) == [(2, "Số đến")]


def test_core_106_v_num_6_a_balance_covers_what_history_brought(world: World) -> None:
    year = clock.local_date().year
    balance(world.a, series_of(world.a))
    load(world.a, bring(world.a, "outgoing", csv_of(OUT, [out_row("1233/QĐ-BTN1", f"02/01/{year}")])))
    with pytest.raises(Conflict) as refused:
        balance(world.a, series_of(world.a), 1232)
    assert refused.value.code == "balance_below_history"


def test_core_106_an_import_changes_no_live_number_and_no_tile(world: World) -> None:
    """Counters, tabs, my work and the next number stay; history has its own filter."""
    clerk, head = world.a.seats["clerk"].actor(), world.a.seats["head"].actor()
    balance(world.a, series_of(world.a), 5)

    def tiles() -> tuple[object, ...]:
        return (
            [
                queries.incoming_list(actor, queries.Filters(tab=tab)).count()
                for actor in (clerk, head)
                for tab, _ in queries.incoming_tabs(actor)
                if tab != "lich-su"
            ],
            [
                queries.outgoing_list(actor, queries.Filters(tab=tab)).count()
                for actor in (clerk, head)
                for tab, _ in queries.outgoing_tabs(actor)
                if tab != "lich-su"
            ],
            len(list(work.my_work(clerk, 100))),
            list(SeriesCounter.objects.order_by("pk").values_list("last", flat=True)),
        )

    before = tiles()
    load(world.a, bring(world.a, "outgoing", csv_of(OUT, [out_row()])))
    load(world.a, bring(world.a, "incoming", csv_of(IN, [in_row()])))
    assert tiles() == before
    assert queries.incoming_list(clerk, queries.Filters(tab="lich-su")).count() == 1
    assert queries.outgoing_list(clerk, queries.Filters(tab="lich-su")).count() == 1
    with transaction.atomic():
        assert numbers.draw(series_of(world.a), uuid4()).number == 6
        assert numbers.draw(incoming_series(world.a), uuid4()).number == 1


@pytest.fixture
def old(world: World) -> tuple[OutgoingDocument, IncomingDocument]:
    load(world.a, bring(world.a, "outgoing", csv_of(OUT, [out_row()])))
    load(world.a, bring(world.a, "incoming", csv_of(IN, [in_row()])))
    return OutgoingDocument.objects.get(state="history"), IncomingDocument.objects.get(state="history")


def test_core_106_every_act_on_a_history_row_is_409(
    world: World, old: tuple[OutgoingDocument, IncomingDocument]
) -> None:
    """Send, recall, extension, forward, re-opening and every other move → 409, row unchanged, over the API as well."""
    sent, got = old
    seats = world.a.seats
    for role in ("clerk", "head"):
        actor = seats[role].actor()
        client = Client()
        client.force_login(seats[role].user, backend=settings.AUTHENTICATION_BACKENDS[0])
        for acts, document, path in (
            (dict(OUTGOING_ACTS), sent, f"/api/v1/office/outgoing/{sent.pk}"),
            ({name: act for name, (act, _) in INCOMING_ACTS.items()}, got, f"/api/v1/office/incoming/{got.pk}"),
        ):
            for name, act in acts.items():
                if not actor.may(act.verb):
                    continue
                more: dict[str, object] = {}
                if name in {"direct", "change_lead", "reassign"}:
                    more = {"lines": [Give(unit_id=world.a.divisions[1].pk)]}
                    more |= {"content": "Giao."} if name == "direct" else {}
                elif name in {"submit", "assign_within"}:
                    more = {"position_id": seats["head"].position.pk} if path.count("incoming") else {}
                elif name == "finish":
                    more = {"kind": "done", "result": "Xong."}
                with pytest.raises(Conflict):
                    act(by=actor, target=document, reason="Lý do thử nghiệm đủ dài", **more)
                assert document.state == "history"
    assert not queries.incoming_offers(seats["head"].actor(), got)


def test_core_106_raw_sql_cannot_move_or_change_history(old: tuple[OutgoingDocument, IncomingDocument]) -> None:
    for statement in (
        "UPDATE office_outgoingdocument SET state = 'issued'",
        "UPDATE office_incomingdocument SET state = 'processing'",
        "UPDATE office_outgoingdocument SET subject = 'khác'",
        "UPDATE office_incomingdocument SET subject = 'khác'",
        "UPDATE office_historyline SET number = '1'",
        "DELETE FROM office_historyline",
    ):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


def test_core_106_unique_on_register_year_number_source(world: World) -> None:
    """Twice in a file, twice from one source: refused with the row; another source or year is another line."""
    twice = bring(world.a, "outgoing", csv_of(OUT, [out_row(), out_row()]))
    assert faults(twice) == [(3, "Số, ký hiệu")]
    load(world.a, bring(world.a, "outgoing", csv_of(OUT, [out_row()])))
    again = bring(world.a, "outgoing", csv_of(OUT, [out_row()]))
    assert faults(again) == [(2, "Số, ký hiệu")]
    assert bring(world.a, "outgoing", csv_of(OUT, [out_row()]), source="Phần mềm cũ").state == "ready"
    assert bring(world.a, "outgoing", csv_of(OUT, [out_row(day="05/03/2023")])).state == "ready"
    line = HistoryLine.objects.get()
    line.pk, line.document, line._state.adding = uuid4(), uuid4(), True
    with pytest.raises(IntegrityError), transaction.atomic():
        line.save(force_insert=True)


def test_core_106_core_13_row_errors_and_all_or_nothing(world: World) -> None:
    """Every fault with its row; one fault and nothing enters; the file loads after it was mended."""
    rows = [
        out_row(),
        out_row("", "05/03/2024"),
        out_row("17/QĐ-BTN1", "31/02/2024"),
        out_row("18/QĐ-BTN1", type="Loại lạ"),
        out_row("19/QĐ-BTN1", "05/03/2999"),
    ]
    row = bring(world.a, "outgoing", csv_of(OUT, rows))
    assert row.state == "faulty"
    assert faults(row) == [
        (3, "Số, ký hiệu"),
        (4, "Ngày tháng văn bản"),
        (5, "Tên loại"),
        (6, "Ngày tháng văn bản"),
    ]
    with pytest.raises(Conflict):
        bringing.approve(by=world.a.seats["clerk"].actor(), target=row)
    assert not HistoryLine.objects.exists()


def test_core_106_a_book_that_changed_since_the_dry_run_loads_nothing(world: World) -> None:
    """Two files with one line in common: the second is judged again and refused whole, truthfully."""
    first = bring(world.a, "outgoing", csv_of(OUT, [out_row()]))
    second = bring(world.a, "outgoing", csv_of(OUT, [out_row("14/QĐ-BTN1"), out_row()]))
    load(world.a, first)
    load(world.a, second)
    assert (second.state, faults(second)) == ("faulty", [(3, "Số, ký hiệu")])
    assert HistoryLine.objects.count() == 1
    run = JobRun.objects.get(pk=second.run_id)
    assert (run.state, run.error) == ("dead", "Có 1 lỗi khi nhập; không dòng nào được ghi.")


TCVN3_HEADS = "Sè, ký hiÖu", "Ngµy th¸ng v¨n b¶n", "Tªn lo¹i", "TrÝch yÕu"
TCVN3 = ("15/Q§-BTN1", "05/03/2024", "QuyÕt ®Þnh", "VÒ viÖc kiÖn toµn tæ chøc")


def test_core_38_f_core_7_old_encodings_are_asked_for_never_guessed(world: World) -> None:
    """F-CORE-7, CORE-38: a TCVN3 file waits for a choice per column, shown side by side; then it reads right."""
    row = bring(world.a, "outgoing", csv_of(TCVN3_HEADS, [TCVN3], "latin-1"))
    assert row.state == "ask"
    columns = {column["key"]: column for column in row.report["columns"]}
    assert {key for key, column in columns.items() if column["detected"] == "TCVN3"} >= {"subject", "type"}
    assert columns["subject"]["preview"] == [
        {"before": "VÒ viÖc kiÖn toµn tæ chøc", "after": "Về việc kiện toàn tổ chức"}
    ]
    clerk = world.a.seats["clerk"].actor()
    with pytest.raises(Conflict):
        bringing.approve(by=clerk, target=row)
    choice = {key: column["detected"] for key, column in columns.items()} | {"code": "TCVN3"}
    bringing.choose_encodings(by=clerk, target=row, encodings=choice)
    run_pending()
    row.refresh_from_db()
    assert (row.state, row.report["faults"]) == ("ready", [])
    # "VÒ" may be VỀ as well: told, and acknowledged.
    load(world.a, row, doubts_seen=True)
    document = OutgoingDocument.objects.get()
    assert (document.subject, document.code) == ("Về việc kiện toàn tổ chức", "15/QĐ-BTN1")


def test_core_38_f_core_7_letters_that_cannot_be_recovered_are_listed(world: World) -> None:
    """TCVN3 has no capitals with tones: each doubtful letter is listed and acknowledged before the import."""
    capitals = ("15/QD-BTN1", "05/03/2024", "QuyÕt ®Þnh", "VÒ VIÖC KIÖN TOµN")
    row = bring(world.a, "outgoing", csv_of(TCVN3_HEADS, [capitals], "latin-1"))
    clerk = world.a.seats["clerk"].actor()
    bringing.choose_encodings(by=clerk, target=row, encodings={"subject": "TCVN3", "type": "TCVN3", "code": ""})
    run_pending()
    row.refresh_from_db()
    assert row.state == "ready"
    assert row.report["doubt_count"] > 0
    assert {(doubt["row"], doubt["column"]) for doubt in row.report["doubts"]} == {(2, "Trích yếu")}
    with pytest.raises(Invalid):
        bringing.approve(by=clerk, target=row)
    load(world.a, row, doubts_seen=True)
    assert row.state == "loaded"


def test_core_38_v_tx_4_vni_and_v_tx_5_unicode(world: World) -> None:
    """V-TX-4 through the import; V-TX-5: correct Unicode asks nothing."""
    vni = ("15/QD-BTN1", "05/03/2024", "QD", "Vieät Nam hoäi nhaäp")
    row = bring(world.a, "outgoing", csv_of(OUT[:4], [vni]))
    columns = {column["key"]: column for column in row.report["columns"]}
    assert columns["subject"]["detected"] == "VNI"
    row = bring(world.a, "outgoing", csv_of(OUT, [out_row()]))
    assert all(column["detected"] == "" for column in row.report["columns"])


def test_core_37_invisible_characters_are_counted_by_column(world: World) -> None:
    """CORE-37: removed from what is stored, counted per column; the file as it came is kept."""
    dirty = out_row("15/QĐ-BTN1\ufeff", subject="Về\u200b việc\u200b này")
    row = bring(world.a, "outgoing", csv_of(OUT, [dirty]))
    assert row.report["invisible"] == {"Số, ký hiệu": 1, "Trích yếu": 2}
    load(world.a, row)
    assert OutgoingDocument.objects.get().subject == "Về việc này"


def test_core_106_xlsx_and_the_template_read_the_same(world: World) -> None:
    """The template as it is downloaded, filled with its own example, holds."""
    columns = judging.COLUMNS["incoming"]
    content = write_xlsx([[c.head for c in columns], [c.example if c.key != "scan" else "" for c in columns]], [20])
    row = bring(world.a, "incoming", content, name="so-den.xlsx")
    assert row.report["faults"] == []
    assert (row.state, row.rows) == ("ready", 1)


def test_core_106_core_56_scans_join_by_name(world: World) -> None:
    """CORE-56: members by their decoded names; a missing one is a fault, a traversal refuses the archive."""
    clerk = world.a.seats["clerk"].actor()

    def archive(*names: str) -> bytes:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as made:
            for name in names:
                made.writestr(name, PDF)
        return out.getvalue()

    table = csv_of(OUT, [out_row(scan="2024/15-QĐ.pdf"), out_row("16/QĐ-BTN1")])
    good = stored(clerk, "quet.zip", archive("2024/15-QĐ.pdf"))
    row = bring(world.a, "outgoing", table, scans=good.pk)
    assert row.state == "ready"
    load(world.a, row)
    document = OutgoingDocument.objects.get(code="15/QĐ-BTN1")
    assert document.files.get().file.content_type == "application/pdf"
    missing = bring(world.a, "outgoing", csv_of(OUT, [out_row("20/QĐ", scan="khac.pdf")]), scans=good.pk)
    assert faults(missing) == [(2, "Tên tệp quét")]


def big(rows: int) -> bytes:
    return csv_of(OUT, (out_row(f"{n}/QĐ-BTN1") for n in range(1, rows + 1)))


def test_core_106_a_cancelled_import_leaves_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cancelled in the middle: no row, the job says cancelled, the file waits and loads later."""
    row = bring(world.a, "outgoing", big(2500))
    clerk = world.a.seats["clerk"].actor()
    bringing.approve(by=clerk, target=row)
    JobRun.objects.filter(pk=row.run_id).update(cancel_requested=True)
    run_pending()
    row.refresh_from_db()
    assert JobRun.objects.get(pk=row.run_id).state == "cancelled"
    assert (row.state, HistoryLine.objects.count(), OutgoingDocument.objects.count()) == ("ready", 0, 0)
    load(world.a, row)
    assert (row.state, HistoryLine.objects.count()) == ("loaded", 2500)


def test_core_106_a_waiting_run_stops_at_once(world: World) -> None:
    row = bring(world.a, "outgoing", big(3))
    clerk = world.a.seats["clerk"].actor()
    bringing.approve(by=clerk, target=row)
    assert bringing.stop(by=clerk, brought_id=row.pk)
    row.refresh_from_db()
    assert row.state == "ready"


def test_core_107_open_work_points_to_the_old_document_and_takes_no_number(world: World, preparing: Agency) -> None:
    """A line with its true deadline, past or to come; done by its person while the old document stays as it is."""
    load(world.a, bring(world.a, "incoming", csv_of(IN, [in_row(), in_row("129")])))
    heads = ("Số đến", "Năm", "Đơn vị chủ trì", "Người giải quyết", "Nội dung giao", "Thời hạn")
    seats = world.a.seats
    unit = "Vụ Pháp chế"
    rows = [
        ("128", "2024", unit, seats["specialist"].user.username, "Tham mưu trả lời", "01/02/2025"),
        ("129", "2024", unit, "", "Tổng hợp", "30/12/2030"),
    ]
    lasts = list(SeriesCounter.objects.values_list("pk", "last"))
    wrong = bring(world.a, "work", csv_of(heads, [("999", "2024", "Phòng lạ", "", "Việc", "01/02/2025")]))
    assert faults(wrong) == [(2, "Số đến"), (2, "Đơn vị chủ trì")]
    load(world.a, bring(world.a, "work", csv_of(heads, rows)))
    assert list(SeriesCounter.objects.values_list("pk", "last")) == lasts
    document = IncomingDocument.objects.get(arrival_number=128)
    line = document.lines.get()
    assert (f"{line.due_on:%d/%m/%Y}", document.state) == ("01/02/2025", "history")
    specialist, head = seats["specialist"].actor(), seats["unit_head"].actor()
    assert [item.title for item in book_work.my_work(specialist, 9)] == ["77/BTN2-VP: Tham mưu trả lời"]
    bringing.finish(by=specialist, target=line, result="Đã trả lời bằng văn bản")
    other = IncomingDocument.objects.get(arrival_number=129).lines.get()
    bringing.assign(by=head, target=other, position_id=seats["specialist"].position.pk)
    assert [item.title for item in book_work.my_work(specialist, 9)] == ["77/BTN2-VP: Tổng hợp"]
    document.refresh_from_db()
    assert (document.state, document.version) == ("history", 0)
    with pytest.raises(Conflict):
        bringing.finish(by=specialist, target=line, result="Lần nữa")

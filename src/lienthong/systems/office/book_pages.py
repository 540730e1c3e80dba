"""What a book holds, row by row: on screen, as CSV and on paper from one source (OF-34, OF-35, OF-39, CORE-49)."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from html import escape
from itertools import batched

from django.db.models import QuerySet
from django.urls import reverse

from lienthong.contracts.actor import Actor
from lienthong.core.orgs.queries import as_of, current
from lienthong.kit import clock
from lienthong.systems.office import queries, rendering, types
from lienthong.systems.office.models import (
    HistoryLine,
    IncomingDocument,
    OpeningBalance,
    OutgoingDocument,
    Register,
    RegisterLine,
)

BATCH = 500
PRINTED_AT_ONCE = 2000
"""More lines than these are printed in parts, by range of numbers."""
OUTGOING_HEADS = (
    "Số, ký hiệu",
    "Ngày tháng",
    "Tên loại và trích yếu",
    "Người ký",
    "Nơi nhận",
    "Bản lưu",
    "Số lượng bản",
    "Ngày chuyển",
    "Ký nhận",
    "Ghi chú",
)
INCOMING_HEADS = (
    "Ngày đến",
    "Số đến",
    "Tác giả",
    "Số, ký hiệu",
    "Ngày tháng",
    "Tên loại và trích yếu",
    "Đơn vị nhận",
    "Ngày chuyển",
    "Ký nhận",
    "Ghi chú",
)


@dataclass(frozen=True, slots=True)
class BookRow:
    """A line of a book in the columns of the decree (NĐ 30 PL IV); `struck` for hủy and thu hồi."""

    cells: tuple[str, ...]
    struck: bool = False
    url: str = ""


def heads(register: Register) -> tuple[str, ...]:
    """The columns of a book."""
    return INCOMING_HEADS if register.kind == Register.Kind.INCOMING else OUTGOING_HEADS


def _day(value: date | None) -> str:
    return f"{value:%d/%m/%Y}" if value else ""


def notes(register: Register, period: str) -> list[str]:
    """ "Từ số … tiếp sổ trước" for each series that goes on from another book in this period (CORE-105)."""
    rows = OpeningBalance.objects.filter(series__register=register, period=period, state="confirmed")
    many = register.series.count() > 1
    return [
        f"{f'Dãy {row.series.pattern}: từ' if many else 'Từ'} số {row.last + 1} tiếp sổ trước "
        f"({row.book}, số cuối {row.last} ngày {_day(row.last_on)})"
        for row in rows.select_related("series").order_by("series__pattern")
        if row.last
    ]


def live_rows(
    actor: Actor, register: Register, period: str, *, first: int | None = None, last: int | None = None
) -> Iterator[BookRow]:
    """One row for each number of a period, hủy and thu hồi included, in the order of the numbers (V-REG-1)."""
    lines = queries.register_lines(actor, register.pk, period)
    if first is not None:
        lines = lines.filter(number__gte=first)
    if last is not None:
        lines = lines.filter(number__lte=last)
    for batch in batched(lines.iterator(chunk_size=BATCH), BATCH):
        documents = queries.documents_of(batch)
        for line in batch:
            yield live_row(line, documents.get(line.document))


def live_page(actor: Actor, register: Register, period: str, first: int, many: int) -> list[BookRow]:
    """Some rows of a period, from the `first` one (0-based)."""
    lines = list(queries.register_lines(actor, register.pk, period)[first : first + many])
    documents = queries.documents_of(lines)
    return [live_row(line, documents.get(line.document)) for line in lines]


def live_row(line: RegisterLine, document: IncomingDocument | OutgoingDocument | None) -> BookRow:
    """One line with its document."""
    note = f"Hủy: {line.note}" if line.state == RegisterLine.State.CANCELLED else line.note
    struck = line.state != RegisterLine.State.LIVE
    if isinstance(document, OutgoingDocument):
        receivers = [row.unit_version.label for row in document.receivers.all() if row.unit_version]
        kind = types.by_code()[document.type_code].name.removesuffix(" (cá biệt)")
        cells = (
            document.code,
            _day(document.issued_on),
            f"{kind}: {document.subject}",
            document.signer_name,
            "; ".join(receivers),
            "VT",
            str(len(receivers)),
            _day(clock.local_date(document.issued_at)) if document.issued_at else "",
            "Điện tử" if document.issued_at else "",
            note,
        )
        return BookRow(cells, struck, reverse("office:outgoing", args=[document.pk]))
    if isinstance(document, IncomingDocument):
        leads = [given for given in document.lines.all() if given.role == "lead"]
        units = current(given.unit_id for given in leads)
        taken = leads[-1].taken_at if leads else None
        cells = (
            _day(document.arrival_on),
            str(line.number),
            document.sender_name,
            document.code,
            _day(document.issued_on),
            f"{document.type_name}: {document.subject}",
            "; ".join(units[given.unit_id].label for given in leads if given.unit_id in units),
            _day(clock.local_date(leads[-1].given_at)) if leads else "",
            f"{clock.local(taken):%d/%m/%Y %H:%M}" if taken else "",
            note,
        )
        return BookRow(cells, struck, reverse("office:incoming", args=[document.pk]))
    return BookRow((str(line.number), *([""] * 8), note), struck)


def old_lines(register: Register, year: int) -> QuerySet[HistoryLine]:
    """The lines of the old books of a year, in the order of their numbers."""
    return HistoryLine.objects.filter(register=register, year=year).order_by("place", "id")


def old_rows(register: Register, lines: QuerySet[HistoryLine]) -> Iterator[BookRow]:
    """Lines of old books as they were written; never among the living (CORE-106)."""
    for batch in batched(lines.iterator(chunk_size=BATCH), BATCH):
        ids = [line.document for line in batch]
        if register.kind == Register.Kind.INCOMING:
            got = IncomingDocument.objects.in_bulk(ids)
            yield from (_old_incoming(line, got.get(line.document)) for line in batch)
        else:
            sent = OutgoingDocument.objects.in_bulk(ids)
            yield from (_old_outgoing(line, sent.get(line.document)) for line in batch)


def _old_outgoing(line: HistoryLine, document: OutgoingDocument | None) -> BookRow:
    kinds = types.by_code()
    what = (
        "" if document is None else f"{kinds[document.type_code].name.removesuffix(' (cá biệt)')}: {document.subject}"
    )
    return BookRow(
        (
            line.number,
            _day(document.issued_on) if document else "",
            what,
            document.signer_name if document else "",
            line.fact("receivers"),
            line.fact("unit"),
            line.fact("copies"),
            "",
            "",
            _source(line),
        ),
        url=reverse("office:outgoing", args=[line.document]),
    )


def _old_incoming(line: HistoryLine, document: IncomingDocument | None) -> BookRow:
    return BookRow(
        (
            _day(document.arrival_on) if document else "",
            line.number,
            document.sender_name if document else "",
            document.code if document else "",
            _day(document.issued_on) if document else "",
            f"{document.type_name}: {document.subject}" if document else "",
            line.fact("unit"),
            "",
            "",
            _source(line),
        ),
        url=reverse("office:incoming", args=[line.document]),
    )


def _source(line: HistoryLine) -> str:
    return "; ".join(part for part in (f"Lịch sử, nguồn {line.source}", line.fact("note")) if part)


def years(register: Register) -> list[str]:
    """The periods in which a book has lines, live or old, and the present year; newest first."""
    live = set(register.lines.order_by().values_list("period", flat=True).distinct())
    old = {str(year) for year in register.history_lines.order_by().values_list("year", flat=True).distinct()}
    return sorted(live | old | {str(clock.local_date().year)}, reverse=True)


# --- paper ------------------------------------------------------------------------------------------------------------

_CSS = """
@page { size: 297mm 210mm; margin: 15mm 12mm 15mm 20mm; @bottom-right { content: "Trang " counter(page);
  font: 10pt Tinos } @bottom-left { content: string(book); font: 10pt Tinos } }
@page cover { @bottom-right { content: none } @bottom-left { content: none } }
html { font-family: Tinos; font-size: 10.5pt; line-height: 1.25; color: #000 }
body { margin: 0 }
.cover { page: cover; break-after: page; text-align: center }
.cover p { margin: 0 0 4mm }
.cover .organ { font-weight: bold; font-size: 14pt; text-transform: uppercase }
.cover h1 { margin: 45mm 0 6mm; font-size: 24pt; text-transform: uppercase }
.cover .year { font-size: 16pt; margin-bottom: 20mm }
.cover .note { font-size: 12pt }
h2 { string-set: book content(); font-size: 12pt; margin: 0 0 3mm }
table { width: 100%; border-collapse: collapse; table-layout: fixed }
thead { display: table-header-group }
tr { break-inside: avoid }
th, td { border: 0.5pt solid #000; padding: 1mm 1.2mm; vertical-align: top; overflow-wrap: anywhere; text-align: left }
th { text-align: center; font-weight: bold }
tr.struck td { text-decoration: line-through }
tr.struck td:last-child { text-decoration: none }
.total { margin-top: 4mm; font-weight: bold }
"""
_WIDTHS = {False: (9, 8, 25, 11, 15, 5, 5, 8, 7, 7), True: (8, 5, 15, 9, 8, 25, 10, 7, 7, 6)}


def printed(
    register: Register,
    period: str,
    rows: Sequence[BookRow],
    *,
    said: Iterable[str],
    part: str = "",
    old: bool = False,
) -> bytes:
    """The PDF of a book: cover, the word about the book before, one row a number, totals, page numbers (OF-39)."""
    version = as_of(register.agency_id)
    organ = version.official_name if version else ""
    name = f"{register.name} (văn bản lịch sử)" if old else register.name
    widths = _WIDTHS[register.kind == Register.Kind.INCOMING]
    columns = "".join(f'<col style="width:{width}%">' for width in widths)
    head = "".join(f"<th>{escape(cell)}</th>" for cell in heads(register))
    body = "".join(
        f"<tr{' class=struck' if row.struck else ''}>"
        + "".join(f"<td>{escape(cell)}</td>" for cell in row.cells)
        + "</tr>"
        for row in rows
    )
    struck = sum(row.struck for row in rows)
    notes_html = "".join(f'<p class="note">{escape(text)}</p>' for text in said)
    title = f"{name} năm {period}"
    total = f"Cộng: {len(rows)} số" + (f", trong đó {struck} số hủy hoặc thu hồi" if struck else "")
    html = (
        f'<section class="cover"><p class="organ">{escape(organ)}</p><h1>{escape(name)}</h1>'
        f'<p class="year">Năm {escape(period)}{f" · {escape(part)}" if part else ""}</p>{notes_html}</section>'
        f"<h2>{escape(title)}</h2>"
        + "".join(f"<p>{escape(text)}</p>" for text in said)
        + f"<table><colgroup>{columns}</colgroup><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        f'<p class="total">{escape(total)}.</p>'
    )
    return rendering.lay_out(html, _CSS, title)

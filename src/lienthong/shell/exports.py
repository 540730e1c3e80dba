"""Lists as CSV, one way for every system: who took it and when, formulas disarmed (CORE-92, CORE-95)."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from urllib.parse import quote

from django.http import StreamingHttpResponse

from lienthong.contracts.actor import Actor
from lienthong.kit import clock

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class _Line:
    """The file that the CSV writer writes to: hands each line on."""

    def write(self, text: str) -> str:
        return text


def csv_lines(heads: Sequence[str], lines: Iterable[Sequence[object]], actor: Actor) -> Iterator[str]:
    """The text of a list line by line; cells that a spreadsheet would take for a formula are disarmed."""
    writer = csv.writer(_Line())
    yield "\ufeff"
    yield writer.writerow([f"Xuất bởi {actor.name} ({actor.position}) lúc {clock.local():%d/%m/%Y %H:%M}"])
    yield writer.writerow(heads)
    for line in lines:
        yield writer.writerow([_safe(cell) for cell in line])


def csv_response(
    name: str, heads: Sequence[str], lines: Iterable[Sequence[object]], actor: Actor
) -> StreamingHttpResponse:
    """The list as a file `name`.csv, streamed without a ceiling of rows."""
    response = StreamingHttpResponse(csv_lines(heads, lines, actor), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}.csv"
    return response


def _safe(cell: object) -> str:
    text = "" if cell is None else str(cell)
    return f"'{text}" if text.startswith(_FORMULA) else text

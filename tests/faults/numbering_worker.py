"""A process of clerks who draw numbers, each thread on a connection of its own (used by test_numbering)."""

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import django

django.setup()

from django.db import IntegrityError, connection, transaction  # noqa: E402

from lienthong.core import fence  # noqa: E402
from lienthong.systems.office import numbers  # noqa: E402
from lienthong.systems.office.models import RegisterLine, Series  # noqa: E402


@fence.node("tests")
def work(series: Series, documents: list[str]) -> None:
    """Draw a number for each document that has none yet."""
    try:
        for ident in map(UUID, documents):
            if RegisterLine.objects.filter(document=ident).exists():
                continue
            try:
                with transaction.atomic(), connection.cursor() as cursor:
                    cursor.execute("SELECT set_config('lienthong.action', 'test', true)")
                    numbers.draw(series, ident)
            except IntegrityError:
                continue  # another worker numbered it between the two statements
    finally:
        connection.close()


@fence.node("tests")
def main() -> None:
    """Follow the plan: one list of documents for each thread."""
    plan = json.load(sys.stdin)
    series = Series.objects.get(pk=plan["series"])
    connection.close()
    with ThreadPoolExecutor(len(plan["threads"])) as pool:
        list(pool.map(lambda documents: work(series, documents), plan["threads"]))


if __name__ == "__main__":
    main()

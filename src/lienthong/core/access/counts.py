"""Counts of several lists in one statement, each counted no further than a cap (CORE-94, ARCHITECTURE §4)."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

COUNT_CAP = 1000
"""Counts on tabs stop here and show "1.000+": an exact count of a large list costs 200 times the page."""


def capped_counts(lists: Mapping[str, QuerySet[Any]], cap: int = COUNT_CAP) -> dict[str, int]:
    """How many rows each list has, counted no further than one past the cap; one statement for all of them."""
    parts: list[str] = []
    values: list[Any] = []
    counted: list[str] = []
    found = dict.fromkeys(lists, 0)
    for name, rows in lists.items():
        try:
            text, parameters = rows.order_by().values("pk")[: cap + 1].query.sql_with_params()
        except EmptyResultSet:
            continue
        parts.append(f"(SELECT count(*) FROM ({text}) AS t)")  # noqa: S608 - the ORM wrote it
        values.extend(parameters)
        counted.append(name)
    if parts:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {', '.join(parts)}", values)
            found.update(zip(counted, cursor.fetchone() or (), strict=True))
    return found

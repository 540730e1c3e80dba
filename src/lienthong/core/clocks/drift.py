"""How far the clocks of this machine and of the database are apart (CORE-99)."""

from datetime import timedelta

from django.db import connection

from lienthong.kit import clock


def measure() -> timedelta:
    """The database's clock less this machine's, held against the middle of the question."""
    before = clock.now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        row = cursor.fetchone()
    after = clock.now()
    if row is None:
        raise RuntimeError("SELECT returned no row")
    there: timedelta = row[0] - (before + (after - before) / 2)
    return there

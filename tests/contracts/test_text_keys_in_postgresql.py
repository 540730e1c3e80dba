"""What Python computes and what PostgreSQL does with it agree (CORE-41, CORE-43)."""

import random

import pytest
from django.db import connection

from lienthong.kit.numbering import number_key, number_query
from lienthong.kit.vietnamese import search_key, sort_key

pytestmark = pytest.mark.django_db

SYLLABLES = (
    "An Ánh Ân Ban Bàn Bản Bãn Bán Bạn Băn Bân Da Dũng Duy Đào Đạt Đăng Đức Em Ếch Ên Hòa Hoà Thúy Thuý ưng Ơn 12 Y"
)


def test_order_of_pages_and_of_sql_is_one() -> None:
    """CORE-41, F-CORE-6: the stored key ordered bytewise by the database gives Python's order."""
    dice = random.Random(7)
    names = [" ".join(dice.choices(SYLLABLES.split(), k=dice.randint(1, 4))) for _ in range(400)]
    keys = [sort_key(name) for name in names]
    with connection.cursor() as cursor:
        cursor.execute('SELECT key FROM unnest(%s::text[]) AS key ORDER BY key COLLATE "C"', [keys])
        assert [row[0] for row in cursor.fetchall()] == sorted(keys)


NUMBERS = [
    "7816/VPCP-TTĐT",
    "05/QĐ-BNV",
    "66.22/2026/NQ-CP",
    "18-KL/TW",
    "12/QĐ-TTg",
    "112/QĐ-TTg",
    "7/2026/NĐ-CP",
    "01/TB",
]
QUERIES = [
    "7816/vpcp-ttdt",
    "7816 / VPCP - TTĐT",
    "7816",
    "vpcp-ttdt",
    "816/VPCP",
    "66.22",
    "66.22/2026",
    "18-kl/tw",
    "18 KL TW",
    "22/2026",
    "12/QĐ-TTg",
    "5/qđ",
    "nq",
    "a+b(c",
    "2026",
    "7/",
    "0",
    "ttg",
    "*",
    "\\d",
    "[1]",
]


@pytest.mark.parametrize("typed", QUERIES)
def test_number_query_means_the_same_in_sql(typed: str) -> None:
    """CORE-43, V-NUM-1, V-NUM-3, F-CORE-26: the pattern finds in PostgreSQL what it finds in Python."""
    query = number_query(typed)
    assert query is not None
    keys = [number_key(number) for number in NUMBERS]
    with connection.cursor() as cursor:
        cursor.execute("SELECT key FROM unnest(%s::text[]) AS key WHERE key ~ %s", [keys, query.regex])
        assert [row[0] for row in cursor.fetchall()] == [key for key in keys if query.matches(key)]


def test_search_key_finds_without_marks_in_sql() -> None:
    """CORE-40, V-TX-8"""
    rows = ["Nguyễn Văn Hòa", "NGUYỄN VĂN HOÀ", "Đường", "Dương", "Trần An"]
    with connection.cursor() as cursor:
        for typed, found in (("nguyen van hoa", 2), ("duong", 2), ("tran", 1)):
            cursor.execute(
                "SELECT count(*) FROM unnest(%s::text[]) AS key WHERE key LIKE '%%' || %s || '%%'",
                [[search_key(row) for row in rows], search_key(typed)],
            )
            assert cursor.fetchone() == (found,)

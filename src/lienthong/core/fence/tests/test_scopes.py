"""The scope of a thread reaches every statement, and none that is not meant to have it (CORE-108)."""

import threading
from collections.abc import Iterator
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from psycopg import sql

from lienthong.core import fence

pytestmark = pytest.mark.django_db
A, B = uuid4(), uuid4()


def seen() -> str:
    """What the session says, asked through the cursor that all statements take."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(current_setting('lienthong.fence', true), '')")
        return str(cursor.fetchone()[0])


def undone() -> None:
    """A transaction that says another scope and is rolled back."""
    with transaction.atomic():
        with fence.agency(B):
            assert seen() == str(B)
        raise RuntimeError


def test_core_108_a_thread_that_nobody_let_in_sees_nothing() -> None:
    assert seen() == fence.wanted() == ""
    found: list[str] = []
    with fence.agency(A):
        thread = threading.Thread(target=lambda: found.append(fence.wanted()))
        thread.start()
        thread.join()
    assert found == [""]


def test_core_108_scopes_nest_and_end_with_their_block() -> None:
    with fence.agency(A):
        assert seen() == str(A)
        with fence.node("test.work"):
            assert (seen(), fence.node_work()) == ("node:test.work", "test.work")
            with fence.agency(B):
                assert (seen(), fence.node_work()) == (str(B), "")
        with pytest.raises(RuntimeError), fence.agency(B):
            raise RuntimeError
        assert seen() == str(A)
        with fence.agency(None):
            assert seen() == ""
    assert seen() == ""


@pytest.mark.parametrize("name", ["", "x'; DROP TABLE t; --", "Hoa", "a b", "-", "a" * 100])
def test_core_108_work_across_agencies_has_a_plain_name(name: str) -> None:
    with pytest.raises(ValueError):
        fence.node(name)


def test_core_108_a_change_of_scope_costs_no_statement_of_its_own() -> None:
    with CaptureQueriesContext(connection) as queries, fence.agency(A):
        assert seen() == str(A)
        assert seen() == str(A)
    assert len(queries) == 2


@pytest.mark.parametrize("how", ["text", "composed", "bytes", "many", "values"])
def test_core_108_every_form_of_statement_takes_the_scope_along(how: str) -> None:
    asked = "SELECT current_setting('lienthong.fence')"
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE heard (scope text DEFAULT current_setting('lienthong.fence', true), n int)")
        with fence.agency(A):
            match how:
                case "text":
                    cursor.execute(asked)
                case "composed":
                    cursor.execute(sql.SQL("SELECT current_setting({})").format(sql.Literal(fence.SETTING)))
                case "bytes":
                    cursor.execute(asked.encode())
                case "many":
                    cursor.executemany("INSERT INTO heard (n) VALUES (%s)", [(1,), (2,)])
                    cursor.execute("SELECT min(scope) FROM heard")
                case "values":
                    cursor.execute("INSERT INTO heard (n) VALUES (%s) RETURNING scope", [100])
                    assert cursor.rowcount == 1
            assert cursor.fetchone() == (str(A),)


def test_core_108_copy_takes_the_scope_along() -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE copied (n int, scope text DEFAULT current_setting('lienthong.fence', true))")
        with fence.agency(B), cursor.copy("COPY copied (n) FROM STDIN") as copy:
            copy.write_row((1,))
        cursor.execute("SELECT scope FROM copied")
        assert cursor.fetchone() == (str(B),)


def test_core_108_a_cursor_on_the_server_keeps_the_scope_it_was_opened_in() -> None:
    with fence.agency(A), connection.chunked_cursor() as rows:
        rows.execute("SELECT current_setting('lienthong.fence') FROM generate_series(1, 3)")
        assert rows.fetchone() == (str(A),)


def test_core_108_a_rollback_takes_no_scope_with_it() -> None:
    """The setting of a session is undone with the transaction that made it: the next statement says it again."""
    with fence.agency(A):
        assert seen() == str(A)
        with pytest.raises(RuntimeError):
            undone()
        assert seen() == str(A)
        with fence.agency(B), pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT 1 / 0")
        assert seen() == str(A)


@pytest.mark.django_db(transaction=True)
def test_core_108_in_autocommit_and_over_transactions() -> None:
    with fence.agency(A):
        assert seen() == str(A)
        with pytest.raises(DatabaseError), fence.agency(B), connection.cursor() as cursor:
            cursor.execute("SELECT 1 / 0")
        assert seen() == str(A)
        with pytest.raises(RuntimeError):
            undone()
        assert seen() == str(A)
        with fence.agency(B), transaction.atomic():
            assert seen() == str(B)
        connection.close()
        assert seen() == str(A)
    assert seen() == ""


def test_core_108_a_stream_works_in_the_scope_of_its_request() -> None:
    def rows() -> Iterator[str]:
        yield seen()
        yield seen()

    with fence.agency(A):
        body = fence.kept(rows())
    heard = []
    for scope in body:
        heard.append(scope)
        assert seen() == ""
    assert heard == [str(A), str(A)]

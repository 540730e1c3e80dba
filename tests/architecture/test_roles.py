"""The app's role in the database owns nothing and cannot rewrite the past (CORE-73, ARCHITECTURE §3.6)."""

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, transaction
from psycopg import sql

from lienthong.config import embedded, grants

pytestmark = [pytest.mark.django_db, pytest.mark.pgserver]
APPEND_ONLY = sorted(m._meta.db_table for m in apps.get_models() if getattr(m, "append_only", False))
REWRITING = (
    "UPDATE {} SET ctid = ctid",
    "DELETE FROM {}",
    "TRUNCATE {}",
    "ALTER TABLE {} DISABLE TRIGGER ALL",
    "DROP TABLE {}",
)
JOURNAL = {"journal_entry", "journal_seal", "journal_checkpoint", "journal_timestamp"}


def one(query: str, *arguments: object) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, list(arguments))
        return list(cursor.fetchall())


def test_the_tests_run_as_the_app() -> None:
    """What is proven here holds for the role that serves."""
    assert one("SELECT current_user, session_user") == [(embedded.APP, embedded.APP)]


def test_the_app_owns_nothing_and_is_nobody_special() -> None:
    """CORE-73: no table, view, function, schema or database is the app's; no superuser, no bypass, no other role."""
    rights = one(
        "SELECT rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls FROM pg_roles WHERE rolname = %s",
        embedded.APP,
    )
    assert rights == [(False,) * 5]
    for catalogue, column in (("pg_class", "relowner"), ("pg_proc", "proowner"), ("pg_namespace", "nspowner")):
        assert one(f"SELECT count(*) FROM {catalogue} WHERE {column} = %s::regrole", embedded.APP) == [(0,)], catalogue
    assert one("SELECT datdba::regrole::text FROM pg_database WHERE datname = current_database()") == [
        (embedded.OWNER,)
    ]
    assert one("SELECT count(*) FROM pg_auth_members WHERE member = %s::regrole", embedded.APP) == [(0,)]
    assert one("SELECT has_schema_privilege(%s, 'public', 'CREATE')", embedded.APP) == [(False,)]


def test_the_journal_is_append_only_for_the_app() -> None:
    """CORE-73: SELECT and INSERT, no UPDATE, DELETE, TRUNCATE, TRIGGER or REFERENCES."""
    assert set(APPEND_ONLY) >= JOURNAL
    for table in APPEND_ONLY:
        for right in ("UPDATE", "DELETE", "TRUNCATE", "TRIGGER", "REFERENCES"):
            assert one("SELECT has_table_privilege(%s, %s, %s)", embedded.APP, table, right) == [(False,)], (
                table,
                right,
            )
        assert one("SELECT has_any_column_privilege(%s, %s, 'UPDATE')", embedded.APP, table) == [(False,)], table


@pytest.mark.parametrize("table", APPEND_ONLY)
@pytest.mark.parametrize("statement", REWRITING)
def test_rewriting_the_past_is_refused(table: str, statement: str) -> None:
    """The same by trying."""
    with pytest.raises(DatabaseError) as refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql.SQL(statement).format(sql.Identifier(table)).as_string(cursor.connection))  # type: ignore[arg-type]
    assert refused.value.__cause__.sqlstate in {"42501", "0A000", "55000"}  # type: ignore[union-attr]


def test_the_app_cannot_switch_guards_off() -> None:
    """Neither triggers nor roles: the settings that would are a superuser's."""
    for statement in ("SET session_replication_role = replica", f"SET ROLE {embedded.OWNER}"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


def test_every_table_of_ours_is_granted_as_its_model_says() -> None:
    """A new table is granted by the same rule; nobody widens one by hand."""
    given = {statement.as_string(None) for statement in grants.statements()}
    assert any('"journal_entry"' in text and "UPDATE" not in text for text in given)
    for model in apps.get_models():
        if not model._meta.managed or model._meta.proxy:
            continue
        append_only = bool(getattr(model, "append_only", False))
        may = one("SELECT has_table_privilege(%s, %s, 'UPDATE')", embedded.APP, model._meta.db_table)
        assert may == [(not append_only,)], model._meta.label

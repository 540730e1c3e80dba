"""What the app's role may do with each table: it owns nothing, and append-only tables take no change (CORE-73)."""

from collections.abc import Iterator

from django.apps import apps
from django.db import connection
from psycopg import sql

from lienthong.config import fences
from lienthong.config.embedded import APP
from lienthong.core.fence.searching import SUFFIX


def statements() -> Iterator[sql.Composed]:
    """One GRANT for each table of ours, after revoking what was given before."""
    role = sql.Identifier(APP)
    yield sql.SQL("REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {}").format(role)
    yield sql.SQL("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {}").format(role)
    for model in apps.get_models(include_auto_created=True):
        if not model._meta.managed or model._meta.proxy:
            continue
        rights = "SELECT, INSERT" if getattr(model, "append_only", False) else "SELECT, INSERT, UPDATE, DELETE"
        table = sql.Identifier(model._meta.db_table)
        yield sql.SQL("GRANT " + rights + " ON {} TO {}").format(table, role)
    for model in fences.searched():
        yield sql.SQL("GRANT SELECT ON {} TO {}").format(sql.Identifier(model._meta.db_table + SUFFIX), role)
    yield sql.SQL("GRANT SELECT ON django_migrations TO {}").format(role)


def apply() -> None:
    """Run the grants; the connection is the owner's."""
    with connection.cursor() as cursor:
        for statement in statements():
            cursor.execute(statement.as_string(cursor.connection))  # the text holds identifiers only

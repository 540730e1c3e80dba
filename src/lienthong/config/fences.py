"""Row-level security of the tables: which have it, and the statements that give it to them (CORE-108).

Every table of a system carries `agency_id` and is fenced; one that belongs to the node itself says
`of_node = True` in its model. The statements run after each migration as the tables' owner, beside the grants
(config/grants.py): a table that nobody fenced is a table that the app's role may not read.
"""

import hashlib
from collections.abc import Iterator

from django.apps import apps
from django.db import connection, models
from psycopg import sql

from lienthong.core import fence
from lienthong.core.fence.searching import SUFFIX

SYSTEMS = "lienthong.systems."

_NOW = f"current_setting('{fence.SETTING}', true)"
# Sub-selects are worked out once a statement, not once a row; the estimate of rows stays what it was.
RULE = (
    f"agency_id = (SELECT CASE WHEN {_NOW} LIKE '{fence.NODE}%' THEN NULL ELSE nullif({_NOW}, '')::uuid END) "
    f"OR (SELECT {_NOW} LIKE '{fence.NODE}%')"
)
POLICY, OWNER_POLICY = "agency_fence", "owner"
MARK = hashlib.sha256(RULE.encode()).hexdigest()[:16]


class Unfenced(RuntimeError):
    """A table of a system has no `agency_id` and does not say that it is the node's."""


def fenced() -> list[type[models.Model]]:
    """The models whose tables are fenced; raises Unfenced for one of a system that is neither."""
    found = []
    for model in apps.get_models(include_auto_created=True):
        if not model._meta.managed or model._meta.proxy or not model.__module__.startswith(SYSTEMS):
            continue
        if getattr(model, "of_node", False):
            continue
        if "agency_id" not in {field.column for field in model._meta.concrete_fields}:
            raise Unfenced(f"{model._meta.label}: add agency_id, or say of_node = True (docs/howto/new-system.md)")
        found.append(model)
    return found


def statements(table: str, owner: str) -> Iterator[sql.Composed]:
    """What puts one table behind the fence: for its owner too, who gets a policy of its own to migrate with."""
    name, rule = sql.Identifier(table), sql.SQL(RULE)
    for policy in (POLICY, OWNER_POLICY):
        yield sql.SQL("DROP POLICY IF EXISTS {} ON {}").format(sql.Identifier(policy), name)
    yield sql.SQL("CREATE POLICY {} ON {} USING ({}) WITH CHECK ({})").format(sql.Identifier(POLICY), name, rule, rule)
    yield sql.SQL("CREATE POLICY {} ON {} TO {} USING (true) WITH CHECK (true)").format(
        sql.Identifier(OWNER_POLICY), name, sql.Identifier(owner)
    )
    yield sql.SQL("COMMENT ON POLICY {} ON {} IS {}").format(sql.Identifier(POLICY), name, sql.Literal(MARK))
    yield sql.SQL("ALTER TABLE {} ENABLE ROW LEVEL SECURITY").format(name)
    yield sql.SQL("ALTER TABLE {} FORCE ROW LEVEL SECURITY").format(name)


_STANDING = """
SELECT c.relname, pg_get_userbyid(c.relowner), c.relrowsecurity AND c.relforcerowsecurity,
    obj_description(p.oid, 'pg_policy')
FROM pg_class c LEFT JOIN pg_policy p ON p.polrelid = c.oid AND p.polname = %s
WHERE c.relnamespace = 'public'::regnamespace AND c.relname = ANY(%s)
"""


def searched() -> list[type[models.Model]]:
    """The fenced models whose texts are searched: their tables have a view (core/fence/searching.py)."""
    return [model for model in fenced() if getattr(model, "searched", False)]


def view_of(table: str) -> sql.Composed:
    """The view of a table with the rule of its fence; it reads as the tables' owner, so the rule is all it holds."""
    name = sql.Identifier(table + SUFFIX)
    return sql.SQL("CREATE OR REPLACE VIEW {} AS SELECT * FROM {} WHERE {}").format(
        name, sql.Identifier(table), sql.SQL(RULE)
    )


def make_way() -> None:
    """Drop the views before tables change their columns; `apply` makes them again."""
    with connection.cursor() as cursor:
        for model in searched():
            name = sql.Identifier(model._meta.db_table + SUFFIX)
            cursor.execute(sql.SQL("DROP VIEW IF EXISTS {}").format(name).as_string(cursor.connection))


def apply() -> list[str]:
    """Fence the tables that are not yet, or by an older rule; returns their names. The connection is the owner's."""
    done = []
    with connection.cursor() as cursor:
        for model in searched():
            cursor.execute(view_of(model._meta.db_table).as_string(cursor.connection))
        cursor.execute(_STANDING, [POLICY, [model._meta.db_table for model in fenced()]])
        for table, owner, forced, mark in cursor.fetchall():
            if forced and mark == MARK:
                continue
            for statement in statements(table, owner):
                cursor.execute(statement.as_string(cursor.connection))  # the text holds identifiers only
            done.append(table)
    return done

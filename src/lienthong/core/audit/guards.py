"""Triggers: what may only be added to, and what is journalled when no action did it (CORE-72, CORE-73)."""

import pgtrigger
from django.db import models

ROWS_NAMED = 100
"""How many row ids of one bare statement its journal entry names."""

# In WHEN, not in the function: a statement of an action costs no function call.
_OUTSIDE_ACTION = pgtrigger.Condition("(coalesce(current_setting('lienthong.action', true), '') = '')")


class AppendOnly(pgtrigger.Trigger):
    """Refuses UPDATE, DELETE and TRUNCATE to every role, whatever the statement and even when it meets no row.

    It runs a function of this app's first migration, not one written by pgtrigger: those obey the session setting
    `pgtrigger.ignore`. A migration of another app that uses it depends on `("audit", "0001_initial")`.
    """

    name = "append_only"
    when = pgtrigger.Before
    level = pgtrigger.Statement
    operation = pgtrigger.Update | pgtrigger.Delete | pgtrigger.Truncate
    func = "RETURN NULL;"

    def render_execute(self, model: models.Model) -> str:  # noqa: ARG002 - the library's signature
        """The shared function in place of the trigger's own."""
        return "journal_refuse_change()"


class RawWrite(pgtrigger.Trigger):
    """Journals one kind of statement that ran outside an action (CORE-73)."""

    when = pgtrigger.After
    level = pgtrigger.Statement
    condition = _OUTSIDE_ACTION

    def get_func(self, model: models.Model) -> str:
        """Calls the function of this app's first migration, which is looked up only when the trigger fires."""
        if self.referencing is None:
            return "PERFORM journal_raw_write(TG_OP, TG_TABLE_NAME, NULL, NULL); RETURN NULL;"
        key = model._meta.pk.column
        ids = f"ARRAY(SELECT to_jsonb(r) ->> '{key}' FROM journal_rows r LIMIT {ROWS_NAMED})"  # noqa: S608
        count = "(SELECT count(*) FROM journal_rows)"
        return f"PERFORM journal_raw_write(TG_OP, TG_TABLE_NAME, {count}, {ids}); RETURN NULL;"


def append_only() -> list[pgtrigger.Trigger]:
    """For `Meta.triggers` of a model with `append_only = True` (CORE-73)."""
    return [AppendOnly()]


def journaled() -> list[pgtrigger.Trigger]:
    """For `Meta.triggers` of a journaled model: a write outside an action leaves an entry `core:raw:write` (CORE-73).

    One entry a statement, of INSERT (COPY too), UPDATE, DELETE or TRUNCATE, with the database role, the kind of
    statement, the table, the count of rows and the first ROWS_NAMED ids. A statement that changed no row leaves none.
    """
    new = pgtrigger.Referencing(new="journal_rows")  # type: ignore[no-untyped-call]
    old = pgtrigger.Referencing(old="journal_rows")  # type: ignore[no-untyped-call]
    return [
        RawWrite(name="journal_insert", operation=pgtrigger.Insert, referencing=new),
        RawWrite(name="journal_update", operation=pgtrigger.Update, referencing=new),
        RawWrite(name="journal_delete", operation=pgtrigger.Delete, referencing=old),
        RawWrite(name="journal_truncate", operation=pgtrigger.Truncate),
    ]

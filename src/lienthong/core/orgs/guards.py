"""Triggers: of a row of the past nothing changes but the closing of its upper bound, and no row is deleted (CORE-1).

They run a function of migration 0003 and not pgtrigger's own, which obey the session setting `pgtrigger.ignore`.
"""

import pgtrigger
from django.db import models


class Refuse(pgtrigger.Trigger):
    """Refuses a change to every role, screen, import and raw statement, as SQLSTATE LT409."""

    when = pgtrigger.Before
    func = "RETURN NULL;"

    def render_execute(self, model: models.Model) -> str:  # noqa: ARG002 the library's signature
        """The shared function in place of the trigger's own."""
        return "orgs_refuse_change()"


def closes_only(bound: str, *columns: str) -> list[pgtrigger.Trigger]:
    """Of an open row only the upper bound of the range `bound` may be set, once; the other `columns` stay for ever."""
    changed = [f"OLD.{column} IS DISTINCT FROM NEW.{column}" for column in columns]
    changed += [f"lower(OLD.{bound}) IS DISTINCT FROM lower(NEW.{bound})"]
    moved = f"OLD.{bound} IS DISTINCT FROM NEW.{bound} AND NOT upper_inf(OLD.{bound})"
    condition = pgtrigger.Condition(f"({' OR '.join(changed)} OR ({moved}))")
    return [Refuse(name="closes_only", operation=pgtrigger.Update, condition=condition), *kept()]


def fixed(*columns: str) -> list[pgtrigger.Trigger]:
    """These columns keep what they were given at INSERT."""
    changed = " OR ".join(f"OLD.{column} IS DISTINCT FROM NEW.{column}" for column in columns)
    return [Refuse(name="fixed", operation=pgtrigger.Update, condition=pgtrigger.Condition(f"({changed})")), *kept()]


def kept() -> list[pgtrigger.Trigger]:
    """Rows are never deleted and the table is never emptied."""
    return [
        Refuse(name="kept", operation=pgtrigger.Delete),
        Refuse(name="no_truncate", level=pgtrigger.Statement, operation=pgtrigger.Truncate),
    ]

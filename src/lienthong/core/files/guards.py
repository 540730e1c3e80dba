"""Triggers: what is stored does not change, what is locked stays (CORE-54, CORE-55).

The functions are made by this app's first migration and not by pgtrigger, whose own obey the session setting
`pgtrigger.ignore`.
"""

import pgtrigger
from django.db import models


class Refuse(pgtrigger.Trigger):
    """Refuses a change to every role, whatever the statement."""

    when = pgtrigger.Before
    func = "RETURN NULL;"
    function = "files_refuse_change()"

    def render_execute(self, model: models.Model) -> str:  # noqa: ARG002 the library's signature
        """The shared function in place of the trigger's own."""
        return self.function


class RefuseAfterLock(Refuse):
    """Refuses a further version in a place whose link is locked."""

    function = "files_refuse_after_lock()"


def stored_once(*columns: str) -> list[pgtrigger.Trigger]:
    """These columns keep what they were given at INSERT; the table is never emptied at once."""
    changed = " OR ".join(f"OLD.{column} IS DISTINCT FROM NEW.{column}" for column in columns)
    return [
        Refuse(name="stored_once", operation=pgtrigger.Update, condition=pgtrigger.Condition(changed)),
        Refuse(name="no_truncate", level=pgtrigger.Statement, operation=pgtrigger.Truncate),
    ]


def locked_stays() -> list[pgtrigger.Trigger]:
    """A locked row is neither changed nor deleted, and no newer version follows it."""
    return [
        RefuseAfterLock(name="locked_is_last", operation=pgtrigger.Insert),
        Refuse(
            name="locked_stays",
            operation=pgtrigger.Update | pgtrigger.Delete,
            condition=pgtrigger.Condition("OLD.locked"),
        ),
        Refuse(name="no_truncate", level=pgtrigger.Statement, operation=pgtrigger.Truncate),
    ]

"""Triggers of the office: what was received stays as it came, what was submitted, signed or numbered stays as it is.

They run functions of migration 0002 and not pgtrigger's own, which obey the session setting `pgtrigger.ignore`.
"""

import pgtrigger
from django.db import models


class Refuse(pgtrigger.Trigger):
    """Refuses a change to every role, screen, import and raw statement, as SQLSTATE LT409."""

    when = pgtrigger.Before
    func = "RETURN NULL;"
    function = "office_refuse_change()"

    def render_execute(self, model: models.Model) -> str:  # noqa: ARG002 the library's signature
        """The shared function in place of the trigger's own."""
        return self.function


class RefuseLateFile(Refuse):
    """Refuses a file that is added to a document which the Văn thư has already judged."""

    function = "office_refuse_late_file()"


def fixed(*columns: str, once: str = "", name: str = "fixed") -> pgtrigger.Trigger:
    """These columns keep their values; with `once`, as soon as the row fulfils that condition on OLD."""
    changed = " OR ".join(f"OLD.{column} IS DISTINCT FROM NEW.{column}" for column in columns)
    condition = f"{once} AND ({changed})" if once else changed
    return Refuse(name=name, operation=pgtrigger.Update, condition=pgtrigger.Condition(f"({condition})"))


def kept() -> list[pgtrigger.Trigger]:
    """Rows are never deleted and the table is never emptied."""
    return [
        Refuse(name="kept", operation=pgtrigger.Delete),
        Refuse(name="no_truncate", level=pgtrigger.Statement, operation=pgtrigger.Truncate),
    ]


def arrives_whole() -> pgtrigger.Trigger:
    """Files come with their document, never after it was registered or sent back (OF-6)."""
    return RefuseLateFile(name="arrives_whole", operation=pgtrigger.Insert)

"""The agency of a row that belongs to another row: kept beside it, so that the fence needs no join (CORE-108)."""

import pgtrigger
from django.db import models
from django.db.models import Value


class InheritedAgency(pgtrigger.Trigger):
    """Gives a new row the agency of the row that it hangs on, whatever the statement says."""

    name = "agency"
    when = pgtrigger.Before
    operation = pgtrigger.Insert

    def __init__(self, parent: str) -> None:
        super().__init__()
        self.parent = parent

    def get_func(self, model: models.Model) -> str:
        """The agency stays NULL, and the row is refused, where the parent is none that the statement may see."""
        link = model._meta.get_field(self.parent)
        above = link.related_model._meta.db_table  # type: ignore[union-attr]
        key = f'NEW."{link.column}"'  # type: ignore[union-attr]
        return f'SELECT agency_id INTO NEW.agency_id FROM "{above}" WHERE id = {key}; RETURN NEW;'  # noqa: S608 our names


def agency_of_parent() -> "models.UUIDField[str, str]":
    """The column that InheritedAgency fills: never given by code."""
    return models.UUIDField(editable=False, db_default=Value(None))

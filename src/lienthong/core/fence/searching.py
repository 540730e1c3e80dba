"""Searching texts behind the fence with the indexes made for it (docs/adr/0012-second-fence.md).

PostgreSQL looks a condition up in an index only after row-level security, unless its operator is proven to leak
nothing; LIKE and regular expressions are not, so a trigram index of a fenced table lies idle. A model that is searched
so says `searched = True` and gets a view of its table that holds the same rule: an ordinary condition to the planner.
"""

from django.db.models import Model, QuerySet
from django.db.models.sql.datastructures import BaseTable

SUFFIX = "_searched"


def through_view[M: Model](rows: QuerySet[M]) -> QuerySet[M]:
    """The same rows, read through the view of their table; for conditions on texts."""
    found = rows.all()
    alias = found.query.get_initial_alias()
    table = f"{found.model._meta.db_table}{SUFFIX}"
    found.query.alias_map[alias] = BaseTable(table, alias)
    return found

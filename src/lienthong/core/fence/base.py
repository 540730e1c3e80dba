"""The database backend (`ENGINE = "lienthong.core.fence"`): Django's for PostgreSQL, whose cursors carry the fence.

A connection remembers the scope that its session was given last. A statement that wants another takes the setting
along in the same message, so a change of scope costs no round trip; while nothing changes, a statement costs one look
at a context variable. The setting is one of the session, so a rollback may take it back: after one, the memory is
thrown away and the next statement says its scope again. A connection pooler must therefore work in session mode.
"""

from collections.abc import Iterator
from typing import Any

from django.db.backends.postgresql import base
from psycopg import ClientCursor, sql

from lienthong.core import fence

# These see no rows, and the first must run as they are in a transaction that has failed.
_CONTROL = ("ROLLBACK", "SAVEPOINT", "RELEASE")


class FencedCursor(ClientCursor[Any]):
    """A cursor whose statements run in the scope that their thread is in."""

    def execute(self, query: Any, params: Any = None, **more: Any) -> Any:
        """Run a statement, taking the scope along where the session has another."""
        wanted = fence.wanted()
        connection: Any = self.connection
        if getattr(connection, "fence", fence.NOBODY) == wanted:
            return super().execute(query, params, **more)
        if isinstance(query, str) and query.startswith(_CONTROL):
            return super().execute(query, params, **more)
        connection.fence = None
        super().execute(_with_setting(wanted, query), params, **more)
        self.nextset()
        connection.fence = wanted
        return self

    def executemany(self, query: Any, params_seq: Any, **more: Any) -> None:
        """Run a statement for each set of values in the scope of now."""
        self.settle()
        super().executemany(query, params_seq, **more)

    def copy(self, *arguments: Any, **more: Any) -> Any:
        """COPY in the scope of now."""
        self.settle()
        return super().copy(*arguments, **more)

    def stream(self, *arguments: Any, **more: Any) -> Iterator[Any]:
        """Rows one by one in the scope of now."""
        self.settle()
        return super().stream(*arguments, **more)

    def settle(self) -> None:
        """Give the session the scope of now by a statement of its own."""
        wanted = fence.wanted()
        connection: Any = self.connection
        if getattr(connection, "fence", fence.NOBODY) != wanted:
            connection.fence = None
            super().execute(_setting(wanted))
            connection.fence = wanted


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's connection, with cursors that carry the fence."""

    def get_connection_params(self) -> dict[str, Any]:
        """The parameters, with our cursor."""
        return {**super().get_connection_params(), "cursor_factory": FencedCursor}

    def create_cursor(self, name: str | None = None) -> Any:
        """A cursor; a named one reads on the server, so its scope is said before it is opened."""
        if name is not None:
            with self.connection.cursor() as cursor:
                cursor.settle()
        return super().create_cursor(name)

    def _forget_fence(self) -> None:
        if self.connection is not None:
            self.connection.fence = None

    def _commit(self) -> None:
        try:
            super()._commit()  # type: ignore[misc]
        except BaseException:
            self._forget_fence()
            raise

    def _rollback(self) -> None:
        self._forget_fence()
        super()._rollback()  # type: ignore[misc]

    def _savepoint_rollback(self, sid: str) -> None:
        self._forget_fence()
        super()._savepoint_rollback(sid)  # type: ignore[misc]


def _setting(scope: str) -> str:
    # Ids and names of our own making: nothing in them needs quoting.
    return f"SET {fence.SETTING} = '{scope}'"


def _with_setting(scope: str, query: Any) -> Any:
    setting = f"{_setting(scope)}; "
    if isinstance(query, sql.Composable):
        return sql.SQL(setting) + query  # the text is ours
    if isinstance(query, bytes):
        return setting.encode() + query
    return setting + query

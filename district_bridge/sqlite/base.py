"""Django finds a database engine in a module of this name.

SQLite lets one connection write at a time. Whoever meets another waits by polling, up to 100 ms at a time and
without any order, so a connection that writes again and again keeps the others out for as long as it likes:
the escalation of a flood kept the flood's own alerts waiting. Within this process writers queue here
instead. Other processes (a command, a backup) still meet at SQLite's own lock.
"""

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from django.db import OperationalError
from django.db.backends.sqlite3 import base

from district_bridge.sqlite.turns import Turns

if TYPE_CHECKING:
    from collections.abc import Iterator

WRITING = ("INSERT", "UPDATE", "DELETE", "REPLACE", "ANALYZE")
# As long as SQLite itself would poll by default; the address may say otherwise.
TIMEOUT_S = 5.0
_turns: dict[str, Turns] = {}


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection whose transactions, and whose statements outside one, take their turn."""

    def __init__(self, settings_dict: dict[str, Any], alias: str = "default") -> None:
        super().__init__(settings_dict, alias)
        self._has_turn = False
        self._cursors = _cursor_of(self)

    def create_cursor(self, name: str | None = None) -> base.SQLiteCursorWrapper:
        """Django's cursor, but that writes outside a transaction queue."""
        del name
        cursor: base.SQLiteCursorWrapper = self.connection.cursor(factory=self._cursors)
        return cursor

    @contextmanager
    def turn_for(self, statement: str) -> Iterator[None]:
        """A turn for one statement, where it needs one and there is none."""
        is_writing = statement.lstrip()[:7].upper().startswith(WRITING)
        if not is_writing or self._has_turn or self.in_atomic_block:
            yield
            return
        self._take_turn()
        try:
            yield
        finally:
            self._end_turn()

    def _start_transaction_under_autocommit(self) -> None:
        self._take_turn()
        try:
            super()._start_transaction_under_autocommit()  # type: ignore[misc] # the stubs leave it out
        except BaseException:
            self._end_turn()
            raise

    def _commit(self) -> None:
        super()._commit()  # type: ignore[misc] # as above
        # Where it fails, Django rolls back.
        self._end_turn()

    def _rollback(self) -> None:
        try:
            super()._rollback()  # type: ignore[misc] # as above
        finally:
            self._end_turn()

    def _close(self) -> None:
        try:
            super()._close()  # type: ignore[misc] # as above
        finally:
            self._end_turn()

    def _take_turn(self) -> None:
        name = str(self.settings_dict["NAME"])
        timeout = float(self.settings_dict["OPTIONS"].get("timeout", TIMEOUT_S))
        if not _turns.setdefault(name, Turns()).take(timeout):
            raise OperationalError("database is locked: this process's own writers took too long")
        self._has_turn = True

    def _end_turn(self) -> None:
        if self._has_turn:
            self._has_turn = False
            _turns[str(self.settings_dict["NAME"])].hand_on()


def _cursor_of(wrapper: DatabaseWrapper) -> type[base.SQLiteCursorWrapper]:
    """Python's SQLite wants a class for its cursors; this one knows whose they are."""

    class Cursor(base.SQLiteCursorWrapper):
        def execute(self, query: str, params: Any = None) -> Any:
            with wrapper.turn_for(query):
                return super().execute(query, params)

        def executemany(self, query: str, param_list: Any) -> Any:
            with wrapper.turn_for(query):
                return super().executemany(query, param_list)

    return Cursor

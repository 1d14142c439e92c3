"""Words of the program's own, written into a statement instead of bound to it."""

from typing import TYPE_CHECKING

from django.db import models

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.models.sql.compiler import SQLCompiler


class Literal(models.Expression):
    """One such word.

    SQLite takes a partial index only where the statement repeats the index's condition; with a bound value it
    can't know that it does, and reads the whole table. PostgreSQL sees no difference.
    """

    def __init__(self, word: str) -> None:
        if not word.isidentifier():
            raise ValueError(f"{word!r} is no word of the program's own")
        super().__init__(output_field=models.CharField())
        self.word = str(word)

    def as_sql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper
    ) -> tuple[str, tuple[str | int, ...]]:
        """The word in quotes; nothing is bound."""
        del compiler, connection
        return f"'{self.word}'", ()


def literals(words: Iterable[str]) -> list[Literal]:
    """Several, for ``__in``."""
    return [Literal(word) for word in words]

"""Rows written many at a time, off the ORM, with Django's own columns, defaults and adapters.

A model's plan is made once: which columns there are, how a value is adapted for the database, and what stands
where nothing was given. So a column that is added later gets its default here as it does in the ORM.

PostgreSQL is given the rows as one JSON text, which it unfolds by the table's own types: a statement of a
thousand bound values costs this process more than everything else it does with a batch (docs/decisions/0205).
SQLite, which lives in this process, is given the values themselves.
"""

import json as python_json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import orjson
from django.db import connection, models
from django.db.models.expressions import DatabaseDefault
from psycopg.types.json import Jsonb

if TYPE_CHECKING:
    from uuid import UUID

type Adapt = Callable[[Any], Any]

# SQLite takes at most 32,766 values a statement.
VALUES = 30_000


@dataclass(frozen=True, slots=True)
class Column:
    """A column, how its values are adapted, and its default (None: the database's own)."""

    name: str
    attribute: str
    adapt: Adapt | None
    default: Callable[[], Any] | None


@lru_cache
def _columns(model: type[models.Model], vendor: str) -> dict[str, Column]:
    """By attribute; ``vendor`` only keeps the plans of two databases apart."""
    del vendor
    return {field.attname: _column(field) for field in model._meta.concrete_fields}  # noqa: SLF001 - Django's documented API


def _column(field: models.Field[Any, Any]) -> Column:
    default: Callable[[], Any] | None = field.get_default
    is_made_by_database = isinstance(field.get_default(), DatabaseDefault)
    if is_made_by_database or (field.primary_key and field.auto_created):
        default = None
    return Column(str(field.column), field.attname, _adapter(field), default)


def _adapter(field: models.Field[Any, Any]) -> Adapt | None:
    target = field
    while isinstance(target, models.ForeignKey):
        target = target.target_field
    if type(target) in AS_IT_IS:
        return None
    known: Adapt | None = ADAPTED.get(type(target))
    return known or (lambda value: field.get_db_prep_save(value, connection))


def time(value: datetime | None) -> Any:
    """A moment as the database takes it: on SQLite as Django writes it, in UTC and without a zone."""
    if value is None or connection.vendor == "postgresql":
        return value
    return str(value.astimezone(UTC).replace(tzinfo=None))


def moment(value: datetime | None) -> datetime | None:
    """A moment as the database gave it to a statement of ours: SQLite gives it in UTC and without a zone."""
    return value if value is None or value.tzinfo is not None else value.replace(tzinfo=UTC)


def uuid(value: UUID | None) -> Any:
    """An id as the database takes it."""
    return value if value is None or connection.vendor == "postgresql" else value.hex


def json(value: Any) -> Any:
    """A JSON value as the database takes it."""
    return Jsonb(value, dumps=_dumps) if connection.vendor == "postgresql" else _dumps(value).decode()


def _dumps(value: Any) -> bytes:
    try:
        return orjson.dumps(value)
    except TypeError:
        # A whole number of more than 64 bits.
        return python_json.dumps(value).encode()


# What is bound as it is, and what is not. Any other kind of field adapts its values itself.
AS_IT_IS = {
    models.CharField,
    models.TextField,
    models.IntegerField,
    models.BigIntegerField,
    models.PositiveIntegerField,
    models.PositiveSmallIntegerField,
    models.BooleanField,
    models.BigAutoField,
    models.AutoField,
}
ADAPTED: dict[type, Adapt] = {
    models.DateTimeField: time,
    models.UUIDField: uuid,
    models.JSONField: json,
}
# What JSON says as well as a bound value does.
UNFOLDED = {None, time, uuid, json}


def create(objects: Sequence[models.Model]) -> None:
    """Stores new objects of one model and gives each its number: ``bulk_create`` without the ORM's price.

    No signal is sent, and what the database makes by itself is not read back, but for the number.
    """
    if not objects:
        return
    model = type(objects[0])
    columns = _columns(model, connection.vendor).values()
    given = [column.attribute for column in columns if column.default is not None]
    rows = [{name: getattr(each, name) for name in given} for each in objects]
    # Both databases answer in the order of the rows; Django's own bulk_create counts on it, too.
    for each, (number,) in zip(objects, insert(model, rows, returning=("id",)), strict=True):
        each.pk = number
        each._state.adding, each._state.db = False, connection.alias  # noqa: SLF001 - Django's documented API


def insert(
    model: type[models.Model],
    rows: Sequence[dict[str, Any]],
    *,
    conflict: str = "",
    returning: Sequence[str] = (),
) -> list[tuple[Any, ...]]:
    """Stores the rows (attribute → value, all with the same attributes); returns what was asked for."""
    found: list[tuple[Any, ...]] = []
    for statement in inserting(model, rows, conflict=conflict, returning=returning):
        with connection.cursor() as cursor:
            cursor.execute(statement.sql, statement.bound)
            if returning:
                found += cursor.fetchall()
    return found


def inserting(
    model: type[models.Model],
    rows: Sequence[dict[str, Any]],
    *,
    conflict: str = "",
    returning: Sequence[str] = (),
) -> Iterator[Question]:
    """The statements of :func:`insert`, one or, where there is a limit to them, several."""
    if not rows:
        return
    columns = _columns(model, connection.vendor)
    given = rows[0].keys()
    used = [column for column in columns.values() if column.attribute in given or column.default is not None]
    names = ", ".join(f'"{column.name}"' for column in used)
    back = f" RETURNING {', '.join(columns[name].name for name in returning)}" if returning else ""
    if _is_unfolded(used):
        default = {c.name: c.default() for c in used if c.attribute not in given and c.default is not None}
        named = [(column.name, column.attribute) for column in used if column.attribute in given]
        whole = [default | {name: row[attribute] for name, attribute in named} for row in rows]
        sql = (
            f'INSERT INTO "{_table(model)}" ({names}) SELECT {names} FROM {_unfolded(model)}{conflict}{back}'  # noqa: S608 - names of our own models, values are bound
        )
        yield Question(sql, [_text(whole)])
        return
    for chunk in _chunks(rows, VALUES // len(used)):
        places = marks(len(used), len(chunk))
        sql = f'INSERT INTO "{_table(model)}" ({names}) VALUES {places}{conflict}{back}'  # noqa: S608 - names of our own models, values are bound
        values = [_values(column, chunk) for column in used]
        yield Question(sql, [value for row in zip(*values, strict=True) for value in row])


def fresh(
    model: type[models.Model], attributes: Sequence[str], rows: Sequence[Sequence[Any]]
) -> tuple[str, list[Any]]:
    """``WITH fresh (…) AS (…)`` with the rows, named and typed as the model's columns; and what is bound."""
    columns = _columns(model, connection.vendor)
    used = [columns[attribute] for attribute in attributes]
    names = ", ".join(column.name for column in used)
    if _is_unfolded(used):
        whole = [dict(zip((column.name for column in used), row, strict=True)) for row in rows]
        return f"WITH fresh AS (SELECT {names} FROM {_unfolded(model)})", [_text(whole)]  # noqa: S608 - as above
    values = [
        value if column.adapt is None else column.adapt(value)
        for row in rows
        for column, value in zip(used, row, strict=True)
    ]
    return f"WITH fresh ({names}) AS (VALUES {marks(len(used), len(rows))})", values


def among(values: Sequence[str]) -> tuple[str, list[Any]]:
    """``IN (…)`` for texts, and what is bound to it."""
    if connection.vendor == "postgresql":
        return "= ANY(%s)", [list(values)]
    return f"IN {marks(len(values), 1)}", list(values)


@contextmanager
def together() -> Iterator[None]:
    """On PostgreSQL statements within it are sent without waiting, unless an answer is fetched.

    What the database says against one of them is raised at the latest when the block ends. Every statement
    that is waited for costs a busy process a turn of its interpreter lock, and a group has a dozen.
    """
    if connection.vendor != "postgresql":
        yield
        return
    connection.ensure_connection()
    with connection.wrap_database_errors, connection.connection.pipeline():
        yield


@dataclass(frozen=True, slots=True)
class Question:
    """A statement that has rows for an answer."""

    sql: str
    bound: Sequence[Any]


def ask(*questions: Question) -> list[list[tuple[Any, ...]]]:
    """The rows of each question's answer, all asked at once."""
    with ExitStack() as stack:
        stack.enter_context(together())
        cursors = [stack.enter_context(connection.cursor()) for _ in questions]
        for cursor, question in zip(cursors, questions, strict=True):
            cursor.execute(question.sql, question.bound)
        return [cursor.fetchall() for cursor in cursors]


def _is_unfolded(columns: Iterable[Column]) -> bool:
    return connection.vendor == "postgresql" and all(column.adapt in UNFOLDED for column in columns)


def _unfolded(model: type[models.Model]) -> str:
    return f'json_populate_recordset(NULL::"{_table(model)}", %s)'


def _text(rows: Sequence[dict[str, Any]]) -> str:
    try:
        return orjson.dumps(rows).decode()
    except TypeError:
        # A whole number of more than 64 bits, half a letter: the database says what it thinks of it.
        return python_json.dumps(rows, default=str)


def _table(model: type[models.Model]) -> str:
    return model._meta.db_table  # noqa: SLF001 - Django's documented API


def marks(columns: int, rows: int) -> str:
    """``(%s, %s), (%s, %s)``: the places of bound values."""
    one = f"({', '.join(['%s'] * columns)})"
    return ", ".join([one] * rows)


def _values(column: Column, chunk: Sequence[dict[str, Any]]) -> list[Any]:
    """A column's values from top to bottom; what stands in many rows (a moment) is adapted once."""
    if column.attribute not in chunk[0]:
        default = None if column.default is None else column.default()
        return [default if column.adapt is None else column.adapt(default)] * len(chunk)
    values = [row[column.attribute] for row in chunk]
    if column.adapt is None:
        return values
    if column.adapt is time:
        adapted = {value: time(value) for value in set(values)}
        return [adapted[value] for value in values]
    return list(map(column.adapt, values))


def _chunks[T](rows: Sequence[T], size: int) -> Iterable[Sequence[T]]:
    for start in range(0, len(rows), size):
        yield rows[start : start + size]

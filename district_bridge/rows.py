"""Rows written many at a time, off the ORM, with Django's own columns, defaults and adapters.

A model's plan is made once: which columns there are, how a value is adapted for the database, and what stands
where nothing was given. So a column that is added later gets its default here as it does in the ORM.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.db import connection, models
from django.db.models.expressions import DatabaseDefault

type Adapt = Callable[[Any], Any]
type Row = Sequence[Any]

# SQLite takes at most 32,766 values a statement.
VALUES = 30_000


@dataclass(frozen=True, slots=True)
class Column:
    """A column, how its values are adapted, and its default (None: the database's own)."""

    name: str
    attribute: str
    adapt: Adapt
    default: Callable[[], Any] | None


@lru_cache
def _columns(model: type[models.Model], vendor: str) -> dict[str, Column]:
    """By attribute; ``vendor`` only keeps the plans of two databases apart."""
    del vendor
    return {field.attname: _column(field) for field in model._meta.concrete_fields}  # noqa: SLF001 - Django's documented API


def _column(field: models.Field[Any, Any]) -> Column:
    default: Callable[[], Any] | None = field.get_default
    if (field.primary_key and field.auto_created) or isinstance(field.get_default(), DatabaseDefault):
        default = None
    return Column(str(field.column), field.attname, _adapter(field), default)


def _adapter(field: models.Field[Any, Any]) -> Adapt:
    target = field
    while isinstance(target, models.ForeignKey):
        target = target.target_field
    if type(target) in {
        models.CharField,
        models.TextField,
        models.IntegerField,
        models.PositiveIntegerField,
        models.PositiveSmallIntegerField,
        models.BooleanField,
        models.BigAutoField,
        models.AutoField,
    }:
        return _as_it_is
    if type(target) is models.DateTimeField:
        return time
    if type(target) is models.UUIDField:
        return uuid
    return lambda value: field.get_db_prep_save(value, connection)


def _as_it_is(value: Any) -> Any:
    return value


def time(value: Any) -> Any:
    """A moment as the database takes it."""
    return None if value is None else connection.ops.adapt_datetimefield_value(value)


def uuid(value: Any) -> Any:
    """An id as the database takes it."""
    if value is None or connection.features.has_native_uuid_field:
        return value
    return value.hex


def json(value: Any) -> Any:
    """A JSON value as the database takes it."""
    return connection.ops.adapt_json_value(value, None)


def insert(
    model: type[models.Model],
    rows: Sequence[dict[str, Any]],
    *,
    conflict: str = "",
    returning: Sequence[str] = (),
) -> list[tuple[Any, ...]]:
    """Stores the rows (attribute → value, all with the same attributes); returns what was asked for."""
    if not rows:
        return []
    columns = _columns(model, connection.vendor)
    given = rows[0].keys()
    used = [column for column in columns.values() if column.attribute in given or column.default is not None]
    names = ", ".join(f'"{column.name}"' for column in used)
    back = f" RETURNING {', '.join(columns[name].name for name in returning)}" if returning else ""
    found: list[tuple[Any, ...]] = []
    for chunk in _chunks(rows, VALUES // len(used)):
        sql = f'INSERT INTO "{model._meta.db_table}" ({names}) VALUES {marks(len(used), len(chunk))}{conflict}{back}'  # noqa: S608, SLF001, E501 - names of our own models, values are bound
        with connection.cursor() as cursor:
            cursor.execute(sql, [value for row in chunk for value in _values(row, used)])
            if returning:
                found += cursor.fetchall()
    return found


def marks(columns: int, rows: int) -> str:
    """``(%s, %s), (%s, %s)``: the places of bound values."""
    one = f"({', '.join(['%s'] * columns)})"
    return ", ".join([one] * rows)


def _values(row: dict[str, Any], used: list[Column]) -> Iterable[Any]:
    for column in used:
        if column.attribute in row:
            yield column.adapt(row[column.attribute])
        elif column.default is not None:
            yield column.adapt(column.default())


def _chunks[T](rows: Sequence[T], size: int) -> Iterable[Sequence[T]]:
    for start in range(0, len(rows), size):
        yield rows[start : start + size]

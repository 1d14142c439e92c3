"""Reading fields of untrusted JSON: each either has its type or names itself in the error."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


class MalformedError(ValueError):
    """A message that does not keep to docs/protocol.md; the text says which field and why."""


def mapping(value: Any, name: str) -> Mapping[str, Any]:
    """A JSON object."""
    if not isinstance(value, dict):
        raise MalformedError(f"{name} must be an object")
    return value


def text(data: Mapping[str, Any], name: str, most: int = 200) -> str:
    """A string of 1 to `most` characters."""
    value = data.get(name)
    if not isinstance(value, str) or not value or len(value) > most:
        raise MalformedError(f"{name} must be a text of 1 to {most} characters")
    try:
        value.encode()
    except UnicodeEncodeError as err:
        raise MalformedError(f"{name} holds half a character") from err
    return value


def optional_text(data: Mapping[str, Any], name: str, most: int = 200) -> str | None:
    """A string, or None where the field is null or absent."""
    return None if data.get(name) is None else text(data, name, most)


def number(data: Mapping[str, Any], name: str, least: float, most: float) -> float:
    """A number within limits."""
    value = data.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
        raise MalformedError(f"{name} must be a number from {least:g} to {most:g}")
    return float(value)


def whole(data: Mapping[str, Any], name: str, least: int, most: int) -> int:
    """A whole number within limits."""
    value = data.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise MalformedError(f"{name} must be a whole number from {least} to {most}")
    return value


def choice[E: StrEnum](data: Mapping[str, Any], name: str, options: type[E]) -> E:
    """One of the values of `options`."""
    value = data.get(name)
    if isinstance(value, str) and value in list(options):
        return options(value)
    raise MalformedError(f"{name} must be one of {', '.join(options)}")


def one_of(data: Mapping[str, Any], name: str, *options: str) -> str:
    """One of some words."""
    value = data.get(name)
    if isinstance(value, str) and value in options:
        return value
    raise MalformedError(f"{name} must be one of {', '.join(options)}")


def time(data: Mapping[str, Any], name: str) -> datetime:
    """An RFC 3339 time with its offset."""
    value = data.get(name)
    try:
        moment = datetime.fromisoformat(value if isinstance(value, str) else "")
        if moment.tzinfo is None:
            raise MalformedError(f"{name} must be a time with its offset from UTC")
        return moment.astimezone(UTC)
    except (ValueError, OverflowError) as err:
        raise MalformedError(f"{name} must be a time such as 2026-11-22T03:00:00.000Z") from err


def optional_time(data: Mapping[str, Any], name: str) -> datetime | None:
    """A time, or None where the field is null or absent."""
    return None if data.get(name) is None else time(data, name)


def written(moment: datetime) -> str:
    """RFC 3339 in UTC with milliseconds."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

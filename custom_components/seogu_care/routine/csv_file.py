"""A home's past as CSV: `ts_local,sensor,value`, read with a clear error for each line that can't be."""

import csv
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Container, Iterable
    from datetime import tzinfo

MOST_LINES: Final = 3_000_000
ERRORS_SHOWN: Final = 10
_COLUMNS: Final = 3
_ON: Final = frozenset(
    {"on", "open", "opened", "true", "1", "detected", "active", "occupied", "wet", "켜짐", "열림"}
)
_OFF: Final = frozenset(
    {"off", "close", "closed", "false", "0", "clear", "inactive", "idle", "dry", "꺼짐", "닫힘"}
)


class BadCsvError(ValueError):
    """Lines that can't be read; the text names the first of them and what is wrong with each."""

    def __init__(self, wrong: list[str]) -> None:
        """Keeps the number of lines at fault."""
        self.count = len(wrong)
        more = [f"… and {self.count - ERRORS_SHOWN} more"] if self.count > ERRORS_SHOWN else []
        super().__init__("\n".join([*wrong[:ERRORS_SHOWN], *more]))


def read(
    lines: Iterable[str], known: Container[str], zone: tzinfo, now: datetime
) -> list[tuple[datetime, str, bool]]:
    """The changes in order of time. All or nothing: raises BadCsvError.

    Args:
        lines: the file's lines; a first line that names the columns is skipped.
        known: the sensors of the home.
        zone: the home's zone, for times that have none.
        now: the present; nothing may come after it.
    """
    found: list[tuple[datetime, str, bool]] = []
    wrong: list[str] = []
    rows = csv.reader(lines)
    number = 0
    try:
        for number, row in enumerate(rows, 1):
            if number > MOST_LINES:
                raise BadCsvError([f"more than {MOST_LINES} lines"])
            if not row or (number == 1 and not row[0][:1].isdigit()):
                continue
            try:
                found.append(_change(row, known, zone, now))
            except ValueError as err:
                wrong.append(f"line {rows.line_num}: {err}")
    except csv.Error as err:
        wrong.append(f"line {rows.line_num}: {err}")
    if wrong:
        raise BadCsvError(wrong)
    if not found:
        raise BadCsvError(["there is no line with a change: ts_local,sensor,value is expected"])
    return sorted(found, key=lambda each: each[0])


def _change(row: list[str], known: Container[str], zone: tzinfo, now: datetime) -> tuple[datetime, str, bool]:
    if len(row) < _COLUMNS:
        raise ValueError(f"three columns are expected (ts_local,sensor,value), found {len(row)}")
    at, sensor, value = (part.strip() for part in row[:_COLUMNS])
    try:
        t = datetime.fromisoformat(at)
        t = t.replace(tzinfo=zone) if t.tzinfo is None else t.astimezone(zone)
        late = t.astimezone(UTC) > now
    except (ValueError, OverflowError) as err:
        raise ValueError(f"{at[:40]!r} is no time such as 2026-11-22T07:30:00") from err
    if late:
        raise ValueError(f"{at} lies in the future")
    if sensor not in known:
        raise ValueError(f"{sensor[:80]!r} is no sensor of this home: choose it in the options first")
    lowered = value.casefold()
    if lowered not in _ON and lowered not in _OFF:
        raise ValueError(f"{value[:40]!r} is neither on nor off")
    return t, sensor, lowered in _ON

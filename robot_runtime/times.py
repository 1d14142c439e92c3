"""Moments and stamps. Deadlines run on the monotonic clock, stamps on the wall clock."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import uuid7


@dataclass(frozen=True, slots=True)
class Moment:
    """Now, on both clocks: ``mono`` in seconds for deadlines, ``wall`` in UTC for stamps."""

    mono: float
    wall: datetime

    def later(self, seconds: float) -> Moment:
        """The moment ``seconds`` after this one."""
        return Moment(self.mono + seconds, self.wall + timedelta(seconds=seconds))


def now() -> Moment:
    """The machine's clocks."""
    return Moment(time.monotonic(), datetime.now(UTC))


def stamp(wall: datetime) -> str:
    """RFC 3339 in UTC with milliseconds."""
    return wall.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def parse_stamp(text: object) -> datetime:
    """Reads an RFC 3339 time; raises ``ValueError`` for anything else or a time without a zone."""
    if not isinstance(text, str):
        raise ValueError("a time is text such as 2026-11-22T03:00:00.000Z")  # noqa: TRY004 - one error for the caller
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"the time {text!r} has no zone")
    return moment.astimezone(UTC)


def new_id() -> str:
    """A UUIDv7 (RFC 9562) for a message born here."""
    return str(uuid7())

"""Times as the core counts them: minutes that only move forward, and the wall clock that people live by.

The length of a silence is counted on the absolute clock, so that a change to or from daylight saving
neither lengthens nor shortens it; the hour of the day is the wall clock's.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from .errors import MixedTimesError

DAY: Final = 1440.0
_EPOCH: Final = datetime(1970, 1, 1)  # noqa: DTZ001 - naive times are the home's own wall clock


@dataclass(frozen=True, slots=True)
class Moment:
    """One time: `at` in absolute minutes, `wall` in minutes of the local day, `day` the date's ordinal."""

    at: float
    wall: float
    day: int


class Clock:
    """Turns datetimes into moments. All of one home's times have a zone, or none has."""

    def __init__(self, *, aware: bool | None = None) -> None:
        self.aware = aware

    def moment(self, t: datetime) -> Moment:
        """Read a time; raises MixedTimesError when some times have a zone and others have none."""
        aware = t.tzinfo is not None
        if self.aware is None:
            self.aware = aware
        elif self.aware is not aware:
            message = "times with and without a time zone were mixed: give this home all of one sort"
            raise MixedTimesError(message)
        at = t.timestamp() / 60.0 if aware else (t - _EPOCH).total_seconds() / 60.0
        return Moment(at, t.hour * 60.0 + t.minute + t.second / 60.0, t.toordinal())
